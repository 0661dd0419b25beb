/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * kern.mach: what exists, and how much of it may exist.
 *
 * Counters are counter(9), so that counting costs a message no shared cache
 * line.  Limits need one number, and so an atomic, but only what stays is
 * limited: a message handed straight to a receiver is never counted as queued.
 */

#include "mach_var.h"

#include <sys/systm.h>

MALLOC_DEFINE(M_MACH, "mach", "Mach IPC");

SYSCTL_NODE(_kern, OID_AUTO, mach, CTLFLAG_RW | CTLFLAG_MPSAFE, NULL,
    "Mach IPC");

struct mach_counters mach_counters;

SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, tasks, CTLFLAG_RD,
    &mach_counters.mc_tasks, "Processes that use Mach IPC");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, psets, CTLFLAG_RD,
    &mach_counters.mc_psets, "Port sets");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, entries, CTLFLAG_RD,
    &mach_counters.mc_entries, "Names in use, in all tasks");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, kmsgs, CTLFLAG_RD,
    &mach_counters.mc_kmsgs, "Messages in flight or reserved");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, requests, CTLFLAG_RD,
    &mach_counters.mc_requests, "Notification requests on names");
SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, violations, CTLFLAG_RD,
    &mach_counters.mc_violations, "Refused operations on guarded ports");

u_int mach_max_names = 65536;
SYSCTL_UINT(_kern_mach, OID_AUTO, max_names, CTLFLAG_RWTUN, &mach_max_names,
    0, "Names one task may have");

u_int mach_max_inline = 65536;
SYSCTL_UINT(_kern_mach, OID_AUTO, max_inline, CTLFLAG_RDTUN,
    &mach_max_inline, 0, "Bytes of a message, not counting out-of-line memory");

u_int mach_max_ports = 262144;
SYSCTL_UINT(_kern_mach, OID_AUTO, max_ports, CTLFLAG_RWTUN, &mach_max_ports,
    0, "Ports in the system");

u_int mach_max_queued = 65536;
SYSCTL_UINT(_kern_mach, OID_AUTO, max_queued, CTLFLAG_RWTUN,
    &mach_max_queued, 0, "Messages queued in the system");

u_long mach_max_bytes = 256ul * 1024 * 1024;
SYSCTL_ULONG(_kern_mach, OID_AUTO, max_bytes, CTLFLAG_RWTUN, &mach_max_bytes,
    0, "Bytes of queued messages and of out-of-line memory in flight");

u_int mach_max_members = 262144;
SYSCTL_UINT(_kern_mach, OID_AUTO, max_members, CTLFLAG_RWTUN,
    &mach_max_members, 0, "Memberships of ports in port sets in the system");

static u_int mach_members;
SYSCTL_UINT(_kern_mach, OID_AUTO, members, CTLFLAG_RD, &mach_members, 0,
    "Memberships of ports in port sets");

static u_int mach_ports;
SYSCTL_UINT(_kern_mach, OID_AUTO, ports, CTLFLAG_RD, &mach_ports, 0,
    "Ports, dead ones that are still named included");

static u_int mach_queued;
SYSCTL_UINT(_kern_mach, OID_AUTO, queued, CTLFLAG_RD, &mach_queued, 0,
    "Messages queued by user tasks");

static u_long mach_bytes;
SYSCTL_ULONG(_kern_mach, OID_AUTO, bytes, CTLFLAG_RD, &mach_bytes, 0,
    "Bytes of queued messages and of out-of-line memory in flight");

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

/* Counts one more of something, unless there are `max' already. */
static bool
charge(u_int *count, u_int max)
{
	if (atomic_fetchadd_int(count, 1) < max)
		return (true);
	atomic_subtract_int(count, 1);
	return (false);
}

bool
mach_charge_ports(void)
{
	return (charge(&mach_ports, mach_max_ports));
}

/* Counts a port the kernel cannot do without. */
void
mach_force_ports(void)
{
	atomic_add_int(&mach_ports, 1);
}

void
mach_uncharge_ports(void)
{
	atomic_subtract_int(&mach_ports, 1);
}

bool
mach_charge_members(void)
{
	return (charge(&mach_members, mach_max_members));
}

void
mach_uncharge_members(void)
{
	atomic_subtract_int(&mach_members, 1);
}

/* A message of `size' bytes, not counting what is out of line, is queued. */
bool
mach_charge_queued(vm_size_t size)
{
	if (!mach_charge_bytes(size))
		return (false);
	if (charge(&mach_queued, mach_max_queued))
		return (true);
	mach_uncharge_bytes(size);
	return (false);
}

void
mach_uncharge_queued(vm_size_t size)
{
	atomic_subtract_int(&mach_queued, 1);
	mach_uncharge_bytes(size);
}

bool
mach_charge_bytes(vm_size_t size)
{
	u_long had;

	if (size > mach_max_bytes)
		return (false);
	had = atomic_fetchadd_long(&mach_bytes, size);
	if (had <= mach_max_bytes - size)
		return (true);
	mach_uncharge_bytes(size);
	return (false);
}

void
mach_uncharge_bytes(vm_size_t size)
{
	atomic_subtract_long(&mach_bytes, size);
}
