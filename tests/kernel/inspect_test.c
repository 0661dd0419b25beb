/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Looking at the rights of a process: one's own, another's, and those that may
 * not be looked at.
 */

#include <atf-c.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mach/mach_port_info.h>

#include "counters.h"
#include "fixture.h"

#define	TASK	mach_task_self()
#define	ROOM	64
#define	ALICE	65534
#define	BOB	65533

static struct mach_port_info info[ROOM];
static unsigned int count;

static void
look(pid_t pid)
{
	count = ROOM;
	ATF_REQUIRE_EQ(0, mach_port_info(pid, info, &count));
	ATF_REQUIRE(count <= ROOM);
}

static const struct mach_port_info *
find(mach_port_name_t name)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (info[i].pi_name == name)
			return (&info[i]);
	}
	atf_tc_fail("name %#x is not there", name);
}

ATF_TC_WITHOUT_HEAD(own_names);
ATF_TC_BODY(own_names, tc)
{
	const struct mach_port_info *pi;
	mach_port_t dead, host, port, previous, set;

	counters_start();
	port = port_make_send();
	host = mach_host_self();
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_DEAD_NAME, &dead));
	KR_OK(mach_port_mod_refs(TASK, dead, MACH_PORT_RIGHT_DEAD_NAME, 2));
	KR_OK(mach_port_request_notification(TASK, port,
	    MACH_NOTIFY_DEAD_NAME, 0, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &previous));
	note_send(port, 1);
	note_send(port, 2);
	look(getpid());
	ATF_CHECK_EQ(name_count(), count);
	pi = find(port);
	ATF_CHECK_EQ(MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_RECEIVE |
	    MACH_PORT_TYPE_DNREQUEST, pi->pi_type);
	ATF_CHECK_EQ(MACH_PORT_INFO_PORT, pi->pi_kind);
	ATF_CHECK_EQ(1, pi->pi_urefs);
	ATF_CHECK_EQ(getpid(), pi->pi_receiver);
	ATF_CHECK_EQ(port, pi->pi_receives_as);
	ATF_CHECK_EQ(2, pi->pi_messages);
	ATF_CHECK_EQ(MACH_PORT_QLIMIT_DEFAULT, pi->pi_qlimit);
	/* Ours, and one of each message as its destination. */
	ATF_CHECK_EQ(3, pi->pi_sends);
	ATF_CHECK_EQ(1, pi->pi_sendonces);
	pi = find(TASK);
	ATF_CHECK_EQ(MACH_PORT_TYPE_SEND, pi->pi_type);
	ATF_CHECK_EQ(MACH_PORT_INFO_TASK, pi->pi_kind);
	ATF_CHECK_EQ(0, pi->pi_receiver);
	ATF_CHECK_EQ(MACH_PORT_INFO_HOST, find(host)->pi_kind);
	ATF_CHECK_EQ(MACH_PORT_TYPE_PORT_SET, find(set)->pi_type);
	ATF_CHECK_EQ(MACH_PORT_TYPE_DEAD_NAME, find(dead)->pi_type);
	ATF_CHECK_EQ(3, find(dead)->pi_urefs);
	ATF_CHECK_EQ(0, find(dead)->pi_receiver);
	ATF_CHECK_EQ(1, note_take(port));
	ATF_CHECK_EQ(2, note_take(port));
	port_drop(port);
	port_drop(dead);
	port_drop(set);
	port_drop(host);
	counters_check();
}

/* A child that has a send right of ours and waits to be told to end. */
static pid_t
child_with_right(int fds[2], uid_t uid)
{
	pid_t pid;
	char c;

	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		close(fds[1]);
		if (uid != 0 && setresuid(uid, uid, uid) == -1)
			_exit(1);
		note_send(bootstrap_port, 1);
		_exit(read(fds[0], &c, 1) == 0 ? 0 : 1);
	}
	close(fds[0]);
	return (pid);
}

static void
wait_note(mach_port_t port)
{
	struct note note;

	KR_OK(mach_msg(&note.head, MACH_RCV_MSG, 0, sizeof(note), port, 0,
	    MACH_PORT_NULL));
}

/* A right of another process leads to where it is received. */
ATF_TC_WITHOUT_HEAD(names_of_a_child);
ATF_TC_BODY(names_of_a_child, tc)
{
	mach_port_t port;
	pid_t pid, pids[ROOM];
	unsigned int i, n, seen;
	int fds[2];

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	ATF_REQUIRE_EQ(0, pipe(fds));
	pid = child_with_right(fds, 0);
	wait_note(port);
	look(pid);
	ATF_CHECK_EQ(2, count);		/* its task, its bootstrap port */
	for (i = seen = 0; i < count; i++) {
		if (info[i].pi_kind != MACH_PORT_INFO_PORT)
			continue;
		seen++;
		ATF_CHECK_EQ(getpid(), info[i].pi_receiver);
		ATF_CHECK_EQ(port, info[i].pi_receives_as);
	}
	ATF_CHECK_EQ(1, seen);
	n = ROOM;
	ATF_REQUIRE_EQ(0, mach_port_info_pids(pids, &n));
	for (i = seen = 0; i < n; i++)
		seen += pids[i] == pid || pids[i] == getpid();
	ATF_CHECK_EQ(2, seen);
	close(fds[1]);
	ATF_CHECK_EQ(0, child_status(pid));
	/* The end of a process is noticed a little after it. */
	while ((count = ROOM, mach_port_info(pid, info, &count)) == 0)
		(void)sched_yield();
	ATF_CHECK_EQ(ESRCH, errno);
	ATF_CHECK_ERRNO(EINVAL, mach_port_info(0, info, &count) == -1);
	ATF_CHECK_ERRNO(EINVAL, mach_port_info(-1, info, &count) == -1);
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* In a child: what another user sees of a process. */
static int
look_as_bob(pid_t pid)
{
	pid_t pids[ROOM];
	unsigned int i, n;

	if (setresuid(BOB, BOB, BOB) == -1)
		return (1);
	n = ROOM;
	if (mach_port_info(pid, info, &n) != -1)
		return (2);
	if (errno != EPERM && errno != ESRCH)
		return (3);
	n = ROOM;
	if (mach_port_info_pids(pids, &n) == -1)
		return (4);
	for (i = 0; i < n && i < ROOM; i++) {
		if (pids[i] == pid || pids[i] == getppid())
			return (5);
	}
	/* Oneself, always. */
	n = ROOM;
	return (mach_port_info(getpid(), info, &n) == 0 ? 0 : 6);
}

ATF_TC(names_of_another_user);
ATF_TC_HEAD(names_of_another_user, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(names_of_another_user, tc)
{
	mach_port_t port;
	pid_t alice, bob;
	int fds[2];

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	ATF_REQUIRE_EQ(0, pipe(fds));
	alice = child_with_right(fds, ALICE);
	wait_note(port);
	bob = fork();
	ATF_REQUIRE(bob != -1);
	if (bob == 0)
		_exit(look_as_bob(alice));
	ATF_CHECK_EQ(0, child_status(bob));
	look(alice);
	ATF_CHECK_EQ(2, count);
	close(fds[1]);
	ATF_CHECK_EQ(0, child_status(alice));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* In a child: whether another user's right to a port leads to its receiver. */
static int
look_at_own_right(void)
{
	unsigned int i, n;

	if (setresuid(BOB, BOB, BOB) == -1)
		return (1);
	n = ROOM;
	if (mach_port_info(getpid(), info, &n) == -1)
		return (2);
	for (i = 0; i < n && i < ROOM; i++) {
		if (info[i].pi_kind == MACH_PORT_INFO_PORT)
			return (info[i].pi_receiver == 0 &&
			    info[i].pi_receives_as == 0 ? 0 : 3);
	}
	return (4);
}

ATF_TC(receiver_of_another_user);
ATF_TC_HEAD(receiver_of_another_user, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(receiver_of_another_user, tc)
{
	mach_port_t port;
	pid_t pid;

	counters_start();
	port = bootstrap_make();
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(look_at_own_right());
	ATF_CHECK_EQ(0, child_status(pid));
	bootstrap_drop(port);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, own_names);
	ATF_TP_ADD_TC(tp, names_of_a_child);
	ATF_TP_ADD_TC(tp, names_of_another_user);
	ATF_TP_ADD_TC(tp, receiver_of_another_user);
	return (atf_no_error());
}
