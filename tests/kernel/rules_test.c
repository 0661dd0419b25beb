/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Rules of rights, ports and tasks that no other test is about, each named
 * after what it says; see docs/rules.md.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsm/libbsm.h>

#include "counters.h"
#include "fixture.h"
#include "parcel.h"

#define	TASK	mach_task_self()

/* Sends a right to where a send right leads that stays with the caller. */
static mach_msg_return_t
carry(mach_port_t to, mach_port_t right, mach_msg_type_name_t disposition)
{
	struct parcel p;

	parcel_right(&p, to, right, disposition);
	p.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	return (parcel_send(&p));
}

/* Waits for a right and returns its name. */
static mach_port_t
carried(mach_port_t from)
{
	struct parcel p;

	KR_OK(mach_msg(&p.head, MACH_RCV_MSG, 0, sizeof(p), from, 0,
	    MACH_PORT_NULL));
	return (p.d.port.name);
}

ATF_TC_WITHOUT_HEAD(new_port_is_blank);
ATF_TC_BODY(new_port_is_blank, tc)
{
	mach_port_status_t st;
	mach_port_t port;

	counters_start();
	port = port_make();
	st = port_status(port);
	ATF_CHECK_EQ(0, st.mps_mscount);
	ATF_CHECK_EQ(0, st.mps_seqno);
	ATF_CHECK_EQ(MACH_PORT_QLIMIT_BASIC, st.mps_qlimit);
	ATF_CHECK_EQ(0, st.mps_msgcount);
	ATF_CHECK_EQ(0, st.mps_sorights);
	ATF_CHECK_EQ(FALSE, st.mps_srights);
	ATF_CHECK_EQ(FALSE, st.mps_pdrequest);
	ATF_CHECK_EQ(FALSE, st.mps_nsrequest);
	ATF_CHECK_EQ(0, st.mps_flags);
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(refs_of_each_kind);
ATF_TC_BODY(refs_of_each_kind, tc)
{
	mach_port_t dead, once, port;

	counters_start();
	port = port_make_send();
	once = make_once(port);
	dead = make_dead();
	KR(KERN_INVALID_VALUE, mach_port_mod_refs(TASK, once,
	    MACH_PORT_RIGHT_SEND_ONCE, 1));
	KR(KERN_INVALID_RIGHT, mach_port_mod_refs(TASK, once,
	    MACH_PORT_RIGHT_SEND, -1));
	ATF_CHECK_EQ(0, port_refs(once, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_mod_refs(TASK, dead, MACH_PORT_RIGHT_DEAD_NAME, 4));
	ATF_CHECK_EQ(5, port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME));
	KR_OK(mach_port_deallocate(TASK, dead));
	ATF_CHECK_EQ(4, port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME));
	KR_OK(mach_port_mod_refs(TASK, dead, MACH_PORT_RIGHT_DEAD_NAME, -4));
	KR(KERN_INVALID_NAME, mach_port_deallocate(TASK, dead));
	KR_OK(mach_port_mod_refs(TASK, once, MACH_PORT_RIGHT_SEND_ONCE, -1));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	port_drop(port);
	counters_check();
}

/* Send and receive rights share a name; each send-once right has its own. */
ATF_TC_WITHOUT_HEAD(who_shares_a_name);
ATF_TC_BODY(who_shares_a_name, tc)
{
	mach_port_t one, port, two;
	mach_port_type_t type;

	counters_start();
	port = port_make_send();
	KR_OK(mach_port_type(TASK, port, &type));
	ATF_CHECK_EQ(MACH_PORT_TYPE_SEND_RECEIVE, type);
	one = make_once(port);
	two = make_once(port);
	ATF_CHECK(one != two && one != port && two != port);
	ATF_CHECK_EQ(2, port_status(port).mps_sorights);
	KR_OK(mach_port_deallocate(TASK, one));
	KR_OK(mach_port_deallocate(TASK, two));
	/* destroy takes everything under the name. */
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_SEND, 3));
	KR_OK(mach_port_destroy(TASK, port));
	KR(KERN_INVALID_NAME, mach_port_type(TASK, port, &type));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(made_rights_are_counted);
ATF_TC_BODY(made_rights_are_counted, tc)
{
	mach_msg_type_name_t type;
	mach_port_t dead, name, port;

	counters_start();
	port = port_make();
	KR_OK(mach_port_insert_right(TASK, port, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	KR_OK(mach_port_extract_right(TASK, port, MACH_MSG_TYPE_MAKE_SEND,
	    &name, &type));
	ATF_CHECK_EQ(port, name);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND, type);
	ATF_CHECK_EQ(2, port_status(port).mps_mscount);
	KR_OK(mach_port_insert_right(TASK, port, port,
	    MACH_MSG_TYPE_COPY_SEND));
	ATF_CHECK_EQ(2, port_status(port).mps_mscount);
	ATF_CHECK_EQ(3, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_set_mscount(TASK, port, 0));
	ATF_CHECK_EQ(0, port_status(port).mps_mscount);
	/* A dead name is copied as what it is. */
	dead = make_dead();
	KR_OK(mach_port_extract_right(TASK, dead, MACH_MSG_TYPE_COPY_SEND,
	    &name, &type));
	ATF_CHECK_EQ(MACH_PORT_DEAD, name);
	KR(KERN_INVALID_RIGHT, mach_port_extract_right(TASK, dead,
	    MACH_MSG_TYPE_MAKE_SEND, &name, &type));
	KR(KERN_INVALID_VALUE, mach_port_extract_right(TASK, port, 1000,
	    &name, &type));
	KR_OK(mach_port_deallocate(TASK, dead));
	port_drop(port);
	counters_check();
}

/* A name far from those that the kernel would give out next. */
#define	CHOSEN	0x5003

/* A right inserted under a name of the caller's choice, of every kind. */
ATF_TC_WITHOUT_HEAD(inserted_rights);
ATF_TC_BODY(inserted_rights, tc)
{
	mach_port_t dead, moved, port;
	struct note n;

	counters_start();
	port = port_make_send();
	moved = port_make();
	dead = make_dead();
	KR(KERN_INVALID_CAPABILITY, mach_port_insert_right(TASK, CHOSEN, dead,
	    MACH_MSG_TYPE_COPY_SEND));
	ATF_CHECK_EQ(1, port_refs(dead, MACH_PORT_RIGHT_DEAD_NAME));
	/* A receive right can be given another name. */
	KR_OK(mach_port_insert_right(TASK, CHOSEN, moved,
	    MACH_MSG_TYPE_MOVE_RECEIVE));
	KR(KERN_INVALID_NAME, mach_port_deallocate(TASK, moved));
	ATF_CHECK_EQ(1, port_refs(CHOSEN, MACH_PORT_RIGHT_RECEIVE));
	KR_OK(mach_port_insert_right(TASK, CHOSEN, CHOSEN,
	    MACH_MSG_TYPE_MAKE_SEND));
	note_send(CHOSEN, 3);
	KR_OK(mach_msg(&n.head, MACH_RCV_MSG, 0, sizeof(n), CHOSEN, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(CHOSEN, n.head.msgh_local_port);
	/* One reference too many is refused, and nothing is made. */
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_SEND,
	    0xffff - 1));
	KR(KERN_UREFS_OVERFLOW, mach_port_insert_right(TASK, port, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	ATF_CHECK_EQ(0xffff, port_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(1, port_status(port).mps_mscount);
	/* One received adds none, and is not lost either. */
	KR_OK(carry(port, port, MACH_MSG_TYPE_MAKE_SEND));
	ATF_CHECK_EQ(port, carried(port));
	ATF_CHECK_EQ(0xffff, port_refs(port, MACH_PORT_RIGHT_SEND));
	port_drop(CHOSEN);
	KR_OK(mach_port_deallocate(TASK, dead));
	port_drop(port);
	counters_check();
}

/* Sends a receive right and two send rights to one port, in some order. */
static void
send_in_order(mach_port_t to, int order)
{
	mach_port_t port;
	int i;

	port = port_make_send();
	for (i = 0; i < 3; i++)
		if (carry(to, port, i == order ? MACH_MSG_TYPE_MOVE_RECEIVE :
		    MACH_MSG_TYPE_COPY_SEND) != MACH_MSG_SUCCESS)
			_exit(1);
	/* Nothing is to be lost with this task before it is received. */
	pause();
}

/* However they arrive, rights to one port have one name. */
ATF_TC_WITHOUT_HEAD(rights_come_together);
ATF_TC_BODY(rights_come_together, tc)
{
	mach_port_t port, service;
	mach_port_type_t type;
	int i, order;
	pid_t pid;

	counters_start();
	service = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, service));
	for (order = 0; order < 3; order++) {
		pid = fork();
		ATF_REQUIRE(pid != -1);
		if (pid == 0) {
			if (task_get_bootstrap_port(TASK, &service) !=
			    KERN_SUCCESS)
				_exit(2);
			send_in_order(service, order);
		}
		port = carried(service);
		for (i = 1; i < 3; i++)
			ATF_CHECK_EQ(port, carried(service));
		KR_OK(mach_port_type(TASK, port, &type));
		ATF_CHECK_EQ(MACH_PORT_TYPE_SEND_RECEIVE, type);
		ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_SEND));
		port_drop(port);
		ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
		ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	}
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(service);
	counters_check();
}

/* What a receive right takes with it when it moves, and what not. */
ATF_TC_WITHOUT_HEAD(moved_receive_right);
ATF_TC_BODY(moved_receive_right, tc)
{
	mach_port_t port, set, via;

	counters_start();
	port = port_make_send();
	via = port_make_send();
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	KR_OK(mach_port_insert_member(TASK, port, set));
	KR_OK(mach_port_set_seqno(TASK, port, 9));
	note_send(port, 1);
	KR_OK(carry(via, port, MACH_MSG_TYPE_MOVE_RECEIVE));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(0, port_refs(port, MACH_PORT_RIGHT_RECEIVE));
	KR(KERN_INVALID_RIGHT, mach_port_set_seqno(TASK, port, 1));
	/* The queue goes along, and senders go on. */
	note_send(port, 2);
	ATF_CHECK(note_none(set));
	ATF_CHECK_EQ(port, carried(via));
	ATF_CHECK_EQ(0, port_status(port).mps_seqno);
	ATF_CHECK_EQ(0, port_status(port).mps_mscount);
	ATF_CHECK_EQ(FALSE, port_status(port).mps_pset);
	ATF_CHECK_EQ(TRUE, port_status(port).mps_srights);
	ATF_CHECK_EQ(1, note_take(port));
	ATF_CHECK_EQ(2, note_take(port));
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(via);
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(guard_flags);
ATF_TC_BODY(guard_flags, tc)
{
	mach_port_context_t context;
	mach_port_t port, via;

	counters_start();
	port = port_make_send();
	via = port_make_send();
	KR(KERN_INVALID_ARGUMENT, mach_port_unguard(TASK, port, 0));
	KR(KERN_INVALID_ARGUMENT, mach_port_guard_with_flags(TASK, port, 5,
	    0x8000));
	KR_OK(mach_port_guard_with_flags(TASK, port, 5,
	    MPG_IMMOVABLE_RECEIVE | MPG_STRICT));
	ATF_CHECK_EQ(MACH_PORT_STATUS_FLAG_GUARDED |
	    MACH_PORT_STATUS_FLAG_STRICT_GUARD |
	    MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE,
	    port_status(port).mps_flags);
	KR(MACH_SEND_INVALID_RIGHT, carry(via, port,
	    MACH_MSG_TYPE_MOVE_RECEIVE));
	KR_OK(mach_port_get_context(TASK, port, &context));
	ATF_CHECK_EQ(5, context);
	/* Without its guard it can be destroyed, and does not move either. */
	KR_OK(mach_port_unguard(TASK, port, 5));
	ATF_CHECK_EQ(MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE,
	    port_status(port).mps_flags);
	KR(MACH_SEND_INVALID_RIGHT, carry(via, port,
	    MACH_MSG_TYPE_MOVE_RECEIVE));
	port_drop(port);
	port_drop(via);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(guard_leaves_immovable);
ATF_TC_BODY(guard_leaves_immovable, tc)
{
	mach_port_options_t options;
	mach_port_t port;

	counters_start();
	memset(&options, 0, sizeof(options));
	options.flags = MPO_IMMOVABLE_RECEIVE;
	KR_OK(mach_port_construct(TASK, &options, 0, &port));
	KR_OK(mach_port_guard_with_flags(TASK, port, 5, 0));
	ATF_CHECK_EQ(MACH_PORT_STATUS_FLAG_GUARDED |
	    MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE,
	    port_status(port).mps_flags);
	KR_OK(mach_port_unguard(TASK, port, 5));
	ATF_CHECK_EQ(MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE,
	    port_status(port).mps_flags);
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(construct_options);
ATF_TC_BODY(construct_options, tc)
{
	static const uint32_t refused[] = { MPO_FILTER_MSG,
		MPO_TG_BLOCK_TRACKING, MPO_SERVICE_PORT, MPO_CONNECTION_PORT,
		MPO_REPLY_PORT, MPO_ENFORCE_REPLY_PORT_SEMANTICS,
		MPO_PROVISIONAL_REPLY_PORT, MPO_EXCEPTION_PORT };
	mach_port_options_t options;
	mach_port_context_t context;
	mach_port_t port;
	size_t i;

	counters_start();
	memset(&options, 0, sizeof(options));
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		options.flags = refused[i];
		KR(KERN_NOT_SUPPORTED, mach_port_construct(TASK, &options, 0,
		    &port));
	}
	/* Hints for a scheduler there is not; a context that is no guard. */
	options.flags = MPO_TEMPOWNER | MPO_IMPORTANCE_RECEIVER |
	    MPO_DENAP_RECEIVER;
	KR_OK(mach_port_construct(TASK, &options, 0x42424242, &port));
	KR_OK(mach_port_get_context(TASK, port, &context));
	ATF_CHECK_EQ(0x42424242, context);
	ATF_CHECK_EQ(0, port_status(port).mps_flags);
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(special_ports);
ATF_TC_BODY(special_ports, tc)
{
	mach_port_t dead, got, port;
	int which;

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR_OK(task_get_bootstrap_port(TASK, &got));
	ATF_CHECK_EQ(port, got);
	ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_SEND));
	for (which = 1; which <= TASK_MAX_SPECIAL_PORT; which++)
		if (which != TASK_BOOTSTRAP_PORT)
			KR(KERN_NOT_SUPPORTED, task_set_special_port(TASK,
			    which, port));
	KR(KERN_INVALID_ARGUMENT, task_set_special_port(TASK, 0, port));
	KR(KERN_INVALID_ARGUMENT, task_set_special_port(TASK, 12, port));
	dead = make_dead();
	KR(KERN_INVALID_CAPABILITY, task_set_bootstrap_port(TASK, dead));
	KR(KERN_INVALID_NAME, task_set_bootstrap_port(TASK, 0x7003));
	/* A bootstrap server that has died is dead, until another is set. */
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_RECEIVE, -1));
	KR_OK(task_get_bootstrap_port(TASK, &got));
	ATF_CHECK_EQ(MACH_PORT_DEAD, got);
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	KR_OK(task_get_bootstrap_port(TASK, &got));
	ATF_CHECK_EQ(MACH_PORT_NULL, got);
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(mach_port_deallocate(TASK, dead));
	counters_check();
}

/* The host's ports are root's to set, and survive being set twice. */
ATF_TC(host_ports);
ATF_TC_HEAD(host_ports, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(host_ports, tc)
{
	mach_port_t got, host, port;
	pid_t pid;

	counters_start();
	host = mach_host_self();
	port = port_make_send();
	KR(KERN_NOT_SUPPORTED, host_set_special_port(host, 5, port));
	KR(KERN_NOT_SUPPORTED, host_get_special_port(host, -1, 5, &got));
	KR_OK(host_get_special_port(host, -1, HOST_BOOTSTRAP_PORT, &got));
	if (got != MACH_PORT_NULL)
		atf_tc_skip("this host has a bootstrap port already");
	KR_OK(host_set_special_port(host, HOST_BOOTSTRAP_PORT, port));
	KR_OK(host_set_special_port(host, HOST_BOOTSTRAP_PORT, port));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		if (setgid(65533) == -1 || setuid(65533) == -1)
			_exit(1);
		if (host_set_special_port(mach_host_self(),
		    HOST_BOOTSTRAP_PORT, MACH_PORT_NULL) != KERN_NO_ACCESS)
			_exit(2);
		_exit(task_get_bootstrap_port(TASK, &got) == KERN_SUCCESS &&
		    MACH_PORT_VALID(got) ? 0 : 3);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	/* Its server dies: there is none any more. */
	KR_OK(mach_port_destroy(TASK, port));
	KR_OK(host_get_special_port(host, -1, HOST_BOOTSTRAP_PORT, &got));
	ATF_CHECK_EQ(MACH_PORT_NULL, got);
	KR_OK(mach_port_deallocate(TASK, host));
	counters_check();
}

/* A send-once right that dies with its holder is answered by the kernel. */
ATF_TC_WITHOUT_HEAD(reply_right_of_the_dead);
ATF_TC_BODY(reply_right_of_the_dead, tc)
{
	mach_port_t client, service;
	struct note n;
	pid_t pid;

	counters_start();
	service = port_make_send();
	client = port_make();
	KR_OK(task_set_bootstrap_port(TASK, service));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		/* A port of its own, by which to get the right. */
		service = port_make_send();
		if (carry(bootstrap_port, service, MACH_MSG_TYPE_COPY_SEND) !=
		    MACH_MSG_SUCCESS)
			_exit(2);
		if (mach_msg(&n.head, MACH_RCV_MSG, 0, sizeof(n), service, 0,
		    MACH_PORT_NULL) != MACH_MSG_SUCCESS)
			_exit(3);
		_exit(0);
	}
	memset(&n, 0, sizeof(n));
	n.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	n.head.msgh_remote_port = carried(service);
	n.head.msgh_local_port = client;
	KR_OK(mach_msg(&n.head, MACH_SEND_MSG | MACH_RCV_MSG,
	    sizeof(n.head), sizeof(n), client, 0, MACH_PORT_NULL));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, n.head.msgh_id);
	ATF_CHECK_EQ(0, child_status(pid));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(client);
	port_drop(service);
	counters_check();
}

static audit_token_t
own_token(void)
{
	mach_msg_type_number_t count;
	audit_token_t token;

	count = TASK_AUDIT_TOKEN_COUNT;
	KR_OK(task_info(TASK, TASK_AUDIT_TOKEN, (task_info_t)&token, &count));
	return (token);
}

/* Takes a note and the token of who sent it. */
static audit_token_t
token_of_note(mach_port_t port)
{
	struct {
		mach_msg_header_t head;
		uint32_t	word;
		mach_msg_audit_trailer_t trailer;
	} n;

	KR_OK(mach_msg(&n.head, MACH_RCV_MSG |
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0, sizeof(n),
	    port, 0, MACH_PORT_NULL));
	return (n.trailer.msgh_audit);
}

#define	IN_NEW_PROGRAM	"RULES_TEST_IN_NEW_PROGRAM"

/*
 * The other half of new_program, before main() and atf(7): only what a program
 * has that has just been started.
 */
static void __attribute__((__constructor__))
new_program(void)
{
	mach_port_type_t type;

	if (getenv(IN_NEW_PROGRAM) == NULL)
		return;
	mach_init();
	if (mach_port_type(TASK, (mach_port_t)strtoul(getenv(IN_NEW_PROGRAM),
	    NULL, 0), &type) != KERN_INVALID_NAME)
		_exit(1);
	note_send(bootstrap_port, 2);
	_exit(0);
}

/*
 * A program that replaces another has none of its rights but the bootstrap
 * port, and can be told from it; so can a child from its parent.
 */
ATF_TC_WITHOUT_HEAD(new_program);
ATF_TC_BODY(new_program, tc)
{
	audit_token_t after, before;
	char self[1024];
	mach_port_t port;
	pid_t pid;

	counters_start();
	snprintf(self, sizeof(self), "%s/rules_test",
	    atf_tc_get_config_var(tc, "srcdir"));
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		if (mach_port_insert_right(TASK, CHOSEN, bootstrap_port,
		    MACH_MSG_TYPE_MOVE_SEND) != KERN_SUCCESS)
			_exit(3);
		note_send(CHOSEN, 1);
		setenv(IN_NEW_PROGRAM, "0x5003", 1);
		execl(self, self, (char *)NULL);
		_exit(4);
	}
	before = token_of_note(port);
	after = token_of_note(port);
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK_EQ(pid, audit_token_to_pid(before));
	ATF_CHECK_EQ(pid, audit_token_to_pid(after));
	ATF_CHECK(audit_token_to_pidversion(before) !=
	    audit_token_to_pidversion(after));
	ATF_CHECK(audit_token_to_pidversion(before) !=
	    audit_token_to_pidversion(own_token()));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* The same for a program that was started without a fork of its own. */
ATF_TC_WITHOUT_HEAD(spawned_program);
ATF_TC_BODY(spawned_program, tc)
{
	extern char **environ;
	char name[] = "rules_test", self[1024];
	char *argv[] = { name, NULL };
	audit_token_t token;
	mach_port_t port;
	pid_t pid;
	int i;

	counters_start();
	snprintf(self, sizeof(self), "%s/rules_test",
	    atf_tc_get_config_var(tc, "srcdir"));
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	KR_OK(mach_port_insert_right(TASK, CHOSEN, port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	ATF_REQUIRE_EQ(0, setenv(IN_NEW_PROGRAM, "0x5003", 1));
	for (i = 0; i < 2; i++) {
		if (i == 0) {
			ATF_REQUIRE_EQ(0, posix_spawn(&pid, self, NULL, NULL,
			    argv, environ));
		} else if ((pid = vfork()) == 0) {
			(void)execve(self, argv, environ);
			_exit(4);
		}
		token = token_of_note(port);
		ATF_CHECK_EQ(0, child_status(pid));
		ATF_CHECK_EQ(pid, audit_token_to_pid(token));
		ATF_CHECK(audit_token_to_pidversion(token) !=
		    audit_token_to_pidversion(own_token()));
	}
	/* The starter's own rights are as they were. */
	ATF_CHECK_EQ(1, port_refs(CHOSEN, MACH_PORT_RIGHT_SEND_ONCE));
	KR_OK(mach_port_deallocate(TASK, CHOSEN));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* A message says who its sender was when it was sent. */
ATF_TC(token_at_send_time);
ATF_TC_HEAD(token_at_send_time, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(token_at_send_time, tc)
{
	audit_token_t token;
	mach_port_t port;
	pid_t pid;

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		note_send(bootstrap_port, 1);
		if (setgid(65532) == -1 || setuid(65531) == -1)
			_exit(1);
		note_send(bootstrap_port, 2);
		_exit(0);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	token = token_of_note(port);
	ATF_CHECK_EQ(0, audit_token_to_euid(token));
	token = token_of_note(port);
	ATF_CHECK_EQ(65531, audit_token_to_euid(token));
	ATF_CHECK_EQ(65531, audit_token_to_ruid(token));
	ATF_CHECK_EQ(65532, audit_token_to_egid(token));
	ATF_CHECK_EQ(pid, audit_token_to_pid(token));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* Nobody receives there; who asks is told that his request is not known. */
ATF_TC_WITHOUT_HEAD(kernel_objects_answer);
ATF_TC_BODY(kernel_objects_answer, tc)
{
	struct {
		mig_reply_error_t error;
		mach_msg_max_trailer_t trailer;
	} m;
	/* The id is the sender's choice: it goes round. */
	const mach_msg_id_t ids[2] = { 3400, INT32_MAX };
	const mach_msg_id_t answers[2] = { 3500, INT32_MIN + 99 };
	mach_port_t host, objects[2], reply;
	int i;

	counters_start();
	reply = port_make();
	objects[0] = TASK;
	objects[1] = host = mach_host_self();
	for (i = 0; i < 2; i++) {
		head_init(&m.error.Head, objects[i]);
		m.error.Head.msgh_bits |= MACH_MSGH_BITS(0,
		    MACH_MSG_TYPE_MAKE_SEND_ONCE);
		m.error.Head.msgh_local_port = reply;
		m.error.Head.msgh_id = ids[i];
		KR_OK(mach_msg(&m.error.Head, MACH_SEND_MSG | MACH_RCV_MSG,
		    sizeof(m.error.Head), sizeof(m), reply, 0,
		    MACH_PORT_NULL));
		ATF_CHECK_EQ(answers[i], m.error.Head.msgh_id);
		ATF_CHECK_EQ(sizeof(m.error), m.error.Head.msgh_size);
		ATF_CHECK_EQ(MIG_BAD_ID, m.error.RetCode);
		ATF_CHECK_EQ(MACH_PORT_NULL, m.error.Head.msgh_remote_port);
	}
	KR_OK(mach_port_deallocate(TASK, host));
	port_drop(reply);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, new_port_is_blank);
	ATF_TP_ADD_TC(tp, refs_of_each_kind);
	ATF_TP_ADD_TC(tp, who_shares_a_name);
	ATF_TP_ADD_TC(tp, made_rights_are_counted);
	ATF_TP_ADD_TC(tp, inserted_rights);
	ATF_TP_ADD_TC(tp, rights_come_together);
	ATF_TP_ADD_TC(tp, moved_receive_right);
	ATF_TP_ADD_TC(tp, guard_flags);
	ATF_TP_ADD_TC(tp, guard_leaves_immovable);
	ATF_TP_ADD_TC(tp, construct_options);
	ATF_TP_ADD_TC(tp, special_ports);
	ATF_TP_ADD_TC(tp, host_ports);
	ATF_TP_ADD_TC(tp, reply_right_of_the_dead);
	ATF_TP_ADD_TC(tp, new_program);
	ATF_TP_ADD_TC(tp, spawned_program);
	ATF_TP_ADD_TC(tp, token_at_send_time);
	ATF_TP_ADD_TC(tp, kernel_objects_answer);
	return (atf_no_error());
}
