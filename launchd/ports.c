/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Waiting for Mach messages in an event loop.
 *
 * A thread peeks at a port set: a receive with room for a header only takes no
 * message and names the member that has one.  It writes the name to a pipe and
 * waits until the event loop has dealt with it, which is to say received the
 * message or taken the port out of the set.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "launchd.h"

static mach_port_t watched;	/* the set */
static int pipe_fds[2];
static sem_t handled;
static void (*ready)(mach_port_t);

static void *
peek_loop(void *arg)
{
	const mach_msg_option_t option = MACH_RCV_MSG | MACH_RCV_LARGE |
	    MACH_RCV_LARGE_IDENTITY;
	mach_msg_header_t head;
	mach_msg_return_t mr;

	for (;;) {
		mr = mach_msg(&head, option, 0, sizeof(head), watched,
		    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
		if (mr != MACH_RCV_TOO_LARGE)
			fatal("cannot wait for messages: %s",
			    mach_error_string(mr));
		if (write(pipe_fds[1], &head.msgh_local_port,
		    sizeof(head.msgh_local_port)) == -1)
			return (arg);
		while (sem_wait(&handled) == -1 && errno == EINTR)
			;
	}
}

static void
pipe_readable(evutil_socket_t fd, short what, void *arg)
{
	mach_port_t port;

	(void)what;
	(void)arg;
	if (read(fd, &port, sizeof(port)) != (ssize_t)sizeof(port))
		return;
	ready(port);
	sem_post(&handled);
}

/* Calls `fn' from the event loop for every message that waits at a port. */
void
ports_init(void (*fn)(mach_port_t))
{
	struct event *ev;
	pthread_t thread;
	sigset_t all, old;
	int error;

	ready = fn;
	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
	    &watched) != KERN_SUCCESS)
		fatal("cannot make a port set");
	if (pipe2(pipe_fds, O_CLOEXEC) == -1 || sem_init(&handled, 0, 0) == -1)
		fatal("cannot make a pipe: %s", strerror(errno));
	ev = event_new(base, pipe_fds[0], EV_READ | EV_PERSIST, pipe_readable,
	    NULL);
	if (ev == NULL || event_add(ev, NULL) == -1)
		fatal("cannot watch a pipe");
	/* Signals are the event loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, NULL, peek_loop, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0)
		fatal("cannot make a thread: %s", strerror(error));
	pthread_detach(thread);
}

void
ports_watch(mach_port_t port)
{
	kern_return_t kr;

	kr = mach_port_move_member(mach_task_self(), port, watched);
	if (kr != KERN_SUCCESS)
		log_warn("cannot watch a port: %s", mach_error_string(kr));
}

void
ports_unwatch(mach_port_t port)
{
	(void)mach_port_move_member(mach_task_self(), port, MACH_PORT_NULL);
}
