/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_msg_server() and mach_msg_server_once(): the loop around a MIG server.
 */

#include <stdbool.h>
#include <stdlib.h>

#include <mach/mach.h>
#include <mach/mig.h>

struct server {
	boolean_t	(*demux)(mach_msg_header_t *, mach_msg_header_t *);
	mach_port_t	port;
	mach_msg_option_t option;
	mach_msg_size_t	size;		/* of each buffer */
	mach_msg_header_t *request;
	mach_msg_header_t *reply;
};

static bool
server_alloc(struct server *s, mach_msg_size_t size)
{
	free(s->request);
	free(s->reply);
	s->size = size;
	s->request = malloc(size);
	s->reply = calloc(1, size);
	return (s->request != NULL && s->reply != NULL);
}

/* Receives a request, whatever its size. */
static mach_msg_return_t
server_receive(struct server *s)
{
	mach_msg_return_t mr;

	for (;;) {
		mr = mach_msg(s->request, MACH_RCV_MSG | MACH_RCV_LARGE |
		    s->option, 0, s->size, s->port, MACH_MSG_TIMEOUT_NONE,
		    MACH_PORT_NULL);
		if (mr != MACH_RCV_TOO_LARGE)
			return (mr);
		if (!server_alloc(s, round_msg(s->request->msgh_size) +
		    (mach_msg_size_t)MAX_TRAILER_SIZE))
			return (KERN_RESOURCE_SHORTAGE);
	}
}

/*
 * Sends the reply.  A client that is gone or does not listen gets none, and a
 * reply that cannot be sent is released, so that the server goes on as it was.
 */
static mach_msg_return_t
server_reply(struct server *s)
{
	mach_msg_header_t *reply;
	mach_msg_option_t option;
	mach_msg_return_t mr;

	reply = s->reply;
	option = MACH_SEND_MSG;
	if (MACH_MSGH_BITS_REMOTE(reply->msgh_bits) !=
	    MACH_MSG_TYPE_MOVE_SEND_ONCE)
		option |= MACH_SEND_TIMEOUT;
	mr = mach_msg(reply, option, reply->msgh_size, 0, MACH_PORT_NULL,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS)
		mach_msg_destroy(reply);
	if (mr == MACH_SEND_INVALID_DEST || mr == MACH_SEND_TIMED_OUT)
		mr = MACH_MSG_SUCCESS;
	return (mr);
}

static mach_msg_return_t
server_answer(struct server *s)
{
	mig_reply_error_t *error;

	/* What a demux that refuses without a word has answered. */
	mig_reply_setup(s->request, s->reply);
	(void)s->demux(s->request, s->reply);
	error = (mig_reply_error_t *)(void *)s->reply;
	if ((s->reply->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
	    error->RetCode == MIG_NO_REPLY)
		s->reply->msgh_remote_port = MACH_PORT_NULL;
	else if ((s->reply->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
	    error->RetCode != KERN_SUCCESS) {
		/* The routine took nothing; the reply right is the reply's. */
		s->request->msgh_remote_port = MACH_PORT_NULL;
		mach_msg_destroy(s->request);
	}
	if (s->reply->msgh_remote_port == MACH_PORT_NULL)
		return (MACH_MSG_SUCCESS);
	return (server_reply(s));
}

static mach_msg_return_t
server_run(boolean_t (*demux)(mach_msg_header_t *, mach_msg_header_t *),
    mach_msg_size_t max_size, mach_port_t port, mach_msg_option_t option,
    bool once)
{
	struct server s = { demux, port, option, 0, NULL, NULL };
	mach_msg_return_t mr;

	if (max_size < sizeof(mig_reply_error_t))
		max_size = sizeof(mig_reply_error_t);
	mr = server_alloc(&s, round_msg(max_size) +
	    (mach_msg_size_t)MAX_TRAILER_SIZE) ? MACH_MSG_SUCCESS :
	    KERN_RESOURCE_SHORTAGE;
	while (mr == MACH_MSG_SUCCESS) {
		mr = server_receive(&s);
		if (mr == MACH_MSG_SUCCESS)
			mr = server_answer(&s);
		if (once)
			break;
	}
	free(s.request);
	free(s.reply);
	return (mr);
}

/*
 * Serves requests that come to a port or port set with `demux', a function such
 * as MIG makes, until a receive fails.  `max_size' is the largest reply, and
 * the first guess at the largest request, in bytes; `option' is or-ed into the
 * receive.  When demux refuses a request its rights and memory are released.
 * Returns the error of the receive, of a reply that was malformed, or
 * KERN_RESOURCE_SHORTAGE.
 */
mach_msg_return_t
mach_msg_server(boolean_t (*demux)(mach_msg_header_t *, mach_msg_header_t *),
    mach_msg_size_t max_size, mach_port_t port, mach_msg_option_t option)
{
	return (server_run(demux, max_size, port, option, false));
}

/* The same for one request. */
mach_msg_return_t
mach_msg_server_once(boolean_t (*demux)(mach_msg_header_t *,
    mach_msg_header_t *), mach_msg_size_t max_size, mach_port_t port,
    mach_msg_option_t option)
{
	return (server_run(demux, max_size, port, option, true));
}
