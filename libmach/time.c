/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Mach's clock, which is the system's that never goes back.
 */

#include <mach/mach_time.h>

#include <time.h>

/* Nanoseconds since some moment in the past. */
uint64_t
mach_absolute_time(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec);
}

/* How to turn a difference of mach_absolute_time() into nanoseconds: by 1/1. */
kern_return_t
mach_timebase_info(mach_timebase_info_t info)
{
	info->numer = 1;
	info->denom = 1;
	return (KERN_SUCCESS);
}
