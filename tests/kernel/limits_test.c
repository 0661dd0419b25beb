/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Limits for one user: whoever reaches one is refused, nobody else is.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "parcel.h"
#include "trap.h"

#define	TASK	mach_task_self()
#define	SOME	20		/* limit in the tests */
#define	ALICE	65534
#define	BOB	65533

#define	PAGE	4096u
#define	NAMES	64		/* names come so many at a time */
#define	NOTIFICATION 512u	/* what one takes in the kernel */

static mach_port_t
new_name(mach_port_right_t right, kern_return_t *krp)
{
	mach_port_t name;

	*krp = mach_port_allocate(TASK, right, &name);
	return (name);
}

/* Each of these makes one more of something, and returns the kernel's word. */

static kern_return_t
one_port(mach_port_t port __attribute__((unused)))
{
	kern_return_t kr;

	(void)new_name(MACH_PORT_RIGHT_RECEIVE, &kr);
	return (kr);
}

static kern_return_t
one_set(mach_port_t port __attribute__((unused)))
{
	kern_return_t kr;

	(void)new_name(MACH_PORT_RIGHT_PORT_SET, &kr);
	return (kr);
}

static kern_return_t
one_membership(mach_port_t port)
{
	kern_return_t kr;
	mach_port_t set;

	set = new_name(MACH_PORT_RIGHT_PORT_SET, &kr);
	return (kr != KERN_SUCCESS ? kr :
	    mach_port_insert_member(TASK, port, set));
}

static kern_return_t
one_message(mach_port_t port)
{
	mach_msg_header_t h;

	memset(&h, 0, sizeof(h));
	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	h.msgh_remote_port = port;
	return (mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

static kern_return_t
one_page_out_of_line(mach_port_t port)
{
	static char page[PAGE];
	struct {
		mach_msg_header_t head;
		mach_msg_body_t	body;
		mach_msg_ool_descriptor_t ool;
	} m;

	memset(&m, 0, sizeof(m));
	m.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	m.head.msgh_remote_port = port;
	m.body.msgh_descriptor_count = 1;
	m.ool.address = page;
	m.ool.size = sizeof(page);
	m.ool.copy = MACH_MSG_VIRTUAL_COPY;
	m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	return (mach_msg(&m.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(m),
	    0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

/*
 * Send-once rights in messages: each will be a notification if the message is
 * destroyed, and takes as much of the limit as that.
 */
static kern_return_t
eight_in_an_array(mach_port_t port)
{
	mach_port_t names[8];
	struct parcel p;
	int i;

	for (i = 0; i < 8; i++)
		names[i] = port;
	parcel_init(&p, port, MACH_MSG_OOL_PORTS_DESCRIPTOR);
	p.d.ports.address = names;
	p.d.ports.count = 8;
	p.d.ports.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	return (parcel_send(&p));
}

static kern_return_t
one_in_a_descriptor(mach_port_t port)
{
	struct parcel p;

	parcel_right(&p, port, port, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	return (parcel_send(&p));
}

static kern_return_t
one_name(mach_port_t port __attribute__((unused)))
{
	kern_return_t kr;

	(void)new_name(MACH_PORT_RIGHT_DEAD_NAME, &kr);
	return (kr);
}

/* A send-once right that dies unused says so to its port. */
static kern_return_t
one_notification(mach_port_t port)
{
	mach_msg_type_name_t type;
	mach_port_t once;
	kern_return_t kr;

	kr = mach_port_extract_right(TASK, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &once, &type);
	return (kr != KERN_SUCCESS ? kr : mach_port_deallocate(TASK, once));
}

static kern_return_t
one_request(mach_port_t port)
{
	mach_port_t dead, previous;
	kern_return_t kr;

	dead = new_name(MACH_PORT_RIGHT_DEAD_NAME, &kr);
	return (kr != KERN_SUCCESS ? kr : mach_port_request_notification(TASK,
	    dead, MACH_NOTIFY_DEAD_NAME, 1, port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous));
}

static kern_return_t
one_reply_port(mach_port_t port)
{
	mach_msg_header_t h;

	memset(&h, 0, sizeof(h));
	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	h.msgh_remote_port = port;
	h.msgh_local_port = port;
	if (mach_msg(&h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(h), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
		return (MACH_SEND_NO_BUFFER);
	return (one_notification(port));
}

/* What a limit is on. */
struct kind {
	const char *limit;
	uint64_t value;
	int	most;		/* that can be made then */
	kern_return_t (*one)(mach_port_t);
	kern_return_t refused;
};

/* Makes more until refused; exits with how many there were, or 255. */
static void
use_up(const struct kind *kind, uid_t uid)
{
	mach_port_limits_t limits = { MACH_PORT_QLIMIT_MAX };
	mach_port_t port;
	kern_return_t kr;
	int n;

	if (setresuid(uid, uid, uid) == -1)
		_exit(255);
	port = new_name(MACH_PORT_RIGHT_RECEIVE, &kr);
	(void)mach_port_set_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT);
	for (n = 0; n < 200 && kr == KERN_SUCCESS; n++)
		kr = kind->one(port);
	if (kr != kind->refused) {
		fprintf(stderr, "%s: %#x\n", kind->limit, (unsigned int)kr);
		_exit(255);
	}
	_exit(n - 1);
}

/* Two users, one after the other, get as far as the limit and no further. */
static void
check_kind(const struct kind *kind)
{
	uint64_t old;
	uid_t uid;
	pid_t pid;
	int n;

	ATF_REQUIRE_EQ(0, mach_sysctl(kind->limit, &old));
	ATF_REQUIRE_EQ(0, mach_sysctl_set(kind->limit, kind->value));
	for (uid = BOB; uid <= ALICE; uid++) {
		pid = fork();
		ATF_REQUIRE(pid != -1);
		if (pid == 0)
			use_up(kind, uid);
		n = child_status(pid);
		ATF_CHECK_MSG(n > 0 && n <= kind->most, "%s: %d",
			    kind->limit, n);
	}
	ATF_REQUIRE_EQ(0, mach_sysctl_set(kind->limit, old));
}

ATF_TC(each_user_has_a_share);
ATF_TC_HEAD(each_user_has_a_share, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(each_user_has_a_share, tc)
{
	static const struct kind kinds[] = {
		{ "max_ports_per_user", SOME, SOME, one_port,
		    KERN_RESOURCE_SHORTAGE },
		{ "max_psets_per_user", SOME, SOME, one_set,
		    KERN_RESOURCE_SHORTAGE },
		{ "max_members_per_user", SOME, SOME, one_membership,
		    KERN_RESOURCE_SHORTAGE },
		{ "max_queued_per_user", SOME, SOME, one_message,
		    MACH_SEND_NO_BUFFER },
		{ "max_bytes_per_user", SOME * PAGE, SOME, one_page_out_of_line,
		    MACH_SEND_NO_BUFFER },
		{ "max_bytes_per_user", SOME * 8 * NOTIFICATION, SOME,
		    eight_in_an_array, MACH_SEND_NO_BUFFER },
		{ "max_bytes_per_user", SOME * NOTIFICATION, SOME,
		    one_in_a_descriptor, MACH_SEND_NO_BUFFER },
		{ "max_names_per_user", NAMES, 2 * NAMES, one_name,
		    KERN_NO_SPACE },
		{ "max_notifications_per_user", SOME, SOME, one_notification,
		    KERN_RESOURCE_SHORTAGE },
		{ "max_notifications_per_user", SOME, SOME, one_request,
		    KERN_RESOURCE_SHORTAGE },
		{ "max_notifications_per_user", SOME, SOME, one_reply_port,
		    MACH_SEND_NO_BUFFER },
	};
	size_t i;

	counters_start();
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		check_kind(&kinds[i]);
		/* The next kind's users start with nothing, too. */
		counters_check();
	}
}

/*
 * A send-once right that has a name is not counted as the notification it may
 * come to be, so that a user's names are what limits those.
 */
ATF_TC_WITHOUT_HEAD(names_may_all_notify);
ATF_TC_BODY(names_may_all_notify, tc)
{
	uint64_t names, notifications, task;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("max_names_per_user", &names));
	ATF_REQUIRE_EQ(0, mach_sysctl("max_names_per_task", &task));
	ATF_REQUIRE_EQ(0, mach_sysctl("max_notifications_per_user",
	    &notifications));
	ATF_CHECK(names >= task);
	ATF_CHECK(names <= 4 * notifications);
	counters_check();
}

/* While one user has used up his share, others and the superuser go on. */
ATF_TC(others_go_on);
ATF_TC_HEAD(others_go_on, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(others_go_on, tc)
{
	int hold[2], ready[2];
	uint64_t old;
	kern_return_t kr;
	pid_t pid, other;
	char byte;
	int i;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("max_ports_per_user", &old));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_ports_per_user", SOME));
	ATF_REQUIRE(pipe(hold) == 0 && pipe(ready) == 0);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		close(hold[1]);
		if (setresuid(ALICE, ALICE, ALICE) == -1)
			_exit(1);
		while (one_port(MACH_PORT_NULL) == KERN_SUCCESS)
			;
		if (write(ready[1], "r", 1) != 1)
			_exit(2);
		(void)!read(hold[0], &byte, 1);
		_exit(one_port(MACH_PORT_NULL) == KERN_SUCCESS);
	}
	ATF_REQUIRE_EQ(1, read(ready[0], &byte, 1));
	for (i = 0; i < 2 * SOME; i++)
		port_drop(port_make());
	/* Another process of hers finds nothing left, one of his does. */
	for (i = 0; i < 2; i++) {
		other = fork();
		ATF_REQUIRE(other != -1);
		if (other == 0) {
			if (setresuid(ALICE - i, ALICE - i, ALICE - i) == -1)
				_exit(255);
			kr = one_port(MACH_PORT_NULL);
			_exit(kr == KERN_SUCCESS);
		}
		ATF_CHECK_EQ(i, child_status(other));
	}
	close(hold[1]);
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_ports_per_user", old));
	counters_check();
}

/* Asks the kernel something it does not know, so many times. */
static void
ask_task_port(mach_port_t reply, mach_msg_type_name_t disposition, int times)
{
	mach_msg_header_t h;

	for (; times > 0; times--) {
		memset(&h, 0, sizeof(h));
		h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
		    disposition);
		h.msgh_remote_port = TASK;
		h.msgh_local_port = reply;
		if (mach_msg(&h, MACH_SEND_MSG, sizeof(h), 0, MACH_PORT_NULL,
		    0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
			_exit(255);
	}
}

/* The kernel's answers ignore the limit of a queue, but not this one. */
ATF_TC(answers_are_limited);
ATF_TC_HEAD(answers_are_limited, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(answers_are_limited, tc)
{
	mach_msg_type_number_t count;
	mach_port_status_t st;
	mach_port_t port;
	uint64_t old;
	pid_t pid;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("max_notifications_per_user", &old));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_notifications_per_user", SOME));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		if (setresuid(ALICE, ALICE, ALICE) == -1)
			_exit(255);
		port = port_make_send();
		ask_task_port(port, MACH_MSG_TYPE_COPY_SEND, 3 * SOME);
		count = MACH_PORT_RECEIVE_STATUS_COUNT;
		if (mach_port_get_attributes(TASK, port,
		    MACH_PORT_RECEIVE_STATUS, (mach_port_info_t)&st, &count) !=
		    KERN_SUCCESS)
			_exit(255);
		_exit((int)st.mps_msgcount);
	}
	ATF_CHECK_EQ(SOME, child_status(pid));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_notifications_per_user", old));
	/* Nobody receives what is sent to a port of the kernel. */
	ask_task_port(TASK, MACH_MSG_TYPE_COPY_SEND, SOME);
	counters_check();
}

/* In a child: gives the parent a right to a port that it does not read. */
static void
deaf_client(int fd)
{
	mach_port_limits_t limits = { MACH_PORT_QLIMIT_MAX };
	mach_port_t port;
	struct note n;
	char byte;

	if (setresuid(ALICE, ALICE, ALICE) == -1)
		_exit(255);
	port = port_make();
	KR_OK(mach_port_set_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	memset(&n, 0, sizeof(n));
	n.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND);
	n.head.msgh_remote_port = bootstrap_port;
	n.head.msgh_local_port = port;
	n.head.msgh_size = NOTE_SIZE;
	KR_OK(mach_msg_send(&n.head));
	(void)!read(fd, &byte, 1);
	_exit(0);
}

/* Answers nobody reads are of the share of who asked, not of who answers. */
ATF_TC(unread_answers);
ATF_TC_HEAD(unread_answers, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(unread_answers, tc)
{
	mach_msg_return_t mr;
	mach_port_t port;
	struct note n;
	int fds[2], i;
	uint64_t old;
	pid_t pid;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("max_queued_per_user", &old));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_queued_per_user", SOME));
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	ATF_REQUIRE_EQ(0, pipe(fds));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		close(fds[1]);
		deaf_client(fds[0]);
	}
	KR_OK(mach_msg(&n.head, MACH_RCV_MSG, 0, sizeof(n), port, 0,
	    MACH_PORT_NULL));
	n.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	n.head.msgh_local_port = MACH_PORT_NULL;
	mr = MACH_MSG_SUCCESS;
	for (i = 0; i < 3 * SOME && mr == MACH_MSG_SUCCESS; i++)
		mr = mach_msg(&n.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		    NOTE_SIZE, 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	ATF_CHECK_EQ(MACH_SEND_NO_BUFFER, mr);
	ATF_CHECK_EQ(SOME + 1, i);
	/* To oneself there is no end, for the superuser. */
	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		note_send(port, i);
	mach_msg_destroy(&n.head);
	close(fds[1]);
	ATF_CHECK_EQ(0, child_status(pid));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_queued_per_user", old));
}

/* A message to a port looks at all its sets, so there cannot be many. */
ATF_TC_WITHOUT_HEAD(sets_of_a_port);
ATF_TC_BODY(sets_of_a_port, tc)
{
	mach_port_t port, set;
	kern_return_t kr;
	uint64_t limit;
	unsigned int n;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("max_sets_per_port", &limit));
	port = port_make();
	kr = KERN_SUCCESS;
	for (n = 0; n <= limit && kr == KERN_SUCCESS; n++) {
		KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
		kr = mach_port_insert_member(TASK, port, set);
	}
	ATF_CHECK_EQ(KERN_RESOURCE_SHORTAGE, kr);
	ATF_CHECK_EQ(limit + 1, n);
	/* Out of one, into another. */
	KR_OK(mach_port_move_member(TASK, port, set));
	KR_OK(mach_port_move_member(TASK, port, MACH_PORT_NULL));
	KR_OK(mach_port_insert_member(TASK, port, set));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_user_has_a_share);
	ATF_TP_ADD_TC(tp, names_may_all_notify);
	ATF_TP_ADD_TC(tp, others_go_on);
	ATF_TP_ADD_TC(tp, answers_are_limited);
	ATF_TP_ADD_TC(tp, unread_answers);
	ATF_TP_ADD_TC(tp, sets_of_a_port);
	return (atf_no_error());
}
