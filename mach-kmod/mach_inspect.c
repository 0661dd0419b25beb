/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Introspection: the names of a task and what is behind them.  Whoever may
 * debug a process may look at its rights; everybody may look at his own.  No
 * address of the kernel gets out: a port is told from others by who receives
 * from it and under what name, to those who may look at that process too.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/errno.h>

static bool
may_look(struct thread *td, pid_t pid)
{
	struct mach_space *space;

	if (mach_task_space(td, pid, &space) != 0)
		return (false);
	if (space != NULL)
		mach_space_rele(space);
	return (true);
}

/*
 * The processes that use Mach, and that the current thread may look into.
 */
int
mach_inspect_tasks(struct thread *td, uint64_t uaddr, uint32_t capacity,
    uint32_t *countp)
{
	pid_t *pids;
	uint32_t i, max, n;
	int error;

	pids = NULL;
	for (max = 0; (n = mach_task_pids(pids, max)) > max; max = n) {
		free(pids, M_MACH);
		pids = malloc(n * sizeof(*pids), M_MACH, M_WAITOK | M_ZERO);
	}
	*countp = 0;
	for (i = 0; i < n; i++) {
		if (may_look(td, pids[i]))
			pids[(*countp)++] = pids[i];
	}
	error = copyout(pids, (void *)(uintptr_t)uaddr,
	    MIN(*countp, capacity) * sizeof(*pids));
	free(pids, M_MACH);
	return (error);
}

static void
describe(struct mach_entry *e, struct mach_port_info *pi)
{
	struct mach_port *port;

	pi->pi_name = e->e_name;
	pi->pi_type = mach_entry_type(e);
	pi->pi_urefs = e->e_urefs;
	if ((e->e_bits & MACH_PORT_TYPE_PORT_RIGHTS) == 0)
		return;
	port = e->e_port;
	mtx_lock(&port->p_lock);
	pi->pi_kind = port->p_kotype;
	if (port->p_space != NULL) {
		pi->pi_receiver = port->p_space->s_pid;
		pi->pi_receives_as = port->p_name;
	}
	pi->pi_messages = port->p_msgcount;
	pi->pi_qlimit = port->p_qlimit;
	pi->pi_sends = atomic_load_int(&port->p_srights);
	pi->pi_sendonces = atomic_load_int(&port->p_sorights);
	mtx_unlock(&port->p_lock);
}

/* Describes up to `max' names, and returns how many there are. */
static uint32_t
describe_all(struct mach_space *space, struct mach_port_info *info,
    uint32_t max)
{
	struct mach_entry *e;
	uint32_t cursor, n;

	cursor = n = 0;
	mtx_lock(&space->s_lock);
	while ((e = mach_space_next(space, &cursor)) != NULL) {
		if (n < max)
			describe(e, &info[n]);
		n++;
	}
	mtx_unlock(&space->s_lock);
	return (n);
}

/*
 * The names of a process: ESRCH, EPERM or EFAULT if they cannot be had.
 */
int
mach_inspect_ports(struct thread *td, pid_t pid, uint64_t uaddr,
    uint32_t capacity, uint32_t *countp)
{
	struct mach_port_info *info;
	struct mach_space *space;
	uint32_t i, max;
	int error;

	*countp = 0;
	error = mach_task_space(td, pid, &space);
	if (error != 0 || space == NULL)
		return (error);
	max = MIN(capacity, describe_all(space, NULL, 0));
	info = malloc((max + 1) * sizeof(*info), M_MACH, M_WAITOK | M_ZERO);
	*countp = describe_all(space, info, max);
	for (i = 0; i < MIN(*countp, max); i++) {
		if (info[i].pi_receiver != pid &&
		    !may_look(td, info[i].pi_receiver))
			info[i].pi_receiver = info[i].pi_receives_as = 0;
	}
	error = copyout(info, (void *)(uintptr_t)uaddr,
	    MIN(*countp, max) * sizeof(*info));
	free(info, M_MACH);
	mach_space_rele(space);
	return (error);
}
