/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Where a test program finds what it runs: relative to itself, so that it is
 * found in the build tree and after installation alike.  The programs of the
 * system are in ../bin in both.
 */

#ifndef _TEST_PATH_H_
#define	_TEST_PATH_H_

#include <sys/types.h>
#ifdef __FreeBSD__
#include <sys/sysctl.h>
#endif

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The program that runs; a buffer of PATH_MAX bytes. */
static inline void
test_program(char *path)
{
#ifdef __FreeBSD__
	int name[] = { CTL_KERN, KERN_PROC, KERN_PROC_PATHNAME, -1 };
	size_t len;

	len = PATH_MAX;
	if (sysctl(name, 4, path, &len, NULL, 0) == -1)
		err(1, "kern.proc.pathname");
#else
	ssize_t len;

	len = readlink("/proc/self/exe", path, PATH_MAX - 1);
	if (len == -1)
		err(1, "/proc/self/exe");
	path[len] = '\0';
#endif
}

/* The path of a file named relative to the program's directory; to be freed. */
static inline char *
test_path(const char *name)
{
	char program[PATH_MAX], *path;

	test_program(program);
	*strrchr(program, '/') = '\0';
	if (asprintf(&path, "%s/%s", program, name) == -1)
		err(1, "asprintf");
	return (path);
}

#endif /* !_TEST_PATH_H_ */
