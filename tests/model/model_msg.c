/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages, queues, and threads that wait for them; see model.h.
 */

#include "model.h"

#include <string.h>

#include <mach/kern_return.h>
#include <mach/notify.h>
#include <mach/port.h>

#define	SEND		MACH_MSG_TYPE_PORT_SEND
#define	SEND_ONCE	MACH_MSG_TYPE_PORT_SEND_ONCE
#define	RECEIVE		MACH_MSG_TYPE_PORT_RECEIVE

static const struct m_right no_right = { .port = -1 };

/*
 * Messages in their places.
 */

static struct m_message *
new_message(struct model *m, enum m_place place)
{
	struct m_message *k;
	int i;

	for (i = 0; i < MODEL_MESSAGES - 1 &&
	    m->messages[i].place != M_NOWHERE; i++)
		;
	k = &m->messages[i];
	m->full |= k->place != M_NOWHERE;
	memset(k, 0, sizeof(*k));
	k->place = place;
	k->order = ++m->order;
	k->step = m->step;
	k->dest = k->reply = no_right;
	return (k);
}

static void
put(struct model *m, struct m_message *k, enum m_place place)
{
	k->place = place;
	k->order = ++m->order;
}

/* The first message in a place; in a queue, the first for that port. */
static struct m_message *
first(struct model *m, enum m_place place, int port)
{
	struct m_message *k, *found;

	found = NULL;
	for (k = m->messages; k < m->messages + MODEL_MESSAGES; k++) {
		if (k->place == place && (port == -1 || k->dest.port == port) &&
		    (found == NULL || k->order < found->order))
			found = k;
	}
	return (found);
}

int
model_queued(const struct model *m, int port)
{
	int i, n;

	n = 0;
	for (i = 0; i < MODEL_MESSAGES; i++)
		n += m->messages[i].place == M_QUEUED &&
		    m->messages[i].dest.port == port;
	return (n);
}

/* The receive rights of a message are on their way to a port, or -1: not. */
static void
set_transit(struct model *m, const struct m_message *k, int port)
{
	int i;

	for (i = 0; i < k->nrights; i++) {
		if (k->rights[i].port != -1 && k->rights[i].type == RECEIVE)
			m->ports[k->rights[i].port].transit = port;
	}
}

/* Whether a receive right in a message would travel to itself. */
static bool
closes_loop(const struct model *m, const struct m_message *k)
{
	int end, i;

	for (end = k->dest.port; m->ports[end].transit != -1;
	    end = m->ports[end].transit)
		;
	for (i = 0; i < k->nrights; i++) {
		if (k->rights[i].type == RECEIVE && k->rights[i].port == end)
			return (true);
	}
	return (false);
}

static void
destroy(struct model *m, struct m_message *k)
{
	int i;

	set_transit(m, k, -1);
	model_release(m, &k->dest);
	model_release(m, &k->reply);
	for (i = 0; i < k->nrights; i++)
		model_release(m, &k->rights[i]);
	k->place = M_NOWHERE;
}

/*
 * Those who wait.
 */

typedef bool waiter_fn(const struct m_waiter *, const struct m_port *, int);

static struct m_waiter *
first_waiter(struct model *m, waiter_fn *fn, int port)
{
	struct m_waiter *found, *w;
	int i, t;

	found = NULL;
	for (t = 0; t < MODEL_TASKS; t++) {
		for (i = 0; i < MODEL_THREADS; i++) {
			w = &m->tasks[t].waiters[i];
			if (w->used && !w->done &&
			    fn(w, &m->ports[port], port) &&
			    (found == NULL || w->order < found->order))
				found = w;
		}
	}
	return (found);
}

static bool
sends_to(const struct m_waiter *w, const struct m_port *p, int port)
{
	(void)p;
	return (w->sends && w->port == port);
}

static bool
receives_from(const struct m_waiter *w, const struct m_port *p, int port)
{
	(void)p;
	return (!w->sends && w->port == port);
}

static bool
receives_from_set(const struct m_waiter *w, const struct m_port *p, int port)
{
	(void)port;
	return (!w->sends && w->set != -1 && p->member[w->set]);
}

static void
finish(struct m_waiter *w, int result)
{
	w->done = true;
	w->result = result;
}

/* What receivers wait for, a port or a set, has gone. */
void
model_wake_dead(struct model *m, int port, int set)
{
	struct m_waiter *w;
	int i, t;

	for (t = 0; t < MODEL_TASKS; t++) {
		for (i = 0; i < MODEL_THREADS; i++) {
			w = &m->tasks[t].waiters[i];
			if (w->used && !w->done && !w->sends &&
			    w->port == port && w->set == set)
				finish(w, MACH_RCV_PORT_DIED);
		}
	}
}

/* A port has died: those who wait to send to it get their messages back. */
void
model_refuse(struct model *m, int port)
{
	struct m_waiter *w;

	while ((w = first_waiter(m, sends_to, port)) != NULL) {
		put(m, &m->messages[w->message], M_RETURNED);
		finish(w, MACH_SEND_INVALID_DEST);
	}
}

void
model_doom_queue(struct model *m, int port)
{
	struct m_message *k;

	while ((k = first(m, M_QUEUED, port)) != NULL)
		put(m, k, M_DOOMED);
}

int
model_asleep(const struct model *m)
{
	const struct m_waiter *w;
	int i, n, t;

	n = 0;
	for (t = 0; t < MODEL_TASKS; t++) {
		for (i = 0; i < MODEL_THREADS; i++) {
			w = &m->tasks[t].waiters[i];
			n += w->used && !w->done;
		}
	}
	return (n);
}

/*
 * Queues.
 */

bool
model_has_room(const struct model *m, int port)
{
	return (model_queued(m, port) < (int)m->ports[port].qlimit);
}

/*
 * Whether somebody with little room has just looked at a port: had another
 * message of the same moment been first, it might have fitted.
 */
static bool
just_looked(const struct model *m, int port)
{
	const struct m_waiter *w;
	int i, t;

	for (t = 0; t < MODEL_TASKS; t++) {
		for (i = 0; i < MODEL_THREADS; i++) {
			w = &m->tasks[t].waiters[i];
			if (w->used && w->done && !w->sends &&
			    w->want.room < LETTER_ROOM && (w->port == port ||
			    (w->set != -1 && m->ports[port].member[w->set])))
				return (true);
		}
	}
	return (false);
}

static void
enqueue(struct model *m, struct m_message *k)
{
	m->race |= just_looked(m, k->dest.port);
	put(m, k, M_QUEUED);
	model_serve(m, k->dest.port);
}

/* There may be room: for those who wait, then for those who asked. */
void
model_room(struct model *m, int port)
{
	struct m_waiter *w;
	struct m_entry *e;
	int t;

	while (model_has_room(m, port) &&
	    (w = first_waiter(m, sends_to, port)) != NULL) {
		finish(w, MACH_MSG_SUCCESS);
		m->messages[w->message].step = m->step;
		enqueue(m, &m->messages[w->message]);
		w->message = -1;
	}
	if (!model_has_room(m, port))
		return;
	for (t = 0; t < MODEL_TASKS; t++) {
		for (e = m->tasks[t].entries;
		    e < m->tasks[t].entries + MODEL_ENTRIES; e++) {
			if ((e->kind == M_PORT || e->kind == M_ONCE) &&
			    e->port == port && e->request.armed)
				model_post(m, &e->request,
				    MACH_NOTIFY_SEND_POSSIBLE, e->name);
		}
	}
}

static void
dequeue(struct model *m, struct m_message *k, enum m_place place)
{
	struct m_port *p;
	int port;

	port = k->dest.port;
	p = &m->ports[port];
	put(m, k, place);
	k->letter.seqno = p->seqno++;
	if (model_queued(m, port) == 0)
		memset(p->passed, 0, sizeof(p->passed));
	model_room(m, port);
}

static uint32_t
name_of(struct model *m, int task, int port)
{
	struct m_entry *e;

	for (e = m->tasks[task].entries;
	    e < m->tasks[task].entries + MODEL_ENTRIES; e++) {
		if (e->kind == M_PORT && e->receive && e->port == port)
			return (e->name);
	}
	return (MACH_PORT_NULL);
}

/*
 * A receiver takes the message at the head of a queue, which is then handed to
 * it, unless its buffer is too small.  Then the message stays, or is destroyed,
 * and *large is what the receiver sees of it.
 */
static int
look(struct model *m, int port, const struct m_want *want, int *messagep,
    struct letter *large)
{
	const uint32_t trailer = REQUESTED_TRAILER_SIZE(LETTER_TRAILER);
	struct m_message *k;
	struct m_right dest;

	k = first(m, M_QUEUED, port);
	if (want->room > trailer &&
	    k->letter.size <= ((want->room - trailer) & ~3u)) {
		dequeue(m, k, M_HANDED);
		*messagep = (int)(k - m->messages);
		return (MACH_MSG_SUCCESS);
	}
	memset(large, 0, sizeof(*large));
	large->id = k->letter.id;
	large->size = k->letter.size;
	if ((want->option & (MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY)) !=
	    MACH_RCV_LARGE)
		large->dest.name = name_of(m, m->ports[port].task, port);
	if ((want->option & MACH_RCV_LARGE) == 0) {
		large->dest.type = k->dest.type;
		large->complex = k->letter.complex;
		dequeue(m, k, M_DOOMED);
		dest = k->dest;
		k->dest = no_right;
		if (dest.type == SEND)
			model_release(m, &dest);
	}
	return (MACH_RCV_TOO_LARGE);
}

/* Messages of a port go to those who wait for them. */
void
model_serve(struct model *m, int port)
{
	struct m_waiter *w;

	while (first(m, M_QUEUED, port) != NULL) {
		w = first_waiter(m, receives_from, port);
		if (w == NULL)
			w = first_waiter(m, receives_from_set, port);
		if (w == NULL)
			break;
		/* It takes one, even if there is room for another then. */
		w->done = true;
		w->result = look(m, port, &w->want, &w->message, &w->large);
	}
}

/*
 * Notifications.
 */

static struct m_message *
notification(struct model *m, struct m_request *r, int id, uint32_t size)
{
	struct m_message *k;

	k = new_message(m, M_POSTED);
	k->dest = (struct m_right){ r->notify, MACH_PORT_DEAD, SEND_ONCE };
	k->letter.id = id;
	k->letter.size = size;
	r->id = 0;
	r->notify = -1;
	r->armed = false;
	return (k);
}

/* Sends what somebody asked for, if somebody did. */
void
model_post(struct model *m, struct m_request *r, int id, uint32_t word)
{
	if (r->id != 0)
		notification(m, r, id, id == MACH_NOTIFY_SEND_ONCE ?
		    sizeof(mach_msg_header_t) : 36)->letter.word = word;
}

/* Sends the receive right of a port to who asked for it. */
void
model_post_port(struct model *m, int port)
{
	struct m_message *k;

	k = notification(m, &m->ports[port].destroyed,
	    MACH_NOTIFY_PORT_DESTROYED, 40);
	k->letter.complex = true;
	k->letter.ndescs = 1;
	k->letter.descs[0] = (struct letter_desc){ .kind = LETTER_RIGHT,
	    .type = RECEIVE, .n = 1 };
	k->nrights = 1;
	k->rights[0] = (struct m_right){ port, 0, RECEIVE };
}

/*
 * What an operation has set off, and what that sets off in turn: first
 * notifications are delivered, then messages destroyed, each in order.
 */
void
model_settle(struct model *m)
{
	struct m_message *k;

	for (;;) {
		k = first(m, M_POSTED, -1);
		if (k == NULL) {
			k = first(m, M_DOOMED, -1);
			if (k == NULL)
				break;
			destroy(m, k);
		} else if (k->dest.port == -1 || closes_loop(m, k)) {
			put(m, k, M_DOOMED);
		} else {
			set_transit(m, k, k->dest.port);
			enqueue(m, k);
		}
	}
}

/*
 * Sending.
 */

static bool
is_send_type(int disposition)
{
	return (disposition != MACH_MSG_TYPE_MOVE_RECEIVE &&
	    model_type_of(disposition) != 0);
}

static int
check_letter(const struct letter *l)
{
	int i;

	if (l->dest.name == MACH_PORT_NULL || l->dest.name == MACH_PORT_DEAD)
		return (MACH_SEND_INVALID_DEST);
	if (!is_send_type(l->dest.type))
		return (MACH_SEND_INVALID_HEADER);
	if (l->reply.type == 0 ? l->reply.name != MACH_PORT_NULL :
	    !is_send_type(l->reply.type))
		return (MACH_SEND_INVALID_HEADER);
	for (i = 0; i < l->ndescs; i++) {
		if (l->descs[i].kind != LETTER_MEMORY &&
		    model_type_of(l->descs[i].type) == 0)
			return (MACH_SEND_INVALID_TYPE);
	}
	return (MACH_MSG_SUCCESS);
}

/*
 * The right of the header that is moved is taken last, so that the other one
 * can be made of it.
 */
static int
take_header(struct model *m, int task, const struct letter *l,
    struct m_message *k)
{
	bool reply_first;
	int pass;

	reply_first = l->dest.type == MACH_MSG_TYPE_MOVE_SEND ||
	    l->dest.type == MACH_MSG_TYPE_MOVE_SEND_ONCE;
	for (pass = 0; pass < 2; pass++) {
		if ((pass == 0) == reply_first) {
			if (l->reply.type != 0 && model_take(m, task,
			    l->reply.name, l->reply.type, NULL, &k->reply) !=
			    KERN_SUCCESS)
				return (MACH_SEND_INVALID_REPLY);
		} else if (model_take(m, task, l->dest.name, l->dest.type,
		    NULL, &k->dest) != KERN_SUCCESS || k->dest.port == -1) {
			return (MACH_SEND_INVALID_DEST);
		}
	}
	return (MACH_MSG_SUCCESS);
}

static int
take_body(struct model *m, int task, const struct letter *l,
    struct m_message *k)
{
	const struct letter_desc *d;
	int i;

	for (d = l->descs; d < l->descs + l->ndescs; d++) {
		for (i = 0; i < d->n; i++) {
			if (model_take(m, task, d->names[i], d->type,
			    d->kind == LETTER_GUARDED ? d : NULL,
			    &k->rights[k->nrights]) != KERN_SUCCESS)
				return (MACH_SEND_INVALID_RIGHT);
			k->nrights++;
		}
	}
	return (MACH_MSG_SUCCESS);
}

/*
 * Takes what a letter says from its sender, all of it or nothing.
 */
static int
take_letter(struct model *m, int task, const struct letter *l,
    struct m_message **kp)
{
	static struct model before;
	struct m_message *k;
	int mr;

	mr = check_letter(l);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	before = *m;
	k = new_message(m, M_HELD);
	k->letter = *l;
	k->letter.size = letter_size(l);
	k->letter.sender = m->tasks[task].who;
	mr = take_header(m, task, l, k);
	if (mr == MACH_MSG_SUCCESS)
		mr = take_body(m, task, l, k);
	if (mr != MACH_MSG_SUCCESS) {
		*m = before;
		return (mr);
	}
	*kp = k;
	return (MACH_MSG_SUCCESS);
}

static bool
would_block(struct model *m, const struct m_message *k)
{
	return (k->dest.type == SEND && !model_has_room(m, k->dest.port));
}

/* A send to a name has failed for want of room, and wants to be told of it. */
static void
arm(struct model *m, int task, uint32_t name)
{
	struct m_entry *e;

	e = model_find(m, task, name);
	if (e != NULL && e->request.id == MACH_NOTIFY_SEND_POSSIBLE)
		e->request.armed = true;
}

int
model_send(struct model *m, int task, const struct letter *l, int option,
    struct m_message **back)
{
	struct m_message *k;
	int mr;

	*back = NULL;
	mr = take_letter(m, task, l, &k);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	model_settle(m);
	if (closes_loop(m, k)) {
		put(m, k, M_DOOMED);
	} else if (would_block(m, k)) {
		set_transit(m, k, k->dest.port);
		if ((option & MACH_SEND_NOTIFY) != 0)
			arm(m, task, l->dest.name);
		put(m, k, M_RETURNED);
		*back = k;
		return (MACH_SEND_TIMED_OUT);
	} else {
		set_transit(m, k, k->dest.port);
		enqueue(m, k);
	}
	model_settle(m);
	return (MACH_MSG_SUCCESS);
}

bool
model_sleep_send(struct model *m, int task, int thread,
    const struct letter *l)
{
	static struct model before;
	struct m_message *k;
	struct m_waiter *w;

	before = *m;
	if (take_letter(m, task, l, &k) != MACH_MSG_SUCCESS)
		return (false);
	model_settle(m);
	if (closes_loop(m, k) || !would_block(m, k)) {
		*m = before;
		return (false);
	}
	set_transit(m, k, k->dest.port);
	w = &m->tasks[task].waiters[thread];
	*w = (struct m_waiter){ .used = true, .sends = true,
	    .order = ++m->order, .port = k->dest.port, .set = -1,
	    .message = (int)(k - m->messages) };
	return (true);
}

/*
 * Receiving.
 */

/* Gives a task the rights of a message's body. */
static void
give_body(struct model *m, int task, struct m_message *k,
    const struct letter *got)
{
	const struct letter_desc *d, *g;
	struct m_port *p;
	struct m_right *r;
	int i;

	set_transit(m, k, -1);
	r = k->rights;
	for (d = k->letter.descs, g = got->descs;
	    d < k->letter.descs + k->letter.ndescs; d++, g++) {
		if (g->kind != d->kind || g->n != d->n || g->size != d->size ||
		    g->first != d->first || (d->kind != LETTER_MEMORY &&
		    g->type != (model_type_of(d->type))))
			model_differ(m, "descriptor %d is another",
			    (int)(d - k->letter.descs));
		if (d->kind == LETTER_GUARDED && g->context != got->buffer)
			model_differ(m, "the guard is %#jx",
			    (uintmax_t)g->context);
		for (i = 0; i < d->n; i++, r++) {
			(void)model_give(m, task, r, g->names[i]);
			if (d->kind != LETTER_GUARDED || r->port == -1)
				continue;
			p = &m->ports[r->port];
			p->context = got->buffer;
			p->guarded = true;
			p->strict = false;
			p->immovable = (d->flags &
			    MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE) != 0;
		}
	}
}

static void
check_common(struct model *m, const struct m_message *k,
    const struct letter *got)
{
	const struct letter *l;

	l = &k->letter;
	if (got->id != l->id || got->word != l->word)
		model_differ(m, "id %d and word %#x come for %d and %#x",
		    got->id, got->word, l->id, l->word);
	if (got->size != l->size || got->complex != l->complex ||
	    got->ndescs != l->ndescs)
		model_differ(m, "size %u comes for %u", got->size, l->size);
	if (got->dest.type != k->dest.type || got->reply.type != k->reply.type)
		model_differ(m, "rights of the header are %d and %d, not %d "
		    "and %d", got->dest.type, got->reply.type, k->dest.type,
		    k->reply.type);
	if (got->damaged)
		model_differ(m, "the message is damaged");
}

void
model_return(struct model *m, int task, struct m_message *k,
    const struct letter *got)
{
	check_common(m, k, got);
	(void)model_give(m, task, &k->dest, got->dest.name);
	if (k->reply.type != 0)
		(void)model_give(m, task, &k->reply, got->reply.name);
	give_body(m, task, k, got);
	k->place = M_NOWHERE;
	model_settle(m);
}

/* Whether a message could be the one that came, or that was seen. */
static bool
could_be(struct model *m, int task, const struct m_message *k,
    const struct letter *got)
{
	struct m_entry *e;

	if (k->letter.id != got->id || k->letter.size != got->size)
		return (false);
	if (k->letter.word != got->word && got->buffer != 0)
		return (false);
	if (k->letter.id != MACH_NOTIFY_PORT_DESTROYED || got->buffer == 0)
		return (true);
	for (e = m->tasks[task].entries;
	    e < m->tasks[task].entries + MODEL_ENTRIES; e++) {
		if (e->kind == M_PORT && e->port == k->rights[0].port)
			return (e->name == got->descs[0].names[0]);
	}
	return (true);
}

/* Each takes the other's place, and the number that goes with it. */
static void
swap_messages(struct m_message *a, struct m_message *b)
{
	struct m_message was;

	was = *a;
	*a = *b;
	*b = was;
	b->place = a->place;
	b->order = a->order;
	b->letter.seqno = a->letter.seqno;
	a->place = was.place;
	a->order = was.order;
	a->letter.seqno = was.letter.seqno;
}

/*
 * What comes of one operation, notifications and what a thread sends that it
 * wakes, comes in any order.
 */
static void
sort_out(struct model *m, int task, struct m_message *k,
    const struct letter *got)
{
	struct m_message *o;

	if (could_be(m, task, k, got))
		return;
	for (o = m->messages; o < m->messages + MODEL_MESSAGES; o++) {
		if ((o->place == M_QUEUED || o->place == M_HANDED) &&
		    o->dest.port == k->dest.port && o->step == k->step &&
		    could_be(m, task, o, got)) {
			swap_messages(k, o);
			return;
		}
	}
}

static void
arrive(struct model *m, int task, struct m_message *k,
    const struct letter *got)
{
	const struct letter *l;
	struct m_port *p;
	struct m_right dest;

	sort_out(m, task, k, got);
	check_common(m, k, got);
	l = &k->letter;
	p = &m->ports[k->dest.port];
	if (got->dest.name != name_of(m, task, k->dest.port))
		model_differ(m, "it comes from %#x", got->dest.name);
	if (got->seqno != l->seqno || got->context != p->context)
		model_differ(m, "seqno %u and context %#jx come for %u and "
		    "%#jx", got->seqno, (uintmax_t)got->context, l->seqno,
		    (uintmax_t)p->context);
	if (got->sender.pid != l->sender.pid ||
	    got->sender.version != l->sender.version)
		model_differ(m, "it is from process %u version %u, not %u "
		    "version %u", got->sender.pid, got->sender.version,
		    l->sender.pid, l->sender.version);
	(void)model_give(m, task, &k->reply, got->reply.name);
	k->reply = no_right;
	/* The right it was sent with is used up. */
	dest = k->dest;
	k->dest = no_right;
	if (dest.type == SEND)
		model_release(m, &dest);
	give_body(m, task, k, got);
	k->place = M_NOWHERE;
}

static void
check_large(struct model *m, const struct letter *l, uint32_t room,
    const struct letter *got)
{
	if (room < sizeof(mach_msg_header_t))
		return;
	if (got->id != l->id || got->size != l->size ||
	    got->dest.name != l->dest.name || got->dest.type != l->dest.type ||
	    got->complex != l->complex || got->reply.name != MACH_PORT_NULL)
		model_differ(m, "of a large message id %d, size %u from %#x "
		    "come for %d, %u from %#x", got->id, got->size,
		    got->dest.name, l->id, l->size, l->dest.name);
}

/*
 * The member of a set that the kernel has served, or -1 if there is none to
 * serve.  None waits longer than it takes to serve all the others.
 */
static int
served(struct model *m, int task, int set, uint32_t name)
{
	struct m_entry *e;
	struct m_port *p;
	int i, port;
	bool any;

	e = model_find(m, task, name);
	port = e != NULL && e->kind == M_PORT ? e->port : -1;
	any = false;
	for (i = 0; i < MODEL_PORTS; i++) {
		p = &m->ports[i];
		if (!p->alive || !p->member[set] || model_queued(m, i) == 0)
			continue;
		any = true;
		if (i == port)
			p->passed[set] = 0;
		else if (++p->passed[set] >= m->sets[set].most)
			model_differ(m, "a member of the set starves");
	}
	if (!any)
		return (-1);
	if (port == -1 || !m->ports[port].member[set] ||
	    model_queued(m, port) == 0) {
		model_differ(m, "%#x is served of the set", name);
		return (-1);
	}
	return (port);
}

int
model_receive(struct model *m, int task, uint32_t name,
    const struct m_want *want, const struct letter *got)
{
	struct letter large;
	struct m_entry *e;
	int message, mr, port;

	e = model_find(m, task, name);
	if (e != NULL && e->kind == M_SET)
		port = served(m, task, e->port, got->dest.name);
	else if (e != NULL && e->kind == M_PORT && e->receive)
		port = first(m, M_QUEUED, e->port) != NULL ? e->port : -1;
	else
		return (MACH_RCV_INVALID_NAME);
	if (port == -1)
		return (MACH_RCV_TIMED_OUT);
	if (want->room >= sizeof(mach_msg_header_t))
		sort_out(m, task, first(m, M_QUEUED, port), got);
	mr = look(m, port, want, &message, &large);
	if (mr == MACH_MSG_SUCCESS)
		arrive(m, task, &m->messages[message], got);
	else
		check_large(m, &large, want->room, got);
	model_settle(m);
	return (mr);
}

bool
model_sleep_receive(struct model *m, int task, int thread, uint32_t name,
    const struct m_want *want)
{
	struct m_entry *e;
	int i, port, set;

	e = model_find(m, task, name);
	port = e != NULL && e->kind == M_PORT && e->receive ? e->port : -1;
	set = e != NULL && e->kind == M_SET ? e->port : -1;
	if (port == -1 && set == -1)
		return (false);
	for (i = 0; i < MODEL_PORTS; i++) {
		if (m->ports[i].alive && model_queued(m, i) > 0 &&
		    (i == port || (set != -1 && m->ports[i].member[set])))
			return (false);
	}
	m->tasks[task].waiters[thread] = (struct m_waiter){ .used = true,
	    .order = ++m->order, .port = port, .set = set, .message = -1,
	    .want = *want };
	return (true);
}

void
model_interrupt(struct model *m, int task, int thread)
{
	struct m_waiter *w;

	w = &m->tasks[task].waiters[thread];
	if (w->sends)
		put(m, &m->messages[w->message], M_RETURNED);
	finish(w, w->sends ? MACH_SEND_INTERRUPTED : MACH_RCV_INTERRUPTED);
}

int
model_wake(struct model *m, int task, int thread, const struct letter *got)
{
	struct m_waiter *w;

	w = &m->tasks[task].waiters[thread];
	w->used = w->done = false;
	if (w->result == MACH_RCV_TOO_LARGE)
		check_large(m, &w->large, w->want.room, got);
	else if (w->message != -1 && w->sends)
		model_return(m, task, &m->messages[w->message], got);
	else if (w->message != -1)
		arrive(m, task, &m->messages[w->message], got);
	model_settle(m);
	return (w->result);
}
