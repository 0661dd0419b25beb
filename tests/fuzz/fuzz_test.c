/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the fuzzer does, in the ordinary suite: inputs it found worth keeping,
 * and random ones from a seed.  TRAP_FUZZ_SEED and TRAP_FUZZ_INPUTS change the
 * latter.
 */

#include <atf-c.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_path.h"
#include "trap_fuzz.h"

ATF_TC_WITHOUT_HEAD(random_inputs);
ATF_TC_BODY(random_inputs, tc)
{
	static uint8_t input[FUZZ_INPUT];
	uint64_t first, i, n;

	first = fuzz_setting("TRAP_FUZZ_SEED", 1);
	n = fuzz_setting("TRAP_FUZZ_INPUTS", 1000);
	for (i = first; i < first + n; i++) {
		/* The last line before an abort names the input. */
		printf("TRAP_FUZZ_SEED=%ju\n", (uintmax_t)i);
		fflush(stdout);
		trap_fuzz(input, fuzz_random(i, input));
	}
}

static void
run_file(const char *dir, const char *name)
{
	static uint8_t input[FUZZ_INPUT];
	char path[1024];
	size_t size;
	FILE *f;

	printf("%s\n", name);
	fflush(stdout);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	ATF_REQUIRE(f != NULL);
	size = fread(input, 1, sizeof(input), f);
	fclose(f);
	trap_fuzz(input, size);
}

ATF_TC_WITHOUT_HEAD(corpus);
ATF_TC_BODY(corpus, tc)
{
	struct dirent *e;
	char *corpus;
	DIR *dir;
	int n;

	corpus = test_path("corpus");
	dir = opendir(corpus);
	ATF_REQUIRE(dir != NULL);
	n = 0;
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		run_file(corpus, e->d_name);
		n++;
	}
	closedir(dir);
	free(corpus);
	ATF_CHECK(n > 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, random_inputs);
	ATF_TP_ADD_TC(tp, corpus);
	return (atf_no_error());
}
