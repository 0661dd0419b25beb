/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Letters into messages and back, and looking at names; see agent.h.
 */

#include "agent.h"

#include <string.h>
#include <sys/mman.h>

#include <mach/kern_return.h>
#include <mach/notify.h>

#include "mach_abi.h"

#define	UNTOUCHED	0xa5	/* what a buffer is filled with */

/*
 * Out.
 */

static void *
fresh_memory(uint32_t size)
{
	void *p;

	if (size == 0)
		return (NULL);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return (p == MAP_FAILED ? NULL : p);
}

static void *
write_memory(const struct letter_desc *d)
{
	uint8_t *p;
	uint32_t i;

	p = fresh_memory(d->size);
	for (i = 0; p != NULL && i < d->size; i++)
		p[i] = (uint8_t)(d->first + i);
	return (p);
}

static void *
write_names(const struct letter_desc *d)
{
	void *p;

	p = fresh_memory((uint32_t)d->n * sizeof(d->names[0]));
	if (p != NULL)
		memcpy(p, d->names, (size_t)d->n * sizeof(d->names[0]));
	return (p);
}

/* Returns what follows.  The memory it shows is *memory. */
static char *
write_desc(const struct letter_desc *d, char *u, void **memory)
{
	mach_msg_port_descriptor_t *up;
	mach_msg_guarded_port_descriptor_t *ug;
	mach_msg_ool_descriptor_t *uo;
	mach_msg_ool_ports_descriptor_t *us;

	switch (d->kind) {
	case LETTER_RIGHT:
		up = (void *)u;
		up->type = MACH_MSG_PORT_DESCRIPTOR;
		up->name = d->names[0];
		up->disposition = (u_int)d->type & 0xff;
		return ((char *)(up + 1));
	case LETTER_GUARDED:
		ug = (void *)u;
		ug->type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
		ug->name = d->names[0];
		ug->context = d->context;
		ug->flags = (u_int)d->flags & 0xffff;
		ug->disposition = (u_int)d->type & 0xff;
		return ((char *)(ug + 1));
	case LETTER_MEMORY:
		uo = (void *)u;
		uo->type = MACH_MSG_OOL_DESCRIPTOR;
		uo->address = *memory = write_memory(d);
		uo->size = d->size;
		uo->deallocate = d->deallocate;
		uo->copy = MACH_MSG_VIRTUAL_COPY;
		return ((char *)(uo + 1));
	default:
		us = (void *)u;
		us->type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
		us->address = *memory = write_names(d);
		us->count = (u_int)d->n;
		us->disposition = (u_int)d->type & 0xff;
		us->deallocate = d->deallocate;
		return ((char *)(us + 1));
	}
}

static void
write_letter(const struct letter *l, char *buf, void *memory[LETTER_DESCS])
{
	mach_msg_base_t *base;
	uint32_t word;
	char *u;
	int i;

	base = (void *)buf;
	memset(base, 0, sizeof(*base));
	base->header.msgh_bits = MACH_MSGH_BITS((u_int)l->dest.type,
	    (u_int)l->reply.type);
	base->header.msgh_remote_port = l->dest.name;
	base->header.msgh_local_port = l->reply.name;
	base->header.msgh_id = l->id;
	u = (char *)(&base->header + 1);
	if (l->complex) {
		base->header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		base->body.msgh_descriptor_count = (u_int)l->ndescs;
		u = (char *)(base + 1);
		memset(u, 0, 16 * LETTER_DESCS);
	}
	for (i = 0; i < l->ndescs; i++) {
		memory[i] = NULL;
		u = write_desc(&l->descs[i], u, &memory[i]);
	}
	for (i = 0; i < l->nwords; i++) {
		word = l->word + (uint32_t)i;
		memcpy(u + 4 * i, &word, sizeof(word));
	}
}

/*
 * In.
 */

static void
read_memory(const mach_msg_ool_descriptor_t *uo, struct letter_desc *d,
    bool *damaged)
{
	const uint8_t *p;
	uint32_t i;

	d->size = uo->size;
	p = uo->address;
	if (d->size == 0 ? p != NULL : p == NULL) {
		*damaged = true;
		return;
	}
	d->first = d->size > 0 ? p[0] : 0;
	for (i = 0; i < d->size; i++)
		*damaged |= p[i] != (uint8_t)(d->first + i);
	if (d->size > 0)
		(void)munmap(uo->address, d->size);
}

static void
read_names(const mach_msg_ool_ports_descriptor_t *us, struct letter_desc *d,
    bool *damaged)
{
	d->n = (int)us->count;
	d->type = us->disposition;
	*damaged |= d->n > LETTER_NAMES ||
	    (d->n == 0 ? us->address != NULL : us->address == NULL);
	if (*damaged || d->n == 0)
		return;
	memcpy(d->names, us->address, (size_t)d->n * sizeof(d->names[0]));
	(void)munmap(us->address, (size_t)d->n * sizeof(d->names[0]));
}

static char *
read_desc(char *u, struct letter_desc *d, bool *damaged)
{
	const mach_msg_guarded_port_descriptor_t *ug;
	const mach_msg_port_descriptor_t *up;
	const mach_msg_ool_descriptor_t *uo;
	const mach_msg_ool_ports_descriptor_t *us;

	up = (void *)u;
	switch (up->type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		d->kind = LETTER_RIGHT;
		d->type = up->disposition;
		d->n = 1;
		d->names[0] = up->name;
		return (u + sizeof(*up));
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		ug = (void *)u;
		d->kind = LETTER_GUARDED;
		d->type = ug->disposition;
		d->n = 1;
		d->names[0] = ug->name;
		d->context = ug->context;
		return (u + sizeof(*ug));
	case MACH_MSG_OOL_DESCRIPTOR:
		uo = (void *)u;
		d->kind = LETTER_MEMORY;
		*damaged |= !uo->deallocate;
		read_memory(uo, d, damaged);
		return (u + sizeof(*uo));
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		us = (void *)u;
		d->kind = LETTER_RIGHTS;
		*damaged |= !us->deallocate;
		read_names(us, d, damaged);
		return (u + sizeof(*us));
	default:
		*damaged = true;
		return (u);
	}
}

static void
read_trailer(char *u, const char *end, struct letter *l)
{
	const mach_msg_context_trailer_t *t;
	const char *p;

	t = (void *)u;
	l->damaged |= t->msgh_trailer_type != MACH_MSG_TRAILER_FORMAT_0 ||
	    t->msgh_trailer_size != sizeof(*t);
	l->seqno = t->msgh_seqno;
	l->context = t->msgh_context;
	l->sender.pid = t->msgh_audit.val[5];
	l->sender.version = t->msgh_audit.val[7];
	/* Nothing is written behind it. */
	for (p = u + sizeof(*t); p < end; p++)
		l->damaged |= (uint8_t)*p != UNTOUCHED;
}

/* The words behind the descriptors, or the one a notification tells. */
static void
read_words(char *u, const char *end, struct letter *l)
{
	uint32_t word;
	int i;

	if (l->id < 1000 && l->size == 36)
		u = (char *)(uintptr_t)end - sizeof(word);
	for (i = 0; u + 4 * i < end; i++) {
		memcpy(&word, u + 4 * i, sizeof(word));
		if (i == 0)
			l->word = word;
		l->damaged |= word != l->word + (uint32_t)i;
	}
}

/* A header's rights in the order of the letter: received, or given back. */
static void
read_header(const mach_msg_header_t *h, bool back, struct letter *l)
{
	memset(l, 0, sizeof(*l));
	l->id = h->msgh_id;
	l->size = h->msgh_size;
	l->complex = (h->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0;
	l->dest.type = (int)MACH_MSGH_BITS_LOCAL(h->msgh_bits);
	l->dest.name = h->msgh_local_port;
	l->reply.type = (int)MACH_MSGH_BITS_REMOTE(h->msgh_bits);
	l->reply.name = h->msgh_remote_port;
	if (!back)
		return;
	l->dest.type = (int)MACH_MSGH_BITS_REMOTE(h->msgh_bits);
	l->dest.name = h->msgh_remote_port;
	l->reply.type = (int)MACH_MSGH_BITS_LOCAL(h->msgh_bits);
	l->reply.name = h->msgh_local_port;
}

static void
read_letter(char *buf, bool back, struct letter *l)
{
	mach_msg_base_t *base;
	char *end, *u;
	int i;

	base = (void *)buf;
	read_header(&base->header, back, l);
	l->buffer = (uintptr_t)buf;
	end = buf + l->size;
	u = (char *)(&base->header + 1);
	if (l->complex) {
		u = (char *)(base + 1);
		l->ndescs = (int)base->body.msgh_descriptor_count;
		if (l->ndescs > LETTER_DESCS) {
			l->damaged = true;
			return;
		}
	}
	for (i = 0; i < l->ndescs; i++)
		u = read_desc(u, &l->descs[i], &l->damaged);
	read_words(u, end, l);
	if (!back)
		read_trailer(end, buf + LETTER_ROOM, l);
}

/*
 * Calls.
 */

/* Memory that is still the sender's; what came back is other memory. */
static void
free_memory(const struct letter *l, void *memory[LETTER_DESCS], bool taken)
{
	const struct letter_desc *d;
	int i;

	for (i = 0; i < l->ndescs; i++) {
		d = &l->descs[i];
		if (memory[i] == NULL || (taken && d->deallocate))
			continue;
		(void)munmap(memory[i], d->kind == LETTER_MEMORY ? d->size :
		    (size_t)d->n * sizeof(d->names[0]));
	}
}

static bool
came_back(int mr)
{
	return (mr == MACH_SEND_TIMED_OUT || mr == MACH_SEND_INTERRUPTED);
}

static void
run_send(struct call *c)
{
	char buf[LETTER_ROOM] __attribute__((__aligned__(8)));
	void *memory[LETTER_DESCS];
	struct letter sent;
	bool back;

	sent = c->letter;
	memset(buf, UNTOUCHED, sizeof(buf));
	write_letter(&sent, buf, memory);
	/* Not a disposition any more if it has come back. */
	((mach_msg_header_t *)(void *)buf)->msgh_size = 0;
	c->result = agent_msg(buf, c->option, letter_size(&sent), 0,
	    MACH_PORT_NULL);
	back = came_back(c->result) || (c->result == MACH_SEND_INVALID_DEST &&
	    ((mach_msg_header_t *)(void *)buf)->msgh_size != 0);
	memset(&c->letter, 0, sizeof(c->letter));
	free_memory(&sent, memory, back || c->result == MACH_MSG_SUCCESS);
	if (back)
		read_letter(buf, true, &c->letter);
}

static void
run_receive(struct call *c)
{
	char buf[LETTER_ROOM] __attribute__((__aligned__(8)));

	memset(buf, UNTOUCHED, sizeof(buf));
	memset(&c->letter, 0, sizeof(c->letter));
	c->result = agent_msg(buf, c->option | LETTER_TRAILER, 0, c->room,
	    c->name);
	if (c->result == MACH_MSG_SUCCESS)
		read_letter(buf, false, &c->letter);
	else if (c->result == MACH_RCV_TOO_LARGE &&
	    c->room >= sizeof(mach_msg_header_t))
		read_header((void *)buf, false, &c->letter);
}

/* Drops what libmach has fetched for the program besides its task's port. */
static void
forget_others(uint32_t self)
{
	uint32_t names[VIEW_NAMES];
	struct mach_port_names_args a = { .task = self,
		.names = (uintptr_t)names, .capacity = VIEW_NAMES };
	struct mach_port_name_args n = { .task = self };
	uint32_t i;

	if (agent_trap(MACH_TRAP_PORT_NAMES, &a, sizeof(a)) != KERN_SUCCESS)
		return;
	for (i = 0; i < a.count && i < VIEW_NAMES; i++) {
		n.name = names[i];
		if (n.name != self)
			(void)agent_trap(MACH_TRAP_PORT_DESTROY, &n, sizeof(n));
	}
}

static void
run_self(struct call *c)
{
	struct mach_name_args self = { 0 };
	struct mach_tokens_args tokens;

	c->result = agent_trap(MACH_TRAP_TASK_SELF, &self, sizeof(self));
	c->name = self.name;
	memset(&tokens, 0, sizeof(tokens));
	tokens.task = self.name;
	if (c->result == KERN_SUCCESS)
		c->result = agent_trap(MACH_TRAP_TASK_TOKENS, &tokens,
		    sizeof(tokens));
	forget_others(self.name);
	c->letter.sender.pid = tokens.audit[5];
	c->letter.sender.version = tokens.audit[7];
}

static int
view_port(uint32_t self, struct view_name *n)
{
	struct mach_port_attributes_args a = { self, n->name,
		MACH_PORT_RECEIVE_STATUS, MACH_PORT_RECEIVE_STATUS_COUNT,
		{ 0 } };
	struct mach_port_guard_args g = { .task = self, .name = n->name };
	int kr;

	kr = agent_trap(MACH_TRAP_PORT_GET_ATTRIBUTES, &a, sizeof(a));
	if (kr == KERN_SUCCESS)
		kr = agent_trap(MACH_TRAP_PORT_GET_CONTEXT, &g, sizeof(g));
	memcpy(&n->status, a.info, sizeof(n->status));
	n->context = g.guard;
	return (kr);
}

static int
view_set(uint32_t self, struct view *v, struct view_name *n)
{
	struct mach_port_names_args a = { .task = self, .name = n->name };
	int kr;

	n->member = v->nmembers;
	a.capacity = VIEW_MEMBERS - v->nmembers;
	a.names = (uintptr_t)&v->members[v->nmembers];
	kr = agent_trap(MACH_TRAP_PORT_GET_SET_STATUS, &a, sizeof(a));
	if (kr != KERN_SUCCESS || a.count > a.capacity)
		return (KERN_FAILURE);
	n->nmembers = a.count;
	v->nmembers += a.count;
	return (KERN_SUCCESS);
}

static int
view_name(uint32_t self, struct view *v, struct view_name *n)
{
	struct mach_port_refs_args a;
	int kr;
	u_int right;

	for (right = 0; right < 5; right++) {
		a = (struct mach_port_refs_args){ self, n->name, right, -1 };
		kr = agent_trap(MACH_TRAP_PORT_GET_REFS, &a, sizeof(a));
		if (kr != KERN_SUCCESS)
			return (kr);
		n->refs[right] = (uint32_t)a.value;
	}
	if ((n->type & MACH_PORT_TYPE_RECEIVE) != 0)
		return (view_port(self, n));
	if ((n->type & MACH_PORT_TYPE_PORT_SET) != 0)
		return (view_set(self, v, n));
	return (KERN_SUCCESS);
}

static void
run_view(struct call *c)
{
	uint32_t names[VIEW_NAMES], types[VIEW_NAMES];
	struct mach_port_names_args a = { .task = c->self,
		.names = (uintptr_t)names, .types = (uintptr_t)types,
		.capacity = VIEW_NAMES };
	struct view *v;
	uint32_t i;

	v = &c->view;
	v->count = v->nmembers = 0;
	c->result = agent_trap(MACH_TRAP_PORT_NAMES, &a, sizeof(a));
	if (c->result != KERN_SUCCESS || a.count > VIEW_NAMES)
		return;
	v->count = a.count;
	for (i = 0; i < a.count && c->result == KERN_SUCCESS; i++) {
		v->names[i].name = names[i];
		v->names[i].type = types[i];
		c->result = view_name(c->self, v, &v->names[i]);
	}
}

void
agent_run(struct call *c)
{
	switch (c->kind) {
	case CALL_TRAP:
		c->result = agent_trap(c->op, c->args, c->size);
		break;
	case CALL_SEND:
		run_send(c);
		break;
	case CALL_RECEIVE:
		run_receive(c);
		break;
	case CALL_SELF:
		run_self(c);
		break;
	case CALL_VIEW:
		run_view(c);
		break;
	default:
		c->result = KERN_NOT_SUPPORTED;
		break;
	}
}
