/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * See model.h.
 */

#include "model.h"

#include <string.h>

#include <mach/kern_return.h>
#include <mach/message.h>
#include <mach/port.h>

#define	UREFS_MAX	0xffffu

static const struct m_right no_right = { .port = -1 };

void
model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
}

static struct m_entry *
find(struct model *m, int task, uint32_t name)
{
	struct m_entry *e;

	for (e = m->entries[task]; e < m->entries[task] + MODEL_ENTRIES; e++) {
		if (e->kind != M_FREE && e->name == name)
			return (e);
	}
	return (NULL);
}

const struct m_entry *
model_find(const struct model *m, int task, uint32_t name)
{
	return (find((struct model *)(uintptr_t)m, task, name));
}

static struct m_entry *
find_port(struct model *m, int task, int port)
{
	struct m_entry *e;

	for (e = m->entries[task]; e < m->entries[task] + MODEL_ENTRIES; e++) {
		if (e->kind == M_PORT && e->port == port)
			return (e);
	}
	return (NULL);
}

static struct m_entry *
new_entry(struct model *m, int task)
{
	static struct m_entry spare;
	struct m_entry *e;

	for (e = m->entries[task]; e < m->entries[task] + MODEL_ENTRIES; e++) {
		if (e->kind == M_FREE) {
			memset(e, 0, sizeof(*e));
			return (e);
		}
	}
	m->full = true;
	return (&spare);
}

uint32_t
model_type(const struct m_entry *e)
{
	switch (e->kind) {
	case M_PORT:
		return ((e->receive ? MACH_PORT_TYPE_RECEIVE : 0) |
		    (e->urefs > 0 ? MACH_PORT_TYPE_SEND : 0));
	case M_ONCE:
		return (MACH_PORT_TYPE_SEND_ONCE);
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
	case MACH_PORT_RIGHT_DEAD_NAME:
		return (e->kind == M_DEAD ? e->urefs : 0);
	default:
		return (0);
	}
}

/* How many rights of a type to a port there are in all messages. */
static int
in_messages(const struct model *m, int port, int type)
{
	const struct m_message *k;
	const struct m_port *p;
	int d, i, n;

	n = 0;
	for (p = m->ports; p < m->ports + MODEL_PORTS; p++) {
		for (i = 0; i < p->count; i++) {
			k = &p->queue[i];
			n += k->dest.port == port && k->dest.type == type;
			n += k->reply.port == port && k->reply.type == type;
			for (d = 0; d < k->ndesc; d++)
				n += k->desc[d].port == port &&
				    k->desc[d].type == type;
		}
	}
	return (n);
}

int
model_senders(const struct model *m, int port)
{
	int n, t;

	n = in_messages(m, port, MACH_MSG_TYPE_PORT_SEND);
	for (t = 0; t < MODEL_TASKS; t++) {
		const struct m_entry *e;

		e = find_port((struct model *)(uintptr_t)m, t, port);
		n += e != NULL && e->urefs > 0;
	}
	return (n);
}

int
model_onces(const struct model *m, int port)
{
	const struct m_entry *e;
	int n, t;

	n = in_messages(m, port, MACH_MSG_TYPE_PORT_SEND_ONCE);
	for (t = 0; t < MODEL_TASKS; t++) {
		for (e = m->entries[t]; e < m->entries[t] + MODEL_ENTRIES; e++)
			n += e->kind == M_ONCE && e->port == port;
	}
	return (n);
}

static void release(struct model *, const struct m_right *);

static void
destroy_message(struct model *m, struct m_message *k)
{
	int i;

	/* The right a message was sent with is used, not destroyed. */
	for (i = 0; i < k->ndesc; i++)
		release(m, &k->desc[i]);
	release(m, &k->reply);
	if (!k->notification)
		release(m, &k->dest);
}

static void
kill_port(struct model *m, int port)
{
	struct m_message queue[MODEL_QUEUE];
	struct m_entry *e;
	struct m_port *p;
	int count, i, t;

	p = &m->ports[port];
	p->alive = false;
	p->task = -1;
	p->transit = -1;
	for (t = 0; t < MODEL_TASKS; t++) {
		for (e = m->entries[t]; e < m->entries[t] + MODEL_ENTRIES;
		    e++) {
			if (e->kind == M_FREE || e->kind == M_DEAD ||
			    e->port != port)
				continue;
			if (e->kind == M_ONCE)
				e->urefs = 1;
			e->kind = e->urefs > 0 ? M_DEAD : M_FREE;
			e->receive = false;
		}
	}
	count = p->count;
	memcpy(queue, p->queue, sizeof(queue));
	p->count = 0;
	for (i = 0; i < count; i++)
		destroy_message(m, &queue[i]);
}

static void
enqueue(struct model *m, int port, const struct m_message *k)
{
	struct m_port *p;
	int i;

	p = &m->ports[port];
	if (p->count == MODEL_QUEUE) {
		m->full = true;
		return;
	}
	p->queue[p->count++] = *k;
	for (i = 0; i < k->ndesc; i++) {
		if (k->desc[i].port != -1 &&
		    k->desc[i].type == MACH_MSG_TYPE_PORT_RECEIVE)
			m->ports[k->desc[i].port].transit = port;
	}
}

/* A right ends that no task has. */
static void
release(struct model *m, const struct m_right *r)
{
	struct m_message k;

	if (r->port == -1 || !m->ports[r->port].alive)
		return;
	if (r->type == MACH_MSG_TYPE_PORT_RECEIVE)
		kill_port(m, r->port);
	if (r->type != MACH_MSG_TYPE_PORT_SEND_ONCE)
		return;
	memset(&k, 0, sizeof(k));
	k.notification = true;
	k.dest = *r;
	k.reply = no_right;
	enqueue(m, r->port, &k);
}

static int
new_port(struct model *m)
{
	struct m_port *p;
	int i, t;

	for (i = 0; i < MODEL_PORTS; i++) {
		p = &m->ports[i];
		if (p->alive || model_senders(m, i) + model_onces(m, i) != 0 ||
		    in_messages(m, i, MACH_MSG_TYPE_PORT_RECEIVE) != 0)
			continue;
		for (t = 0; t < MODEL_TASKS; t++) {
			if (find_port(m, t, i) != NULL)
				break;
		}
		if (t == MODEL_TASKS)
			break;
	}
	if (i == MODEL_PORTS) {
		m->full = true;
		i = 0;
	}
	memset(&m->ports[i], 0, sizeof(m->ports[i]));
	m->ports[i].alive = true;
	m->ports[i].task = -1;
	m->ports[i].transit = -1;
	return (i);
}

int
model_allocate(struct model *m, int task, struct m_entry **ep)
{
	*ep = new_entry(m, task);
	(*ep)->kind = M_PORT;
	(*ep)->port = new_port(m);
	(*ep)->receive = true;
	m->ports[(*ep)->port].task = task;
	return (KERN_SUCCESS);
}

/* Takes `n' references of what an entry has besides a receive right. */
static void
drop(struct model *m, struct m_entry *e, uint32_t n)
{
	struct m_right r;

	if (e->kind == M_ONCE) {
		r = (struct m_right){ e->port, 0,
		    MACH_MSG_TYPE_PORT_SEND_ONCE };
		e->kind = M_FREE;
		release(m, &r);
		return;
	}
	e->urefs -= n;
	if (e->urefs == 0 && !e->receive)
		e->kind = M_FREE;
}

static void
drop_receive(struct model *m, struct m_entry *e)
{
	struct m_right r;

	r = (struct m_right){ e->port, 0, MACH_MSG_TYPE_PORT_RECEIVE };
	e->receive = false;
	if (e->urefs == 0)
		e->kind = M_FREE;
	release(m, &r);
}

int
model_deallocate(struct model *m, int task, uint32_t name)
{
	struct m_entry *e;

	e = find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind == M_PORT && e->urefs == 0)
		return (KERN_INVALID_RIGHT);
	drop(m, e, 1);
	return (KERN_SUCCESS);
}

int
model_destroy(struct model *m, int task, uint32_t name)
{
	struct m_entry *e, was;

	e = find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	was = *e;
	if (was.kind == M_ONCE) {
		drop(m, e, 1);
		return (KERN_SUCCESS);
	}
	e->kind = M_FREE;
	if (was.kind == M_PORT && was.receive)
		kill_port(m, was.port);
	return (KERN_SUCCESS);
}

int
model_mod_refs(struct model *m, int task, uint32_t name, int right, int delta)
{
	struct m_entry *e;
	uint32_t has;

	if (right < 0 || right >= (int)MACH_PORT_RIGHT_NUMBER)
		return (KERN_INVALID_VALUE);
	e = find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	has = model_refs(e, right);
	if (has == 0)
		return (KERN_INVALID_RIGHT);
	if (delta > 0 && right != MACH_PORT_RIGHT_SEND &&
	    right != MACH_PORT_RIGHT_DEAD_NAME)
		return (KERN_INVALID_VALUE);
	if (delta > 0 && has + (uint32_t)delta > UREFS_MAX)
		return (KERN_UREFS_OVERFLOW);
	if (delta < 0 && has < (uint32_t)-delta)
		return (KERN_INVALID_VALUE);
	if (delta == 0)
		return (KERN_SUCCESS);
	if (right == MACH_PORT_RIGHT_RECEIVE)
		drop_receive(m, e);
	else if (delta < 0)
		drop(m, e, (uint32_t)-delta);
	else
		e->urefs += (uint32_t)delta;
	return (KERN_SUCCESS);
}

/* mach_port_insert_right(name, name, MAKE_SEND) */
int
model_make_send(struct model *m, int task, uint32_t name)
{
	struct m_entry *e;

	e = find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind != M_PORT || !e->receive)
		return (KERN_INVALID_RIGHT);
	if (e->urefs >= UREFS_MAX)
		return (KERN_UREFS_OVERFLOW);
	e->urefs++;
	m->ports[e->port].mscount++;
	return (KERN_SUCCESS);
}

static int
type_of(int disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return (MACH_MSG_TYPE_PORT_RECEIVE);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return (MACH_MSG_TYPE_PORT_SEND_ONCE);
	default:
		return (MACH_MSG_TYPE_PORT_SEND);
	}
}

static int
take_dead(struct m_entry *e, int disposition, struct m_right *r)
{
	if (disposition != MACH_MSG_TYPE_COPY_SEND &&
	    disposition != MACH_MSG_TYPE_MOVE_SEND &&
	    disposition != MACH_MSG_TYPE_MOVE_SEND_ONCE)
		return (KERN_INVALID_RIGHT);
	r->port = -1;
	r->special = MACH_PORT_DEAD;
	if (disposition != MACH_MSG_TYPE_COPY_SEND && --e->urefs == 0)
		e->kind = M_FREE;
	return (KERN_SUCCESS);
}

/* Takes a right out of a task. */
static int
take(struct model *m, int task, uint32_t name, int disposition,
    struct m_right *r)
{
	struct m_entry *e;

	*r = (struct m_right){ -1, name, type_of(disposition) };
	if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD)
		return (KERN_SUCCESS);
	e = find(m, task, name);
	if (e == NULL)
		return (KERN_INVALID_NAME);
	if (e->kind == M_DEAD)
		return (take_dead(e, disposition, r));
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
		if (e->kind != M_PORT || e->urefs == 0)
			return (KERN_INVALID_RIGHT);
		if (disposition == MACH_MSG_TYPE_MOVE_SEND &&
		    --e->urefs == 0 && !e->receive)
			e->kind = M_FREE;
		return (KERN_SUCCESS);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		if (e->kind != M_ONCE)
			return (KERN_INVALID_RIGHT);
		e->kind = M_FREE;
		return (KERN_SUCCESS);
	default:
		if (e->kind != M_PORT || !e->receive)
			return (KERN_INVALID_RIGHT);
		e->receive = false;
		if (e->urefs == 0)
			e->kind = M_FREE;
		m->ports[e->port].task = -1;
		m->ports[e->port].mscount = 0;
		return (KERN_SUCCESS);
	}
}

int
model_extract(struct model *m, int task, uint32_t name, int disposition,
    struct m_right *r)
{
	return (take(m, task, name, disposition, r));
}

/* Takes the rights of a message; on failure the model is half changed. */
static int
take_all(struct model *m, int task, const struct m_send *s,
    struct m_message *k)
{
	bool reply_first;
	int i, pass;

	memset(k, 0, sizeof(*k));
	k->reply = no_right;
	if (s->dest.name == MACH_PORT_NULL || s->dest.name == MACH_PORT_DEAD)
		return (MACH_SEND_INVALID_DEST);
	reply_first = s->dest.disposition == MACH_MSG_TYPE_MOVE_SEND ||
	    s->dest.disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE;
	for (pass = 0; pass < 2; pass++) {
		if ((pass == 0) == reply_first) {
			if (s->reply.disposition != 0 && take(m, task,
			    s->reply.name, s->reply.disposition, &k->reply) !=
			    KERN_SUCCESS)
				return (MACH_SEND_INVALID_REPLY);
		} else if (take(m, task, s->dest.name, s->dest.disposition,
		    &k->dest) != KERN_SUCCESS || k->dest.port == -1) {
			return (MACH_SEND_INVALID_DEST);
		}
	}
	for (i = 0; i < s->ndesc; i++) {
		if (take(m, task, s->desc[i].name, s->desc[i].disposition,
		    &k->desc[i]) != KERN_SUCCESS)
			return (MACH_SEND_INVALID_RIGHT);
		k->ndesc++;
	}
	return (MACH_MSG_SUCCESS);
}

/* Whether a receive right in a message would travel to itself. */
static bool
closes_loop(const struct model *m, const struct m_message *k)
{
	int end, i;

	for (end = k->dest.port; m->ports[end].transit != -1;
	    end = m->ports[end].transit)
		;
	for (i = 0; i < k->ndesc; i++) {
		if (k->desc[i].type == MACH_MSG_TYPE_PORT_RECEIVE &&
		    k->desc[i].port == end)
			return (true);
	}
	return (false);
}

bool
model_would_block(const struct model *m, int task, const struct m_send *s)
{
	static struct model copy;
	struct m_message k;

	copy = *m;
	return (take_all(&copy, task, s, &k) == MACH_MSG_SUCCESS &&
	    k.dest.type == MACH_MSG_TYPE_PORT_SEND &&
	    copy.ports[k.dest.port].count >= MODEL_QLIMIT);
}

int
model_send(struct model *m, int task, const struct m_send *s)
{
	static struct model before;
	struct m_message k;
	int mr;

	before = *m;
	mr = take_all(m, task, s, &k);
	if (mr != MACH_MSG_SUCCESS) {
		*m = before;
		return (mr);
	}
	if (closes_loop(m, &k))
		destroy_message(m, &k);
	else
		enqueue(m, k.dest.port, &k);
	return (MACH_MSG_SUCCESS);
}

int
model_receive(struct model *m, int task, uint32_t name, struct m_message *k)
{
	struct m_entry *e;
	struct m_port *p;
	int i;

	e = find(m, task, name);
	if (e == NULL || e->kind != M_PORT || !e->receive)
		return (MACH_RCV_INVALID_NAME);
	p = &m->ports[e->port];
	if (p->count == 0)
		return (MACH_RCV_TIMED_OUT);
	*k = p->queue[0];
	p->count--;
	memmove(&p->queue[0], &p->queue[1], (size_t)p->count * sizeof(*k));
	for (i = 0; i < k->ndesc; i++) {
		if (k->desc[i].port != -1 &&
		    k->desc[i].type == MACH_MSG_TYPE_PORT_RECEIVE)
			m->ports[k->desc[i].port].transit = -1;
	}
	return (MACH_MSG_SUCCESS);
}

bool
model_give(struct model *m, int task, const struct m_right *r, uint32_t name)
{
	struct m_entry *e;

	if (r->port == -1)
		return (name == r->special);
	if (!m->ports[r->port].alive)
		return (name == MACH_PORT_DEAD);
	e = r->type == MACH_MSG_TYPE_PORT_SEND_ONCE ? NULL :
	    find_port(m, task, r->port);
	if (e != NULL && e->name != name)
		return (false);
	if (e == NULL) {
		if (name == MACH_PORT_NULL || name == MACH_PORT_DEAD ||
		    find(m, task, name) != NULL)
			return (false);
		e = new_entry(m, task);
		e->kind = r->type == MACH_MSG_TYPE_PORT_SEND_ONCE ? M_ONCE :
		    M_PORT;
		e->name = name;
		e->port = r->port;
	}
	if (r->type == MACH_MSG_TYPE_PORT_RECEIVE) {
		e->receive = true;
		m->ports[r->port].task = task;
	} else if (r->type == MACH_MSG_TYPE_PORT_SEND && e->urefs < UREFS_MAX) {
		e->urefs++;
	}
	return (true);
}

void
model_exit(struct model *m, int task)
{
	struct m_entry *e;

	for (e = m->entries[task]; e < m->entries[task] + MODEL_ENTRIES; e++) {
		if (e->kind != M_FREE)
			(void)model_destroy(m, task, e->name);
	}
}
