/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The counters of kern.mach, before and after.
 */

#include <atf-c.h>
#include <stdint.h>
#include <time.h>

#include "counters.h"
#include "fixture.h"
#include "trap.h"

static const char *const names[] = { "tasks", "ports", "psets", "entries",
	"kmsgs", "requests", "members", "queued", "bytes", "notifications",
	"watches", "fileports" };

#define	NNAMES	(sizeof(names) / sizeof(names[0]))

static uint64_t before[NNAMES];

void
counters_start(void)
{
	size_t i;

	kernel_start();
	for (i = 0; i < NNAMES; i++)
		ATF_REQUIRE_EQ(0, mach_sysctl(names[i], &before[i]));
}

/* The first counter that is off, or NULL. */
static const char *
difference(uint64_t *value)
{
	size_t i;

	for (i = 0; i < NNAMES; i++) {
		ATF_REQUIRE_EQ(0, mach_sysctl(names[i], value));
		if (*value != before[i])
			return (names[i]);
	}
	return (NULL);
}

void
counters_check(void)
{
	const struct timespec pause = { 0, 5000000 };
	const char *name;
	uint64_t value;
	int tries;

	/* The end of a process is noticed a little after it. */
	for (tries = 0; tries < 2000; tries++) {
		name = difference(&value);
		if (name == NULL)
			return;
		(void)nanosleep(&pause, NULL);
	}
	atf_tc_fail("kern.mach.%s is %ju and does not go back", name,
	    (uintmax_t)value);
}

void
counters_waiting(unsigned int threads)
{
	uint64_t waiting;

	do {
		ATF_REQUIRE_EQ(0, mach_sysctl("waiting", &waiting));
	} while (waiting < threads);
}
