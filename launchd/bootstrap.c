/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Bootstrap requests over Mach.
 *
 * Who asks is the process in the audit trailer, and the job it belongs to.  A
 * process belongs to a job if it is the one launchd started, or in its session:
 * every job leads a session of its own.  Names are the property of the job that
 * declares them.  Processes that belong to no job may look names up; only root
 * among them may take new ones.
 */

#include <string.h>

#include <bsm/libbsm.h>
#include <mach/mach_host.h>

#include "job_proto.h"
#include "launchd.h"

mach_port_t job_port;
mach_port_t notify_port;

union request {
	mach_msg_header_t Head;
	struct job_check_in2 check_in2;
	struct job_register2 register2;
	struct job_look_up2 look_up2;
	char room[512];
};

struct caller {
	pid_t		pid;
	uid_t		euid;
	struct job	*job;
};

/* What to answer. */
struct answer {
	kern_return_t	code;
	mach_port_t	port;		/* MACH_PORT_NULL: only the code */
	mach_msg_type_name_t disposition;
};

static struct answer
refuse(kern_return_t code)
{
	return ((struct answer){ code, MACH_PORT_NULL, 0 });
}

/* A name as it came: terminated, and not empty. */
static bool
name_ok(const name_t name)
{
	return (name[0] != '\0' &&
	    memchr(name, '\0', BOOTSTRAP_MAX_NAME_LEN) != NULL);
}

static struct answer
check_in(const struct caller *who, const struct job_check_in2 *r)
{
	struct service *s;

	if (!name_ok(r->servicename))
		return (refuse(BOOTSTRAP_UNKNOWN_SERVICE));
	s = service_find(r->servicename);
	if (s == NULL) {
		if ((r->flags & BOOTSTRAP_STRICT_CHECKIN) != 0)
			return (refuse(BOOTSTRAP_UNKNOWN_SERVICE));
		if (who->job == NULL && who->euid != 0)
			return (refuse(BOOTSTRAP_NOT_PRIVILEGED));
		s = service_new(who->job, r->servicename);
		if (s == NULL)
			return (refuse(BOOTSTRAP_NO_MEMORY));
		s->s_dynamic = true;
	} else if (s->s_job == NULL || s->s_job != who->job) {
		log_warn("pid %d tried to check in for %s, which is not its "
		    "own", (int)who->pid, s->s_name);
		return (refuse(BOOTSTRAP_NOT_PRIVILEGED));
	}
	if (s->s_active)
		return (refuse(BOOTSTRAP_SERVICE_ACTIVE));
	if (service_give(s) != KERN_SUCCESS)
		return (refuse(BOOTSTRAP_NO_MEMORY));
	s->s_active = true;
	return ((struct answer){ BOOTSTRAP_SUCCESS, s->s_port,
	    MACH_MSG_TYPE_MOVE_RECEIVE });
}

static struct answer
look_up(const struct job_look_up2 *r)
{
	struct service *s;

	if (!name_ok(r->servicename))
		return (refuse(BOOTSTRAP_UNKNOWN_SERVICE));
	s = service_find(r->servicename);
	if (s == NULL || (s->s_hide && !s->s_active))
		return (refuse(BOOTSTRAP_UNKNOWN_SERVICE));
	if (!s->s_active && s->s_job != NULL)
		job_start(s->s_job);
	return ((struct answer){ BOOTSTRAP_SUCCESS, s->s_port,
	    MACH_MSG_TYPE_COPY_SEND });
}

/* Takes over the port of the request if it succeeds. */
static kern_return_t
do_register(const struct caller *who, struct job_register2 *r)
{
	struct service *s;

	if (!name_ok(r->servicename))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	if (who->job == NULL && who->euid != 0)
		return (BOOTSTRAP_NOT_PRIVILEGED);
	s = service_find(r->servicename);
	if (s != NULL && (s->s_job != who->job || !s->s_registered))
		return (BOOTSTRAP_NOT_PRIVILEGED);
	if (r->serviceport.name == MACH_PORT_NULL) {
		if (s == NULL)
			return (BOOTSTRAP_UNKNOWN_SERVICE);
		service_delete(s);
		return (BOOTSTRAP_SUCCESS);
	}
	if (s != NULL)
		return (BOOTSTRAP_SERVICE_ACTIVE);
	if (r->serviceport.name == MACH_PORT_DEAD ||
	    service_find_port(r->serviceport.name) != NULL)
		return (BOOTSTRAP_NOT_PRIVILEGED);
	if (service_register(who->job, r->servicename,
	    r->serviceport.name) == NULL) {
		/* What it made of the right is gone with it. */
		r->serviceport.name = MACH_PORT_NULL;
		return (BOOTSTRAP_NO_MEMORY);
	}
	r->serviceport.name = MACH_PORT_NULL;
	return (BOOTSTRAP_SUCCESS);
}

static bool
is_complex(const mach_msg_header_t *head)
{
	return ((head->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0);
}

static bool
has_one_send(const struct job_register2 *r)
{
	return (is_complex(&r->Head) &&
	    r->Head.msgh_size == sizeof(*r) &&
	    r->msgh_body.msgh_descriptor_count == 1 &&
	    r->serviceport.type == MACH_MSG_PORT_DESCRIPTOR &&
	    r->serviceport.disposition == MACH_MSG_TYPE_PORT_SEND);
}

static struct answer
dispatch(const struct caller *who, union request *r)
{
	mach_msg_size_t size;

	size = r->Head.msgh_size;
	switch (r->Head.msgh_id) {
	case JOB_CHECK_IN2:
		if (is_complex(&r->Head) || size != sizeof(r->check_in2))
			return (refuse(MIG_BAD_ARGUMENTS));
		return (check_in(who, &r->check_in2));
	case JOB_LOOK_UP2:
		if (is_complex(&r->Head) || size != sizeof(r->look_up2))
			return (refuse(MIG_BAD_ARGUMENTS));
		return (look_up(&r->look_up2));
	case JOB_REGISTER2:
		if (!has_one_send(&r->register2))
			return (refuse(MIG_BAD_ARGUMENTS));
		return (refuse(do_register(who, &r->register2)));
	default:
		return (refuse(MIG_BAD_ID));
	}
}

/*
 * Sends an answer, consuming the reply right.  A client that is gone, or whose
 * queue is full, gets none; a receive right it was to have is then back.
 */
static void
reply(const mach_msg_header_t *request, const struct answer *a)
{
	union {
		struct job_port_reply port;
		mig_reply_error_t error;
	} r;
	mach_msg_header_t *head;
	mach_msg_size_t size;

	memset(&r, 0, sizeof(r));
	head = &r.port.Head;
	head->msgh_bits = MACH_MSGH_BITS(
	    MACH_MSGH_BITS_REMOTE(request->msgh_bits), 0);
	head->msgh_remote_port = request->msgh_remote_port;
	head->msgh_id = JOB_REPLY(request->msgh_id);
	if (a->port != MACH_PORT_NULL) {
		size = sizeof(r.port);
		head->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		r.port.msgh_body.msgh_descriptor_count = 1;
		r.port.serviceport.name = a->port;
		r.port.serviceport.disposition = a->disposition;
		r.port.serviceport.type = MACH_MSG_PORT_DESCRIPTOR;
	} else {
		size = sizeof(r.error);
		r.error.NDR = NDR_record;
		r.error.RetCode = a->code;
	}
	if (mach_msg(head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size, 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL) == MACH_MSG_SUCCESS)
		return;
	if (a->disposition == MACH_MSG_TYPE_MOVE_RECEIVE) {
		if (r.port.serviceport.name == a->port)
			r.port.serviceport.name = MACH_PORT_NULL;
		service_given_back(a->port);
	}
	mach_msg_destroy(head);
}

static void
identify(const mach_msg_header_t *head, struct caller *who)
{
	const mach_msg_audit_trailer_t *trailer;

	trailer = (const void *)((const char *)head +
	    round_msg(head->msgh_size));
	who->pid = audit_token_to_pid(trailer->msgh_audit);
	who->euid = audit_token_to_euid(trailer->msgh_audit);
	who->job = job_of_process(who->pid);
}

static void
serve(union request *r)
{
	struct caller who;
	struct answer a;

	identify(&r->Head, &who);
	a = dispatch(&who, r);
	if (r->Head.msgh_remote_port != MACH_PORT_NULL)
		reply(&r->Head, &a);
	else if (a.disposition == MACH_MSG_TYPE_MOVE_RECEIVE)
		service_given_back(a.port);
	r->Head.msgh_remote_port = MACH_PORT_NULL;
	mach_msg_destroy(&r->Head);
}

/*
 * Receives the message that waits at a port of ours.  One that is larger than
 * any request is thrown away by the receive.
 */
static bool
receive(mach_port_t port, mach_msg_header_t *head, mach_msg_size_t size)
{
	return (mach_msg(head, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0, size, port,
	    0, MACH_PORT_NULL) == MACH_MSG_SUCCESS);
}

/*
 * A request waits.  What has happened before it comes first: who asks for a
 * name that a process had which has ended is to find it free.
 */
void
bootstrap_ready(void)
{
	union request r;

	while (notify_ready())
		;
	if (receive(job_port, &r.Head, sizeof(r)))
		serve(&r);
}

/*
 * Takes a notification; false if there is none.  A server that asks for
 * notifications of its own gets the send-once right we asked with, and could
 * send us what it likes: so the token has to be the kernel's.
 */
bool
notify_ready(void)
{
	union {
		mach_msg_header_t Head;
		mach_port_destroyed_notification_t destroyed;
		mach_dead_name_notification_t dead;
		char room[512];
	} n;
	struct caller who;
	mach_port_t port;

	if (!receive(notify_port, &n.Head, sizeof(n)))
		return (false);
	identify(&n.Head, &who);
	if (who.pid != 0) {
		mach_msg_destroy(&n.Head);
		return (true);
	}
	switch (n.Head.msgh_id) {
	case MACH_NOTIFY_PORT_DESTROYED:
		port = n.destroyed.not_port.name;
		service_given_back(port);
		break;
	case MACH_NOTIFY_DEAD_NAME:
		service_dead(n.dead.not_port);
		break;
	default:
		mach_msg_destroy(&n.Head);
		break;
	}
	return (true);
}

static mach_port_t
make_port(void)
{
	mach_port_options_t options;
	mach_port_t port;

	memset(&options, 0, sizeof(options));
	options.flags = MPO_INSERT_SEND_RIGHT | MPO_QLIMIT;
	options.mpl.mpl_qlimit = MACH_PORT_QLIMIT_LARGE;
	if (mach_port_construct(mach_task_self(), &options, 0, &port) !=
	    KERN_SUCCESS)
		return (MACH_PORT_NULL);
	return (port);
}

/*
 * Becomes the bootstrap server: of our children, by inheritance, and, if we may
 * say so, of every process that has none.  False if we cannot.
 */
bool
bootstrap_init(void)
{
	mach_port_t host;
	kern_return_t kr;

	if (job_port == MACH_PORT_NULL)
		job_port = make_port();
	if (notify_port == MACH_PORT_NULL)
		notify_port = make_port();
	if (job_port == MACH_PORT_NULL || notify_port == MACH_PORT_NULL) {
		log_warn("cannot make a port");
		return (false);
	}
	kr = task_set_bootstrap_port(mach_task_self(), job_port);
	if (kr != KERN_SUCCESS) {
		log_warn("cannot set the bootstrap port: %s",
		    mach_error_string(kr));
		return (false);
	}
	host = mach_host_self();
	kr = host_set_special_port(host, HOST_BOOTSTRAP_PORT, job_port);
	if (kr != KERN_SUCCESS)
		log_warn("not root: only programs started from here will "
		    "find this launchd (%s)", mach_error_string(kr));
	(void)mach_port_deallocate(mach_task_self(), host);
	ports_watch(job_port);
	ports_watch(notify_port);
	return (true);
}
