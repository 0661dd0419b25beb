/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What goes wrong, and what is left then: no room for names, messages that are
 * not what they say, requests that are refused.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "fixture.h"
#include "trap.h"

#define	TASK	mach_task_self()

#define	NDESC	4

struct ports {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	mach_msg_port_descriptor_t port[NDESC];
	mach_msg_max_trailer_t trailer;
};

#define	PORTS_SIZE(n)	(sizeof(mach_msg_base_t) +			\
	    (n) * sizeof(mach_msg_port_descriptor_t))

static void
ports_init(struct ports *p, mach_port_t dest)
{
	memset(p, 0, sizeof(*p));
	p->head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	p->head.msgh_remote_port = dest;
}

static void
ports_add(struct ports *p, mach_port_t name, mach_msg_type_name_t disposition)
{
	mach_msg_port_descriptor_t *d;

	d = &p->port[p->body.msgh_descriptor_count++];
	d->name = name;
	d->disposition = disposition;
	d->type = MACH_MSG_PORT_DESCRIPTOR;
}

static mach_msg_return_t
ports_send(struct ports *p)
{
	return (mach_msg(&p->head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    PORTS_SIZE(p->body.msgh_descriptor_count), 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
}

static mach_msg_return_t
ports_receive(struct ports *p, mach_port_t port)
{
	return (mach_msg(&p->head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(*p), port, 0, MACH_PORT_NULL));
}

static uint64_t
names_allowed(uint64_t n)
{
	uint64_t old;

	ATF_REQUIRE_EQ(0, mach_sysctl("max_names_per_task", &old));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_names_per_task", n));
	return (old);
}

/* A receiver without room for the reply right gets the rest of the header. */
ATF_TC_WITHOUT_HEAD(no_room_for_the_reply);
ATF_TC_BODY(no_room_for_the_reply, tc)
{
	mach_port_t port;
	struct ports p;
	uint64_t old;

	counters_start();
	port = port_make();
	ports_init(&p, port);
	p.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	p.head.msgh_local_port = port;
	p.head.msgh_id = 5;
	ports_add(&p, port, MACH_MSG_TYPE_MAKE_SEND);
	KR_OK(ports_send(&p));
	old = names_allowed(0);
	KR(MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE, ports_receive(&p, port));
	(void)names_allowed(old);
	ATF_CHECK_EQ(MACH_PORT_NULL, p.head.msgh_remote_port);
	ATF_CHECK_EQ(0, MACH_MSGH_BITS_REMOTE(p.head.msgh_bits));
	ATF_CHECK_EQ(port, p.head.msgh_local_port);
	ATF_CHECK_EQ(5, p.head.msgh_id);
	ATF_CHECK_EQ(PORTS_SIZE(1), p.head.msgh_size);
	ATF_CHECK_EQ(MACH_PORT_NULL, p.port[0].name);
	/* The reply right has died and says so; the other is gone quietly. */
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	ATF_CHECK_EQ(0, port_refs(port, MACH_PORT_RIGHT_SEND));
	port_drop(port);
	counters_check();
}

/* One without room for a right of the body gets the message without it. */
ATF_TC_WITHOUT_HEAD(no_room_for_the_body);
ATF_TC_BODY(no_room_for_the_body, tc)
{
	mach_port_t other, port;
	struct ports p;
	uint64_t old;

	counters_start();
	port = port_make();
	other = port_make();
	ports_init(&p, port);
	ports_add(&p, other, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	ports_add(&p, port, MACH_MSG_TYPE_MAKE_SEND);
	ports_add(&p, MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND);
	KR_OK(ports_send(&p));
	old = names_allowed(0);
	KR(MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE, ports_receive(&p, port));
	(void)names_allowed(old);
	ATF_CHECK_EQ(3, p.body.msgh_descriptor_count);
	ATF_CHECK_EQ(MACH_PORT_NULL, p.port[0].name);
	/* This one needs no new name. */
	ATF_CHECK_EQ(port, p.port[1].name);
	ATF_CHECK_EQ(MACH_PORT_DEAD, p.port[2].name);
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(other));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	port_drop(other);
	port_drop(port);
	counters_check();
}

/* A message that cannot be sent, and cannot be given back whole either. */
ATF_TC_WITHOUT_HEAD(no_room_to_give_back);
ATF_TC_BODY(no_room_to_give_back, tc)
{
	mach_port_limits_t limits = { 0 };
	mach_port_t port;
	struct ports p;
	uint64_t old;

	counters_start();
	port = port_make();
	KR_OK(mach_port_set_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	ports_init(&p, port);
	p.head.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	p.head.msgh_local_port = port;
	ports_add(&p, port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	old = names_allowed(0);
	KR(MACH_SEND_TIMED_OUT | MACH_MSG_IPC_SPACE, ports_send(&p));
	(void)names_allowed(old);
	ATF_CHECK_EQ(port, p.head.msgh_remote_port);
	ATF_CHECK_EQ(MACH_PORT_NULL, p.head.msgh_local_port);
	ATF_CHECK_EQ(MACH_PORT_NULL, p.port[0].name);
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(bodies_that_lie);
ATF_TC_BODY(bodies_that_lie, tc)
{
	struct {
		struct ports p;
		char more[70000];
	} *big;
	mach_port_t port;
	struct ports p;
	size_t size;

	counters_start();
	port = port_make();
	ports_init(&p, port);
	ports_add(&p, port, MACH_MSG_TYPE_MAKE_SEND);
	ports_add(&p, port, MACH_MSG_TYPE_MAKE_SEND);
	/* Shorter than its count of descriptors, or even than the count. */
	for (size = sizeof(p.head); size < PORTS_SIZE(2); size += 4)
		KR(MACH_SEND_MSG_TOO_SMALL, mach_msg(&p.head, MACH_SEND_MSG,
		    size, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
	p.port[1].type = MACH_MSG_OOL_DESCRIPTOR;
	KR(MACH_SEND_MSG_TOO_SMALL, mach_msg(&p.head, MACH_SEND_MSG,
	    PORTS_SIZE(2), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
	/* No more than a part of the last one is left. */
	p.port[0].type = MACH_MSG_OOL_DESCRIPTOR;
	p.port[0].disposition = 0;
	p.body.msgh_descriptor_count = 2;
	KR(MACH_SEND_MSG_TOO_SMALL, mach_msg(&p.head, MACH_SEND_MSG,
	    PORTS_SIZE(2), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
	p.body.msgh_descriptor_count = UINT32_MAX;
	KR(MACH_SEND_MSG_TOO_SMALL, mach_msg(&p.head, MACH_SEND_MSG,
	    PORTS_SIZE(2), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
	p.body.msgh_descriptor_count = 1;
	p.port[0].type = 5;
	KR(MACH_SEND_INVALID_TYPE, mach_msg(&p.head, MACH_SEND_MSG,
	    PORTS_SIZE(2), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
	p.port[0].type = MACH_MSG_PORT_DESCRIPTOR;
	p.port[0].disposition = 0;
	KR(MACH_SEND_INVALID_TYPE, mach_msg(&p.head, MACH_SEND_MSG,
	    PORTS_SIZE(2), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
	/* One word more than a message may have. */
	big = calloc(1, sizeof(*big));
	ATF_REQUIRE(big != NULL);
	ports_init(&big->p, port);
	KR(MACH_SEND_TOO_LARGE, mach_msg(&big->p.head, MACH_SEND_MSG,
	    65536 + 4, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
	KR_OK(mach_msg(&big->p.head, MACH_SEND_MSG, 65536, 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
	free(big);
	port_drop(port);
	counters_check();
}

/* What a refused message had already taken is back under the same names. */
ATF_TC_WITHOUT_HEAD(refused_bodies_take_nothing);
ATF_TC_BODY(refused_bodies_take_nothing, tc)
{
	mach_port_t dest, moved, once, port;
	mach_msg_type_name_t type;
	struct ports p;

	counters_start();
	dest = port_make();
	port = port_make_send();
	moved = port_make_send();
	KR_OK(mach_port_extract_right(TASK, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &once, &type));
	ports_init(&p, dest);
	ports_add(&p, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	ports_add(&p, once, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	ports_add(&p, port, MACH_MSG_TYPE_MOVE_SEND);
	/* Taken already, so it is not there. */
	ports_add(&p, port, MACH_MSG_TYPE_MOVE_SEND);
	KR(MACH_SEND_INVALID_RIGHT, ports_send(&p));
	ATF_CHECK_EQ(1, port_refs(moved, MACH_PORT_RIGHT_RECEIVE));
	ATF_CHECK_EQ(1, port_refs(once, MACH_PORT_RIGHT_SEND_ONCE));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	note_send(moved, 3);
	ATF_CHECK_EQ(3, note_take(moved));
	/* A receive right that is moving makes no more rights. */
	p.body.msgh_descriptor_count = 1;
	ports_add(&p, moved, MACH_MSG_TYPE_MAKE_SEND);
	KR(MACH_SEND_INVALID_RIGHT, ports_send(&p));
	ATF_CHECK(note_none(dest));
	KR_OK(mach_port_deallocate(TASK, once));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	port_drop(moved);
	port_drop(port);
	port_drop(dest);
	counters_check();
}

/* Names that a task chooses for itself have the form of the kernel's. */
ATF_TC_WITHOUT_HEAD(chosen_names);
ATF_TC_BODY(chosen_names, tc)
{
	mach_port_t fresh, port;

	counters_start();
	port = port_make_send();
	KR(KERN_FAILURE, mach_port_insert_right(TASK, 0x7b, port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	KR(KERN_INVALID_VALUE, mach_port_insert_right(TASK, 0x7a, port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	/* Not the next name there is, but one further on. */
	KR_OK(mach_port_insert_right(TASK, 0x2003, port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	ATF_CHECK_EQ(1, port_refs(0x2003, MACH_PORT_RIGHT_SEND_ONCE));
	KR(KERN_NAME_EXISTS, mach_port_insert_right(TASK, 0x2003, port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	KR(KERN_RIGHT_EXISTS, mach_port_insert_right(TASK, 0x2103, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	fresh = port_make();
	ATF_CHECK(fresh >> 8 != 0x20);
	KR_OK(mach_port_deallocate(TASK, 0x2003));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	/* Beyond what a task may have. */
	KR(KERN_NO_SPACE, mach_port_insert_right(TASK, 0xffffff03, port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	port_drop(fresh);
	port_drop(port);
	counters_check();
}

/* A refused request costs nothing, the right to notify included. */
ATF_TC_WITHOUT_HEAD(refused_requests);
ATF_TC_BODY(refused_requests, tc)
{
	mach_port_t dead, once, port, previous;
	mach_msg_type_name_t type;

	counters_start();
	port = port_make();
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_DEAD_NAME, &dead));
	KR_OK(mach_port_extract_right(TASK, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &once, &type));
	KR(KERN_INVALID_VALUE, mach_port_request_notification(TASK, port, 1, 0,
	    once, MACH_MSG_TYPE_MOVE_SEND_ONCE, &previous));
	KR(KERN_INVALID_ARGUMENT, mach_port_request_notification(TASK, dead,
	    MACH_NOTIFY_DEAD_NAME, 0, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
	    &previous));
	KR(KERN_INVALID_CAPABILITY, mach_port_request_notification(TASK, port,
	    MACH_NOTIFY_NO_SENDERS, 0, port, MACH_MSG_TYPE_MAKE_SEND,
	    &previous));
	KR(KERN_INVALID_CAPABILITY, mach_port_request_notification(TASK, port,
	    MACH_NOTIFY_NO_SENDERS, 0, dead, MACH_MSG_TYPE_MOVE_SEND_ONCE,
	    &previous));
	KR_OK(mach_port_mod_refs(TASK, dead, MACH_PORT_RIGHT_DEAD_NAME,
	    0xffff - 2));
	KR_OK(mach_port_mod_refs(TASK, dead, MACH_PORT_RIGHT_DEAD_NAME, 1));
	KR(KERN_UREFS_OVERFLOW, mach_port_request_notification(TASK, dead,
	    MACH_NOTIFY_DEAD_NAME, 1, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
	    &previous));
	/* The send-once right has been given back every time. */
	KR_OK(mach_port_get_refs(TASK, once, MACH_PORT_RIGHT_SEND_ONCE,
	    &previous));
	ATF_CHECK_EQ(1, previous);
	ATF_CHECK(note_none(port));
	KR_OK(mach_port_destroy(TASK, dead));
	KR_OK(mach_port_deallocate(TASK, once));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(attributes);
ATF_TC_BODY(attributes, tc)
{
	mach_port_options_t options;
	mach_msg_type_number_t count;
	mach_port_info_ext_t ext;
	mach_port_limits_t limits;
	mach_port_status_t st;
	mach_port_t port;

	counters_start();
	memset(&options, 0, sizeof(options));
	options.flags = MPO_QLIMIT;
	options.mpl.mpl_qlimit = MACH_PORT_QLIMIT_MAX + 1;
	KR(KERN_INVALID_VALUE, mach_port_construct(TASK, &options, 0, &port));
	options.flags = MPO_SERVICE_PORT | MPO_CONNECTION_PORT;
	KR(KERN_INVALID_ARGUMENT, mach_port_construct(TASK, &options, 0,
	    &port));
	options.flags = MPO_CONTEXT_AS_GUARD | MPO_STRICT |
	    MPO_IMMOVABLE_RECEIVE;
	KR_OK(mach_port_construct(TASK, &options, 7, &port));
	count = MACH_PORT_RECEIVE_STATUS_COUNT;
	KR_OK(mach_port_get_attributes(TASK, port, MACH_PORT_RECEIVE_STATUS,
	    (mach_port_info_t)&st, &count));
	ATF_CHECK_EQ(MACH_PORT_STATUS_FLAG_GUARDED |
	    MACH_PORT_STATUS_FLAG_STRICT_GUARD |
	    MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE, st.mps_flags);
	KR(KERN_INVALID_ARGUMENT, mach_port_set_context(TASK, port, 8));
	KR(KERN_INVALID_ARGUMENT, mach_port_swap_guard(TASK, port, 7, 8));
	count = MACH_PORT_LIMITS_INFO_COUNT;
	KR_OK(mach_port_get_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, &count));
	ATF_CHECK_EQ(MACH_PORT_QLIMIT_DEFAULT, limits.mpl_qlimit);
	count = 0;
	KR(KERN_FAILURE, mach_port_get_attributes(TASK, port,
	    MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits, &count));
	count = MACH_PORT_RECEIVE_STATUS_COUNT - 1;
	KR(KERN_FAILURE, mach_port_get_attributes(TASK, port,
	    MACH_PORT_RECEIVE_STATUS, (mach_port_info_t)&st, &count));
	count = MACH_PORT_INFO_EXT_COUNT - 1;
	KR(KERN_FAILURE, mach_port_get_attributes(TASK, port,
	    MACH_PORT_INFO_EXT, (mach_port_info_t)&ext, &count));
	/* Room for more is no error, and as much is told as there is. */
	count = MACH_PORT_INFO_EXT_COUNT + 1;
	KR_OK(mach_port_get_attributes(TASK, port, MACH_PORT_INFO_EXT,
	    (mach_port_info_t)&ext, &count));
	ATF_CHECK_EQ(MACH_PORT_INFO_EXT_COUNT, count);
	ATF_CHECK_EQ(MACH_PORT_QLIMIT_DEFAULT, ext.mpie_status.mps_qlimit);
	KR_OK(mach_port_set_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, sizeof(limits)));
	KR(KERN_FAILURE, mach_port_set_attributes(TASK, port,
	    MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits, 0));
	KR(KERN_INVALID_ARGUMENT, mach_port_set_attributes(TASK, port, 99,
	    (mach_port_info_t)&limits, 1));
	/* Hints there is nothing to do about. */
	KR_OK(mach_port_set_attributes(TASK, port, MACH_PORT_TEMPOWNER, NULL,
	    0));
	KR(KERN_INVALID_ARGUMENT, mach_port_destruct(TASK, port, 0, 8));
	KR(KERN_INVALID_RIGHT, mach_port_destruct(TASK, port, -1, 7));
	KR(KERN_INVALID_VALUE, mach_port_destruct(TASK, port, 1, 7));
	KR_OK(mach_port_destruct(TASK, port, 0, 7));
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_room_for_the_reply);
	ATF_TP_ADD_TC(tp, no_room_for_the_body);
	ATF_TP_ADD_TC(tp, no_room_to_give_back);
	ATF_TP_ADD_TC(tp, bodies_that_lie);
	ATF_TP_ADD_TC(tp, refused_bodies_take_nothing);
	ATF_TP_ADD_TC(tp, chosen_names);
	ATF_TP_ADD_TC(tp, refused_requests);
	ATF_TP_ADD_TC(tp, attributes);
	return (atf_no_error());
}
