/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_HOST_H_
#define	_MACH_MACH_HOST_H_

#include <sys/cdefs.h>

#include <mach/host_special_ports.h>
#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t host_get_special_port(host_priv_t, int, int, mach_port_t *);
kern_return_t host_set_special_port(host_priv_t, int, mach_port_t);
__END_DECLS

#endif /* !_MACH_MACH_HOST_H_ */
