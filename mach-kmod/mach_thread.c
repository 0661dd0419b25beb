/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Threads: a port that stands for a thread, made when the thread first asks for
 * it and dead when the thread is.  Nothing can be done to a thread through it;
 * programs use it as a name that is unique while somebody holds it, and to
 * learn, by the dead-name notification, that the thread has ended.
 *
 * A thread can also say which bootstrap port the next process that it forks
 * gets.  Nobody else can fork in between, as with the task's bootstrap port.
 *
 * Both hang on the thread by osd(9).  Their end is in the destructor, which
 * must not sleep: the port of a thread has no queue and no no-senders request,
 * and a bootstrap port is no kernel object, so that letting go of them does
 * not.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/jail.h>
#include <sys/osd.h>
#include <sys/proc.h>
#include <sys/ucred.h>

struct mach_thread {
	struct mach_port *th_port;
	struct mach_bootstrap th_bootstrap;
};

static u_int thread_slot;

static void
thread_end(void *arg)
{
	struct mach_thread *th = arg;
	struct mach_reap reap;

	mach_reap_init(&reap);
	if (th->th_port != NULL)
		mach_port_kill(th->th_port, &reap);
	mach_right_release(&th->th_bootstrap.b_right, &reap);
	mach_reap_run(&reap);
	free(th, M_MACH);
}

static struct mach_thread *
thread_get(struct thread *td)
{
	struct mach_thread *th;
	void **rsv;

	th = osd_thread_get_unlocked(td, thread_slot);
	if (th == NULL) {
		th = malloc(sizeof(*th), M_MACH, M_WAITOK | M_ZERO);
		rsv = osd_reserve(thread_slot);
		(void)osd_thread_set_reserved(td, thread_slot, rsv, th);
	}
	return (th);
}

/* A send right to the port of the current thread. */
void
mach_thread_self(struct thread *td, struct mach_right *right)
{
	struct mach_thread *th;

	th = thread_get(td);
	if (th->th_port == NULL)
		th->th_port = mach_port_create_kobject(MACH_KO_THREAD, td);
	mach_right_copy_send(th->th_port, right);
}

/*
 * Sets the bootstrap port of the next process the current thread forks, or
 * nothing, and then that process inherits its parent's.  Consumes the right,
 * which must not be of a kernel object.
 */
void
mach_thread_set_bootstrap(struct thread *td, struct mach_right *right,
    struct mach_reap *reap)
{
	struct mach_thread *th;

	th = thread_get(td);
	mach_right_release(&th->th_bootstrap.b_right, reap);
	th->th_bootstrap.b_right = *right;
	th->th_bootstrap.b_jail = td->td_ucred->cr_prison->pr_id;
}

/* Gives away what was set, if anything. */
bool
mach_thread_take_bootstrap(struct thread *td, struct mach_bootstrap *b)
{
	struct mach_thread *th;

	th = osd_thread_get_unlocked(td, thread_slot);
	if (th == NULL || th->th_bootstrap.b_right.r_port == NULL)
		return (false);
	*b = th->th_bootstrap;
	th->th_bootstrap.b_right = MACH_RIGHT_NULL;
	return (true);
}

/* The program the current thread belonged to is gone, or the thread is. */
void
mach_thread_forget(struct thread *td)
{
	osd_thread_del(td, thread_slot);
}

void
mach_thread_init(void)
{
	thread_slot = osd_thread_register(thread_end);
}

void
mach_thread_fini(void)
{
	osd_thread_deregister(thread_slot);
}
