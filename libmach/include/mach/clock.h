/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Clocks as ports: KERN_NOT_SUPPORTED; see clock_gettime(2).
 */

#ifndef _MACH_CLOCK_H_
#define	_MACH_CLOCK_H_

#include <sys/cdefs.h>

#include <mach/clock_types.h>
#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t clock_get_time(clock_serv_t, mach_timespec_t *);
__END_DECLS

#endif /* !_MACH_CLOCK_H_ */
