/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The machine's names.
 *
 * HostName is the host name.  ComputerName, what people call the machine, is
 * its first label, and so is LocalHostName, a DNS label: letters, digits and
 * hyphens only.
 */

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "prefs.h"
#include "value.h"

void
names_hostname(char hostname[NAMES_HOSTNAME_MAX])
{

	if (gethostname(hostname, NAMES_HOSTNAME_MAX) != 0)
		hostname[0] = '\0';
	hostname[NAMES_HOSTNAME_MAX - 1] = '\0';
}

static void
names_first_label(const char *hostname, char label[NAMES_HOSTNAME_MAX])
{
	size_t length;

	length = strcspn(hostname, ".");
	if (length >= NAMES_HOSTNAME_MAX)
		length = NAMES_HOSTNAME_MAX - 1;
	memcpy(label, hostname, length);
	label[length] = '\0';
}

static void
names_dns_label(char label[NAMES_HOSTNAME_MAX])
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
names_name(plist_t keys, plist_t prefs, enum prefs_name name,
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
names_describe(plist_t prefs, const char *hostname)
{
	char label[NAMES_HOSTNAME_MAX];
	plist_t keys;

	keys = plist_new_dict();
	names_first_label(hostname, label);
	names_name(keys, prefs, PREFS_COMPUTER_NAME, label);
	names_name(keys, prefs, PREFS_HOST_NAME, hostname);
	names_dns_label(label);
	names_name(keys, prefs, PREFS_LOCAL_HOST_NAME, label);
	return (keys);
}
