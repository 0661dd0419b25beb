/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Services and their clients, for the tests of launchd:
 *
 *	serve name	checks in and answers every message with its own pid
 *	ask name	asks such a service and prints its answer
 *	later name	looks up, prints "ready", and asks when a line comes in
 *	checkin name	checks in, prints the code
 *	shortage name	checks in while the kernel has room for no more than
 *			one notification, prints the code
 *	lookup name	looks up, prints the code
 *	register name	registers a port of its own, prints the code
 *	steal name	checks in, and sees to it that the port is lost
 *	lie name	checks in, tells launchd that the port of name.victim
 *			is dead, and prints whether that got another one
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach_port_info.h>
#include <mach/mig.h>
#include <servers/bootstrap.h>

#include "trap.h"

struct note {
	mach_msg_header_t head;
	int32_t		word;
	mach_msg_max_trailer_t trailer;
};

#define	NOTE_SIZE	(sizeof(mach_msg_header_t) + sizeof(int32_t))

static void
check(const char *what, kern_return_t kr)
{
	if (kr == KERN_SUCCESS)
		return;
	fprintf(stderr, "%s: %s\n", what, bootstrap_strerror(kr));
	exit(1);
}

static void
serve(const char *name)
{
	mach_port_t port, reply;
	struct note n;

	check("check in", bootstrap_check_in(bootstrap_port, name, &port));
	for (;;) {
		check("receive", mach_msg(&n.head, MACH_RCV_MSG, 0, sizeof(n),
		    port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
		reply = n.head.msgh_remote_port;
		if (reply == MACH_PORT_NULL)
			continue;
		n.head.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
		n.head.msgh_local_port = MACH_PORT_NULL;
		n.word = getpid();
		if (mach_msg(&n.head, MACH_SEND_MSG, NOTE_SIZE, 0,
		    MACH_PORT_NULL, 0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
			mach_msg_destroy(&n.head);
	}
}

static void
ask(mach_port_t port)
{
	struct note n;

	memset(&n, 0, sizeof(n));
	n.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	n.head.msgh_remote_port = port;
	n.head.msgh_local_port = mig_get_reply_port();
	check("ask", mach_msg(&n.head, MACH_SEND_MSG | MACH_RCV_MSG,
	    NOTE_SIZE, sizeof(n), n.head.msgh_local_port,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
	if (n.head.msgh_id == MACH_NOTIFY_SEND_ONCE)
		check("answer", MIG_SERVER_DIED);
	printf("%d\n", (int)n.word);
}

static mach_port_t
look_up(const char *name)
{
	mach_port_t port;

	check("look up", bootstrap_look_up(bootstrap_port, name, &port));
	return (port);
}

static void
later(const char *name)
{
	mach_port_t port;

	port = look_up(name);
	puts("ready");
	fflush(stdout);
	if (getchar() != EOF)
		ask(port);
}

/*
 * Puts a request of its own in the place of launchd's; returns the right by
 * which launchd was to be told.
 */
static mach_port_t
steal(const char *name)
{
	mach_port_t mine, port, previous;

	check("check in", bootstrap_check_in(bootstrap_port, name, &port));
	mine = mach_reply_port();
	check("request", mach_port_request_notification(mach_task_self(), port,
	    MACH_NOTIFY_PORT_DESTROYED, 0, mine, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &previous));
	if (previous == MACH_PORT_NULL)
		exit(1);
	return (previous);
}

/* The name that a port has where it is received from. */
static mach_port_name_t
name_there(mach_port_t port)
{
	struct mach_port_info info[64];
	unsigned int i, n = 64;

	if (mach_port_info(getpid(), info, &n) == 0) {
		for (i = 0; i < n && i < 64; i++)
			if (info[i].pi_name == port)
				return (info[i].pi_receives_as);
	}
	fprintf(stderr, "the name of a port is not to be had\n");
	exit(1);
}

/* Launchd's name for another's port is one of ours, and then that is dead. */
static void
lie(const char *name)
{
	mach_port_t mine, port, previous, told;
	mach_port_name_t theirs;
	char victim[64];

	snprintf(victim, sizeof(victim), "%s.victim", name);
	told = steal(name);
	port = look_up(victim);
	theirs = name_there(port);
	mine = mach_reply_port();
	check("insert", mach_port_insert_right(mach_task_self(), theirs, mine,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	check("request", mach_port_request_notification(mach_task_self(),
	    theirs, MACH_NOTIFY_DEAD_NAME, 0, told,
	    MACH_MSG_TYPE_MOVE_SEND_ONCE, &previous));
	check("destroy", mach_port_mod_refs(mach_task_self(), mine,
	    MACH_PORT_RIGHT_RECEIVE, -1));
	puts(look_up(victim) == port ? "the same" : "another");
}

/* Launchd asks for two notifications for each port it gives away. */
static kern_return_t
check_in_short(const char *name)
{
	mach_port_t port;
	uint64_t held, max;
	kern_return_t kr;

	if (mach_sysctl("max_notifications", &max) != 0 ||
	    mach_sysctl("notifications", &held) != 0 ||
	    mach_sysctl_set("max_notifications", held + 1) != 0) {
		fprintf(stderr, "the limit is not to be set\n");
		exit(1);
	}
	kr = bootstrap_check_in(bootstrap_port, name, &port);
	if (mach_sysctl_set("max_notifications", max) != 0)
		exit(1);
	return (kr);
}

static kern_return_t
code(const char *what, char *name)
{
	mach_port_t port;

	if (strcmp(what, "checkin") == 0)
		return (bootstrap_check_in(bootstrap_port, name, &port));
	if (strcmp(what, "shortage") == 0)
		return (check_in_short(name));
	if (strcmp(what, "lookup") == 0)
		return (bootstrap_look_up(bootstrap_port, name, &port));
	port = mach_reply_port();
	check("insert", mach_port_insert_right(mach_task_self(), port, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	return (bootstrap_register(bootstrap_port, name, port));
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return (64);
	if (strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	else if (strcmp(argv[1], "ask") == 0)
		ask(look_up(argv[2]));
	else if (strcmp(argv[1], "later") == 0)
		later(argv[2]);
	else if (strcmp(argv[1], "steal") == 0)
		(void)steal(argv[2]);
	else if (strcmp(argv[1], "lie") == 0)
		lie(argv[2]);
	else
		printf("%d\n", code(argv[1], argv[2]));
	return (0);
}
