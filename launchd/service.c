/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Mach services.
 *
 * launchd makes a service's port when its job is loaded, and always keeps a
 * send right, so that the name of the port stays the same.  The receive right
 * is launchd's until somebody checks in.  While it is here and the job is not
 * running, the port is watched: a message starts the job.  It comes back, with
 * what is queued, in a port-destroyed notification when the server is gone.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launchd.h"

static LIST_HEAD(, service) services = LIST_HEAD_INITIALIZER(services);

struct service *
service_find(const char *name)
{
	struct service *s;

	LIST_FOREACH(s, &services, s_link) {
		if (strcmp(s->s_name, name) == 0)
			return (s);
	}
	return (NULL);
}

struct service *
service_find_port(mach_port_t port)
{
	struct service *s;

	LIST_FOREACH(s, &services, s_link) {
		if (s->s_port == port)
			return (s);
	}
	return (NULL);
}

static bool
make_port(struct service *s)
{
	mach_port_options_t options;

	memset(&options, 0, sizeof(options));
	options.flags = MPO_INSERT_SEND_RIGHT;
	return (mach_port_construct(mach_task_self(), &options, 0,
	    &s->s_port) == KERN_SUCCESS);
}

static struct service *
service_alloc(struct job *j, const char *name)
{
	struct service *s;

	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return (NULL);
	snprintf(s->s_name, sizeof(s->s_name), "%s", name);
	s->s_job = j;
	LIST_INSERT_HEAD(&services, s, s_link);
	if (j != NULL)
		LIST_INSERT_HEAD(&j->j_services, s, s_jlink);
	return (s);
}

/* A service whose server checks in; NULL without memory or ports. */
struct service *
service_new(struct job *j, const char *name)
{
	struct service *s;

	s = service_alloc(j, name);
	if (s != NULL && !make_port(s)) {
		service_delete(s);
		return (NULL);
	}
	return (s);
}

static kern_return_t
request(mach_port_t port, mach_msg_id_t id, mach_port_mscount_t sync)
{
	mach_port_t previous;
	kern_return_t kr;

	kr = mach_port_request_notification(mach_task_self(), port, id, sync,
	    notify_port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
	if (kr == KERN_SUCCESS && previous != MACH_PORT_NULL)
		(void)mach_port_deallocate(mach_task_self(), previous);
	return (kr);
}

/*
 * A service whose server gave us a send right, which we take over, or, if there
 * is no memory, give up.
 */
struct service *
service_register(struct job *j, const char *name, mach_port_t port)
{
	struct service *s;

	s = service_alloc(j, name);
	if (s == NULL) {
		(void)mach_port_deallocate(mach_task_self(), port);
		return (NULL);
	}
	s->s_port = port;
	s->s_active = true;
	s->s_registered = true;
	s->s_dynamic = true;
	if (request(port, MACH_NOTIFY_DEAD_NAME, 1) != KERN_SUCCESS) {
		service_delete(s);
		return (NULL);
	}
	return (s);
}

/* Forgets a service; what we hold of its port goes. */
void
service_delete(struct service *s)
{
	LIST_REMOVE(s, s_link);
	if (s->s_job != NULL)
		LIST_REMOVE(s, s_jlink);
	if (s->s_port != MACH_PORT_NULL && !s->s_active)
		(void)mach_port_destroy(mach_task_self(), s->s_port);
	else if (s->s_port != MACH_PORT_NULL)
		(void)mach_port_deallocate(mach_task_self(), s->s_port);
	free(s);
}

struct declare {
	struct job	*job;
	char		*error;
	size_t		size;
	bool		ok;
};

static void
declare_service(const launch_data_t value, const char *name, void *arg)
{
	struct declare *d = arg;
	struct service *s;

	if (!d->ok)
		return;
	if (service_find(name) != NULL) {
		snprintf(d->error, d->size, "%s is already a service of "
		    "another job", name);
		d->ok = false;
		return;
	}
	s = service_new(d->job, name);
	if (s == NULL) {
		snprintf(d->error, d->size, "no port left for %s", name);
		d->ok = false;
		return;
	}
	s->s_reset = launch_data_get_bool(launch_data_dict_lookup(value,
	    LAUNCH_JOBKEY_MACH_RESETATCLOSE));
	s->s_hide = launch_data_get_bool(launch_data_dict_lookup(value,
	    LAUNCH_JOBKEY_MACH_HIDEUNTILCHECKIN));
}

/*
 * Makes the services a job declares; all or none.  Without Mach IPC that is
 * none, and the job does without.
 */
bool
services_of_job(struct job *j, char *error, size_t size)
{
	struct declare d = { j, error, size, true };
	launch_data_t names;
	struct service *s;

	names = launch_data_dict_lookup(j->j_dict, LAUNCH_JOBKEY_MACHSERVICES);
	if (!mach_up) {
		if (launch_data_dict_get_count(names) != 0)
			log_warn("%s: without its Mach services", j->j_label);
		return (true);
	}
	launch_data_dict_iterate(names, declare_service, &d);
	while (!d.ok && (s = LIST_FIRST(&j->j_services)) != NULL)
		service_delete(s);
	return (d.ok);
}

/* Watches a service that nobody serves. */
void
service_watch(struct service *s)
{
	if (!s->s_active && s->s_job != NULL && s->s_job->j_pid == 0 &&
	    !s->s_job->j_removing)
		ports_watch(s->s_port);
}

void
services_unwatch(struct job *j)
{
	struct service *s;

	LIST_FOREACH(s, &j->j_services, s_jlink) {
		if (!s->s_active)
			ports_unwatch(s->s_port);
	}
}

/*
 * Prepares the receive right to be given away: it is to come back.  Who has it
 * may put another request in the place of ours; then all there is to learn is
 * that the port is dead.
 */
kern_return_t
service_give(struct service *s)
{
	kern_return_t kr;

	kr = request(s->s_port, MACH_NOTIFY_PORT_DESTROYED, 0);
	if (kr == KERN_SUCCESS)
		kr = request(s->s_port, MACH_NOTIFY_DEAD_NAME, 0);
	if (kr == KERN_SUCCESS)
		ports_unwatch(s->s_port);
	return (kr);
}

/* The receive right of a service is ours again. */
void
service_given_back(mach_port_t port)
{
	struct service *s;

	s = service_find_port(port);
	if (s == NULL) {
		/* Its job was removed meanwhile. */
		(void)mach_port_mod_refs(mach_task_self(), port,
		    MACH_PORT_RIGHT_RECEIVE, -1);
		return;
	}
	s->s_active = false;
	if (s->s_dynamic) {
		service_delete(s);
		return;
	}
	if (s->s_reset) {
		(void)mach_port_destroy(mach_task_self(), s->s_port);
		s->s_port = MACH_PORT_NULL;
		if (!make_port(s)) {
			log_warn("%s: no port left", s->s_name);
			service_delete(s);
			return;
		}
	}
	service_watch(s);
}

/* A declared service whose port died while its server had it gets another. */
static void
service_renew(struct service *s)
{
	log_warn("%s: its server has destroyed the port", s->s_name);
	(void)mach_port_deallocate(mach_task_self(), s->s_port);
	s->s_port = MACH_PORT_NULL;
	s->s_active = false;
	if (!make_port(s)) {
		log_warn("%s: no port left", s->s_name);
		service_delete(s);
		return;
	}
	service_watch(s);
}

static bool
is_dead(mach_port_t port)
{
	mach_port_type_t type;

	return (mach_port_type(mach_task_self(), port, &type) ==
	    KERN_SUCCESS && (type & MACH_PORT_TYPE_DEAD_NAME) != 0);
}

/*
 * The port of a service is dead, and so is the name.  A server that has taken
 * our request for its own can have the kernel say so of any name: that the port
 * is dead is for us to see.
 */
void
service_dead(mach_port_t port)
{
	struct service *s;

	if (!is_dead(port))
		return;
	s = service_find_port(port);
	if (s != NULL && s->s_dynamic)
		service_delete(s);
	else if (s != NULL)
		service_renew(s);
	/* The notification itself brought a reference to the name. */
	(void)mach_port_deallocate(mach_task_self(), port);
}

/* A job has ended; what it did not check in for is watched again. */
void
services_job_ended(struct job *j)
{
	struct service *s;

	LIST_FOREACH(s, &j->j_services, s_jlink)
		service_watch(s);
}
