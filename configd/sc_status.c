/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Texts of the dynamic store's status codes.
 */

#include <stddef.h>

#include "sc_status.h"

static const struct {
	int		 code;
	const char	*text;
} sc_texts[] = {
	{ SC_OK,		"Success!" },
	{ SC_FAILED,		"Failed!" },
	{ SC_INVALID_ARGUMENT,	"Invalid argument" },
	{ SC_ACCESS_ERROR,	"Permission denied" },
	{ SC_NO_KEY,		"No such key" },
	{ SC_KEY_EXISTS,	"Key already defined" },
	{ SC_LOCKED,		"Lock already held" },
	{ SC_NEED_LOCK,		"Lock required for this operation" },
	{ SC_NO_STORE_SESSION,	"Configuration daemon session not active" },
	{ SC_NO_STORE_SERVER,
	    "Configuration daemon not (or no longer) available" },
	{ SC_NOTIFIER_ACTIVE,	"Notifier is currently active" },
	{ SC_NO_PREFS_SESSION,	"Preference session not active" },
	{ SC_PREFS_BUSY,	"Preferences update currently in progress" },
	{ SC_NO_CONFIG_FILE,	"Configuration file not found" },
	{ SC_NO_LINK,		"No such link" },
	{ SC_STALE,	"Write attempted on stale version of object" },
	{ SC_MAX_LINK,		"Maximum link count exceeded" },
	{ SC_REACHABILITY_UNKNOWN,
	    "Network reachability cannot be determined" },
};

const char *
sc_status_string(int status)
{
	size_t i;

	for (i = 0; i < sizeof(sc_texts) / sizeof(sc_texts[0]); i++) {
		if (sc_texts[i].code == status)
			return (sc_texts[i].text);
	}
	return (NULL);
}
