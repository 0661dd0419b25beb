/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Notifications of the kernel, called by the server stubs of
 * <mach/notify.defs>.  A session's port is told when its client is gone, and
 * another port when there is room in a queue that was full; anything else is
 * the echo of a right that is gone already.
 */

#include "notifyServer.h"
#include "server.h"
#include "session.h"

kern_return_t
do_mach_notify_no_senders(mach_port_t port, mach_port_mscount_t mscount)
{
	struct session *session;

	(void)mscount;
	session = session_find(port);
	if (session == NULL)
		return (KERN_FAILURE);
	session_close(server_store(), session);
	return (KERN_SUCCESS);
}

kern_return_t
do_mach_notify_port_deleted(mach_port_t port, mach_port_name_t name)
{

	(void)port;
	(void)name;
	return (KERN_FAILURE);
}

kern_return_t
do_mach_notify_send_possible(mach_port_t port, mach_port_name_t name)
{

	(void)port;
	session_notifier_ready(name);
	return (KERN_SUCCESS);
}

kern_return_t
do_mach_notify_port_destroyed(mach_port_t port, mach_port_t right)
{

	(void)port;
	(void)right;
	return (KERN_FAILURE);
}

kern_return_t
do_mach_notify_send_once(mach_port_t port)
{

	(void)port;
	return (KERN_FAILURE);
}

/*
 * A port that dies has room, in a way: the next notification finds out.  With
 * the message came a reference to its name.
 */
kern_return_t
do_mach_notify_dead_name(mach_port_t port, mach_port_name_t name)
{

	(void)port;
	session_notifier_ready(name);
	(void)mach_port_deallocate(mach_task_self(), name);
	return (KERN_SUCCESS);
}
