/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Rights and names.
 */

#include <atf-c.h>
#include <stdint.h>
#include <string.h>

#include "counters.h"
#include "fixture.h"
#include "trap.h"

#define	TASK	mach_task_self()

static mach_port_t
make(mach_port_right_t right)
{
	mach_port_t name;

	KR_OK(mach_port_allocate(TASK, right, &name));
	return (name);
}

ATF_TC_WITHOUT_HEAD(names_have_index_and_generation);
ATF_TC_BODY(names_have_index_and_generation, tc)
{
	mach_port_t a, b;

	counters_start();
	a = make(MACH_PORT_RIGHT_RECEIVE);
	ATF_CHECK_EQ(3, a & 3);
	ATF_CHECK(MACH_PORT_INDEX(a) != 0);
	ATF_CHECK(MACH_PORT_INDEX(a) < 64);
	KR_OK(mach_port_mod_refs(TASK, a, MACH_PORT_RIGHT_RECEIVE, -1));
	b = make(MACH_PORT_RIGHT_RECEIVE);
	ATF_CHECK_EQ(MACH_PORT_INDEX(a), MACH_PORT_INDEX(b));
	ATF_CHECK(a != b);
	KR(KERN_INVALID_NAME, mach_port_destroy(TASK, a));
	KR_OK(mach_port_destroy(TASK, b));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(allocate_kinds);
ATF_TC_BODY(allocate_kinds, tc)
{
	mach_port_t name;

	counters_start();
	KR(KERN_INVALID_VALUE,
	    mach_port_allocate(TASK, MACH_PORT_RIGHT_SEND, &name));
	KR(KERN_INVALID_VALUE,
	    mach_port_allocate(TASK, MACH_PORT_RIGHT_SEND_ONCE, &name));
	KR(KERN_INVALID_VALUE, mach_port_allocate(TASK, 77, &name));
	KR(KERN_INVALID_TASK, mach_port_allocate(MACH_PORT_NULL,
	    MACH_PORT_RIGHT_RECEIVE, &name));
	name = make(MACH_PORT_RIGHT_DEAD_NAME);
	ATF_CHECK_EQ(1, port_refs(name, MACH_PORT_RIGHT_DEAD_NAME));
	KR_OK(mach_port_deallocate(TASK, name));
	counters_check();
}

/* The table of errors for a name that has only a receive right, or is a set. */
ATF_TC_WITHOUT_HEAD(mod_refs_matrix);
ATF_TC_BODY(mod_refs_matrix, tc)
{
	mach_port_t port, set;
	mach_port_right_t r;

	counters_start();
	port = make(MACH_PORT_RIGHT_RECEIVE);
	set = make(MACH_PORT_RIGHT_PORT_SET);
	for (r = 0; r < MACH_PORT_RIGHT_NUMBER; r++) {
		if (r != MACH_PORT_RIGHT_RECEIVE)
			KR(KERN_INVALID_RIGHT,
			    mach_port_mod_refs(TASK, port, r, -1));
		if (r != MACH_PORT_RIGHT_PORT_SET)
			KR(KERN_INVALID_RIGHT,
			    mach_port_mod_refs(TASK, set, r, -1));
	}
	KR(KERN_INVALID_VALUE, mach_port_mod_refs(TASK, port, 6, -1));
	KR(KERN_INVALID_VALUE, mach_port_mod_refs(TASK, set, 7, -1));
	KR(KERN_INVALID_VALUE, mach_port_mod_refs(TASK, port,
	    MACH_PORT_RIGHT_RECEIVE, 1));
	KR(KERN_INVALID_VALUE, mach_port_mod_refs(TASK, port,
	    MACH_PORT_RIGHT_RECEIVE, -2));
	KR(KERN_INVALID_RIGHT, mach_port_deallocate(TASK, port));
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, 0));
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	KR_OK(mach_port_deallocate(TASK, set));
	KR(KERN_INVALID_NAME, mach_port_deallocate(TASK, set));
	set = make(MACH_PORT_RIGHT_PORT_SET);
	KR(KERN_INVALID_VALUE, mach_port_mod_refs(TASK, set,
	    MACH_PORT_RIGHT_PORT_SET, 1));
	KR(KERN_INVALID_VALUE, mach_port_mod_refs(TASK, set,
	    MACH_PORT_RIGHT_PORT_SET, -2));
	KR_OK(mach_port_mod_refs(TASK, set, MACH_PORT_RIGHT_PORT_SET, -1));
	KR(KERN_INVALID_NAME, mach_port_deallocate(TASK, set));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(urefs_are_exact);
ATF_TC_BODY(urefs_are_exact, tc)
{
	mach_port_t port;

	counters_start();
	port = port_make_send();
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_SEND, 9));
	ATF_CHECK_EQ(10, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_deallocate(TASK, port));
	ATF_CHECK_EQ(9, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR(KERN_INVALID_VALUE,
	    mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_SEND, -10));
	KR(KERN_UREFS_OVERFLOW,
	    mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_SEND, 0x7fffffff));
	ATF_CHECK_EQ(9, port_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_RECEIVE));
	ATF_CHECK_EQ(0, port_refs(port, MACH_PORT_RIGHT_DEAD_NAME));
	/* A dead name keeps the references the send right had. */
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	ATF_CHECK_EQ(9, port_refs(port, MACH_PORT_RIGHT_DEAD_NAME));
	KR_OK(mach_port_destroy(TASK, port));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(insert_right_names);
ATF_TC_BODY(insert_right_names, tc)
{
	mach_port_t one, set, two;
	mach_port_t free_name;

	counters_start();
	one = port_make_send();
	two = port_make_send();
	set = make(MACH_PORT_RIGHT_PORT_SET);
	KR(KERN_FAILURE, mach_port_insert_right(TASK, 123, one,
	    MACH_MSG_TYPE_MAKE_SEND));
	KR(KERN_INVALID_VALUE, mach_port_insert_right(TASK, 122, one,
	    MACH_MSG_TYPE_MAKE_SEND));
	/* Holding the port elsewhere wins over the name being taken. */
	KR(KERN_RIGHT_EXISTS, mach_port_insert_right(TASK, one, two,
	    MACH_MSG_TYPE_MAKE_SEND));
	KR(KERN_INVALID_RIGHT, mach_port_insert_right(TASK, one, set,
	    MACH_MSG_TYPE_MAKE_SEND));
	KR(KERN_INVALID_CAPABILITY, mach_port_insert_right(TASK, one,
	    MACH_PORT_NULL, MACH_MSG_TYPE_MAKE_SEND));
	KR(KERN_INVALID_CAPABILITY, mach_port_insert_right(TASK, one,
	    MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND));
	KR(KERN_NAME_EXISTS, mach_port_insert_right(TASK, one, two,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	/* A name of one's own for a send-once right. */
	free_name = (40u << 8) | 7;
	KR_OK(mach_port_insert_right(TASK, free_name, one,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	ATF_CHECK_EQ(1, port_refs(free_name, MACH_PORT_RIGHT_SEND_ONCE));
	ATF_CHECK_EQ(1, port_refs(one, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_insert_right(TASK, one, one, MACH_MSG_TYPE_MAKE_SEND));
	ATF_CHECK_EQ(2, port_refs(one, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_destroy(TASK, free_name));
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(one);
	port_drop(two);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(insert_right_failure_gives_back);
ATF_TC_BODY(insert_right_failure_gives_back, tc)
{
	mach_port_t one, two;

	counters_start();
	one = port_make_send();
	two = port_make_send();
	KR(KERN_RIGHT_EXISTS, mach_port_insert_right(TASK, one, two,
	    MACH_MSG_TYPE_MOVE_RECEIVE));
	ATF_CHECK_EQ(1, port_refs(two, MACH_PORT_RIGHT_RECEIVE));
	ATF_CHECK_EQ(1, port_refs(two, MACH_PORT_RIGHT_SEND));
	note_send(two, 5);
	ATF_CHECK_EQ(5, note_take(two));
	port_drop(one);
	port_drop(two);
	counters_check();
}

/* Counts, sets and requests stay as they were, not only the right. */
ATF_TC_WITHOUT_HEAD(refused_insertion_changes_nothing);
ATF_TC_BODY(refused_insertion_changes_nothing, tc)
{
	mach_port_status_t status;
	mach_msg_type_number_t count;
	mach_port_t one, notify, port, previous, set;

	counters_start();
	one = port_make();
	notify = port_make();
	port = port_make_send();
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	KR_OK(mach_port_insert_member(TASK, port, set));
	note_send(port, 1);
	ATF_CHECK_EQ(1, note_take(port));
	KR_OK(mach_port_request_notification(TASK, port,
	    MACH_NOTIFY_NO_SENDERS, 2, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &previous));
	KR(KERN_RIGHT_EXISTS, mach_port_insert_right(TASK, one, port,
	    MACH_MSG_TYPE_MOVE_RECEIVE));
	KR(KERN_RIGHT_EXISTS, mach_port_insert_right(TASK, one, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_SEND, -1));
	KR(KERN_NAME_EXISTS, mach_port_insert_right(TASK, one, port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	KR(KERN_NAME_EXISTS, mach_port_insert_right(TASK, one, port,
	    MACH_MSG_TYPE_MOVE_RECEIVE));
	count = MACH_PORT_RECEIVE_STATUS_COUNT;
	KR_OK(mach_port_get_attributes(TASK, port, MACH_PORT_RECEIVE_STATUS,
	    (mach_port_info_t)&status, &count));
	ATF_CHECK_EQ(1, status.mps_mscount);
	ATF_CHECK_EQ(1, status.mps_seqno);
	ATF_CHECK_EQ(0, status.mps_sorights);
	ATF_CHECK(status.mps_pset != 0);
	ATF_CHECK(status.mps_nsrequest != 0);
	ATF_CHECK(note_none(notify));
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(port);
	port_drop(notify);
	port_drop(one);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(guards);
ATF_TC_BODY(guards, tc)
{
	mach_port_options_t options;
	uint64_t after, before;
	mach_port_t port;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("violations", &before));
	memset(&options, 0, sizeof(options));
	options.flags = MPO_CONTEXT_AS_GUARD | MPO_INSERT_SEND_RIGHT;
	KR_OK(mach_port_construct(TASK, &options, 0x4242, &port));
	KR(KERN_INVALID_RIGHT, mach_port_mod_refs(TASK, port,
	    MACH_PORT_RIGHT_RECEIVE, -1));
	KR(KERN_INVALID_RIGHT, mach_port_destroy(TASK, port));
	KR(KERN_INVALID_ARGUMENT, mach_port_destruct(TASK, port, -1, 0x4243));
	KR(KERN_INVALID_ARGUMENT, mach_port_unguard(TASK, port, 1));
	KR(KERN_INVALID_ARGUMENT, mach_port_guard(TASK, port, 1, FALSE));
	/* The last one was no attempt on the guard; the others are counted. */
	ATF_REQUIRE_EQ(0, mach_sysctl("violations", &after));
	ATF_CHECK_EQ(before + 4, after);
	KR_OK(mach_port_swap_guard(TASK, port, 0x4242, 0x99));
	KR(KERN_INVALID_VALUE, mach_port_destruct(TASK, port, -2, 0x99));
	KR_OK(mach_port_destruct(TASK, port, -1, 0x99));
	KR(KERN_INVALID_NAME, mach_port_destroy(TASK, port));
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names_have_index_and_generation);
	ATF_TP_ADD_TC(tp, allocate_kinds);
	ATF_TP_ADD_TC(tp, mod_refs_matrix);
	ATF_TP_ADD_TC(tp, urefs_are_exact);
	ATF_TP_ADD_TC(tp, insert_right_names);
	ATF_TP_ADD_TC(tp, insert_right_failure_gives_back);
	ATF_TP_ADD_TC(tp, refused_insertion_changes_nothing);
	ATF_TP_ADD_TC(tp, guards);
	return (atf_no_error());
}
