/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Sixteen threads of four processes at once on the same few ports and sets:
 * senders, receivers, rights on their way, memberships, guards, signals,
 * births, destruction.  What each call comes to is anybody's guess; what is
 * left at the end is not.  It finds most under ThreadSanitizer.  STRESS_STEPS
 * changes how much each thread does.
 */

#include <atf-c.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "machkern.h"

#define	NPROCS		4
#define	NTHREADS	16
#define	NNAMES		16	/* a process's names, shared by its threads */

#define	RIGHT_RECEIVE	1
#define	RIGHT_SET	3

struct process {
	struct proc	p_proc;
	uint32_t	p_names[NNAMES];	/* atomic */
	uint32_t	p_self;
};

struct worker {
	pthread_t	w_thread;
	struct process	*w_process;
	uint64_t	w_state;
	long		w_steps;
	struct machkern_thread w_kern;
};

struct message {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_ports_descriptor_t array;
	char		room[128];
};

static struct process procs[NPROCS];
static struct worker workers[NTHREADS];
static pthread_barrier_t begun, done;
static pid_t last_pid = 1000;		/* atomic */

static uint32_t
pick(struct worker *w, uint32_t n)
{
	w->w_state ^= w->w_state << 13;
	w->w_state ^= w->w_state >> 7;
	w->w_state ^= w->w_state << 17;
	return ((uint32_t)(w->w_state >> 32) % n);
}

static uint32_t
name(struct worker *w)
{
	return (__atomic_load_n(&w->w_process->p_names[pick(w, NNAMES)],
	    __ATOMIC_RELAXED));
}

static void
put_name(struct worker *w, uint32_t n)
{
	if (n != MACH_PORT_NULL && n != MACH_PORT_DEAD)
		__atomic_store_n(&w->w_process->p_names[pick(w, NNAMES)], n,
		    __ATOMIC_RELAXED);
}

static void
allocate(struct worker *w)
{
	struct mach_port_allocate_args a = { w->w_process->p_self,
	    pick(w, 4) == 0 ? RIGHT_SET : RIGHT_RECEIVE, 0 };

	if (machkern_trap(MACH_TRAP_PORT_ALLOCATE, &a, sizeof(a)) ==
	    KERN_SUCCESS)
		put_name(w, a.name);
}

static void
insert(struct worker *w)
{
	struct mach_port_right_args a = { w->w_process->p_self, name(w), 0,
	    MACH_MSG_TYPE_MAKE_SEND };

	a.right = a.name;
	(void)machkern_trap(MACH_TRAP_PORT_INSERT_RIGHT, &a, sizeof(a));
}

static void
drop(struct worker *w)
{
	struct mach_port_name_args a = { w->w_process->p_self, name(w) };

	(void)machkern_trap(pick(w, 4) == 0 ? MACH_TRAP_PORT_DESTROY :
	    MACH_TRAP_PORT_DEALLOCATE, &a, sizeof(a));
}

static void
member(struct worker *w)
{
	static const int ops[] = { MACH_TRAP_PORT_INSERT_MEMBER,
		MACH_TRAP_PORT_EXTRACT_MEMBER, MACH_TRAP_PORT_MOVE_MEMBER };
	struct mach_port_member_args a = { w->w_process->p_self, name(w),
	    name(w) };

	(void)machkern_trap(ops[pick(w, 3)], &a, sizeof(a));
}

static void
request(struct worker *w)
{
	static const int ids[] = { 69, 70, 72, 66 };
	struct mach_port_notification_args a = { w->w_process->p_self, name(w),
	    ids[pick(w, 4)], pick(w, 2), name(w),
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, 0 };

	if (a.msgid == 69)
		a.sync = 0;
	if (machkern_trap(MACH_TRAP_PORT_REQUEST_NOTIFICATION, &a, sizeof(a)) ==
	    KERN_SUCCESS)
		put_name(w, a.previous);
}

static void
limit(struct worker *w)
{
	struct mach_port_attributes_args a = { w->w_process->p_self, name(w),
	    1, 1, { pick(w, 4) } };

	(void)machkern_trap(MACH_TRAP_PORT_SET_ATTRIBUTES, &a, sizeof(a));
}

static void
guard(struct worker *w)
{
	static const int ops[] = { MACH_TRAP_PORT_GUARD,
		MACH_TRAP_PORT_UNGUARD, MACH_TRAP_PORT_SWAP_GUARD,
		MACH_TRAP_PORT_SET_CONTEXT };
	struct mach_port_guard_args g = { w->w_process->p_self, name(w),
	    pick(w, 2), pick(w, 2), 0 };
	struct mach_port_destruct_args d = { w->w_process->p_self, name(w),
	    -(int)pick(w, 2), 0, pick(w, 2) };

	if (pick(w, 4) == 0)
		(void)machkern_trap(MACH_TRAP_PORT_DESTRUCT, &d, sizeof(d));
	else
		(void)machkern_trap(ops[pick(w, 4)], &g, sizeof(g));
}

static void
extract(struct worker *w)
{
	static const uint8_t how[] = { MACH_MSG_TYPE_MOVE_RECEIVE,
		MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE };
	struct mach_port_right_args a = { w->w_process->p_self, name(w), 0,
	    how[pick(w, 3)] };

	if (machkern_trap(MACH_TRAP_PORT_EXTRACT_RIGHT, &a, sizeof(a)) ==
	    KERN_SUCCESS)
		put_name(w, a.right);
}

/* What others look at while all this goes on. */
static void
look(struct worker *w)
{
	uint64_t room[64];
	struct mach_port_names_args n = { .task = w->w_process->p_self,
		.name = name(w), .names = (uintptr_t)room, .capacity = 32 };
	struct mach_inspect_args i = { .task = w->w_process->p_self,
		.pid = (int32_t)pick(w, NPROCS + 1), .buffer = (uintptr_t)room,
		.capacity = 4 };

	switch (pick(w, 3)) {
	case 0:
		(void)machkern_trap(MACH_TRAP_PORT_NAMES, &n, sizeof(n));
		break;
	case 1:
		(void)machkern_trap(MACH_TRAP_PORT_GET_SET_STATUS, &n,
		    sizeof(n));
		break;
	default:
		(void)machkern_trap(MACH_TRAP_INSPECT, &i, sizeof(i));
		break;
	}
}

/* A signal for somebody. */
static void
interrupt(struct worker *w)
{
	machkern_interrupt(&workers[pick(w, NTHREADS)].w_kern);
}

/* A child of this process, which looks up its bootstrap port and ends. */
static void
child(struct worker *w)
{
	struct mach_special_port_args b = { 0, 4, 0 };
	struct machkern_thread thread;
	struct mach_name_args self = { 0 };
	struct proc p;

	memset(&p, 0, sizeof(p));
	p.p_pid = __atomic_add_fetch(&last_pid, 1, __ATOMIC_RELAXED);
	hosted_fork(&w->w_process->p_proc, &p);
	if (machkern_attach(&thread, &p, 0) == 0) {
		(void)machkern_trap(MACH_TRAP_TASK_SELF, &self, sizeof(self));
		b.task = self.name;
		(void)machkern_trap(MACH_TRAP_TASK_GET_SPECIAL_PORT, &b,
		    sizeof(b));
		hosted_exit(&p);
		machkern_detach(&thread);
	}
	hosted_curthread = &w->w_kern.mt_thread;
}

/* The names in a message, whose memory is given up. */
static void
take_body(struct worker *w, const struct message *m)
{
	uint32_t *names;
	u_int i;

	put_name(w, m->port.name);
	names = m->array.address;
	for (i = 0; names != NULL && i < m->array.count; i++)
		put_name(w, names[i]);
	if (names != NULL)
		(void)munmap(names, m->array.count * sizeof(names[0]));
}

static void
send(struct worker *w)
{
	static const uint8_t dispositions[] = { MACH_MSG_TYPE_MOVE_RECEIVE,
		MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_COPY_SEND,
		MACH_MSG_TYPE_MAKE_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE };
	struct message m;
	mach_msg_return_t mr;
	uint32_t names[2];
	bool complex;

	memset(&m, 0, sizeof(m));
	complex = pick(w, 2) == 0;
	m.head.msgh_bits = MACH_MSGH_BITS(pick(w, 2) == 0 ?
	    MACH_MSG_TYPE_COPY_SEND : MACH_MSG_TYPE_MAKE_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	m.head.msgh_remote_port = name(w);
	m.head.msgh_local_port = name(w);
	if (complex) {
		m.head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		m.body.msgh_descriptor_count = 2;
		m.port.name = name(w);
		m.port.disposition = dispositions[pick(w, 5)];
		m.port.type = MACH_MSG_PORT_DESCRIPTOR;
		names[0] = name(w);
		names[1] = MACH_PORT_NULL;
		m.array.address = names;
		m.array.count = pick(w, 3);
		m.array.disposition = dispositions[pick(w, 5)];
		m.array.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	}
	mr = machkern_msg(&m, MACH_SEND_MSG | MACH_SEND_TIMEOUT |
	    (pick(w, 8) == 0 ? MACH_SEND_NOTIFY : 0),
	    complex ? offsetof(struct message, room) : sizeof(m.head), 0, 0,
	    pick(w, 3));
	/* What came back keeps its name here, or has a new one. */
	if (mr == MACH_SEND_TIMED_OUT) {
		put_name(w, m.head.msgh_local_port);
		if (complex)
			take_body(w, &m);
	}
}

static void
receive(struct worker *w)
{
	struct message m;

	memset(&m, 0, sizeof(m));
	if (machkern_msg(&m, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
	    (pick(w, 8) == 0 ? MACH_RCV_LARGE : 0), 0,
	    pick(w, 8) == 0 ? sizeof(m.head) : sizeof(m), name(w),
	    pick(w, 3)) != MACH_MSG_SUCCESS)
		return;
	put_name(w, m.head.msgh_remote_port);
	if ((m.head.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0 &&
	    m.body.msgh_descriptor_count == 2)
		take_body(w, &m);
	else if ((m.head.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0)
		put_name(w, m.port.name);
}

/* The bootstrap port is how names get from one process to another's child. */
static void
special(struct worker *w)
{
	struct mach_special_port_args a = { w->w_process->p_self, 4, name(w) };

	if (pick(w, 2) == 0) {
		(void)machkern_trap(MACH_TRAP_TASK_SET_SPECIAL_PORT, &a,
		    sizeof(a));
		return;
	}
	if (machkern_trap(MACH_TRAP_TASK_GET_SPECIAL_PORT, &a, sizeof(a)) ==
	    KERN_SUCCESS)
		put_name(w, a.port);
}

static void
step(struct worker *w)
{
	static void (*const ops[])(struct worker *) = { allocate, allocate,
		insert, insert, drop, member, member, request, limit, special,
		send, send, send, send, receive, receive, receive, receive,
		guard, extract, look, interrupt, child };

	ops[pick(w, sizeof(ops) / sizeof(ops[0]))](w);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	int error;

	error = machkern_attach(&w->w_kern, &w->w_process->p_proc, 0);
	/* From here to there anybody may be interrupted. */
	pthread_barrier_wait(&begun);
	while (error == 0 && w->w_steps-- > 0)
		step(w);
	pthread_barrier_wait(&done);
	if (error == 0)
		machkern_detach(&w->w_kern);
	return (error == 0 ? NULL : arg);
}

static void
in_process(struct process *p, void (*fn)(struct process *))
{
	struct machkern_thread thread;

	ATF_REQUIRE_EQ(0, machkern_attach(&thread, &p->p_proc, 0));
	fn(p);
	machkern_detach(&thread);
}

/* All processes start with the same bootstrap port, the first one's. */
static void
begin(struct process *p)
{
	struct mach_name_args a = { 0 };

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_TASK_SELF, &a, sizeof(a)));
	p->p_self = a.name;
}

static void
found(struct process *p)
{
	struct mach_port_allocate_args a;
	struct mach_port_right_args r;
	struct mach_special_port_args s;
	int i;

	begin(p);
	a = (struct mach_port_allocate_args){ p->p_self, RIGHT_RECEIVE, 0 };
	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_ALLOCATE, &a, sizeof(a)));
	r = (struct mach_port_right_args){ p->p_self, a.name, a.name,
	    MACH_MSG_TYPE_MAKE_SEND };
	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_INSERT_RIGHT, &r, sizeof(r)));
	s = (struct mach_special_port_args){ p->p_self, 4, a.name };
	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_TASK_SET_SPECIAL_PORT, &s, sizeof(s)));
	p->p_names[0] = a.name;
	for (i = 1; i < NPROCS; i++) {
		procs[i].p_proc.p_pid = i + 1;
		hosted_fork(&p->p_proc, &procs[i].p_proc);
	}
}

static void
finish(struct process *p)
{
	hosted_exit(&p->p_proc);
}

static void
check_counter(const char *variable, uint64_t wanted)
{
	ATF_CHECK_EQ_MSG(wanted, hosted_sysctl_get(hosted_sysctl_find(
	    variable)), "%s is %ju", variable,
	    (uintmax_t)hosted_sysctl_get(hosted_sysctl_find(variable)));
}

ATF_TC_WITHOUT_HEAD(sixteen_threads);
ATF_TC_BODY(sixteen_threads, tc)
{
	const char *steps;
	void *failed;
	int i;

	ATF_REQUIRE_EQ(0, hosted_kldload());
	steps = getenv("STRESS_STEPS");
	ATF_REQUIRE_EQ(0, pthread_barrier_init(&begun, NULL, NTHREADS));
	ATF_REQUIRE_EQ(0, pthread_barrier_init(&done, NULL, NTHREADS));
	procs[0].p_proc.p_pid = 1;
	in_process(&procs[0], found);
	for (i = 1; i < NPROCS; i++)
		in_process(&procs[i], begin);
	for (i = 0; i < NTHREADS; i++) {
		workers[i].w_process = &procs[i % NPROCS];
		workers[i].w_state = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15u;
		workers[i].w_steps = steps != NULL ? atol(steps) : 5000;
		ATF_REQUIRE_EQ(0, pthread_create(&workers[i].w_thread, NULL,
		    work, &workers[i]));
	}
	for (i = 0; i < NTHREADS; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(workers[i].w_thread, &failed));
		ATF_CHECK(failed == NULL);
	}
	for (i = 0; i < NPROCS; i++)
		in_process(&procs[i], finish);
	check_counter("kern.mach.tasks", 0);
	check_counter("kern.mach.ports", 1);
	check_counter("kern.mach.psets", 0);
	check_counter("kern.mach.entries", 0);
	check_counter("kern.mach.names", 0);
	check_counter("kern.mach.kmsgs", 0);
	check_counter("kern.mach.requests", 0);
	check_counter("kern.mach.notifications", 0);
	check_counter("kern.mach.members", 0);
	check_counter("kern.mach.queued", 0);
	check_counter("kern.mach.bytes", 0);
	check_counter("kern.mach.waiting", 0);
	ATF_CHECK_EQ(0, hosted_kldunload());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sixteen_threads);
	return (atf_no_error());
}
