/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The probes of mach(4): each is passed when it is to be, with the arguments
 * the page promises.
 */

#include <sys/sdt.h>

#include <atf-c.h>
#include <string.h>

#include "common.h"

#define	DEAD_NAME_ID	72

/* One probe that was passed. */
struct passed {
	const char	*name;
	uintptr_t	args[4];
};

static struct passed passed[32];
static u_int npassed;

static void
note(const char *name, const uintptr_t *args)
{
	struct passed *p;
	u_int i, n;

	ATF_REQUIRE(npassed < nitems(passed));
	p = &passed[npassed++];
	p->name = name;
	n = strncmp(name, "msg", 3) == 0 ? 4 :
	    strcmp(name, "right__transfer") == 0 ? 3 : 2;
	for (i = 0; i < n; i++)
		p->args[i] = args[i];
}

/* The n-th passing of a probe, which must have been. */
static const struct passed *
pass(const char *name, u_int n)
{
	u_int i;

	for (i = 0; i < npassed; i++) {
		if (strcmp(passed[i].name, name) == 0 && n-- == 0)
			return (&passed[i]);
	}
	atf_tc_fail("%s was not passed", name);
}

static u_int
passes(const char *name)
{
	u_int i, n;

	n = 0;
	for (i = 0; i < npassed; i++)
		n += strcmp(passed[i].name, name) == 0;
	return (n);
}

static void
request_dead_name(mach_port_name_t name, mach_port_name_t notify)
{
	struct mach_port_notification_args a = {
		.task = task_self(),
		.name = name,
		.msgid = DEAD_NAME_ID,
		.notify = notify,
		.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE
	};

	ATF_REQUIRE_EQ(KERN_SUCCESS, machkern_trap(
	    MACH_TRAP_PORT_REQUEST_NOTIFICATION, &a, sizeof(a)));
}

static void
drop_receive(mach_port_name_t name)
{
	struct mach_port_refs_args a = { task_self(), name, 1, -1 };

	ATF_REQUIRE_EQ(KERN_SUCCESS, machkern_trap(MACH_TRAP_PORT_MOD_REFS,
	    &a, sizeof(a)));
}

static void
check_message(uintptr_t port)
{
	const struct passed *p;

	p = pass("msg__send", 0);
	ATF_CHECK_EQ(port, p->args[0]);
	ATF_CHECK_EQ(55, p->args[1]);
	ATF_CHECK_EQ(sizeof(mach_msg_header_t), p->args[2]);
	ATF_CHECK_EQ(0, p->args[3]);
	p = pass("msg__receive", 0);
	ATF_CHECK_EQ(port, p->args[0]);
	ATF_CHECK_EQ(55, p->args[1]);
	ATF_CHECK_EQ(sizeof(mach_msg_header_t), p->args[2]);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, p->args[3]);
	ATF_CHECK_EQ(1, passes("msg__send"));
	ATF_CHECK_EQ(1, passes("msg__receive"));
}

/* Of the death of a port that somebody asked about. */
static void
check_death(uintptr_t port, uintptr_t other)
{
	const struct passed *p;

	p = pass("port__destroy", 0);
	ATF_CHECK_EQ(port, p->args[0]);
	ATF_CHECK_EQ(0, p->args[1]);
	p = pass("notify", 0);
	ATF_CHECK_EQ(other, p->args[0]);
	ATF_CHECK_EQ(DEAD_NAME_ID, p->args[1]);
	/* The notification is a message as well, the kernel's. */
	p = pass("msg__send", 0);
	ATF_CHECK_EQ(other, p->args[0]);
	ATF_CHECK_EQ(DEAD_NAME_ID, p->args[1]);
	ATF_CHECK_EQ(1, p->args[3]);
}

ATF_TC_WITHOUT_HEAD(probes);
ATF_TC_BODY(probes, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	const struct passed *created, *second;
	mach_port_name_t name, notify;
	uintptr_t other, port;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &p, 0));
	(void)task_self();
	hosted_probe = note;
	name = make_port();
	notify = make_port();
	created = pass("port__create", 0);
	port = created->args[0];
	ATF_CHECK_EQ(0, created->args[1]);
	second = pass("port__create", 1);
	other = second->args[0];
	ATF_CHECK(other != port);
	/* The receive right got its name; so did the task's, before that. */
	ATF_CHECK_EQ(port, pass("right__transfer", 1)->args[0]);
	ATF_CHECK_EQ(name, pass("right__transfer", 1)->args[1]);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_RECEIVE,
	    pass("right__transfer", 1)->args[2]);

	npassed = 0;
	send_empty(name, 55);
	ATF_CHECK_EQ(55, take_empty(name));
	check_message(port);

	request_dead_name(name, notify);
	npassed = 0;
	drop_receive(name);
	check_death(port, other);
	hosted_probe = NULL;
	hosted_exit(&p);
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, probes);
	return (atf_no_error());
}
