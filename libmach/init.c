/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The names every program starts with: its task port and its bootstrap port.
 *
 * They are fetched when the library is loaded, and again in a forked child,
 * whose name space is empty and whose parent's names mean nothing there.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include <mach/mach.h>

#include "trap.h"

mach_port_t mach_task_self_ = MACH_PORT_NULL;
mach_port_t bootstrap_port = MACH_PORT_NULL;

/*
 * Fetches the names anew.  Returns 0, or -1 if there is no kernel to ask.
 * Programs need not call it; tests do, which start their own machd.
 */
int
mach_init(void)
{
	struct mach_name_args args = { MACH_PORT_NULL };

	if (mach_trap(MACH_TRAP_TASK_SELF, &args, sizeof(args)) !=
	    KERN_SUCCESS)
		return (-1);
	mach_task_self_ = args.name;
	bootstrap_port = MACH_PORT_NULL;
	(void)task_get_bootstrap_port(mach_task_self_, &bootstrap_port);
	return (0);
}

static void
atfork_child(void)
{
	bool used;

	used = mach_task_self_ != MACH_PORT_NULL;
	mach_task_self_ = MACH_PORT_NULL;
	bootstrap_port = MACH_PORT_NULL;
	mig_atfork_child();
	mach_trap_atfork_child();
	if (used)
		(void)mach_init();
}

__attribute__((__constructor__)) static void
libmach_load(void)
{
	(void)pthread_atfork(mach_trap_atfork_prepare,
	    mach_trap_atfork_parent, atfork_child);
#ifdef __linux__
	/* Without machd a program may still be asked for its usage. */
	if (getenv("MACHD_SOCKET") == NULL)
		return;
#endif
	(void)mach_init();
}
