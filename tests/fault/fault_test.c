/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Whatever can fail does, once in every place: memory of the process that is
 * not there, out-of-line memory that there is not enough of, descriptors, slots
 * of the kernel, and every limit of the module's own.  What the caller is told
 * is an error that says so, a message that was not sent has taken nothing, and
 * when the processes are gone nothing is left.
 */

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "scenarios.h"

/* More places than any scenario has. */
#define	PLACES_MAX	400u

static const char *running;
static u_int place;
static u_int refused;		/* for want of something */
static bool tried[MACH_TRAP_OP_MAX];

void
stage_on(struct stage *st, int who)
{
	hosted_curthread = &st->thread[who].mt_thread;
}

/* Traps tell of failure by these and no others. */
static bool
is_shortage(kern_return_t kr)
{
	switch (kr) {
	case KERN_RESOURCE_SHORTAGE:
	case KERN_NO_SPACE:
		refused++;
		return (true);
	case KERN_SUCCESS:
	case KERN_INVALID_ADDRESS:
		return (true);
	/* What follows from an earlier failure: the name was never made. */
	case KERN_INVALID_NAME:
	case KERN_INVALID_RIGHT:
	case KERN_INVALID_CAPABILITY:
	case KERN_INVALID_VALUE:
	case KERN_INVALID_ARGUMENT:
	case KERN_INVALID_TASK:
	case KERN_INVALID_HOST:
	case KERN_NOT_IN_SET:
		return (true);
	/* Descriptors: the errno says which. */
	case KERN_FAILURE:
		refused++;
		return (true);
	default:
		return (false);
	}
}

kern_return_t
stage_trap(struct stage *st, int op, void *args, size_t size)
{
	kern_return_t kr;

	(void)st;
	tried[op] = true;
	kr = machkern_trap(op, args, size);
	ATF_CHECK_MSG(is_shortage(kr), "%s, failure %u: trap %d returns %d",
	    running, place, op, kr);
	return (kr);
}

static bool
is_message_result(mach_msg_return_t mr)
{
	switch (mr & ~MACH_MSG_MASK) {
	case MACH_SEND_NO_BUFFER:
	case MACH_RCV_HEADER_ERROR:
	case MACH_RCV_BODY_ERROR:
		refused++;
		return (true);
	case MACH_MSG_SUCCESS:
	case MACH_SEND_INVALID_DATA:
	case MACH_SEND_INVALID_MEMORY:
	case MACH_SEND_TIMED_OUT:
	case MACH_RCV_INVALID_DATA:
	case MACH_RCV_TIMED_OUT:
	case MACH_RCV_TOO_LARGE:
	/* What follows from an earlier failure. */
	case MACH_SEND_INVALID_DEST:
	case MACH_SEND_INVALID_REPLY:
	case MACH_SEND_INVALID_RIGHT:
	case MACH_RCV_INVALID_NAME:
		return (true);
	default:
		return (false);
	}
}

/* A task's names, what they are and how often. */
struct snapshot {
	uint32_t	count;
	uint32_t	names[64], types[64], refs[64];
};

static void
take_snapshot(struct stage *st, struct snapshot *s)
{
	struct mach_port_names_args n = { .capacity = 64 };
	struct mach_port_refs_args r;
	u_int left;
	uint32_t i;
	int who;

	who = hosted_curthread == &st->thread[0].mt_thread ? 0 : 1;
	left = hosted_fault_pause();
	memset(s, 0, sizeof(*s));
	n.task = st->self[who];
	n.names = (uintptr_t)s->names;
	n.types = (uintptr_t)s->types;
	ATF_REQUIRE_EQ(KERN_SUCCESS, machkern_trap(MACH_TRAP_PORT_NAMES, &n,
	    sizeof(n)));
	s->count = n.count;
	ATF_REQUIRE(n.count <= 64);
	for (i = 0; i < n.count; i++) {
		r = (struct mach_port_refs_args){ st->self[who], s->names[i],
		    MACH_PORT_RIGHT_SEND, 0 };
		ATF_REQUIRE_EQ(KERN_SUCCESS, machkern_trap(
		    MACH_TRAP_PORT_GET_REFS, &r, sizeof(r)));
		s->refs[i] = (uint32_t)r.value;
	}
	hosted_fault_resume(left);
}

/* A send that is refused before it can block has changed nothing. */
static bool
is_atomic(mach_msg_return_t mr)
{
	return (mr == MACH_SEND_INVALID_DATA ||
	    mr == MACH_SEND_INVALID_MEMORY || mr == MACH_SEND_INVALID_DEST ||
	    mr == MACH_SEND_INVALID_REPLY || mr == MACH_SEND_INVALID_RIGHT);
}

mach_msg_return_t
stage_msg(struct stage *st, void *msg, int option, uint32_t send_size,
    uint32_t rcv_size, uint32_t rcv_name)
{
	struct snapshot after, before;
	mach_msg_return_t mr;

	take_snapshot(st, &before);
	mr = machkern_msg(msg, option, send_size, rcv_size, rcv_name, 0);
	ATF_CHECK_MSG(is_message_result(mr),
	    "%s, failure %u: mach_msg returns %#x", running, place,
	    (u_int)mr);
	if (is_atomic(mr)) {
		take_snapshot(st, &after);
		ATF_CHECK_MSG(memcmp(&before, &after, sizeof(after)) == 0,
		    "%s, failure %u: a send that returned %#x took something",
		    running, place, (u_int)mr);
	}
	return (mr);
}

static uint64_t
variable(const char *name)
{
	return (hosted_sysctl_get(hosted_sysctl_find(name)));
}

/* Two processes, the second with a send right to a port of the first. */
static void
stage_up(struct stage *st, uid_t uid)
{
	struct mach_special_port_args b;
	struct mach_port_allocate_args a;
	struct mach_port_right_args r;
	struct mach_name_args self = { 0 };
	int i;

	memset(st, 0, sizeof(*st));
	for (i = 0; i < 2; i++) {
		st->proc[i].p_pid = 10 + i;
		if (i == 1)
			hosted_fork(&st->proc[0], &st->proc[1]);
		ATF_REQUIRE_EQ(0, machkern_attach(&st->thread[i],
		    &st->proc[i], i == 0 ? uid : 1000));
		ATF_REQUIRE_EQ(0, machkern_trap(MACH_TRAP_TASK_SELF, &self,
		    sizeof(self)));
		st->self[i] = self.name;
		if (i == 1)
			break;
		a = (struct mach_port_allocate_args){ self.name,
		    MACH_PORT_RIGHT_RECEIVE, 0 };
		ATF_REQUIRE_EQ(0, machkern_trap(MACH_TRAP_PORT_ALLOCATE, &a,
		    sizeof(a)));
		r = (struct mach_port_right_args){ self.name, a.name, a.name,
		    MACH_MSG_TYPE_MAKE_SEND };
		ATF_REQUIRE_EQ(0, machkern_trap(MACH_TRAP_PORT_INSERT_RIGHT,
		    &r, sizeof(r)));
		b = (struct mach_special_port_args){ self.name, 4, a.name };
		ATF_REQUIRE_EQ(0, machkern_trap(
		    MACH_TRAP_TASK_SET_SPECIAL_PORT, &b, sizeof(b)));
		st->link[0] = a.name;
	}
	b = (struct mach_special_port_args){ st->self[1], 4, 0 };
	ATF_REQUIRE_EQ(0, machkern_trap(MACH_TRAP_TASK_GET_SPECIAL_PORT, &b,
	    sizeof(b)));
	st->link[1] = b.port;
}

static void
stage_down(struct stage *st)
{
	static const char *const zero[] = { "tasks", "psets", "entries",
		"kmsgs", "requests", "members", "queued", "bytes", "names",
		"notifications", "watches", "fileports", "waiting" };
	char name[64];
	uint64_t value;
	size_t i;
	int who;

	for (who = 0; who < 2; who++) {
		stage_on(st, who);
		hosted_exit(&st->proc[who]);
		machkern_detach(&st->thread[who]);
	}
	for (i = 0; i < nitems(zero); i++) {
		snprintf(name, sizeof(name), "kern.mach.%s", zero[i]);
		value = variable(name);
		ATF_CHECK_MSG(value == 0, "%s, failure %u leaves %s %ju",
		    running, place, name, (uintmax_t)value);
	}
	ATF_CHECK_MSG(variable("kern.mach.ports") == 1,
	    "%s, failure %u leaves ports", running, place);
}

/* Every call out of the module that may fail, in turn. */
static void
fail_everywhere(const struct scenario *sc)
{
	struct stage st;
	bool fired;

	running = sc->name;
	for (place = 1; place < PLACES_MAX; place++) {
		stage_up(&st, sc->uid);
		(void)hosted_fault_set(place);
		sc->run(&st);
		fired = hosted_fault_set(0);
		stage_down(&st);
		if (!fired)
			break;
	}
	ATF_CHECK_MSG(place > 5, "%s: nothing in it can fail", sc->name);
	ATF_CHECK_MSG(place < PLACES_MAX, "%s does not end", sc->name);
	printf("%s: %u failures\n", sc->name, place - 1);
}

ATF_TC_WITHOUT_HEAD(calls);
ATF_TC_BODY(calls, tc)
{
	const struct scenario *sc;

	int op;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	for (sc = scenarios; sc->name != NULL; sc++)
		fail_everywhere(sc);
	for (op = MACH_TRAP_TASK_SELF; op < MACH_TRAP_OP_MAX; op++)
		ATF_CHECK_MSG(tried[op], "no scenario tries trap %d", op);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

#define	STEPS	24

/* How far a step goes: bytes are charged by the message and by the page. */
static uint64_t
height(const char *what)
{
	if (strcmp(what, "bytes") == 0)
		return (place / 8 * 4096 + place % 8 * 128);
	return (place * (strcmp(what, "names") == 0 ? 16 : 1));
}

/*
 * One limit, from what there is already upwards, so that the n-th thing it is
 * about is one too many.
 */
static void
limit_everywhere(const char *what, const char *max)
{
	const struct scenario *sc;
	struct hosted_sysctl *hs;
	char count[64], name[64];
	struct stage st;
	uint64_t now, old;

	snprintf(count, sizeof(count), "kern.mach.%s", what);
	snprintf(name, sizeof(name), "kern.mach.max_%s", max);
	hs = hosted_sysctl_find(name);
	ATF_REQUIRE(hs != NULL);
	old = hosted_sysctl_get(hs);
	refused = 0;
	for (sc = scenarios; sc->name != NULL; sc++) {
		running = sc->name;
		for (place = 0; place < STEPS; place++) {
			stage_up(&st, sc->uid);
			now = max == what ? variable(count) : 0;
			ATF_REQUIRE_EQ(0, hosted_sysctl_set(hs,
			    now + height(what)));
			sc->run(&st);
			ATF_REQUIRE_EQ(0, hosted_sysctl_set(hs, old));
			stage_down(&st);
		}
	}
	ATF_CHECK_MSG(refused > 0, "%s never refused anything", name);
	printf("%s: %u refusals\n", name, refused);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	static const char *const what[] = { "ports", "psets", "members",
		"queued", "bytes", "names", "notifications", "fileports" };
	char max[64];
	size_t i;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	for (i = 0; i < nitems(what); i++) {
		limit_everywhere(what[i], what[i]);
		snprintf(max, sizeof(max), "%s_per_user", what[i]);
		limit_everywhere(what[i], max);
	}
	limit_everywhere("names", "names_per_task");
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

/* A load that fails at any step is undone, and the next one succeeds. */
ATF_TC_WITHOUT_HEAD(loading);
ATF_TC_BODY(loading, tc)
{
	u_int n;
	int error;

	hosted_free_filter = -12;
	for (n = 1; n < 20; n++) {
		(void)hosted_fault_set(n);
		error = hosted_kldload();
		if (!hosted_fault_set(0)) {
			ATF_REQUIRE_EQ(0, error);
			break;
		}
		/* Without a filter it loads, and says that there is none. */
		if (error == 0) {
			ATF_CHECK_EQ(0, variable("kern.mach.evfilt"));
			ATF_REQUIRE_EQ(0, hosted_kldunload());
		} else {
			ATF_CHECK_EQ(ENFILE, error);
			ATF_CHECK(hosted_filter == NULL);
			ATF_CHECK_EQ(0, hosted_handlers());
		}
		ATF_REQUIRE_EQ(0, hosted_kldload());
		ATF_CHECK_EQ(1, variable("kern.mach.ports"));
		ATF_REQUIRE_EQ(0, hosted_kldunload());
	}
	ATF_CHECK_MSG(n > 3, "nothing failed");
	ATF_REQUIRE_EQ(0, hosted_kldunload());
	ATF_CHECK_EQ(0, hosted_handlers());
}

ATF_TP_ADD_TCS(tp)
{
	signal(SIGPIPE, SIG_IGN);
	ATF_TP_ADD_TC(tp, calls);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, loading);
	return (atf_no_error());
}
