/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Looking at the rights of a process, as procstat(1) looks at its files.
 */

#ifndef _MACH_MACH_PORT_INFO_H_
#define	_MACH_MACH_PORT_INFO_H_

#include <sys/types.h>
#ifndef _KERNEL
#include <stdint.h>
#endif

/* What a port stands for. */
#define	MACH_PORT_INFO_PORT	0	/* a queue of messages */
#define	MACH_PORT_INFO_TASK	1
#define	MACH_PORT_INFO_THREAD	2
#define	MACH_PORT_INFO_HOST	3
#define	MACH_PORT_INFO_FILE	4	/* fileport_makeport() */

/*
 * One name of a process.  What is said of the port is 0 for port sets and dead
 * names.
 */
struct mach_port_info {
	uint32_t	pi_name;
	uint32_t	pi_type;	/* MACH_PORT_TYPE_* */
	uint32_t	pi_urefs;	/* of send rights or the dead name */
	uint32_t	pi_kind;	/* MACH_PORT_INFO_* */
	int32_t		pi_receiver;	/* pid; 0: kernel, right in flight, or
					   a process not to be looked at */
	uint32_t	pi_receives_as;	/* the port's name there */
	uint32_t	pi_messages;	/* queued */
	uint32_t	pi_qlimit;
	uint32_t	pi_sends;	/* send rights, anywhere */
	uint32_t	pi_sendonces;	/* send-once rights, anywhere */
};

#ifndef _KERNEL
#include <sys/cdefs.h>

__BEGIN_DECLS
int	mach_port_info(pid_t, struct mach_port_info *, unsigned int *);
int	mach_port_info_pids(pid_t *, unsigned int *);
__END_DECLS
#endif

#endif /* !_MACH_MACH_PORT_INFO_H_ */
