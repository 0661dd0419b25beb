/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The kernel against the model: random operations of a few tasks and their
 * threads, each done to both, and what each returns and leaves compared.
 *
 * An operation whose outcome is the kernel's to choose is done by the kernel
 * first; any other by the model, which can then be put back if the outcome is
 * a matter of chance (model.race), or of this test's own limits (model.full).
 *
 * On a difference the run is repeated with parts of it left out, for as long as
 * the difference stays, and what is left is printed.
 */

#include "driver.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mach/kern_return.h>
#include <mach/notify.h>
#include <mach/port.h>

#include "agent.h"
#include "mach_abi.h"
#include "model.h"

#define	EPOCH	2000		/* operations until everything starts anew */

static struct model model, before;
static struct call call;
static int current;
static bool loud;
static jmp_buf different;
static char difference[256];
static long *performed;		/* operations, by all runs */

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

static void say(const char *, ...)
	    __attribute__((__format__(__printf__, 1, 2)));

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
	fflush(stdout);
}

static void
expect(const char *what, int got, int wanted)
{
	if (got != wanted)
		differ("%s gives %#x, the model %#x", what, (unsigned)got,
		    (unsigned)wanted);
	if (model.why[0] != '\0')
		differ("%s: %s", what, model.why);
}

/* Whether what the model has just done is not to be done to the kernel. */
static bool
undone(void)
{
	if (!model.full && !model.race)
		return (false);
	model = before;
	return (true);
}

static void
do_call(const char *what)
{
	if (!host_call(current, &call))
		differ("%s does not return", what);
}

static int
trap(const char *what, int op, void *args, size_t size)
{
	++*performed;
	call.kind = CALL_TRAP;
	call.op = op;
	call.size = size;
	memcpy(call.args, args, size);
	do_call(what);
	memcpy(args, call.args, size);
	return (call.result);
}

static uint32_t
self(void)
{
	return (model.tasks[current].self);
}

/*
 * What to do things with.
 */

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
		e = &model.tasks[current].entries[pick(pick(MODEL_ENTRIES) +
		    1)];
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

/* Mostly a name of some kind, of a receive right if that is M_PORT. */
static uint32_t
some_name_of(enum m_kind kind)
{
	const struct m_entry *e;
	int i;

	for (i = 0; i < 40 && pick(40) != 0; i++) {
		e = &model.tasks[current].entries[pick(pick(MODEL_ENTRIES) +
		    1)];
		if (e->kind == kind && (kind != M_PORT || e->receive))
			return (e->name);
	}
	return (some_name());
}

static const int dispositions[] = { MACH_MSG_TYPE_MOVE_RECEIVE,
	MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND_ONCE,
	MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND,
	MACH_MSG_TYPE_MAKE_SEND_ONCE };

static int
some_disposition(void)
{
	return (pick(100) == 0 ? 22 : dispositions[pick(6)]);
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
	if (e->receive && pick(12) == 0)
		return (MACH_MSG_TYPE_MOVE_RECEIVE);
	return (pick(2) == 0 ? MACH_MSG_TYPE_MAKE_SEND :
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
}

static uint64_t
some_context(void)
{
	return (pick(3));
}

/* Mostly the port's own guard. */
static uint64_t
some_guard(uint32_t name)
{
	const struct m_entry *e;

	e = model_find(&model, current, name);
	if (e == NULL || e->kind != M_PORT || pick(4) == 0)
		return (some_context());
	return (model.ports[e->port].guarded ? model.ports[e->port].context :
	    0);
}

static uint32_t
some_qlimit(void)
{
	return (pick(30) == 0 ? MACH_PORT_QLIMIT_MAX + 1 : pick(5));
}

/*
 * Names and their rights.
 */

/* A name the kernel has made for an entry of the model's. */
static void
name_entry(struct m_entry *e, uint32_t name)
{
	e->name = MACH_PORT_NULL;
	if (model_find(&model, current, name) != NULL || name == self())
		differ("the new name %#x is in use", name);
	e->name = name;
}

static void
op_allocate(void)
{
	struct mach_port_allocate_args a = { self(), pick(6), 0 };
	struct m_entry *e;
	int kr;

	if (a.right > MACH_PORT_RIGHT_DEAD_NAME)
		a.right = MACH_PORT_RIGHT_RECEIVE;
	e = NULL;
	kr = model_allocate(&model, current, (int)a.right, &e);
	if (undone())
		return;
	expect("allocate", trap("allocate", MACH_TRAP_PORT_ALLOCATE, &a,
	    sizeof(a)), kr);
	say("allocate right %u -> %#x", a.right, a.name);
	if (e != NULL)
		name_entry(e, a.name);
}

static void
op_construct(void)
{
	static const uint32_t flags[] = { MPO_CONTEXT_AS_GUARD, MPO_QLIMIT,
		MPO_INSERT_SEND_RIGHT, MPO_STRICT, MPO_IMMOVABLE_RECEIVE };
	struct mach_port_construct_args a = { self(), 0, some_qlimit(), 0,
		some_context() };
	struct m_entry *e;
	u_int i;
	int kr;

	for (i = 0; i < 5; i++)
		a.flags |= pick(3) == 0 ? flags[i] : 0;
	e = NULL;
	kr = model_construct(&model, current, (int)a.flags, a.qlimit,
	    a.context, &e);
	if (undone())
		return;
	expect("construct", trap("construct", MACH_TRAP_PORT_CONSTRUCT, &a,
	    sizeof(a)), kr);
	say("construct flags %#x limit %u context %ju -> %#x", a.flags,
	    a.qlimit, (uintmax_t)a.context, a.name);
	if (e != NULL)
		name_entry(e, a.name);
}

static void
op_deallocate(void)
{
	struct mach_port_name_args a = { self(), some_name() };
	int kr;

	kr = model_deallocate(&model, current, a.name);
	if (undone())
		return;
	say("deallocate %#x", a.name);
	expect("deallocate", trap("deallocate", MACH_TRAP_PORT_DEALLOCATE, &a,
	    sizeof(a)), kr);
}

static void
op_destroy(void)
{
	struct mach_port_name_args a = { self(), some_name() };
	int kr;

	kr = model_destroy(&model, current, a.name);
	if (undone())
		return;
	say("destroy %#x", a.name);
	expect("destroy", trap("destroy", MACH_TRAP_PORT_DESTROY, &a,
	    sizeof(a)), kr);
}

static void
op_destruct(void)
{
	struct mach_port_destruct_args a = { self(), some_name_of(M_PORT),
		(int)pick(5) - 3, 0, 0 };
	int kr;

	a.guard = some_guard(a.name);
	kr = model_destruct(&model, current, a.name, a.srdelta, a.guard);
	if (undone())
		return;
	say("destruct %#x by %d guard %ju", a.name, a.srdelta,
	    (uintmax_t)a.guard);
	expect("destruct", trap("destruct", MACH_TRAP_PORT_DESTRUCT, &a,
	    sizeof(a)), kr);
}

static void
op_mod_refs(void)
{
	static const int deltas[] = { -1, -1, -1, -2, 1, 2, 0xffff, 0xfffe, 0,
		INT32_MIN };
	struct mach_port_refs_args a = { self(), some_name(), pick(7),
		deltas[pick(10)] };
	int kr;

	kr = model_mod_refs(&model, current, a.name, (int)a.right, a.value);
	if (undone())
		return;
	say("mod_refs %#x right %u by %d", a.name, a.right, a.value);
	expect("mod_refs", trap("mod_refs", MACH_TRAP_PORT_MOD_REFS, &a,
	    sizeof(a)), kr);
}

/* Mostly for the name of the right itself. */
static uint32_t
insert_name(uint32_t right)
{
	switch (pick(12)) {
	case 0:
		return (pick(2) == 0 ? 0x7b : 0x7a);
	case 1:
	case 2:
		return (some_name());
	case 3:
	case 4:
		return ((1 + pick(90)) << 8 | pick(64) << 2 | 3);
	default:
		return (right);
	}
}

static void
op_insert_right(void)
{
	struct mach_port_right_args a = { self(), 0, some_name(), 0 };
	int kr;

	a.disposition = (uint32_t)(pick(2) == 0 ? MACH_MSG_TYPE_MAKE_SEND :
	    fitting_disposition(a.right));
	a.name = insert_name(a.right);
	/* The table of names would have to be that long. */
	if (a.name != MACH_PORT_DEAD && a.name >> 8 > 1000)
		return;
	kr = model_insert_right(&model, current, a.name, a.right,
	    (int)a.disposition);
	if (undone())
		return;
	say("insert_right %#x of %#x disposition %u", a.name, a.right,
	    a.disposition);
	expect("insert_right", trap("insert_right", MACH_TRAP_PORT_INSERT_RIGHT,
	    &a, sizeof(a)), kr);
}

static void
op_extract_right(void)
{
	struct mach_port_right_args a = { self(), some_name(), 0, 0 };
	struct m_right r;
	int kr;

	a.disposition = (uint32_t)fitting_disposition(a.name);
	kr = model_extract_right(&model, current, a.name, (int)a.disposition,
	    &r);
	if (undone())
		return;
	say("extract_right %#x disposition %u", a.name, a.disposition);
	expect("extract_right", trap("extract_right",
	    MACH_TRAP_PORT_EXTRACT_RIGHT, &a, sizeof(a)), kr);
	if (kr != KERN_SUCCESS)
		return;
	if ((int)a.disposition != r.type)
		differ("extract_right gives type %u", a.disposition);
	(void)model_give(&model, current, &r, a.right);
	expect("extract_right", kr, kr);
}

/*
 * Words of a port.
 */

static void
op_guard(void)
{
	struct mach_port_guard_args a = { self(), some_name_of(M_PORT),
		some_context(), some_context(), 0 };
	const char *what;
	int kr, op;

	if (pick(2) == 0)
		a.guard = some_guard(a.name);
	switch (pick(4)) {
	case 0:
		what = "guard";
		op = MACH_TRAP_PORT_GUARD;
		a.flags = (pick(3) == 0 ? MPG_STRICT : 0) |
		    (pick(3) == 0 ? MPG_IMMOVABLE_RECEIVE : 0);
		kr = model_guard(&model, current, a.name, a.guard,
		    (int)a.flags);
		break;
	case 1:
		what = "unguard";
		op = MACH_TRAP_PORT_UNGUARD;
		kr = model_unguard(&model, current, a.name, a.guard);
		break;
	case 2:
		what = "swap_guard";
		op = MACH_TRAP_PORT_SWAP_GUARD;
		kr = model_swap_guard(&model, current, a.name, a.guard,
		    a.new_guard);
		break;
	default:
		what = "set_context";
		op = MACH_TRAP_PORT_SET_CONTEXT;
		kr = model_set_context(&model, current, a.name, a.guard);
		break;
	}
	say("%s %#x: %ju (to %ju, flags %#jx)", what, a.name,
	    (uintmax_t)a.guard, (uintmax_t)a.new_guard, (uintmax_t)a.flags);
	expect(what, trap(what, op, &a, sizeof(a)), kr);
}

static void
op_count(void)
{
	struct mach_port_refs_args a = { self(), some_name_of(M_PORT), 0,
		(int32_t)pick(3) };
	int kr;

	if (pick(2) == 0) {
		kr = model_set_mscount(&model, current, a.name,
		    (uint32_t)a.value);
		if (undone())
			return;
		say("set_mscount %#x to %d", a.name, a.value);
		expect("set_mscount", trap("set_mscount",
		    MACH_TRAP_PORT_SET_MSCOUNT, &a, sizeof(a)), kr);
	} else {
		kr = model_set_seqno(&model, current, a.name,
		    (uint32_t)a.value);
		say("set_seqno %#x to %d", a.name, a.value);
		expect("set_seqno", trap("set_seqno", MACH_TRAP_PORT_SET_SEQNO,
		    &a, sizeof(a)), kr);
	}
}

/* How many threads wait to send to what a name denotes. */
static int
senders_asleep(uint32_t name)
{
	const struct m_entry *e;
	const struct m_waiter *w;
	int i, n, t;

	n = 0;
	e = model_find(&model, current, name);
	for (t = 0; e != NULL && e->kind == M_PORT && t < MODEL_TASKS; t++) {
		for (i = 0; i < MODEL_THREADS; i++) {
			w = &model.tasks[t].waiters[i];
			n += w->used && w->sends && w->port == e->port;
		}
	}
	return (n);
}

static void
op_set_qlimit(void)
{
	struct mach_port_attributes_args a = { self(), some_name_of(M_PORT),
		MACH_PORT_LIMITS_INFO, MACH_PORT_LIMITS_INFO_COUNT,
		{ some_qlimit() } };
	struct m_entry *e;
	int kr;

	/* Which of two is first to send is chance: let in one at a time. */
	if (senders_asleep(a.name) > 1) {
		e = model_find(&model, current, a.name);
		a.info[0] = (uint32_t)model_queued(&model, e->port) + 1;
	}
	kr = model_set_qlimit(&model, current, a.name, a.info[0]);
	if (undone())
		return;
	say("set_qlimit %#x to %u", a.name, a.info[0]);
	expect("set_qlimit", trap("set_qlimit", MACH_TRAP_PORT_SET_ATTRIBUTES,
	    &a, sizeof(a)), kr);
}

/*
 * Sets and requests.
 */

static void
op_member(void)
{
	struct mach_port_member_args a = { self(), some_name_of(M_PORT),
		some_name_of(M_SET) };
	const char *what;
	int kr, op;

	switch (pick(4)) {
	case 0:
		what = "extract_member";
		op = MACH_TRAP_PORT_EXTRACT_MEMBER;
		kr = model_extract_member(&model, current, a.name, a.pset);
		break;
	case 1:
		what = "move_member";
		op = MACH_TRAP_PORT_MOVE_MEMBER;
		if (pick(3) == 0)
			a.pset = MACH_PORT_NULL;
		kr = model_move_member(&model, current, a.name, a.pset);
		break;
	default:
		what = "insert_member";
		op = MACH_TRAP_PORT_INSERT_MEMBER;
		kr = model_insert_member(&model, current, a.name, a.pset);
		break;
	}
	if (undone())
		return;
	say("%s %#x, %#x", what, a.name, a.pset);
	expect(what, trap(what, op, &a, sizeof(a)), kr);
}

static void
op_request(void)
{
	static const int ids[] = { MACH_NOTIFY_PORT_DESTROYED,
		MACH_NOTIFY_NO_SENDERS, MACH_NOTIFY_NO_SENDERS,
		MACH_NOTIFY_DEAD_NAME, MACH_NOTIFY_DEAD_NAME,
		MACH_NOTIFY_SEND_POSSIBLE, MACH_NOTIFY_SEND_POSSIBLE,
		MACH_NOTIFY_PORT_DELETED };
	struct mach_port_notification_args a = { self(), 0, ids[pick(8)],
		pick(3), 0, MACH_MSG_TYPE_MAKE_SEND_ONCE, 0 };
	struct m_right previous;
	int kr;

	a.name = a.msgid == MACH_NOTIFY_PORT_DESTROYED ||
	    a.msgid == MACH_NOTIFY_NO_SENDERS ? some_name_of(M_PORT) :
	    some_name();
	if (a.msgid == MACH_NOTIFY_PORT_DESTROYED && pick(8) != 0)
		a.sync = 0;
	if (pick(4) == 0) {
		a.notify = some_name_of(M_ONCE);
		a.disposition = MACH_MSG_TYPE_MOVE_SEND_ONCE;
	} else {
		a.notify = some_name_of(M_PORT);
	}
	if (pick(8) == 0)
		a.notify = MACH_PORT_NULL;
	if (pick(20) == 0)
		a.disposition = (uint32_t)some_disposition();
	kr = model_request(&model, current, a.name, a.msgid, a.sync, a.notify,
	    (int)a.disposition, &previous);
	if (undone())
		return;
	say("request_notification %#x id %d sync %u to %#x (%u)", a.name,
	    a.msgid, a.sync, a.notify, a.disposition);
	expect("request_notification", trap("request_notification",
	    MACH_TRAP_PORT_REQUEST_NOTIFICATION, &a, sizeof(a)), kr);
	if (kr != KERN_SUCCESS)
		return;
	(void)model_give(&model, current, &previous, a.previous);
	expect("request_notification", kr, kr);
}

/*
 * Messages.
 */

static void
make_memory(struct letter_desc *d)
{
	static const uint32_t sizes[] = { 0, 1, 100, 4096, 5000 };

	d->kind = LETTER_MEMORY;
	d->size = sizes[pick(5)];
	d->first = (uint8_t)(d->size > 0 ? pick(256) : 0);
	d->deallocate = pick(2) == 0;
}

static void
make_desc(struct letter_desc *d)
{
	int i;

	switch (pick(8)) {
	case 0:
		make_memory(d);
		return;
	case 1:
		d->kind = LETTER_RIGHTS;
		d->n = (int)pick(LETTER_NAMES + 1);
		d->deallocate = pick(2) == 0;
		break;
	case 2:
		d->kind = LETTER_GUARDED;
		d->n = 1;
		d->names[0] = some_name_of(M_PORT);
		d->type = MACH_MSG_TYPE_MOVE_RECEIVE;
		d->context = some_guard(d->names[0]);
		d->flags = (pick(2) == 0 ?
		    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND : 0) |
		    (pick(4) == 0 ? MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE : 0);
		return;
	default:
		d->kind = LETTER_RIGHT;
		d->n = 1;
		break;
	}
	d->names[0] = some_name();
	d->type = fitting_disposition(d->names[0]);
	for (i = 1; i < d->n; i++)
		d->names[i] = pick(2) == 0 ? d->names[0] : some_name();
}

static void
make_letter(struct letter *l)
{
	int i;

	memset(l, 0, sizeof(*l));
	l->id = 1000 + (int)pick(1000);
	l->dest.name = some_name();
	l->dest.type = fitting_disposition(l->dest.name);
	if (l->dest.type == MACH_MSG_TYPE_MOVE_RECEIVE && pick(10) != 0)
		l->dest.type = MACH_MSG_TYPE_COPY_SEND;
	if (pick(2) == 0) {
		l->reply.name = some_name();
		l->reply.type = fitting_disposition(l->reply.name);
	}
	if (l->reply.type == MACH_MSG_TYPE_MOVE_RECEIVE && pick(10) != 0)
		l->reply.type = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	l->ndescs = (int)pick(LETTER_DESCS + 1);
	l->complex = l->ndescs > 0 || pick(10) == 0;
	for (i = 0; i < l->ndescs; i++)
		make_desc(&l->descs[i]);
	l->nwords = (int)pick(LETTER_WORDS + 1);
	l->word = l->nwords > 0 ? pick(1000) : 0;
}

static void
say_letter(const char *what, const struct letter *l)
{
	const struct letter_desc *d;

	say("%s to %#x (%d), reply %#x (%d), %d words", what, l->dest.name,
	    l->dest.type, l->reply.name, l->reply.type, l->nwords);
	for (d = l->descs; d < l->descs + l->ndescs; d++) {
		if (d->kind == LETTER_MEMORY)
			say("    %u bytes%s", d->size,
			    d->deallocate ? ", to be deallocated" : "");
		else
			say("    %d %s right %#x %#x %#x (%d) context %ju "
			    "flags %#x", d->n, d->kind == LETTER_GUARDED ?
			    "guarded" : "", d->names[0], d->names[1],
			    d->names[2], d->type, (uintmax_t)d->context,
			    d->flags);
	}
}

static void
op_send(void)
{
	struct m_message *back;
	struct letter l;
	int mr;

	make_letter(&l);
	call.kind = CALL_SEND;
	call.option = MACH_SEND_MSG | MACH_SEND_TIMEOUT |
	    (pick(2) == 0 ? MACH_SEND_NOTIFY : 0);
	mr = model_send(&model, current, &l, call.option, &back);
	if (undone())
		return;
	say_letter(call.option & MACH_SEND_NOTIFY ? "send (notify)" : "send",
	    &l);
	call.letter = l;
	++*performed;
	do_call("send");
	expect("send", call.result, mr);
	if (back != NULL)
		model_return(&model, current, back, &call.letter);
	expect("send", mr, mr);
}

static bool
any_asleep(int task, bool small)
{
	const struct m_waiter *w;
	int i;

	for (i = 0; i < MODEL_THREADS; i++) {
		w = &model.tasks[task].waiters[i];
		if (w->used && !w->sends &&
		    (!small || w->want.room < LETTER_ROOM))
			return (true);
	}
	return (false);
}

/* How to receive: mostly with room for everything. */
static void
some_want(struct m_want *want, bool set)
{
	static const uint32_t rooms[] = { 0, 23, 24, 60, 83, 84, 87, 88, 100,
		140 };

	*want = (struct m_want){ LETTER_ROOM, MACH_RCV_MSG };
	if (pick(3) != 0)
		return;
	want->room = rooms[pick(10)];
	if (pick(4) != 0)
		want->option |= MACH_RCV_LARGE;
	if (pick(2) == 0)
		want->option |= MACH_RCV_LARGE_IDENTITY;
	if (!set)
		return;
	/* Or nobody would know which member it is about. */
	if (want->room < sizeof(mach_msg_header_t))
		want->room = sizeof(mach_msg_header_t);
	if ((want->option & MACH_RCV_LARGE) != 0)
		want->option |= MACH_RCV_LARGE_IDENTITY;
}

static bool
is_set(uint32_t name)
{
	const struct m_entry *e;

	e = model_find(&model, current, name);
	return (e != NULL && e->kind == M_SET);
}

static uint32_t
some_source(void)
{
	return (some_name_of(pick(2) == 0 ? M_SET : M_PORT));
}

static void
op_receive(void)
{
	struct m_want want;
	uint32_t name;
	int mr;

	name = some_source();
	some_want(&want, is_set(name));
	/* Of what there is no room to tell nobody knows what it was. */
	if (want.room < sizeof(mach_msg_header_t) &&
	    (want.option & MACH_RCV_LARGE) == 0)
		want.room = sizeof(mach_msg_header_t);
	/* A message that is destroyed might be in a race with who wakes. */
	if (want.room < LETTER_ROOM && model_asleep(&model) > 0)
		want.option |= MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY;
	say("receive %#x room %u option %#x", name, want.room,
	    (unsigned)want.option);
	call.kind = CALL_RECEIVE;
	call.name = name;
	call.room = want.room;
	call.option = want.option | MACH_RCV_TIMEOUT;
	++*performed;
	do_call("receive");
	mr = model_receive(&model, current, name, &want, &call.letter);
	expect("receive", call.result, mr);
}

/*
 * Sleep.
 */

/* A thread of the current task that is not asleep, or -1. */
static int
free_thread(void)
{
	int i;

	for (i = 0; i < MODEL_THREADS; i++) {
		if (!model.tasks[current].waiters[i].used)
			return (i);
	}
	return (-1);
}

static void
sleep_now(int thread)
{
	++*performed;
	host_start(current, thread, &call);
	if (!host_asleep(model_asleep(&model)))
		differ("the call does not sleep");
}

static void
op_sleep_send(void)
{
	struct letter l;
	int thread;

	thread = free_thread();
	make_letter(&l);
	if (thread == -1 || !model_sleep_send(&model, current, thread, &l) ||
	    undone())
		return;
	say_letter("a thread sends", &l);
	call.kind = CALL_SEND;
	call.option = MACH_SEND_MSG;
	call.letter = l;
	sleep_now(thread);
}

static bool
set_asleep(void)
{
	const struct m_waiter *w;
	int i;

	for (i = 0; i < MODEL_THREADS; i++) {
		w = &model.tasks[current].waiters[i];
		if (w->used && w->set != -1)
			return (true);
	}
	return (false);
}

/*
 * Of receivers with too little room, and of those of two sets with a common
 * member, it is the kernel's choice which looks first.
 */
static bool
may_sleep(uint32_t name, const struct m_want *want)
{
	if (any_asleep(current, true) ||
	    (want->room < LETTER_ROOM && any_asleep(current, false)))
		return (false);
	return (!is_set(name) || !set_asleep());
}

static void
op_sleep_receive(void)
{
	struct m_want want;
	uint32_t name;
	int thread;

	thread = free_thread();
	name = some_source();
	some_want(&want, is_set(name));
	if (thread == -1 || !may_sleep(name, &want) ||
	    !model_sleep_receive(&model, current, thread, name, &want))
		return;
	say("a thread receives %#x room %u option %#x", name, want.room,
	    (unsigned)want.option);
	call.kind = CALL_RECEIVE;
	call.name = name;
	call.room = want.room;
	call.option = want.option;
	sleep_now(thread);
}

static void
finish(int task, int thread)
{
	struct m_waiter *w;
	int was;

	was = current;
	current = task;
	w = &model.tasks[task].waiters[thread];
	if (!host_finish(task, thread, &call))
		differ("thread %d of task %d does not wake with %#x",
		    thread, task, (unsigned)w->result);
	say("a thread is done: %#x", (unsigned)call.result);
	expect("what slept", call.result, w->result);
	(void)model_wake(&model, task, thread, &call.letter);
	expect("what slept", 0, 0);
	current = was;
}

/* Everybody who must be awake by now is, and nobody else. */
static void
collect(void)
{
	bool found;
	int i, t;

	do {
		found = false;
		for (t = 0; t < MODEL_TASKS; t++) {
			for (i = 0; i < MODEL_THREADS; i++) {
				if (!model.tasks[t].waiters[i].done)
					continue;
				finish(t, i);
				found = true;
			}
		}
	} while (found);
	if (!host_asleep(model_asleep(&model)))
		differ("somebody wakes who should not");
}

static void
interrupt(int thread)
{
	if (!model.tasks[current].waiters[thread].used)
		return;
	say("interrupt thread %d", thread);
	++*performed;
	model_interrupt(&model, current, thread);
	host_interrupt(current, thread);
	collect();
}

static void
op_interrupt(void)
{
	interrupt((int)pick(MODEL_THREADS));
}

/*
 * Tasks.
 */

static void
op_bootstrap(void)
{
	struct mach_special_port_args a = { self(), 4, 0 };
	struct m_right r;
	int kr;

	if (pick(2) == 0) {
		a.port = some_name();
		kr = model_set_bootstrap(&model, current, a.port);
		if (undone())
			return;
		say("set_bootstrap %#x", a.port);
		expect("set_bootstrap", trap("set_bootstrap",
		    MACH_TRAP_TASK_SET_SPECIAL_PORT, &a, sizeof(a)), kr);
		return;
	}
	say("get_bootstrap");
	kr = model_get_bootstrap(&model, current, &r);
	expect("get_bootstrap", trap("get_bootstrap",
	    MACH_TRAP_TASK_GET_SPECIAL_PORT, &a, sizeof(a)), kr);
	(void)model_give(&model, current, &r, a.port);
	expect("get_bootstrap", kr, kr);
}

/* What a new task, or a new program in a task, finds out about itself. */
static void
introduce(void)
{
	struct m_task *t;

	call.kind = CALL_SELF;
	do_call("task_self");
	expect("task_self", call.result, KERN_SUCCESS);
	t = &model.tasks[current];
	if (t->who.pid == call.letter.sender.pid &&
	    t->who.version == call.letter.sender.version)
		differ("a new program has the old one's version");
	t->self = call.name;
	t->who = call.letter.sender;
}

static void
wake_all(void)
{
	int i;

	for (i = 0; i < MODEL_THREADS; i++)
		interrupt(i);
}

static void
op_exec(void)
{
	if (pick(4) != 0)
		return;
	wake_all();
	before = model;
	model_exec(&model, current);
	if (undone())
		return;
	say("exec");
	++*performed;
	host_exec(current);
	introduce();
}

/* Ends a task; another is its heir, or has nothing to do with it. */
static void
op_exit(void)
{
	int parent;

	if (pick(4) != 0)
		return;
	wake_all();
	before = model;
	model_exit(&model, current);
	if (undone())
		return;
	say("exit");
	++*performed;
	host_exit(current);
	parent = (current + 1 + (int)pick(MODEL_TASKS)) % MODEL_TASKS;
	if (parent == current) {
		host_task_begin(current);
	} else {
		say("is born again of task %d", parent);
		model_fork(&model, parent, current);
		host_fork(parent, current);
	}
	introduce();
}

/*
 * Comparison.
 */

static void
compare_status(const struct m_entry *e, const struct view_name *n)
{
	static const bool none[MODEL_SETS];
	const struct m_port *p;
	const mach_port_status_t *st;
	u_int flags;

	p = &model.ports[e->port];
	st = &n->status;
	if (st->mps_mscount != p->mscount || st->mps_seqno != p->seqno ||
	    st->mps_msgcount != (u_int)model_queued(&model, e->port) ||
	    (st->mps_srights != 0) != (model_count(&model, e->port,
	    MACH_MSG_TYPE_PORT_SEND) > 0) ||
	    st->mps_sorights != (u_int)model_count(&model, e->port,
	    MACH_MSG_TYPE_PORT_SEND_ONCE))
		differ("%#x has mscount %u, seqno %u, %u messages, sends %d, "
		    "%u onces; the model %u, %u, %d, %d, %d", e->name,
		    st->mps_mscount, st->mps_seqno, st->mps_msgcount,
		    st->mps_srights, st->mps_sorights, p->mscount, p->seqno,
		    model_queued(&model, e->port), model_count(&model, e->port,
		    MACH_MSG_TYPE_PORT_SEND), model_count(&model, e->port,
		    MACH_MSG_TYPE_PORT_SEND_ONCE));
	flags = (p->guarded ? MACH_PORT_STATUS_FLAG_GUARDED : 0) |
	    (p->strict ? MACH_PORT_STATUS_FLAG_STRICT_GUARD : 0) |
	    (p->immovable ? MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE : 0);
	if (st->mps_qlimit != p->qlimit || n->context != p->context ||
	    st->mps_flags != flags || (st->mps_pset != 0) !=
	    (memcmp(p->member, none, sizeof(none)) != 0))
		differ("%#x has limit %u, context %ju, flags %#x, in set %d; "
		    "the model %u, %ju, %#x", e->name, st->mps_qlimit,
		    (uintmax_t)n->context, st->mps_flags, st->mps_pset,
		    p->qlimit, (uintmax_t)p->context, flags);
	if ((st->mps_nsrequest != 0) != (p->no_senders.id != 0) ||
	    (st->mps_pdrequest != 0) != (p->destroyed.id != 0))
		differ("%#x has requests %d and %d", e->name,
		    st->mps_nsrequest, st->mps_pdrequest);
}

static void
compare_members(const struct m_entry *e, const struct view_name *n)
{
	const struct m_entry *member;
	uint32_t i, members;

	members = 0;
	for (i = 0; i < MODEL_PORTS; i++)
		members += model.ports[i].alive &&
		    model.ports[i].member[e->port];
	if (members != n->nmembers)
		differ("set %#x has %u members, in the model %u", e->name,
		    n->nmembers, members);
	for (i = 0; i < n->nmembers; i++) {
		member = model_find(&model, current,
		    call.view.members[n->member + i]);
		if (member == NULL || member->kind != M_PORT ||
		    !member->receive ||
		    !model.ports[member->port].member[e->port])
			differ("set %#x has member %#x", e->name,
			    call.view.members[n->member + i]);
	}
}

static void
compare_name(const struct view_name *n)
{
	const struct m_entry *e;
	int right;

	e = model_find(&model, current, n->name);
	if (e == NULL)
		differ("there is a name %#x", n->name);
	if (n->type != model_type(e))
		differ("%#x is %#x, in the model %#x", e->name, n->type,
		    model_type(e));
	for (right = 0; right < 5; right++) {
		if (n->refs[right] != model_refs(e, right))
			differ("%#x has %u of right %d, in the model %u",
			    e->name, n->refs[right], right,
			    model_refs(e, right));
	}
	if (e->kind == M_PORT && e->receive)
		compare_status(e, n);
	if (e->kind == M_SET)
		compare_members(e, n);
}

/* All names of the current task, and no other. */
static void
compare_task(void)
{
	const struct m_entry *e;
	uint32_t i, n;

	call.kind = CALL_VIEW;
	call.self = self();
	do_call("names");
	expect("names", call.result, KERN_SUCCESS);
	n = 1;
	for (e = model.tasks[current].entries;
	    e < model.tasks[current].entries + MODEL_ENTRIES; e++)
		n += e->kind != M_FREE;
	for (i = 0; i < call.view.count; i++) {
		if (call.view.names[i].name != self())
			compare_name(&call.view.names[i]);
	}
	if (call.view.count != n)
		differ("there are %u names, in the model %u", call.view.count,
		    n);
}

static void
compare_all(void)
{
	for (current = 0; current < MODEL_TASKS; current++)
		compare_task();
}

/*
 * Runs.
 */

/* Names are not to run out. */
static bool
is_crowded(void)
{
	int i, n;

	n = 0;
	for (i = 0; i < MODEL_ENTRIES; i++)
		n += model.tasks[current].entries[i].kind != M_FREE;
	return (n > MODEL_ENTRIES - 20);
}

static void
operation(void)
{
	static void (*const ops[])(void) = { op_allocate, op_allocate,
		op_allocate, op_construct, op_deallocate, op_deallocate,
		op_destroy, op_destroy, op_destruct, op_mod_refs, op_mod_refs,
		op_insert_right, op_insert_right, op_insert_right,
		op_extract_right, op_guard, op_count, op_set_qlimit, op_member,
		op_member, op_member, op_request, op_request, op_request,
		op_send, op_send, op_send, op_send, op_send, op_send, op_send,
		op_receive, op_receive, op_receive, op_receive, op_receive,
		op_sleep_send, op_sleep_send, op_sleep_receive,
		op_sleep_receive, op_interrupt, op_bootstrap, op_exec,
		op_exit };

	current = (int)pick(MODEL_TASKS);
	model_step(&model);
	before = model;
	if (is_crowded())
		op_destroy();
	else
		ops[pick(sizeof(ops) / sizeof(ops[0]))]();
	collect();
}

static void
begin(void)
{
	model_init(&model);
	host_begin();
	for (current = 0; current < MODEL_TASKS; current++) {
		host_task_begin(current);
		introduce();
	}
}

static void
end(void)
{
	const char *counter;

	for (current = 0; current < MODEL_TASKS; current++) {
		wake_all();
		model_exit(&model, current);
		model.race = false;
		host_exit(current);
		collect();
	}
	counter = host_end();
	if (counter != NULL)
		differ("%s is not what it was", counter);
}

/*
 * A run of operations from a seed, without those that `skip' says.  Returns how
 * many were done before a difference, or -1.
 */
static long
run(uint64_t seed, const bool *skip)
{
	static volatile long i;

	i = 0;
	if (setjmp(different) != 0) {
		host_abandon();
		return (i);
	}
	begin();
	for (i = 0; i < EPOCH; i++) {
		if (skip != NULL && skip[i])
			continue;
		state = (seed + (uint64_t)i) * 0x9e3779b97f4a7c15u | 1;
		(void)pick(1), (void)pick(1), (void)pick(1);
		operation();
		if (model.full)
			differ("the model's tables are too small");
		compare_task();
		if (i % 16 == 0)
			compare_all();
	}
	compare_all();
	end();
	return (-1);
}

/*
 * After a difference nothing is as it should be, so each run is a process of
 * its own.
 */
static bool
differs(uint64_t seed, const bool *skip)
{
	int status;
	pid_t pid;

	fflush(stdout);
	host_settle();
	pid = fork();
	if (pid == 0) {
		if (run(seed, skip) < 0)
			_exit(0);
		if (loud || skip == NULL)
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

	host_patience = 2;
	for (w = EPOCH / 2; w >= 1; w /= 2) {
		for (i = 0; i + w <= EPOCH; i += w) {
			if (skip[i])
				continue;
			memset(&skip[i], true, (size_t)w);
			if (!differs(seed, skip))
				memset(&skip[i], false, (size_t)w);
		}
	}
	loud = true;
	(void)differs(seed, skip);
}

bool
driver_run(uint64_t seed, long ops)
{
	uint64_t first;

	if (performed == NULL)
		performed = mmap(NULL, sizeof(*performed), PROT_READ |
		    PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (performed == MAP_FAILED) {
		perror("mmap");
		return (false);
	}
	printf("MODEL_SEED=%ju MODEL_OPS=%ld\n", (uintmax_t)seed, ops);
	*performed = 0;
	for (first = seed << 32; *performed < ops; first += EPOCH) {
		if (!differs(first, NULL))
			continue;
		printf("a difference after %ld operations; this is enough:\n",
		    *performed);
		shrink(first);
		return (false);
	}
	printf("%ld operations\n", *performed);
	return (true);
}

uint64_t
driver_setting(const char *name, uint64_t otherwise)
{
	const char *value;

	value = getenv(name);
	return (value != NULL ? strtoull(value, NULL, 0) : otherwise);
}
