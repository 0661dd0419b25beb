/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Property lists as the store's protocol carries them: binary property lists
 * (bplist00), or XML when reading, through libplist.
 */

#ifndef _VALUE_H_
#define	_VALUE_H_

#include <stdbool.h>
#include <stddef.h>

#include <plist/plist.h>

#include "strset.h"

/*
 * Decode a property list from any source: NULL if it is none.  The caller
 * frees the result with plist_free().
 */
plist_t	value_decode(const void *data, size_t length);
/*
 * The same for data from a process that is not trusted: only an array or a
 * dictionary with no collection inside it.  This bounds the recursion of the
 * library, which has no limit of its own.
 */
plist_t	value_decode_flat(const void *data, size_t length);
/*
 * Encode as bplist00 into memory the caller frees with free(); NULL when
 * memory ran out.
 */
void	*value_encode(plist_t, size_t *length);

/* A string array as a set, and back.  decode: false if it is no such array. */
bool	value_to_strset(plist_t, struct strset *);
plist_t	value_from_strset(const struct strset *);

/* A number: the library of some systems lacks a call for negative ones. */
plist_t	value_new_number(long long);

/*
 * The member of a dictionary, NULL if `dict' is none or has no such member;
 * the text of a string node or NULL.  Both borrowed.
 */
plist_t	value_member(plist_t dict, const char *key);
const char *value_string(plist_t);

/* The keys of a dictionary in byte order; false if it is none. */
bool	value_keys(plist_t dict, struct strset *);

#endif /* !_VALUE_H_ */
