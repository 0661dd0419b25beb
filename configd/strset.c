/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A set of strings as a sorted array.  Look-ups are binary searches; an
 * insertion moves pointers, which for the tens of thousands of strings a store
 * may hold costs less than a tree's cache misses.
 */

#include <stdlib.h>
#include <string.h>

#include "strset.h"

size_t
strset_cost(const char *string)
{

	return (strlen(string) + 1 + sizeof(char *));
}

size_t
strset_lower_bound(const struct strset *set, const char *string)
{
	size_t low, high, middle;

	low = 0;
	high = set->count;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(set->items[middle], string) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (low);
}

static bool
strset_is_at(const struct strset *set, size_t index, const char *string)
{

	return (index < set->count && strcmp(set->items[index], string) == 0);
}

bool
strset_contains(const struct strset *set, const char *string)
{

	return (strset_is_at(set, strset_lower_bound(set, string), string));
}

static int
strset_grow(struct strset *set)
{
	char **items;
	size_t room;

	if (set->count < set->room)
		return (0);
	room = set->room == 0 ? 8 : set->room * 2;
	items = realloc(set->items, room * sizeof(*items));
	if (items == NULL)
		return (-1);
	set->items = items;
	set->room = room;
	return (0);
}

int
strset_add(struct strset *set, const char *string)
{
	char *copy;
	size_t index;

	index = strset_lower_bound(set, string);
	if (strset_is_at(set, index, string))
		return (0);
	if (strset_grow(set) != 0)
		return (-1);
	copy = strdup(string);
	if (copy == NULL)
		return (-1);
	memmove(&set->items[index + 1], &set->items[index],
	    (set->count - index) * sizeof(*set->items));
	set->items[index] = copy;
	set->count++;
	set->bytes += strset_cost(string);
	return (1);
}

bool
strset_remove(struct strset *set, const char *string)
{
	size_t index;

	index = strset_lower_bound(set, string);
	if (!strset_is_at(set, index, string))
		return (false);
	set->bytes -= strset_cost(string);
	free(set->items[index]);
	set->count--;
	memmove(&set->items[index], &set->items[index + 1],
	    (set->count - index) * sizeof(*set->items));
	return (true);
}

void
strset_clear(struct strset *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		free(set->items[i]);
	free(set->items);
	set->items = NULL;
	set->count = set->room = set->bytes = 0;
}
