/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Types: what a type is in C, and what becomes of it in a message.
 */

#include <string.h>

#include "mig.h"

#define	MAX_DEPTH	32

struct primitive {
	const char	*name;		/* after MACH_MSG_TYPE_ */
	const char	*ctype;
	uint32_t	size;
	const char	*receive;	/* of ports: the right that arrives */
};

static const struct primitive primitives[] = {
	{ "BOOLEAN", "boolean_t", 4, NULL },
	{ "BYTE", "uint8_t", 1, NULL },
	{ "CHAR", "char", 1, NULL },
	{ "INTEGER_8", "int8_t", 1, NULL },
	{ "INTEGER_16", "int16_t", 2, NULL },
	{ "INTEGER_32", "int32_t", 4, NULL },
	{ "INTEGER_64", "int64_t", 8, NULL },
	{ "REAL_32", "float", 4, NULL },
	{ "REAL_64", "double", 8, NULL },
	{ "PORT_NAME", "mach_port_name_t", 4, NULL },
	{ "MOVE_RECEIVE", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_RECEIVE" },
	{ "PORT_RECEIVE", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_RECEIVE" },
	{ "MOVE_SEND", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_SEND" },
	{ "COPY_SEND", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_SEND" },
	{ "MAKE_SEND", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_SEND" },
	{ "PORT_SEND", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_SEND" },
	{ "MOVE_SEND_ONCE", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_SEND_ONCE" },
	{ "MAKE_SEND_ONCE", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_SEND_ONCE" },
	{ "PORT_SEND_ONCE", "mach_port_t", 4, "MACH_MSG_TYPE_PORT_SEND_ONCE" },
	{ "POLYMORPHIC", "mach_port_t", 4, "" }
};

static struct type *
type_alloc(struct mig *m, const struct pos *pos, enum type_kind kind)
{
	struct type *t;

	t = arena_alloc(&m->arena, sizeof(*t));
	t->pos = *pos;
	t->kind = kind;
	return (t);
}

static void
set_c(struct type *t, const char *name)
{
	t->cuser = name;
	t->cserver = name;
}

/* What stands for a type that is wrong: the error has been reported. */
struct type *
type_broken(struct mig *m, const struct pos *pos)
{
	struct type *t;

	t = type_alloc(m, pos, TYPE_SCALAR);
	t->size = 4;
	t->broken = true;
	set_c(t, "int");
	return (t);
}

static const struct primitive *
primitive_find(struct mig *m, const struct token *token)
{
	const char *name;
	size_t i;

	name = token->sym->text;
	if (strncmp(name, "MACH_MSG_TYPE_", 14) == 0)
		name += 14;
	else
		name = "POLYMORPHIC";
	for (i = 0; i < nitems(primitives); i++)
		if (strcmp(primitives[i].name, name) == 0)
			return (&primitives[i]);
	if (strcmp(name, "STRING") == 0 || strcmp(name, "STRING_C") == 0)
		diag_error(m, &token->pos, "%s: use c_string",
		    token->sym->text);
	else
		diag_error(m, &token->pos, "%s is no type mig knows",
		    token->sym->text);
	return (NULL);
}

/* `sent' as the sender sees it, or `sent|received'. */
struct type *
type_primitive(struct mig *m, const struct token *sent,
    const struct token *received)
{
	const struct primitive *s, *r;
	struct type *t;

	s = primitive_find(m, sent);
	r = received == sent ? s : primitive_find(m, received);
	if (s == NULL || r == NULL)
		return (type_broken(m, &sent->pos));
	if ((s->receive == NULL) != (r->receive == NULL) ||
	    s->size != r->size) {
		diag_error(m, &received->pos,
		    "what is sent as %s does not arrive as %s",
		    sent->sym->text, received->sym->text);
		return (type_broken(m, &sent->pos));
	}
	t = type_alloc(m, &sent->pos, s->receive != NULL ? TYPE_PORT :
	    TYPE_SCALAR);
	t->size = s->size;
	t->wide = s->size == 8;
	set_c(t, s->ctype);
	if (t->kind == TYPE_PORT) {
		if (s->receive[0] != '\0')
			t->send.name = sent->sym->text;
		if (r->receive[0] != '\0')
			t->receive.name = r->receive;
	}
	return (t);
}

struct type *
type_named(struct mig *m, const struct token *name)
{
	if (name->sym->type == NULL) {
		diag_error(m, &name->pos, "type %s is not declared",
		    name->sym->text);
		return (type_broken(m, &name->pos));
	}
	return (name->sym->type);
}

/* Elements must be of a known size, and be in the message. */
static bool
element_check(struct mig *m, const struct pos *pos, const struct type *t,
    bool counted)
{
	const char *problem;

	problem = NULL;
	if (t->ool || t->counted)
		problem = "elements must be of a fixed size";
	else if (t->kind == TYPE_ARRAY && t->element->kind == TYPE_PORT)
		problem = "elements cannot be arrays of ports";
	else if (t->cuser == NULL && (t->kind != TYPE_ARRAY || counted))
		problem = "elements of this kind need a C type; "
		    "declare one with `type'";
	else if (t->depth >= MAX_DEPTH)
		problem = "types are nested too deeply";
	if (problem != NULL)
		diag_error(m, pos, "%s", problem);
	return (problem == NULL);
}

static bool
size_check(struct mig *m, const struct pos *pos, uint64_t count,
    uint64_t size)
{
	if (count * size <= MAX_BYTES)
		return (true);
	diag_error(m, pos, "too large for a message");
	return (false);
}

/* `max' is 0 if there is no bound: such an array is never in the message. */
struct type *
type_array(struct mig *m, const struct pos *pos, bool counted, uint32_t max,
    struct type *element)
{
	struct type *t;

	if (!element_check(m, pos, element, counted) ||
	    !size_check(m, pos, max, type_bytes(element)))
		return (type_broken(m, pos));
	/* Rows without a name of their own are one long row. */
	while (element->kind == TYPE_ARRAY && element->cuser == NULL) {
		max *= element->max;
		element = element->element;
	}
	t = type_alloc(m, pos, TYPE_ARRAY);
	t->counted = counted;
	t->max = max;
	t->ool = counted && max == 0;
	t->element = element;
	t->size = type_bytes(element);
	t->wide = element->wide;
	t->broken = element->broken;
	t->depth = element->depth + 1;
	return (t);
}

struct type *
type_struct(struct mig *m, const struct pos *pos, uint32_t count,
    struct type *element)
{
	struct type *t;

	if (!element_check(m, pos, element, false) ||
	    !size_check(m, pos, count, type_bytes(element)))
		return (type_broken(m, pos));
	if (element->kind == TYPE_PORT) {
		diag_error(m, pos, "a structure cannot hold ports");
		return (type_broken(m, pos));
	}
	t = type_alloc(m, pos, TYPE_STRUCT);
	t->size = count * type_bytes(element);
	t->wide = element->wide;
	t->broken = element->broken;
	t->depth = element->depth + 1;
	return (t);
}

/* `max' counts the NUL. */
struct type *
type_string(struct mig *m, const struct pos *pos, bool counted, uint32_t max)
{
	struct type *t;

	if (!size_check(m, pos, max, 1))
		return (type_broken(m, pos));
	t = type_alloc(m, pos, TYPE_STRING);
	t->counted = counted;
	t->max = max;
	t->size = 1;
	return (t);
}

/* ^T: T in memory of its own. */
struct type *
type_pointer(struct mig *m, const struct pos *pos, struct type *target)
{
	struct type *t;

	if (target->kind == TYPE_STRING) {
		diag_error(m, pos, "a c_string cannot be out of line; "
		    "use an array of MACH_MSG_TYPE_CHAR");
		return (type_broken(m, pos));
	}
	/* `^array[] of' says twice what once is enough for. */
	if (target->ool && (target->max > 0 || target->sym != NULL)) {
		diag_error(m, pos, "this is out of line already");
		return (type_broken(m, pos));
	}
	if (target->depth >= MAX_DEPTH) {
		diag_error(m, pos, "types are nested too deeply");
		return (type_broken(m, pos));
	}
	if (target->kind == TYPE_ARRAY) {
		t = type_variant(m, target);
		t->cuser = t->cserver = NULL;
	} else {
		t = type_alloc(m, pos, TYPE_ARRAY);
		t->max = 1;
		t->element = target;
		t->size = target->size;
		t->broken = target->broken;
		t->depth = target->depth + 1;
	}
	t->ool = true;
	return (t);
}

/*
 * A type to change: a copy of one that has a name, without the C types and
 * translations that belong to the name.
 */
struct type *
type_variant(struct mig *m, struct type *t)
{
	static const struct translation none;
	struct type *copy;

	if (t->sym == NULL)
		return (t);
	copy = arena_alloc(&m->arena, sizeof(*copy));
	*copy = *t;
	copy->sym = NULL;
	copy->cuser_given = false;
	copy->cserver_given = false;
	copy->intran = none;
	copy->outtran = none;
	copy->destructor = none;
	return (copy);
}

void
type_ctype(struct type *t, const struct token *name, bool user, bool server)
{
	if (user) {
		t->cuser = name->sym->text;
		t->cuser_given = true;
	}
	if (server) {
		t->cserver = name->sym->text;
		t->cserver_given = true;
	}
}

/* Gives a type its name, which is its name in C too if no other is given. */
struct type *
type_declare(struct mig *m, const struct token *name, struct type *t)
{
	t = type_variant(m, t);
	t->pos = name->pos;
	t->sym = name->sym;
	if (!t->cuser_given)
		t->cuser = name->sym->text;
	if (!t->cserver_given)
		t->cserver = name->sym->text;
	return (t);
}

/* Makes a type known by its name.  The same header may be read twice. */
void
type_register(struct mig *m, struct type *t)
{
	struct type *old;

	if (t->sym == NULL)
		return;
	old = t->sym->type;
	if (old != NULL && (old->kind != t->kind || old->size != t->size ||
	    old->max != t->max || type_wire(old) != type_wire(t))) {
		diag_error(m, &t->pos, "type %s is already declared, as "
		    "another, in %s:%u", t->sym->text, old->pos.file,
		    old->pos.line);
		return;
	}
	t->sym->type = t;
}

enum wire
type_wire(const struct type *t)
{
	bool ports;

	ports = t->kind == TYPE_ARRAY && t->element->kind == TYPE_PORT;
	if (t->ool)
		return (ports ? WIRE_OOL_PORTS : WIRE_OOL);
	switch (t->kind) {
	case TYPE_PORT:
		return (WIRE_PORT);
	case TYPE_ARRAY:
		if (ports)
			return (WIRE_PORTS);
		return (t->counted ? WIRE_VARRAY : WIRE_ARRAY);
	case TYPE_STRING:
		return (t->counted ? WIRE_VSTRING : WIRE_STRING);
	default:
		return (WIRE_DATA);
	}
}

bool
type_is_descriptor(const struct type *t)
{
	switch (type_wire(t)) {
	case WIRE_PORT:
	case WIRE_PORTS:
	case WIRE_OOL:
	case WIRE_OOL_PORTS:
		return (true);
	default:
		return (false);
	}
}

/* Bytes of all elements there can be. */
uint32_t
type_bytes(const struct type *t)
{
	if (t->kind == TYPE_ARRAY || t->kind == TYPE_STRING)
		return (t->max * t->size);
	return (t->size);
}

/* Bytes after it, up to the next word. */
uint32_t
type_padding(const struct type *t)
{
	return ((4 - type_bytes(t) % 4) % 4);
}

/* The type of an argument in C. */
const char *
type_c(struct mig *m, const struct type *t, bool server)
{
	const char *name;

	name = server ? t->cserver : t->cuser;
	if (name != NULL)
		return (name);
	if (t->kind == TYPE_STRING)
		return ("char *");
	/* routine_check() has complained. */
	if (t->kind == TYPE_STRUCT)
		return ("void");
	return (arena_printf(&m->arena, "%s *", type_element_c(m, t, server)));
}

/* The type of an element of an array in C. */
const char *
type_element_c(struct mig *m, const struct type *t, bool server)
{
	if (t->kind == TYPE_STRING)
		return ("char");
	return (type_c(m, t->element, server));
}
