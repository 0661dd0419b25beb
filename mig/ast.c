/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the parser builds out of statements.
 */

#include <limits.h>
#include <string.h>

#include "mig.h"

/* Messages of a subsystem, the skipped ones included. */
#define	MAX_SLOTS	65536

/* The reply to message n is n + 100. */
#define	REPLY_OFFSET	100

/* Prepares for one file, which is called `file' in errors. */
void
mig_init(struct mig *m, const char *file)
{
	memset(m, 0, sizeof(*m));
	arena_init(&m->arena);
	m->file = file;
	m->userprefix = "";
	m->serverprefix = "";
	m->imports_end = &m->imports;
	m->diag.stream = stderr;
	m->diag.show_lines = true;
}

void
mig_free(struct mig *m)
{
	diag_free(m);
	arena_free(&m->arena);
}

/* The name of the function that takes a message to its routine. */
const char *
mig_demux(struct mig *m)
{
	if (m->serverdemux != NULL)
		return (m->serverdemux);
	return (arena_printf(&m->arena, "%s_server", m->subsystem));
}

/* Makes room for one more pointer in an array of the arena. */
static void *
grow(struct mig *m, void *old, uint32_t used, unsigned int *size)
{
	void *new;

	if (used < *size)
		return (old);
	*size = *size == 0 ? 64 : *size * 2;
	new = arena_alloc(&m->arena, *size * sizeof(void *));
	if (used > 0)
		memcpy(new, old, used * sizeof(void *));
	return (new);
}

/* Notes a file that was read, for depend_write(). */
void
source_add(struct mig *m, const char *file)
{
	unsigned int i;

	/* The preprocessor's own "<built-in>" and "<command-line>". */
	if (file[0] == '<' || file[0] == '\0')
		return;
	for (i = 0; i < m->nsources; i++)
		if (m->sources[i] == file)
			return;
	m->sources = grow(m, m->sources, m->nsources, &m->sources_size);
	m->sources[m->nsources++] = file;
}

void
subsystem_declare(struct mig *m, const struct token *name, uint32_t base)
{
	if (m->subsystem != NULL) {
		diag_error(m, &name->pos, "subsystem %s is already declared",
		    m->subsystem);
		return;
	}
	if (base > INT_MAX - MAX_SLOTS - REPLY_OFFSET) {
		diag_error(m, &name->pos, "message number %u is too large",
		    base);
		base = 0;
	}
	m->subsystem = name->sym->text;
	m->subsystem_pos = name->pos;
	m->base = base;
}

static bool
slot_add(struct mig *m, const struct pos *pos, struct routine *routine)
{
	if (m->subsystem == NULL) {
		diag_error(m, pos, "the subsystem statement must come first");
		return (false);
	}
	if (m->nslots == MAX_SLOTS) {
		diag_error(m, pos, "more than %d messages in a subsystem",
		    MAX_SLOTS);
		return (false);
	}
	m->slots = grow(m, m->slots, m->nslots, &m->slots_size);
	m->slots[m->nslots++] = routine;
	return (true);
}

void
routine_skip(struct mig *m, const struct pos *pos, uint32_t count)
{
	while (count > 0 && slot_add(m, pos, NULL))
		count--;
}

/* The arguments come with the last one first. */
static struct arg *
reverse(struct arg *list)
{
	struct arg *arg, *reversed;

	reversed = NULL;
	while ((arg = list) != NULL) {
		list = arg->next;
		arg->next = reversed;
		reversed = arg;
	}
	return (reversed);
}

void
routine_declare(struct mig *m, const struct token *name, bool oneway,
    struct arg *args)
{
	struct routine *rt;

	rt = arena_alloc(&m->arena, sizeof(*rt));
	rt->pos = name->pos;
	rt->name = name->sym->text;
	rt->oneway = oneway;
	rt->args = reverse(args);
	rt->waittime = m->waittime;
	rt->msgoption = m->msgoption;
	rt->special_reply_port = m->special_reply_port;
	if (name->sym->routine != NULL)
		diag_error(m, &name->pos, "routine %s is already declared, "
		    "in line %u", rt->name, name->sym->routine->pos.line);
	name->sym->routine = rt;
	if (!slot_add(m, &name->pos, rt))
		return;
	rt->id = m->base + m->nslots - 1;
	m->nroutines++;
	routine_check(m, rt);
}

void
import_add(struct mig *m, enum import_side side, const struct token *file)
{
	struct import *import;

	import = arena_alloc(&m->arena, sizeof(*import));
	import->side = side;
	import->file = file->sym->text;
	*m->imports_end = import;
	m->imports_end = &import->next;
}

/* `kind' is NARG_KINDS if the file does not say. */
struct arg *
arg_make(struct mig *m, enum arg_kind kind, const struct token *name,
    struct type *type, unsigned int flags)
{
	struct arg *arg;

	arg = arena_alloc(&m->arena, sizeof(*arg));
	arg->pos = name->pos;
	arg->sym = name->sym;
	arg->name = name->sym->text;
	arg->kind = kind;
	arg->type = type;
	arg->flags = flags;
	return (arg);
}

uint32_t
number_combine(struct mig *m, const struct pos *pos, uint32_t a, int operator,
    uint32_t b)
{
	int64_t value;

	switch (operator) {
	case '+':
		value = (int64_t)a + b;
		break;
	case '-':
		value = (int64_t)a - b;
		break;
	case '*':
		value = (int64_t)a * b;
		break;
	default:
		value = b == 0 ? -1 : (int64_t)a / b;
	}
	if (value < 0 || value > INT_MAX) {
		diag_error(m, pos, "%u %c %u is no number mig can use", a,
		    operator, b);
		value = 1;
	}
	return ((uint32_t)value);
}
