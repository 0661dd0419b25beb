/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The variables of kern.mach: all are found, limits can be set and nothing
 * else.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "counters.h"
#include "fixture.h"
#include "trap.h"

#define	PREFIX	"kern.mach."

/* Raises a limit by one and puts it back: others test at the same time. */
static void
check_limit(const char *name, uint64_t value)
{
	uint64_t now;

	ATF_CHECK_EQ_MSG(0, mach_sysctl_set(name, value + 1), "%s", name);
	ATF_CHECK_EQ_MSG(0, mach_sysctl(name, &now), "%s", name);
	ATF_CHECK_EQ_MSG(value + 1, now, "%s", name);
	ATF_CHECK_EQ_MSG(0, mach_sysctl_set(name, value), "%s", name);
}

static void
check_variable(const char *name, uint64_t value)
{
	if (strcmp(name, "guard_kills") == 0)
		ATF_CHECK_EQ(0, mach_sysctl_set(name, value));
	else if (strncmp(name, "max_", 4) == 0 &&
	    strcmp(name, "max_inline") != 0)
		check_limit(name, value);
	else
		ATF_CHECK_EQ_MSG(EPERM, mach_sysctl_set(name, value), "%s",
		    name);
}

ATF_TC(variables);
ATF_TC_HEAD(variables, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(variables, tc)
{
	char name[64];
	uint64_t value;
	int n;

	kernel_start();
	name[0] = '\0';
	for (n = 0; mach_sysctl_next(name, sizeof(name), &value) == 0; n++) {
		ATF_REQUIRE_EQ(0, strncmp(name, PREFIX, strlen(PREFIX)));
		check_variable(name + strlen(PREFIX), value);
	}
	ATF_CHECK(n > 30);
	ATF_CHECK_EQ(ENOENT, mach_sysctl("no_such", &value));
	ATF_CHECK_EQ(ENOENT, mach_sysctl_set("no_such", 1));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, variables);
	return (atf_no_error());
}
