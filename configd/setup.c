/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The machine's names in the store.
 *
 * HostName is the host name.  ComputerName, what people call the machine, is
 * its first label, and so is LocalHostName, a DNS label: letters, digits and
 * hyphens only.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "prefs.h"
#include "publish.h"
#include "setup.h"
#include "value.h"

#define	HOSTNAME_MAX	256

static void
setup_first_label(const char *hostname, char label[HOSTNAME_MAX])
{
	size_t length;

	length = strcspn(hostname, ".");
	if (length >= HOSTNAME_MAX)
		length = HOSTNAME_MAX - 1;
	memcpy(label, hostname, length);
	label[length] = '\0';
}

static void
setup_dns_label(char label[HOSTNAME_MAX])
{
	char *p;

	label[63] = '\0';
	for (p = label; *p != '\0'; p++) {
		if (!isascii((unsigned char)*p) ||
		    !isalnum((unsigned char)*p))
			*p = '-';
	}
}

static void
setup_name(plist_t keys, plist_t prefs, enum prefs_name name,
    const char *derived)
{
	const char *key, *value;
	plist_t dict;

	value = prefs_get(prefs, name);
	if (value == NULL)
		value = derived;
	if (value[0] == '\0')
		return;
	key = prefs_name_key(name);
	dict = value_member(keys, key);
	if (dict == NULL) {
		dict = plist_new_dict();
		plist_dict_set_item(keys, key, dict);
	}
	plist_dict_set_item(dict, prefs_name_string(name),
	    plist_new_string(value));
}

plist_t
setup_describe(plist_t prefs, const char *hostname)
{
	char label[HOSTNAME_MAX];
	plist_t keys;

	keys = plist_new_dict();
	setup_first_label(hostname, label);
	setup_name(keys, prefs, PREFS_COMPUTER_NAME, label);
	setup_name(keys, prefs, PREFS_HOST_NAME, hostname);
	setup_dns_label(label);
	setup_name(keys, prefs, PREFS_LOCAL_HOST_NAME, label);
	return (keys);
}

void
setup_publish(struct store *store)
{
	struct strset published = STRSET_INITIALIZER;
	char hostname[HOSTNAME_MAX];
	plist_t keys, prefs;

	if (gethostname(hostname, sizeof(hostname)) != 0)
		hostname[0] = '\0';
	hostname[sizeof(hostname) - 1] = '\0';
	prefs = prefs_read();
	if (prefs == NULL)
		log_error("cannot read %s: %s; using the host name",
		    prefs_path(), strerror(errno));
	keys = setup_describe(prefs, hostname);
	publish_keys(store, keys, &published);
	strset_clear(&published);
	plist_free(keys);
	plist_free(prefs);
}
