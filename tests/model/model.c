/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Tasks, names, rights, sets and requests; see model.h.
 */

#include "model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/notify.h>
#include <mach/port.h>

#define	UREFS_MAX	0xffffu

#define	SEND		MACH_MSG_TYPE_PORT_SEND
#define	SEND_ONCE	MACH_MSG_TYPE_PORT_SEND_ONCE
#define	RECEIVE		MACH_MSG_TYPE_PORT_RECEIVE

static const struct m_request no_request = { .notify = -1 };

void
model_differ(struct model *m, const char *format, ...)
{
	va_list ap;

	if (m->why[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(m->why, sizeof(m->why), format, ap);
	va_end(ap);
}

void
model_init(struct model *m)
{
	int t;

	memset(m, 0, sizeof(*m));
	for (t = 0; t < MODEL_TASKS; t++)
		m->tasks[t].bootstrap =
		    (struct m_right){ -1, MACH_PORT_NULL, SEND };
}

void
model_step(struct model *m)
{
	m->step++;
}

/*
 * Names.
 */

struct m_entry *
model_find(struct model *m, int task, uint32_t name)
{
	struct m_entry *e;
	int i;

	for (i = 0; i < MODEL_ENTRIES; i++) {
		e = &m->tasks[task].entries[i];
		if (e->kind != M_FREE && e->name == name)
			return (e);
	}
	return (NULL);
}

/* The name of send rights to a port, and of its receive right. */
static struct m_entry *
find_port(struct model *m, int task, int port)
{
	struct m_entry *e;
	int i;

	for (i = 0; i < MODEL_ENTRIES; i++) {
		e = &m->tasks[task].entries[i];
		if (e->kind == M_PORT && e->port == port)
			return (e);
	}
	return (NULL);
}

/* Whether a name's index is that of a name in use. */
static bool
index_in_use(struct model *m, int task, uint32_t name)
{
	struct m_entry *e;
	int i;

	for (i = 0; i < MODEL_ENTRIES; i++) {
		e = &m->tasks[task].entries[i];
		if (e->kind != M_FREE && e->name >> 8 == name >> 8)
			return (true);
	}
	return (m->tasks[task].self >> 8 == name >> 8);
}

static struct m_entry *
new_entry(struct model *m, int task, enum m_kind kind, int port)
{
	static struct m_entry spare;
	struct m_entry *e;
	int i;

	e = &spare;
	for (i = 0; i < MODEL_ENTRIES; i++) {
		e = &m->tasks[task].entries[i];
		if (e->kind == M_FREE)
			break;
	}
	if (i == MODEL_ENTRIES) {
		m->full = true;
		e = &spare;
	}
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	e->port = port;
	e->request = no_request;
	return (e);
}

/* A name goes; who asked about it hears of that. */
static void
free_entry(struct model *m, struct m_entry *e)
{
	model_post(m, &e->request, MACH_NOTIFY_PORT_DELETED, e->name);
	e->kind = M_FREE;
}

/* Frees a name that denotes nothing any more. */
static void
free_if_empty(struct model *m, struct m_entry *e)
{
	if (!e->receive && e->urefs == 0)
		free_entry(m, e);
}

/* A name that must be of a receive right. */
static int
find_receive(struct model *m, int task, uint32_t name, struct m_entry **ep)
{
	struct m_entry *e;

	e = model_find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind != M_PORT || !e->receive)
		return (KERN_INVALID_RIGHT);
	*ep = e;
	return (KERN_SUCCESS);
}

uint32_t
model_type(const struct m_entry *e)
{
	uint32_t request;

	request = 0;
	if (e->request.id == MACH_NOTIFY_DEAD_NAME)
		request = MACH_PORT_TYPE_DNREQUEST;
	else if (e->request.id == MACH_NOTIFY_SEND_POSSIBLE)
		request = MACH_PORT_TYPE_SPREQUEST;
	switch (e->kind) {
	case M_PORT:
		return (request | (e->receive ? MACH_PORT_TYPE_RECEIVE : 0) |
		    (e->urefs > 0 ? MACH_PORT_TYPE_SEND : 0));
	case M_ONCE:
		return (request | MACH_PORT_TYPE_SEND_ONCE);
	case M_SET:
		return (MACH_PORT_TYPE_PORT_SET);
	default:
		return (MACH_PORT_TYPE_DEAD_NAME);
	}
}

uint32_t
model_refs(const struct m_entry *e, int right)
{
	switch (right) {
	case MACH_PORT_RIGHT_SEND:
		return (e->kind == M_PORT ? e->urefs : 0);
	case MACH_PORT_RIGHT_RECEIVE:
		return (e->kind == M_PORT && e->receive);
	case MACH_PORT_RIGHT_SEND_ONCE:
		return (e->kind == M_ONCE);
	case MACH_PORT_RIGHT_PORT_SET:
		return (e->kind == M_SET);
	case MACH_PORT_RIGHT_DEAD_NAME:
		return (e->kind == M_DEAD ? e->urefs : 0);
	default:
		return (0);
	}
}

/*
 * How many rights to a port there are.
 */

static int
in_message(const struct m_message *k, int port, int type)
{
	int i, n;

	if (k->place == M_NOWHERE)
		return (0);
	n = (k->dest.port == port && k->dest.type == type) +
	    (k->reply.port == port && k->reply.type == type);
	for (i = 0; i < k->nrights; i++)
		n += k->rights[i].port == port && k->rights[i].type == type;
	return (n);
}

/* A task has one send right, however many references to it. */
static int
in_task(const struct m_task *t, int port, int type)
{
	const struct m_entry *e;
	int n;

	n = type == SEND && t->bootstrap.port == port;
	for (e = t->entries; e < t->entries + MODEL_ENTRIES; e++) {
		if (e->kind == M_FREE)
			continue;
		n += type == SEND_ONCE && e->request.id != 0 &&
		    e->request.notify == port;
		if (e->port == port)
			n += type == SEND ? e->kind == M_PORT && e->urefs > 0 :
			    e->kind == M_ONCE;
	}
	return (n);
}

/* Send or send-once rights, wherever they are. */
int
model_count(const struct model *m, int port, int type)
{
	int i, n;

	n = 0;
	for (i = 0; i < MODEL_MESSAGES; i++)
		n += in_message(&m->messages[i], port, type);
	for (i = 0; i < MODEL_TASKS; i++)
		n += in_task(&m->tasks[i], port, type);
	for (i = 0; i < MODEL_PORTS; i++) {
		if (!m->ports[i].alive || type != SEND_ONCE)
			continue;
		n += m->ports[i].no_senders.id != 0 &&
		    m->ports[i].no_senders.notify == port;
		n += m->ports[i].destroyed.id != 0 &&
		    m->ports[i].destroyed.notify == port;
	}
	return (n);
}

/* Has a port no senders any more, and had as many as somebody said? */
static void
check_senders(struct model *m, int port)
{
	struct m_port *p;

	p = &m->ports[port];
	if (p->alive && p->no_senders.id != 0 &&
	    p->mscount >= p->no_senders.sync && model_count(m, port, SEND) == 0)
		model_post(m, &p->no_senders, MACH_NOTIFY_NO_SENDERS,
		    p->mscount);
}

/*
 * The life of a port.
 */

static int
new_port(struct model *m)
{
	struct m_port *p;
	int i;

	for (i = 0; i < MODEL_PORTS - 1 && m->ports[i].alive; i++)
		;
	m->full |= m->ports[i].alive;
	p = &m->ports[i];
	memset(p, 0, sizeof(*p));
	p->alive = true;
	p->task = -1;
	p->transit = -1;
	p->qlimit = MACH_PORT_QLIMIT_DEFAULT;
	p->no_senders = p->destroyed = no_request;
	return (i);
}

/*
 * The receive right leaves a task, to travel or to die.  Sets, receivers,
 * counts and guard stay behind; queue and senders go with it.
 */
static void
detach(struct model *m, int port)
{
	struct m_port *p;

	p = &m->ports[port];
	memset(p->member, 0, sizeof(p->member));
	p->task = -1;
	p->mscount = 0;
	p->seqno = 0;
	if (p->guarded)
		p->context = 0;
	p->guarded = p->strict = p->immovable = false;
	model_wake_dead(m, port, -1);
	model_post(m, &p->no_senders, MACH_NOTIFY_SEND_ONCE, 0);
}

/* A right to a port that has died is MACH_PORT_DEAD to whoever gets it. */
static void
right_dies(struct model *m, struct m_message *k, struct m_right *r, int port)
{
	if (r->port != port)
		return;
	r->port = -1;
	r->special = MACH_PORT_DEAD;
	/* Who gets it may have been faster. */
	m->race |= k->place == M_HANDED || k->place == M_RETURNED;
}

static void
forget_request(struct m_request *r, int port)
{
	if (r->notify == port)
		r->notify = -1;
}

static void
forget_in_task(struct model *m, struct m_task *t, int port)
{
	struct m_entry *e;

	if (t->bootstrap.port == port)
		t->bootstrap = (struct m_right){ -1, MACH_PORT_DEAD, SEND };
	for (e = t->entries; e < t->entries + MODEL_ENTRIES; e++) {
		if (e->kind == M_FREE)
			continue;
		forget_request(&e->request, port);
		if ((e->kind != M_PORT && e->kind != M_ONCE) || e->port != port)
			continue;
		if (e->kind == M_ONCE)
			e->urefs = 1;
		/* Who asked has one more reference with the notification. */
		if (e->request.id != 0 && e->urefs < UREFS_MAX)
			e->urefs++;
		model_post(m, &e->request, MACH_NOTIFY_DEAD_NAME, e->name);
		e->kind = M_DEAD;
		e->port = -1;
	}
}

/* Nobody has the receive right any more. */
static void
die(struct model *m, int port)
{
	struct m_message *k;
	int i, r;

	m->ports[port].alive = false;
	model_doom_queue(m, port);
	for (i = 0; i < MODEL_TASKS; i++)
		forget_in_task(m, &m->tasks[i], port);
	for (i = 0; i < MODEL_PORTS; i++) {
		forget_request(&m->ports[i].no_senders, port);
		forget_request(&m->ports[i].destroyed, port);
	}
	for (i = 0; i < MODEL_MESSAGES; i++) {
		k = &m->messages[i];
		if (k->place == M_NOWHERE)
			continue;
		right_dies(m, k, &k->dest, port);
		right_dies(m, k, &k->reply, port);
		for (r = 0; r < k->nrights; r++)
			right_dies(m, k, &k->rights[r], port);
	}
	model_refuse(m, port);
}

/* The receive right is destroyed, unless somebody has asked to have it then. */
static void
kill_port(struct model *m, int port)
{
	detach(m, port);
	if (m->ports[port].destroyed.id != 0)
		model_post_port(m, port);
	else
		die(m, port);
}

/* A right ends that no task has. */
void
model_release(struct model *m, struct m_right *r)
{
	struct m_request unused;
	struct m_right was;

	was = *r;
	r->port = -1;
	if (was.port == -1)
		return;
	switch (was.type) {
	case RECEIVE:
		kill_port(m, was.port);
		break;
	case SEND:
		check_senders(m, was.port);
		break;
	default:
		unused = (struct m_request){ MACH_NOTIFY_SEND_ONCE, was.port,
		    0, false };
		model_post(m, &unused, MACH_NOTIFY_SEND_ONCE, 0);
		break;
	}
}

/*
 * Making names, and dropping what they denote.
 */

int
model_allocate(struct model *m, int task, int right, struct m_entry **ep)
{
	int s;

	switch (right) {
	case MACH_PORT_RIGHT_RECEIVE:
		return (model_construct(m, task, 0, 0, 0, ep));
	case MACH_PORT_RIGHT_PORT_SET:
		for (s = 0; s < MODEL_SETS - 1 && m->sets[s].alive; s++)
			;
		m->full |= m->sets[s].alive;
		m->sets[s] = (struct m_set){ .alive = true };
		*ep = new_entry(m, task, M_SET, s);
		return (KERN_SUCCESS);
	case MACH_PORT_RIGHT_DEAD_NAME:
		*ep = new_entry(m, task, M_DEAD, -1);
		(*ep)->urefs = 1;
		return (KERN_SUCCESS);
	default:
		return (KERN_INVALID_VALUE);
	}
}

int
model_construct(struct model *m, int task, int flags, uint32_t qlimit,
    uint64_t context, struct m_entry **ep)
{
	struct m_port *p;

	if ((flags & MPO_QLIMIT) != 0 && qlimit > MACH_PORT_QLIMIT_MAX)
		return (KERN_INVALID_VALUE);
	*ep = new_entry(m, task, M_PORT, new_port(m));
	(*ep)->receive = true;
	p = &m->ports[(*ep)->port];
	p->task = task;
	p->context = context;
	p->guarded = (flags & MPO_CONTEXT_AS_GUARD) != 0;
	p->strict = p->guarded && (flags & MPO_STRICT) != 0;
	p->immovable = (flags & MPO_IMMOVABLE_RECEIVE) != 0;
	if ((flags & MPO_QLIMIT) != 0)
		p->qlimit = qlimit;
	if ((flags & MPO_INSERT_SEND_RIGHT) != 0)
		(*ep)->urefs = p->mscount = 1;
	return (KERN_SUCCESS);
}

/* Takes `n' references of what a name denotes besides a receive right. */
static void
drop(struct model *m, struct m_entry *e, uint32_t n)
{
	struct m_right once;

	if (e->kind == M_ONCE) {
		once = (struct m_right){ e->port, 0, SEND_ONCE };
		free_entry(m, e);
		model_release(m, &once);
		return;
	}
	e->urefs -= n;
	free_if_empty(m, e);
	if (e->urefs == 0 && e->port != -1)
		check_senders(m, e->port);
}

static void
drop_receive(struct model *m, struct m_entry *e)
{
	e->receive = false;
	m->ports[e->port].task = -1;
	free_if_empty(m, e);
	kill_port(m, e->port);
}

static void
drop_set(struct model *m, struct m_entry *e)
{
	int i;

	m->sets[e->port].alive = false;
	for (i = 0; i < MODEL_PORTS; i++)
		m->ports[i].member[e->port] = false;
	model_wake_dead(m, -1, e->port);
	e->kind = M_FREE;
}

/* Everything under a name, the receive right first. */
static void
drop_all(struct model *m, struct m_entry *e)
{
	struct m_entry was;

	was = *e;
	if (was.kind == M_SET) {
		drop_set(m, e);
	} else if (was.kind == M_PORT && was.receive) {
		e->receive = false;
		e->urefs = 0;
		m->ports[was.port].task = -1;
		free_entry(m, e);
		kill_port(m, was.port);
		if (was.urefs > 0)
			check_senders(m, was.port);
	} else {
		drop(m, e, was.urefs);
	}
}

int
model_deallocate(struct model *m, int task, uint32_t name)
{
	struct m_entry *e;

	e = model_find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind == M_PORT && e->urefs == 0)
		return (KERN_INVALID_RIGHT);
	if (e->kind == M_SET)
		drop_set(m, e);
	else
		drop(m, e, 1);
	model_settle(m);
	return (KERN_SUCCESS);
}

int
model_destroy(struct model *m, int task, uint32_t name)
{
	struct m_entry *e;

	e = model_find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind == M_PORT && e->receive && m->ports[e->port].guarded)
		return (KERN_INVALID_RIGHT);
	drop_all(m, e);
	model_settle(m);
	return (KERN_SUCCESS);
}

int
model_mod_refs(struct model *m, int task, uint32_t name, int right, int delta)
{
	struct m_entry *e;
	int64_t has;
	bool counted;

	if (right < 0 || right >= (int)MACH_PORT_RIGHT_NUMBER)
		return (KERN_INVALID_VALUE);
	e = model_find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	has = model_refs(e, right);
	if (has == 0)
		return (KERN_INVALID_RIGHT);
	counted = right == MACH_PORT_RIGHT_SEND ||
	    right == MACH_PORT_RIGHT_DEAD_NAME;
	if (has + delta < 0 || (delta > 0 && !counted))
		return (KERN_INVALID_VALUE);
	if (has + delta > UREFS_MAX)
		return (KERN_UREFS_OVERFLOW);
	if (delta >= 0) {
		e->urefs += (uint32_t)delta;
		return (KERN_SUCCESS);
	}
	if (right == MACH_PORT_RIGHT_RECEIVE && m->ports[e->port].guarded)
		return (KERN_INVALID_RIGHT);
	if (right == MACH_PORT_RIGHT_RECEIVE)
		drop_receive(m, e);
	else if (right == MACH_PORT_RIGHT_PORT_SET)
		drop_set(m, e);
	else
		drop(m, e, (uint32_t)-delta);
	model_settle(m);
	return (KERN_SUCCESS);
}

int
model_destruct(struct model *m, int task, uint32_t name, int srdelta,
    uint64_t guard)
{
	struct m_entry *e;
	struct m_port *p;
	int kr;

	kr = find_receive(m, task, name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	p = &m->ports[e->port];
	if (srdelta > 0)
		return (KERN_INVALID_VALUE);
	if (srdelta < 0 && e->urefs == 0)
		return (KERN_INVALID_RIGHT);
	if (-(int64_t)srdelta > (int64_t)e->urefs)
		return (KERN_INVALID_VALUE);
	if (guard != (p->guarded ? p->context : 0))
		return (KERN_INVALID_ARGUMENT);
	e->urefs -= (uint32_t)-srdelta;
	drop_receive(m, e);
	if (e->urefs == 0)
		check_senders(m, e->port);
	model_settle(m);
	return (KERN_SUCCESS);
}

/*
 * Taking rights out of a task.
 */

/* What right a disposition makes, or 0 if it is none. */
int
model_type_of(int disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return (RECEIVE);
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MAKE_SEND:
		return (SEND);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return (SEND_ONCE);
	default:
		return (0);
	}
}

static int
take_dead(struct model *m, struct m_entry *e, int disposition,
    struct m_right *r)
{
	if (disposition != MACH_MSG_TYPE_COPY_SEND &&
	    disposition != MACH_MSG_TYPE_MOVE_SEND &&
	    disposition != MACH_MSG_TYPE_MOVE_SEND_ONCE)
		return (KERN_INVALID_RIGHT);
	r->special = MACH_PORT_DEAD;
	if (disposition != MACH_MSG_TYPE_COPY_SEND) {
		e->urefs--;
		free_if_empty(m, e);
	}
	return (KERN_SUCCESS);
}

static int
take_send(struct model *m, struct m_entry *e, int disposition)
{
	if (e->kind != M_PORT || e->urefs == 0)
		return (KERN_INVALID_RIGHT);
	if (disposition == MACH_MSG_TYPE_MOVE_SEND) {
		e->urefs--;
		free_if_empty(m, e);
	}
	return (KERN_SUCCESS);
}

/* A guarded port travels only in a descriptor that shows its guard. */
static bool
may_move(const struct m_port *p, const struct letter_desc *guarded)
{
	bool unguarded;

	if (p->immovable)
		return (false);
	if (guarded == NULL)
		return (!p->guarded);
	unguarded = (guarded->flags &
	    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND) != 0;
	return (p->guarded ? !unguarded && p->context == guarded->context :
	    unguarded);
}

static int
take_receive(struct model *m, struct m_entry *e,
    const struct letter_desc *guarded)
{
	if (e->kind != M_PORT || !e->receive ||
	    !may_move(&m->ports[e->port], guarded))
		return (KERN_INVALID_RIGHT);
	detach(m, e->port);
	e->receive = false;
	free_if_empty(m, e);
	return (KERN_SUCCESS);
}

int
model_take(struct model *m, int task, uint32_t name, int disposition,
    const struct letter_desc *guarded, struct m_right *r)
{
	struct m_entry *e;

	*r = (struct m_right){ -1, name, model_type_of(disposition) };
	if (r->type == 0)
		return (KERN_INVALID_VALUE);
	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_SUCCESS);
	e = model_find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind == M_DEAD)
		return (take_dead(m, e, disposition, r));
	if (e->kind == M_SET)
		return (KERN_INVALID_RIGHT);
	r->port = e->port;
	switch (disposition) {
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		if (e->kind != M_PORT || !e->receive)
			return (KERN_INVALID_RIGHT);
		m->ports[e->port].mscount +=
		    disposition == MACH_MSG_TYPE_MAKE_SEND;
		return (KERN_SUCCESS);
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MOVE_SEND:
		return (take_send(m, e, disposition));
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		if (e->kind != M_ONCE)
			return (KERN_INVALID_RIGHT);
		free_entry(m, e);
		return (KERN_SUCCESS);
	default:
		return (take_receive(m, e, guarded));
	}
}

int
model_extract_right(struct model *m, int task, uint32_t name, int disposition,
    struct m_right *r)
{
	int kr;

	kr = model_take(m, task, name, disposition, NULL, r);
	model_settle(m);
	return (kr);
}

/*
 * Putting rights into a task.
 */

static void
add_right(struct model *m, int task, struct m_entry *e,
    const struct m_right *r)
{
	if (r->type == RECEIVE) {
		e->receive = true;
		m->ports[r->port].task = task;
	} else if (r->type == SEND && e->urefs < UREFS_MAX) {
		e->urefs++;
	}
}

/* Send and receive rights share a name; every send-once right has its own. */
struct m_entry *
model_give(struct model *m, int task, const struct m_right *r, uint32_t name)
{
	struct m_entry *e;

	if (r->port == -1) {
		if (name != r->special)
			model_differ(m, "%#x comes for %#x", name, r->special);
		return (NULL);
	}
	e = r->type == SEND_ONCE ? NULL : find_port(m, task, r->port);
	if (e != NULL && e->name != name) {
		model_differ(m, "%#x comes for port %d, which is %#x", name,
		    r->port, e->name);
	} else if (e == NULL) {
		if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD ||
		    (name & 3) != 3 || index_in_use(m, task, name))
			model_differ(m, "%#x comes for port %d", name, r->port);
		e = new_entry(m, task, r->type == SEND_ONCE ? M_ONCE : M_PORT,
		    r->port);
		e->name = name;
	}
	add_right(m, task, e, r);
	return (e);
}

/* The same under a name of the task's choice. */
static int
insert(struct model *m, int task, uint32_t name, const struct m_right *r)
{
	struct m_entry *e, *holder;

	e = model_find(m, task, name);
	holder = r->type == SEND_ONCE ? NULL : find_port(m, task, r->port);
	if (holder != NULL && holder != e)
		return (KERN_RIGHT_EXISTS);
	if (holder != NULL && r->type == SEND && holder->urefs == UREFS_MAX)
		return (KERN_UREFS_OVERFLOW);
	if (holder == NULL) {
		if (index_in_use(m, task, name))
			return (KERN_NAME_EXISTS);
		holder = new_entry(m, task, r->type == SEND_ONCE ? M_ONCE :
		    M_PORT, r->port);
		holder->name = name;
	}
	add_right(m, task, holder, r);
	return (KERN_SUCCESS);
}

int
model_insert_right(struct model *m, int task, uint32_t name, uint32_t right,
    int disposition)
{
	static struct model before;
	struct m_right r;
	int kr;

	if (right == MACH_PORT_NULL || right == MACH_PORT_DEAD)
		return (KERN_INVALID_CAPABILITY);
	if (model_type_of(disposition) == 0 || name == MACH_PORT_NULL ||
	    name == MACH_PORT_DEAD || (name & 3) != 3)
		return (KERN_INVALID_VALUE);
	if (name >> 8 == 0)
		return (KERN_FAILURE);
	before = *m;
	kr = model_take(m, task, right, disposition, NULL, &r);
	if (kr == KERN_SUCCESS && r.port == -1)
		kr = KERN_INVALID_CAPABILITY;
	if (kr == KERN_SUCCESS)
		kr = insert(m, task, name, &r);
	if (kr != KERN_SUCCESS)
		*m = before;
	model_settle(m);
	return (kr);
}

/*
 * Words of a port.
 */

int
model_guard(struct model *m, int task, uint32_t name, uint64_t guard,
    int flags)
{
	struct m_entry *e;
	struct m_port *p;
	int kr;

	kr = find_receive(m, task, name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	p = &m->ports[e->port];
	if (p->guarded)
		return (KERN_INVALID_ARGUMENT);
	p->context = guard;
	p->guarded = true;
	p->strict = (flags & MPG_STRICT) != 0;
	p->immovable |= (flags & MPG_IMMOVABLE_RECEIVE) != 0;
	return (KERN_SUCCESS);
}

int
model_unguard(struct model *m, int task, uint32_t name, uint64_t guard)
{
	struct m_entry *e;
	struct m_port *p;
	int kr;

	kr = find_receive(m, task, name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	p = &m->ports[e->port];
	if (!p->guarded || p->context != guard)
		return (KERN_INVALID_ARGUMENT);
	p->context = 0;
	p->guarded = p->strict = false;
	return (KERN_SUCCESS);
}

int
model_swap_guard(struct model *m, int task, uint32_t name, uint64_t old,
    uint64_t new)
{
	struct m_entry *e;
	struct m_port *p;
	int kr;

	kr = find_receive(m, task, name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	p = &m->ports[e->port];
	if (p->strict || !p->guarded || p->context != old)
		return (KERN_INVALID_ARGUMENT);
	p->context = new;
	return (KERN_SUCCESS);
}

int
model_set_context(struct model *m, int task, uint32_t name, uint64_t context)
{
	struct m_entry *e;
	int kr;

	kr = find_receive(m, task, name, &e);
	if (kr == KERN_SUCCESS && m->ports[e->port].strict)
		kr = KERN_INVALID_ARGUMENT;
	if (kr == KERN_SUCCESS)
		m->ports[e->port].context = context;
	return (kr);
}

int
model_set_mscount(struct model *m, int task, uint32_t name, uint32_t count)
{
	struct m_entry *e;
	int kr;

	kr = find_receive(m, task, name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	m->ports[e->port].mscount = count;
	check_senders(m, e->port);
	model_settle(m);
	return (KERN_SUCCESS);
}

int
model_set_seqno(struct model *m, int task, uint32_t name, uint32_t seqno)
{
	struct m_entry *e;
	int kr;

	kr = find_receive(m, task, name, &e);
	if (kr == KERN_SUCCESS)
		m->ports[e->port].seqno = seqno;
	return (kr);
}

int
model_set_qlimit(struct model *m, int task, uint32_t name, uint32_t qlimit)
{
	struct m_entry *e;
	int kr;

	kr = find_receive(m, task, name, &e);
	if (kr == KERN_SUCCESS && qlimit > MACH_PORT_QLIMIT_MAX)
		kr = KERN_INVALID_VALUE;
	if (kr != KERN_SUCCESS)
		return (kr);
	m->ports[e->port].qlimit = qlimit;
	model_room(m, e->port);
	model_settle(m);
	return (KERN_SUCCESS);
}

/*
 * Sets.
 */

static int
find_member(struct model *m, int task, uint32_t name, struct m_port **pp)
{
	struct m_entry *e;

	e = model_find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind != M_PORT || !e->receive)
		return (KERN_INVALID_CAPABILITY);
	*pp = &m->ports[e->port];
	return (KERN_SUCCESS);
}

static int
find_set(struct model *m, int task, uint32_t name, int *setp)
{
	struct m_entry *e;

	e = model_find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind != M_SET)
		return (KERN_INVALID_RIGHT);
	*setp = e->port;
	return (KERN_SUCCESS);
}

static void
join(struct model *m, struct m_port *p, int set)
{
	uint32_t members;
	int i;

	p->member[set] = true;
	p->passed[set] = 0;
	members = 0;
	for (i = 0; i < MODEL_PORTS; i++)
		members += m->ports[i].member[set];
	if (m->sets[set].most < members)
		m->sets[set].most = members;
	model_serve(m, (int)(p - m->ports));
	model_settle(m);
}

int
model_insert_member(struct model *m, int task, uint32_t name, uint32_t set)
{
	struct m_port *p;
	int kr, s;

	kr = find_member(m, task, name, &p);
	if (kr == KERN_SUCCESS)
		kr = find_set(m, task, set, &s);
	if (kr == KERN_SUCCESS && p->member[s])
		kr = KERN_ALREADY_IN_SET;
	if (kr == KERN_SUCCESS)
		join(m, p, s);
	return (kr);
}

int
model_extract_member(struct model *m, int task, uint32_t name, uint32_t set)
{
	struct m_port *p;
	int kr, s;

	kr = find_member(m, task, name, &p);
	if (kr == KERN_SUCCESS)
		kr = find_set(m, task, set, &s);
	if (kr == KERN_SUCCESS && !p->member[s])
		kr = KERN_NOT_IN_SET;
	if (kr == KERN_SUCCESS)
		p->member[s] = false;
	return (kr);
}

/* Out of all sets, and into one if there is one. */
int
model_move_member(struct model *m, int task, uint32_t name, uint32_t set)
{
	static const bool none[MODEL_SETS];
	struct m_port *p;
	int kr, s;

	kr = find_member(m, task, name, &p);
	if (kr == KERN_SUCCESS && set != MACH_PORT_NULL)
		kr = find_set(m, task, set, &s);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (set == MACH_PORT_NULL && memcmp(p->member, none, sizeof(none)) == 0)
		return (KERN_NOT_IN_SET);
	memset(p->member, 0, sizeof(p->member));
	if (set != MACH_PORT_NULL)
		join(m, p, s);
	return (KERN_SUCCESS);
}

/*
 * Requests.
 */

static int
request_on_dead(struct model *m, struct m_entry *e, struct m_request *r)
{
	if (r->sync == 0 || r->id == 0)
		return (KERN_INVALID_ARGUMENT);
	if (e->urefs == UREFS_MAX)
		return (KERN_UREFS_OVERFLOW);
	e->urefs++;
	model_post(m, r, MACH_NOTIFY_DEAD_NAME, e->name);
	return (KERN_SUCCESS);
}

static int
request_on_name(struct model *m, struct m_entry *e, struct m_request *r,
    struct m_request *old)
{
	if (e->kind == M_DEAD)
		return (request_on_dead(m, e, r));
	if (e->kind == M_SET)
		return (KERN_INVALID_RIGHT);
	*old = e->request;
	e->request = *r;
	if (r->id != MACH_NOTIFY_SEND_POSSIBLE || r->sync == 0)
		return (KERN_SUCCESS);
	if (model_has_room(m, e->port))
		model_post(m, &e->request, MACH_NOTIFY_SEND_POSSIBLE, e->name);
	else
		e->request.armed = true;
	return (KERN_SUCCESS);
}

static int
request_on_receive(struct model *m, struct m_entry *e, int id,
    struct m_request *r, struct m_request *old)
{
	struct m_port *p;

	if (e->kind != M_PORT || !e->receive)
		return (KERN_INVALID_RIGHT);
	p = &m->ports[e->port];
	if (id == MACH_NOTIFY_PORT_DESTROYED) {
		if (r->sync != 0)
			return (KERN_INVALID_VALUE);
		*old = p->destroyed;
		p->destroyed = *r;
	} else {
		*old = p->no_senders;
		p->no_senders = *r;
		check_senders(m, e->port);
	}
	return (KERN_SUCCESS);
}

static int
request(struct model *m, int task, uint32_t name, int id, struct m_request *r,
    struct m_request *old)
{
	struct m_entry *e;

	if (id != MACH_NOTIFY_PORT_DESTROYED && id != MACH_NOTIFY_NO_SENDERS &&
	    id != MACH_NOTIFY_DEAD_NAME && id != MACH_NOTIFY_SEND_POSSIBLE)
		return (KERN_INVALID_VALUE);
	e = model_find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (id == MACH_NOTIFY_PORT_DESTROYED || id == MACH_NOTIFY_NO_SENDERS)
		return (request_on_receive(m, e, id, r, old));
	return (request_on_name(m, e, r, old));
}

/* Requests a notification; cancels one if `notify' is MACH_PORT_NULL. */
int
model_request(struct model *m, int task, uint32_t name, int id, uint32_t sync,
    uint32_t notify, int disposition, struct m_right *previous)
{
	static struct model before;
	struct m_request old, r;
	struct m_right right;
	int kr;

	before = *m;
	old = no_request;
	r = (struct m_request){ 0, -1, sync, false };
	kr = KERN_SUCCESS;
	right.port = -1;
	if (notify != MACH_PORT_NULL) {
		if (model_type_of(disposition) != SEND_ONCE || model_take(m,
		    task, notify, disposition, NULL, &right) != KERN_SUCCESS ||
		    right.port == -1)
			kr = KERN_INVALID_CAPABILITY;
		r.id = id;
		r.notify = right.port;
	}
	if (kr == KERN_SUCCESS)
		kr = request(m, task, name, id, &r, &old);
	if (kr != KERN_SUCCESS)
		*m = before;
	model_settle(m);
	*previous = (struct m_right){ -1, MACH_PORT_NULL, SEND_ONCE };
	if (old.id != 0) {
		previous->port = old.notify;
		previous->special = MACH_PORT_DEAD;
	}
	return (kr);
}

/*
 * Tasks.
 */

int
model_get_bootstrap(struct model *m, int task, struct m_right *r)
{
	*r = m->tasks[task].bootstrap;
	return (KERN_SUCCESS);
}

int
model_set_bootstrap(struct model *m, int task, uint32_t name)
{
	struct m_right old, r;
	int kr;

	kr = model_take(m, task, name, MACH_MSG_TYPE_COPY_SEND, NULL, &r);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (r.port == -1 && name != MACH_PORT_NULL)
		return (KERN_INVALID_CAPABILITY);
	old = m->tasks[task].bootstrap;
	m->tasks[task].bootstrap = r;
	model_release(m, &old);
	model_settle(m);
	return (KERN_SUCCESS);
}

void
model_fork(struct model *m, int parent, int child)
{
	m->tasks[child].bootstrap = m->tasks[parent].bootstrap;
}

/* All names end, the one with the lowest index first. */
void
model_exec(struct model *m, int task)
{
	struct m_entry *e, *first;

	do {
		first = NULL;
		for (e = m->tasks[task].entries;
		    e < m->tasks[task].entries + MODEL_ENTRIES; e++) {
			if (e->kind != M_FREE &&
			    (first == NULL || e->name < first->name))
				first = e;
		}
		if (first != NULL)
			drop_all(m, first);
	} while (first != NULL);
	model_settle(m);
}

void
model_exit(struct model *m, int task)
{
	struct m_right bootstrap;

	model_exec(m, task);
	bootstrap = m->tasks[task].bootstrap;
	m->tasks[task].bootstrap =
	    (struct m_right){ -1, MACH_PORT_NULL, SEND };
	model_release(m, &bootstrap);
	model_settle(m);
}
