/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Who may look at whose rights, and what hostile buffers do.
 */

#include <atf-c.h>
#include <errno.h>
#include <string.h>

#include "common.h"

#include <mach/mach_port_info.h>

#define	ALICE	1001
#define	BOB	1002
#define	ROOM	16

static int
look(pid_t pid, void *buffer, uint32_t capacity, uint32_t *count)
{
	struct mach_inspect_args a = {
		.task = task_self(),
		.pid = pid,
		.buffer = (uintptr_t)buffer,
		.capacity = capacity
	};

	if (machkern_trap(MACH_TRAP_INSPECT, &a, sizeof(a)) == KERN_SUCCESS) {
		ATF_CHECK_EQ(0, a.error);
		*count = a.count;
		return (0);
	}
	return (a.error);
}

ATF_TC_WITHOUT_HEAD(permission);
ATF_TC_BODY(permission, tc)
{
	struct machkern_thread alice, bob, root;
	struct proc pa = { .p_pid = 10 }, pb = { .p_pid = 20 };
	struct proc pr = { .p_pid = 30 };
	struct mach_port_info info[ROOM];
	pid_t pids[ROOM];
	uint32_t n;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&alice, &pa, ALICE));
	(void)make_port();
	ATF_REQUIRE_EQ(0, machkern_attach(&bob, &pb, BOB));
	(void)make_port();
	ATF_CHECK_EQ(0, look(20, info, ROOM, &n));
	ATF_CHECK_EQ(2, n);
	ATF_CHECK_EQ(EPERM, look(10, info, ROOM, &n));
	ATF_CHECK_EQ(ESRCH, look(11, info, ROOM, &n));
	/* The list has only those that may be looked at. */
	ATF_CHECK_EQ(0, look(0, pids, ROOM, &n));
	ATF_CHECK_EQ(1, n);
	ATF_CHECK_EQ(20, pids[0]);
	ATF_REQUIRE_EQ(0, machkern_attach(&root, &pr, 0));
	ATF_CHECK_EQ(0, look(10, info, ROOM, &n));
	ATF_CHECK_EQ(2, n);
	ATF_CHECK_EQ(0, look(0, pids, ROOM, &n));
	ATF_CHECK_EQ(3, n);

	hosted_curthread = &alice.mt_thread;
	hosted_exit(&pa);
	machkern_detach(&alice);
	hosted_curthread = &root.mt_thread;
	ATF_CHECK_EQ(ESRCH, look(10, info, ROOM, &n));
	hosted_exit(&pr);
	machkern_detach(&root);
	hosted_curthread = &bob.mt_thread;
	hosted_exit(&pb);
	machkern_detach(&bob);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

/* Of the port that process `pid' has a right to, besides its task. */
static struct mach_port_info
port_of(pid_t pid)
{
	struct mach_port_info info[ROOM];
	uint32_t i, n;

	ATF_REQUIRE_EQ(0, look(pid, info, ROOM, &n));
	ATF_REQUIRE_EQ(2, n);
	for (i = 0; info[i].pi_kind != MACH_PORT_INFO_PORT; i++)
		ATF_REQUIRE(i + 1 < n);
	return (info[i]);
}

/* A right leads to its receiver only for who may look at that one. */
ATF_TC_WITHOUT_HEAD(receiver_of_another_user);
ATF_TC_BODY(receiver_of_another_user, tc)
{
	struct machkern_thread bob, root;
	struct proc pr = { .p_pid = 10 }, pb = { .p_pid = 20 };
	struct mach_port_info pi;
	mach_port_name_t name;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&root, &pr, 0));
	name = make_port();
	set_bootstrap(name);
	hosted_fork(&pr, &pb);
	ATF_REQUIRE_EQ(0, machkern_attach(&bob, &pb, BOB));
	ATF_CHECK(MACH_PORT_VALID(get_bootstrap()));
	pi = port_of(20);
	ATF_CHECK_EQ(MACH_PORT_TYPE_SEND, pi.pi_type);
	ATF_CHECK_EQ(0, pi.pi_receiver);
	ATF_CHECK_EQ(0, pi.pi_receives_as);
	hosted_curthread = &root.mt_thread;
	pi = port_of(20);
	ATF_CHECK_EQ(10, pi.pi_receiver);
	ATF_CHECK_EQ(name, pi.pi_receives_as);
	hosted_exit(&pr);
	machkern_detach(&root);
	hosted_curthread = &bob.mt_thread;
	hosted_exit(&pb);
	machkern_detach(&bob);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

ATF_TC_WITHOUT_HEAD(buffers);
ATF_TC_BODY(buffers, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 }, idle = { .p_pid = 20 };
	struct mach_port_info info[2];
	pid_t pids[1];
	uint32_t n;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &idle, 0));
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &p, 0));
	(void)make_port();
	memset(info, 0xff, sizeof(info));
	/* No room is none used, and the count is true all the same. */
	ATF_CHECK_EQ(0, look(10, NULL, 0, &n));
	ATF_CHECK_EQ(2, n);
	ATF_CHECK_EQ(0, look(10, info, 1, &n));
	ATF_CHECK_EQ(2, n);
	ATF_CHECK_EQ(UINT32_MAX, info[1].pi_name);
	ATF_CHECK_EQ(0, look(0, pids, 0, &n));
	ATF_CHECK_EQ(1, n);
	ATF_CHECK_EQ(EFAULT, look(10, (void *)16, 2, &n));
	ATF_CHECK_EQ(EFAULT, look(0, (void *)16, 2, &n));
	ATF_CHECK_EQ(0, look(10, info, UINT32_MAX, &n));
	ATF_CHECK_EQ(2, n);
	/* A process that has not used Mach has no rights. */
	ATF_CHECK_EQ(0, look(20, info, 2, &n));
	ATF_CHECK_EQ(0, n);
	ATF_CHECK_EQ(ESRCH, look(-1, info, 2, &n));
	hosted_exit(&idle);
	hosted_exit(&p);
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, permission);
	ATF_TP_ADD_TC(tp, receiver_of_another_user);
	ATF_TP_ADD_TC(tp, buffers);
	return (atf_no_error());
}
