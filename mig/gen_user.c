/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The user's side: one function a routine, that fills a request in, sends it,
 * and takes the reply apart.
 */

#include <string.h>

#include "gen.h"

static const char *
request_at(struct gen *g, unsigned int base)
{
	return (base == 0 ? "InP" : text(g, "In%uP", base));
}

static const char *
reply_at(struct gen *g, unsigned int base)
{
	return (text(g, "Out%uP", base));
}

/* The value of a parameter that is its address if it comes back. */
static const char *
parameter(struct gen *g, const struct arg *arg, const char *suffix,
    bool pointer)
{
	return (text(g, "%s%s%s", pointer ? "*" : "", arg->name, suffix));
}

static const char *
count_of(struct gen *g, const struct arg *arg)
{
	if (arg->counter != NULL)
		arg = arg->counter;
	return (parameter(g, arg, "Cnt", arg_in_reply(arg)));
}

static const char *
poly_of(struct gen *g, const struct arg *arg)
{
	return (parameter(g, arg, "Poly", arg_in_reply(arg)));
}

static const char *
disposition(struct gen *g, const struct arg *arg)
{
	return (gen_disposition(arg->type, poly_of(g, arg)));
}

/* Zeroes what follows an array up to the next word. */
static void
store_padding(struct gen *g, const struct type *t, const char *what,
    const char *used)
{
	if (t->size % 4 != 0)
		line(g, "(void)memset((char *)%s + %s, 0, _WALIGN_(%s) - "
		    "(%s));", what, used, used, used);
}

static void
store_variable(struct gen *g, const struct routine *rt,
    const struct field *field, bool last)
{
	const struct type *t = field->arg->type;
	const char *used, *p, *what;

	p = request_at(g, field->base);
	what = text(g, "%s->%s", p, field->arg->name);
	if (type_wire(t) == WIRE_VSTRING) {
		used = text(g, "%s->%sCnt", p, field->arg->name);
	} else {
		used = gen_used_bytes(g, t, count_of(g, field->arg));
		line(g, "_Static_assert(sizeof(%s) == %u, \"%s\");",
		    type_element_c(g->m, t, false), t->size, field->arg->name);
		line(g, "if (%s > 0)", count_of(g, field->arg));
		line(g, "\t(void)memcpy(%s, %s, %s);", what, field->arg->name,
		    used);
	}
	store_padding(g, t, what, used);
	line(g, "msgh_size -= %u - _WALIGN_(%s);",
	    gen_field_bytes(field->arg->type), used);
	if (!last)
		gen_rebase(g, gen_request_type(g, rt), "In", p, field, used,
		    "");
}

static void
store_value(struct gen *g, const struct routine *rt,
    const struct field *field, bool last)
{
	const struct arg *arg = field->arg;
	const struct type *t = arg->type;
	const char *p = request_at(g, field->base);

	switch (type_wire(t)) {
	case WIRE_PORT:
	case WIRE_PORTS:
	case WIRE_OOL:
	case WIRE_OOL_PORTS:
		gen_descriptor(g, "InP", arg,
		    parameter(g, arg, "", arg_is_pointer(arg)),
		    count_of(g, arg), poly_of(g, arg));
		return;
	case WIRE_VARRAY:
	case WIRE_VSTRING:
		store_variable(g, rt, field, last);
		return;
	case WIRE_STRING:
		line(g, "(void)mig_strncpy_zerofill(%s->%s, %s, %u);", p,
		    arg->name, arg->name, t->max);
		break;
	case WIRE_ARRAY:
		line(g, "(void)memcpy(%s->%s, %s, %u);", p, arg->name,
		    arg->name, type_bytes(t));
		break;
	case WIRE_DATA:
		line(g, "%s->%s = %s;", p, arg->name,
		    parameter(g, arg, "", arg_is_pointer(arg)));
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
	const struct type *t = arg->type;
	const char *p = request_at(g, field->base);

	if (type_wire(t) == WIRE_VSTRING)
		line(g, "%s->%sCnt = (mach_msg_type_number_t)"
		    "mig_strncpy(%s->%s,\n\t    %s, %u);", p, arg->name, p,
		    arg->name, arg->name, t->max);
	else if ((arg->flags & FLAG_COUNT_INOUT) != 0)
		line(g, "%s->%sCnt = *%sCnt < %u ? *%sCnt : %u;", p, arg->name,
		    arg->name, t->max, arg->name, t->max);
	else
		line(g, "%s->%sCnt = %s;", p, arg->name, count_of(g, arg));
}

static void
store_request(struct gen *g, const struct routine *rt)
{
	const struct message *msg = &rt->request;
	unsigned int i;

	if (msg->complex)
		line(g, "InP->msgh_body.msgh_descriptor_count = %u;",
		    msg->ndescriptors);
	if (msg->ndr)
		line(g, "InP->NDR = NDR_record;");
	for (i = 0; i < msg->nfields; i++) {
		const struct field *field = &msg->fields[i];

		switch (field->kind) {
		case FIELD_VALUE:
			store_value(g, rt, field, i + 1 == msg->nfields);
			break;
		case FIELD_COUNT:
			store_count(g, field);
			break;
		default:
			line(g, "%s->%sOffset = 0;",
			    request_at(g, field->base), field->arg->name);
		}
	}
}

static bool
has_reply_port(const struct routine *rt)
{
	return (!rt->oneway || rt->special[ARG_REPLY_PORT] != NULL);
}

static bool
has_size(const struct routine *rt)
{
	return (rt->request.nvariable > 0 || gen_has_error_request(rt));
}

static void
set_header(struct gen *g, const struct routine *rt)
{
	const struct arg *request = rt->special[ARG_REQUEST_PORT];
	const struct arg *reply = rt->special[ARG_REPLY_PORT];
	const char *local;

	local = reply != NULL ? disposition(g, reply) :
	    rt->oneway ? "0" : "MACH_MSG_TYPE_MAKE_SEND_ONCE";
	line(g, "InP->Head.msgh_bits = %sMACH_MSGH_BITS(",
	    rt->request.complex && !gen_has_error_request(rt) ?
	    "MACH_MSGH_BITS_COMPLEX | " : "");
	line(g, "    %s, %s);", disposition(g, request), local);
	line(g, "InP->Head.msgh_remote_port = %s;", request->name);
	line(g, "InP->Head.msgh_local_port = %s;",
	    has_reply_port(rt) ? "ReplyPort" : "MACH_PORT_NULL");
	line(g, "InP->Head.msgh_reserved = 0;");
	line(g, "InP->Head.msgh_id = %u;", rt->id);
}

static const char *
timeout(const struct routine *rt)
{
	if (rt->special[ARG_WAIT_TIME] != NULL)
		return (rt->special[ARG_WAIT_TIME]->name);
	return (rt->waittime);
}

static const char *
options(struct gen *g, const struct routine *rt)
{
	const char *s;

	s = rt->oneway ? "MACH_SEND_MSG" : "MACH_SEND_MSG | MACH_RCV_MSG";
	if (timeout(rt) != NULL)
		s = text(g, "%s |\n\t    MACH_SEND_TIMEOUT%s", s,
		    rt->oneway ? "" : " | MACH_RCV_TIMEOUT");
	if (rt->special_reply_port && !rt->oneway)
		s = text(g, "%s |\n\t    MACH_SEND_SYNC_OVERRIDE | "
		    "MACH_SEND_PROPAGATE_QOS | MACH_RCV_SYNC_WAIT", s);
	if (rt->special[ARG_USER_AUDIT] != NULL)
		s = text(g, "%s |\n\t    MACH_RCV_TRAILER_TYPE("
		    "MACH_MSG_TRAILER_FORMAT_0) |\n\t    "
		    "MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT)", s);
	if (rt->msgoption != NULL)
		s = text(g, "%s |\n\t    (%s)", s, rt->msgoption);
	if (rt->special[ARG_MSG_OPTION] != NULL)
		s = text(g, "%s | %s", s, rt->special[ARG_MSG_OPTION]->name);
	return (s);
}

/* What becomes of the reply port after an error. */
static void
give_port_back(struct gen *g, const struct routine *rt)
{
	if (rt->oneway || rt->special[ARG_REPLY_PORT] != NULL)
		return;
	line(g, "if (msg_result == MACH_SEND_INVALID_DATA ||");
	line(g, "    msg_result == MACH_SEND_INVALID_DEST ||");
	line(g, "    msg_result == MACH_SEND_INVALID_HEADER)");
	line(g, "\tmig_put_reply_port(ReplyPort);");
	line(g, "else if (msg_result != MACH_MSG_SUCCESS)");
	line(g, "\tmig_dealloc_%sreply_port(ReplyPort);",
	    rt->special_reply_port ? "special_" : "");
}

static void
send(struct gen *g, const struct routine *rt)
{
	const char *size;

	size = has_size(rt) ? "msgh_size" : "(mach_msg_size_t)sizeof(*InP)";
	if (rt->oneway) {
		line(g, "return (mach_msg(&InP->Head, %s,", options(g, rt));
		line(g, "    %s, 0, MACH_PORT_NULL,", size);
		line(g, "    %s, MACH_PORT_NULL));", timeout(rt) != NULL ?
		    timeout(rt) : "MACH_MSG_TIMEOUT_NONE");
		return;
	}
	line(g, "msg_result = mach_msg(&InP->Head, %s,", options(g, rt));
	line(g, "    %s, (mach_msg_size_t)sizeof(Mess.Out),", size);
	line(g, "    ReplyPort, %s, MACH_PORT_NULL);", timeout(rt) != NULL ?
	    timeout(rt) : "MACH_MSG_TIMEOUT_NONE");
	give_port_back(g, rt);
	line(g, "if (msg_result != MACH_MSG_SUCCESS)");
	line(g, "\treturn (msg_result);");
	blank(g);
	line(g, "msg_result = __MIG_check__Reply__%s_t(Out0P);", rt->name);
	line(g, "if (msg_result != MACH_MSG_SUCCESS) {");
	line(g, "\tmach_msg_destroy(&Out0P->Head);");
	line(g, "\treturn (msg_result);");
	line(g, "}");
}

static const char *
reply_count(struct gen *g, const struct arg *arg)
{
	if (arg->counter != NULL)
		arg = arg->counter;
	return (text(g, "%s->%sCnt", reply_at(g, arg->reply_count),
	    arg->name));
}

/* More elements than the caller has room for: as many as fit, and an error. */
static void
load_overflow(struct gen *g, const struct routine *rt,
    const struct field *field)
{
	const struct arg *arg = field->arg;
	const char *count = reply_count(g, arg);

	line(g, "if (%s > *%sCnt) {", count, arg->name);
	line(g, "\t(void)memcpy(%s, %s->%s, %s);", arg->name,
	    reply_at(g, field->base), arg->name, gen_used_bytes(g, arg->type,
	    text(g, "*%sCnt", arg->name)));
	line(g, "\t*%sCnt = %s;", arg->name, count);
	if (rt->reply.complex)
		line(g, "\tmach_msg_destroy(&Out0P->Head);");
	line(g, "\treturn (MIG_ARRAY_TOO_LARGE);");
	line(g, "}");
}

static void
load_value(struct gen *g, const struct field *field)
{
	const struct arg *arg = field->arg;
	const struct type *t = arg->type;
	const char *p = reply_at(g, field->base);

	switch (type_wire(t)) {
	case WIRE_DATA:
		line(g, "*%s = %s->%s;", arg->name, p, arg->name);
		break;
	case WIRE_ARRAY:
		line(g, "(void)memcpy(%s, %s->%s, %u);", arg->name, p,
		    arg->name, type_bytes(t));
		break;
	case WIRE_STRING:
	case WIRE_VSTRING:
		line(g, "(void)mig_strncpy(%s, %s->%s, %u);", arg->name, p,
		    arg->name, t->max);
		break;
	case WIRE_VARRAY:
		line(g, "(void)memcpy(%s, %s->%s, %s);", arg->name, p,
		    arg->name, gen_used_bytes(g, t, reply_count(g, arg)));
		break;
	case WIRE_PORT:
		line(g, "*%s = %s->%s.name;", arg->name, p, arg->name);
		if (arg_has_poly(arg, false))
			line(g, "*%sPoly = %s->%s.disposition;", arg->name, p,
			    arg->name);
		break;
	case WIRE_PORTS:
		line(g, "for (Index = 0; Index < %s; Index++)",
		    t->counted ?
		    reply_count(g, arg) : text(g, "%u", t->max));
		line(g, "\t%s[Index] = %s->%s[Index].name;", arg->name, p,
		    arg->name);
		if (arg_has_poly(arg, false))
			line(g, "*%sPoly = %s->%s[0].disposition;", arg->name,
			    p, arg->name);
		break;
	case WIRE_OOL:
	case WIRE_OOL_PORTS:
		line(g, "*%s = (%s)%s->%s.address;", arg->name,
		    type_c(g->m, t, false), p, arg->name);
		if (arg_has_poly(arg, false))
			line(g, "*%sPoly = %s->%s.disposition;", arg->name, p,
			    arg->name);
		break;
	}
}

static void
load_audit_token(struct gen *g, const struct routine *rt)
{
	const struct arg *arg = rt->special[ARG_USER_AUDIT];

	if (arg == NULL)
		return;
	line(g, "*%s = ((const mach_msg_audit_trailer_t *)"
	    "((const char *)Out0P +", arg->name);
	line(g, "    round_msg(Out0P->Head.msgh_size)))->msgh_audit;");
}

static bool
is_variable(const struct field *field)
{
	enum wire wire;

	if (field->kind != FIELD_VALUE)
		return (false);
	wire = type_wire(field->arg->type);
	return (wire == WIRE_VARRAY || wire == WIRE_VSTRING);
}

/* Finds the fields that variable ones have moved. */
static void
load_bases(struct gen *g, const struct routine *rt)
{
	const struct message *msg = &rt->reply;
	unsigned int i;

	for (i = 0; i + 1 < msg->nfields; i++) {
		const struct field *field = &msg->fields[i];
		const char *count, *p;

		if (!is_variable(field))
			continue;
		p = reply_at(g, field->base);
		count = field->arg->type->kind == TYPE_STRING ?
		    text(g, "%s->%sCnt", p, field->arg->name) :
		    reply_count(g, field->arg);
		gen_rebase(g, gen_reply_type(g, rt), "Out", p, field,
		    gen_used_bytes(g, field->arg->type, count), "const ");
	}
}

static void
load_reply(struct gen *g, const struct routine *rt)
{
	const struct message *msg = &rt->reply;
	unsigned int i;

	load_bases(g, rt);
	for (i = 0; i < msg->nfields; i++)
		if (msg->fields[i].kind == FIELD_VALUE &&
		    (msg->fields[i].arg->flags & FLAG_COUNT_INOUT) != 0)
			load_overflow(g, rt, &msg->fields[i]);
	for (i = 0; i < msg->nfields; i++) {
		const struct field *field = &msg->fields[i];

		if (field->kind == FIELD_VALUE)
			load_value(g, field);
		else if (field->kind == FIELD_COUNT &&
		    arg_has_count(field->arg))
			line(g, "*%sCnt = %s;", field->arg->name,
			    reply_count(g, field->arg));
	}
	load_audit_token(g, rt);
	line(g, "return (KERN_SUCCESS);");
}

static void
locals(struct gen *g, const struct routine *rt)
{
	const char *request = gen_request_type(g, rt);
	const char *reply = gen_reply_type(g, rt);
	unsigned int base;

	if (rt->oneway) {
		line(g, "%s Mess;", request);
		line(g, "%s *InP = &Mess;", request);
	} else {
		line(g, "union {");
		line(g, "\t%s In;", request);
		line(g, "\tstruct {");
		line(g, "\t\t%s Reply;", reply);
		line(g, "\t\tmach_msg_%strailer_t Trailer;",
		    rt->special[ARG_USER_AUDIT] != NULL ? "audit_" : "");
		line(g, "\t} Out;");
		line(g, "} Mess;");
		line(g, "%s *InP = &Mess.In;", request);
		line(g, "%s *Out0P = &Mess.Out.Reply;", reply);
	}
	for (base = 1; base <= gen_last_base(&rt->request); base++)
		line(g, "%s *In%uP;", gen_tail_type(g, request, base), base);
	for (base = 1; base <= gen_last_base(&rt->reply); base++)
		line(g, "const %s *Out%uP;", gen_tail_type(g, reply, base),
		    base);
	if (has_size(rt))
		line(g, "mach_msg_size_t msgh_size = "
		    "(mach_msg_size_t)sizeof(*InP);");
	if (!rt->oneway)
		line(g, "mach_msg_return_t msg_result;");
	if (has_reply_port(rt))
		line(g, "mach_port_t ReplyPort;");
	if (gen_uses_index(&rt->request) || gen_uses_index(&rt->reply))
		line(g, "unsigned int Index;");
	blank(g);
}

/* Refuses arrays that do not fit, before anything is done. */
static void
check_counts(struct gen *g, const struct routine *rt)
{
	const struct arg *arg;

	for (arg = rt->args; arg != NULL; arg = arg->next) {
		if (!arg_in_request(arg) || !arg->type->counted ||
		    arg->type->kind != TYPE_ARRAY || arg->type->max == 0)
			continue;
		if (arg->counter != NULL &&
		    arg->counter->type->max <= arg->type->max)
			continue;
		line(g, "if (%s > %u)", count_of(g, arg), arg->type->max);
		line(g, "\treturn (MIG_ARRAY_TOO_LARGE);");
	}
}

static void
choose_reply_port(struct gen *g, const struct routine *rt)
{
	if (rt->special[ARG_REPLY_PORT] != NULL)
		line(g, "ReplyPort = %s;", rt->special[ARG_REPLY_PORT]->name);
	else if (!rt->oneway)
		line(g, "ReplyPort = mig_get_%sreply_port();",
		    rt->special_reply_port ? "special_" : "");
}

static void
fill_request(struct gen *g, const struct routine *rt)
{
	if (!gen_has_error_request(rt)) {
		store_request(g, rt);
		return;
	}
	line(g, "if (%s != KERN_SUCCESS) {", rt->retcode->name);
	line(g, "\tmig_reply_error_t *ErrorP = (mig_reply_error_t *)InP;");
	blank(g);
	line(g, "\tErrorP->NDR = NDR_record;");
	line(g, "\tErrorP->RetCode = %s;", rt->retcode->name);
	line(g, "\tmsgh_size = (mach_msg_size_t)sizeof(*ErrorP);");
	line(g, "} else {");
	g->indent++;
	if (rt->request.complex)
		line(g, "InP->Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;");
	store_request(g, rt);
	g->indent--;
	line(g, "}");
}

/* The function of a routine. */
static void
routine(struct gen *g, struct routine *rt)
{
	gen_tails(g, &rt->request, gen_request_type(g, rt));
	if (!rt->oneway) {
		gen_tails(g, &rt->reply, gen_reply_type(g, rt));
		gen_reply_check(g, rt);
	}
	line(g, "/* %s %s, message %u */",
	    rt->oneway ? "Simpleroutine" : "Routine", rt->name, rt->id);
	fprintf(g->f, "kern_return_t\n%s%s", g->m->userprefix, rt->name);
	gen_parameters(g, rt, false);
	line(g, "\n{");
	g->indent++;
	locals(g, rt);
	check_counts(g, rt);
	choose_reply_port(g, rt);
	set_header(g, rt);
	fill_request(g, rt);
	blank(g);
	send(g, rt);
	if (!rt->oneway)
		load_reply(g, rt);
	g->indent--;
	line(g, "}");
	blank(g);
}

static bool
uses_special_reply_port(struct gen *g)
{
	struct routine *rt;
	uint32_t i;

	foreach_routine(g, rt, i)
		if (rt->special_reply_port && !rt->oneway)
			return (true);
	return (false);
}

static void
prologue(struct gen *g, bool walign)
{
	gen_title(g, "User's side");
	if (g->header != NULL)
		line(g, "#include \"%s\"", g->header);
	else
		gen_includes(g, false);
	line(g, "#include <mach/mach.h>");
	if (uses_special_reply_port(g))
		line(g, "#include <mach/mach_sync_ipc.h>");
	blank(g);
	if (g->header == NULL) {
		gen_types(g);
		gen_declarations(g);
	}
	gen_walign(g, walign);
}

static bool
needs_walign(const struct routine *rt)
{
	return (rt->request.nvariable > 0 ||
	    (!rt->oneway && rt->reply.nvariable > 0));
}

/* A file with the functions of all routines. */
void
gen_user(struct gen *g)
{
	struct routine *rt;
	uint32_t i;
	bool walign;

	walign = false;
	foreach_routine(g, rt, i)
		walign = walign || needs_walign(rt);
	prologue(g, walign);
	foreach_routine(g, rt, i)
		routine(g, rt);
}

/* A file with the function of one routine. */
void
gen_user_routine(struct gen *g, struct routine *rt)
{
	prologue(g, needs_walign(rt));
	routine(g, rt);
}
