/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Notifications.
 */

#include <sys/wait.h>

#include <atf-c.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "parcel.h"

#define	TASK	mach_task_self()

union notice {
	mach_msg_header_t head;
	mach_dead_name_notification_t name;
	mach_no_senders_notification_t senders;
	mach_port_destroyed_notification_t destroyed;
	char room[256];
};

/* Takes a notification, which must be the kernel's. */
static void
take(mach_port_t port, mach_msg_id_t id, union notice *n)
{
	const mach_msg_audit_trailer_t *t;

	KR_OK(mach_msg(&n->head, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0, sizeof(*n),
	    port, 10000, MACH_PORT_NULL));
	ATF_CHECK_EQ(id, n->head.msgh_id);
	ATF_CHECK_EQ(port, n->head.msgh_local_port);
	ATF_CHECK_EQ(MACH_PORT_NULL, n->head.msgh_remote_port);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE,
	    MACH_MSGH_BITS_LOCAL(n->head.msgh_bits));
	t = (const void *)(n->room + n->head.msgh_size);
	ATF_CHECK_EQ(0, t->msgh_audit.val[5]);
	ATF_CHECK_EQ(0, t->msgh_sender.val[0]);
}

static kern_return_t
request(mach_port_t name, int id, unsigned int sync, mach_port_t notify,
    mach_port_t *previous)
{
	*previous = MACH_PORT_NULL;
	return (mach_port_request_notification(TASK, name, id, sync, notify,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, previous));
}

ATF_TC_WITHOUT_HEAD(dead_name);
ATF_TC_BODY(dead_name, tc)
{
	mach_port_t notify, port, previous;
	mach_port_type_t type;
	union notice n;

	counters_start();
	notify = port_make();
	port = port_make_send();
	KR_OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous));
	ATF_CHECK_EQ(MACH_PORT_NULL, previous);
	KR_OK(mach_port_type(TASK, port, &type));
	ATF_CHECK((type & MACH_PORT_TYPE_DNREQUEST) != 0);
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	take(notify, MACH_NOTIFY_DEAD_NAME, &n);
	ATF_CHECK_EQ(36, n.head.msgh_size);
	ATF_CHECK_EQ(port, n.name.not_port);
	/* The notification brings a reference. */
	ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_DEAD_NAME));
	/* Dead already: at once with sync, refused without. */
	KR(KERN_INVALID_ARGUMENT, request(port, MACH_NOTIFY_DEAD_NAME, 0,
	    notify, &previous));
	KR_OK(request(port, MACH_NOTIFY_DEAD_NAME, 1, notify, &previous));
	take(notify, MACH_NOTIFY_DEAD_NAME, &n);
	ATF_CHECK_EQ(3, port_refs(port, MACH_PORT_RIGHT_DEAD_NAME));
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(name_deleted_first);
ATF_TC_BODY(name_deleted_first, tc)
{
	mach_port_t notify, port, previous;
	union notice n;

	counters_start();
	notify = port_make();
	port = port_make_send();
	KR_OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous));
	KR_OK(mach_port_destroy(TASK, port));
	take(notify, MACH_NOTIFY_PORT_DELETED, &n);
	ATF_CHECK_EQ(port, n.name.not_port);
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(replaced_and_cancelled);
ATF_TC_BODY(replaced_and_cancelled, tc)
{
	mach_port_t notify, port, previous;
	union notice n;

	counters_start();
	notify = port_make();
	port = port_make_send();
	KR_OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous));
	KR_OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous));
	ATF_CHECK_EQ(1, port_refs(previous, MACH_PORT_RIGHT_SEND_ONCE));
	/* What comes back unused says so when it goes. */
	KR_OK(mach_port_deallocate(TASK, previous));
	take(notify, MACH_NOTIFY_SEND_ONCE, &n);
	ATF_CHECK_EQ(24, n.head.msgh_size);
	KR_OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, MACH_PORT_NULL,
	    &previous));
	ATF_CHECK(previous != MACH_PORT_NULL);
	KR_OK(mach_port_deallocate(TASK, previous));
	take(notify, MACH_NOTIFY_SEND_ONCE, &n);
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	ATF_CHECK(note_none(notify));
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(no_senders);
ATF_TC_BODY(no_senders, tc)
{
	mach_port_t notify, port, previous;
	union notice n;

	counters_start();
	notify = port_make();
	port = port_make();
	/* None was ever made: sync 1 waits for the first. */
	KR_OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, notify, &previous));
	ATF_CHECK(note_none(notify));
	KR_OK(mach_port_insert_right(TASK, port, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	ATF_CHECK(note_none(notify));
	/* A queued message holds the right it was sent with. */
	note_send(port, 1);
	KR_OK(mach_port_deallocate(TASK, port));
	ATF_CHECK(note_none(notify));
	ATF_CHECK_EQ(1, note_take(port));
	take(notify, MACH_NOTIFY_NO_SENDERS, &n);
	ATF_CHECK_EQ(36, n.head.msgh_size);
	ATF_CHECK_EQ(1, n.senders.not_count);
	/* Once only. */
	KR_OK(mach_port_insert_right(TASK, port, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	KR_OK(mach_port_deallocate(TASK, port));
	ATF_CHECK(note_none(notify));
	/* Made and gone already: at once. */
	KR_OK(request(port, MACH_NOTIFY_NO_SENDERS, 1, notify, &previous));
	take(notify, MACH_NOTIFY_NO_SENDERS, &n);
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

/* The count can also be set; a right that is made and unmade is no sender. */
ATF_TC_WITHOUT_HEAD(no_senders_and_counts);
ATF_TC_BODY(no_senders_and_counts, tc)
{
	mach_port_t notify, other, port, previous;
	union notice n;

	counters_start();
	notify = port_make();
	other = port_make();
	port = port_make();
	KR_OK(request(port, MACH_NOTIFY_NO_SENDERS, 2, notify, &previous));
	KR_OK(mach_port_set_mscount(TASK, port, 1));
	KR(KERN_RIGHT_EXISTS, mach_port_insert_right(TASK, other, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	ATF_CHECK(note_none(notify));
	KR_OK(mach_port_set_mscount(TASK, port, 2));
	take(notify, MACH_NOTIFY_NO_SENDERS, &n);
	ATF_CHECK_EQ(2, n.senders.not_count);
	port_drop(port);
	port_drop(other);
	port_drop(notify);
	counters_check();
}

/* A refused request leaves the right it was to be sent by untouched. */
ATF_TC_WITHOUT_HEAD(refused_request_changes_nothing);
ATF_TC_BODY(refused_request_changes_nothing, tc)
{
	mach_port_t dead, notify, once, previous, set;
	mach_msg_type_name_t type;
	mach_port_type_t kind;

	counters_start();
	notify = port_make();
	KR_OK(mach_port_extract_right(TASK, notify,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, &type));
	KR_OK(request(once, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous));
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_DEAD_NAME, &dead));
	KR(KERN_INVALID_RIGHT, mach_port_request_notification(TASK, set,
	    MACH_NOTIFY_DEAD_NAME, 0, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
	    &previous));
	KR(KERN_INVALID_ARGUMENT, mach_port_request_notification(TASK, dead,
	    MACH_NOTIFY_DEAD_NAME, 0, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
	    &previous));
	KR(KERN_INVALID_NAME, mach_port_request_notification(TASK, once,
	    MACH_NOTIFY_DEAD_NAME, 0, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
	    &previous));
	KR_OK(mach_port_type(TASK, once, &kind));
	ATF_CHECK_EQ(MACH_PORT_TYPE_SEND_ONCE | MACH_PORT_TYPE_DNREQUEST,
	    kind);
	ATF_CHECK(note_none(notify));
	KR_OK(mach_port_destroy(TASK, set));
	KR_OK(mach_port_destroy(TASK, dead));
	KR_OK(mach_port_destroy(TASK, once));
	port_drop(notify);
	counters_check();
}

struct carrier {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

#define	CARRIER_SIZE	__builtin_offsetof(struct carrier, trailer)

static void
carry(mach_port_t dest, mach_port_t port)
{
	struct carrier c;

	memset(&c, 0, sizeof(c));
	c.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	c.head.msgh_remote_port = dest;
	c.body.msgh_descriptor_count = 1;
	c.port.name = port;
	c.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	c.port.type = MACH_MSG_PORT_DESCRIPTOR;
	KR_OK(mach_msg(&c.head, MACH_SEND_MSG, CARRIER_SIZE, 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
}

ATF_TC_WITHOUT_HEAD(moving_cancels_no_senders);
ATF_TC_BODY(moving_cancels_no_senders, tc)
{
	mach_port_t dest, notify, port, previous;
	struct carrier c;
	union notice n;

	counters_start();
	notify = port_make();
	dest = port_make();
	port = port_make_send();
	KR_OK(request(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous));
	carry(dest, port);
	take(notify, MACH_NOTIFY_SEND_ONCE, &n);
	KR_OK(mach_msg(&c.head, MACH_RCV_MSG, 0, sizeof(c), dest, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(port, c.port.name);
	KR_OK(mach_port_deallocate(TASK, port));
	ATF_CHECK(note_none(notify));
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(mach_port_destroy(TASK, dest));
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(port_destroyed_keeps_the_queue);
ATF_TC_BODY(port_destroyed_keeps_the_queue, tc)
{
	mach_port_t notify, port, previous;
	union notice n;

	counters_start();
	notify = port_make();
	port = port_make_send();
	KR(KERN_INVALID_VALUE, request(port, MACH_NOTIFY_PORT_DESTROYED, 1,
	    notify, &previous));
	KR_OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify,
	    &previous));
	note_send(port, 31);
	note_send(port, 32);
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	/* Senders notice nothing meanwhile. */
	note_send(port, 33);
	take(notify, MACH_NOTIFY_PORT_DESTROYED, &n);
	ATF_CHECK_EQ(40, n.head.msgh_size);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_RECEIVE,
	    n.destroyed.not_port.disposition);
	ATF_CHECK_EQ(port, n.destroyed.not_port.name);
	ATF_CHECK_EQ(31, note_take(port));
	ATF_CHECK_EQ(32, note_take(port));
	ATF_CHECK_EQ(33, note_take(port));
	/* The request is used up: now it dies. */
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_DEAD_NAME));
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(send_possible);
ATF_TC_BODY(send_possible, tc)
{
	mach_port_limits_t limits = { 1 };
	mach_port_t notify, port, previous;
	union notice n;
	struct note note;

	counters_start();
	notify = port_make();
	port = port_make_send();
	KR_OK(mach_port_set_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	KR_OK(request(port, MACH_NOTIFY_SEND_POSSIBLE, 0, notify, &previous));
	memset(&note, 0, sizeof(note));
	note.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	note.head.msgh_remote_port = port;
	note.head.msgh_id = 1;
	/* A send that succeeds arms nothing. */
	KR_OK(mach_msg(&note.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
	    MACH_SEND_NOTIFY, sizeof(note.head), 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(1, note_take(port));
	ATF_CHECK(note_none(notify));
	note_send(port, 1);
	KR(MACH_SEND_TIMED_OUT, mach_msg(&note.head, MACH_SEND_MSG |
	    MACH_SEND_TIMEOUT | MACH_SEND_NOTIFY, sizeof(note.head), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
	mach_msg_destroy(&note.head);
	ATF_CHECK(note_none(notify));
	ATF_CHECK_EQ(1, note_take(port));
	take(notify, MACH_NOTIFY_SEND_POSSIBLE, &n);
	ATF_CHECK_EQ(port, n.name.not_port);
	/* With sync, at once when there is room. */
	KR_OK(request(port, MACH_NOTIFY_SEND_POSSIBLE, 1, notify, &previous));
	take(notify, MACH_NOTIFY_SEND_POSSIBLE, &n);
	/* When there is none, later, without another send. */
	note_send(port, 2);
	KR_OK(request(port, MACH_NOTIFY_SEND_POSSIBLE, 1, notify, &previous));
	ATF_CHECK(note_none(notify));
	ATF_CHECK_EQ(2, note_take(port));
	take(notify, MACH_NOTIFY_SEND_POSSIBLE, &n);
	port_drop(port);
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

/* The port may die before there is room. */
ATF_TC_WITHOUT_HEAD(send_possible_to_a_port_that_dies);
ATF_TC_BODY(send_possible_to_a_port_that_dies, tc)
{
	mach_port_t notify, port, previous;
	mach_port_type_t type;
	union notice n;

	counters_start();
	notify = port_make();
	port = port_make_send();
	port_limit(port, 0);
	KR_OK(request(port, MACH_NOTIFY_SEND_POSSIBLE, 1, notify, &previous));
	KR_OK(mach_port_type(TASK, port, &type));
	ATF_CHECK_EQ(MACH_PORT_TYPE_SEND_RECEIVE | MACH_PORT_TYPE_SPREQUEST,
	    type);
	ATF_CHECK(note_none(notify));
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	take(notify, MACH_NOTIFY_DEAD_NAME, &n);
	ATF_CHECK_EQ(port, n.name.not_port);
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

/* Every kind of right to a port can be asked about, and no other name. */
ATF_TC_WITHOUT_HEAD(dead_name_of_every_right);
ATF_TC_BODY(dead_name_of_every_right, tc)
{
	mach_port_t notify, once, port, previous, set;
	union notice n;

	counters_start();
	notify = port_make();
	set = make_set();
	port = port_make();
	once = make_once(port);
	KR_OK(request(port, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous));
	KR_OK(request(once, MACH_NOTIFY_DEAD_NAME, 0, notify, &previous));
	KR(KERN_INVALID_RIGHT, request(set, MACH_NOTIFY_DEAD_NAME, 0, notify,
	    &previous));
	KR_OK(mach_port_destroy(TASK, port));
	/* The name of the receive right is gone, that of the other dead. */
	take(notify, MACH_NOTIFY_PORT_DELETED, &n);
	ATF_CHECK_EQ(port, n.name.not_port);
	take(notify, MACH_NOTIFY_DEAD_NAME, &n);
	ATF_CHECK_EQ(once, n.name.not_port);
	ATF_CHECK_EQ(2, port_refs(once, MACH_PORT_RIGHT_DEAD_NAME));
	KR_OK(mach_port_destroy(TASK, once));
	KR_OK(mach_port_destroy(TASK, set));
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

/* Takes a receive right out of the notification that its port was destroyed. */
static mach_port_t
take_destroyed(mach_port_t notify)
{
	union notice n;

	take(notify, MACH_NOTIFY_PORT_DESTROYED, &n);
	note_send(n.destroyed.not_port.name, 61);
	ATF_CHECK_EQ(61, note_take(n.destroyed.not_port.name));
	return (n.destroyed.not_port.name);
}

/* A child that asks its bootstrap port for a receive right, and goes. */
static int
take_and_exit(void)
{
	mach_port_t port;
	struct parcel p;

	port = port_make();
	parcel_right(&p, bootstrap_port, port, MACH_MSG_TYPE_MAKE_SEND);
	p.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	if (parcel_send(&p) != MACH_MSG_SUCCESS)
		return (1);
	if (mach_msg(&p.head, MACH_RCV_MSG, 0, sizeof(p), port, 0,
	    MACH_PORT_NULL) != MACH_MSG_SUCCESS)
		return (2);
	return (p.d.port.disposition == MACH_MSG_TYPE_PORT_RECEIVE ? 0 : 3);
}

/* However a receive right is destroyed, who asked for it gets it. */
ATF_TC_WITHOUT_HEAD(port_destroyed_in_every_way);
ATF_TC_BODY(port_destroyed_in_every_way, tc)
{
	mach_port_t heir, notify, port, previous;
	struct parcel p;
	pid_t pid;

	counters_start();
	notify = port_make_send();
	port = port_make_send();
	KR_OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify,
	    &previous));
	ATF_CHECK_EQ(TRUE, port_status(port).mps_pdrequest);
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	ATF_CHECK_EQ(port, take_destroyed(notify));
	ATF_CHECK_EQ(FALSE, port_status(port).mps_pdrequest);
	KR_OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify,
	    &previous));
	KR_OK(mach_port_destruct(TASK, port, 0, 0));
	ATF_CHECK_EQ(port, take_destroyed(notify));
	/* With a message that nobody receives. */
	KR_OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify,
	    &previous));
	previous = port_make();
	parcel_right(&p, previous, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	KR_OK(parcel_send(&p));
	port_drop(previous);
	ATF_CHECK_EQ(port, take_destroyed(notify));
	/* With the process that has it. */
	KR_OK(request(port, MACH_NOTIFY_PORT_DESTROYED, 0, notify,
	    &previous));
	previous = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, previous));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(take_and_exit());
	KR_OK(mach_msg(&p.head, MACH_RCV_MSG, 0, sizeof(p), previous, 0,
	    MACH_PORT_NULL));
	heir = p.d.port.name;
	parcel_right(&p, heir, port, MACH_MSG_TYPE_MOVE_RECEIVE);
	p.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND, 0);
	KR_OK(parcel_send(&p));
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK_EQ(port, take_destroyed(notify));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(previous);
	port_drop(port);
	port_drop(notify);
	counters_check();
}

/* A right to notify that is dead already is no right, whatever the request. */
ATF_TC_WITHOUT_HEAD(dead_right_to_notify);
ATF_TC_BODY(dead_right_to_notify, tc)
{
	static const int ids[] = { MACH_NOTIFY_PORT_DESTROYED,
		MACH_NOTIFY_NO_SENDERS, MACH_NOTIFY_DEAD_NAME,
		MACH_NOTIFY_SEND_POSSIBLE };
	mach_port_t gone, once, port, previous;
	size_t i;

	counters_start();
	port = port_make_send();
	gone = port_make();
	once = make_once(gone);
	port_drop(gone);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		KR(KERN_INVALID_CAPABILITY, mach_port_request_notification(
		    TASK, port, ids[i], 0, once, MACH_MSG_TYPE_MOVE_SEND_ONCE,
		    &previous));
		ATF_CHECK_EQ(1, port_refs(once, MACH_PORT_RIGHT_DEAD_NAME));
		/* One that dies before its time comes is used up quietly. */
		gone = port_make();
		KR_OK(request(port, ids[i], 0, gone, &previous));
		ATF_CHECK_EQ(ids[i] == MACH_NOTIFY_SEND_POSSIBLE ?
		    MACH_PORT_DEAD : MACH_PORT_NULL, previous);
		port_drop(gone);
	}
	KR_OK(mach_port_deallocate(TASK, once));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(past_the_queue_limit);
ATF_TC_BODY(past_the_queue_limit, tc)
{
	mach_port_t notify, ports[20], previous;
	union notice n;
	size_t i;

	counters_start();
	notify = port_make();
	for (i = 0; i < 20; i++) {
		ports[i] = port_make_send();
		KR_OK(request(ports[i], MACH_NOTIFY_DEAD_NAME, 0, notify,
		    &previous));
	}
	for (i = 0; i < 20; i++)
		KR_OK(mach_port_mod_refs(TASK, ports[i],
		    MACH_PORT_RIGHT_RECEIVE, -1));
	for (i = 0; i < 20; i++) {
		take(notify, MACH_NOTIFY_DEAD_NAME, &n);
		ATF_CHECK_EQ(ports[i], n.name.not_port);
		KR_OK(mach_port_destroy(TASK, ports[i]));
	}
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(bad_requests);
ATF_TC_BODY(bad_requests, tc)
{
	mach_port_t port, previous, set;

	counters_start();
	port = port_make_send();
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	KR(KERN_INVALID_VALUE, request(port, 64, 0, port, &previous));
	KR(KERN_INVALID_CAPABILITY, request(port, MACH_NOTIFY_DEAD_NAME, 0,
	    set, &previous));
	KR(KERN_INVALID_NAME, request(0x7fffff03, MACH_NOTIFY_DEAD_NAME, 0,
	    port, &previous));
	KR(KERN_INVALID_RIGHT, request(set, MACH_NOTIFY_NO_SENDERS, 0, port,
	    &previous));
	KR(KERN_INVALID_CAPABILITY, mach_port_request_notification(TASK, port,
	    MACH_NOTIFY_DEAD_NAME, 0, port, MACH_MSG_TYPE_COPY_SEND,
	    &previous));
	/* Nothing was made of the port meanwhile. */
	ATF_CHECK(note_none(port));
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(port);
	counters_check();
}

/* A process that is killed lets go of everything, and those who asked hear. */
ATF_TC_WITHOUT_HEAD(killed_process);
ATF_TC_BODY(killed_process, tc)
{
	mach_port_t notify, port, previous;
	union notice n;
	pid_t pid;
	int go[2];
	char c;

	counters_start();
	notify = port_make();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	ATF_REQUIRE_EQ(0, pipe(go));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		(void)!write(go[1], "x", 1);
		for (;;)
			(void)pause();
	}
	ATF_REQUIRE_EQ(1, read(go[0], &c, 1));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	KR_OK(request(port, MACH_NOTIFY_NO_SENDERS, 0, notify, &previous));
	KR_OK(mach_port_deallocate(TASK, port));
	ATF_CHECK(note_none(notify));
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	take(notify, MACH_NOTIFY_NO_SENDERS, &n);
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(mach_port_destroy(TASK, notify));
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, dead_name);
	ATF_TP_ADD_TC(tp, name_deleted_first);
	ATF_TP_ADD_TC(tp, replaced_and_cancelled);
	ATF_TP_ADD_TC(tp, no_senders);
	ATF_TP_ADD_TC(tp, no_senders_and_counts);
	ATF_TP_ADD_TC(tp, refused_request_changes_nothing);
	ATF_TP_ADD_TC(tp, moving_cancels_no_senders);
	ATF_TP_ADD_TC(tp, port_destroyed_keeps_the_queue);
	ATF_TP_ADD_TC(tp, send_possible);
	ATF_TP_ADD_TC(tp, send_possible_to_a_port_that_dies);
	ATF_TP_ADD_TC(tp, dead_name_of_every_right);
	ATF_TP_ADD_TC(tp, port_destroyed_in_every_way);
	ATF_TP_ADD_TC(tp, dead_right_to_notify);
	ATF_TP_ADD_TC(tp, past_the_queue_limit);
	ATF_TP_ADD_TC(tp, bad_requests);
	ATF_TP_ADD_TC(tp, killed_process);
	return (atf_no_error());
}
