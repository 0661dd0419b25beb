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
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trap.h"

#define	NODE	"kern.mach"

/* The numbers of the two calls, -1 until they are known. */
static _Atomic int call_msg = -1, call_trap = -1;

int
mach_sysctl(const char *name, uint64_t *value)
{
	char full[64];
	union {
		uint32_t u32;
		uint64_t u64;
	} v;
	size_t len;

	snprintf(full, sizeof(full), NODE ".%s", name);
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
	snprintf(full, sizeof(full), NODE ".%s", name);
	len = 0;
	if (sysctlbyname(full, NULL, &len, NULL, 0) == -1)
		return (errno);
	value32 = (uint32_t)value;
	if (sysctlbyname(full, NULL, NULL, len == sizeof(value32) ?
	    (void *)&value32 : (void *)&value, len) == -1)
		return (errno);
	return (0);
}

int
mach_sysctl_next(char *name, size_t size, uint64_t *value)
{
	int oid[CTL_MAXNAME + 2] = { CTL_SYSCTL };
	char full[64];
	size_t len, n;

	/* The node is followed by the first of its variables. */
	n = CTL_MAXNAME;
	if (sysctlnametomib(name[0] != '\0' ? name : NODE, oid + 2, &n) == -1)
		return (errno);
	oid[1] = CTL_SYSCTL_NEXT;
	len = CTL_MAXNAME * sizeof(oid[0]);
	if (sysctl(oid, (u_int)n + 2, oid + 2, &len, NULL, 0) == -1)
		return (errno);
	n = len / sizeof(oid[0]);
	oid[1] = CTL_SYSCTL_NAME;
	len = sizeof(full);
	if (sysctl(oid, (u_int)n + 2, full, &len, NULL, 0) == -1)
		return (errno);
	if (strncmp(full, NODE ".", sizeof(NODE)) != 0)
		return (ENOENT);
	snprintf(name, size, "%s", full);
	return (mach_sysctl(full + sizeof(NODE), value));
}

/* The user is told once why nothing works. */
static bool
may_complain(void)
{
	static atomic_bool complained;

	return (!atomic_exchange(&complained, true));
}

/*
 * Learns the numbers; until that succeeds every call tries, because the module
 * may be loaded at any time.
 */
static void
find_calls(void)
{
	uint64_t abi, msg, trap;

	if (mach_sysctl("abi", &abi) != 0) {
		if (may_complain())
			fprintf(stderr, "libmach: the mach module is not "
			    "loaded; load it with kldload mach\n");
		return;
	}
	if (abi != MACH_ABI_VERSION) {
		if (may_complain())
			fprintf(stderr, "libmach: the mach module has "
			    "interface version %ju and this library %d; "
			    "install the same release of both\n",
			    (uintmax_t)abi, MACH_ABI_VERSION);
		return;
	}
	if (mach_sysctl("syscall_msg", &msg) != 0 ||
	    mach_sysctl("syscall_trap", &trap) != 0) {
		if (may_complain())
			fprintf(stderr, "libmach: the mach module does not "
			    "publish its system calls; install the same "
			    "release of both\n");
		return;
	}
	call_msg = (int)msg;
	call_trap = (int)trap;
}

/* The number of a system call; -1 if there is no module. */
static inline long
call_number(_Atomic int *call)
{
	int error, number;

	number = atomic_load_explicit(call, memory_order_relaxed);
	if (number == -1) {
		error = errno;
		find_calls();
		errno = error;
		number = atomic_load_explicit(call, memory_order_relaxed);
	}
	return (number);
}

/*
 * Makes a system call.  syscall(2) would do, but is itself a system call whose
 * seventh argument the kernel has to read from the stack, and sets errno.
 * Returns -1 for a system call that fails as such: it is not there.
 */
static inline int
call_kernel(long number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
    uint64_t a5, uint64_t a6)
{
	int failed;

#if defined(__amd64__)
	register uint64_t r10 __asm__("r10") = a4;
	register uint64_t r8 __asm__("r8") = a5;
	register uint64_t r9 __asm__("r9") = a6;

	__asm__ volatile("syscall"
	    : "=@ccc" (failed), "+a" (number), "+D" (a1), "+S" (a2), "+d" (a3),
	      "+r" (r10), "+r" (r8), "+r" (r9)
	    :
	    : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = a1;
	register uint64_t x1 __asm__("x1") = a2;
	register uint64_t x2 __asm__("x2") = a3;
	register uint64_t x3 __asm__("x3") = a4;
	register uint64_t x4 __asm__("x4") = a5;
	register uint64_t x5 __asm__("x5") = a6;

	__asm__ volatile("svc #0\n\tcset %w0, cs"
	    : "=r" (failed), "+r" (x8), "+r" (x0), "+r" (x1), "+r" (x2),
	      "+r" (x3), "+r" (x4), "+r" (x5)
	    :
	    : "cc", "memory");
	number = (long)x0;
#else
#error "libmach has no system calls for this architecture"
#endif
	return (failed ? -1 : (int)number);
}

kern_return_t
mach_trap(int op, void *args, size_t size)
{
	long number;
	int kr;

	number = call_number(&call_trap);
	if (number == -1)
		return (KERN_NOT_SUPPORTED);
	kr = call_kernel(number, (uint64_t)op, (uintptr_t)args, size, 0, 0, 0);
	return (kr != -1 ? kr : KERN_NOT_SUPPORTED);
}

mach_msg_return_t
mach_msg_trap(struct mach_msg_trap_args *a)
{
	long number;
	int mr;

	number = call_number(&call_msg);
	mr = number == -1 ? -1 : call_kernel(number, a->msg, a->option,
	    a->sizes, a->rcv_name, a->timeout, a->rcv_msg);
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
