/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "defs_fuzz.h"
#include "gen.h"

static void
make(struct gen *g)
{
	struct routine *rt;
	uint32_t i;

	gen_user_header(g, "Header");
	g->header = "header.h";
	gen_user(g);
	foreach_routine(g, rt, i)
		gen_user_routine(g, rt);
	g->server = true;
	gen_server_header(g, "Header");
	gen_server(g);
}

bool
defs_fuzz(const char *text, size_t size)
{
	struct gen g;
	struct mig m;
	char *copy;
	bool good;

	/* It ends where the text does, for the sanitizer to see. */
	copy = malloc(size + 1);
	if (copy == NULL)
		errx(1, "no memory");
	memcpy(copy, text, size);
	copy[size] = '\0';
	mig_init(&m, "fuzz.defs");
	m.diag.stream = fopen("/dev/null", "w");
	m.diag.show_lines = false;
	good = mig_parse(&m, copy, size);
	if (good) {
		memset(&g, 0, sizeof(g));
		g.m = &m;
		g.f = m.diag.stream;
		make(&g);
	}
	fclose(m.diag.stream);
	mig_free(&m);
	free(copy);
	return (good);
}
