/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Memory that is freed all at once, and the table of names in it.
 */

#include <err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "mig.h"

#define	CHUNK_SIZE	65536
#define	ALIGNMENT	sizeof(max_align_t)

struct chunk {
	struct chunk	*next;
	size_t		size;
	size_t		used;
	max_align_t	room[];
};

static void *
must(void *p)
{
	if (p == NULL)
		err(EX_OSERR, "memory");
	return (p);
}

void
arena_init(struct arena *arena)
{
	arena->chunks = NULL;
	arena->nsymbols = 0;
	arena->nbuckets = 1024;
	arena->symbols = must(calloc(arena->nbuckets,
	    sizeof(*arena->symbols)));
}

void
arena_free(struct arena *arena)
{
	struct chunk *chunk;

	while ((chunk = arena->chunks) != NULL) {
		arena->chunks = chunk->next;
		free(chunk);
	}
	free(arena->symbols);
	arena->symbols = NULL;
}

/* Zeroed memory that lives as long as the arena; never NULL. */
void *
arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk;
	void *p;

	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	chunk = arena->chunks;
	if (chunk == NULL || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		chunk = must(calloc(1, sizeof(*chunk) + room));
		chunk->size = room;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	p = (char *)chunk->room + chunk->used;
	chunk->used += size;
	return (p);
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list ap)
{
	va_list again;
	char *text;
	int length;

	va_copy(again, ap);
	length = vsnprintf(NULL, 0, format, ap);
	text = arena_alloc(arena, (size_t)length + 1);
	(void)vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return (text);
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = arena_vprintf(arena, format, ap);
	va_end(ap);
	return (text);
}

static size_t
hash(const char *text, size_t length)
{
	uint32_t h = 2166136261u;
	size_t i;

	for (i = 0; i < length; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return (h);
}

static void
symbols_grow(struct arena *arena)
{
	struct symbol **buckets, *sym;
	size_t i, n;

	n = arena->nbuckets * 4;
	buckets = must(calloc(n, sizeof(*buckets)));
	for (i = 0; i < arena->nbuckets; i++) {
		while ((sym = arena->symbols[i]) != NULL) {
			size_t b = hash(sym->text, sym->length) % n;

			arena->symbols[i] = sym->next;
			sym->next = buckets[b];
			buckets[b] = sym;
		}
	}
	free(arena->symbols);
	arena->symbols = buckets;
	arena->nbuckets = n;
}

/* The symbol of a name, new if it has not been seen. */
struct symbol *
arena_symbol(struct arena *arena, const char *text, size_t length)
{
	struct symbol *sym, **bucket;

	bucket = &arena->symbols[hash(text, length) % arena->nbuckets];
	for (sym = *bucket; sym != NULL; sym = sym->next)
		if (sym->length == length &&
		    memcmp(sym->text, text, length) == 0)
			return (sym);
	if (arena->nsymbols++ > 2 * arena->nbuckets) {
		symbols_grow(arena);
		bucket = &arena->symbols[hash(text, length) %
		    arena->nbuckets];
	}
	sym = arena_alloc(arena, sizeof(*sym) + length + 1);
	memcpy(sym->text, text, length);
	sym->length = length;
	sym->next = *bucket;
	*bucket = sym;
	return (sym);
}
