/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * kern.mach: what exists.
 *
 * Counters are counter(9), so that counting costs a message no shared cache
 * line.  What is limited is counted in mach_limits.c.
 */

#include "mach_var.h"

#include <sys/systm.h>

MALLOC_DEFINE(M_MACH, "mach", "Mach IPC");

SYSCTL_NODE(_kern, OID_AUTO, mach, CTLFLAG_RW | CTLFLAG_MPSAFE, NULL,
    "Mach IPC");

struct mach_counters mach_counters;

SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, tasks, CTLFLAG_RD,
    &mach_counters.mc_tasks, "Processes that use Mach IPC");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, entries, CTLFLAG_RD,
    &mach_counters.mc_entries, "Names in use, in all tasks");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, kmsgs, CTLFLAG_RD,
    &mach_counters.mc_kmsgs, "Messages in flight or reserved");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, requests, CTLFLAG_RD,
    &mach_counters.mc_requests, "Notification requests on names");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, violations, CTLFLAG_RD,
    &mach_counters.mc_violations, "Refused operations on guarded ports");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, watches, CTLFLAG_RD,
    &mach_counters.mc_watches, "Ports and port sets watched by kqueue or poll");

#define	NCOUNTERS	(sizeof(mach_counters) / sizeof(counter_u64_t))

void
mach_stats_init(void)
{
	counter_u64_t *c;
	u_int i;

	c = (counter_u64_t *)&mach_counters;
	for (i = 0; i < NCOUNTERS; i++)
		c[i] = counter_u64_alloc(M_WAITOK);
}

void
mach_stats_fini(void)
{
	counter_u64_t *c;
	u_int i;

	c = (counter_u64_t *)&mach_counters;
	for (i = 0; i < NCOUNTERS; i++)
		counter_u64_free(c[i]);
}
