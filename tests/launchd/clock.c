/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A library to preload: CLOCK_MONOTONIC is what the file CLOCK_FILE says, in
 * seconds and nanoseconds, so that a test decides what time it is.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int
read_clock(const char *file, struct timespec *ts)
{
	FILE *f;
	long long seconds;
	int n;

	f = fopen(file, "r");
	if (f == NULL)
		return (-1);
	n = fscanf(f, "%lld %ld", &seconds, &ts->tv_nsec);
	fclose(f);
	ts->tv_sec = seconds;
	return (n == 2 ? 0 : -1);
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	const char *file;
	int (*real)(clockid_t, struct timespec *);

	file = getenv("CLOCK_FILE");
	if (clock == CLOCK_MONOTONIC && file != NULL)
		return (read_clock(file, ts));
	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	return (real(clock, ts));
}
