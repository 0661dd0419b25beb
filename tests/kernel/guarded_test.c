/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Guarded port descriptors: a receive right that travels under its guard.
 */

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "counters.h"
#include "fixture.h"

#define	TASK	mach_task_self()
#define	GUARD	0x1122334455667788u

struct guarded {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	mach_msg_guarded_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

#define	GUARDED_SIZE	offsetof(struct guarded, trailer)

static void
guarded_init(struct guarded *g, mach_port_t dest, mach_port_t name,
    uint64_t context, unsigned int flags)
{
	memset(g, 0, sizeof(*g));
	g->head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	g->head.msgh_remote_port = dest;
	g->body.msgh_descriptor_count = 1;
	g->port.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
	g->port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	g->port.context = context;
	g->port.flags = flags & 0xffff;
	g->port.name = name;
}

static mach_msg_return_t
guarded_send(struct guarded *g)
{
	return (mach_msg(&g->head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    GUARDED_SIZE, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

static void
guarded_receive(struct guarded *g, mach_port_t port)
{
	KR_OK(mach_msg(&g->head, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
	    MACH_RCV_GUARDED_DESC, 0, sizeof(*g), port, 0, MACH_PORT_NULL));
}

static mach_port_t
guarded_port(void)
{
	mach_port_t port;

	port = port_make();
	KR_OK(mach_port_guard(TASK, port, GUARD, FALSE));
	return (port);
}

static uint32_t
flags_of(mach_port_t port)
{
	mach_msg_type_number_t count;
	mach_port_status_t st;

	count = MACH_PORT_RECEIVE_STATUS_COUNT;
	KR_OK(mach_port_get_attributes(TASK, port, MACH_PORT_RECEIVE_STATUS,
	    (mach_port_info_t)&st, &count));
	return (st.mps_flags);
}

ATF_TC_WITHOUT_HEAD(guard_is_shown);
ATF_TC_BODY(guard_is_shown, tc)
{
	mach_port_t dest, port;
	struct guarded g;

	counters_start();
	dest = port_make();
	port = guarded_port();
	/* A plain descriptor does not move it, nor does a wrong context. */
	guarded_init(&g, dest, port, GUARD + 1, 0);
	KR(MACH_SEND_INVALID_RIGHT, guarded_send(&g));
	guarded_init(&g, dest, port, GUARD,
	    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND);
	KR(MACH_SEND_INVALID_RIGHT, guarded_send(&g));
	KR(KERN_INVALID_ARGUMENT, mach_port_guard(TASK, port, 1, FALSE));
	guarded_init(&g, dest, port, GUARD, 0);
	KR_OK(guarded_send(&g));
	KR(KERN_INVALID_NAME, mach_port_unguard(TASK, port, GUARD));
	memset(&g, 0xff, sizeof(g));
	guarded_receive(&g, dest);
	ATF_CHECK_EQ(MACH_MSG_GUARDED_PORT_DESCRIPTOR, g.port.type);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_RECEIVE, g.port.disposition);
	ATF_CHECK_EQ(0, g.port.flags);
	/* The new guard is where the message is. */
	ATF_CHECK_EQ((uintptr_t)&g, g.port.context);
	ATF_CHECK_EQ(MACH_PORT_STATUS_FLAG_GUARDED, flags_of(g.port.name));
	KR(KERN_INVALID_ARGUMENT, mach_port_unguard(TASK, g.port.name, GUARD));
	KR_OK(mach_port_unguard(TASK, g.port.name, (uintptr_t)&g));
	port_drop(g.port.name);
	port_drop(dest);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(unguarded_on_send);
ATF_TC_BODY(unguarded_on_send, tc)
{
	mach_port_t dest, port;
	struct guarded g;

	counters_start();
	dest = port_make();
	port = port_make();
	/* Without the flag an unguarded port is not what was promised. */
	guarded_init(&g, dest, port, 0, 0);
	KR(MACH_SEND_INVALID_RIGHT, guarded_send(&g));
	guarded_init(&g, dest, port, 0,
	    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND |
	    MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE);
	KR_OK(guarded_send(&g));
	guarded_receive(&g, dest);
	ATF_CHECK_EQ((uintptr_t)&g, g.port.context);
	ATF_CHECK_EQ(MACH_PORT_STATUS_FLAG_GUARDED |
	    MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE,
	    flags_of(g.port.name));
	/* It has come to stay. */
	port = g.port.name;
	guarded_init(&g, dest, port, (uintptr_t)&g, 0);
	KR(MACH_SEND_INVALID_RIGHT, guarded_send(&g));
	KR_OK(mach_port_destruct(TASK, port, 0, (uintptr_t)&g));
	port_drop(dest);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(bad_descriptors);
ATF_TC_BODY(bad_descriptors, tc)
{
	static const uint8_t dispositions[] = { MACH_MSG_TYPE_MOVE_SEND,
		MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND,
		MACH_MSG_TYPE_MAKE_SEND_ONCE, MACH_MSG_TYPE_MOVE_SEND_ONCE, 0 };
	mach_port_t dest, port;
	struct guarded g;
	size_t i;

	counters_start();
	dest = port_make();
	port = guarded_port();
	for (i = 0; i < sizeof(dispositions); i++) {
		guarded_init(&g, dest, port, GUARD, 0);
		g.port.disposition = dispositions[i];
		KR(MACH_SEND_INVALID_TYPE, guarded_send(&g));
	}
	guarded_init(&g, dest, port, GUARD, 4);
	KR(MACH_SEND_INVALID_TYPE, guarded_send(&g));
	/* Names of no port go through as they are. */
	guarded_init(&g, dest, MACH_PORT_NULL, 3, 0);
	KR_OK(guarded_send(&g));
	guarded_receive(&g, dest);
	ATF_CHECK_EQ(MACH_PORT_NULL, g.port.name);
	/* The other right of the message cannot be had: nothing has moved. */
	guarded_init(&g, dest, port, GUARD, 0);
	g.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_COPY_SEND);
	g.head.msgh_local_port = port;
	KR(MACH_SEND_INVALID_REPLY, guarded_send(&g));
	KR_OK(mach_port_unguard(TASK, port, GUARD));
	port_drop(port);
	port_drop(dest);
	counters_check();
}

/* A right that leaves its task in another way leaves its guard behind. */
ATF_TC_WITHOUT_HEAD(guard_stays_behind);
ATF_TC_BODY(guard_stays_behind, tc)
{
	mach_port_context_t context;
	mach_port_t notify, port, previous;
	mach_port_destroyed_notification_t n;

	counters_start();
	notify = port_make();
	port = guarded_port();
	KR_OK(mach_port_request_notification(TASK, port,
	    MACH_NOTIFY_PORT_DESTROYED, 0, notify,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
	KR_OK(mach_port_destruct(TASK, port, 0, GUARD));
	KR_OK(mach_msg(&n.not_header, MACH_RCV_MSG, 0, sizeof(n), notify, 0,
	    MACH_PORT_NULL));
	port = n.not_port.name;
	ATF_CHECK_EQ(0, flags_of(port));
	KR_OK(mach_port_get_context(TASK, port, &context));
	ATF_CHECK_EQ(0, context);
	port_drop(port);
	port_drop(notify);
	counters_check();
}

/* A port given back because its message timed out is guarded as on arrival. */
ATF_TC_WITHOUT_HEAD(given_back);
ATF_TC_BODY(given_back, tc)
{
	mach_port_limits_t limits = { .mpl_qlimit = 0 };
	mach_port_t dest, port;
	struct guarded g;

	counters_start();
	dest = port_make();
	KR_OK(mach_port_set_attributes(TASK, dest, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	port = guarded_port();
	guarded_init(&g, dest, port, GUARD, 0);
	KR(MACH_SEND_TIMED_OUT, guarded_send(&g));
	ATF_CHECK_EQ((uintptr_t)&g, g.port.context);
	KR_OK(mach_port_unguard(TASK, g.port.name, (uintptr_t)&g));
	KR_OK(mach_port_guard(TASK, g.port.name, GUARD, FALSE));
	/* Destroying the message takes the port with it, guard and all. */
	g.port.context = GUARD;
	mach_msg_destroy(&g.head);
	port_drop(dest);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, guard_is_shown);
	ATF_TP_ADD_TC(tp, unguarded_on_send);
	ATF_TP_ADD_TC(tp, bad_descriptors);
	ATF_TP_ADD_TC(tp, guard_stays_behind);
	ATF_TP_ADD_TC(tp, given_back);
	return (atf_no_error());
}
