/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Ports and descriptors: waiting for a port as for a file, and sending a file
 * as a port.
 */

#include <errno.h>
#include <stdint.h>

#include <mach/mach.h>
#include <mach/mach_port_fd.h>
#include <sys/fileport.h>

#include "trap.h"

static int
fd_trap(int op, struct mach_fd_args *args)
{
	kern_return_t kr;

	args->task = mach_task_self();
	args->error = ENOSYS;
	kr = mach_trap(op, args, sizeof(*args));
	if (kr == KERN_SUCCESS)
		return (0);
	errno = kr == KERN_FAILURE ? args->error : ENOSYS;
	return (-1);
}

/*
 * Returns a new descriptor, the caller's to close and closed by exec, that
 * poll(2), select(2), kqueue(2) and epoll(7) report as readable while a message
 * can be received from `name', a receive right or a port set of this task, and
 * as hung up once that has moved or died.  No right is consumed.  -1 and errno:
 * EINVAL if `name' is neither, EMFILE, ENFILE, ENOSYS without the kernel's
 * support (mach_port_fd(3)).
 */
int
mach_port_fd(mach_port_name_t name)
{
	struct mach_fd_args args = { .name = name };

	return (fd_trap(MACH_TRAP_PORT_FD, &args) == 0 ? args.fd : -1);
}

/*
 * Returns the number of the filter by which kevent(2) takes a port's name as
 * ident, or 0 if the system has none to give (mach_port_fd(3)).
 */
int
mach_port_evfilt(void)
{
	static int known, evfilt;
	uint64_t value;

	if (!__atomic_load_n(&known, __ATOMIC_ACQUIRE)) {
		if (mach_sysctl("evfilt", &value) != 0)
			value = 0;
		__atomic_store_n(&evfilt, (int)(int64_t)value,
		    __ATOMIC_RELAXED);
		__atomic_store_n(&known, 1, __ATOMIC_RELEASE);
	}
	return (__atomic_load_n(&evfilt, __ATOMIC_RELAXED));
}

/*
 * Makes a send right, the caller's, that stands for the open file of `fd',
 * which stays open; the file is held until the last such right goes.  0, or -1
 * and errno: EBADF, EOPNOTSUPP for what AF_UNIX sockets cannot carry either,
 * ENFILE at a limit (kern.mach.max_fileports), EAGAIN if the task has no room
 * for the name (fileport_makeport(3)).
 */
int
fileport_makeport(int fd, fileport_t *port)
{
	struct mach_fd_args args = { .fd = fd };

	if (fd_trap(MACH_TRAP_FILEPORT_MAKEPORT, &args) != 0)
		return (-1);
	*port = args.name;
	return (0);
}

/*
 * Returns a new descriptor, closed by exec, for the file that a right stands
 * for; the right stays the caller's.  -1 and errno: EINVAL if it is not such a
 * right, EMFILE (fileport_makeport(3)).
 */
int
fileport_makefd(fileport_t port)
{
	struct mach_fd_args args = { .name = port };

	return (fd_trap(MACH_TRAP_FILEPORT_MAKEFD, &args) == 0 ? args.fd : -1);
}
