/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The server's loop, and everything about a request that is not its routine:
 * where it came from, who sent it, sending its reply, and giving back what it
 * carried.
 */

#include <stdio.h>
#include <string.h>

#include <bsm/libbsm.h>
#include <mach/mig_errors.h>
#include <servers/bootstrap.h>

#include "configServer.h"
#include "events.h"
#include "log.h"
#include "netif.h"
#include "notifyServer.h"
#include "server.h"
#include "session.h"

/*
 * Longer messages than this are nobody's request, and the kernel discards those
 * that do not fit.
 */
union server_request {
	mach_msg_header_t	 head;
	union __RequestUnion___config_subsystem request;
	char			 bytes[1024 + sizeof(mach_msg_max_trailer_t)];
};

union server_reply {
	mach_msg_header_t	 head;
	mig_reply_error_t	 error;
	union __ReplyUnion___config_subsystem reply;
};

static int
server_check_in(struct server *server, const char *service)
{
	kern_return_t kr;

	kr = bootstrap_check_in(bootstrap_port, service, &server->service);
	if (kr == KERN_SUCCESS)
		return (0);
	log_error("cannot check in as \"%s\": %s.  netconfigd runs as a job of "
	    "launchd whose MachServices lists this name; load its plist with "
	    "launchctl(1).", service, bootstrap_strerror(kr));
	return (-1);
}

/* A receive right in the set. */
static kern_return_t
server_port(struct server *server, mach_port_t *port)
{
	kern_return_t kr;

	kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
	    port);
	if (kr == KERN_SUCCESS)
		kr = mach_port_insert_member(mach_task_self(), *port,
		    server->pset);
	return (kr);
}

static kern_return_t
server_ports(struct server *server)
{
	kern_return_t kr;

	kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
	    &server->pset);
	if (kr == KERN_SUCCESS)
		kr = server_port(server, &server->events);
	if (kr == KERN_SUCCESS)
		kr = server_port(server, &server->room);
	if (kr == KERN_SUCCESS)
		kr = mach_port_insert_member(mach_task_self(), server->service,
		    server->pset);
	return (kr);
}

int
server_init(struct server *server, struct store *store, const char *service)
{
	kern_return_t kr;

	memset(server, 0, sizeof(*server));
	server->store = store;
	routines_init(server);
	if (server_check_in(server, service) != 0)
		return (-1);
	kr = server_ports(server);
	if (kr != KERN_SUCCESS) {
		log_error("cannot make the server's ports: %s",
		    mach_error_string(kr));
		return (-1);
	}
	session_room_port(server->room);
	return (0);
}

/*
 * The service's receive right is not destroyed: at exit it goes back to
 * launchd, which starts the next netconfigd at the next message.
 */
void
server_fini(struct server *server)
{

	session_close_all(server->store);
	(void)mach_port_mod_refs(mach_task_self(), server->pset,
	    MACH_PORT_RIGHT_PORT_SET, -1);
	(void)mach_port_mod_refs(mach_task_self(), server->events,
	    MACH_PORT_RIGHT_RECEIVE, -1);
	(void)mach_port_mod_refs(mach_task_self(), server->room,
	    MACH_PORT_RIGHT_RECEIVE, -1);
}

/*
 * The credentials the kernel attached to the message.  Only the kernel itself
 * sends as process 0.
 */
static const audit_token_t *
server_token(const mach_msg_header_t *request)
{
	const mach_msg_audit_trailer_t *trailer;

	trailer = (const mach_msg_audit_trailer_t *)
	    ((const char *)request + round_msg(request->msgh_size));
	if (trailer->msgh_trailer_type != MACH_MSG_TRAILER_FORMAT_0 ||
	    trailer->msgh_trailer_size < sizeof(*trailer))
		return (NULL);
	return (&trailer->msgh_audit);
}

/*
 * A client that does not take its reply loses it; the server waits for none.
 */
static void
server_reply_send(mach_msg_header_t *reply)
{
	mach_msg_return_t mr;

	if (reply->msgh_remote_port == MACH_PORT_NULL) {
		mach_msg_destroy(reply);
		return;
	}
	mr = mach_msg(reply, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    reply->msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		return;
	log_debug("a reply was not taken: %s", mach_error_string(mr));
	mach_msg_destroy(reply);
}

/* What the request carried; the right to reply is the reply's. */
static void
server_request_release(mach_msg_header_t *request)
{

	request->msgh_bits &= ~(mach_msg_bits_t)MACH_MSGH_BITS_REMOTE_MASK;
	request->msgh_remote_port = MACH_PORT_NULL;
	mach_msg_destroy(request);
}

/* The stubs check the request, and answer what is none. */
static void
server_serve(mach_msg_header_t *request)
{
	union server_reply reply;

	(void)config_server(request, &reply.head);
	server_request_release(request);
	server_reply_send(&reply.head);
}

/* A message of the kernel. */
static void
server_notification(mach_msg_header_t *request)
{
	mig_reply_error_t reply;

	memset(&reply, 0, sizeof(reply));
	if (!notify_server(request, &reply.Head) ||
	    reply.RetCode != KERN_SUCCESS)
		mach_msg_destroy(request);
}

/* True to stop. */
static bool
server_event(struct server *server)
{
	unsigned int events;

	events = events_take();
	if ((events & EVENT_NETWORK) != 0)
		netif_publish(server->store);
	return ((events & EVENT_STOP) != 0);
}

static bool
server_message(struct server *server, mach_msg_header_t *request)
{
	const audit_token_t *token;

	if (request->msgh_local_port == server->events) {
		mach_msg_destroy(request);
		return (server_event(server));
	}
	token = server_token(request);
	if (token == NULL) {
		log_error("discarded a message without credentials");
		mach_msg_destroy(request);
	} else if (audit_token_to_pid(*token) == 0)
		server_notification(request);
	else
		server_serve(request);
	return (false);
}

/*
 * Receive one message.  MACH_RCV_TOO_LARGE has discarded one and
 * MACH_RCV_BODY_ERROR has delivered one that lacks some of its rights or
 * memory: neither can be served, and neither is a reason to stop.
 */
static mach_msg_return_t
server_receive(struct server *server, union server_request *buffer)
{
	const mach_msg_return_t shortage = MACH_MSG_MASK;
	mach_msg_return_t mr;

	for (;;) {
		mr = mach_msg(&buffer->head, MACH_RCV_MSG |
		    MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
		    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0,
		    sizeof(*buffer), server->pset, MACH_MSG_TIMEOUT_NONE,
		    MACH_PORT_NULL);
		if (mr == MACH_MSG_SUCCESS)
			return (mr);
		log_debug("discarded a message: %s", mach_error_string(mr));
		if ((mr & ~shortage) == MACH_RCV_BODY_ERROR)
			mach_msg_destroy(&buffer->head);
		else if (mr != MACH_RCV_TOO_LARGE &&
		    mr != MACH_RCV_INTERRUPTED &&
		    (mr & ~shortage) != MACH_RCV_HEADER_ERROR)
			return (mr);
	}
}

int
server_run(struct server *server)
{
	union server_request buffer;
	mach_msg_return_t mr;
	bool stop;

	do {
		mr = server_receive(server, &buffer);
		if (mr != MACH_MSG_SUCCESS) {
			log_error("cannot receive: %s", mach_error_string(mr));
			return (-1);
		}
		stop = server_message(server, &buffer.head);
		store_push(server->store);
		session_announce_all();
	} while (!stop);
	return (0);
}
