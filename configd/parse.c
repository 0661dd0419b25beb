/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Lines of scutil.
 */

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>

#include "parse.h"

static bool
parse_is_space(char c)
{

	return (isspace((unsigned char)c) != 0);
}

/* Ends the word at *in by a NUL and returns what follows it. */
static char *
parse_word(char *in)
{
	char *out;
	bool quoted;

	quoted = false;
	for (out = in; *in != '\0'; in++) {
		if (in[0] == '\\' && (in[1] == '"' || parse_is_space(in[1])))
			*out++ = *++in;
		else if (*in == '"')
			quoted = !quoted;
		else if (!quoted && parse_is_space(*in)) {
			in++;
			break;
		} else
			*out++ = *in;
	}
	*out = '\0';
	return (in);
}

int
parse_line(char *line, char *words[PARSE_WORDS_MAX])
{
	int count;

	for (count = 0; count < PARSE_WORDS_MAX; count++) {
		while (parse_is_space(*line))
			line++;
		if (*line == '\0' || (count == 0 && *line == '#'))
			break;
		words[count] = line;
		line = parse_word(line);
	}
	return (count);
}
