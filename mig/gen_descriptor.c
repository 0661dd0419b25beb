/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Descriptors: the ports and the memory that a message carries.
 */

#include "gen.h"

/* What becomes of a right that is sent; `poly' if that is for C to say. */
const char *
gen_disposition(const struct type *port, const char *poly)
{
	return (port->send.name != NULL ? port->send.name : poly);
}

static void
port(struct gen *g, const char *to, const char *value, const char *disposition)
{
	line(g, "%s = (mach_msg_port_descriptor_t){", to);
	line(g, "\t.name = %s,", value);
	line(g, "\t.disposition = %s,", disposition);
	line(g, "\t.type = MACH_MSG_PORT_DESCRIPTOR");
	line(g, "};");
}

/* So many descriptors; what an array leaves of them is no port. */
static void
ports(struct gen *g, const char *to, const struct type *t, const char *value,
    const char *count, const char *disposition)
{
	line(g, "for (Index = 0; Index < %u; Index++)", t->max);
	g->indent++;
	port(g, text(g, "%s[Index]", to), t->counted ?
	    text(g, "Index < %s ? %s[Index] : MACH_PORT_NULL", count, value) :
	    text(g, "%s[Index]", value), disposition);
	g->indent--;
}

static const char *
deallocate(struct gen *g, const struct arg *arg)
{
	if ((arg->flags & FLAG_DEALLOC_ASK) != 0)
		return (text(g, "%sDealloc", arg->name));
	return ((arg->flags & FLAG_DEALLOC) != 0 ? "TRUE" : "FALSE");
}

static void
out_of_line(struct gen *g, const struct arg *arg, const char *value)
{
	line(g, "\t.address = (void *)(%s),", value);
	line(g, "\t.deallocate = %s,", deallocate(g, arg));
	line(g, "\t.copy = MACH_MSG_%s_COPY,",
	    (arg->flags & FLAG_PHYSICAL_COPY) != 0 ? "PHYSICAL" : "VIRTUAL");
}

/*
 * Sets the descriptor of an argument in the message that `message' points to,
 * from pieces of C: the value; its count, if it has one; and the kind of right,
 * if the type does not say.
 */
void
gen_descriptor(struct gen *g, const char *message, const struct arg *arg,
    const char *value, const char *count, const char *poly)
{
	const struct type *t = arg->type;
	const char *to;

	to = text(g, "%s->%s", message, arg->name);
	switch (type_wire(t)) {
	case WIRE_PORT:
		port(g, to, value, gen_disposition(t, poly));
		break;
	case WIRE_PORTS:
		ports(g, to, t, value, count,
		    gen_disposition(t->element, poly));
		break;
	case WIRE_OOL_PORTS:
		line(g, "%s = (mach_msg_ool_ports_descriptor_t){", to);
		out_of_line(g, arg, value);
		line(g, "\t.disposition = %s,",
		    gen_disposition(t->element, poly));
		line(g, "\t.type = MACH_MSG_OOL_PORTS_DESCRIPTOR,");
		line(g, "\t.count = %s", t->counted ? count :
		    text(g, "%u", t->max));
		line(g, "};");
		break;
	default:
		line(g, "%s = (mach_msg_ool_descriptor_t){", to);
		out_of_line(g, arg, value);
		line(g, "\t.type = MACH_MSG_OOL_DESCRIPTOR,");
		line(g, "\t.size = %s", t->counted ?
		    gen_used_bytes(g, t, count) :
		    text(g, "%u", type_bytes(t)));
		line(g, "};");
	}
}
