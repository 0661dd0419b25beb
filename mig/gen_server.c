/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The server's side: one function a routine, that takes a request apart, calls
 * the server's own function, and fills the reply in; the table of them, and the
 * function that finds one for a request.
 *
 * Arrays that come back are written by the server's function where they stand
 * in the largest reply, and moved up when it is known how long they are.  What
 * C aligns to eight bytes goes through a variable, as messages align to four.
 */

#include <string.h>

#include "gen.h"

static const char *
in_at(struct gen *g, unsigned int base)
{
	return (text(g, "In%uP", base));
}

static const char *
out_at(struct gen *g, unsigned int base)
{
	return (base == 0 ? "OutP" : text(g, "Out%uP", base));
}

static bool
is(const char *a, const char *b)
{
	return (b != NULL && strcmp(a, b) == 0);
}

/* The variable of an argument, which must not hide a function it is given to.*/
static const char *
local(struct gen *g, const struct arg *arg)
{
	const struct type *t = arg->type;
	const char *function;

	function = text(g, "%s%s", g->m->serverprefix, arg->routine->name);
	if (is(arg->name, function) || is(arg->name, t->intran.name) ||
	    is(arg->name, t->outtran.name) || is(arg->name, t->destructor.name))
		return (text(g, "%s_", arg->name));
	return (arg->name);
}

static bool
is_array(const struct type *t)
{
	switch (type_wire(t)) {
	case WIRE_ARRAY:
	case WIRE_STRING:
	case WIRE_VARRAY:
	case WIRE_VSTRING:
		return (true);
	default:
		return (false);
	}
}

/* Does the server's function get a copy of an array? */
static bool
is_copied(const struct arg *arg)
{
	return (arg_has_value(arg) && (type_wire(arg->type) == WIRE_PORTS ||
	    (is_array(arg->type) && arg->type->wide)));
}

/* That copy; what it is translated into may have the argument's own name. */
static const char *
copy_of(struct gen *g, const struct arg *arg)
{
	if (arg->type->intran.name != NULL)
		return (text(g, "%sIn", arg->name));
	return (local(g, arg));
}

static const char *
request_count(struct gen *g, const struct arg *arg)
{
	if (arg->counter != NULL)
		arg = arg->counter;
	return (text(g, "%s->%sCnt", in_at(g, arg->request_count),
	    arg->name));
}

/* The count of an array that comes back: a variable. */
static const char *
reply_count(struct gen *g, const struct arg *arg)
{
	if (arg->counter != NULL)
		arg = arg->counter;
	return (text(g, "%sCnt", arg->name));
}

static const struct field *
field_of(const struct message *msg, const struct arg *arg)
{
	unsigned int i;

	for (i = 0; i < msg->nfields; i++)
		if (msg->fields[i].kind == FIELD_VALUE &&
		    msg->fields[i].arg == arg)
			return (&msg->fields[i]);
	return (NULL);
}

/* Bytes of an array of the request that are used. */
static const char *
used_in_request(struct gen *g, const struct arg *arg, const struct field *field)
{
	const struct type *t = arg->type;

	if (type_wire(t) == WIRE_VSTRING)
		return (text(g, "%s->%sCnt", in_at(g, field->base),
		    arg->name));
	if (t->counted)
		return (gen_used_bytes(g, t, request_count(g, arg)));
	return (text(g, "%u", type_bytes(t)));
}

/* What arrived, before any translation. */
static const char *
raw_value(struct gen *g, const struct arg *arg, const struct field *field)
{
	const struct type *t = arg->type;
	const char *p;

	switch (arg->kind) {
	case ARG_REQUEST_PORT:
		return ("In0P->Head.msgh_local_port");
	case ARG_REPLY_PORT:
	case ARG_SREPLY_PORT:
		return ("In0P->Head.msgh_remote_port");
	case ARG_SERVER_SECURITY:
		return ("TrailerP->msgh_sender");
	case ARG_SERVER_AUDIT:
		return ("TrailerP->msgh_audit");
	case ARG_SEQNO:
		return ("TrailerP->msgh_seqno");
	default:
		break;
	}
	/* The RetCode of a complex request, which has none: all is well. */
	if (field == NULL)
		return ("KERN_SUCCESS");
	p = in_at(g, field->base);
	switch (type_wire(t)) {
	case WIRE_PORT:
		return (text(g, "%s->%s.name", p, arg->name));
	case WIRE_OOL:
	case WIRE_OOL_PORTS:
		return (text(g, "(%s)%s->%s.address", type_c(g->m, t, true), p,
		    arg->name));
	case WIRE_ARRAY:
	case WIRE_VARRAY:
		/* Bytes may be of another sign in the server's type. */
		if (t->element->sym == NULL && t->cserver != NULL)
			return (text(g, "(void *)%s->%s", p, arg->name));
		return (text(g, "%s->%s", p, arg->name));
	default:
		return (text(g, "%s->%s", p, arg->name));
	}
}

static const char *
translated(struct gen *g, const struct arg *arg, const char *value)
{
	if (arg->type->intran.name == NULL)
		return (value);
	return (text(g, "%s(%s)", arg->type->intran.name, value));
}

/* Does a value that goes in need a variable? */
static bool
in_is_local(const struct arg *arg)
{
	return (!arg_in_reply(arg) && arg->type->destructor.name != NULL);
}

/* What the server's function gets for an argument that goes in. */
static const char *
in_value(struct gen *g, const struct arg *arg)
{
	if (in_is_local(arg))
		return (local(g, arg));
	if (is_copied(arg))
		return (translated(g, arg, copy_of(g, arg)));
	return (translated(g, arg, raw_value(g, arg,
	    field_of(&arg->routine->request, arg))));
}

/* What it gets for one that comes back. */
static const char *
out_value(struct gen *g, const struct arg *arg)
{
	const struct type *t = arg->type;

	if (arg_is_pointer(arg))
		return (text(g, "&%s", local(g, arg)));
	if (is_copied(arg))
		return (copy_of(g, arg));
	if (t->kind == TYPE_ARRAY && t->element->sym == NULL &&
	    t->cserver != NULL)
		return (text(g, "(void *)OutP->%s", arg->name));
	return (text(g, "OutP->%s", arg->name));
}

/* What it gets for an argument of a request that was but an error. */
static const char *
no_value(struct gen *g, const struct arg *arg)
{
	const struct type *t = arg->type;

	if (in_is_local(arg))
		return (local(g, arg));
	if (arg == arg->routine->retcode)
		return ("((mig_reply_error_t *)InHeadP)->RetCode");
	if (!arg_has_value(arg))
		return (in_value(g, arg));
	if (t->kind == TYPE_STRUCT)
		return (translated(g, arg, text(g, "(%s){ 0 }",
		    type_c(g->m, t, true))));
	if (t->kind == TYPE_ARRAY || t->kind == TYPE_STRING)
		return ("0");
	return (translated(g, arg, "0"));
}

static const char *
poly_value(struct gen *g, const struct arg *arg)
{
	switch (arg->kind) {
	case ARG_REQUEST_PORT:
		return ("MACH_MSGH_BITS_LOCAL(In0P->Head.msgh_bits)");
	case ARG_REPLY_PORT:
		return ("MACH_MSGH_BITS_REMOTE(In0P->Head.msgh_bits)");
	case ARG_IN:
		return (text(g, "In0P->%s%s.disposition", arg->name,
		    type_wire(arg->type) == WIRE_PORTS ? "[0]" : ""));
	default:
		return (text(g, "&%sPoly", arg->name));
	}
}

static void
argument(struct gen *g, bool *first, const char *value)
{
	if (!*first)
		(void)fputs(",\n", g->f);
	else
		(void)fputs("\n", g->f);
	*first = false;
	fprintf(g->f, "%.*s    %s", (int)g->indent, "\t\t\t\t", value);
}

/* The arguments of the call; `error' if the request was but an error. */
static void
arguments(struct gen *g, const struct routine *rt, bool error)
{
	const struct arg *arg;
	bool first;

	first = true;
	for (arg = rt->args; arg != NULL; arg = arg->next) {
		if (!arg_of_server(arg))
			continue;
		argument(g, &first, error ? no_value(g, arg) :
		    arg_in_reply(arg) ? out_value(g, arg) : in_value(g, arg));
		if (arg_has_poly(arg, true))
			argument(g, &first, error && arg_has_value(arg) ? "0" :
			    poly_value(g, arg));
		if (arg_has_count(arg))
			argument(g, &first, error ? "0" :
			    arg_in_reply(arg) ?
			    text(g, "&%s", reply_count(g, arg)) :
			    request_count(g, arg));
		if (arg_has_dealloc(arg, true))
			argument(g, &first, text(g, "&%sDealloc", arg->name));
	}
}

static void
call(struct gen *g, const struct routine *rt, bool error)
{
	const struct arg *arg;

	for (arg = rt->args; arg != NULL; arg = arg->next)
		if (arg_of_server(arg) && in_is_local(arg) && error)
			line(g, "%s = %s;", local(g, arg), translated(g, arg,
			    arg_has_value(arg) ? "0" :
			    raw_value(g, arg, NULL)));
	fprintf(g->f, "%.*sRetCode = %s%s(", (int)g->indent, "\t\t\t\t",
	    g->m->serverprefix, rt->name);
	arguments(g, rt, error);
	(void)fputs(");\n", g->f);
}

/* What goes in is no longer needed. */
static void
destroy(struct gen *g, const struct routine *rt)
{
	const struct arg *arg;

	for (arg = rt->args; arg != NULL; arg = arg->next)
		if (arg_of_server(arg) && in_is_local(arg))
			line(g, "%s(%s);", arg->type->destructor.name,
			    local(g, arg));
}

/* What is sent for an argument that comes back. */
static const char *
sent_value(struct gen *g, const struct arg *arg)
{
	if (arg->type->outtran.name == NULL)
		return (local(g, arg));
	return (text(g, "%s(%s)", arg->type->outtran.name, local(g, arg)));
}

/* Puts an array where it belongs, if it is not there yet. */
static void
move_array(struct gen *g, const struct field *field, const char *used)
{
	const struct arg *arg = field->arg;

	if (is_copied(arg))
		line(g, "(void)memcpy(%s->%s, %s, %s);",
		    out_at(g, field->base), arg->name, copy_of(g, arg), used);
	else if (field->base > 0)
		line(g, "(void)memmove(%s->%s, OutP->%s, %s);",
		    out_at(g, field->base), arg->name, arg->name, used);
}

static void
store_variable(struct gen *g, const struct routine *rt,
    const struct field *field, bool last)
{
	const struct arg *arg = field->arg;
	const struct type *t = arg->type;
	const char *used, *p;

	p = out_at(g, field->base);
	used = type_wire(t) == WIRE_VSTRING ? text(g, "%sCnt", arg->name) :
	    gen_used_bytes(g, t, reply_count(g, arg));
	move_array(g, field, used);
	if (t->size % 4 != 0)
		line(g, "(void)memset((char *)%s->%s + %s, 0, _WALIGN_(%s) - "
		    "(%s));", p, arg->name, used, used, used);
	line(g, "msgh_size -= %u - _WALIGN_(%s);", gen_field_bytes(t), used);
	if (!last)
		gen_rebase(g, gen_reply_type(g, rt), "Out", p, field, used,
		    "");
}

static void
store_value(struct gen *g, const struct routine *rt,
    const struct field *field, bool last)
{
	const struct arg *arg = field->arg;
	const struct type *t = arg->type;
	const char *p = out_at(g, field->base);

	switch (type_wire(t)) {
	case WIRE_PORT:
	case WIRE_PORTS:
	case WIRE_OOL:
	case WIRE_OOL_PORTS:
		gen_descriptor(g, "OutP", arg, sent_value(g, arg),
		    reply_count(g, arg), text(g, "%sPoly", arg->name));
		return;
	case WIRE_VARRAY:
	case WIRE_VSTRING:
		store_variable(g, rt, field, last);
		return;
	case WIRE_STRING:
		line(g, "__MIG_end_string(OutP->%s, %u);", arg->name, t->max);
		move_array(g, field, text(g, "%u", type_bytes(t)));
		break;
	case WIRE_ARRAY:
		move_array(g, field, text(g, "%u", type_bytes(t)));
		break;
	case WIRE_DATA:
		line(g, "%s->%s = %s;", p, arg->name, sent_value(g, arg));
		break;
	}
	if (type_padding(t) > 0)
		line(g, "(void)memset(%s->%sPad, 0, %u);", p, arg->name,
		    type_padding(t));
}

static void
store_count(struct gen *g, const struct field *field)
{
	const struct arg *arg = field->arg;
	const char *p = out_at(g, field->base);

	if (type_wire(arg->type) == WIRE_VSTRING)
		line(g, "%sCnt = __MIG_end_string(OutP->%s, %u);", arg->name,
		    arg->name, arg->type->max);
	line(g, "%s->%sCnt = %sCnt;", p, arg->name, arg->name);
}

static void
store_reply(struct gen *g, const struct routine *rt)
{
	const struct message *msg = &rt->reply;
	unsigned int i;

	if (msg->complex) {
		line(g, "OutP->Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;");
		line(g, "OutP->msgh_body.msgh_descriptor_count = %u;",
		    msg->ndescriptors);
	}
	if (msg->ndr)
		line(g, "OutP->NDR = NDR_record;");
	for (i = 0; i < msg->nfields; i++) {
		const struct field *field = &msg->fields[i];

		switch (field->kind) {
		case FIELD_VALUE:
			store_value(g, rt, field, i + 1 == msg->nfields);
			break;
		case FIELD_COUNT:
			store_count(g, field);
			break;
		case FIELD_OFFSET:
			line(g, "%s->%sOffset = 0;", out_at(g, field->base),
			    field->arg->name);
			break;
		case FIELD_RET_CODE:
			line(g, "OutP->RetCode = KERN_SUCCESS;");
			break;
		}
	}
	line(g, "OutP->Head.msgh_size = %s;", msg->nvariable > 0 ?
	    "msgh_size" : "(mach_msg_size_t)sizeof(*OutP)");
}

/* The server's function has said more elements than there is room for. */
static void
check_counts(struct gen *g, const struct routine *rt)
{
	const struct arg *arg;

	for (arg = rt->args; arg != NULL; arg = arg->next) {
		if (!arg_in_reply(arg) || !arg->type->counted ||
		    arg->type->kind != TYPE_ARRAY || arg->type->max == 0)
			continue;
		line(g, "if (%s > %u) {", reply_count(g, arg), arg->type->max);
		line(g, "\t__MIG_return_code(OutHeadP, MIG_ARRAY_TOO_LARGE);");
		line(g, "\treturn;");
		line(g, "}");
	}
}

static bool
uses_reply(const struct routine *rt)
{
	return (!rt->oneway &&
	    (rt->reply.complex || rt->reply.nfields > 1));
}

static bool
takes_reply_port(const struct routine *rt)
{
	return (rt->special[ARG_REPLY_PORT] != NULL ||
	    rt->special[ARG_SREPLY_PORT] != NULL);
}

static const char *
trailer_type(const struct routine *rt)
{
	if (rt->special[ARG_SERVER_AUDIT] != NULL)
		return ("mach_msg_audit_trailer_t");
	if (rt->special[ARG_SERVER_SECURITY] != NULL)
		return ("mach_msg_security_trailer_t");
	if (rt->special[ARG_SEQNO] != NULL)
		return ("mach_msg_seqno_trailer_t");
	return (NULL);
}

static void
declare_copy(struct gen *g, const struct arg *arg)
{
	line(g, "%s[%u];", gen_declarator(g, type_element_c(g->m, arg->type,
	    true), copy_of(g, arg)), arg->type->max);
}

static void
declare_out(struct gen *g, const struct arg *arg)
{
	if (is_copied(arg))
		declare_copy(g, arg);
	else if (arg_is_pointer(arg))
		line(g, "%s;", gen_declarator(g, gen_parameter_type(g, arg,
		    true), local(g, arg)));
	if (arg_has_poly(arg, true))
		line(g, "mach_msg_type_name_t %sPoly;", arg->name);
	if (arg_has_count(arg) || type_wire(arg->type) == WIRE_VSTRING)
		line(g, "mach_msg_type_number_t %sCnt%s;", arg->name,
		    arg->kind == ARG_INOUT || arg->type->kind == TYPE_STRING ||
		    (arg->flags & FLAG_COUNT_INOUT) != 0 ? "" :
		    text(g, " = %u", arg->type->max));
	if (arg_has_dealloc(arg, true))
		line(g, "boolean_t %sDealloc;", arg->name);
}

static void
locals(struct gen *g, const struct routine *rt)
{
	const char *request = gen_request_type(g, rt);
	const char *reply = gen_reply_type(g, rt);
	const struct arg *arg;
	unsigned int base;

	line(g, "%s *In0P = (%s *)InHeadP;", request, request);
	for (base = 1; base <= gen_last_base(&rt->request); base++)
		line(g, "%s *In%uP;", gen_tail_type(g, request, base), base);
	if (uses_reply(rt)) {
		line(g, "%s *OutP = (%s *)OutHeadP;", reply, reply);
		for (base = 1; base <= gen_last_base(&rt->reply); base++)
			line(g, "%s *Out%uP;", gen_tail_type(g, reply, base),
			    base);
	}
	if (trailer_type(rt) != NULL)
		line(g, "const %s *TrailerP;", trailer_type(rt));
	for (arg = rt->args; arg != NULL; arg = arg->next) {
		if (!arg_of_server(arg))
			continue;
		if (arg_in_reply(arg))
			declare_out(g, arg);
		else if (is_copied(arg))
			declare_copy(g, arg);
		if (in_is_local(arg))
			line(g, "%s;", gen_declarator(g, gen_parameter_type(g,
			    arg, true), local(g, arg)));
	}
	if (rt->reply.nvariable > 0)
		line(g, "mach_msg_size_t msgh_size = "
		    "(mach_msg_size_t)sizeof(*OutP);");
	if (gen_uses_index(&rt->request) || gen_uses_index(&rt->reply))
		line(g, "unsigned int Index;");
	line(g, "kern_return_t RetCode;");
	blank(g);
}

static void
check_trailer(struct gen *g, const struct routine *rt)
{
	const char *type = trailer_type(rt);

	if (type == NULL)
		return;
	line(g, "TrailerP = (const %s *)((const char *)In0P +", type);
	line(g, "    round_msg(In0P->Head.msgh_size));");
	line(g, "if (TrailerP->msgh_trailer_type != MACH_MSG_TRAILER_FORMAT_0 "
	    "||");
	line(g, "    TrailerP->msgh_trailer_size < sizeof(*TrailerP)) {");
	line(g, "\t__MIG_return_code(OutHeadP, MIG_TRAILER_ERROR);");
	line(g, "\treturn;");
	line(g, "}");
}

/* Copies what goes in to where it is aligned, or comes back from. */
static void
copy_in(struct gen *g, const struct arg *arg, const struct field *field)
{
	const struct type *t = arg->type;
	const char *from, *used;

	from = text(g, "%s->%s", in_at(g, field->base), arg->name);
	if (type_wire(t) == WIRE_PORTS) {
		line(g, "for (Index = 0; Index < %s; Index++)", t->counted ?
		    request_count(g, arg) : text(g, "%u", t->max));
		line(g, "\t%s[Index] = %s[Index].name;", copy_of(g, arg),
		    from);
	} else if (is_copied(arg) || (arg->kind == ARG_INOUT && is_array(t))) {
		used = used_in_request(g, arg, field);
		line(g, "(void)memcpy(%s%s, %s, %s);",
		    is_copied(arg) ? "" : "OutP->", is_copied(arg) ?
		    copy_of(g, arg) : arg->name, from, used);
	}
}

/* Sets the variable of an argument. */
static void
load_arg(struct gen *g, const struct routine *rt, const struct arg *arg)
{
	const struct field *field;
	const struct type *t = arg->type;

	field = field_of(&rt->request, arg);
	if (field != NULL)
		copy_in(g, arg, field);
	if (in_is_local(arg))
		line(g, "%s = %s;", local(g, arg), translated(g, arg,
		    is_copied(arg) ? copy_of(g, arg) :
		    raw_value(g, arg, field)));
	if ((arg->flags & FLAG_COUNT_INOUT) != 0)
		line(g, "%sCnt = %s < %u ? %s : %u;", arg->name,
		    request_count(g, arg), t->max, request_count(g, arg),
		    t->max);
	if (arg->kind != ARG_INOUT)
		return;
	if (arg_is_pointer(arg))
		line(g, "%s = %s;", local(g, arg), translated(g, arg,
		    raw_value(g, arg, field)));
	if (arg_has_poly(arg, true))
		line(g, "%sPoly = In0P->%s%s.disposition;", arg->name,
		    arg->name, type_wire(t) == WIRE_PORTS ? "[0]" : "");
	if (arg_has_count(arg))
		line(g, "%sCnt = %s;", arg->name, request_count(g, arg));
}

static void
load_bases(struct gen *g, const struct routine *rt)
{
	const struct message *msg = &rt->request;
	unsigned int i;

	for (i = 0; i + 1 < msg->nfields; i++) {
		const struct field *field = &msg->fields[i];

		if (msg->fields[i + 1].base > field->base)
			gen_rebase(g, gen_request_type(g, rt), "In",
			    in_at(g, field->base), field,
			    used_in_request(g, field->arg, field), "");
	}
}

static void
serve_error(struct gen *g, const struct routine *rt)
{
	if (!gen_has_error_request(rt))
		return;
	line(g, "if (In0P->Head.msgh_size == sizeof(mig_reply_error_t) &&");
	line(g, "    (In0P->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&");
	line(g, "    ((mig_reply_error_t *)InHeadP)->RetCode != KERN_SUCCESS) "
	    "{");
	g->indent++;
	call(g, rt, true);
	destroy(g, rt);
	line(g, "__MIG_return_code(OutHeadP, RetCode);");
	line(g, "return;");
	g->indent--;
	line(g, "}");
}

/* The stub of a routine. */
static void
routine(struct gen *g, struct routine *rt)
{
	const struct arg *arg;

	gen_tails(g, &rt->request, gen_request_type(g, rt));
	gen_tails(g, &rt->reply, gen_reply_type(g, rt));
	gen_request_check(g, rt);
	line(g, "/* %s %s, message %u */",
	    rt->oneway ? "Simpleroutine" : "Routine", rt->name, rt->id);
	line(g, "static void");
	line(g, "_X%s(", rt->name);
	line(g, "\tmach_msg_header_t *InHeadP,");
	line(g, "\tmach_msg_header_t *OutHeadP)");
	line(g, "{");
	g->indent++;
	locals(g, rt);
	check_trailer(g, rt);
	serve_error(g, rt);
	line(g, "RetCode = __MIG_check__Request__%s_t(In0P);", rt->name);
	line(g, "if (RetCode != KERN_SUCCESS) {");
	line(g, "\t__MIG_return_code(OutHeadP, RetCode);");
	line(g, "\treturn;");
	line(g, "}");
	load_bases(g, rt);
	for (arg = rt->args; arg != NULL; arg = arg->next)
		if (arg_of_server(arg))
			load_arg(g, rt, arg);
	call(g, rt, false);
	destroy(g, rt);
	if (!uses_reply(rt)) {
		/* Who was given the reply port has it, and may use it later. */
		if (rt->oneway && takes_reply_port(rt)) {
			line(g, "if (RetCode == KERN_SUCCESS)");
			line(g, "\tRetCode = MIG_NO_REPLY;");
		}
		line(g, "__MIG_return_code(OutHeadP, RetCode);");
	} else {
		line(g, "if (RetCode != KERN_SUCCESS) {");
		line(g, "\t__MIG_return_code(OutHeadP, RetCode);");
		line(g, "\treturn;");
		line(g, "}");
		check_counts(g, rt);
		blank(g);
		store_reply(g, rt);
	}
	g->indent--;
	line(g, "}");
	blank(g);
}

static void
table(struct gen *g)
{
	const char *name;
	struct routine *rt;
	uint32_t i;

	name = text(g, "%s%s_subsystem", g->m->serverprefix,
	    g->m->subsystem);
	line(g, "const struct %s %s = {", name, name);
	line(g, "\t%s_routine,", mig_demux(g->m));
	line(g, "\t%u,", g->m->base);
	line(g, "\t%u,", g->m->base + g->m->nslots);
	if (g->m->nroutines > 0)
		line(g, "\t(mach_msg_size_t)sizeof(union __ReplyUnion__%s),",
		    name);
	else
		line(g, "\t(mach_msg_size_t)sizeof(mig_reply_error_t),");
	line(g, "\t(vm_address_t)0,");
	line(g, "\t{");
	for (i = 0; i < g->m->nslots; i++) {
		rt = g->m->slots[i];
		if (rt == NULL)
			line(g, "\t\t{ 0, 0, 0, 0, 0, 0 },");
		else
			line(g, "\t\t{ 0, _X%s, %u, 0, 0,\n\t\t    "
			    "(mach_msg_size_t)sizeof(__Reply__%s_t) },",
			    rt->name, rt->nargs, rt->name);
	}
	if (g->m->nslots == 0)
		line(g, "\t\t{ 0, 0, 0, 0, 0, 0 }");
	line(g, "\t}");
	line(g, "};");
	blank(g);
}

static void
demux(struct gen *g)
{
	const char *name = mig_demux(g->m);

	line(g, "mig_routine_t");
	line(g, "%s_routine(mach_msg_header_t *InHeadP)", name);
	line(g, "{");
	if (g->m->nslots == 0) {
		line(g, "\t(void)InHeadP;");
		line(g, "\treturn (NULL);");
	} else {
		line(g, "\tif (InHeadP->msgh_id < %u || "
		    "InHeadP->msgh_id > %u)", g->m->base,
		    g->m->base + g->m->nslots - 1);
		line(g, "\t\treturn (NULL);");
		line(g, "\treturn (%s%s_subsystem.routine[\n\t    "
		    "InHeadP->msgh_id - %u].stub_routine);",
		    g->m->serverprefix, g->m->subsystem, g->m->base);
	}
	line(g, "}");
	blank(g);
	line(g, "boolean_t");
	line(g, "%s(mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP)",
	    name);
	line(g, "{");
	line(g, "\tmig_routine_t routine;");
	blank(g);
	line(g, "\tmig_reply_setup(InHeadP, OutHeadP);");
	line(g, "\troutine = %s_routine(InHeadP);", name);
	line(g, "\tif (routine == NULL) {");
	line(g, "\t\t((mig_reply_error_t *)OutHeadP)->RetCode = MIG_BAD_ID;");
	line(g, "\t\treturn (FALSE);");
	line(g, "\t}");
	line(g, "\troutine(InHeadP, OutHeadP);");
	line(g, "\treturn (TRUE);");
	line(g, "}");
}

/* What the stubs share, so far as there is need for it. */
static void
helpers(struct gen *g, bool strings)
{
	if (g->m->nroutines > 0) {
		line(g, "/* Makes a reply of a code alone. */");
		line(g, "static void");
		line(g, "__MIG_return_code(mach_msg_header_t *OutHeadP, "
		    "kern_return_t code)");
		line(g, "{");
		line(g, "\tmig_reply_error_t *OutP = "
		    "(mig_reply_error_t *)OutHeadP;");
		blank(g);
		line(g, "\tOutP->NDR = NDR_record;");
		line(g, "\tOutP->RetCode = code;");
		line(g, "}");
		blank(g);
	}
	if (!strings)
		return;
	line(g, "/*");
	line(g, " * Zeroes what a string leaves of its room; one that leaves "
	    "none is cut short.");
	line(g, " * Returns its bytes, the NUL included.");
	line(g, " */");
	line(g, "static mach_msg_type_number_t");
	line(g, "__MIG_end_string(char *string, mach_msg_type_number_t room)");
	line(g, "{");
	line(g, "\tconst char *end;");
	line(g, "\tmach_msg_type_number_t used;");
	blank(g);
	line(g, "\tend = memchr(string, '\\0', room);");
	line(g, "\tused = end == NULL ? room - 1 :");
	line(g, "\t    (mach_msg_type_number_t)(end - string);");
	line(g, "\t(void)memset(string + used, 0, room - used);");
	line(g, "\treturn (used + 1);");
	line(g, "}");
	blank(g);
}

/* The file of the server's side. */
void
gen_server(struct gen *g)
{
	const struct arg *arg;
	struct routine *rt;
	uint32_t i;
	bool strings, walign;

	strings = walign = false;
	foreach_routine(g, rt, i) {
		walign = walign || rt->request.nvariable > 0 ||
		    rt->reply.nvariable > 0;
		for (arg = rt->args; arg != NULL; arg = arg->next)
			if (arg_in_reply(arg) && arg->type->kind == TYPE_STRING)
				strings = true;
	}
	gen_title(g, "Server's side");
	if (g->header != NULL) {
		line(g, "#include \"%s\"", g->header);
		blank(g);
	} else {
		gen_includes(g, true);
		gen_types(g);
		gen_declarations(g);
		gen_server_declarations(g);
	}
	gen_walign(g, walign);
	helpers(g, strings);
	foreach_routine(g, rt, i)
		routine(g, rt);
	table(g);
	demux(g);
}
