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
 * The port hangs on the thread by osd(9).  Its end is in the destructor, which
 * must not sleep: the port of a thread has no queue and no no-senders request,
 * so that killing it releases nothing that would.
 */

#include "mach_var.h"

#include <sys/osd.h>
#include <sys/proc.h>

static u_int thread_slot;

static void
thread_port_kill(void *port)
{
	struct mach_reap reap;

	mach_reap_init(&reap);
	mach_port_kill(port, &reap);
	mach_reap_run(&reap);
}

/* A send right to the port of the current thread. */
void
mach_thread_self(struct thread *td, struct mach_right *right)
{
	struct mach_port *port;
	void **rsv;

	port = osd_thread_get_unlocked(td, thread_slot);
	if (port == NULL) {
		port = mach_port_create_kobject(MACH_KO_THREAD, td);
		rsv = osd_reserve(thread_slot);
		(void)osd_thread_set_reserved(td, thread_slot, rsv, port);
	}
	mach_right_copy_send(port, right);
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
	thread_slot = osd_thread_register(thread_port_kill);
}

void
mach_thread_fini(void)
{
	osd_thread_deregister(thread_slot);
}
