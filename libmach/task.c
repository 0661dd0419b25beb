/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Tasks and the host.
 */

#include <string.h>

#include <mach/mach.h>
#include <mach/mach_host.h>

#include "trap.h"

/*
 * Returns a new reference to a send right of the task's; TASK_BOOTSTRAP_PORT
 * only, which may be MACH_PORT_NULL, or MACH_PORT_DEAD when the port the task
 * had has died.  KERN_NOT_SUPPORTED for Darwin's others,
 * KERN_INVALID_ARGUMENT for numbers that are none (task_get_special_port(2)).
 */
kern_return_t
task_get_special_port(task_t task, int which, mach_port_t *port)
{
	struct mach_special_port_args args = { task, (uint32_t)which, 0 };
	kern_return_t kr;

	kr = mach_trap(MACH_TRAP_TASK_GET_SPECIAL_PORT, &args, sizeof(args));
	if (kr == KERN_SUCCESS)
		*port = args.port;
	return (kr);
}

/*
 * Sets it to a copy of a send right, which the caller keeps; MACH_PORT_NULL
 * clears it.  KERN_INVALID_CAPABILITY for a dead name, KERN_INVALID_RIGHT or
 * KERN_INVALID_NAME for what is no send right.
 */
kern_return_t
task_set_special_port(task_t task, int which, mach_port_t port)
{
	struct mach_special_port_args args = { task, (uint32_t)which, port };

	return (mach_trap(MACH_TRAP_TASK_SET_SPECIAL_PORT, &args,
	    sizeof(args)));
}

/*
 * Gets the task's own tokens: TASK_SECURITY_TOKEN, TASK_AUDIT_TOKEN.
 * KERN_INVALID_ARGUMENT if *count is too small, KERN_NOT_SUPPORTED for other
 * flavours.
 */
kern_return_t
task_info(task_name_t task, task_flavor_t flavor, task_info_t info,
    mach_msg_type_number_t *count)
{
	struct mach_tokens_args args;
	mach_msg_type_number_t needed;
	kern_return_t kr;

	if (flavor != TASK_SECURITY_TOKEN && flavor != TASK_AUDIT_TOKEN)
		return (KERN_NOT_SUPPORTED);
	needed = flavor == TASK_SECURITY_TOKEN ? TASK_SECURITY_TOKEN_COUNT :
	    TASK_AUDIT_TOKEN_COUNT;
	if (*count < needed)
		return (KERN_INVALID_ARGUMENT);
	memset(&args, 0, sizeof(args));
	args.task = task;
	kr = mach_trap(MACH_TRAP_TASK_TOKENS, &args, sizeof(args));
	if (kr != KERN_SUCCESS)
		return (kr);
	*count = needed;
	memcpy(info, flavor == TASK_SECURITY_TOKEN ? args.security :
	    args.audit, needed * sizeof(uint32_t));
	return (KERN_SUCCESS);
}

/*
 * Sets the bootstrap port of the next process the calling thread forks, instead
 * of the task's own, to a copy of a send right, which the caller keeps;
 * MACH_PORT_NULL takes that back.  The first fork(2) uses it up.  Errors as of
 * task_set_special_port() (mach_port_info(3)).
 */
kern_return_t
mach_spawn_bootstrap_port(mach_port_t port)
{
	struct mach_port_name_args args = { mach_task_self(), port };

	return (mach_trap(MACH_TRAP_SPAWN_BOOTSTRAP, &args, sizeof(args)));
}

/* The pid behind a task port; KERN_FAILURE if it is none, or dead. */
kern_return_t
pid_for_task(mach_port_name_t task, int *pid)
{
	struct mach_pid_args args = { task, -1 };
	kern_return_t kr;

	kr = mach_trap(MACH_TRAP_PID_FOR_TASK, &args, sizeof(args));
	*pid = kr == KERN_SUCCESS ? args.pid : -1;
	return (kr);
}

/*
 * A new reference to a send right to the calling thread's port, which is dead
 * when the thread is; MACH_PORT_NULL if the task has no room for a name.
 */
mach_port_t
mach_thread_self(void)
{
	struct mach_name_args args = { MACH_PORT_NULL };

	if (mach_trap(MACH_TRAP_THREAD_SELF, &args, sizeof(args)) !=
	    KERN_SUCCESS)
		return (MACH_PORT_NULL);
	return (args.name);
}

/* A new reference to a send right to the host port. */
mach_port_t
mach_host_self(void)
{
	struct mach_name_args args = { MACH_PORT_NULL };

	if (mach_trap(MACH_TRAP_HOST_SELF, &args, sizeof(args)) !=
	    KERN_SUCCESS)
		return (MACH_PORT_NULL);
	return (args.name);
}

/*
 * The host-wide default bootstrap port (HOST_BOOTSTRAP_PORT), a new reference;
 * `node' is ignored.  KERN_NOT_SUPPORTED for others, KERN_INVALID_HOST.
 */
kern_return_t
host_get_special_port(host_priv_t host, int node, int which, mach_port_t *port)
{
	struct mach_special_port_args args = { host, (uint32_t)which, 0 };
	kern_return_t kr;

	(void)node;
	kr = mach_trap(MACH_TRAP_HOST_GET_SPECIAL_PORT, &args, sizeof(args));
	if (kr == KERN_SUCCESS)
		*port = args.port;
	return (kr);
}

/* Sets it; root only, or KERN_NO_ACCESS.  The caller keeps its right. */
kern_return_t
host_set_special_port(host_priv_t host, int which, mach_port_t port)
{
	struct mach_special_port_args args = { host, (uint32_t)which, port };

	return (mach_trap(MACH_TRAP_HOST_SET_SPECIAL_PORT, &args,
	    sizeof(args)));
}
