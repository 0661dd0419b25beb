/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Keeping a group of keys in the store equal to a description of them.
 */

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "publish.h"
#include "value.h"

static void
publish_key(struct store *store, const char *key, plist_t value)
{
	enum sc_status status;
	const void *old;
	size_t old_size, size;
	void *data;

	data = value_encode(value, &size);
	if (data == NULL) {
		log_error("cannot publish %s: out of memory", key);
		return;
	}
	if (store_get(store, key, &old, &old_size) != SC_OK ||
	    old_size != size || memcmp(old, data, size) != 0) {
		status = store_set(store, NULL, key, data, size);
		if (status != SC_OK)
			log_error("cannot publish %s: %s", key,
			    sc_status_string(status));
	}
	free(data);
}

void
publish_keys(struct store *store, plist_t keys, struct strset *published)
{
	struct strset current = STRSET_INITIALIZER;
	size_t i;

	if (!value_keys(keys, &current))
		return;
	for (i = 0; i < published->count; i++) {
		if (!strset_contains(&current, published->items[i]))
			(void)store_remove(store, published->items[i]);
	}
	for (i = 0; i < current.count; i++)
		publish_key(store, current.items[i],
		    value_member(keys, current.items[i]));
	strset_clear(published);
	*published = current;
}
