/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mig against texts that nobody would write: language.defs with words removed,
 * doubled, exchanged and replaced, from a seed.  DEFS_FUZZ_SEED and
 * DEFS_FUZZ_INPUTS change which and how many.
 */

#include <atf-c.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "defs_fuzz.h"
#include "test_path.h"

#define	WORDS_MAX	8192

static uint64_t state;

static unsigned int
random_below(unsigned int n)
{
	/* xorshift64 */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return ((unsigned int)((state >> 32) % n));
}

static const char *const vocabulary[] = {
	"subsystem", "routine", "simpleroutine", "skip", "type", "import",
	"array", "struct", "c_string", "of", "[", "]", "[]", "[*", "*", ":",
	"(", ")", ";", ",", "^", "=", "|", "{", "}", "0", "1", "4294967295",
	"4294967296", "99999999999999999999", "in", "out", "inout",
	"requestport", "replyport", "sreplyport", "waittime", "msgoption",
	"ServerAuditToken", "UserAuditToken", "ServerSecToken", "MsgSeqno",
	"dealloc", "const", "SameCount", "CountInOut", "RetCode",
	"PhysicalCopy", "polymorphic", "ctype", "intran", "outtran",
	"destructor", "serverprefix", "userprefix", "serverdemux",
	"UseSpecialReplyPort", "KernelServer", "MACH_MSG_TYPE_MOVE_RECEIVE",
	"MACH_MSG_TYPE_BYTE", "int32_t", "\"x.h\"", "<x.h>", "# 1 \"a\"",
	"\"", "/*", "//", "\n", "\\", "+", "-", "/", "rcsid", "error",
	"uimport", "ConsumeOnSendError"
};
#define	NVOCABULARY	(sizeof(vocabulary) / sizeof(vocabulary[0]))

struct word {
	const char	*text;
	size_t		length;
};

static char *text;
static size_t text_size;
static struct word words[WORDS_MAX];
static unsigned int nwords;

/* Reads the text that is spoilt, and finds its words and what is between. */
static void
read_words(void)
{
	char *path, *p, *end;
	FILE *f;

	path = test_path("language.i");
	f = fopen(path, "r");
	ATF_REQUIRE_MSG(f != NULL, "cannot read %s", path);
	free(path);
	text = malloc(1 << 20);
	ATF_REQUIRE(text != NULL);
	text_size = fread(text, 1, 1 << 20, f);
	fclose(f);
	end = text + text_size;
	for (p = text; p < end; p += words[nwords++].length) {
		ATF_REQUIRE(nwords < WORDS_MAX);
		words[nwords].text = p;
		words[nwords].length = strspn(p,
		    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
		    "0123456789");
		if (words[nwords].length == 0)
			words[nwords].length = 1;
	}
}

/* Changes some words of a list; returns how many there are then. */
static unsigned int
spoil(struct word *list, unsigned int n)
{
	unsigned int at, changes, other;
	const char *word;

	for (changes = 1 + random_below(4); changes > 0; changes--) {
		at = random_below(n);
		switch (random_below(4)) {
		case 0:
			word = vocabulary[random_below(NVOCABULARY)];
			list[at] = (struct word){ word, strlen(word) };
			break;
		case 1:
			list[at].length = 0;
			break;
		case 2:
			list[at] = list[random_below(n)];
			break;
		default:
			/* The end, from somewhere else on. */
			other = random_below(n);
			if (other > at) {
				memmove(&list[at], &list[other],
				    (n - other) * sizeof(*list));
				n -= other - at;
			}
		}
	}
	return (n);
}

static size_t
join(char *out, size_t room, const struct word *list, unsigned int n)
{
	unsigned int i;
	size_t size;

	size = 0;
	for (i = 0; i < n && size + list[i].length < room; i++) {
		memcpy(out + size, list[i].text, list[i].length);
		size += list[i].length;
	}
	return (size);
}

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *value;

	value = getenv(name);
	return (value != NULL ? strtoull(value, NULL, 0) : otherwise);
}

ATF_TC_WITHOUT_HEAD(spoilt);
ATF_TC_BODY(spoilt, tc)
{
	static struct word list[WORDS_MAX];
	uint64_t first, i, inputs;
	unsigned int accepted, n;
	size_t room;
	char *input;

	read_words();
	ATF_CHECK(defs_fuzz(text, text_size));
	room = text_size * 2;
	input = malloc(room);
	ATF_REQUIRE(input != NULL);
	first = setting("DEFS_FUZZ_SEED", 1);
	inputs = setting("DEFS_FUZZ_INPUTS", 1000);
	accepted = 0;
	for (i = first; i < first + inputs; i++) {
		state = i * 0x9e3779b97f4a7c15u | 1;
		for (n = 0; n < 16; n++)
			(void)random_below(2);
		memcpy(list, words, sizeof(list));
		n = spoil(list, nwords);
		accepted += defs_fuzz(input, join(input, room, list, n));
	}
	printf("%u of %ju inputs from seed %ju are good\n", accepted,
	    (uintmax_t)inputs, (uintmax_t)first);
	/* Some changes do no harm, and most do. */
	ATF_CHECK(accepted > 0 && accepted < inputs);
	free(input);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, spoilt);
	return (atf_no_error());
}
