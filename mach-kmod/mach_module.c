/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Mach IPC as a kernel module.
 *
 * Two dynamic system call slots carry everything: one for mach_msg, one for the
 * rest (mach_abi.h).  Their numbers are found at load and published, with the
 * version of the boundary, under kern.mach; libmach asks once per process.
 *
 * Counters of what exists are counter(9), so that counting costs a message no
 * shared cache line.  What is limited is counted in mach_limits.c.
 *
 * The module unloads only when no process uses it, and then there is nothing
 * left but what this file made.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/module.h>
#include <sys/sysent.h>

#include "mach_abi.h"

MALLOC_DEFINE(M_MACH, "mach", "Mach IPC");

SYSCTL_NODE(_kern, OID_AUTO, mach, CTLFLAG_RW | CTLFLAG_MPSAFE, NULL,
    "Mach IPC");

SDT_PROVIDER_DEFINE(mach);

/*
 * A counter lives as long as its variable can be read, which is longer than the
 * module is loaded.
 */
#define	COUNTER(name, what)						\
	counter_u64_t mach_count_##name;				\
	COUNTER_U64_SYSINIT(mach_count_##name);				\
	SYSCTL_COUNTER_U64(_kern_mach, OID_AUTO, name, CTLFLAG_RD,	\
	    &mach_count_##name, what)

COUNTER(tasks, "Processes that use Mach IPC");
COUNTER(entries, "Names in use, in all tasks");
COUNTER(kmsgs, "Messages in flight or reserved");
COUNTER(requests, "Notification requests on names");
COUNTER(violations, "Refused operations on guarded ports");
COUNTER(waiting, "Threads asleep in mach_msg");
COUNTER(watches, "Ports and port sets watched by kqueue or poll");

static int syscall_msg = NO_SYSCALL;
SYSCTL_INT(_kern_mach, OID_AUTO, syscall_msg, MACH_PUBLISHED, &syscall_msg,
    0, "Number of the mach_msg system call");

static int syscall_trap = NO_SYSCALL;
SYSCTL_INT(_kern_mach, OID_AUTO, syscall_trap, MACH_PUBLISHED, &syscall_trap,
    0, "Number of the mach_trap system call");

static int mach_abi = MACH_ABI_VERSION;
SYSCTL_INT(_kern_mach, OID_AUTO, abi, MACH_PUBLISHED, &mach_abi, 0,
    "Version of the boundary between libmach and the kernel");

static struct sysent msg_sysent = {
	.sy_narg = sizeof(struct mach_msg_trap_args) / sizeof(uint64_t),
	.sy_call = sys_mach_msg,
	.sy_flags = SYF_CAPENABLED,
};
static struct sysent trap_sysent = {
	.sy_narg = sizeof(struct mach_trap_args) / sizeof(uint64_t),
	.sy_call = sys_mach_trap,
	.sy_flags = SYF_CAPENABLED,
};
static struct sysent old_msg_sysent, old_trap_sysent;

static bool loaded;

static int
mach_load(void)
{
	int error;

	mach_host_init();
	mach_thread_init();
	mach_task_init();
	error = kern_syscall_register(sysent, &syscall_msg, &msg_sysent,
	    &old_msg_sysent, 0);
	if (error == 0) {
		error = kern_syscall_register(sysent, &syscall_trap,
		    &trap_sysent, &old_trap_sysent, 0);
		if (error != 0)
			kern_syscall_deregister(sysent, syscall_msg,
			    &old_msg_sysent);
	}
	if (error == 0) {
		/* Last, because a knote would keep it from being undone. */
		mach_event_load();
		loaded = true;
		return (0);
	}
	printf("mach: no free system call slot; unload another module that "
	    "uses dynamic system calls\n");
	mach_task_fini();
	mach_thread_fini();
	mach_host_fini();
	return (error);
}

static bool
mach_idle(void)
{
	return (mach_task_idle() && mach_event_idle());
}

/*
 * New processes are kept out first, by taking the filter and the system calls
 * away, which waits for those inside.  If one is left after that, they are put
 * back.
 *
 * The kernel also tells a module to unload that could not be loaded.  Then
 * nothing is there, and a system call that is not would be waited for for ever.
 */
static int
mach_unload(void)
{
	if (!loaded)
		return (0);
	if (!mach_idle() || mach_event_unload() != 0)
		return (EBUSY);
	kern_syscall_deregister(sysent, syscall_msg, &old_msg_sysent);
	kern_syscall_deregister(sysent, syscall_trap, &old_trap_sysent);
	if (!mach_idle()) {
		kern_syscall_register(sysent, &syscall_msg, &msg_sysent,
		    &old_msg_sysent, 0);
		kern_syscall_register(sysent, &syscall_trap, &trap_sysent,
		    &old_trap_sysent, 0);
		mach_event_load();
		return (EBUSY);
	}
	mach_task_fini();
	mach_thread_fini();
	mach_host_fini();
	loaded = false;
	return (0);
}

static int
mach_modevent(module_t mod __unused, int what, void *arg __unused)
{
	switch (what) {
	case MOD_LOAD:
		return (mach_load());
	case MOD_QUIESCE:
		return (mach_idle() ? 0 : EBUSY);
	case MOD_UNLOAD:
		return (mach_unload());
	default:
		return (EOPNOTSUPP);
	}
}

static moduledata_t mach_moddata = { "mach", mach_modevent, NULL };

/* At boot, after what has a number of kqueue's filters, as aio(4) does. */
DECLARE_MODULE(mach, mach_moddata, SI_SUB_SYSCALLS, SI_ORDER_ANY);
MODULE_VERSION(mach, MACH_ABI_VERSION);
