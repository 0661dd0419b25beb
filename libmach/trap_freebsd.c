/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Traps as system calls of mach.ko, whose numbers the module publishes.
 */

#include <sys/types.h>
#include <sys/sysctl.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trap.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int call_msg = -1, call_trap = -1;

int
mach_sysctl(const char *name, uint64_t *value)
{
	char full[64];
	union {
		uint32_t u32;
		uint64_t u64;
	} v;
	size_t len;

	snprintf(full, sizeof(full), "kern.mach.%s", name);
	len = sizeof(v);
	if (sysctlbyname(full, &v, &len, NULL, 0) == -1)
		return (errno);
	*value = len == sizeof(v.u32) ? v.u32 : v.u64;
	return (0);
}

int
mach_sysctl_set(const char *name, uint64_t value)
{
	char full[64];
	uint64_t old;
	uint32_t value32;
	size_t len;
	int error;

	error = mach_sysctl(name, &old);
	if (error != 0)
		return (error);
	snprintf(full, sizeof(full), "kern.mach.%s", name);
	len = 0;
	if (sysctlbyname(full, NULL, &len, NULL, 0) == -1)
		return (errno);
	value32 = (uint32_t)value;
	if (sysctlbyname(full, NULL, NULL, len == sizeof(value32) ?
	    (void *)&value32 : (void *)&value, len) == -1)
		return (errno);
	return (0);
}

/* sysctl(8) lists variables here. */
int
mach_sysctl_next(char *name, size_t size, uint64_t *value)
{
	(void)name;
	(void)size;
	(void)value;
	return (ENOTSUP);
}

static void
find_calls(void)
{
	uint64_t abi, msg, trap;

	if (mach_sysctl("abi", &abi) != 0) {
		fprintf(stderr, "libmach: the mach module is not loaded; "
		    "load it with kldload mach\n");
		return;
	}
	if (abi != MACH_ABI_VERSION) {
		fprintf(stderr, "libmach: the mach module has interface "
		    "version %ju and this library %d; install the same "
		    "release of both\n", (uintmax_t)abi, MACH_ABI_VERSION);
		return;
	}
	if (mach_sysctl("syscall_msg", &msg) != 0 ||
	    mach_sysctl("syscall_trap", &trap) != 0) {
		fprintf(stderr, "libmach: the mach module does not publish "
		    "its system calls; install the same release of both\n");
		return;
	}
	call_msg = (int)msg;
	call_trap = (int)trap;
}

kern_return_t
mach_trap(int op, void *args, size_t size)
{
	int error, kr;

	pthread_once(&once, find_calls);
	if (call_trap == -1)
		return (KERN_NOT_SUPPORTED);
	error = errno;
	kr = syscall(call_trap, (long)op, args, size);
	errno = error;
	/* A system call that fails as such is one that is not there. */
	return (kr != -1 ? kr : KERN_NOT_SUPPORTED);
}

mach_msg_return_t
mach_msg_trap(struct mach_msg_trap_args *a)
{
	int error, mr;

	pthread_once(&once, find_calls);
	error = errno;
	mr = call_msg == -1 ? -1 : syscall(call_msg, a->msg, a->option,
	    a->sizes, a->rcv_name, a->timeout, a->rcv_msg);
	errno = error;
	if (mr != -1)
		return (mr);
	return ((a->option & MACH_SEND_MSG) != 0 ? MACH_SEND_INVALID_DEST :
	    MACH_RCV_INVALID_NAME);
}

/* The kernel sees a fork by itself. */
void
mach_trap_atfork_prepare(void)
{
}

void
mach_trap_atfork_parent(void)
{
}

void
mach_trap_atfork_child(void)
{
}
