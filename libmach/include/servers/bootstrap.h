/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _SERVERS_BOOTSTRAP_H_
#define	_SERVERS_BOOTSTRAP_H_

#include <sys/cdefs.h>
#include <sys/types.h>

#include <mach/mach.h>

#define	BOOTSTRAP_MAX_NAME_LEN	128	/* the NUL included */

typedef char	name_t[BOOTSTRAP_MAX_NAME_LEN];

#define	BOOTSTRAP_SUCCESS		0
#define	BOOTSTRAP_NOT_PRIVILEGED	1100
#define	BOOTSTRAP_NAME_IN_USE		1101
#define	BOOTSTRAP_UNKNOWN_SERVICE	1102
#define	BOOTSTRAP_SERVICE_ACTIVE	1103
#define	BOOTSTRAP_BAD_COUNT		1104
#define	BOOTSTRAP_NO_MEMORY		1105
#define	BOOTSTRAP_NO_CHILDREN		1106

#define	BOOTSTRAP_PER_PID_SERVICE	0x01
#define	BOOTSTRAP_ALLOW_LOOKUP		0x02
#define	BOOTSTRAP_DENY_JOB_CREATION	0x04
#define	BOOTSTRAP_PRIVILEGED_SERVER	0x08
#define	BOOTSTRAP_FORCE_LOCAL		0x10
#define	BOOTSTRAP_SPECIFIC_INSTANCE	0x20
#define	BOOTSTRAP_STRICT_CHECKIN	0x40
#define	BOOTSTRAP_STRICT_LOOKUP		0x80

__BEGIN_DECLS
kern_return_t bootstrap_check_in(mach_port_t, const char *, mach_port_t *);
kern_return_t bootstrap_check_in2(mach_port_t, const char *, mach_port_t *,
	    uint64_t);
kern_return_t bootstrap_look_up(mach_port_t, const char *, mach_port_t *);
kern_return_t bootstrap_look_up2(mach_port_t, const char *, mach_port_t *,
	    pid_t, uint64_t);
kern_return_t bootstrap_register(mach_port_t, char *, mach_port_t);
kern_return_t bootstrap_register2(mach_port_t, char *, mach_port_t, uint64_t);
const char *bootstrap_strerror(kern_return_t);
__END_DECLS

#endif /* !_SERVERS_BOOTSTRAP_H_ */
