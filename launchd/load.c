/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Jobs from files and directories.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launch_priv.h"
#include "launchd.h"

static void
warn_key(const char *key, void *arg)
{
	log_warn("%s: unknown key %s", (const char *)arg, key);
}

static bool
is_loaded(launch_data_t dict)
{
	const char *label;

	label = launch_data_get_string(launch_data_dict_lookup(dict,
	    LAUNCH_JOBKEY_LABEL));
	return (job_find(label) != NULL);
}

static void
load_file(const char *path, bool again)
{
	launch_data_t dict;
	char error[512];

	dict = launch_plist_read(path, error, sizeof(error));
	if (dict == NULL) {
		log_warn("%s", error);
		return;
	}
	if (!launch_job_check(dict, error, sizeof(error), warn_key,
	    (void *)(uintptr_t)path)) {
		log_warn("%s: %s", path, error);
	} else if (launch_data_get_bool(launch_data_dict_lookup(dict,
	    LAUNCH_JOBKEY_DISABLED))) {
		log_info("%s: disabled", path);
	} else if (!again || !is_loaded(dict)) {
		if (job_load(dict, error, sizeof(error)) != NULL)
			return;
		log_warn("%s: %s", path, error);
	}
	launch_data_free(dict);
}

static int
is_plist(const struct dirent *de)
{
	size_t len;

	len = strlen(de->d_name);
	return (len > 6 && strcmp(de->d_name + len - 6, ".plist") == 0);
}

/*
 * Loads a file, or every property list of a directory in order.  With `again',
 * jobs that are loaded are no error and stay as they are.
 */
void
load_path(const char *path, bool again)
{
	char file[PATH_MAX];
	struct dirent **names;
	struct stat st;
	int i, n;

	if (stat(path, &st) == -1) {
		log_warn("%s: %s", path, strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		load_file(path, again);
		return;
	}
	n = scandir(path, &names, is_plist, alphasort);
	if (n == -1) {
		log_warn("%s: %s", path, strerror(errno));
		return;
	}
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		load_file(file, again);
		free(names[i]);
	}
	free(names);
}
