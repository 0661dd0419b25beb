/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * machstat: prints kern.mach from machd, as sysctl(8) does from the kernel.
 */

#include <sys/types.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "trap.h"

int
main(int argc, char **argv)
{
	char name[64];
	uint64_t value;
	int i;

	if (argc > 1) {
		for (i = 1; i < argc; i++) {
			if (mach_sysctl(argv[i], &value) != 0)
				errx(1, "kern.mach.%s: no such variable",
				    argv[i]);
			printf("kern.mach.%s: %ju\n", argv[i],
			    (uintmax_t)value);
		}
		return (0);
	}
	name[0] = '\0';
	while (mach_sysctl_next(name, sizeof(name), &value) == 0)
		printf("%s: %ju\n", name, (uintmax_t)value);
	return (name[0] != '\0' ? 0 : 1);
}
