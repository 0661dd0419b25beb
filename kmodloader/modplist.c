/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Lists of modules that are property lists: an array of strings, or a
 * dictionary with one under "Modules".
 */

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <plist/plist.h>

#include "kmodloader.h"

#define	KEY	"Modules"

static bool
add_string(struct modlist *list, const char *path, uint32_t i, plist_t node,
    char *error, size_t errsize)
{
	char *name, where[PATH_MAX + 32];
	bool ok;

	snprintf(where, sizeof(where), "%s: " KEY "[%u]", path, (unsigned)i);
	name = NULL;
	if (plist_get_node_type(node) == PLIST_STRING)
		plist_get_string_val(node, &name);
	if (name == NULL) {
		snprintf(error, errsize, "%s: not a string", where);
		return (false);
	}
	ok = modlist_add(list, name, where, error, errsize);
	free(name);
	return (ok);
}

static bool
add_array(struct modlist *list, const char *path, plist_t root, char *error,
    size_t errsize)
{
	plist_t array;
	uint32_t i, n;

	array = root;
	if (plist_get_node_type(root) == PLIST_DICT)
		array = plist_dict_get_item(root, KEY);
	if (array == NULL || plist_get_node_type(array) != PLIST_ARRAY) {
		snprintf(error, errsize, "%s: neither an array nor a "
		    "dictionary with an array " KEY, path);
		return (false);
	}
	n = plist_array_get_size(array);
	for (i = 0; i < n; i++) {
		if (!add_string(list, path, i, plist_array_get_item(array, i),
		    error, errsize))
			return (false);
	}
	return (true);
}

bool
modlist_plist(struct modlist *list, const char *path, const char *buf,
    size_t size, char *error, size_t errsize)
{
	plist_t root;
	bool ok;

	root = NULL;
	if (plist_is_binary(buf, (uint32_t)size))
		plist_from_bin(buf, (uint32_t)size, &root);
	else
		plist_from_xml(buf, (uint32_t)size, &root);
	if (root == NULL) {
		snprintf(error, errsize, "%s: not a property list", path);
		return (false);
	}
	ok = add_array(list, path, root, error, errsize);
	plist_free(root);
	return (ok);
}
