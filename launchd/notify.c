/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Notifications of the kernel, called by the server stubs of
 * <mach/notify.defs>.
 *
 * launchd asks for two kinds: a service's receive right that would have been
 * destroyed, and the death of a port it holds a send right to.
 */

#include <string.h>

#include <bsm/libbsm.h>

#include "launchd.h"
#include "notifyServer.h"

kern_return_t
do_mach_notify_port_destroyed(mach_port_t notify, mach_port_t port)
{
	(void)notify;
	service_given_back(port);
	return (KERN_SUCCESS);
}

kern_return_t
do_mach_notify_dead_name(mach_port_t notify, mach_port_name_t name)
{
	(void)notify;
	service_dead(name);
	return (KERN_SUCCESS);
}

kern_return_t
do_mach_notify_port_deleted(mach_port_t notify, mach_port_name_t name)
{
	(void)notify;
	(void)name;
	return (KERN_FAILURE);
}

kern_return_t
do_mach_notify_send_possible(mach_port_t notify, mach_port_name_t name)
{
	(void)notify;
	(void)name;
	return (KERN_FAILURE);
}

kern_return_t
do_mach_notify_no_senders(mach_port_t notify, mach_port_mscount_t mscount)
{
	(void)notify;
	(void)mscount;
	return (KERN_FAILURE);
}

kern_return_t
do_mach_notify_send_once(mach_port_t notify)
{
	(void)notify;
	return (KERN_FAILURE);
}

static bool
is_from_kernel(const mach_msg_header_t *head)
{
	const mach_msg_audit_trailer_t *trailer;

	trailer = (const void *)((const char *)head +
	    round_msg(head->msgh_size));
	return (audit_token_to_pid(trailer->msgh_audit) == 0);
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
		union __RequestUnion__do_notify_subsystem notification;
		char room[512];
	} n;
	mig_reply_error_t reply;

	memset(&reply, 0, sizeof(reply));
	if (!port_receive(notify_port, &n.Head, sizeof(n)))
		return (false);
	if (!is_from_kernel(&n.Head) || !notify_server(&n.Head, &reply.Head) ||
	    reply.RetCode != KERN_SUCCESS)
		mach_msg_destroy(&n.Head);
	return (true);
}
