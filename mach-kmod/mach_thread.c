/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Threads: what the module keeps of a thread, from its first trap on.
 *
 * It hangs on the thread by osd(9), so that a trap finds its task without a
 * lock.  The task is good for as long as the thread is, because a task dies in
 * process_exit, when only the calling thread is left.
 *
 * The port that stands for a thread is made when the thread first asks for it
 * and dead when the thread is.  Nothing can be done to a thread through it;
 * programs use it as a name that is unique while somebody holds it, and to
 * learn, by the dead-name notification, that the thread has ended.
 *
 * A thread can also say which bootstrap port the next process that it forks
 * gets.  Nobody else can fork in between, as with the task's bootstrap port.
 *
 * The end is in the destructor, which must not sleep: the port of a thread has
 * no queue and no no-senders request, and a bootstrap port is no kernel object,
 * so that letting go of them does not.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/jail.h>
#include <sys/osd.h>
#include <sys/proc.h>
#include <sys/ucred.h>

u_int mach_thread_slot;

/* Lets go of what belongs to the program that the thread ran. */
static void
thread_clear(struct mach_thread *th)
{
	struct mach_reap reap;

	mach_reap_init(&reap);
	if (th->th_port != NULL)
		mach_port_kill(th->th_port, &reap);
	th->th_port = NULL;
	mach_right_release(&th->th_bootstrap.b_right, &reap);
	mach_reap_run(&reap);
}

static void
thread_end(void *arg)
{
	struct mach_thread *th = arg;

	thread_clear(th);
	free(th->th_spare, M_MACH);
	free(th, M_MACH);
}

/* The first trap of a thread, or of the program that its task runs now. */
struct mach_thread *
mach_thread_begin(struct thread *td, struct mach_thread *th)
{
	if (th == NULL) {
		th = malloc(sizeof(*th), M_MACH, M_WAITOK | M_ZERO);
		th->th_td = td;
		th->th_task = mach_task_get(td->td_proc);
		(void)osd_thread_set_reserved(td, mach_thread_slot,
		    osd_reserve(mach_thread_slot), th);
	}
	if (atomic_load_acq_ptr((uintptr_t *)&th->th_task->t_space) == 0)
		mach_task_populate(th->th_task);
	return (th);
}

/* A send right to the port of the current thread. */
void
mach_thread_self(struct mach_thread *th, struct mach_right *right)
{
	if (th->th_port == NULL)
		th->th_port = mach_port_create_kobject(MACH_KO_THREAD, th);
	mach_right_copy_send(th->th_port, right);
}

/*
 * Sets the bootstrap port of the next process the current thread forks, or
 * nothing, and then that process inherits its parent's.  Consumes the right,
 * which must not be of a kernel object.
 */
void
mach_thread_set_bootstrap(struct mach_thread *th, struct mach_right *right,
    struct mach_reap *reap)
{
	mach_right_release(&th->th_bootstrap.b_right, reap);
	th->th_bootstrap.b_right = *right;
	th->th_bootstrap.b_jail = th->th_td->td_ucred->cr_prison->pr_id;
}

/* Gives away what was set, if anything. */
bool
mach_thread_take_bootstrap(struct thread *td, struct mach_bootstrap *b)
{
	struct mach_thread *th;

	th = osd_thread_get_unlocked(td, mach_thread_slot);
	if (th == NULL || th->th_bootstrap.b_right.r_port == NULL)
		return (false);
	*b = th->th_bootstrap;
	th->th_bootstrap.b_right = MACH_RIGHT_NULL;
	return (true);
}

/* The program the current thread belonged to is gone. */
void
mach_thread_exec(struct thread *td)
{
	struct mach_thread *th;

	th = osd_thread_get_unlocked(td, mach_thread_slot);
	if (th != NULL)
		thread_clear(th);
}

/* The current thread, the last of its process, ends. */
void
mach_thread_exit(struct thread *td)
{
	osd_thread_del(td, mach_thread_slot);
}

void
mach_thread_init(void)
{
	mach_thread_slot = osd_thread_register(thread_end);
}

void
mach_thread_fini(void)
{
	osd_thread_deregister(mach_thread_slot);
}
