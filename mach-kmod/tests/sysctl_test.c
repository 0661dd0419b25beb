/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The variables of kern.mach: every one is described, in the kernel and in
 * mach(4), and can be set or not as the page says.
 */

#include <atf-c.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common.h"

#define	PREFIX	"kern.mach."

/* Calls `fn' with every variable and its name behind kern.mach. */
static void
each_variable(void (*fn)(struct hosted_sysctl *, const char *))
{
	struct hosted_sysctl *hs;
	char name[64];
	u_int n;

	n = 0;
	for (hs = hosted_sysctl_next(NULL); hs != NULL;
	    hs = hosted_sysctl_next(hs)) {
		hosted_sysctl_name(hs, name, sizeof(name));
		ATF_REQUIRE_EQ(0, strncmp(name, PREFIX, strlen(PREFIX)));
		fn(hs, name + strlen(PREFIX));
		n++;
	}
	ATF_CHECK(n > 20);
}

static void
check_description(struct hosted_sysctl *hs, const char *name)
{
	ATF_CHECK_MSG(hs->hs_description != NULL &&
	    strlen(hs->hs_description) > 3, "%s is not described", name);
}

ATF_TC_WITHOUT_HEAD(described);
ATF_TC_BODY(described, tc)
{
	each_variable(check_description);
}

/* The page has an item for every variable, `.It Va name'. */
static void
check_manual(struct hosted_sysctl *hs __unused, const char *name)
{
	char item[96], line[512];
	FILE *f;
	bool found;

	snprintf(item, sizeof(item), ".It Va %s\n", name);
	f = fopen(MACH_MANUAL, "r");
	if (f == NULL)
		atf_tc_skip("no %s here", MACH_MANUAL);
	found = false;
	while (fgets(line, sizeof(line), f) != NULL)
		found = found || strcmp(line, item) == 0;
	fclose(f);
	ATF_CHECK_MSG(found, "mach(4) does not say what %s is", name);
}

ATF_TC_WITHOUT_HEAD(in_the_manual);
ATF_TC_BODY(in_the_manual, tc)
{
	each_variable(check_manual);
}

/* Limits and knobs can be set, and nothing else. */
static void
check_access(struct hosted_sysctl *hs, const char *name)
{
	uint64_t value;
	bool settable;

	settable = (strncmp(name, "max_", 4) == 0 &&
	    strcmp(name, "max_inline") != 0) ||
	    strcmp(name, "guard_kills") == 0;
	value = hosted_sysctl_get(hs);
	ATF_CHECK_EQ_MSG(settable ? 0 : EPERM, hosted_sysctl_set(hs,
	    value + 1), "%s", name);
	ATF_CHECK_EQ_MSG(value + (settable ? 1 : 0), hosted_sysctl_get(hs),
	    "%s", name);
}

ATF_TC_WITHOUT_HEAD(settable);
ATF_TC_BODY(settable, tc)
{
	ATF_REQUIRE_EQ(0, hosted_kldload());
	each_variable(check_access);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, described);
	ATF_TP_ADD_TC(tp, in_the_manual);
	ATF_TP_ADD_TC(tp, settable);
	return (atf_no_error());
}
