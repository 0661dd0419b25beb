/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * scutil -w: wait until a key exists.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "scutil.h"

static long long
wait_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((long long)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/*
 * The key is watched before it is looked for, so that no moment is missed.  It
 * may be gone again when it is looked for; then it is waited for further.
 */
static int
wait_until(struct scd *store, const char *key, long long deadline)
{
	struct strset changes = STRSET_INITIALIZER;
	enum scd_wait event;
	long long left;
	plist_t value;

	do {
		(void)scd_changes(store, &changes);
		strset_clear(&changes);
		if (scd_get(store, key, &value) == SC_OK) {
			plist_free(value);
			return (EXIT_SUCCESS);
		}
		left = deadline - wait_now();
		if (left <= 0)
			return (EXIT_FAILURE);
		event = scd_notifier_wait(store, (int)left);
	} while (event == SCD_WAIT_CHANGED || event == SCD_WAIT_RECONNECTED ||
	    event == SCD_WAIT_TIMED_OUT);
	return (EXIT_FAILURE);
}

int
wait_for_key(const char *key, int seconds)
{
	struct strset keys = STRSET_INITIALIZER, none = STRSET_INITIALIZER;
	struct scd *store;
	long long deadline;
	int error, status;

	deadline = wait_now() + (long long)seconds * 1000;
	error = scd_open("scutil -w", false, &store);
	if (error != SC_OK) {
		fprintf(stderr, "  %s\n", scd_error_string(error));
		return (EXIT_FAILURE);
	}
	status = EXIT_FAILURE;
	if (strset_add(&keys, key) == 1)
		error = scd_watch(store, &keys, &none);
	if (error == SC_OK)
		error = scd_notifier_start(store);
	if (error == SC_OK)
		status = wait_until(store, key, deadline);
	else
		fprintf(stderr, "  %s\n", scd_error_string(error));
	strset_clear(&keys);
	scd_close(store);
	return (status);
}
