/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the files made have in common: types of messages, parameters.
 */

#include <stdarg.h>
#include <string.h>

#include "gen.h"

/* Writes a line. */
void
line(struct gen *g, const char *format, ...)
{
	unsigned int i;
	va_list ap;

	for (i = 0; i < g->indent; i++)
		(void)fputc('\t', g->f);
	va_start(ap, format);
	(void)vfprintf(g->f, format, ap);
	va_end(ap);
	(void)fputc('\n', g->f);
}

void
blank(struct gen *g)
{
	(void)fputc('\n', g->f);
}

/* A piece of a line. */
char *
text(struct gen *g, const char *format, ...)
{
	va_list ap;
	char *piece;

	va_start(ap, format);
	piece = arena_vprintf(&g->m->arena, format, ap);
	va_end(ap);
	return (piece);
}

/* The next routine from slot *i on, which is set to its slot. */
struct routine *
gen_next(struct gen *g, uint32_t *i)
{
	for (; *i < g->m->nslots; (*i)++)
		if (g->m->slots[*i] != NULL)
			return (g->m->slots[*i]);
	return (NULL);
}

void
gen_title(struct gen *g, const char *what)
{
	const char *name;

	name = strrchr(g->m->file, '/');
	line(g, "/*");
	line(g, " * %s of subsystem %s, made by mig from %s.", what,
	    g->m->subsystem, name != NULL ? name + 1 : g->m->file);
	line(g, " * Changes belong there.");
	line(g, " */");
	blank(g);
}

/* The system's headers and those the file imports. */
void
gen_includes(struct gen *g, bool server)
{
	const struct import *import;

	line(g, "#include <string.h>");
	line(g, "#include <mach/ndr.h>");
	line(g, "#include <mach/boolean.h>");
	line(g, "#include <mach/kern_return.h>");
	line(g, "#include <mach/notify.h>");
	line(g, "#include <mach/mach_types.h>");
	line(g, "#include <mach/message.h>");
	line(g, "#include <mach/mig_errors.h>");
	line(g, "#include <mach/port.h>");
	line(g, "#include <mach/std_types.h>");
	line(g, "#include <mach/mig.h>");
	if (g->m->imports != NULL)
		blank(g);
	for (import = g->m->imports; import != NULL; import = import->next)
		if ((import->side &
		    (server ? IMPORT_SERVER : IMPORT_USER)) != 0)
			line(g, "#include %s", import->file);
	blank(g);
}

const char *
gen_request_type(struct gen *g, const struct routine *rt)
{
	return (text(g, "__Request__%s_t", rt->name));
}

const char *
gen_reply_type(struct gen *g, const struct routine *rt)
{
	return (text(g, "__Reply__%s_t", rt->name));
}

/* "type name", or "type *name". */
const char *
gen_declarator(struct gen *g, const char *type, const char *name)
{
	bool star;

	star = type[0] != '\0' && type[strlen(type) - 1] == '*';
	return (text(g, "%s%s%s", type, star ? "" : " ", name));
}

/* What a function sees of an argument; the server's translations included. */
const char *
gen_parameter_type(struct gen *g, const struct arg *arg, bool server)
{
	const struct type *t = arg->type;

	if (server && !arg_in_reply(arg) && t->intran.name != NULL)
		return (t->intran.to);
	if (server && arg_in_reply(arg) && t->outtran.name != NULL)
		return (t->outtran.from);
	return (type_c(g->m, t, server));
}

static void
parameter(struct gen *g, bool *first, const char *declaration)
{
	if (!*first)
		(void)fputs(",\n", g->f);
	*first = false;
	fprintf(g->f, "\t%s", declaration);
}

static void
parameters_of(struct gen *g, bool *first, const struct arg *arg, bool server)
{
	const char *type, *star;

	type = gen_parameter_type(g, arg, server);
	if ((arg->flags & FLAG_CONST) != 0 && strncmp(type, "const ", 6) != 0)
		type = text(g, "const %s", type);
	star = arg_is_pointer(arg) ? "*" : "";
	parameter(g, first, gen_declarator(g, type,
	    text(g, "%s%s", star, arg->name)));
	star = arg_in_reply(arg) ? "*" : "";
	if (arg_has_poly(arg, server))
		parameter(g, first, text(g, "mach_msg_type_name_t %s%sPoly",
		    star, arg->name));
	if (arg_has_count(arg))
		parameter(g, first, text(g, "mach_msg_type_number_t %s%sCnt",
		    star, arg->name));
	if (arg_has_dealloc(arg, server))
		parameter(g, first, text(g, "boolean_t %s%sDealloc",
		    star, arg->name));
}

/* The parameters of a function, in parentheses. */
void
gen_parameters(struct gen *g, struct routine *rt, bool server)
{
	const struct arg *arg;
	bool first;

	(void)fputs("(\n", g->f);
	first = true;
	for (arg = rt->args; arg != NULL; arg = arg->next)
		if (server ? arg_of_server(arg) : arg_of_user(arg))
			parameters_of(g, &first, arg, server);
	(void)fputs(")", g->f);
}

static void
field_value(struct gen *g, const struct arg *arg)
{
	const struct type *t = arg->type;

	switch (type_wire(t)) {
	case WIRE_DATA:
		line(g, "%s;", gen_declarator(g, type_c(g->m, t, g->server),
		    arg->name));
		break;
	case WIRE_ARRAY:
	case WIRE_STRING:
	case WIRE_VARRAY:
	case WIRE_VSTRING:
		line(g, "%s[%u];", gen_declarator(g,
		    type_element_c(g->m, t, g->server), arg->name), t->max);
		break;
	case WIRE_PORT:
		line(g, "mach_msg_port_descriptor_t %s;", arg->name);
		return;
	case WIRE_PORTS:
		line(g, "mach_msg_port_descriptor_t %s[%u];", arg->name,
		    t->max);
		return;
	case WIRE_OOL:
		line(g, "mach_msg_ool_descriptor_t %s;", arg->name);
		return;
	case WIRE_OOL_PORTS:
		line(g, "mach_msg_ool_ports_descriptor_t %s;", arg->name);
		return;
	}
	if (type_padding(t) > 0)
		line(g, "char %sPad[%u];", arg->name, type_padding(t));
}

static void
field_declare(struct gen *g, const struct field *field)
{
	switch (field->kind) {
	case FIELD_RET_CODE:
		line(g, "kern_return_t RetCode;");
		break;
	case FIELD_COUNT:
		line(g, "mach_msg_type_number_t %sCnt;", field->arg->name);
		break;
	case FIELD_OFFSET:
		line(g, "mach_msg_type_number_t %sOffset;", field->arg->name);
		break;
	case FIELD_VALUE:
		field_value(g, field->arg);
		break;
	}
}

static void
message_type(struct gen *g, const struct message *msg, const char *name)
{
	const struct field *field;
	unsigned int i;
	bool ndr;

	blank(g);
	line(g, "typedef struct {");
	g->indent++;
	line(g, "mach_msg_header_t Head;");
	if (msg->complex)
		line(g, "mach_msg_body_t msgh_body;");
	ndr = false;
	for (i = 0; i < msg->nfields; i++) {
		field = &msg->fields[i];
		if (!ndr && (field->kind != FIELD_VALUE ||
		    !type_is_descriptor(field->arg->type))) {
			line(g, "NDR_record_t NDR;");
			ndr = true;
		}
		field_declare(g, field);
	}
	g->indent--;
	line(g, "} %s;", name);
}

static void
pack(struct gen *g, const char *how)
{
	line(g, "#ifdef __MigPackStructs");
	line(g, "#pragma pack(%s)", how);
	line(g, "#endif");
}

/* The highest base of a message's fields. */
unsigned int
gen_last_base(const struct message *msg)
{
	return (msg->nfields == 0 ? 0 : msg->fields[msg->nfields - 1].base);
}

/* The type of the fields of a base: the message itself, or a tail of it. */
const char *
gen_tail_type(struct gen *g, const char *type, unsigned int base)
{
	return (base == 0 ? type : text(g, "%s_tail%u", type, base));
}

/*
 * Types for what follows a variable array, which is not where the message's
 * type has it unless the array is full.
 */
void
gen_tails(struct gen *g, const struct message *msg, const char *type)
{
	unsigned int base, i;

	if (gen_last_base(msg) == 0)
		return;
	pack(g, "push, 4");
	for (base = 1; base <= gen_last_base(msg); base++) {
		line(g, "typedef struct {");
		g->indent++;
		for (i = 0; i < msg->nfields; i++)
			if (msg->fields[i].base == base)
				field_declare(g, &msg->fields[i]);
		g->indent--;
		line(g, "} %s;", gen_tail_type(g, type, base));
	}
	pack(g, "pop");
	blank(g);
}

/* Sets the pointer to what follows a variable field. */
void
gen_rebase(struct gen *g, const char *type, const char *prefix,
    const char *from, const struct field *field, const char *used,
    const char *is_const)
{
	const char *tail = gen_tail_type(g, type, field->base + 1);

	line(g, "%s%uP = (%s%s *)((%schar *)%s +", prefix, field->base + 1,
	    is_const, tail, is_const, from);
	line(g, "    offsetof(%s, %s) + _WALIGN_(%s));",
	    gen_tail_type(g, type, field->base), field->arg->name, used);
}

static void
message_types(struct gen *g, bool reply)
{
	struct routine *rt;
	uint32_t i;

	line(g, "#ifndef __%s__%s_subsystem__defined",
	    reply ? "Reply" : "Request", g->m->subsystem);
	line(g, "#define __%s__%s_subsystem__defined",
	    reply ? "Reply" : "Request", g->m->subsystem);
	blank(g);
	pack(g, "push, 4");
	foreach_routine(g, rt, i) {
		if (reply)
			message_type(g, &rt->reply, gen_reply_type(g, rt));
		else
			message_type(g, &rt->request,
			    gen_request_type(g, rt));
	}
	blank(g);
	pack(g, "pop");
	blank(g);
	line(g, "#endif /* __%s__%s_subsystem__defined */",
	    reply ? "Reply" : "Request", g->m->subsystem);
	blank(g);
}

static void
message_union(struct gen *g, bool reply, const char *prefix)
{
	const char *which = reply ? "Reply" : "Request";
	const char *name;
	struct routine *rt;
	uint32_t i;

	name = text(g, "__%sUnion__%s%s_subsystem", which, prefix,
	    g->m->subsystem);
	line(g, "#ifndef %s__defined", name);
	line(g, "#define %s__defined", name);
	line(g, "union %s {", name);
	foreach_routine(g, rt, i)
		line(g, "\t__%s__%s_t %s_%s;", which, rt->name, which,
		    rt->name);
	line(g, "};");
	line(g, "#endif /* %s__defined */", name);
	blank(g);
}

/* The types of all messages, and their unions. */
void
gen_types(struct gen *g)
{
	const char *prefix;

	prefix = g->server ? g->m->serverprefix : g->m->userprefix;
	message_types(g, false);
	if (g->m->nroutines > 0)
		message_union(g, false, prefix);
	message_types(g, true);
	if (g->m->nroutines > 0)
		message_union(g, true, prefix);
}

/* The functions of the routines. */
void
gen_declarations(struct gen *g)
{
	struct routine *rt;
	uint32_t i;

	foreach_routine(g, rt, i) {
		line(g, "/* %s %s, message %u */",
		    rt->oneway ? "Simpleroutine" : "Routine", rt->name,
		    rt->id);
		line(g, "#ifdef mig_external");
		line(g, "mig_external");
		line(g, "#else");
		line(g, "extern");
		line(g, "#endif");
		fprintf(g->f, "kern_return_t %s%s",
		    g->server ? g->m->serverprefix : g->m->userprefix,
		    rt->name);
		gen_parameters(g, rt, g->server);
		line(g, ";");
		blank(g);
	}
}

/* Does a message have arrays of descriptors, to loop over? */
bool
gen_uses_index(const struct message *msg)
{
	unsigned int i;

	for (i = 0; i < msg->nfields; i++)
		if (msg->fields[i].kind == FIELD_VALUE &&
		    type_wire(msg->fields[i].arg->type) == WIRE_PORTS)
			return (true);
	return (false);
}

/* Can an error stand in place of a request, as it can for a reply? */
bool
gen_has_error_request(const struct routine *rt)
{
	return (rt->retcode != NULL &&
	    (rt->request.complex || rt->request.nfields > 1));
}

/* Bytes an array has in the type of its message. */
uint32_t
gen_field_bytes(const struct type *t)
{
	return (type_bytes(t) + type_padding(t));
}

/* Bytes of `count' elements, before they are padded. */
const char *
gen_used_bytes(struct gen *g, const struct type *t, const char *count)
{
	if (t->size == 1)
		return (count);
	return (text(g, "%s * %uu", count, t->size));
}

/* What messages of changing length need. */
void
gen_walign(struct gen *g, bool needed)
{
	if (!needed)
		return;
	line(g, "#include <stddef.h>");
	blank(g);
	line(g, "#ifndef _WALIGN_");
	line(g, "#define\t_WALIGN_(x)\t(((x) + 3u) & ~3u)");
	line(g, "#endif");
	blank(g);
}
