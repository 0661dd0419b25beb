/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Dependency files: what make(1) or ninja(1) must watch for an output.
 */

#include <err.h>

#include "mig.h"

/* A name as make reads it. */
static void
quoted(FILE *f, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == ' ' || *name == '#' || *name == '\\')
			(void)fputc('\\', f);
		else if (*name == '$')
			(void)fputc('$', f);
		(void)fputc(*name, f);
	}
}

/*
 * Writes a rule that makes each of the outputs depend on every file read.
 * Returns 0, or -1 having said why.
 */
int
depend_write(struct mig *m, const char *path, const char *const *outputs,
    size_t noutputs)
{
	unsigned int i;
	size_t o;
	FILE *f;

	f = fopen(path, "w");
	if (f == NULL) {
		warn("%s", path);
		return (-1);
	}
	for (o = 0; o < noutputs; o++) {
		if (o > 0)
			(void)fputc(' ', f);
		quoted(f, outputs[o]);
	}
	(void)fputc(':', f);
	for (i = 0; i < m->nsources; i++) {
		(void)fputs(" \\\n  ", f);
		quoted(f, m->sources[i]);
	}
	(void)fputc('\n', f);
	if (ferror(f) != 0 || fclose(f) != 0) {
		warn("%s", path);
		return (-1);
	}
	return (0);
}
