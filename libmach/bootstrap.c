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

#include "job.h"

/* Of all instances of a service; there are no others. */
static job_instance_t any_instance;

static bool
put_name(name_t dst, const char *name)
{
	if (strlen(name) >= BOOTSTRAP_MAX_NAME_LEN)
		return (false);
	memset(dst, 0, sizeof(name_t));
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
	job_instance_t instance;
	name_t servicename = "";

	if (!put_name(servicename, name))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	return (mig_job_check_in2(bp, servicename, port, instance, flags));
}

kern_return_t
bootstrap_check_in(mach_port_t bp, const char *name, mach_port_t *port)
{
	return (bootstrap_check_in2(bp, name, port, 0));
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
	audit_token_t answerer;
	kern_return_t kr;
	name_t servicename = "";

	if (!put_name(servicename, name))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	kr = mig_job_look_up2(bp, servicename, port, &answerer, pid,
	    any_instance, flags);
	if (kr == KERN_SUCCESS && (flags & BOOTSTRAP_PRIVILEGED_SERVER) != 0 &&
	    audit_token_to_euid(answerer) != 0) {
		(void)mach_port_deallocate(mach_task_self(), *port);
		*port = MACH_PORT_NULL;
		kr = BOOTSTRAP_NOT_PRIVILEGED;
	}
	return (kr);
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
	name_t servicename = "";

	if (!put_name(servicename, name))
		return (BOOTSTRAP_UNKNOWN_SERVICE);
	return (mig_job_register2(bp, servicename, port, flags));
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
