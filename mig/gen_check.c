/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The functions that check what arrives: the server's requests, the user's
 * replies.
 *
 * A message may be of any content.  Nothing of it is believed before it is
 * compared with what the routine says: first the size, then what the size makes
 * safe to read.
 */

#include "gen.h"

/* How a check names what it checks, and what it returns. */
struct check {
	const struct message *msg;
	const char	*type;
	const char	*pointer;	/* "In" or "Out" */
	const char	*misshaped;	/* the code for a wrong size or count */
};

static const char *
at(struct gen *g, const struct check *c, unsigned int base)
{
	return (text(g, "%s%uP", c->pointer, base));
}

static const char *
count_of(struct gen *g, const struct check *c, const struct arg *arg)
{
	if (arg->counter != NULL)
		arg = arg->counter;
	return (text(g, "%s->%sCnt", at(g, c, c->pointer[0] == 'I' ?
	    arg->request_count : arg->reply_count), arg->name));
}

/* Ends "if (condition" and returns a code. */
static void
fail(struct gen *g, const char *code)
{
	line(g, "\treturn (%s);", code);
}

static void
check_size(struct gen *g, const struct check *c)
{
	const char *p = at(g, c, 0);
	const struct message *msg = c->msg;

	if (msg->nvariable == 0) {
		line(g, "if (%s->Head.msgh_size != sizeof(%s) ||", p, c->type);
	} else {
		line(g, "if (%s->Head.msgh_size < sizeof(%s) - %u ||", p,
		    c->type, msg->variable);
		line(g, "    %s->Head.msgh_size > sizeof(%s) ||", p, c->type);
	}
	if (!msg->complex) {
		line(g, "    (%s->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) "
		    "!= 0)", p);
	} else {
		line(g, "    (%s->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) "
		    "== 0 ||", p);
		line(g, "    %s->msgh_body.msgh_descriptor_count != %u)", p,
		    msg->ndescriptors);
	}
	fail(g, c->misshaped);
}

static void
check_port(struct gen *g, const struct type *t, const char *what)
{
	line(g, "if (%s.type != MACH_MSG_PORT_DESCRIPTOR%s", what,
	    t->receive.name == NULL ? ")" : " ||");
	if (t->receive.name != NULL)
		line(g, "    %s.disposition != %s)", what, t->receive.name);
	fail(g, "MIG_TYPE_ERROR");
}

static void
check_descriptor(struct gen *g, const struct check *c, const struct arg *arg)
{
	const struct type *t = arg->type;
	const char *what;

	what = text(g, "%s->%s", at(g, c, 0), arg->name);
	switch (type_wire(t)) {
	case WIRE_PORT:
		check_port(g, t, what);
		break;
	case WIRE_PORTS:
		line(g, "for (i = 0; i < %u; i++)", t->max);
		g->indent++;
		check_port(g, t->element, text(g, "%s[i]", what));
		g->indent--;
		break;
	case WIRE_OOL:
		line(g, "if (%s.type != MACH_MSG_OOL_DESCRIPTOR%s", what,
		    t->counted ? ")" : " ||");
		if (!t->counted)
			line(g, "    %s.size != %u)", what, type_bytes(t));
		fail(g, "MIG_TYPE_ERROR");
		break;
	default:
		line(g, "if (%s.type != MACH_MSG_OOL_PORTS_DESCRIPTOR%s", what,
		    t->counted && t->element->receive.name == NULL ? ")" :
		    " ||");
		if (t->element->receive.name != NULL)
			line(g, "    %s.disposition != %s%s", what,
			    t->element->receive.name, t->counted ? ")" :
			    " ||");
		if (!t->counted)
			line(g, "    %s.count != %u)", what, t->max);
		fail(g, "MIG_TYPE_ERROR");
	}
}

/* The descriptor of an array and its count say the same. */
static void
check_ool_count(struct gen *g, const struct check *c, const struct arg *arg)
{
	const struct type *t = arg->type;
	const char *what, *count;

	what = text(g, "%s->%s", at(g, c, 0), arg->name);
	count = count_of(g, c, arg);
	if (type_wire(t) == WIRE_OOL_PORTS) {
		line(g, "if (%s.count != %s)", what, count);
	} else if (t->size == 1) {
		line(g, "if (%s.size != %s)", what, count);
	} else {
		line(g, "if (%s.size / %u != %s ||", what, t->size, count);
		line(g, "    %s.size %% %u != 0)", what, t->size);
	}
	fail(g, "MIG_TYPE_ERROR");
}

/*
 * Beyond the count there are no rights: nobody would take them, and they would
 * stay with the receiver for good.
 */
static void
check_rest(struct gen *g, const struct check *c, const struct arg *arg)
{
	line(g, "for (i = %s; i < %u; i++)", count_of(g, c, arg),
	    arg->type->max);
	g->indent++;
	line(g, "if (%s->%s[i].name != MACH_PORT_NULL)", at(g, c, 0),
	    arg->name);
	fail(g, c->misshaped);
	g->indent--;
}

/* The count of an array whose elements are in a descriptor. */
static void
check_count(struct gen *g, const struct check *c, const struct arg *arg)
{
	const struct type *t = arg->type;

	if (type_wire(t) == WIRE_OOL || type_wire(t) == WIRE_OOL_PORTS)
		check_ool_count(g, c, arg);
	if (t->max > 0) {
		line(g, "if (%s > %u)", count_of(g, c, arg), t->max);
		fail(g, c->misshaped);
	}
	if (type_wire(t) == WIRE_PORTS)
		check_rest(g, c, arg);
}

static void
check_string(struct gen *g, const struct check *c, const struct field *field,
    const char *size)
{
	line(g, "if (memchr(%s->%s, '\\0', %s) == NULL)",
	    at(g, c, field->base), field->arg->name, size);
	fail(g, c->misshaped);
}

/* The last base anything is read of; arrays themselves are not. */
static unsigned int
last_read(const struct check *c)
{
	unsigned int base, i;

	base = 0;
	for (i = 0; i < c->msg->nfields; i++) {
		const struct field *field = &c->msg->fields[i];
		bool in_reply = c->pointer[0] == 'O';

		if (field->kind == FIELD_COUNT ? in_reply ||
		    arg_in_request(field->arg) : field->kind == FIELD_VALUE &&
		    field->arg->type->kind == TYPE_STRING)
			base = field->base;
	}
	return (base);
}

static void
check_variable(struct gen *g, const struct check *c,
    const struct field *field)
{
	const struct type *t = field->arg->type;
	const char *count, *used, *p;

	p = at(g, c, field->base);
	count = type_wire(t) == WIRE_VSTRING ?
	    text(g, "%s->%sCnt", p, field->arg->name) :
	    count_of(g, c, field->arg);
	used = gen_used_bytes(g, t, count);
	if (t->kind == TYPE_ARRAY)
		line(g, "_Static_assert(sizeof(%s) == %u, \"%s\");",
		    type_element_c(g->m, t, g->server), t->size,
		    field->arg->name);
	line(g, "if (%s > %u ||", count, t->max);
	line(g, "    left < _WALIGN_(%s))", used);
	fail(g, c->misshaped);
	if (type_wire(t) == WIRE_VSTRING)
		check_string(g, c, field, count);
	line(g, "left -= _WALIGN_(%s);", used);
	if (field->base < last_read(c))
		gen_rebase(g, c->type, c->pointer, p, field, used, "const ");
}

/* Everything after the descriptors. */
static void
check_data(struct gen *g, const struct check *c)
{
	const struct message *msg = c->msg;
	const struct field *field;
	const struct type *t;
	unsigned int i;

	if (msg->nvariable > 0)
		line(g, "left = %s->Head.msgh_size -\n\t    "
		    "((mach_msg_size_t)sizeof(%s) - %u);", at(g, c, 0), c->type,
		    msg->variable);
	for (i = 0; i < msg->nfields; i++) {
		field = &msg->fields[i];
		if (field->kind != FIELD_VALUE)
			continue;
		t = field->arg->type;
		switch (type_wire(t)) {
		case WIRE_STRING:
			check_string(g, c, field, text(g, "%u", t->max));
			break;
		case WIRE_VARRAY:
		case WIRE_VSTRING:
			check_variable(g, c, field);
			break;
		default:
			break;
		}
	}
	if (msg->nvariable > 0) {
		line(g, "if (left != 0)");
		fail(g, c->misshaped);
	}
}

/* Counts come after descriptors, and may be moved by what comes before them. */
static void
check_counts(struct gen *g, const struct check *c)
{
	unsigned int i;

	for (i = 0; i < c->msg->nfields; i++) {
		const struct field *field = &c->msg->fields[i];

		if (field->kind == FIELD_VALUE && field->arg->type->counted &&
		    type_is_descriptor(field->arg->type))
			check_count(g, c, field->arg);
	}
}

static void
check_locals(struct gen *g, const struct check *c)
{
	const struct message *msg = c->msg;
	unsigned int base;
	bool ports;

	ports = gen_uses_index(msg);
	for (base = 1; base <= last_read(c); base++)
		line(g, "const %s *%s;", gen_tail_type(g, c->type, base),
		    at(g, c, base));
	if (msg->nvariable > 0)
		line(g, "mach_msg_size_t left;\t/* for what is variable */");
	if (ports)
		line(g, "unsigned int i;");
	if (ports || msg->nvariable > 0)
		blank(g);
}

static void
check_body(struct gen *g, const struct check *c)
{
	unsigned int i;

	check_size(g, c);
	for (i = 0; i < c->msg->ndescriptors && i < c->msg->nfields; i++) {
		const struct field *field = &c->msg->fields[i];

		if (field->kind != FIELD_VALUE ||
		    !type_is_descriptor(field->arg->type))
			break;
		check_descriptor(g, c, field->arg);
	}
	check_data(g, c);
	check_counts(g, c);
}

/* KERN_SUCCESS if a request is one that the routine takes. */
void
gen_request_check(struct gen *g, struct routine *rt)
{
	struct check c = { &rt->request, gen_request_type(g, rt), "In",
	    "MIG_BAD_ARGUMENTS" };

	line(g, "static kern_return_t");
	line(g, "__MIG_check__Request__%s_t(", rt->name);
	line(g, "\tconst %s *In0P)", c.type);
	line(g, "{");
	g->indent++;
	check_locals(g, &c);
	check_body(g, &c);
	line(g, "return (KERN_SUCCESS);");
	g->indent--;
	line(g, "}");
	blank(g);
}

/* A reply that is nothing but the code of an error. */
static void
check_error_reply(struct gen *g, const struct check *c)
{
	const char *code;

	code = c->msg->complex ?
	    "((const mig_reply_error_t *)Out0P)->RetCode" : "Out0P->RetCode";
	line(g, "if (Out0P->Head.msgh_size == sizeof(mig_reply_error_t) &&");
	line(g, "    (Out0P->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&");
	line(g, "    %s != KERN_SUCCESS)", code);
	fail(g, code);
}

/*
 * KERN_SUCCESS if a reply is one that the routine makes; the code in it, if
 * that is an error.
 */
void
gen_reply_check(struct gen *g, struct routine *rt)
{
	struct check c = { &rt->reply, gen_reply_type(g, rt), "Out",
	    "MIG_TYPE_ERROR" };

	line(g, "static kern_return_t");
	line(g, "__MIG_check__Reply__%s_t(", rt->name);
	line(g, "\tconst %s *Out0P)", c.type);
	line(g, "{");
	g->indent++;
	check_locals(g, &c);
	line(g, "if (Out0P->Head.msgh_id != %u)", rt->id + 100);
	line(g, "\treturn (Out0P->Head.msgh_id == MACH_NOTIFY_SEND_ONCE ?");
	line(g, "\t    MIG_SERVER_DIED : MIG_REPLY_MISMATCH);");
	line(g, "if (Out0P->Head.msgh_remote_port != MACH_PORT_NULL)");
	fail(g, c.misshaped);
	if (rt->reply.complex || rt->reply.nfields > 1)
		check_error_reply(g, &c);
	check_body(g, &c);
	line(g, "return (%s);", rt->reply.complex ? "KERN_SUCCESS" :
	    "Out0P->RetCode");
	g->indent--;
	line(g, "}");
	blank(g);
}
