/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Who gets which bootstrap port: over fork and exec, from a thread for one
 * child, from the host, and never from another jail.
 */

#include <sys/jail.h>
#include <sys/osd.h>

#include <atf-c.h>
#include <string.h>

#include "common.h"

static struct prison jail = { .pr_id = 7 }, other_jail = { .pr_id = 8 };

/* Root, in a jail of its own choice, as one process with one thread. */
struct player {
	struct proc	proc;
	struct machkern_thread thread;
};

static void
enter(struct player *p, pid_t pid, struct prison *pr)
{
	p->proc.p_pid = pid;
	ATF_REQUIRE_EQ(0, machkern_attach(&p->thread, &p->proc, 0));
	p->thread.mt_cred.cr_prison = pr;
}

static void
play(struct player *p)
{
	hosted_curthread = &p->thread.mt_thread;
}

static void
leave(struct player *p)
{
	play(p);
	hosted_exit(&p->proc);
	machkern_detach(&p->thread);
}

/* Its child, which the calling thread plays from now on. */
static void
fork_child(struct player *parent, struct player *child)
{
	child->proc.p_pid = parent->proc.p_pid + 1;
	play(parent);
	hosted_fork(&parent->proc, &child->proc);
	enter(child, child->proc.p_pid, parent->thread.mt_cred.cr_prison);
}

static mach_port_name_t
host_self(void)
{
	struct mach_name_args a = { 0 };

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_HOST_SELF, &a, sizeof(a)));
	return (a.name);
}

static kern_return_t
set_default(mach_port_name_t port)
{
	struct mach_special_port_args a = { host_self(), BOOTSTRAP, port };

	return (machkern_trap(MACH_TRAP_HOST_SET_SPECIAL_PORT, &a,
	    sizeof(a)));
}

static kern_return_t
set_spawn(mach_port_name_t port)
{
	struct mach_port_name_args a = { task_self(), port };

	return (machkern_trap(MACH_TRAP_SPAWN_BOOTSTRAP, &a, sizeof(a)));
}

static void
start(void)
{
	ATF_REQUIRE_EQ(0, hosted_kldload());
}

static void
stop(void)
{
	ATF_CHECK_EQ(0, variable("kern.mach.entries"));
	ATF_CHECK_EQ(0, variable("kern.mach.kmsgs"));
	ATF_REQUIRE_EQ(0, hosted_kldunload());
	ATF_CHECK_EQ(0, variable("kern.mach.ports"));
}

ATF_TC_WITHOUT_HEAD(spawn_is_for_one_child);
ATF_TC_BODY(spawn_is_for_one_child, tc)
{
	struct player child, parent, second;
	mach_port_name_t own, spawned;

	memset(&child, 0, sizeof(child));
	memset(&parent, 0, sizeof(parent));
	memset(&second, 0, sizeof(second));
	start();
	enter(&parent, 10, &prison0);
	own = make_port();
	spawned = make_port();
	set_bootstrap(own);
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(spawned));
	/* The parent's own is not changed by that. */
	ATF_CHECK_EQ(own, get_bootstrap());
	fork_child(&parent, &child);
	send_empty(get_bootstrap(), 1);
	leave(&child);
	fork_child(&parent, &second);
	send_empty(get_bootstrap(), 2);
	leave(&second);
	play(&parent);
	ATF_CHECK_EQ(1, take_empty(spawned));
	ATF_CHECK_EQ(2, take_empty(own));
	leave(&parent);
	stop();
}

ATF_TC_WITHOUT_HEAD(spawn_is_of_one_thread);
ATF_TC_BODY(spawn_is_of_one_thread, tc)
{
	struct machkern_thread other;
	struct player child, parent;
	mach_port_name_t own, spawned;

	memset(&child, 0, sizeof(child));
	memset(&parent, 0, sizeof(parent));
	start();
	enter(&parent, 10, &prison0);
	own = make_port();
	spawned = make_port();
	set_bootstrap(own);
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(spawned));
	/* Another thread forks first. */
	ATF_REQUIRE_EQ(0, machkern_attach(&other, &parent.proc, 0));
	hosted_fork(&parent.proc, &child.proc);
	machkern_detach(&other);
	enter(&child, 11, &prison0);
	send_empty(get_bootstrap(), 1);
	leave(&child);
	play(&parent);
	ATF_CHECK_EQ(1, take_empty(own));
	leave(&parent);
	stop();
}

ATF_TC_WITHOUT_HEAD(spawn_ends_with_its_thread);
ATF_TC_BODY(spawn_ends_with_its_thread, tc)
{
	struct machkern_thread other;
	struct player child, parent;
	mach_port_name_t own, spawned;

	memset(&child, 0, sizeof(child));
	memset(&parent, 0, sizeof(parent));
	start();
	enter(&parent, 10, &prison0);
	own = make_port();
	spawned = make_port();
	set_bootstrap(own);
	ATF_REQUIRE_EQ(0, machkern_attach(&other, &parent.proc, 0));
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(spawned));
	machkern_detach(&other);
	play(&parent);
	/* It can be set again, taken back, and not to what is no service. */
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(spawned));
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(spawned));
	ATF_CHECK_EQ(KERN_INVALID_CAPABILITY, set_spawn(task_self()));
	ATF_CHECK_EQ(KERN_INVALID_CAPABILITY, set_default(host_self()));
	ATF_CHECK_EQ(KERN_INVALID_NAME, set_spawn(0x7f03));
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(MACH_PORT_NULL));
	fork_child(&parent, &child);
	send_empty(get_bootstrap(), 1);
	leave(&child);
	play(&parent);
	ATF_CHECK_EQ(1, take_empty(own));
	/* A program that is replaced takes its wish with it. */
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(spawned));
	set_bootstrap(MACH_PORT_NULL);
	hosted_exec(&parent.proc);
	memset(&child, 0, sizeof(child));
	fork_child(&parent, &child);
	ATF_CHECK_EQ(MACH_PORT_NULL, get_bootstrap());
	leave(&child);
	leave(&parent);
	stop();
}

ATF_TC_WITHOUT_HEAD(each_jail_has_its_default);
ATF_TC_BODY(each_jail_has_its_default, tc)
{
	struct player inside, outside;
	mach_port_name_t in, out;

	memset(&inside, 0, sizeof(inside));
	memset(&outside, 0, sizeof(outside));
	start();
	enter(&outside, 10, &prison0);
	out = make_port();
	ATF_CHECK_EQ(KERN_SUCCESS, set_default(out));
	ATF_CHECK_EQ(out, get_bootstrap());
	enter(&inside, 20, &jail);
	ATF_CHECK_EQ(MACH_PORT_NULL, get_bootstrap());
	in = make_port();
	ATF_CHECK_EQ(KERN_SUCCESS, set_default(in));
	ATF_CHECK_EQ(in, get_bootstrap());
	play(&outside);
	ATF_CHECK_EQ(out, get_bootstrap());
	/* Whoever is not root sets none, in either. */
	outside.thread.mt_cred.cr_uid = 1001;
	ATF_CHECK_EQ(KERN_NO_ACCESS, set_default(out));
	inside.thread.mt_cred.cr_uid = 1001;
	play(&inside);
	ATF_CHECK_EQ(KERN_NO_ACCESS, set_default(in));
	leave(&inside);
	leave(&outside);
	stop();
}

/* The number of a jail that is gone may be given to another. */
ATF_TC_WITHOUT_HEAD(removed_jail_leaves_nothing);
ATF_TC_BODY(removed_jail_leaves_nothing, tc)
{
	struct player server, stranger;
	mach_port_name_t port;

	memset(&server, 0, sizeof(server));
	memset(&stranger, 0, sizeof(stranger));
	start();
	enter(&server, 10, &jail);
	port = make_port();
	ATF_CHECK_EQ(KERN_SUCCESS, set_default(port));
	ATF_CHECK_EQ(0, osd_jail_call(&other_jail, PR_METHOD_REMOVE, NULL));
	ATF_CHECK_EQ(port, get_bootstrap());
	ATF_CHECK_EQ(0, osd_jail_call(&jail, PR_METHOD_REMOVE, NULL));
	enter(&stranger, 20, &jail);
	ATF_CHECK_EQ(MACH_PORT_NULL, get_bootstrap());
	leave(&stranger);
	leave(&server);
	stop();
}

/* One port may serve two jails; when it dies, neither keeps it. */
ATF_TC_WITHOUT_HEAD(dead_default_is_let_go);
ATF_TC_BODY(dead_default_is_let_go, tc)
{
	struct mach_port_name_args a = { 0 };
	struct player server;
	uint64_t ports;

	memset(&server, 0, sizeof(server));
	start();
	enter(&server, 10, &prison0);
	a.task = task_self();
	ports = variable("kern.mach.ports");
	a.name = make_port();
	ATF_CHECK_EQ(KERN_SUCCESS, set_default(a.name));
	server.thread.mt_cred.cr_prison = &jail;
	ATF_CHECK_EQ(KERN_SUCCESS, set_default(a.name));
	ATF_CHECK_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_DESTROY, &a, sizeof(a)));
	ATF_CHECK_EQ(ports, variable("kern.mach.ports"));
	ATF_CHECK_EQ(MACH_PORT_NULL, get_bootstrap());
	leave(&server);
	stop();
}

/* Of a server that has died, not the host's in its place. */
ATF_TC_WITHOUT_HEAD(dead_port_is_not_replaced);
ATF_TC_BODY(dead_port_is_not_replaced, tc)
{
	struct player child, parent, second, server;
	struct mach_port_name_args a = { 0 };

	memset(&child, 0, sizeof(child));
	memset(&parent, 0, sizeof(parent));
	memset(&second, 0, sizeof(second));
	memset(&server, 0, sizeof(server));
	start();
	enter(&server, 10, &prison0);
	ATF_CHECK_EQ(KERN_SUCCESS, set_default(make_port()));
	enter(&parent, 20, &prison0);
	a.task = task_self();
	a.name = make_port();
	set_bootstrap(a.name);
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(a.name));
	ATF_CHECK_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_DESTROY, &a, sizeof(a)));
	ATF_CHECK_EQ(MACH_PORT_DEAD, get_bootstrap());
	/* The first child has what was set for it, the second inherits. */
	fork_child(&parent, &child);
	ATF_CHECK_EQ(MACH_PORT_DEAD, get_bootstrap());
	leave(&child);
	fork_child(&parent, &second);
	ATF_CHECK_EQ(MACH_PORT_DEAD, get_bootstrap());
	/* In a jail neither is anything: its own default is. */
	second.thread.mt_cred.cr_prison = &jail;
	ATF_CHECK_EQ(MACH_PORT_NULL, get_bootstrap());
	leave(&second);
	play(&parent);
	set_bootstrap(MACH_PORT_NULL);
	ATF_CHECK(MACH_PORT_VALID(get_bootstrap()));
	leave(&parent);
	leave(&server);
	stop();
}

/* Neither the task's port nor the next child's goes into a jail. */
ATF_TC_WITHOUT_HEAD(nothing_goes_into_a_jail);
ATF_TC_BODY(nothing_goes_into_a_jail, tc)
{
	struct player child, parent;
	mach_port_name_t port;

	memset(&child, 0, sizeof(child));
	memset(&parent, 0, sizeof(parent));
	start();
	enter(&parent, 10, &prison0);
	port = make_port();
	ATF_CHECK_EQ(KERN_SUCCESS, set_default(port));
	set_bootstrap(port);
	ATF_CHECK_EQ(KERN_SUCCESS, set_spawn(port));
	parent.thread.mt_cred.cr_prison = &jail;
	ATF_CHECK_EQ(MACH_PORT_NULL, get_bootstrap());
	fork_child(&parent, &child);
	ATF_CHECK_EQ(MACH_PORT_NULL, get_bootstrap());
	leave(&child);
	memset(&child, 0, sizeof(child));
	fork_child(&parent, &child);
	ATF_CHECK_EQ(MACH_PORT_NULL, get_bootstrap());
	leave(&child);
	/* What it sets inside is the jail's. */
	play(&parent);
	set_bootstrap(port);
	ATF_CHECK_EQ(port, get_bootstrap());
	leave(&parent);
	stop();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, spawn_is_for_one_child);
	ATF_TP_ADD_TC(tp, spawn_is_of_one_thread);
	ATF_TP_ADD_TC(tp, spawn_ends_with_its_thread);
	ATF_TP_ADD_TC(tp, each_jail_has_its_default);
	ATF_TP_ADD_TC(tp, removed_jail_leaves_nothing);
	ATF_TP_ADD_TC(tp, dead_default_is_let_go);
	ATF_TP_ADD_TC(tp, dead_port_is_not_replaced);
	ATF_TP_ADD_TC(tp, nothing_goes_into_a_jail);
	return (atf_no_error());
}
