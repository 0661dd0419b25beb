/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The machine's names in the store.
 */

#include <errno.h>
#include <string.h>

#include "log.h"
#include "names.h"
#include "prefs.h"
#include "publish.h"
#include "setup.h"

void
setup_publish(struct store *store)
{
	struct strset published = STRSET_INITIALIZER;
	char hostname[NAMES_HOSTNAME_MAX];
	plist_t keys, prefs;

	names_hostname(hostname);
	prefs = prefs_read(prefs_path());
	if (prefs == NULL)
		log_error("cannot read %s: %s; using the host name",
		    prefs_path(), strerror(errno));
	keys = names_describe(prefs, hostname);
	publish_keys(store, keys, &published);
	strset_clear(&published);
	plist_free(keys);
	plist_free(prefs);
}
