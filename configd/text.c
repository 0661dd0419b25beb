/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * UTF-8, as keys and patterns carry it.
 */

#include <stdint.h>

#include "text.h"

/* Bytes that follow a lead byte of UTF-8, or -1. */
static int
utf8_tail(uint8_t lead)
{

	if (lead < 0x80)
		return (lead == 0 ? -1 : 0);
	if (lead >= 0xc2 && lead <= 0xdf)
		return (1);
	if (lead >= 0xe0 && lead <= 0xef)
		return (2);
	if (lead >= 0xf0 && lead <= 0xf4)
		return (3);
	return (-1);
}

/* Longer forms than needed, surrogates and what is past U+10FFFF. */
static bool
utf8_is_bad_pair(uint8_t lead, uint8_t next)
{

	return ((lead == 0xe0 && next < 0xa0) ||
	    (lead == 0xed && next > 0x9f) ||
	    (lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f));
}

bool
text_is_valid(const void *data, size_t length)
{
	const uint8_t *p, *end;
	int tail;

	p = data;
	end = p + length;
	while (p < end) {
		tail = utf8_tail(*p);
		if (tail < 0 || end - p <= tail)
			return (false);
		if (tail > 0 && utf8_is_bad_pair(p[0], p[1]))
			return (false);
		for (p++; tail > 0; tail--, p++) {
			if ((*p & 0xc0) != 0x80)
				return (false);
		}
	}
	return (true);
}
