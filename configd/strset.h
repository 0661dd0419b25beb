/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A set of strings in byte order: the store's lists of watched keys, changed
 * keys and results.  The set owns copies of its strings.
 */

#ifndef _STRSET_H_
#define	_STRSET_H_

#include <stdbool.h>
#include <stddef.h>

struct strset {
	char	**items;
	size_t	  count;
	size_t	  room;
	size_t	  bytes;		/* of the strings and their places */
};

#define	STRSET_INITIALIZER	{ NULL, 0, 0, 0 }

/* What a string adds to `bytes'. */
size_t	strset_cost(const char *);

/* 1 if added, 0 if it was there already, -1 when memory ran out. */
int	strset_add(struct strset *, const char *);
bool	strset_contains(const struct strset *, const char *);
/* Index of the first string not less than the argument. */
size_t	strset_lower_bound(const struct strset *, const char *);
/* True if the string was in the set. */
bool	strset_remove(struct strset *, const char *);
/* Empties the set and frees its memory; the set can be used again. */
void	strset_clear(struct strset *);

#endif /* !_STRSET_H_ */
