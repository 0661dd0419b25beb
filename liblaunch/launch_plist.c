/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Property lists: files that hold jobs.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <plist/plist.h>

#include "launch_data.h"
#include "launch_priv.h"

#define	PLIST_MAX	(1024 * 1024)
#define	MAX_DEPTH	16

static launch_data_t from_plist(plist_t, int);

static launch_data_t
from_dict(plist_t node, int depth)
{
	launch_data_t d, value;
	plist_dict_iter iter;
	plist_t child;
	char *key;
	bool ok;

	d = launch_data_alloc(LAUNCH_DATA_DICTIONARY);
	iter = NULL;
	plist_dict_new_iter(node, &iter);
	for (ok = d != NULL; ok;) {
		key = NULL;
		child = NULL;
		plist_dict_next_item(node, iter, &key, &child);
		if (key == NULL)
			break;
		value = from_plist(child, depth + 1);
		ok = value != NULL && launch_data_dict_insert(d, value, key);
		free(key);
	}
	free(iter);
	if (ok)
		return (d);
	launch_data_free(d);
	return (NULL);
}

static launch_data_t
from_array(plist_t node, int depth)
{
	launch_data_t d;
	uint32_t i, n;

	d = launch_data_alloc(LAUNCH_DATA_ARRAY);
	n = plist_array_get_size(node);
	for (i = 0; d != NULL && i < n; i++) {
		if (!launch_data_append(d, from_plist(
		    plist_array_get_item(node, i), depth + 1))) {
			launch_data_free(d);
			d = NULL;
		}
	}
	return (d);
}

static launch_data_t
from_string(plist_t node)
{
	launch_data_t d;
	char *s;

	s = NULL;
	plist_get_string_val(node, &s);
	d = s != NULL ? launch_data_new_string(s) : NULL;
	free(s);
	return (d);
}

static launch_data_t
from_data(plist_t node)
{
	launch_data_t d;
	char *bytes;
	uint64_t size;

	bytes = NULL;
	size = 0;
	plist_get_data_val(node, &bytes, &size);
	d = launch_data_new_opaque(bytes != NULL ? bytes : "", (size_t)size);
	free(bytes);
	return (d);
}

static launch_data_t
from_plist(plist_t node, int depth)
{
	uint64_t u;
	uint8_t b;
	double r;

	if (depth > MAX_DEPTH)
		return (NULL);
	switch (plist_get_node_type(node)) {
	case PLIST_DICT:
		return (from_dict(node, depth));
	case PLIST_ARRAY:
		return (from_array(node, depth));
	case PLIST_STRING:
		return (from_string(node));
	case PLIST_DATA:
		return (from_data(node));
	case PLIST_BOOLEAN:
		b = 0;
		plist_get_bool_val(node, &b);
		return (launch_data_new_bool(b != 0));
	case PLIST_UINT:
		u = 0;
		plist_get_uint_val(node, &u);
		return (launch_data_new_integer((long long)u));
	case PLIST_REAL:
		r = 0;
		plist_get_real_val(node, &r);
		return (launch_data_new_real(r));
	default:
		return (NULL);
	}
}

/* Reads a file whole; NULL with the reason in `error'. */
static char *
read_file(const char *path, uint32_t *sizep, char *error, size_t errsize)
{
	struct stat st;
	char *buf;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1) {
		snprintf(error, errsize, "%s: %s", path, strerror(errno));
		if (fd != -1)
			close(fd);
		return (NULL);
	}
	buf = NULL;
	n = -1;
	if (!S_ISREG(st.st_mode))
		snprintf(error, errsize, "%s: not a file", path);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		snprintf(error, errsize, "%s: belongs to another user; jobs "
		    "are only read from files of root or of the user that "
		    "runs launchd", path);
	else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		snprintf(error, errsize, "%s: others may write it; chmod go-w "
		    "it first", path);
	else if (st.st_size > PLIST_MAX)
		snprintf(error, errsize, "%s: larger than %d bytes", path,
		    PLIST_MAX);
	else if ((buf = malloc((size_t)st.st_size + 1)) == NULL ||
	    (n = read(fd, buf, (size_t)st.st_size)) == -1)
		snprintf(error, errsize, "%s: %s", path, strerror(errno));
	close(fd);
	if (n == -1) {
		free(buf);
		return (NULL);
	}
	*sizep = (uint32_t)n;
	return (buf);
}

launch_data_t
launch_plist_read(const char *path, char *error, size_t errsize)
{
	launch_data_t d;
	plist_t root;
	char *buf;
	uint32_t size;

	buf = read_file(path, &size, error, errsize);
	if (buf == NULL)
		return (NULL);
	root = NULL;
	if (plist_is_binary(buf, size))
		plist_from_bin(buf, size, &root);
	else
		plist_from_xml(buf, size, &root);
	free(buf);
	d = root != NULL ? from_plist(root, 0) : NULL;
	plist_free(root);
	if (d == NULL) {
		snprintf(error, errsize, "%s: not a property list, or one "
		    "with values no job has", path);
	} else if (d->type != LAUNCH_DATA_DICTIONARY) {
		snprintf(error, errsize, "%s: not a dictionary", path);
		launch_data_free(d);
		d = NULL;
	}
	return (d);
}
