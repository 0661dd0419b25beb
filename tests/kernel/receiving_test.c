/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Rules of receiving, each named after what it says; see docs/rules.md.
 */

#include <atf-c.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <bsm/libbsm.h>

#include "counters.h"
#include "fixture.h"
#include "parcel.h"

#define	TASK	mach_task_self()

static mach_msg_return_t
receive(mach_port_t from, void *msg, size_t size, mach_msg_option_t option)
{
	return (mach_msg(msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT | option, 0,
	    (mach_msg_size_t)size, from, 0, MACH_PORT_NULL));
}

ATF_TC_WITHOUT_HEAD(from_receive_rights_and_sets_only);
ATF_TC_BODY(from_receive_rights_and_sets_only, tc)
{
	mach_port_t dead, once, port;
	struct note n;

	counters_start();
	port = port_make();
	once = make_once(port);
	dead = make_dead();
	KR(MACH_RCV_INVALID_NAME, receive(MACH_PORT_NULL, &n, sizeof(n), 0));
	KR(MACH_RCV_INVALID_NAME, receive(MACH_PORT_DEAD, &n, sizeof(n), 0));
	KR(MACH_RCV_INVALID_NAME, receive(0x7fffff03, &n, sizeof(n), 0));
	KR(MACH_RCV_INVALID_NAME, receive(once, &n, sizeof(n), 0));
	KR(MACH_RCV_INVALID_NAME, receive(dead, &n, sizeof(n), 0));
	KR(MACH_RCV_INVALID_NAME, receive(TASK, &n, sizeof(n), 0));
	KR(MACH_RCV_TIMED_OUT, receive(port, &n, sizeof(n), 0));
	KR_OK(mach_port_deallocate(TASK, dead));
	KR_OK(mach_port_deallocate(TASK, once));
	port_drop(port);
	counters_check();
}

/* What comes through a set says which member it came to. */
ATF_TC_WITHOUT_HEAD(through_a_set);
ATF_TC_BODY(through_a_set, tc)
{
	struct {
		struct note	n;
		char		more[64];
	} m;
	const mach_msg_seqno_trailer_t *t;
	mach_port_t port, set;

	counters_start();
	set = make_set();
	port = port_make_send();
	KR_OK(mach_port_set_seqno(TASK, port, 41));
	KR_OK(mach_port_insert_member(TASK, port, set));
	note_send(port, 1);
	/* Asked with too small a buffer, and then properly. */
	memset(&m, 0xff, sizeof(m));
	KR(MACH_RCV_TOO_LARGE, receive(set, &m, sizeof(m.n.head),
	    MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY));
	ATF_CHECK_EQ(port, m.n.head.msgh_local_port);
	ATF_CHECK_EQ(NOTE_SIZE, m.n.head.msgh_size);
	KR(MACH_RCV_TOO_LARGE, receive(set, NULL, 0, MACH_RCV_LARGE));
	KR_OK(receive(set, &m, sizeof(m),
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_SEQNO)));
	ATF_CHECK_EQ(port, m.n.head.msgh_local_port);
	ATF_CHECK_EQ(MACH_PORT_NULL, m.n.head.msgh_remote_port);
	ATF_CHECK_EQ(MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND),
	    m.n.head.msgh_bits);
	t = (const void *)((char *)&m + m.n.head.msgh_size);
	ATF_CHECK_EQ(41, t->msgh_seqno);
	ATF_CHECK_EQ(42, port_status(port).mps_seqno);
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(port);
	counters_check();
}

/* Sends a note with a right to answer by. */
static void
ask(mach_port_t to, mach_port_t reply, mach_msg_id_t id)
{
	mach_msg_header_t h;

	head_init(&h, to);
	h.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	h.msgh_local_port = reply;
	h.msgh_id = id;
	KR_OK(head_send(&h));
}

/* A message that does not fit is gone, and so is the right in it. */
ATF_TC_WITHOUT_HEAD(too_large_is_destroyed);
ATF_TC_BODY(too_large_is_destroyed, tc)
{
	struct {
		mach_msg_header_t head;
		mach_msg_trailer_t trailer;
	} m;
	mach_port_t from, port, reply, set;
	size_t size;

	counters_start();
	set = make_set();
	port = port_make_send();
	reply = port_make();
	KR_OK(mach_port_insert_member(TASK, port, set));
	for (size = 0; size < sizeof(m); size += 4) {
		from = size % 8 == 0 ? port : set;
		ask(port, reply, 9);
		memset(&m, 0xff, sizeof(m));
		KR(MACH_RCV_TOO_LARGE, receive(from, &m, size, 0));
		ATF_CHECK(note_none(port));
		ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(reply));
		if (size < sizeof(m.head))
			continue;
		ATF_CHECK_EQ(9, m.head.msgh_id);
		ATF_CHECK_EQ(sizeof(m.head), m.head.msgh_size);
		ATF_CHECK_EQ(port, m.head.msgh_local_port);
		ATF_CHECK_EQ(MACH_PORT_NULL, m.head.msgh_remote_port);
		ATF_CHECK_EQ(MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND),
		    m.head.msgh_bits);
	}
	/* It fits: header, trailer and nothing more. */
	ask(port, reply, 10);
	KR_OK(receive(set, &m, sizeof(m), 0));
	ATF_CHECK_EQ(MACH_MSG_TRAILER_MINIMUM_SIZE,
	    m.trailer.msgh_trailer_size);
	mach_msg_destroy(&m.head);
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(reply));
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(port);
	port_drop(reply);
	counters_check();
}

/* How much room the message would take, with the trailer that was asked for. */
ATF_TC_WITHOUT_HEAD(large_tells_what_it_takes);
ATF_TC_BODY(large_tells_what_it_takes, tc)
{
	struct {
		mach_msg_header_t head;
		mach_msg_trailer_t trailer;
		char	more[128];
	} m;
	mach_port_t port;
	int element;

	counters_start();
	port = port_make_send();
	note_send(port, 6);
	for (element = 0; element < 16; element++) {
		memset(&m, 0xff, sizeof(m));
		KR(MACH_RCV_TOO_LARGE, receive(port, &m,
		    sizeof(m.head) + sizeof(m.trailer),
		    MACH_RCV_LARGE | MACH_RCV_TRAILER_ELEMENTS(element)));
		ATF_CHECK_EQ(NOTE_SIZE, m.head.msgh_size);
		ATF_CHECK_EQ(6, m.head.msgh_id);
		ATF_CHECK_EQ(MACH_PORT_NULL, m.head.msgh_local_port);
		/* One byte less is too little, and this is enough. */
		KR(MACH_RCV_TOO_LARGE, receive(port, &m, m.head.msgh_size +
		    m.trailer.msgh_trailer_size - 1,
		    MACH_RCV_LARGE | MACH_RCV_TRAILER_ELEMENTS(element)));
		KR_OK(receive(port, &m, m.head.msgh_size +
		    m.trailer.msgh_trailer_size,
		    MACH_RCV_LARGE | MACH_RCV_TRAILER_ELEMENTS(element)));
		note_send(port, 6);
	}
	port_drop(port);
	counters_check();
}

/* Counted from 0 for every message taken, whether somebody looks or not. */
ATF_TC_WITHOUT_HEAD(sequence_numbers);
ATF_TC_BODY(sequence_numbers, tc)
{
	struct {
		struct note	n;
		mach_msg_max_trailer_t trailer;
	} m;
	const mach_msg_seqno_trailer_t *t;
	mach_port_t port;
	int i;

	counters_start();
	port = port_make_send();
	for (i = 0; i < 4; i++) {
		note_send(port, 0);
		KR(MACH_RCV_TOO_LARGE, receive(port, &m, 0, MACH_RCV_LARGE));
		KR_OK(receive(port, &m, sizeof(m), i == 2 ? 0 :
		    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_SEQNO)));
		t = (const void *)((char *)&m + m.n.head.msgh_size);
		if (i != 2)
			ATF_CHECK_EQ(i, (int)t->msgh_seqno);
	}
	/* One that was too large and is destroyed counts too. */
	note_send(port, 0);
	KR(MACH_RCV_TOO_LARGE, receive(port, &m, 0, 0));
	ATF_CHECK_EQ(5, port_status(port).mps_seqno);
	port_drop(port);
	counters_check();
}

struct full {
	struct note	n;
	char		more[sizeof(mach_msg_max_trailer_t)];
};

static const mach_msg_max_trailer_t *
take_full(mach_port_t port, struct full *f)
{
	KR_OK(receive(port, f, sizeof(*f),
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AV)));
	return ((const void *)((char *)f + f->n.head.msgh_size));
}

/* The memory of the next message has held ones where its trailer will be. */
static void
leave_ones(mach_port_t port)
{
	struct {
		mach_msg_header_t head;
		char		ones[96];
		mach_msg_trailer_t trailer;
	} m;

	memset(&m, 0xff, sizeof(m));
	memset(&m.head, 0, sizeof(m.head));
	m.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	m.head.msgh_remote_port = port;
	KR_OK(mach_msg(&m.head, MACH_SEND_MSG,
	    sizeof(m.head) + sizeof(m.ones), 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
	KR_OK(receive(port, &m, sizeof(m), 0));
}

/* A message says of its sender what the sender finds out about itself. */
ATF_TC_WITHOUT_HEAD(sender_is_who_it_is);
ATF_TC_BODY(sender_is_who_it_is, tc)
{
	const mach_msg_max_trailer_t *t;
	mach_msg_type_number_t count;
	security_token_t security;
	audit_token_t audit;
	mach_port_t port;
	struct full f;

	counters_start();
	port = port_make_send();
	leave_ones(port);
	count = TASK_SECURITY_TOKEN_COUNT;
	KR_OK(task_info(TASK, TASK_SECURITY_TOKEN, (task_info_t)&security,
	    &count));
	count = TASK_AUDIT_TOKEN_COUNT;
	KR_OK(task_info(TASK, TASK_AUDIT_TOKEN, (task_info_t)&audit, &count));
	ATF_CHECK_EQ(kernel_euid(), security.val[0]);
	ATF_CHECK_EQ(kernel_egid(), security.val[1]);
	note_send(port, 1);
	t = take_full(port, &f);
	ATF_CHECK_EQ(0, memcmp(&security, &t->msgh_sender, sizeof(security)));
	ATF_CHECK_EQ(0, memcmp(&audit, &t->msgh_audit, sizeof(audit)));
	ATF_CHECK_EQ(0, t->msgh_ad);
	ATF_CHECK_EQ(0, t->msgh_labels.sender);
	port_drop(port);
	counters_check();
}

/* A message that looks like the kernel's is its sender's all the same. */
ATF_TC_WITHOUT_HEAD(forged_notification_shows);
ATF_TC_BODY(forged_notification_shows, tc)
{
	const mach_msg_max_trailer_t *t;
	mach_msg_id_t id;
	mach_port_t port;
	mach_msg_header_t ask;
	struct full f;

	counters_start();
	port = port_make_send();
	for (id = MACH_NOTIFY_FIRST; id <= MACH_NOTIFY_LAST; id++) {
		note_send(port, id);
		t = take_full(port, &f);
		ATF_CHECK_EQ(id, f.n.head.msgh_id);
		ATF_CHECK_EQ(getpid(), audit_token_to_pid(t->msgh_audit));
	}
	/* So is one that the kernel was made to answer. */
	for (id = MACH_NOTIFY_FIRST; id <= MACH_NOTIFY_LAST; id++) {
		memset(&ask, 0, sizeof(ask));
		ask.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
		    MACH_MSG_TYPE_COPY_SEND);
		ask.msgh_remote_port = TASK;
		ask.msgh_local_port = port;
		ask.msgh_id = id - 100;
		KR_OK(mach_msg(&ask, MACH_SEND_MSG, sizeof(ask), 0,
		    MACH_PORT_NULL, 0, MACH_PORT_NULL));
		t = take_full(port, &f);
		ATF_CHECK_EQ(id, f.n.head.msgh_id);
		ATF_CHECK_EQ(getpid(), audit_token_to_pid(t->msgh_audit));
		ATF_CHECK_EQ(kernel_euid(), t->msgh_sender.val[0]);
	}
	/* The kernel's own has no process. */
	KR_OK(mach_port_deallocate(TASK, make_once(port)));
	t = take_full(port, &f);
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, f.n.head.msgh_id);
	ATF_CHECK_EQ(0, audit_token_to_pid(t->msgh_audit));
	ATF_CHECK_EQ(0, t->msgh_sender.val[0]);
	ATF_CHECK_EQ(1, t->msgh_sender.val[1]);
	port_drop(port);
	counters_check();
}

/* A context that guards nothing is in the trailer as well. */
ATF_TC_WITHOUT_HEAD(context_of_the_port);
ATF_TC_BODY(context_of_the_port, tc)
{
	const mach_msg_max_trailer_t *t;
	mach_port_options_t options;
	mach_port_t port;
	struct full f;

	counters_start();
	memset(&options, 0, sizeof(options));
	options.flags = MPO_INSERT_SEND_RIGHT;
	KR_OK(mach_port_construct(TASK, &options, 0x42424242, &port));
	note_send(port, 1);
	t = take_full(port, &f);
	ATF_CHECK_EQ(0x42424242, t->msgh_context);
	port_drop(port);
	counters_check();
}

struct blocked {
	mach_port_t	from;
	mach_msg_return_t mr;
};

static void *
block(void *arg)
{
	struct blocked *b = arg;
	mach_msg_header_t h;

	b->mr = mach_msg(&h, MACH_RCV_MSG | MACH_RCV_LARGE, 0, sizeof(h),
	    b->from, 0, MACH_PORT_NULL);
	return (NULL);
}

/* A receiver that was there first and has no room takes nothing either. */
ATF_TC_WITHOUT_HEAD(large_for_one_blocked_on_a_set);
ATF_TC_BODY(large_for_one_blocked_on_a_set, tc)
{
	struct blocked b;
	pthread_t thread;
	mach_port_t port;
	int i;

	counters_start();
	b.from = make_set();
	port = port_make_send();
	KR_OK(mach_port_insert_member(TASK, port, b.from));
	for (i = 0; i < 50; i++) {
		ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, block, &b));
		/* Now and then it is left to chance who is first. */
		if (i % 5 != 0)
			counters_waiting(1);
		note_send(port, i);
		ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
		ATF_CHECK_EQ(MACH_RCV_TOO_LARGE, b.mr);
		ATF_CHECK_EQ(i, note_take(b.from));
	}
	KR_OK(mach_port_destroy(TASK, b.from));
	port_drop(port);
	counters_check();
}

/* A guarded descriptor comes to those who did not ask for one, too. */
ATF_TC_WITHOUT_HEAD(guarded_descriptor_unasked);
ATF_TC_BODY(guarded_descriptor_unasked, tc)
{
	struct {
		mach_msg_base_t	base;
		mach_msg_guarded_port_descriptor_t port;
		mach_msg_max_trailer_t trailer;
	} m;
	mach_port_t port, to;

	counters_start();
	to = port_make();
	port = port_make();
	memset(&m, 0, sizeof(m));
	m.base.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	m.base.header.msgh_remote_port = to;
	m.base.body.msgh_descriptor_count = 1;
	m.port.name = port;
	m.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	m.port.type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
	m.port.flags = MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND;
	KR_OK(mach_msg(&m.base.header, MACH_SEND_MSG,
	    sizeof(m.base) + sizeof(m.port), 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
	KR_OK(receive(to, &m, sizeof(m), 0));
	ATF_CHECK_EQ((uintptr_t)&m, m.port.context);
	KR_OK(mach_port_unguard(TASK, m.port.name, (uintptr_t)&m));
	port_drop(m.port.name);
	port_drop(to);
	counters_check();
}

/* The list of a set's members is names, not references. */
ATF_TC_WITHOUT_HEAD(members_are_names);
ATF_TC_BODY(members_are_names, tc)
{
	mach_msg_type_number_t count;
	mach_port_name_array_t names;
	mach_port_t port, set;

	counters_start();
	set = make_set();
	port = port_make_send();
	KR_OK(mach_port_insert_member(TASK, port, set));
	ATF_CHECK_EQ(TRUE, port_status(port).mps_pset);
	KR_OK(mach_port_get_set_status(TASK, set, &names, &count));
	ATF_REQUIRE_EQ(1, count);
	ATF_CHECK_EQ(port, names[0]);
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_RECEIVE));
	KR_OK(vm_deallocate(TASK, (vm_address_t)names, sizeof(*names)));
	KR_OK(mach_port_extract_member(TASK, port, set));
	ATF_CHECK_EQ(FALSE, port_status(port).mps_pset);
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(port);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, from_receive_rights_and_sets_only);
	ATF_TP_ADD_TC(tp, through_a_set);
	ATF_TP_ADD_TC(tp, too_large_is_destroyed);
	ATF_TP_ADD_TC(tp, large_tells_what_it_takes);
	ATF_TP_ADD_TC(tp, sequence_numbers);
	ATF_TP_ADD_TC(tp, sender_is_who_it_is);
	ATF_TP_ADD_TC(tp, forged_notification_shows);
	ATF_TP_ADD_TC(tp, context_of_the_port);
	ATF_TP_ADD_TC(tp, large_for_one_blocked_on_a_set);
	ATF_TP_ADD_TC(tp, guarded_descriptor_unasked);
	ATF_TP_ADD_TC(tp, members_are_names);
	return (atf_no_error());
}
