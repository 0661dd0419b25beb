/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The values messages are made of.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "launch_data.h"

launch_data_t
launch_data_alloc(launch_data_type_t type)
{
	launch_data_t d;

	d = calloc(1, sizeof(*d));
	if (d != NULL)
		d->type = type;
	return (d);
}

void
launch_data_free(launch_data_t d)
{
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; i < d->count; i++)
		launch_data_free(d->items[i]);
	free(d->items);
	free(d->bytes);
	free(d);
}

launch_data_t
launch_data_copy(launch_data_t d)
{
	launch_data_t copy;
	size_t i;

	copy = launch_data_alloc(d->type);
	if (copy == NULL)
		return (NULL);
	copy->number = d->number;
	copy->real = d->real;
	if (d->bytes != NULL && !launch_data_set_bytes(copy, d->bytes,
	    d->size)) {
		launch_data_free(copy);
		return (NULL);
	}
	for (i = 0; i < d->count; i++) {
		if (!launch_data_append(copy, launch_data_copy(d->items[i]))) {
			launch_data_free(copy);
			return (NULL);
		}
	}
	return (copy);
}

/* Gives a string or opaque value its bytes, and a NUL behind them. */
bool
launch_data_set_bytes(launch_data_t d, const void *bytes, size_t size)
{
	d->bytes = malloc(size + 1);
	if (d->bytes == NULL)
		return (false);
	memcpy(d->bytes, bytes, size);
	d->bytes[size] = '\0';
	d->size = size;
	return (true);
}

/* Takes an element over, whatever happens; NULL fails. */
bool
launch_data_append(launch_data_t d, launch_data_t item)
{
	launch_data_t *items;

	if (item == NULL)
		return (false);
	items = reallocarray(d->items, d->count + 1, sizeof(*items));
	if (items == NULL) {
		launch_data_free(item);
		return (false);
	}
	d->items = items;
	d->items[d->count++] = item;
	return (true);
}

static launch_data_t
new_number(launch_data_type_t type, long long n)
{
	launch_data_t d;

	d = launch_data_alloc(type);
	if (d != NULL)
		d->number = n;
	return (d);
}

static launch_data_t
new_bytes(launch_data_type_t type, const void *bytes, size_t size)
{
	launch_data_t d;

	d = launch_data_alloc(type);
	if (d != NULL && !launch_data_set_bytes(d, bytes, size)) {
		launch_data_free(d);
		d = NULL;
	}
	return (d);
}

launch_data_t
launch_data_new_integer(long long n)
{
	return (new_number(LAUNCH_DATA_INTEGER, n));
}

launch_data_t
launch_data_new_bool(bool b)
{
	return (new_number(LAUNCH_DATA_BOOL, b));
}

launch_data_t
launch_data_new_errno(int error)
{
	return (new_number(LAUNCH_DATA_ERRNO, error));
}

launch_data_t
launch_data_new_real(double r)
{
	launch_data_t d;

	d = launch_data_alloc(LAUNCH_DATA_REAL);
	if (d != NULL)
		d->real = r;
	return (d);
}

launch_data_t
launch_data_new_string(const char *s)
{
	return (new_bytes(LAUNCH_DATA_STRING, s, strlen(s)));
}

launch_data_t
launch_data_new_opaque(const void *bytes, size_t size)
{
	return (new_bytes(LAUNCH_DATA_OPAQUE, bytes, size));
}

launch_data_type_t
launch_data_get_type(const launch_data_t d)
{
	return (d->type);
}

static bool
is_a(const launch_data_t d, launch_data_type_t type)
{
	return (d != NULL && d->type == type);
}

long long
launch_data_get_integer(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_INTEGER) ? d->number : 0);
}

bool
launch_data_get_bool(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_BOOL) && d->number != 0);
}

double
launch_data_get_real(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_REAL) ? d->real : 0);
}

const char *
launch_data_get_string(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_STRING) ? d->bytes : NULL);
}

void *
launch_data_get_opaque(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_OPAQUE) ? d->bytes : NULL);
}

size_t
launch_data_get_opaque_size(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_OPAQUE) ? d->size : 0);
}

int
launch_data_get_errno(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_ERRNO) ? (int)d->number : 0);
}

bool
launch_data_array_set_index(launch_data_t d, const launch_data_t item,
    size_t i)
{
	if (!is_a(d, LAUNCH_DATA_ARRAY) || i > d->count) {
		errno = EINVAL;
		return (false);
	}
	if (i == d->count)
		return (launch_data_append(d, item));
	launch_data_free(d->items[i]);
	d->items[i] = item;
	return (true);
}

launch_data_t
launch_data_array_get_index(const launch_data_t d, size_t i)
{
	return (is_a(d, LAUNCH_DATA_ARRAY) && i < d->count ? d->items[i] :
	    NULL);
}

size_t
launch_data_array_get_count(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_ARRAY) ? d->count : 0);
}

/* The index of a key in a dictionary, or its count. */
static size_t
dict_find(const launch_data_t d, const char *key)
{
	size_t i;

	for (i = 0; i < d->count; i += 2) {
		if (strcmp(d->items[i]->bytes, key) == 0)
			break;
	}
	return (i);
}

bool
launch_data_dict_insert(launch_data_t d, const launch_data_t value,
    const char *key)
{
	size_t i;

	if (!is_a(d, LAUNCH_DATA_DICTIONARY) || value == NULL) {
		errno = EINVAL;
		return (false);
	}
	i = dict_find(d, key);
	if (i < d->count) {
		launch_data_free(d->items[i + 1]);
		d->items[i + 1] = value;
		return (true);
	}
	if (!launch_data_append(d, launch_data_new_string(key)))
		return (false);
	if (launch_data_append(d, value))
		return (true);
	launch_data_free(d->items[--d->count]);
	return (false);
}

launch_data_t
launch_data_dict_lookup(const launch_data_t d, const char *key)
{
	size_t i;

	if (!is_a(d, LAUNCH_DATA_DICTIONARY))
		return (NULL);
	i = dict_find(d, key);
	return (i < d->count ? d->items[i + 1] : NULL);
}

bool
launch_data_dict_remove(launch_data_t d, const char *key)
{
	size_t i;

	if (!is_a(d, LAUNCH_DATA_DICTIONARY))
		return (false);
	i = dict_find(d, key);
	if (i == d->count)
		return (false);
	launch_data_free(d->items[i]);
	launch_data_free(d->items[i + 1]);
	d->count -= 2;
	memmove(&d->items[i], &d->items[i + 2],
	    (d->count - i) * sizeof(*d->items));
	return (true);
}

size_t
launch_data_dict_get_count(const launch_data_t d)
{
	return (is_a(d, LAUNCH_DATA_DICTIONARY) ? d->count / 2 : 0);
}

void
launch_data_dict_iterate(const launch_data_t d,
    void (*fn)(const launch_data_t, const char *, void *), void *arg)
{
	size_t i;

	if (!is_a(d, LAUNCH_DATA_DICTIONARY))
		return;
	for (i = 0; i < d->count; i += 2)
		fn(d->items[i + 1], d->items[i]->bytes, arg);
}
