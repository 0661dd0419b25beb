/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The server's loop, and everything about a request that is not its routine:
 * where it came from, who sent it, its reply, and giving back what it carried.
 */

#include <stdio.h>
#include <string.h>

#include <servers/bootstrap.h>

#include "check.h"
#include "events.h"
#include "log.h"
#include "netif.h"
#include "server.h"
#include "session.h"

/*
 * Requests are at most sizeof(union config_request); longer messages are
 * nobody's request, and the kernel discards those that do not fit here.
 */
struct server_buffer {
	union {
		union config_request	 request;
		char			 bytes[1024];
	};
	mach_msg_max_trailer_t	 trailer;
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

static kern_return_t
server_ports(struct server *server)
{
	kern_return_t kr;

	kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
	    &server->pset);
	if (kr == KERN_SUCCESS)
		kr = mach_port_allocate(mach_task_self(),
		    MACH_PORT_RIGHT_RECEIVE, &server->events);
	if (kr == KERN_SUCCESS)
		kr = mach_port_insert_member(mach_task_self(), server->events,
		    server->pset);
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
	if (server_check_in(server, service) != 0)
		return (-1);
	kr = server_ports(server);
	if (kr != KERN_SUCCESS) {
		log_error("cannot make the server's ports: %s",
		    mach_error_string(kr));
		return (-1);
	}
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
}

/*
 * The credentials the kernel attached to the message.  Only the kernel itself
 * sends as process 0.
 */
static const audit_token_t *
server_token(const union config_request *request)
{
	const mach_msg_audit_trailer_t *trailer;

	trailer = (const mach_msg_audit_trailer_t *)
	    ((const char *)request + round_msg(request->head.msgh_size));
	if (trailer->msgh_trailer_type != MACH_MSG_TRAILER_FORMAT_0 ||
	    trailer->msgh_trailer_size < sizeof(*trailer))
		return (NULL);
	return (&trailer->msgh_audit);
}

#define	TOKEN_EUID	1
#define	TOKEN_PID	5

static void
server_reply_prepare(const union config_request *request,
    union config_reply *reply)
{

	memset(reply, 0, sizeof(*reply));
	reply->head.msgh_bits = MACH_MSGH_BITS(
	    MACH_MSGH_BITS_REMOTE(request->head.msgh_bits), 0);
	reply->head.msgh_remote_port = request->head.msgh_remote_port;
	reply->head.msgh_id = request->head.msgh_id + CONFIG_REPLY_OFFSET;
}

static void
server_reply_error(union config_reply *reply, kern_return_t code)
{

	reply->head.msgh_size = sizeof(reply->error);
	reply->error.NDR = NDR_record;
	reply->error.RetCode = code;
}

/*
 * A client that does not take its reply loses it; the server waits for none.
 */
static void
server_reply_send(union config_reply *reply)
{
	mach_msg_return_t mr;

	if (reply->head.msgh_remote_port == MACH_PORT_NULL) {
		mach_msg_destroy(&reply->head);
		return;
	}
	mr = mach_msg(&reply->head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    reply->head.msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	if (mr == MACH_MSG_SUCCESS)
		return;
	log_debug("a reply was not taken: %s", mach_error_string(mr));
	mach_msg_destroy(&reply->head);
}

/* What the request carried and no routine has taken; the reply port is used. */
static void
server_request_release(union config_request *request)
{

	request->head.msgh_bits &= ~(mach_msg_bits_t)MACH_MSGH_BITS_REMOTE_MASK;
	request->head.msgh_remote_port = MACH_PORT_NULL;
	mach_msg_destroy(&request->head);
}

static void
server_request(struct server *server, union config_request *request, uid_t euid)
{
	union config_reply reply;
	struct call call;
	kern_return_t kr;

	server_reply_prepare(request, &reply);
	call.server = server;
	call.session = session_find(request->head.msgh_local_port);
	call.request = request;
	call.reply = &reply;
	call.euid = euid;
	kr = check_request(request);
	if (kr == KERN_SUCCESS)
		routine_call(&call);
	else
		server_reply_error(&reply, kr);
	server_request_release(request);
	server_reply_send(&reply);
}

/*
 * A message of the kernel.  A session's port gets one kind; anything else is
 * the echo of a right that is gone already.
 */
static void
server_notification(struct server *server, union config_request *request)
{
	struct session *session;

	session = session_find(request->head.msgh_local_port);
	if (session != NULL && request->head.msgh_id == MACH_NOTIFY_NO_SENDERS)
		session_close(server->store, session);
	mach_msg_destroy(&request->head);
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
server_message(struct server *server, union config_request *request)
{
	const audit_token_t *token;

	if (request->head.msgh_local_port == server->events) {
		mach_msg_destroy(&request->head);
		return (server_event(server));
	}
	token = server_token(request);
	if (token == NULL) {
		log_error("discarded a message without credentials");
		mach_msg_destroy(&request->head);
	} else if (token->val[TOKEN_PID] == 0)
		server_notification(server, request);
	else
		server_request(server, request, token->val[TOKEN_EUID]);
	return (false);
}

/*
 * Receive one message.  MACH_RCV_TOO_LARGE has discarded one and
 * MACH_RCV_BODY_ERROR has delivered one that lacks some of its rights or
 * memory: neither can be served, and neither is a reason to stop.
 */
static mach_msg_return_t
server_receive(struct server *server, struct server_buffer *buffer)
{
	const mach_msg_return_t shortage = MACH_MSG_MASK;
	mach_msg_return_t mr;

	for (;;) {
		mr = mach_msg(&buffer->request.head, MACH_RCV_MSG |
		    MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
		    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0,
		    sizeof(*buffer), server->pset, MACH_MSG_TIMEOUT_NONE,
		    MACH_PORT_NULL);
		if (mr == MACH_MSG_SUCCESS)
			return (mr);
		log_debug("discarded a message: %s", mach_error_string(mr));
		if ((mr & ~shortage) == MACH_RCV_BODY_ERROR)
			mach_msg_destroy(&buffer->request.head);
		else if (mr != MACH_RCV_TOO_LARGE &&
		    mr != MACH_RCV_INTERRUPTED &&
		    (mr & ~shortage) != MACH_RCV_HEADER_ERROR)
			return (mr);
	}
}

int
server_run(struct server *server)
{
	struct server_buffer buffer;
	mach_msg_return_t mr;
	bool stop;

	do {
		mr = server_receive(server, &buffer);
		if (mr != MACH_MSG_SUCCESS) {
			log_error("cannot receive: %s", mach_error_string(mr));
			return (-1);
		}
		stop = server_message(server, &buffer.request);
		store_push(server->store);
		session_announce_all();
	} while (!stop);
	return (0);
}
