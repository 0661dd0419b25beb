/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The preferences file: a property list, XML or binary when read and XML when
 * written, with the names in the dictionaries /System/System and
 * /System/Network/HostNames.
 */

#include <sys/file.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prefs.h"
#include "value.h"

#define	PREFS_MAX	(16 << 20)

static const struct {
	const char	*name;
	const char	*path;		/* in the file */
	const char	*key;		/* in the store */
} prefs_names[PREFS_NAMES] = {
	[PREFS_COMPUTER_NAME] =
	    { "ComputerName", "/System/System", "Setup:/System" },
	[PREFS_HOST_NAME] =
	    { "HostName", "/System/System", "Setup:/System" },
	[PREFS_LOCAL_HOST_NAME] = { "LocalHostName",
	    "/System/Network/HostNames", "Setup:/Network/HostNames" },
};

const char *
prefs_path(void)
{
	const char *path;

	path = getenv(PREFS_PATH_ENV);
	return (path != NULL && path[0] != '\0' ? path : PREFS_PATH);
}

const char *
prefs_name_string(enum prefs_name name)
{

	return (prefs_names[name].name);
}

int
prefs_name_find(const char *string)
{
	int i;

	for (i = 0; i < PREFS_NAMES; i++) {
		if (strcmp(prefs_names[i].name, string) == 0)
			return (i);
	}
	return (-1);
}

const char *
prefs_name_key(enum prefs_name name)
{

	return (prefs_names[name].key);
}

/*
 * Steps of a path, "/a/b".  Copies the next into `step' and returns what
 * follows it, or NULL at the end or when a step is too long to be a name.
 */
static const char *
prefs_step(const char *path, char *step, size_t size)
{
	size_t length;

	path += strspn(path, "/");
	length = strcspn(path, "/");
	if (length == 0 || length >= size)
		return (NULL);
	memcpy(step, path, length);
	step[length] = '\0';
	return (path + length);
}

plist_t
prefs_lookup(plist_t prefs, const char *path)
{
	char step[256];

	while (prefs != NULL &&
	    (path = prefs_step(path, step, sizeof(step))) != NULL)
		prefs = value_member(prefs, step);
	return (prefs);
}

/* The dictionary at `path', made with those above it. */
static plist_t
prefs_make(plist_t dict, const char *path)
{
	char step[256];
	plist_t child;

	while ((path = prefs_step(path, step, sizeof(step))) != NULL) {
		child = value_member(dict, step);
		if (!PLIST_IS_DICT(child)) {
			child = plist_new_dict();
			plist_dict_set_item(dict, step, child);
		}
		dict = child;
	}
	return (dict);
}

const char *
prefs_get(plist_t prefs, enum prefs_name name)
{
	plist_t dict;

	dict = prefs_lookup(prefs, prefs_names[name].path);
	return (value_string(value_member(dict, prefs_names[name].name)));
}

void
prefs_set(plist_t prefs, enum prefs_name name, const char *value)
{
	plist_t dict;

	dict = prefs_make(prefs, prefs_names[name].path);
	if (value != NULL)
		plist_dict_set_item(dict, prefs_names[name].name,
		    plist_new_string(value));
	else if (value_member(dict, prefs_names[name].name) != NULL)
		plist_dict_remove_item(dict, prefs_names[name].name);
}

static plist_t
prefs_read_file(FILE *fp, size_t size)
{
	plist_t prefs;
	char *data;

	data = malloc(size + 1);
	if (data == NULL)
		return (NULL);
	size = fread(data, 1, size, fp);
	data[size] = '\0';
	prefs = value_decode(data, size);
	free(data);
	if (!PLIST_IS_DICT(prefs)) {
		plist_free(prefs);
		errno = EINVAL;
		return (NULL);
	}
	return (prefs);
}

plist_t
prefs_read(const char *path)
{
	struct stat sb;
	plist_t prefs;
	FILE *fp;

	fp = fopen(path, "re");
	if (fp == NULL)
		return (errno == ENOENT ? plist_new_dict() : NULL);
	prefs = NULL;
	if (fstat(fileno(fp), &sb) == 0) {
		if (sb.st_size > PREFS_MAX)
			errno = EFBIG;
		else if (sb.st_size == 0)
			prefs = plist_new_dict();
		else
			prefs = prefs_read_file(fp, (size_t)sb.st_size);
	}
	fclose(fp);
	return (prefs);
}

int
prefs_lock(void)
{
	char *path;
	int error, fd;

	if (asprintf(&path, "%s-lock", prefs_path()) == -1)
		return (-1);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	free(path);
	if (fd == -1)
		return (-1);
	if (flock(fd, LOCK_EX) != 0) {
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	return (fd);
}

static int
prefs_write_file(int fd, const char *data, size_t size)
{
	ssize_t written;

	while (size > 0) {
		written = write(fd, data, size);
		if (written == -1)
			return (-1);
		data += written;
		size -= (size_t)written;
	}
	return (fchmod(fd, 0644) != 0 ? -1 : fsync(fd));
}

/* A new file beside the old one that takes its place when it is complete. */
static int
prefs_replace(const char *data, size_t size)
{
	char *path;
	int error, fd;

	if (asprintf(&path, "%s.XXXXXX", prefs_path()) == -1)
		return (-1);
	error = 0;
	fd = mkstemp(path);
	if (fd == -1) {
		error = errno;
	} else {
		if (prefs_write_file(fd, data, size) != 0 ||
		    rename(path, prefs_path()) != 0) {
			error = errno;
			unlink(path);
		}
		close(fd);
	}
	free(path);
	errno = error;
	return (error == 0 ? 0 : -1);
}

int
prefs_write(plist_t prefs)
{
	uint32_t size;
	char *xml;
	int result;

	xml = NULL;
	plist_to_xml(prefs, &xml, &size);
	if (xml == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	result = prefs_replace(xml, size);
	plist_to_xml_free(xml);
	return (result);
}
