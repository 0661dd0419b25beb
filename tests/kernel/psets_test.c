/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Port sets, and limits.
 */

#include <atf-c.h>
#include <pthread.h>
#include <string.h>

#include "counters.h"
#include "fixture.h"
#include "trap.h"

#define	TASK	mach_task_self()

static mach_port_t
make_set(void)
{
	mach_port_t set;

	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	return (set);
}

ATF_TC_WITHOUT_HEAD(many_to_many);
ATF_TC_BODY(many_to_many, tc)
{
	mach_port_t a, b, one, two;

	counters_start();
	one = make_set();
	two = make_set();
	a = port_make_send();
	b = port_make_send();
	KR_OK(mach_port_insert_member(TASK, a, one));
	KR_OK(mach_port_insert_member(TASK, a, two));
	KR_OK(mach_port_insert_member(TASK, b, two));
	KR(KERN_ALREADY_IN_SET, mach_port_insert_member(TASK, a, one));
	KR(KERN_NOT_IN_SET, mach_port_extract_member(TASK, b, one));
	KR(KERN_INVALID_RIGHT, mach_port_insert_member(TASK, a, b));
	KR(KERN_INVALID_CAPABILITY, mach_port_insert_member(TASK, one, two));
	note_send(a, 1);
	ATF_CHECK_EQ(1, note_take(two));
	ATF_CHECK(note_none(one));
	note_send(a, 2);
	ATF_CHECK_EQ(2, note_take(one));
	note_send(a, 3);
	ATF_CHECK_EQ(3, note_take(a));
	ATF_CHECK(note_none(two));
	/* Out of all sets and into one. */
	KR_OK(mach_port_move_member(TASK, a, one));
	note_send(a, 4);
	ATF_CHECK(note_none(two));
	ATF_CHECK_EQ(4, note_take(one));
	KR_OK(mach_port_move_member(TASK, a, MACH_PORT_NULL));
	KR(KERN_NOT_IN_SET, mach_port_move_member(TASK, a, MACH_PORT_NULL));
	/* A set that goes leaves its members alone. */
	KR_OK(mach_port_destroy(TASK, two));
	note_send(b, 5);
	ATF_CHECK_EQ(5, note_take(b));
	KR_OK(mach_port_destroy(TASK, one));
	port_drop(a);
	port_drop(b);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(no_member_starves);
ATF_TC_BODY(no_member_starves, tc)
{
	mach_port_t ports[4], set;
	int i, seen;

	counters_start();
	set = make_set();
	for (i = 0; i < 4; i++) {
		ports[i] = port_make_send();
		KR_OK(mach_port_insert_member(TASK, ports[i], set));
	}
	for (i = 0; i < 4 * 4; i++)
		note_send(ports[i % 4], 100 + i % 4);
	for (seen = 0, i = 0; i < 4; i++)
		seen |= 1 << (note_take(set) - 100);
	ATF_CHECK_EQ(0xf, seen);
	for (i = 0; i < 4; i++)
		port_drop(ports[i]);
	KR_OK(mach_port_destroy(TASK, set));
	counters_check();
}

struct waiter {
	mach_port_t	set;
	mach_msg_return_t mr;
	mach_msg_id_t	id;
};

static void *
wait_for_note(void *arg)
{
	struct waiter *w = arg;
	struct note n;

	w->mr = mach_msg(&n.head, MACH_RCV_MSG, 0, sizeof(n), w->set,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	w->id = n.head.msgh_id;
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(member_with_messages_wakes_receiver);
ATF_TC_BODY(member_with_messages_wakes_receiver, tc)
{
	struct waiter w;
	pthread_t thread;
	mach_port_t port;
	int i;

	counters_start();
	for (i = 0; i < 50; i++) {
		w.set = make_set();
		port = port_make_send();
		note_send(port, i);
		ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, wait_for_note,
		    &w));
		KR_OK(mach_port_insert_member(TASK, port, w.set));
		ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
		KR_OK(w.mr);
		ATF_CHECK_EQ(i, w.id);
		port_drop(port);
		KR_OK(mach_port_destroy(TASK, w.set));
	}
	counters_check();
}

ATF_TC_WITHOUT_HEAD(destroyed_set_wakes_receiver);
ATF_TC_BODY(destroyed_set_wakes_receiver, tc)
{
	struct waiter w;
	pthread_t thread;

	counters_start();
	w.set = make_set();
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, wait_for_note, &w));
	KR_OK(mach_port_destroy(TASK, w.set));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK(w.mr == MACH_RCV_PORT_DIED || w.mr == MACH_RCV_INVALID_NAME);
	counters_check();
}

#define	RECEIVERS	4
#define	NOTES		400

static void *
take_share(void *arg)
{
	struct waiter *w = arg;
	struct note n;

	w->id = 0;
	for (;;) {
		if (mach_msg(&n.head, MACH_RCV_MSG, 0, sizeof(n), w->set,
		    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL) !=
		    MACH_MSG_SUCCESS || n.head.msgh_id == 1)
			return (NULL);
		w->id++;
	}
}

/* No wake-up is lost among many receivers of one set. */
ATF_TC_WITHOUT_HEAD(many_receivers);
ATF_TC_BODY(many_receivers, tc)
{
	struct waiter w[RECEIVERS];
	pthread_t thread[RECEIVERS];
	mach_port_t port, set;
	int i, total;

	counters_start();
	set = make_set();
	port = port_make_send();
	KR_OK(mach_port_insert_member(TASK, port, set));
	for (i = 0; i < RECEIVERS; i++) {
		w[i].set = set;
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, take_share,
		    &w[i]));
	}
	for (i = 0; i < NOTES; i++)
		note_send(port, 2);
	for (i = 0; i < RECEIVERS; i++)
		note_send(port, 1);
	for (total = 0, i = 0; i < RECEIVERS; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], NULL));
		total += w[i].id;
	}
	ATF_CHECK_EQ(NOTES, total);
	port_drop(port);
	KR_OK(mach_port_destroy(TASK, set));
	counters_check();
}

/* Sets a limit, which only root may; skips the test where it may not. */
static uint64_t
set_limit(const char *name, uint64_t value)
{
	uint64_t old;

	ATF_REQUIRE_EQ(0, mach_sysctl(name, &old));
	if (mach_sysctl_set(name, value) != 0)
		atf_tc_skip("may not set kern.mach.%s", name);
	return (old);
}

ATF_TC_WITHOUT_HEAD(limits_are_errors);
ATF_TC_BODY(limits_are_errors, tc)
{
	mach_port_t port, set, spare;
	uint64_t old, now;
	struct note n;

	counters_start();
	port = port_make_send();
	set = make_set();

	ATF_REQUIRE_EQ(0, mach_sysctl("ports", &now));
	old = set_limit("max_ports", now);
	KR(KERN_RESOURCE_SHORTAGE, mach_port_allocate(TASK,
	    MACH_PORT_RIGHT_RECEIVE, &spare));
	(void)set_limit("max_ports", old);

	old = set_limit("max_names_per_task", 3);
	KR(KERN_NO_SPACE, mach_port_allocate(TASK, MACH_PORT_RIGHT_RECEIVE,
	    &spare));
	KR(KERN_NO_SPACE, mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET,
	    &spare));
	(void)set_limit("max_names_per_task", old);

	old = set_limit("max_members", 0);
	KR(KERN_RESOURCE_SHORTAGE, mach_port_insert_member(TASK, port, set));
	(void)set_limit("max_members", old);

	old = set_limit("max_queued", 0);
	memset(&n, 0, sizeof(n));
	n.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	n.head.msgh_remote_port = port;
	KR(MACH_SEND_NO_BUFFER, mach_msg(&n.head, MACH_SEND_MSG,
	    sizeof(n.head), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
	/* Given back: the copy of the right is in the message. */
	ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_SEND));
	mach_msg_destroy(&n.head);
	(void)set_limit("max_queued", old);

	KR_OK(mach_port_destroy(TASK, set));
	port_drop(port);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, many_to_many);
	ATF_TP_ADD_TC(tp, no_member_starves);
	ATF_TP_ADD_TC(tp, member_with_messages_wakes_receiver);
	ATF_TP_ADD_TC(tp, destroyed_set_wakes_receiver);
	ATF_TP_ADD_TC(tp, many_receivers);
	ATF_TP_ADD_TC(tp, limits_are_errors);
	return (atf_no_error());
}
