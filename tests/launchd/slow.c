/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A library to preload: setsid(2) waits until the file SLOW_UNTIL exists.  It
 * makes of launchd one whose children take their time before exec, as they do
 * when the server of a file they open is gone.
 */

#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

pid_t
setsid(void)
{
	const struct timespec pause = { 0, 5000000 };
	const char *file;
	pid_t (*real)(void);

	*(void **)&real = dlsym(RTLD_NEXT, "setsid");
	file = getenv("SLOW_UNTIL");
	while (file != NULL && access(file, F_OK) != 0)
		nanosleep(&pause, NULL);
	return (real());
}
