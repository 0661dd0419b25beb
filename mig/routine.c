/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Routines: whether their arguments make sense, and the layout of the request
 * and the reply.
 *
 * A message is its header; if it carries ports or memory, their descriptors,
 * in the order of the arguments; and if it carries anything else, an NDR record
 * and the rest in the order of the arguments.  The count of an array stands
 * before the elements, or where these would if they are not in the message.  A
 * reply without descriptors begins with the code the routine returned.
 */

#include <string.h>

#include "mig.h"

/* Names the generated code needs for itself, in C or in a message. */
static const char *const reserved[] = {
	"ErrorP", "Head", "In0P", "In1P", "In2P", "InHeadP", "InP", "Index",
	"Mess", "NDR", "Out0P", "Out1P", "Out2P", "OutHeadP", "OutP",
	"ReplyPort", "RetCode", "TrailerP", "msg_result", "msgh_body",
	"msgh_size",
	"auto", "break", "case", "char", "const", "continue", "default", "do",
	"double", "else", "enum", "extern", "float", "for", "goto", "if",
	"inline", "int", "long", "register", "restrict", "return", "short",
	"signed", "sizeof", "static", "struct", "switch", "typedef", "union",
	"unsigned", "void", "volatile", "while"
};

static const char *const kind_names[NARG_KINDS] = {
	[ARG_REQUEST_PORT] = "RequestPort",
	[ARG_REPLY_PORT] = "ReplyPort",
	[ARG_SREPLY_PORT] = "SReplyPort",
	[ARG_WAIT_TIME] = "WaitTime",
	[ARG_MSG_OPTION] = "MsgOption",
	[ARG_SERVER_SECURITY] = "ServerSecToken",
	[ARG_SERVER_AUDIT] = "ServerAuditToken",
	[ARG_USER_AUDIT] = "UserAuditToken",
	[ARG_SEQNO] = "MsgSeqno"
};

/* Bytes the argument of a kind has; 0: as it likes. */
static const uint32_t kind_sizes[NARG_KINDS] = {
	[ARG_WAIT_TIME] = 4,
	[ARG_MSG_OPTION] = 4,
	[ARG_SERVER_SECURITY] = 8,
	[ARG_SERVER_AUDIT] = 32,
	[ARG_USER_AUDIT] = 32,
	[ARG_SEQNO] = 4
};

/* Is it carried in a message, not only by its header or trailer? */
bool
arg_has_value(const struct arg *arg)
{
	return (arg->kind == ARG_IN || arg->kind == ARG_OUT ||
	    arg->kind == ARG_INOUT);
}

bool
arg_in_request(const struct arg *arg)
{
	return (arg->kind == ARG_IN || arg->kind == ARG_INOUT);
}

bool
arg_in_reply(const struct arg *arg)
{
	return (arg->kind == ARG_OUT || arg->kind == ARG_INOUT);
}

/* Is it a parameter of the user's function? */
bool
arg_of_user(const struct arg *arg)
{
	switch (arg->kind) {
	case ARG_SREPLY_PORT:
	case ARG_SERVER_SECURITY:
	case ARG_SERVER_AUDIT:
	case ARG_SEQNO:
		return (false);
	default:
		return (true);
	}
}

/* Is it a parameter of the server's function? */
bool
arg_of_server(const struct arg *arg)
{
	switch (arg->kind) {
	case ARG_WAIT_TIME:
	case ARG_MSG_OPTION:
	case ARG_USER_AUDIT:
		return (false);
	default:
		return (true);
	}
}

/* Does a function get its address?  Arrays in the message are one already. */
bool
arg_is_pointer(const struct arg *arg)
{
	if (arg->kind == ARG_USER_AUDIT)
		return (true);
	if (!arg_in_reply(arg))
		return (false);
	switch (type_wire(arg->type)) {
	case WIRE_DATA:
	case WIRE_PORT:
	case WIRE_OOL:
	case WIRE_OOL_PORTS:
		return (true);
	default:
		return (false);
	}
}

/* Does a count of its own go with it? */
bool
arg_has_count(const struct arg *arg)
{
	return (arg_has_value(arg) && arg->type->counted &&
	    arg->type->kind == TYPE_ARRAY && arg->counter == NULL);
}

/* Does the kind of right go with it, as a further parameter? */
bool
arg_has_poly(const struct arg *arg, bool server)
{
	const struct type *t;
	bool sends, receives;

	t = arg->type;
	if (t->kind == TYPE_ARRAY && t->element->kind == TYPE_PORT)
		t = t->element;
	if (t->kind != TYPE_PORT || arg->kind == ARG_SREPLY_PORT)
		return (false);
	sends = server ? arg_in_reply(arg) : !arg_in_reply(arg) ||
	    arg->kind == ARG_INOUT;
	receives = server ? !arg_in_reply(arg) || arg->kind == ARG_INOUT :
	    arg_in_reply(arg);
	return ((sends && t->send.name == NULL) ||
	    (receives && t->receive.name == NULL));
}

/* Does the sender say whether to free the memory it sends? */
bool
arg_has_dealloc(const struct arg *arg, bool server)
{
	return ((arg->flags & FLAG_DEALLOC_ASK) != 0 &&
	    server == (arg->kind == ARG_OUT));
}

static void
name_check(struct mig *m, struct routine *rt, struct arg *arg)
{
	size_t i;

	for (i = 0; i < nitems(reserved); i++)
		if (strcmp(arg->name, reserved[i]) == 0)
			diag_error(m, &arg->pos,
			    "%s cannot be the name of an argument", arg->name);
	if (arg->sym->arg != NULL && arg->sym->arg->routine == rt)
		diag_error(m, &arg->pos, "there are two arguments %s",
		    arg->name);
	arg->sym->arg = arg;
}

/* Settles the direction of an argument, and notes the special ones. */
static void
kind_check(struct mig *m, struct routine *rt, struct arg *arg)
{
	const struct type *t;
	uint32_t size;

	t = arg->type;
	if (arg->kind == NARG_KINDS)
		arg->kind = arg == rt->args ? ARG_REQUEST_PORT : ARG_IN;
	if (rt->oneway && (arg_in_reply(arg) || arg->kind == ARG_USER_AUDIT))
		diag_error(m, &arg->pos,
		    "a simpleroutine has no reply to carry %s", arg->name);
	if (arg_has_value(arg) || arg->type->broken)
		return;
	if (rt->special[arg->kind] != NULL)
		diag_error(m, &arg->pos, "a second %s: %s is one already",
		    kind_names[arg->kind], rt->special[arg->kind]->name);
	rt->special[arg->kind] = arg;
	switch (arg->kind) {
	case ARG_REQUEST_PORT:
	case ARG_REPLY_PORT:
	case ARG_SREPLY_PORT:
		if (t->kind != TYPE_PORT)
			diag_error(m, &arg->pos, "%s %s is no port",
			    kind_names[arg->kind], arg->name);
		break;
	default:
		size = kind_sizes[arg->kind];
		if (type_wire(t) != WIRE_DATA || t->size != size)
			diag_error(m, &arg->pos,
			    "%s must have a type of %u bytes",
			    kind_names[arg->kind], size);
	}
}

static void
type_check(struct mig *m, struct arg *arg)
{
	const struct type *t;

	t = arg->type;
	if ((t->kind == TYPE_STRUCT && t->cuser == NULL) ||
	    (t->kind == TYPE_ARRAY && t->cuser == NULL &&
	    t->element->kind == TYPE_STRUCT && t->element->cuser == NULL))
		diag_error(m, &arg->pos, "the structure %s needs a C type; "
		    "declare one with `type'", arg->name);
	if (arg_in_reply(arg) && !arg_is_pointer(arg) &&
	    (t->outtran.name != NULL ||
	    (arg->kind == ARG_INOUT && t->intran.name != NULL)))
		diag_error(m, &arg->pos, "translation of an array in the "
		    "message that comes back: feature not supported");
	if (arg->kind == ARG_INOUT && t->intran.name != NULL &&
	    t->outtran.name != NULL &&
	    strcmp(t->intran.to, t->outtran.from) != 0)
		diag_error(m, &arg->pos, "intran makes %s, outtran takes %s",
		    t->intran.to, t->outtran.from);
	if (type_wire(t) == WIRE_PORTS && t->counted && arg->kind == ARG_INOUT)
		diag_error(m, &arg->pos, "inout of a bounded array of ports: "
		    "feature not supported");
}

static void
flag_ignore(struct mig *m, struct arg *arg, unsigned int flag,
    const char *name)
{
	if ((arg->flags & flag) == 0)
		return;
	arg->flags &= ~flag;
	diag_warning(m, &arg->pos, "%s has no effect on %s and is ignored",
	    name, arg->name);
}

static void
flags_check(struct mig *m, struct routine *rt, struct arg *arg)
{
	enum wire wire;

	wire = type_wire(arg->type);
	if (!arg_has_value(arg) ||
	    (wire != WIRE_OOL && wire != WIRE_OOL_PORTS)) {
		flag_ignore(m, arg, FLAG_DEALLOC | FLAG_DEALLOC_ASK,
		    "dealloc");
		flag_ignore(m, arg, FLAG_PHYSICAL_COPY, "PhysicalCopy");
	}
	if ((arg->flags & FLAG_DEALLOC_ASK) != 0 && arg->kind == ARG_INOUT)
		diag_error(m, &arg->pos,
		    "dealloc[] of an inout argument: feature not supported");
	if (arg->kind != ARG_OUT || wire != WIRE_VARRAY ||
	    (arg->flags & FLAG_SAME_COUNT) != 0)
		flag_ignore(m, arg, FLAG_COUNT_INOUT, "CountInOut");
	/* What comes back is written to. */
	if (arg_in_reply(arg) || arg->kind == ARG_USER_AUDIT)
		flag_ignore(m, arg, FLAG_CONST, "const");
	if ((arg->flags & FLAG_RET_CODE) == 0)
		return;
	if (arg->kind != ARG_IN || wire != WIRE_DATA || arg->type->size != 4 ||
	    !rt->oneway)
		diag_error(m, &arg->pos, "RetCode must be of four bytes, "
		    "and go into a simpleroutine");
	if (rt->retcode != NULL)
		diag_error(m, &arg->pos, "a second RetCode: %s is one already",
		    rt->retcode->name);
	rt->retcode = arg;
}

/* Finds whose count an array has. */
static void
count_check(struct mig *m, struct arg *arg, struct arg **last)
{
	struct arg *counter;

	if ((arg->flags & FLAG_SAME_COUNT) == 0) {
		if (arg_has_count(arg))
			*last = arg;
		return;
	}
	counter = *last;
	if (!arg_has_value(arg) || !arg->type->counted ||
	    arg->type->kind != TYPE_ARRAY)
		diag_error(m, &arg->pos, "SameCount: %s has no count",
		    arg->name);
	else if (counter == NULL || counter->kind != arg->kind)
		diag_error(m, &arg->pos, "SameCount: no array before %s goes "
		    "the same way", arg->name);
	else
		arg->counter = counter;
}

static void
field_add(struct mig *m, struct message *msg, enum field_kind kind,
    struct arg *arg)
{
	struct field *field, *old;

	/* Powers of two are where the array is full. */
	if ((msg->nfields & (msg->nfields - 1)) == 0) {
		old = msg->fields;
		msg->fields = arena_alloc(&m->arena,
		    (msg->nfields == 0 ? 1 : 2 * msg->nfields) *
		    sizeof(*field));
		if (old != NULL)
			memcpy(msg->fields, old,
			    msg->nfields * sizeof(*field));
	}
	field = &msg->fields[msg->nfields++];
	field->kind = kind;
	field->arg = arg;
	field->base = msg->nvariable;
	if (kind == FIELD_COUNT && msg == &arg->routine->request)
		arg->request_count = field->base;
	else if (kind == FIELD_COUNT)
		arg->reply_count = field->base;
}

static void
descriptor_add(struct mig *m, struct message *msg, struct arg *arg)
{
	field_add(m, msg, FIELD_VALUE, arg);
	msg->ndescriptors += type_wire(arg->type) == WIRE_PORTS ?
	    arg->type->max : 1;
	msg->complex = true;
}

static void
data_add(struct mig *m, struct message *msg, struct arg *arg)
{
	enum wire wire;

	wire = type_wire(arg->type);
	if (wire == WIRE_VSTRING)
		field_add(m, msg, FIELD_OFFSET, arg);
	if (wire == WIRE_VSTRING || arg_has_count(arg))
		field_add(m, msg, FIELD_COUNT, arg);
	if (type_is_descriptor(arg->type))
		return;
	field_add(m, msg, FIELD_VALUE, arg);
	if (wire == WIRE_VARRAY || wire == WIRE_VSTRING) {
		msg->nvariable++;
		msg->variable += type_bytes(arg->type) +
		    type_padding(arg->type);
	}
}

static void
request_layout(struct mig *m, struct routine *rt)
{
	struct message *msg;
	unsigned int ndescriptors;
	struct arg *arg;

	msg = &rt->request;
	for (arg = rt->args; arg != NULL; arg = arg->next)
		if (arg_in_request(arg) && type_is_descriptor(arg->type))
			descriptor_add(m, msg, arg);
	ndescriptors = msg->nfields;
	/* A RetCode stands where a reply has it. */
	if (rt->retcode != NULL && !msg->complex)
		field_add(m, msg, FIELD_VALUE, rt->retcode);
	for (arg = rt->args; arg != NULL; arg = arg->next) {
		if (arg == rt->retcode)
			continue;
		if (arg_in_request(arg))
			data_add(m, msg, arg);
		else if ((arg->flags & FLAG_COUNT_INOUT) != 0)
			field_add(m, msg, FIELD_COUNT, arg);
	}
	msg->ndr = msg->nfields > ndescriptors;
}

static void
reply_layout(struct mig *m, struct routine *rt)
{
	struct message *msg;
	unsigned int ndescriptors;
	struct arg *arg;

	msg = &rt->reply;
	for (arg = rt->args; arg != NULL; arg = arg->next)
		if (arg_in_reply(arg) && type_is_descriptor(arg->type))
			descriptor_add(m, msg, arg);
	ndescriptors = msg->nfields;
	if (!msg->complex)
		field_add(m, msg, FIELD_RET_CODE, NULL);
	for (arg = rt->args; arg != NULL; arg = arg->next)
		if (arg_in_reply(arg))
			data_add(m, msg, arg);
	msg->ndr = msg->nfields > ndescriptors;
}

/* Checks a routine and lays its messages out. */
void
routine_check(struct mig *m, struct routine *rt)
{
	struct arg *arg, *counter;
	unsigned int nargs;
	uint64_t bytes;

	counter = NULL;
	nargs = 0;
	bytes = 0;
	for (arg = rt->args; arg != NULL; arg = arg->next) {
		arg->routine = rt;
		nargs++;
		name_check(m, rt, arg);
		kind_check(m, rt, arg);
		if (arg->type->broken)
			continue;
		type_check(m, arg);
		flags_check(m, rt, arg);
		count_check(m, arg, &counter);
		bytes += type_bytes(arg->type);
		if (arg_of_server(arg))
			rt->nargs++;
	}
	if (bytes > MAX_BYTES)
		diag_error(m, &rt->pos, "too large for a message");
	if (nargs > MAX_ARGS)
		diag_error(m, &rt->pos, "more than %d arguments", MAX_ARGS);
	if (rt->special[ARG_REQUEST_PORT] == NULL &&
	    (rt->args == NULL || !rt->args->type->broken))
		diag_error(m, &rt->pos, "%s has no port to send its request "
		    "to; that is the first argument", rt->name);
	if (m->diag.errors > 0)
		return;
	request_layout(m, rt);
	reply_layout(m, rt);
}
