/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Lines of scutil.
 */

#ifndef _PARSE_H_
#define	_PARSE_H_

#define	PARSE_LINE_MAX	2048	/* bytes of a line with its end */
#define	PARSE_WORDS_MAX	1024

/*
 * Splits a line into words, in place, and returns how many there are; the words
 * point into the line.  White space separates words; a word in double quotes
 * may contain it; a backslash before white space or a double quote makes it an
 * ordinary character, and is one itself anywhere else.  A line whose first word
 * begins with `#' is a comment and has no words.
 */
int	parse_line(char *line, char *words[PARSE_WORDS_MAX]);

#endif /* !_PARSE_H_ */
