/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages as bytes; the format is described in launch_priv.h.
 */

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "launch_data.h"
#include "launch_priv.h"

#define	NODE		24u
#define	MAX_DEPTH	32

static size_t
round8(size_t n)
{
	return ((n + 7) & ~(size_t)7);
}

static size_t
packed_size(const launch_data_t d)
{
	size_t i, n;

	n = NODE;
	switch (d->type) {
	case LAUNCH_DATA_STRING:
		return (n + round8(d->size + 1));
	case LAUNCH_DATA_OPAQUE:
		return (n + round8(d->size));
	case LAUNCH_DATA_ARRAY:
	case LAUNCH_DATA_DICTIONARY:
		n += d->count * 8;
		for (i = 0; i < d->count; i++)
			n += packed_size(d->items[i]);
		return (n);
	default:
		return (n);
	}
}

static char *
put_word(char *p, uint64_t word)
{
	word = htole64(word);
	memcpy(p, &word, sizeof(word));
	return (p + sizeof(word));
}

static char *
pack_node(char *p, const launch_data_t d)
{
	uint64_t value;
	size_t i;

	value = (uint64_t)d->number;
	if (d->type == LAUNCH_DATA_REAL)
		memcpy(&value, &d->real, sizeof(value));
	p = put_word(p, d->type);
	p = put_word(p, value);
	p = put_word(p, d->bytes != NULL ? d->size : d->count);
	if (d->bytes != NULL) {
		memcpy(p, d->bytes, d->size);
		p += round8(d->type == LAUNCH_DATA_STRING ? d->size + 1 :
		    d->size);
	}
	p += d->count * 8;
	for (i = 0; i < d->count; i++)
		p = pack_node(p, d->items[i]);
	return (p);
}

void *
launch_pack(const launch_data_t d, size_t *sizep)
{
	char *buf, *p;
	size_t size;

	size = LAUNCH_HEADER + packed_size(d);
	if (size > LAUNCH_MESSAGE_MAX) {
		errno = EMSGSIZE;
		return (NULL);
	}
	buf = calloc(1, size);
	if (buf == NULL)
		return (NULL);
	p = put_word(buf, LAUNCH_MAGIC);
	p = put_word(p, size);
	(void)pack_node(p, d);
	*sizep = size;
	return (buf);
}

static uint64_t
get_word(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return (le64toh(word));
}

size_t
launch_packed_size(const void *header)
{
	uint64_t size;

	if (get_word(header) != LAUNCH_MAGIC)
		return (0);
	size = get_word((const char *)header + 8);
	if (size < LAUNCH_HEADER + NODE || size > LAUNCH_MESSAGE_MAX)
		return (0);
	return ((size_t)size);
}

struct input {
	const char	*p;
	size_t		left;
};

static launch_data_t unpack_node(struct input *, int);

static bool
unpack_bytes(struct input *in, launch_data_t d, uint64_t size, bool string)
{
	size_t padded;

	if (size > in->left || round8((size_t)size + string) > in->left)
		return (false);
	if (string && (in->p[size] != '\0' ||
	    memchr(in->p, '\0', (size_t)size) != NULL))
		return (false);
	padded = round8((size_t)size + string);
	if (!launch_data_set_bytes(d, in->p, (size_t)size))
		return (false);
	in->p += padded;
	in->left -= padded;
	return (true);
}

static bool
unpack_items(struct input *in, launch_data_t d, uint64_t count, int depth)
{
	launch_data_t item;
	uint64_t i;

	/* Every element takes a filler word and a node at least. */
	if (count > in->left / (8 + NODE) || depth >= MAX_DEPTH)
		return (false);
	in->p += count * 8;
	in->left -= (size_t)count * 8;
	for (i = 0; i < count; i++) {
		item = unpack_node(in, depth + 1);
		if (!launch_data_append(d, item))
			return (false);
		if (d->type == LAUNCH_DATA_DICTIONARY && i % 2 == 0 &&
		    item->type != LAUNCH_DATA_STRING)
			return (false);
	}
	return (d->type == LAUNCH_DATA_ARRAY || count % 2 == 0);
}

static bool
unpack_value(struct input *in, launch_data_t d, uint64_t value, uint64_t size,
    int depth)
{
	switch (d->type) {
	case LAUNCH_DATA_INTEGER:
	case LAUNCH_DATA_BOOL:
	case LAUNCH_DATA_ERRNO:
		d->number = (long long)value;
		return (true);
	case LAUNCH_DATA_REAL:
		memcpy(&d->real, &value, sizeof(value));
		return (true);
	case LAUNCH_DATA_STRING:
		return (unpack_bytes(in, d, size, true));
	case LAUNCH_DATA_OPAQUE:
		return (unpack_bytes(in, d, size, false));
	case LAUNCH_DATA_ARRAY:
	case LAUNCH_DATA_DICTIONARY:
		return (unpack_items(in, d, size, depth));
	default:
		/* Descriptors and ports do not travel this way. */
		return (false);
	}
}

static launch_data_t
unpack_node(struct input *in, int depth)
{
	launch_data_t d;
	uint64_t size, type, value;

	if (in->left < NODE)
		return (NULL);
	type = get_word(in->p);
	value = get_word(in->p + 8);
	size = get_word(in->p + 16);
	in->p += NODE;
	in->left -= NODE;
	if (type < LAUNCH_DATA_DICTIONARY || type > LAUNCH_DATA_MACHPORT)
		return (NULL);
	d = launch_data_alloc((launch_data_type_t)type);
	if (d != NULL && !unpack_value(in, d, value, size, depth)) {
		launch_data_free(d);
		d = NULL;
	}
	return (d);
}

launch_data_t
launch_unpack(const void *buf, size_t size)
{
	struct input in;
	launch_data_t d;

	errno = EPROTO;
	if (size < LAUNCH_HEADER || launch_packed_size(buf) != size)
		return (NULL);
	in.p = (const char *)buf + LAUNCH_HEADER;
	in.left = size - LAUNCH_HEADER;
	d = unpack_node(&in, 0);
	if (d != NULL && in.left != 0) {
		launch_data_free(d);
		d = NULL;
	}
	return (d);
}
