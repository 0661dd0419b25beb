/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The headers of the user's and the server's side.
 */

#include "gen.h"

/* The list of routines and ids that debuggers and tracers want. */
static void
name_map(struct gen *g)
{
	const char *comma;
	struct routine *rt;
	uint32_t i;

	line(g, "#ifndef subsystem_to_name_map_%s", g->m->subsystem);
	fprintf(g->f, "#define subsystem_to_name_map_%s", g->m->subsystem);
	comma = "";
	foreach_routine(g, rt, i) {
		fprintf(g->f, "%s \\\n\t{ \"%s\", %u }", comma, rt->name,
		    rt->id);
		comma = ",";
	}
	blank(g);
	line(g, "#endif");
	blank(g);
}

static void
count_define(struct gen *g)
{
	line(g, "#ifndef %s_MSG_COUNT", g->m->subsystem);
	line(g, "#define %s_MSG_COUNT %u", g->m->subsystem, g->m->nslots);
	line(g, "#endif");
	blank(g);
}

static void
hook(struct gen *g, const char *name)
{
	line(g, "#ifdef %s", name);
	line(g, "%s", name);
	line(g, "#endif");
	blank(g);
}

static void
guard_begin(struct gen *g, const char *side)
{
	line(g, "#ifndef _%s_%s_", g->m->subsystem, side);
	line(g, "#define _%s_%s_", g->m->subsystem, side);
	blank(g);
}

/* The header that the user's side includes. */
void
gen_user_header(struct gen *g, const char *title)
{
	gen_title(g, title);
	guard_begin(g, "user");
	gen_includes(g, false);
	count_define(g);
	hook(g, "__BeforeMigUserHeader");
	line(g, "__BEGIN_DECLS");
	blank(g);
	gen_declarations(g);
	line(g, "__END_DECLS");
	blank(g);
	gen_types(g);
	name_map(g);
	hook(g, "__AfterMigUserHeader");
	line(g, "#endif /* _%s_user_ */", g->m->subsystem);
}

/* The functions and the table that the server's file defines. */
void
gen_server_declarations(struct gen *g)
{
	const char *table;

	table = text(g, "%s%s_subsystem", g->m->serverprefix,
	    g->m->subsystem);
	line(g, "/*");
	line(g, " * Serves a request and fills its reply in.  FALSE if there "
	    "is no such routine;");
	line(g, " * the reply then says so.");
	line(g, " */");
	line(g, "extern boolean_t %s(", mig_demux(g->m));
	line(g, "\tmach_msg_header_t *InHeadP,");
	line(g, "\tmach_msg_header_t *OutHeadP);");
	blank(g);
	line(g, "/* The function that serves a request, or NULL. */");
	line(g, "extern mig_routine_t %s_routine(", mig_demux(g->m));
	line(g, "\tmach_msg_header_t *InHeadP);");
	blank(g);
	line(g, "extern const struct %s {", table);
	line(g, "\tmig_server_routine_t server;");
	line(g, "\tmach_msg_id_t start;\t\t/* first message */");
	line(g, "\tmach_msg_id_t end;\t\t/* last message + 1 */");
	line(g, "\tunsigned int maxsize;\t\t/* of a reply */");
	line(g, "\tvm_address_t reserved;");
	line(g, "\tstruct routine_descriptor routine[%u];",
	    g->m->nslots > 0 ? g->m->nslots : 1);
	line(g, "} %s;", table);
	blank(g);
}

/* The header that the server's side includes. */
void
gen_server_header(struct gen *g, const char *title)
{
	gen_title(g, title);
	guard_begin(g, "server");
	gen_includes(g, true);
	count_define(g);
	hook(g, "__BeforeMigServerHeader");
	line(g, "__BEGIN_DECLS");
	blank(g);
	gen_declarations(g);
	gen_server_declarations(g);
	line(g, "__END_DECLS");
	blank(g);
	gen_types(g);
	name_map(g);
	hook(g, "__AfterMigServerHeader");
	line(g, "#endif /* _%s_server_ */", g->m->subsystem);
}
