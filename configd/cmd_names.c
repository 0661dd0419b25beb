/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * scutil --get and --set: the machine's names.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "describe.h"
#include "names.h"
#include "prefs.h"
#include "scutil.h"
#include "value.h"

/*
 * The name as the store has it, which the caller frees, or NULL.  That the
 * store has none is no error.
 */
static char *
names_from_store(enum prefs_name name, int *errorp)
{
	const char *text;
	struct scd *store;
	plist_t dict;
	char *copy;
	int error;

	*errorp = scd_open("scutil --get", false, &store);
	if (*errorp != SC_OK)
		return (NULL);
	copy = NULL;
	error = scd_get(store, prefs_name_key(name), &dict);
	if (error != SC_OK && error != SC_NO_KEY)
		*errorp = error;
	if (error == SC_OK) {
		text = value_string(value_member(dict,
		    prefs_name_string(name)));
		if (text != NULL)
			copy = strdup(text);
		plist_free(dict);
	}
	scd_close(store);
	return (copy);
}

static char *
names_from_prefs(enum prefs_name name)
{
	const char *text;
	plist_t prefs;
	char *copy;

	prefs = prefs_read(prefs_path());
	text = prefs_get(prefs, name);
	copy = text == NULL ? NULL : strdup(text);
	plist_free(prefs);
	return (copy);
}

static int
names_find(const char *string, enum prefs_name *name)
{
	int found;

	found = prefs_name_find(string);
	if (found == -1) {
		fprintf(stderr, "%s: unknown name; one of ComputerName, "
		    "HostName and LocalHostName\n", string);
		return (-1);
	}
	*name = (enum prefs_name)found;
	return (0);
}

/*
 * The store first for the names a daemon may have derived, the preferences
 * first for the host name, which is an administrator's choice.
 */
int
names_get(const char *string)
{
	enum prefs_name name;
	char *value;
	int error;

	if (names_find(string, &name) != 0)
		return (EXIT_FAILURE);
	error = SC_OK;
	if (name == PREFS_HOST_NAME) {
		value = names_from_prefs(name);
		if (value == NULL)
			value = names_from_store(name, &error);
	} else {
		value = names_from_store(name, &error);
		if (value == NULL)
			value = names_from_prefs(name);
	}
	if (value == NULL && error != SC_OK && error != SC_NO_STORE_SERVER) {
		fprintf(stderr, "%s: the store does not say: %s\n", string,
		    scd_error_string(error));
		return (EXIT_FAILURE);
	}
	if (value == NULL) {
		fprintf(stderr, "%s: not set\n", string);
		return (EXIT_FAILURE);
	}
	printf("%s\n", value);
	free(value);
	return (EXIT_SUCCESS);
}

int
names_get_path(const char *file, const char *path, const char *name)
{
	plist_t prefs, value;
	int status;

	prefs = prefs_read(file);
	if (prefs == NULL) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		return (EXIT_FAILURE);
	}
	value = value_member(prefs_lookup(prefs, path), name);
	status = value == NULL ? EXIT_FAILURE : EXIT_SUCCESS;
	if (value == NULL)
		fprintf(stderr, "%s: not set\n", name);
	else {
		describe(stdout, value);
		printf("\n");
	}
	plist_free(prefs);
	return (status);
}

/*
 * Brings the name's key in line with the preferences, keeping what else the
 * key has.  *old is what it had before, for names_restore().
 */
static int
names_publish(struct scd *store, plist_t prefs, enum prefs_name name,
    plist_t *old)
{
	char hostname[NAMES_HOSTNAME_MAX];
	const char *key, *text;
	plist_t described, dict;
	int error;

	names_hostname(hostname);
	described = names_describe(prefs, hostname);
	key = prefs_name_key(name);
	text = value_string(value_member(value_member(described, key),
	    prefs_name_string(name)));
	dict = NULL;
	*old = NULL;
	if (scd_get(store, key, old) == SC_OK && PLIST_IS_DICT(*old))
		dict = plist_copy(*old);
	else
		dict = plist_new_dict();
	if (text != NULL)
		plist_dict_set_item(dict, prefs_name_string(name),
		    plist_new_string(text));
	else if (value_member(dict, prefs_name_string(name)) != NULL)
		plist_dict_remove_item(dict, prefs_name_string(name));
	error = scd_set(store, key, dict);
	plist_free(dict);
	plist_free(described);
	return (error);
}

static void
names_restore(struct scd *store, enum prefs_name name, plist_t old)
{

	if (old != NULL)
		(void)scd_set(store, prefs_name_key(name), old);
	else
		(void)scd_remove(store, prefs_name_key(name));
}

static int
names_failed(int error, const char *what)
{

	if (error == EACCES || error == EPERM || error == SC_ACCESS_ERROR)
		fprintf(stderr, "Permission denied.\n");
	else
		fprintf(stderr, "%s: %s\n", what, scd_error_string(error));
	return (EXIT_FAILURE);
}

/*
 * The server is asked first, since it knows who may write, and the file is
 * replaced then.  A machine without a server has its file written all the same.
 */
static int
names_commit(plist_t prefs, enum prefs_name name)
{
	struct scd *store;
	plist_t old;
	int error;

	store = NULL;
	old = NULL;
	error = scd_open("scutil --set", false, &store);
	if (error == SC_OK)
		error = names_publish(store, prefs, name, &old);
	else if (error == SC_NO_STORE_SERVER)
		error = SC_OK;
	if (error != SC_OK) {
		(void)names_failed(error, "netconfigd");
	} else if (prefs_write(prefs) != 0) {
		error = errno;
		if (store != NULL)
			names_restore(store, name, old);
		(void)names_failed(error, prefs_path());
	}
	plist_free(old);
	scd_close(store);
	return (error == SC_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int
names_change(enum prefs_name name, const char *value)
{
	plist_t prefs;
	int lock, status;

	lock = prefs_lock();
	if (lock == -1)
		return (names_failed(errno, prefs_path()));
	prefs = prefs_read(prefs_path());
	if (prefs == NULL) {
		status = names_failed(errno, prefs_path());
	} else {
		prefs_set(prefs, name, value[0] == '\0' ? NULL : value);
		status = names_commit(prefs, name);
		plist_free(prefs);
	}
	close(lock);
	return (status);
}

/* The value may be a line of standard input; an empty one removes the name. */
int
names_set(const char *string, const char *value)
{
	enum prefs_name name;
	char *line;
	size_t room;
	int status;

	if (names_find(string, &name) != 0)
		return (EXIT_FAILURE);
	line = NULL;
	room = 0;
	if (value == NULL) {
		if (getline(&line, &room, stdin) == -1) {
			free(line);
			return (names_failed(EINVAL, string));
		}
		line[strcspn(line, "\n")] = '\0';
		value = line;
	}
	status = names_change(name, value);
	free(line);
	return (status);
}
