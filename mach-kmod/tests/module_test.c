/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The module inside one program: loading and unloading, and what happens to
 * rights when the threads and processes that hold them come and go.
 */

#include <atf-c.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "common.h"

ATF_TC_WITHOUT_HEAD(load_unload);
ATF_TC_BODY(load_unload, tc)
{
	int i;

	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(0, hosted_kldload());
		ATF_REQUIRE_EQ(1, variable("kern.mach.ports"));
		ATF_REQUIRE_EQ(0, hosted_kldunload());
	}
}

ATF_TC_WITHOUT_HEAD(unload_refused_while_in_use);
ATF_TC_BODY(unload_refused_while_in_use, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &p, 0));
	(void)make_port();
	ATF_CHECK(hosted_kldunload() != 0);
	/* And it still works. */
	(void)make_port();
	hosted_exit(&p);
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

ATF_TC_WITHOUT_HEAD(fork_inherits_bootstrap);
ATF_TC_BODY(fork_inherits_bootstrap, tc)
{
	struct machkern_thread mt;
	struct proc child = { .p_pid = 11 }, parent = { .p_pid = 10 };
	mach_port_name_t port;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &parent, 0));
	port = make_port();
	set_bootstrap(port);
	hosted_fork(&parent, &child);
	/* What the parent does now is too late for the child. */
	set_bootstrap(MACH_PORT_NULL);
	machkern_detach(&mt);

	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &child, 0));
	hosted_exec(&child);
	send_empty(get_bootstrap(), 42);
	hosted_exit(&child);
	machkern_detach(&mt);

	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &parent, 0));
	ATF_CHECK_EQ(42, take_empty(port));
	hosted_exit(&parent);
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, variable("kern.mach.entries"));
	ATF_REQUIRE_EQ(0, variable("kern.mach.kmsgs"));
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

struct receiver {
	struct proc	*p;
	struct machkern_thread mt;
	pthread_barrier_t ready;
	mach_port_name_t port;
	mach_msg_return_t mr;
};

static void *
receive(void *arg)
{
	struct receiver *r = arg;
	struct message m;

	ATF_REQUIRE_EQ(0, machkern_attach(&r->mt, r->p, 0));
	(void)pthread_barrier_wait(&r->ready);
	r->mr = machkern_msg(&m, MACH_RCV_MSG, 0, sizeof(m), r->port, 0);
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(signal_interrupts_receive);
ATF_TC_BODY(signal_interrupts_receive, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	struct receiver r = { .p = &p };
	pthread_t thread;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &p, 0));
	r.port = make_port();
	ATF_REQUIRE_EQ(0, pthread_barrier_init(&r.ready, NULL, 2));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, receive, &r));
	(void)pthread_barrier_wait(&r.ready);
	machkern_interrupt(&r.mt);
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	machkern_detach(&r.mt);
	ATF_CHECK_EQ(MACH_RCV_INTERRUPTED, r.mr);
	hosted_exit(&p);
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

ATF_TC_WITHOUT_HEAD(destroyed_port_wakes_receiver);
ATF_TC_BODY(destroyed_port_wakes_receiver, tc)
{
	struct mach_port_name_args name;
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	struct receiver r = { .p = &p };
	pthread_t thread;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &p, 0));
	r.port = make_port();
	ATF_REQUIRE_EQ(0, pthread_barrier_init(&r.ready, NULL, 2));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, receive, &r));
	(void)pthread_barrier_wait(&r.ready);
	name = (struct mach_port_name_args){ task_self(), r.port };
	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_DESTROY, &name, sizeof(name)));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	machkern_detach(&r.mt);
	/* Before the receive began there is no such name any more. */
	ATF_CHECK(r.mr == MACH_RCV_PORT_DIED || r.mr == MACH_RCV_INVALID_NAME);
	hosted_exit(&p);
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

ATF_TC_WITHOUT_HEAD(bad_structures_are_refused);
ATF_TC_BODY(bad_structures_are_refused, tc)
{
	struct mach_name_args args = { 0 };
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &p, 0));
	ATF_CHECK_EQ(KERN_NOT_SUPPORTED,
	    machkern_trap(MACH_TRAP_OP_MAX, &args, sizeof(args)));
	ATF_CHECK_EQ(KERN_NOT_SUPPORTED,
	    machkern_trap(0, &args, sizeof(args)));
	ATF_CHECK_EQ(KERN_INVALID_ARGUMENT,
	    machkern_trap(MACH_TRAP_TASK_SELF, &args, sizeof(args) + 1));
	ATF_CHECK_EQ(KERN_INVALID_ADDRESS, machkern_trap(MACH_TRAP_TASK_SELF,
	    (void *)(uintptr_t)16, sizeof(args)));
	ATF_CHECK_EQ(MACH_SEND_INVALID_DATA, machkern_msg(
	    (void *)(uintptr_t)16, MACH_SEND_MSG, 24, 0, 0, 0));
	hosted_exit(&p);
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

struct sender {
	struct proc	*p;
	mach_port_name_t port;
	mach_msg_return_t mr;
};

static void *
send_one(void *arg)
{
	struct machkern_thread mt;
	struct sender *s = arg;
	mach_msg_header_t h;

	if (machkern_attach(&mt, s->p, 0) != 0)
		return (NULL);
	memset(&h, 0, sizeof(h));
	h.msgh_bits = MACH_MSGH_BITS(COPY_SEND, 0);
	h.msgh_remote_port = s->port;
	s->mr = machkern_msg(&h, MACH_SEND_MSG, sizeof(h), 0, 0, 0);
	machkern_detach(&mt);
	return (NULL);
}

/* Makes room for a blocked sender and destroys the port before it can go on. */
static void
room_and_death(struct proc *p)
{
	struct mach_port_name_args name;
	struct sender s = { .p = p };
	struct message m;
	pthread_t thread;
	int i;

	s.port = make_port();
	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		send_empty(s.port, i);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, send_one, &s));
	while (variable("kern.mach.kmsgs") <= MACH_PORT_QLIMIT_DEFAULT)
		sched_yield();
	for (i = 0; i < 50; i++)
		sched_yield();
	name = (struct mach_port_name_args){ task_self(), s.port };
	(void)machkern_msg(&m.h, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(m),
	    s.port, 0);
	(void)machkern_trap(MACH_TRAP_PORT_DESTROY, &name, sizeof(name));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK(s.mr == MACH_MSG_SUCCESS || s.mr == MACH_SEND_INVALID_DEST);
	ATF_CHECK_EQ(0, variable("kern.mach.kmsgs"));
}

ATF_TC_WITHOUT_HEAD(room_on_a_dying_port);
ATF_TC_BODY(room_on_a_dying_port, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	int i;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(0, machkern_attach(&mt, &p, 0));
	for (i = 0; i < 100; i++)
		room_and_death(&p);
	hosted_exit(&p);
	machkern_detach(&mt);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, load_unload);
	ATF_TP_ADD_TC(tp, unload_refused_while_in_use);
	ATF_TP_ADD_TC(tp, fork_inherits_bootstrap);
	ATF_TP_ADD_TC(tp, signal_interrupts_receive);
	ATF_TP_ADD_TC(tp, destroyed_port_wakes_receiver);
	ATF_TP_ADD_TC(tp, room_on_a_dying_port);
	ATF_TP_ADD_TC(tp, bad_structures_are_refused);
	return (atf_no_error());
}
