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
 * declares them.  Everybody may look names up; those that nobody declares are
 * for root and launchd's own user to take, or else a job of somebody else could
 * be waiting under the name of one that is loaded later.
 */

#include <string.h>
#include <unistd.h>

#include <bsm/libbsm.h>
#include <mach/mach_host.h>

#include "jobServer.h"
#include "launchd.h"

mach_port_t job_port;
mach_port_t notify_port;

struct caller {
	pid_t		pid;
	uid_t		euid;
	struct job	*job;
};

static void
identify(const audit_token_t *token, struct caller *who)
{
	who->pid = audit_token_to_pid(*token);
	who->euid = audit_token_to_euid(*token);
	who->job = job_of_process(who->pid);
}

static bool
may_take_names(const struct caller *who)
{
	return (who->euid == 0 || who->euid == geteuid());
}

/*
 * The service a caller may check in for: one its job declares, or a new one.
 */
static kern_return_t
find_own(const struct caller *who, const char *name, uint64_t flags,
    struct service **out)
{
	struct service *s;

	s = service_find(name);
	if (s != NULL) {
		*out = s;
		if (s->s_job != NULL && s->s_job == who->job)
			return (BOOTSTRAP_SUCCESS);
		log_warn("pid %d tried to check in for %s, which is not its "
		    "own", (int)who->pid, s->s_name);
		return (BOOTSTRAP_NOT_PRIVILEGED);
	}
	if (name[0] == '\0' || (flags & BOOTSTRAP_STRICT_CHECKIN) != 0)
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	if (!may_take_names(who))
		return (BOOTSTRAP_NOT_PRIVILEGED);
	s = service_new(who->job, name);
	if (s == NULL)
		return (BOOTSTRAP_NO_MEMORY);
	s->s_dynamic = true;
	*out = s;
	return (BOOTSTRAP_SUCCESS);
}

kern_return_t
job_mig_check_in2(mach_port_t bootstrap, name_t name,
    mach_port_t *port, job_instance_t instance, uint64_t flags,
    audit_token_t token)
{
	struct caller who;
	struct service *s;
	kern_return_t kr;

	(void)bootstrap;
	identify(&token, &who);
	kr = find_own(&who, name, flags, &s);
	if (kr != BOOTSTRAP_SUCCESS)
		return (kr);
	if (s->s_active)
		return (BOOTSTRAP_SERVICE_ACTIVE);
	if (service_give(s) != KERN_SUCCESS) {
		/* One that was made for this is nobody's. */
		if (s->s_dynamic)
			service_delete(s);
		return (BOOTSTRAP_NO_MEMORY);
	}
	s->s_active = true;
	*port = s->s_port;
	/* A service has one instance, and it has no name. */
	memset(instance, 0, sizeof(job_instance_t));
	return (BOOTSTRAP_SUCCESS);
}

kern_return_t
job_mig_look_up2(mach_port_t bootstrap, name_t name,
    mach_port_t *port, int32_t pid, job_instance_t instance,
    uint64_t flags, audit_token_t token)
{
	struct service *s;

	(void)bootstrap;
	(void)pid;
	(void)instance;
	(void)flags;
	(void)token;
	s = service_find(name);
	if (s == NULL || (s->s_hide && !s->s_active))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	if (!s->s_active && s->s_job != NULL)
		job_start(s->s_job);
	*port = s->s_port;
	return (BOOTSTRAP_SUCCESS);
}

/* The request keeps its reference to the right, and the service gets one. */
static kern_return_t
register_port(struct job *job, const char *name, mach_port_t port)
{
	if (port == MACH_PORT_DEAD || service_find_port(port) != NULL ||
	    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND,
	    1) != KERN_SUCCESS)
		return (BOOTSTRAP_NOT_PRIVILEGED);
	if (service_register(job, name, port) == NULL)
		return (BOOTSTRAP_NO_MEMORY);
	return (BOOTSTRAP_SUCCESS);
}

kern_return_t
job_mig_register2(mach_port_t bootstrap, name_t name,
    mach_port_t port, uint64_t flags, audit_token_t token)
{
	struct caller who;
	struct service *s;

	(void)bootstrap;
	(void)flags;
	identify(&token, &who);
	if (name[0] == '\0')
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	if (!may_take_names(&who))
		return (BOOTSTRAP_NOT_PRIVILEGED);
	s = service_find(name);
	if (s != NULL && (s->s_job != who.job || !s->s_registered))
		return (BOOTSTRAP_NOT_PRIVILEGED);
	if (port == MACH_PORT_NULL) {
		if (s == NULL)
			return (BOOTSTRAP_UNKNOWN_SERVICE);
		service_delete(s);
		return (BOOTSTRAP_SUCCESS);
	}
	if (s != NULL)
		return (BOOTSTRAP_SERVICE_ACTIVE);
	return (register_port(who.job, name, port));
}

union request {
	mach_msg_header_t Head;
	union __RequestUnion__job_mig_job_subsystem job;
	char room[512];
};

union answer {
	mach_msg_header_t Head;
	__Reply__check_in2_t check_in2;
	union __ReplyUnion__job_mig_job_subsystem job;
};

/*
 * The receive right of a service that nobody was there to take.  An unsent
 * message names it as it was, and would destroy it.
 */
static void
take_back(union answer *a)
{
	mach_msg_port_descriptor_t *port;

	port = &a->check_in2.serviceport;
	if ((a->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 ||
	    (port->disposition != MACH_MSG_TYPE_MOVE_RECEIVE &&
	    port->disposition != MACH_MSG_TYPE_PORT_RECEIVE))
		return;
	service_given_back(port->name);
	port->name = MACH_PORT_NULL;
}

/*
 * Sends an answer, consuming the reply right.  A client that is gone, or whose
 * queue is full, gets none; a receive right it was to have is then back.
 */
static void
reply(union answer *a)
{
	if (a->Head.msgh_remote_port != MACH_PORT_NULL &&
	    mach_msg(&a->Head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    a->Head.msgh_size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL) ==
	    MACH_MSG_SUCCESS)
		return;
	take_back(a);
	mach_msg_destroy(&a->Head);
}

/* The stubs of job.defs check the request, and answer what is none. */
static void
serve(union request *r)
{
	union answer a;

	(void)job_server(&r->Head, &a.Head);
	r->Head.msgh_remote_port = MACH_PORT_NULL;
	mach_msg_destroy(&r->Head);
	reply(&a);
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
	if (port_receive(job_port, &r.Head, sizeof(r)))
		serve(&r);
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
