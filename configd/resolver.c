/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The resolver's configuration file.
 */

#include <stdio.h>
#include <string.h>

#include "resolver.h"

#define	SEPARATORS	" \t\r\n"

/* The remaining words of the line that strtok_r(3) is at. */
static plist_t
resolver_words(char **rest)
{
	plist_t array;
	char *word;

	array = plist_new_array();
	while ((word = strtok_r(NULL, SEPARATORS, rest)) != NULL &&
	    word[0] != '#' && word[0] != ';')
		plist_array_append_item(array, plist_new_string(word));
	return (array);
}

/* The last "search" or "domain" line wins, as in resolver(3). */
static void
resolver_line(char *line, plist_t dns, plist_t servers)
{
	char *rest, *word;

	word = strtok_r(line, SEPARATORS, &rest);
	if (word == NULL)
		return;
	if (strcmp(word, "nameserver") == 0) {
		word = strtok_r(NULL, SEPARATORS, &rest);
		if (word != NULL)
			plist_array_append_item(servers,
			    plist_new_string(word));
	} else if (strcmp(word, "search") == 0) {
		plist_dict_set_item(dns, "SearchDomains",
		    resolver_words(&rest));
	} else if (strcmp(word, "domain") == 0) {
		word = strtok_r(NULL, SEPARATORS, &rest);
		if (word != NULL)
			plist_dict_set_item(dns, "DomainName",
			    plist_new_string(word));
	}
}

plist_t
resolver_describe(const char *path)
{
	char line[1024];
	plist_t dns, servers;
	FILE *fp;

	fp = fopen(path, "re");
	if (fp == NULL)
		return (NULL);
	dns = plist_new_dict();
	servers = plist_new_array();
	while (fgets(line, sizeof(line), fp) != NULL)
		resolver_line(line, dns, servers);
	fclose(fp);
	if (plist_array_get_size(servers) == 0) {
		plist_free(servers);
		plist_free(dns);
		return (NULL);
	}
	plist_dict_set_item(dns, "ServerAddresses", servers);
	return (dns);
}
