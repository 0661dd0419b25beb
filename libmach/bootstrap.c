/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The bootstrap calls: names of services, asked of launchd.
 *
 * Besides the codes of <servers/bootstrap.h> each call returns what went wrong
 * with the message: MACH_SEND_INVALID_DEST if there is no launchd,
 * MIG_SERVER_DIED if it died before it answered.
 */

#include <stdbool.h>
#include <string.h>

#include <bsm/libbsm.h>

#include "job_proto.h"

union reply {
	struct job_port_reply port;
	mig_reply_error_t error;
	char room[sizeof(struct job_port_reply) +
	    sizeof(mach_msg_audit_trailer_t)];
};

/*
 * Sends a request and receives its reply over the thread's reply port.  On
 * success the reply is one to this request, with an audit trailer.
 */
static kern_return_t
call(mach_msg_header_t *request, mach_msg_size_t size, union reply *reply)
{
	mach_msg_header_t *head;
	mach_msg_return_t mr;
	mach_port_t port;

	port = mig_get_reply_port();
	request->msgh_local_port = port;
	request->msgh_size = size;
	mr = mach_msg(request, MACH_SEND_MSG, size, 0, MACH_PORT_NULL,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS) {
		mig_put_reply_port(port);
		return (mr);
	}
	head = &reply->port.Head;
	mr = mach_msg(head, MACH_RCV_MSG |
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0,
	    sizeof(*reply), port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS) {
		mig_dealloc_reply_port(port);
		return (mr);
	}
	if (head->msgh_id == JOB_REPLY(request->msgh_id))
		return (KERN_SUCCESS);
	mr = head->msgh_id == MACH_NOTIFY_SEND_ONCE ? MIG_SERVER_DIED :
	    MIG_REPLY_MISMATCH;
	mach_msg_destroy(head);
	return (mr);
}

/* The code in a reply that is nothing but one. */
static kern_return_t
reply_code(union reply *reply)
{
	if ((reply->error.Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
	    reply->error.Head.msgh_size == sizeof(mig_reply_error_t))
		return (reply->error.RetCode);
	mach_msg_destroy(&reply->error.Head);
	return (MIG_TYPE_ERROR);
}

/* Takes the right out of a reply that must carry one. */
static kern_return_t
reply_port(union reply *reply, mach_msg_type_name_t disposition,
    mach_port_t *port)
{
	const struct job_port_reply *r;
	kern_return_t kr;

	r = &reply->port;
	if ((r->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0) {
		kr = reply_code(reply);
		return (kr != KERN_SUCCESS ? kr : MIG_TYPE_ERROR);
	}
	if (r->Head.msgh_size != sizeof(*r) ||
	    r->msgh_body.msgh_descriptor_count != 1 ||
	    r->serviceport.type != MACH_MSG_PORT_DESCRIPTOR ||
	    r->serviceport.disposition != disposition) {
		mach_msg_destroy(&reply->port.Head);
		return (MIG_TYPE_ERROR);
	}
	*port = r->serviceport.name;
	return (KERN_SUCCESS);
}

static void
request_init(mach_msg_header_t *head, mach_port_t bp, mach_msg_id_t id)
{
	head->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	head->msgh_remote_port = bp;
	head->msgh_id = id;
}

static bool
put_name(name_t dst, const char *name)
{
	if (strlen(name) >= BOOTSTRAP_MAX_NAME_LEN)
		return (false);
	strcpy(dst, name);
	return (true);
}

/*
 * Becomes the server of a name the caller's job declares, or of a new one: the
 * receive right is the caller's, messages already sent are in it.
 * BOOTSTRAP_NOT_PRIVILEGED if the name is another job's,
 * BOOTSTRAP_SERVICE_ACTIVE if it is checked in, BOOTSTRAP_UNKNOWN_SERVICE if it
 * is unknown and `flags' has BOOTSTRAP_STRICT_CHECKIN.
 */
kern_return_t
bootstrap_check_in2(mach_port_t bp, const char *name, mach_port_t *port,
    uint64_t flags)
{
	struct job_check_in2 request;
	union reply reply;
	kern_return_t kr;

	memset(&request, 0, sizeof(request));
	request_init(&request.Head, bp, JOB_CHECK_IN2);
	request.NDR = NDR_record;
	request.flags = flags;
	if (!put_name(request.servicename, name))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	kr = call(&request.Head, sizeof(request), &reply);
	return (kr != KERN_SUCCESS ? kr :
	    reply_port(&reply, MACH_MSG_TYPE_PORT_RECEIVE, port));
}

kern_return_t
bootstrap_check_in(mach_port_t bp, const char *name, mach_port_t *port)
{
	return (bootstrap_check_in2(bp, name, port, 0));
}

/* Whether the sender of a reply is root. */
static bool
from_root(const union reply *reply)
{
	const mach_msg_audit_trailer_t *trailer;

	trailer = (const void *)((const char *)reply +
	    round_msg(reply->port.Head.msgh_size));
	return (trailer->msgh_trailer_size >= sizeof(*trailer) &&
	    audit_token_to_euid(trailer->msgh_audit) == 0);
}

/*
 * Finds a service; the send right is the caller's.  The service's job is
 * started if it is not running; this call does not wait for it.
 * BOOTSTRAP_UNKNOWN_SERVICE.  With BOOTSTRAP_PRIVILEGED_SERVER only a launchd
 * that runs as root is believed, or BOOTSTRAP_NOT_PRIVILEGED.
 */
kern_return_t
bootstrap_look_up2(mach_port_t bp, const char *name, mach_port_t *port,
    pid_t pid, uint64_t flags)
{
	struct job_look_up2 request;
	union reply reply;
	kern_return_t kr;

	memset(&request, 0, sizeof(request));
	request_init(&request.Head, bp, JOB_LOOK_UP2);
	request.NDR = NDR_record;
	request.targetpid = pid;
	request.flags = flags;
	if (!put_name(request.servicename, name))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	kr = call(&request.Head, sizeof(request), &reply);
	if (kr != KERN_SUCCESS)
		return (kr);
	if ((flags & BOOTSTRAP_PRIVILEGED_SERVER) != 0 && !from_root(&reply)) {
		mach_msg_destroy(&reply.port.Head);
		return (BOOTSTRAP_NOT_PRIVILEGED);
	}
	return (reply_port(&reply, MACH_MSG_TYPE_PORT_SEND, port));
}

kern_return_t
bootstrap_look_up(mach_port_t bp, const char *name, mach_port_t *port)
{
	return (bootstrap_look_up2(bp, name, port, 0, 0));
}

/*
 * Gives a name to a send right, which the caller keeps; MACH_PORT_NULL takes
 * the name back.  BOOTSTRAP_NOT_PRIVILEGED if the name is another job's or one
 * to check in for, BOOTSTRAP_SERVICE_ACTIVE, BOOTSTRAP_UNKNOWN_SERVICE.
 */
kern_return_t
bootstrap_register2(mach_port_t bp, char *name, mach_port_t port,
    uint64_t flags)
{
	struct job_register2 request;
	union reply reply;
	kern_return_t kr;

	memset(&request, 0, sizeof(request));
	request_init(&request.Head, bp, JOB_REGISTER2);
	request.Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	request.msgh_body.msgh_descriptor_count = 1;
	request.serviceport.name = port;
	request.serviceport.disposition = MACH_MSG_TYPE_COPY_SEND;
	request.serviceport.type = MACH_MSG_PORT_DESCRIPTOR;
	request.NDR = NDR_record;
	request.flags = flags;
	if (!put_name(request.servicename, name))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	kr = call(&request.Head, sizeof(request), &reply);
	return (kr != KERN_SUCCESS ? kr : reply_code(&reply));
}

kern_return_t
bootstrap_register(mach_port_t bp, char *name, mach_port_t port)
{
	return (bootstrap_register2(bp, name, port, 0));
}

/* A phrase for a code of any bootstrap call; constant. */
const char *
bootstrap_strerror(kern_return_t code)
{
	switch (code) {
	case BOOTSTRAP_SUCCESS:
		return ("Success");
	case BOOTSTRAP_NOT_PRIVILEGED:
		return ("Permission denied");
	case BOOTSTRAP_NAME_IN_USE:
		return ("Name is in use");
	case BOOTSTRAP_UNKNOWN_SERVICE:
		return ("Unknown service name");
	case BOOTSTRAP_SERVICE_ACTIVE:
		return ("Service is checked in already");
	case BOOTSTRAP_BAD_COUNT:
		return ("Bad count");
	case BOOTSTRAP_NO_MEMORY:
		return ("Out of memory");
	case BOOTSTRAP_NO_CHILDREN:
		return ("No children");
	default:
		return (mach_error_string(code));
	}
}
