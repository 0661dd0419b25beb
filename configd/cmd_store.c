/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * scutil's commands on keys.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "scutil.h"
#include "value.h"

bool
store_failed(int error)
{

	if (error == SC_OK)
		return (false);
	printf("  %s\n", scd_error_string(error));
	return (true);
}

struct scd *
store_session(struct scutil *scutil)
{

	if (scutil->store == NULL)
		(void)store_failed(SC_NO_STORE_SESSION);
	return (scutil->store);
}

void
store_session_open(struct scutil *scutil, bool session_keys)
{

	(void)store_failed(scd_open("scutil", session_keys, &scutil->store));
}

/* The watches go with the session. */
void
store_session_close(struct scutil *scutil)
{

	watch_stop(scutil);
	scd_close(scutil->store);
	scutil->store = NULL;
	strset_clear(&scutil->keys);
	strset_clear(&scutil->patterns);
}

void
cmd_open(struct scutil *scutil, int count, char **words)
{

	(void)words;
	store_session_close(scutil);
	store_session_open(scutil, count > 1);
}

void
cmd_close(struct scutil *scutil, int count, char **words)
{

	(void)count;
	(void)words;
	if (store_session(scutil) != NULL)
		store_session_close(scutil);
}

void
cmd_list(struct scutil *scutil, int count, char **words)
{
	struct strset keys = STRSET_INITIALIZER;
	size_t i;

	if (store_session(scutil) == NULL || store_failed(scd_list(
	    scutil->store, count > 1 ? words[1] : ".*", &keys)))
		return;
	for (i = 0; i < keys.count; i++)
		printf("  subKey [%zu] = %s\n", i, keys.items[i]);
	if (keys.count == 0)
		printf("  no keys.\n");
	strset_clear(&keys);
}

void
cmd_add(struct scutil *scutil, int count, char **words)
{

	if (store_session(scutil) == NULL)
		return;
	if (count > 2)
		(void)store_failed(scd_add_session(scutil->store, words[1],
		    scutil->value));
	else
		(void)store_failed(scd_add(scutil->store, words[1],
		    scutil->value));
}

void
cmd_set(struct scutil *scutil, int count, char **words)
{

	(void)count;
	if (store_session(scutil) != NULL)
		(void)store_failed(scd_set(scutil->store, words[1],
		    scutil->value));
}

void
cmd_get(struct scutil *scutil, int count, char **words)
{
	plist_t value;

	(void)count;
	if (store_session(scutil) == NULL ||
	    store_failed(scd_get(scutil->store, words[1], &value)))
		return;
	plist_free(scutil->value);
	scutil->value = value;
}

void
cmd_show(struct scutil *scutil, int count, char **words)
{
	plist_t value;
	int error;

	if (store_session(scutil) == NULL)
		return;
	if (count > 2)
		error = scd_get_matching(scutil->store, words[1], &value);
	else
		error = scd_get(scutil->store, words[1], &value);
	if (store_failed(error))
		return;
	describe(stdout, value);
	printf("\n");
	plist_free(value);
}

void
cmd_remove(struct scutil *scutil, int count, char **words)
{

	(void)count;
	if (store_session(scutil) != NULL)
		(void)store_failed(scd_remove(scutil->store, words[1]));
}

void
cmd_notify(struct scutil *scutil, int count, char **words)
{

	(void)count;
	if (store_session(scutil) != NULL)
		(void)store_failed(scd_notify(scutil->store, words[1]));
}

/* All values as an XML property list, in a file or on standard output. */
static void
snapshot_write(plist_t values, const char *path)
{
	uint32_t size;
	char *xml;
	FILE *fp;

	xml = NULL;
	plist_to_xml(values, &xml, &size);
	fp = path == NULL ? stdout : fopen(path, "we");
	if (xml == NULL || fp == NULL)
		printf("  %s\n", strerror(xml == NULL ? ENOMEM : errno));
	else
		fwrite(xml, 1, size, fp);
	if (fp != NULL && fp != stdout && fclose(fp) != 0)
		printf("  %s\n", strerror(errno));
	plist_to_xml_free(xml);
}

void
cmd_snapshot(struct scutil *scutil, int count, char **words)
{
	plist_t values;

	if (store_session(scutil) == NULL ||
	    store_failed(scd_get_matching(scutil->store, ".*", &values)))
		return;
	snapshot_write(values, count > 1 ? words[1] : NULL);
	plist_free(values);
}
