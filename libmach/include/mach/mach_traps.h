/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_TRAPS_H_
#define	_MACH_MACH_TRAPS_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t pid_for_task(mach_port_name_t, int *);
kern_return_t task_for_pid(mach_port_name_t, int, mach_port_name_t *);
kern_return_t task_name_for_pid(mach_port_name_t, int, mach_port_name_t *);
__END_DECLS

#endif /* !_MACH_MACH_TRAPS_H_ */
