/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Key patterns: POSIX extended regular expressions that match a whole key.
 */

#ifndef _PATTERN_H_
#define	_PATTERN_H_

#include <stdbool.h>

/* Longest pattern accepted, in bytes. */
#define	PATTERN_MAX	1024

struct pattern;

/*
 * Compile `source'.  NULL when it is not a regular expression, or one that
 * would cost the server more than a key pattern may (see pattern.c), or when
 * memory ran out.
 */
struct pattern	*pattern_compile(const char *source);
void		 pattern_free(struct pattern *);
/* The text given to pattern_compile(). */
const char	*pattern_source(const struct pattern *);
bool		 pattern_matches(const struct pattern *, const char *key);

#endif /* !_PATTERN_H_ */
