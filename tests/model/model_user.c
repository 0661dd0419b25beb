/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The kernel that libmach finds against the model, in processes:
 *
 *	model_user [seconds]
 *
 * goes on, from one seed to the next, until so many seconds have passed;
 * without them it does one seed.  MODEL_SEED and MODEL_OPS are the first seed,
 * and how many operations are done from each.  Nothing else may use Mach
 * meanwhile.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mach/mach.h>

#include "driver.h"
#include "host_outside.h"

int
main(int argc, char *argv[])
{
	uint64_t seed;
	long ops;
	time_t end;

	if (argc == 4 && strcmp(argv[1], "agent") == 0)
		agent_main(atoi(argv[2]), atoi(argv[3]));
	if (mach_init() != 0)
		errx(1, "there is no kernel to compare with the model");
	seed = driver_setting("MODEL_SEED", 1);
	ops = (long)driver_setting("MODEL_OPS", 4000);
	end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	do {
		if (!driver_run(seed++, ops))
			return (1);
	} while (time(NULL) < end);
	return (0);
}
