/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Waiting for Mach messages in an event loop: every port of interest is in one
 * set, and the loop watches the set's descriptor (mach_port_fd(3)).
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach_port_fd.h>

#include "launchd.h"

static mach_port_t watched;	/* the set */
static struct event *event;	/* of its descriptor */
static void (*ready)(mach_port_t);

/*
 * A receive with room for a header only takes no message and names the member
 * that has one.
 */
static void
set_readable(evutil_socket_t fd, short what, void *arg)
{
	const mach_msg_option_t option = MACH_RCV_MSG | MACH_RCV_LARGE |
	    MACH_RCV_LARGE_IDENTITY | MACH_RCV_TIMEOUT;
	mach_msg_header_t head;
	mach_msg_return_t mr;

	(void)fd;
	(void)what;
	(void)arg;
	mr = mach_msg(&head, option, 0, sizeof(head), watched, 0,
	    MACH_PORT_NULL);
	if (mr == MACH_RCV_TOO_LARGE)
		ready(head.msgh_local_port);
	else if (mr != MACH_RCV_TIMED_OUT)
		mach_lost("cannot wait for messages: %s",
		    mach_error_string(mr));
}

/*
 * Calls `fn' from the event loop for every message that waits at a port.  False
 * if that cannot be.
 */
bool
ports_init(void (*fn)(mach_port_t))
{
	int fd;

	ready = fn;
	if (mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
	    &watched) != KERN_SUCCESS) {
		log_warn("cannot make a port set; is the mach module loaded?");
		return (false);
	}
	fd = mach_port_fd(watched);
	if (fd == -1) {
		log_warn("cannot watch a port set: %s", strerror(errno));
		ports_fini();
		return (false);
	}
	event = event_new(base, fd, EV_READ | EV_PERSIST, set_readable, NULL);
	if (event == NULL)
		close(fd);
	if (event == NULL || event_add(event, NULL) == -1) {
		log_warn("cannot watch a port set: out of memory");
		ports_fini();
		return (false);
	}
	return (true);
}

/* Watches nothing any more. */
void
ports_fini(void)
{
	int fd;

	if (event != NULL) {
		fd = event_get_fd(event);
		event_free(event);
		event = NULL;
		close(fd);
	}
	(void)mach_port_destroy(mach_task_self(), watched);
	watched = MACH_PORT_NULL;
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

/*
 * Receives the message that waits at a port of ours.  One that is larger than
 * any request is thrown away by the receive.
 */
bool
port_receive(mach_port_t port, mach_msg_header_t *head, mach_msg_size_t size)
{
	return (mach_msg(head, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0, size, port,
	    0, MACH_PORT_NULL) == MACH_MSG_SUCCESS);
}
