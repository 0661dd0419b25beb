/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The kernel against the model: random operations of three processes, each done
 * to both, and what each returns and leaves compared.  MODEL_SEED and MODEL_OPS
 * change where it starts and how long it goes on.
 *
 * On a difference the run is repeated with parts of it left out, for as long as
 * the difference stays, and what is left is printed.
 */

#include <atf-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machkern.h"
#include "model.h"

#include <mach/notify.h>
#include <mach/port.h>

#define	EPOCH	2000		/* operations until everything starts anew */

struct task {
	struct proc	t_proc;
	struct machkern_thread t_thread;
	uint32_t	t_self;
};

struct message {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	mach_msg_port_descriptor_t desc[MODEL_DESC];
	mach_msg_max_trailer_t trailer;
};

static struct task tasks[MODEL_TASKS];
static struct model model;
static int current;
static pid_t last_pid;
static bool loud;
static jmp_buf different;
static char difference[256];

static uint64_t state;

static uint32_t
pick(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return ((uint32_t)(state >> 32) % n);
}

static void differ(const char *, ...)
	    __attribute__((__noreturn__, __format__(__printf__, 1, 2)));

static void
differ(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(difference, sizeof(difference), format, ap);
	va_end(ap);
	longjmp(different, 1);
}

static void
say(const char *format, ...)
{
	va_list ap;

	if (!loud)
		return;
	printf("    task %d: ", current);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
}

static void
expect(const char *what, int got, int wanted)
{
	if (got != wanted)
		differ("%s gives %#x, the model %#x", what, (u_int)got,
		    (u_int)wanted);
}

static void
be(int task)
{
	current = task;
	hosted_curthread = &tasks[task].t_thread.mt_thread;
}

/*
 * Mostly a name the task has; now and then one it has not.  Some names come up
 * much more often than others, or no queue would ever be full.
 */
static uint32_t
some_name(void)
{
	const struct m_entry *e;
	int i;

	for (i = 0; i < 8; i++) {
		e = &model.entries[current][pick(pick(MODEL_ENTRIES) + 1)];
		if (e->kind != M_FREE)
			return (e->name);
	}
	switch (pick(4)) {
	case 0:
		return (MACH_PORT_DEAD);
	case 1:
		return (0x00fff003 + 4 * pick(4));
	default:
		return (MACH_PORT_NULL);
	}
}

static int
some_disposition(void)
{
	static const int dispositions[] = { MACH_MSG_TYPE_MOVE_RECEIVE,
		MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND_ONCE,
		MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND,
		MACH_MSG_TYPE_MAKE_SEND_ONCE };

	return (dispositions[pick(6)]);
}

/* Mostly one that goes with the name. */
static int
fitting_disposition(uint32_t name)
{
	const struct m_entry *e;

	e = model_find(&model, current, name);
	if (e == NULL || e->kind == M_DEAD || pick(8) == 0)
		return (some_disposition());
	if (e->kind == M_ONCE)
		return (MACH_MSG_TYPE_MOVE_SEND_ONCE);
	if (e->urefs > 0 && pick(2) == 0)
		return (pick(8) == 0 ? MACH_MSG_TYPE_MOVE_SEND :
		    MACH_MSG_TYPE_COPY_SEND);
	if (e->receive && pick(16) == 0)
		return (MACH_MSG_TYPE_MOVE_RECEIVE);
	return (pick(2) == 0 ? MACH_MSG_TYPE_MAKE_SEND :
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
}

static struct m_wish
some_wish(void)
{
	uint32_t name;

	name = some_name();
	return ((struct m_wish){ name, fitting_disposition(name) });
}

static void
op_allocate(void)
{
	struct mach_port_allocate_args a = { tasks[current].t_self,
		MACH_PORT_RIGHT_RECEIVE, 0 };
	struct m_entry *e;

	expect("allocate", machkern_trap(MACH_TRAP_PORT_ALLOCATE, &a,
	    sizeof(a)), KERN_SUCCESS);
	say("allocate -> %#x", a.name);
	if (model_find(&model, current, a.name) != NULL)
		differ("allocate gives a name in use");
	(void)model_allocate(&model, current, &e);
	e->name = a.name;
}

static void
op_deallocate(void)
{
	struct mach_port_name_args a = { tasks[current].t_self, some_name() };

	say("deallocate %#x", a.name);
	expect("deallocate", machkern_trap(MACH_TRAP_PORT_DEALLOCATE, &a,
	    sizeof(a)), model_deallocate(&model, current, a.name));
}

static void
op_destroy(void)
{
	struct mach_port_name_args a = { tasks[current].t_self, some_name() };

	say("destroy %#x", a.name);
	expect("destroy", machkern_trap(MACH_TRAP_PORT_DESTROY, &a, sizeof(a)),
	    model_destroy(&model, current, a.name));
}

static void
op_mod_refs(void)
{
	static const int deltas[] = { -1, -1, -1, -2, 1, 2, 0xffff, 0xfffe };
	struct mach_port_refs_args a = { tasks[current].t_self, some_name(),
		pick(5), deltas[pick(8)] };

	say("mod_refs %#x right %u by %d", a.name, a.right, a.value);
	expect("mod_refs", machkern_trap(MACH_TRAP_PORT_MOD_REFS, &a,
	    sizeof(a)), model_mod_refs(&model, current, a.name, (int)a.right,
	    a.value));
}

static void
op_make_send(void)
{
	struct mach_port_right_args a = { tasks[current].t_self, some_name(), 0,
		MACH_MSG_TYPE_MAKE_SEND };

	a.right = a.name;
	if (a.name == MACH_PORT_NULL || a.name == MACH_PORT_DEAD)
		return;
	/* Of a name it has not it does not even look what right it is. */
	if (model_find(&model, current, a.name) == NULL)
		return;
	say("insert_right %#x make-send", a.name);
	expect("insert_right", machkern_trap(MACH_TRAP_PORT_INSERT_RIGHT, &a,
	    sizeof(a)), model_make_send(&model, current, a.name));
}

static void
op_extract(void)
{
	struct mach_port_right_args a = { tasks[current].t_self, some_name(), 0,
		(uint32_t)some_disposition() };
	struct m_right r;
	int wanted;

	wanted = model_extract(&model, current, a.name, (int)a.disposition, &r);
	say("extract_right %#x disposition %u", a.name, a.disposition);
	expect("extract_right", machkern_trap(MACH_TRAP_PORT_EXTRACT_RIGHT, &a,
	    sizeof(a)), wanted);
	if (wanted != KERN_SUCCESS)
		return;
	if ((int)a.disposition != r.type)
		differ("extract_right gives type %u", a.disposition);
	if (!model_give(&model, current, &r, a.right))
		differ("extract_right gives name %#x", a.right);
}

static void
make_wish(struct m_send *s, struct message *m)
{
	int i;

	memset(s, 0, sizeof(*s));
	s->dest = some_wish();
	if (s->dest.disposition == MACH_MSG_TYPE_MOVE_RECEIVE)
		s->dest.disposition = MACH_MSG_TYPE_COPY_SEND;
	if (pick(2) == 0)
		s->reply = some_wish();
	if (s->reply.disposition == MACH_MSG_TYPE_MOVE_RECEIVE)
		s->reply.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	s->ndesc = (int)pick(MODEL_DESC + 1);
	memset(m, 0, sizeof(*m));
	m->head.msgh_bits = MACH_MSGH_BITS((u_int)s->dest.disposition,
	    (u_int)s->reply.disposition);
	m->head.msgh_remote_port = s->dest.name;
	m->head.msgh_local_port = s->reply.name;
	m->head.msgh_id = 1000;
	if (s->ndesc > 0)
		m->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	m->body.msgh_descriptor_count = (u_int)s->ndesc;
	for (i = 0; i < s->ndesc; i++) {
		s->desc[i] = some_wish();
		m->desc[i].name = s->desc[i].name;
		m->desc[i].disposition = (u_int)s->desc[i].disposition & 0xff;
		m->desc[i].type = MACH_MSG_PORT_DESCRIPTOR;
	}
}

static void
op_send(void)
{
	struct message m;
	struct m_send s;
	uint32_t size;
	int i;

	make_wish(&s, &m);
	say("send to %#x (%d), reply %#x (%d), %d rights", s.dest.name,
	    s.dest.disposition, s.reply.name, s.reply.disposition, s.ndesc);
	for (i = 0; i < s.ndesc; i++)
		say("    right %#x (%d)", s.desc[i].name,
		    s.desc[i].disposition);
	if (model_would_block(&model, current, &s))
		return;
	size = s.ndesc == 0 ? sizeof(mach_msg_header_t) :
	    sizeof(mach_msg_base_t) + (u_int)s.ndesc * sizeof(m.desc[0]);
	expect("send", machkern_msg(&m, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size,
	    0, 0, 0), model_send(&model, current, &s));
}

static void
compare_header(const struct message *m, const struct m_message *k,
    uint32_t name)
{
	if (m->head.msgh_id != (k->notification ? MACH_NOTIFY_SEND_ONCE : 1000))
		differ("received id %d", m->head.msgh_id);
	if (m->head.msgh_local_port != name)
		differ("received on %#x", m->head.msgh_local_port);
	if (m->head.msgh_bits != ((k->ndesc > 0 ? MACH_MSGH_BITS_COMPLEX : 0) |
	    MACH_MSGH_BITS((u_int)k->reply.type, (u_int)k->dest.type)))
		differ("received bits %#x", m->head.msgh_bits);
}

static void
op_receive(void)
{
	struct m_message k;
	struct message m;
	uint32_t name;
	int i, wanted;

	name = some_name();
	wanted = model_receive(&model, current, name, &k);
	memset(&m, 0, sizeof(m));
	say("receive %#x", name);
	expect("receive", machkern_msg(&m, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(m), name, 0), wanted);
	if (wanted != MACH_MSG_SUCCESS)
		return;
	compare_header(&m, &k, name);
	if (!model_give(&model, current, &k.reply, m.head.msgh_remote_port))
		differ("reply port is %#x", m.head.msgh_remote_port);
	for (i = 0; i < k.ndesc; i++) {
		if (!model_give(&model, current, &k.desc[i], m.desc[i].name))
			differ("right %d has name %#x", i, m.desc[i].name);
		if ((int)m.desc[i].disposition != k.desc[i].type)
			differ("right %d is of type %u", i,
			    m.desc[i].disposition);
	}
}

static void
task_begin(int task)
{
	struct mach_name_args self = { 0 };
	struct task *t;

	t = &tasks[task];
	memset(t, 0, sizeof(*t));
	t->t_proc.p_pid = ++last_pid;
	(void)machkern_attach(&t->t_thread, &t->t_proc, 0);
	current = task;
	expect("task_self", machkern_trap(MACH_TRAP_TASK_SELF, &self,
	    sizeof(self)), KERN_SUCCESS);
	t->t_self = self.name;
}

static void
task_end(int task)
{
	be(task);
	hosted_exit(&tasks[task].t_proc);
	machkern_detach(&tasks[task].t_thread);
}

static void
op_exit(void)
{
	if (pick(20) != 0)
		return;
	say("exit");
	model_exit(&model, current);
	task_end(current);
	task_begin(current);
}

static void
compare_refs(const struct m_entry *e)
{
	struct mach_port_refs_args a;
	u_int right;

	for (right = 0; right < 5; right++) {
		a = (struct mach_port_refs_args){ tasks[current].t_self,
		    e->name, right, -1 };
		expect("get_refs", machkern_trap(MACH_TRAP_PORT_GET_REFS, &a,
		    sizeof(a)), KERN_SUCCESS);
		if ((uint32_t)a.value != model_refs(e, (int)right))
			differ("%#x has %d of right %u, the model %u", e->name,
			    a.value, right, model_refs(e, (int)right));
	}
}

static void
compare_port(const struct m_entry *e)
{
	struct mach_port_attributes_args a = { tasks[current].t_self, e->name,
		MACH_PORT_RECEIVE_STATUS, MACH_PORT_RECEIVE_STATUS_COUNT,
		{ 0 } };
	const struct m_port *p;
	mach_port_status_t st;

	expect("get_attributes", machkern_trap(MACH_TRAP_PORT_GET_ATTRIBUTES,
	    &a, sizeof(a)), KERN_SUCCESS);
	memcpy(&st, a.info, sizeof(st));
	p = &model.ports[e->port];
	if (st.mps_mscount != p->mscount ||
	    st.mps_msgcount != (u_int)p->count ||
	    st.mps_srights != (model_senders(&model, e->port) > 0) ||
	    st.mps_sorights != (u_int)model_onces(&model, e->port))
		differ("%#x has mscount %u, %u messages, sends %d, %u onces; "
		    "the model %u, %d, %d, %d", e->name, st.mps_mscount,
		    st.mps_msgcount, st.mps_srights, st.mps_sorights,
		    p->mscount, p->count, model_senders(&model, e->port),
		    model_onces(&model, e->port));
}

static void
compare_entry(const struct m_entry *e)
{
	struct mach_port_type_args a = { tasks[current].t_self, e->name, 0 };

	expect("type", machkern_trap(MACH_TRAP_PORT_TYPE, &a, sizeof(a)),
	    KERN_SUCCESS);
	if (a.type != model_type(e))
		differ("%#x is %#x, the model %#x", e->name, a.type,
		    model_type(e));
	compare_refs(e);
	if (e->kind == M_PORT && e->receive)
		compare_port(e);
}

/* All names of the current task, and no other. */
static void
compare_task(void)
{
	static uint32_t names[256], types[256];
	struct mach_port_names_args a = { tasks[current].t_self, 0,
		(uintptr_t)names, (uintptr_t)types, 256, 0 };
	const struct m_entry *e;
	uint32_t n;

	n = 1;				/* the task's own port */
	for (e = model.entries[current];
	    e < model.entries[current] + MODEL_ENTRIES; e++) {
		if (e->kind == M_FREE)
			continue;
		n++;
		compare_entry(e);
	}
	expect("names", machkern_trap(MACH_TRAP_PORT_NAMES, &a, sizeof(a)),
	    KERN_SUCCESS);
	if (a.count != n)
		differ("there are %u names, in the model %u", a.count, n);
}

static void
operation(void)
{
	static void (*const ops[])(void) = { op_allocate, op_allocate,
		op_deallocate, op_deallocate, op_destroy, op_destroy,
		op_mod_refs, op_make_send,
		op_make_send, op_extract, op_extract, op_send, op_send,
		op_send, op_send, op_send, op_receive, op_receive, op_receive,
		op_receive, op_exit };

	be((int)pick(MODEL_TASKS));
	ops[pick(sizeof(ops) / sizeof(ops[0]))]();
}

static void
compare_all(void)
{
	int t;

	for (t = 0; t < MODEL_TASKS; t++) {
		be(t);
		compare_task();
	}
}

static void
check_counter(const char *name, uint64_t wanted)
{
	uint64_t value;

	value = hosted_sysctl_get(hosted_sysctl_find(name));
	if (value != wanted)
		differ("%s is %ju at the end", name, (uintmax_t)value);
}

/*
 * A run of operations from a seed, without those that `skip' says.  Returns how
 * many were done before a difference, or -1.
 */
static long
run(uint64_t seed, long n, const bool *skip)
{
	static volatile long i;
	int t;

	model_init(&model);
	if (hosted_kldload() != 0)
		return (0);
	i = 0;
	if (setjmp(different) != 0)
		return (i);
	for (t = 0; t < MODEL_TASKS; t++)
		task_begin(t);
	for (i = 0; i < n && !model.full; i++) {
		if (skip != NULL && skip[i])
			continue;
		state = (seed + (uint64_t)i) * 0x9e3779b97f4a7c15u | 1;
		(void)pick(1), (void)pick(1), (void)pick(1);
		operation();
		if (model.full)
			break;
		compare_task();
		if (i % 16 == 0)
			compare_all();
	}
	compare_all();
	for (t = 0; t < MODEL_TASKS; t++)
		task_end(t);
	check_counter("kern.mach.ports", 1);
	check_counter("kern.mach.entries", 0);
	check_counter("kern.mach.kmsgs", 0);
	check_counter("kern.mach.queued", 0);
	check_counter("kern.mach.notifications", 0);
	if (hosted_kldunload() != 0)
		return (n);
	return (-1);
}

/*
 * After a difference the module cannot be unloaded, so each run is a process of
 * its own.
 */
static bool
differs(uint64_t seed, const bool *skip)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (run(seed, EPOCH, skip) < 0)
			_exit(0);
		if (loud)
			printf("    %s\n", difference);
		fflush(stdout);
		_exit(1);
	}
	return (waitpid(pid, &status, 0) == pid && status != 0);
}

static void
shrink(uint64_t seed)
{
	static bool skip[EPOCH];
	long i, w;

	for (w = EPOCH / 2; w >= 1; w /= 2) {
		for (i = 0; i + w <= EPOCH; i += w) {
			if (skip[i])
				continue;
			memset(&skip[i], true, (size_t)w);
			if (!differs(seed, skip))
				memset(&skip[i], false, (size_t)w);
		}
	}
	printf("MODEL_SEED=%ju; this is enough:\n", (uintmax_t)(seed >> 32));
	loud = true;
	(void)differs(seed, skip);
}

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *value;

	value = getenv(name);
	return (value != NULL ? strtoull(value, NULL, 0) : otherwise);
}

ATF_TC_WITHOUT_HEAD(kernel_does_as_the_model);
ATF_TC_BODY(kernel_does_as_the_model, tc)
{
	uint64_t seed;
	long left;

	seed = setting("MODEL_SEED", 1) << 32;
	for (left = (long)setting("MODEL_OPS", 10000); left > 0;
	    left -= EPOCH) {
		if (differs(seed, NULL)) {
			shrink(seed);
			atf_tc_fail("the kernel and the model differ");
		}
		seed += EPOCH;
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kernel_does_as_the_model);
	return (atf_no_error());
}
