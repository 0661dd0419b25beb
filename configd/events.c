/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Events for the server's only wait, mach_msg().  One thread waits for signals
 * and one for the route socket; each records its event and sends the server a
 * message that says no more than "look".
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "events.h"
#include "log.h"
#include "netif_os.h"

static atomic_uint events_pending;
static mach_port_t events_port;

/*
 * One message is enough for any number of events, so none is sent while others
 * wait to be taken.  One that finds the queue full has a message before it.
 */
static void
events_post(unsigned int event)
{
	mach_msg_header_t message;
	mach_msg_return_t mr;

	if (atomic_fetch_or(&events_pending, event) != 0)
		return;
	memset(&message, 0, sizeof(message));
	message.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	message.msgh_size = sizeof(message);
	message.msgh_remote_port = events_port;
	mr = mach_msg(&message, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    sizeof(message), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS)
		mach_msg_destroy(&message);
}

unsigned int
events_take(void)
{

	return (atomic_exchange(&events_pending, 0));
}

static void
events_signal_set(sigset_t *set)
{

	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
}

void
events_block_signals(void)
{
	sigset_t set;

	events_signal_set(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *
events_signal_thread(void *arg)
{
	sigset_t set;
	int signo;

	(void)arg;
	events_signal_set(&set);
	while (sigwait(&set, &signo) == 0)
		events_post(EVENT_STOP);
	return (NULL);
}

static void *
events_network_thread(void *arg)
{
	const int *fd;

	fd = arg;
	while (netif_os_monitor_wait(*fd) == 0)
		events_post(EVENT_NETWORK);
	log_error("network changes are no longer followed: %s",
	    strerror(errno));
	return (NULL);
}

static int
events_thread(void *(*function)(void *), void *arg)
{
	pthread_t thread;
	int error;

	error = pthread_create(&thread, NULL, function, arg);
	if (error == 0)
		(void)pthread_detach(thread);
	return (error);
}

int
events_start(mach_port_t port)
{
	static int monitor;

	events_port = port;
	monitor = netif_os_monitor_open();
	if (monitor == -1)
		log_error("network changes will not be followed: %s",
		    strerror(errno));
	else if (events_thread(events_network_thread, &monitor) != 0)
		log_error("network changes will not be followed: no thread");
	return (events_thread(events_signal_thread, NULL));
}
