/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Time since some moment in the past, in units that mach_timebase_info() gives;
 * here nanoseconds.
 */

#ifndef _MACH_MACH_TIME_H_
#define	_MACH_MACH_TIME_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

typedef struct mach_timebase_info {
	uint32_t	numer;
	uint32_t	denom;
} *mach_timebase_info_t, mach_timebase_info_data_t;

__BEGIN_DECLS
uint64_t mach_absolute_time(void);
kern_return_t mach_timebase_info(mach_timebase_info_t);
__END_DECLS

#endif /* !_MACH_MACH_TIME_H_ */
