/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What a round trip between two processes costs: a request and a reply of 64
 * bytes each over Mach ports, a pair of pipes, a sequenced-packet socket pair
 * and, where there are any, a pair of POSIX message queues.  They take turns in
 * short rounds, so that what else the machine does falls on all alike; the
 * median round of each is reported, and its ratio to the pipes'.
 *
 *	rpc [rounds [calls]]
 */

#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mach/mach.h>
#include <mach/mig.h>

#define	SIZE	64

struct buffer {
	union {
		mach_msg_header_t head;
		char	bytes[SIZE];
	} u;
	mach_msg_trailer_t trailer;
};

/* The client's ends of what leads to the servers of bytes. */
struct peers {
	int	to_pipe, from_pipe;
	int	socket;
	mqd_t	to_queue, from_queue;
};

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

static void
check(kern_return_t kr, const char *what)
{

	if (kr != KERN_SUCCESS)
		errx(1, "%s: %s", what, mach_error_string(kr));
}

/* Answers until the last send right is gone, with the client that held it. */
static void
mach_serve(mach_port_t port)
{
	mach_port_t previous;
	struct buffer b;

	check(mach_port_request_notification(mach_task_self(), port,
	    MACH_NOTIFY_NO_SENDERS, 0, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &previous), "no-senders notification");

	check(mach_msg(&b.u.head, MACH_RCV_MSG, 0, sizeof(b), port, 0,
	    MACH_PORT_NULL), "server receives");
	while (b.u.head.msgh_id != MACH_NOTIFY_NO_SENDERS) {
		b.u.head.msgh_bits = MACH_MSGH_BITS(
		    MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
		b.u.head.msgh_local_port = MACH_PORT_NULL;
		check(mach_msg(&b.u.head, MACH_SEND_MSG | MACH_RCV_MSG, SIZE,
		    sizeof(b), port, 0, MACH_PORT_NULL), "server");
	}
}

static void
mach_call(struct peers *p __attribute__((unused)))
{
	struct buffer b;
	mach_port_t reply;

	reply = mig_get_reply_port();
	memset(&b.u, 0, sizeof(b.u));
	b.u.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	b.u.head.msgh_remote_port = bootstrap_port;
	b.u.head.msgh_local_port = reply;
	check(mach_msg(&b.u.head, MACH_SEND_MSG | MACH_RCV_MSG, SIZE,
	    sizeof(b), reply, 0, MACH_PORT_NULL), "client");
}

static void
echo(int in, int out)
{
	char buf[SIZE];

	while (read(in, buf, sizeof(buf)) == SIZE) {
		if (write(out, buf, sizeof(buf)) != SIZE)
			err(1, "echo");
	}
}

static void
byte_call(int out, int in)
{
	char buf[SIZE] = { 0 };

	if (write(out, buf, sizeof(buf)) != SIZE ||
	    read(in, buf, sizeof(buf)) != SIZE)
		err(1, "call");
}

static void
pipe_call(struct peers *p)
{

	byte_call(p->to_pipe, p->from_pipe);
}

static void
socket_call(struct peers *p)
{

	byte_call(p->socket, p->socket);
}

static void
queue_serve(mqd_t in, mqd_t out)
{
	char buf[SIZE];

	/* An empty message ends it. */
	while (mq_receive(in, buf, sizeof(buf), NULL) == SIZE) {
		if (mq_send(out, buf, sizeof(buf), 0) == -1)
			err(1, "mq_send");
	}
}

static void
queue_call(struct peers *p)
{
	char buf[SIZE] = { 0 };

	if (mq_send(p->to_queue, buf, sizeof(buf), 0) == -1 ||
	    mq_receive(p->from_queue, buf, sizeof(buf), NULL) != SIZE)
		err(1, "call");
}

/*
 * Starts a server of bytes, which ends when the client does; it closes the
 * client's ends that it got a copy of.
 */
static void
byte_server(int in, int out, int end1, int end2)
{
	pid_t pid;

	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		close(end1);
		close(end2);
		echo(in, out);
		_exit(0);
	}
	close(in);
	if (out != in)
		close(out);
}

static void
start_byte_servers(struct peers *p)
{
	int down[2], pair[2], up[2];

	if (pipe(down) == -1 || pipe(up) == -1)
		err(1, "pipe");
	p->to_pipe = down[1];
	p->from_pipe = up[0];
	byte_server(down[0], up[1], down[1], up[0]);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1)
		err(1, "socketpair");
	p->socket = pair[1];
	/* Its copy of the pipe is closed too, or the first would not end. */
	byte_server(pair[0], pair[0], pair[1], p->to_pipe);
}

/* A message queue that only this program and its children know. */
static mqd_t
new_queue(const char *which)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = SIZE };
	char name[64];
	mqd_t queue;

	snprintf(name, sizeof(name), "/rpc.%d.%s", (int)getpid(), which);
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	if (queue != (mqd_t)-1)
		(void)mq_unlink(name);
	return (queue);
}

/* Returns false where there are no message queues. */
static bool
start_queue_server(struct peers *p)
{
	pid_t pid;

	p->to_queue = new_queue("to");
	p->from_queue = new_queue("from");
	if (p->to_queue == (mqd_t)-1 || p->from_queue == (mqd_t)-1)
		return (false);
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		close(p->to_pipe);
		close(p->socket);
		queue_serve(p->to_queue, p->from_queue);
		_exit(0);
	}
	return (true);
}

static struct way {
	const char *name;
	void	(*call)(struct peers *);
	double	*rounds;
} ways[] = {
	{ "pipe", pipe_call, NULL },
	{ "seqpacket", socket_call, NULL },
	{ "mach", mach_call, NULL },
	{ "mq", queue_call, NULL },
};

#define	NWAYS	(sizeof(ways) / sizeof(ways[0]))

/* How many of them there are here: the last may not be. */
static size_t nways = NWAYS;

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static void
measure(struct peers *p, int rounds, int calls)
{
	struct way *w;
	double start;
	int i, r;

	for (r = -1; r < rounds; r++) {
		for (w = ways; w < ways + nways; w++) {
			start = now();
			for (i = 0; i < calls; i++)
				w->call(p);
			/* The first round only warms up. */
			if (r >= 0)
				w->rounds[r] = (now() - start) / calls;
		}
	}
}

static void
report(int rounds)
{
	struct way *w;
	double median;

	for (w = ways; w < ways + nways; w++) {
		qsort(w->rounds, (size_t)rounds, sizeof(double), compare);
		median = w->rounds[rounds / 2];
		printf("%-10s %8.0f ns %6.2f times a pipe\n", w->name, median,
		    median / ways[0].rounds[rounds / 2]);
	}
}

static int
number(const char *text)
{
	char *end;
	long n;

	n = strtol(text, &end, 10);
	if (*end != '\0' || n < 1 || n > 1000000)
		errx(64, "%s: not a number between 1 and 1000000", text);
	return ((int)n);
}

/* The client is a process of its own; what serves Mach is its parent. */
static pid_t
start_client(struct peers *p, int rounds, int calls)
{
	pid_t pid;

	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		measure(p, rounds, calls);
		report(rounds);
		if (nways == NWAYS)
			(void)mq_send(p->to_queue, "", 0, 0);
		exit(0);
	}
	close(p->to_pipe);
	close(p->from_pipe);
	close(p->socket);
	return (pid);
}

int
main(int argc, char **argv)
{
	int calls, rounds, status;
	struct peers p;
	mach_port_t port;
	pid_t client;
	size_t i;

	if (argc > 3)
		errx(64, "usage: rpc [rounds [calls]]");
	rounds = argc > 1 ? number(argv[1]) : 21;
	calls = argc > 2 ? number(argv[2]) : 2000;
	for (i = 0; i < NWAYS; i++) {
		ways[i].rounds = calloc((size_t)rounds, sizeof(double));
		if (ways[i].rounds == NULL)
			err(1, "memory");
	}
	start_byte_servers(&p);
	if (!start_queue_server(&p))
		nways--;
	check(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
	    &port), "port");
	check(mach_port_insert_right(mach_task_self(), port, port,
	    MACH_MSG_TYPE_MAKE_SEND), "send right");
	check(task_set_bootstrap_port(mach_task_self(), port),
	    "bootstrap port");
	client = start_client(&p, rounds, calls);
	/* From here on the client's bootstrap port is the only send right. */
	check(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL),
	    "bootstrap port");
	check(mach_port_deallocate(mach_task_self(), port), "send right");
	mach_serve(port);
	if (waitpid(client, &status, 0) == -1)
		err(1, "waitpid");
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
