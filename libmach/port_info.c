/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Looking at the rights of processes.
 */

#include <errno.h>
#include <stdint.h>

#include <mach/mach.h>
#include <mach/mach_port_info.h>

#include "trap.h"

static int
inspect(pid_t pid, void *buffer, unsigned int *count)
{
	struct mach_inspect_args args = {
		.task = mach_task_self(),
		.pid = pid,
		.buffer = (uintptr_t)buffer,
		.capacity = *count,
		.error = ENOSYS
	};

	if (mach_trap(MACH_TRAP_INSPECT, &args, sizeof(args)) !=
	    KERN_SUCCESS) {
		errno = args.error;
		return (-1);
	}
	*count = args.count;
	return (0);
}

/*
 * Describes the names of process `pid' in an array of the caller's with room
 * for *count, and sets *count to how many names there are, which may be more
 * than there was room for.  0, or -1 and errno: ESRCH, EPERM if the process may
 * not be debugged, ECAPMODE for another than the caller's in capability mode,
 * EBUSY while it is in exec, EINVAL, ENOSYS without the kernel's support.  No
 * right is made or consumed (mach_port_info(3)).
 */
int
mach_port_info(pid_t pid, struct mach_port_info *info, unsigned int *count)
{
	if (pid <= 0) {
		errno = EINVAL;
		return (-1);
	}
	return (inspect(pid, info, count));
}

/*
 * The same for the processes that use Mach IPC and that the caller may look at.
 */
int
mach_port_info_pids(pid_t *pids, unsigned int *count)
{
	return (inspect(0, pids, count));
}
