/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Key patterns.
 *
 * A pattern is a POSIX extended regular expression and has to match a whole
 * key: `^' is put in front unless it is there, `$' behind unless the pattern
 * ends in an unescaped one.  As on Darwin the anchors are added to the text,
 * so that "a|b" is "^a|b$".  A key with a byte outside ASCII never matches.
 *
 * Any process may hand patterns to the server, so what can make regcomp(3) or
 * regexec(3) run away is refused: back-references (matching takes exponential
 * time; POSIX has none in extended expressions) and intervals, "+" being one,
 * whose product exceeds PATTERN_REPEAT_MAX (nested, they are expanded by
 * multiplication).
 */

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"

#define	PATTERN_REPEAT_MAX	255

struct pattern {
	char	*source;
	regex_t	 regex;
};

/*
 * Length of the bracket expression at `text' ("[...]"), or 1 when it is not
 * closed, which regcomp(3) will report.
 */
static size_t
pattern_bracket_length(const char *text)
{
	const char *p, *end;
	char close[3];

	p = text + 1;
	if (*p == '^')
		p++;
	if (*p == ']')
		p++;
	for (; *p != '\0' && *p != ']'; p++) {
		if (p[0] == '[' && (p[1] == '.' || p[1] == ':' ||
		    p[1] == '=')) {
			close[0] = p[1];
			close[1] = ']';
			close[2] = '\0';
			end = strstr(p + 2, close);
			if (end == NULL)
				return (1);
			p = end + 1;
		}
	}
	return (*p == ']' ? (size_t)(p - text) + 1 : 1);
}

/*
 * How often the interval at `text' ("{n}", "{m,}", "{,n}" or "{m,n}") has its
 * operand expanded, at least 2.
 */
static unsigned long
pattern_interval(const char *text)
{
	unsigned long bound, largest;
	char *end;

	largest = 2;
	do {
		bound = strtoul(text + 1, &end, 10);
		/* Without an end an operand comes once more. */
		if (*end == ',' && bound < PATTERN_REPEAT_MAX)
			bound++;
		if (bound > largest)
			largest = bound;
		text = end;
	} while (*text == ',');
	return (largest);
}

static bool
pattern_is_cheap(const char *source)
{
	unsigned long product, bound;
	const char *p;

	product = 1;
	for (p = source; *p != '\0'; p++) {
		if (*p == '\\') {
			if (p[1] >= '1' && p[1] <= '9')
				return (false);
			if (p[1] != '\0')
				p++;
		} else if (*p == '[') {
			p += pattern_bracket_length(p) - 1;
		} else if (*p == '{') {
			bound = pattern_interval(p);
			if (bound > PATTERN_REPEAT_MAX)
				return (false);
			product *= bound;
			if (product > PATTERN_REPEAT_MAX)
				return (false);
		} else if (*p == '+') {
			/* The same as "{1,}". */
			product *= 2;
			if (product > PATTERN_REPEAT_MAX)
				return (false);
		}
	}
	return (true);
}

static bool
pattern_is_closed(const char *source, size_t length)
{

	if (length == 0 || source[length - 1] != '$')
		return (false);
	return (length == 1 || source[length - 2] != '\\');
}

static char *
pattern_anchor(const char *source)
{
	const char *head, *tail;
	char *anchored;
	size_t length;

	length = strlen(source);
	head = source[0] == '^' ? "" : "^";
	tail = pattern_is_closed(source, length) ? "" : "$";
	anchored = malloc(length + 3);
	if (anchored != NULL)
		snprintf(anchored, length + 3, "%s%s%s", head, source, tail);
	return (anchored);
}

static int
pattern_init(struct pattern *pattern, const char *source)
{
	char *anchored;
	int error;

	anchored = pattern_anchor(source);
	if (anchored == NULL)
		return (-1);
	error = regcomp(&pattern->regex, anchored, REG_EXTENDED | REG_NOSUB);
	free(anchored);
	return (error);
}

struct pattern *
pattern_compile(const char *source)
{
	struct pattern *pattern;

	if (strlen(source) > PATTERN_MAX || !pattern_is_cheap(source))
		return (NULL);
	pattern = calloc(1, sizeof(*pattern));
	if (pattern == NULL)
		return (NULL);
	pattern->source = strdup(source);
	if (pattern->source == NULL || pattern_init(pattern, source) != 0) {
		free(pattern->source);
		free(pattern);
		return (NULL);
	}
	return (pattern);
}

void
pattern_free(struct pattern *pattern)
{

	if (pattern == NULL)
		return;
	regfree(&pattern->regex);
	free(pattern->source);
	free(pattern);
}

const char *
pattern_source(const struct pattern *pattern)
{

	return (pattern->source);
}

bool
pattern_matches(const struct pattern *pattern, const char *key)
{
	const unsigned char *p;

	for (p = (const unsigned char *)key; *p != '\0'; p++) {
		if (*p > 0x7f)
			return (false);
	}
	return (regexec(&pattern->regex, key, 0, NULL, 0) == 0);
}
