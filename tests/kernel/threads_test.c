/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Ports of threads.
 */

#include <atf-c.h>
#include <pthread.h>
#include <string.h>

#include "counters.h"
#include "fixture.h"

#define	TASK	mach_task_self()

static void *
port_of_thread(void *arg)
{
	*(mach_port_t *)arg = mach_thread_self();
	return (NULL);
}

/* The port of a thread that has been and gone. */
static mach_port_t
past_thread(void)
{
	mach_port_t port;
	pthread_t thread;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, port_of_thread, &port));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	return (port);
}

ATF_TC_WITHOUT_HEAD(one_port_each);
ATF_TC_BODY(one_port_each, tc)
{
	mach_port_t mine, other;

	counters_start();
	mine = mach_thread_self();
	ATF_REQUIRE(MACH_PORT_VALID(mine));
	ATF_CHECK_EQ(mine, mach_thread_self());
	ATF_CHECK_EQ(2, port_refs(mine, MACH_PORT_RIGHT_SEND));
	ATF_CHECK(mine != TASK);
	other = past_thread();
	ATF_REQUIRE(MACH_PORT_VALID(other));
	ATF_CHECK(other != mine);
	KR_OK(mach_port_deallocate(TASK, other));
	KR_OK(mach_port_mod_refs(TASK, mine, MACH_PORT_RIGHT_SEND, -2));
}

/* Who holds a thread's port learns of its end. */
ATF_TC_WITHOUT_HEAD(dies_with_the_thread);
ATF_TC_BODY(dies_with_the_thread, tc)
{
	mach_port_t notify, port, previous;
	struct note n;

	counters_start();
	notify = port_make();
	port = past_thread();
	KR_OK(mach_port_request_notification(TASK, port, MACH_NOTIFY_DEAD_NAME,
	    1, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	KR_OK(mach_msg(&n.head, MACH_RCV_MSG, 0, sizeof(n), notify, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(MACH_NOTIFY_DEAD_NAME, n.head.msgh_id);
	/* One from the thread, one for the notification. */
	ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_DEAD_NAME));
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_DEAD_NAME, -2));
	port_drop(notify);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_port_each);
	ATF_TP_ADD_TC(tp, dies_with_the_thread);
	return (atf_no_error());
}
