/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * scutil's commands on watches and notification.
 */

#include <sys/time.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "scutil.h"

/* n.watch: a thread reports what the commands read from the user cause. */
static pthread_t watch_thread;

void
cmd_watch_list(struct scutil *scutil, int count, char **words)
{
	const struct strset *set;
	const char *kind;
	size_t i;

	(void)words;
	set = count > 1 ? &scutil->patterns : &scutil->keys;
	kind = count > 1 ? "pattern" : "key";
	for (i = 0; i < set->count; i++)
		printf("  notifier %s [%zu] = %s\n", kind, i, set->items[i]);
	if (set->count == 0)
		printf("  no notifier %ss.\n", kind);
}

static int
watch_send(struct scutil *scutil)
{

	return (scd_watch(scutil->store, &scutil->keys, &scutil->patterns));
}

void
cmd_watch_add(struct scutil *scutil, int count, char **words)
{
	struct strset *set;
	int added;

	if (store_session(scutil) == NULL)
		return;
	set = count > 2 ? &scutil->patterns : &scutil->keys;
	added = strset_add(set, words[1]);
	if (added <= 0) {
		(void)store_failed(added == 0 ? SC_KEY_EXISTS : SC_FAILED);
		return;
	}
	if (store_failed(watch_send(scutil)))
		(void)strset_remove(set, words[1]);
}

void
cmd_watch_remove(struct scutil *scutil, int count, char **words)
{
	struct strset *set;

	if (store_session(scutil) == NULL)
		return;
	set = count > 2 ? &scutil->patterns : &scutil->keys;
	if (!strset_remove(set, words[1]))
		(void)store_failed(SC_NO_KEY);
	else
		(void)store_failed(watch_send(scutil));
}

/* The time of a report, and how long it is since the one before. */
static void
watch_stamp(char *stamp, size_t size)
{
	static struct timeval last;
	struct timeval now, since;
	struct tm tm;
	int length;

	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &tm);
	length = snprintf(stamp, size, "%2d:%02d:%02d.%03d", tm.tm_hour,
	    tm.tm_min, tm.tm_sec, (int)(now.tv_usec / 1000));
	if (last.tv_sec != 0) {
		timersub(&now, &last, &since);
		snprintf(stamp + length, size - (size_t)length,
		    " (+%ld.%03d)", (long)since.tv_sec,
		    (int)(since.tv_usec / 1000));
	}
	last = now;
}

static void
watch_report(struct scd *store, const char *none)
{
	struct strset keys = STRSET_INITIALIZER;
	char stamp[64];
	size_t i;

	if (store_failed(scd_changes(store, &keys)))
		return;
	watch_stamp(stamp, sizeof(stamp));
	for (i = 0; i < keys.count; i++)
		printf("  %s changedKey [%zu] = %s\n", stamp, i,
		    keys.items[i]);
	if (keys.count == 0)
		printf("  %s\n", none);
	strset_clear(&keys);
}

void
cmd_watch_changes(struct scutil *scutil, int count, char **words)
{

	(void)count;
	(void)words;
	if (store_session(scutil) == NULL)
		return;
	flockfile(stdout);
	watch_report(scutil->store, "no changedKey's.");
	funlockfile(stdout);
}

static void
watch_event(struct scd *store, enum scd_wait event)
{

	flockfile(stdout);
	if (event == SCD_WAIT_CHANGED) {
		printf("notification callback (store address = %p).\n",
		    (void *)store);
		watch_report(store, "no changed key's.");
	} else if (event == SCD_WAIT_RECONNECTED)
		printf("SCDynamicStore server restarted, "
		    "session reconnected\n");
	else if (event == SCD_WAIT_LOST)
		(void)store_failed(SC_NO_STORE_SERVER);
	fflush(stdout);
	funlockfile(stdout);
}

static void *
watch_main(void *arg)
{
	struct scd *store;
	enum scd_wait event;

	store = arg;
	do {
		event = scd_notifier_wait(store, -1);
		watch_event(store, event);
	} while (event == SCD_WAIT_CHANGED || event == SCD_WAIT_RECONNECTED);
	return (NULL);
}

void
cmd_watch_start(struct scutil *scutil, int count, char **words)
{

	(void)count;
	(void)words;
	if (store_session(scutil) == NULL)
		return;
	if (scutil->watching) {
		printf("already active\n");
		return;
	}
	if (store_failed(scd_notifier_start(scutil->store)))
		return;
	if (pthread_create(&watch_thread, NULL, watch_main, scutil->store) !=
	    0) {
		(void)scd_notifier_stop(scutil->store);
		(void)store_failed(SC_FAILED);
		return;
	}
	scutil->watching = true;
}

void
watch_stop(struct scutil *scutil)
{

	if (!scutil->watching)
		return;
	(void)scd_notifier_stop(scutil->store);
	(void)pthread_join(watch_thread, NULL);
	scutil->watching = false;
}

/* Changes that happened before count: the server tells of them at once. */
void
cmd_watch_wait(struct scutil *scutil, int count, char **words)
{
	enum scd_wait event;

	(void)count;
	(void)words;
	if (store_session(scutil) == NULL ||
	    store_failed(scd_notifier_start(scutil->store)))
		return;
	do {
		event = scd_notifier_wait(scutil->store, -1);
		if (event == SCD_WAIT_CHANGED)
			watch_report(scutil->store, "no changedKey's.");
		else
			watch_event(scutil->store, event);
	} while (event == SCD_WAIT_RECONNECTED);
	(void)scd_notifier_stop(scutil->store);
}

void
cmd_watch_cancel(struct scutil *scutil, int count, char **words)
{

	(void)count;
	(void)words;
	if (store_session(scutil) != NULL)
		watch_stop(scutil);
}
