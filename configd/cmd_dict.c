/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * scutil's commands on the dictionary that add and set store.
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "describe.h"
#include "scutil.h"
#include "value.h"

void
cmd_dict_init(struct scutil *scutil, int count, char **words)
{

	(void)count;
	(void)words;
	plist_free(scutil->value);
	scutil->value = plist_new_dict();
}

void
cmd_dict_show(struct scutil *scutil, int count, char **words)
{

	(void)count;
	(void)words;
	if (scutil->value == NULL) {
		printf("d.show: dictionary must be initialized.\n");
		return;
	}
	describe(stdout, scutil->value);
	printf("\n");
}

/* True if there is a dictionary to work on; otherwise says so. */
static bool
dict_is_there(const struct scutil *scutil, const char *command)
{

	if (scutil->value == NULL)
		printf("%s: dictionary must be initialized.\n", command);
	else if (!PLIST_IS_DICT(scutil->value))
		printf("%s: data (fetched from configuration server) is not a "
		    "dictionary.\n", command);
	else
		return (true);
	return (false);
}

static plist_t
dict_boolean(const char *text)
{
	static const char *const words[] = {
		"true", "t", "yes", "y", "on", "1",
		"false", "f", "no", "n", "off", "0"
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return (plist_new_bool(i < 6));
	}
	printf("d.add: invalid data.\n");
	return (NULL);
}

static plist_t
dict_number(const char *text)
{
	long long number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0) {
		printf("d.add: invalid data.\n");
		return (NULL);
	}
	return (value_new_number(number));
}

static int
dict_digit(char c)
{

	if (isdigit((unsigned char)c))
		return (c - '0');
	return (tolower((unsigned char)c) - 'a' + 10);
}

static plist_t
dict_data(const char *text)
{
	char bytes[1024];
	size_t i, length;

	if (strncasecmp(text, "0x", 2) == 0)
		text += 2;
	length = strlen(text);
	if (length % 2 != 0) {
		printf("d.add: not enough bytes.\n");
		return (NULL);
	}
	for (i = 0; i < length; i++) {
		if (!isxdigit((unsigned char)text[i]) ||
		    i / 2 >= sizeof(bytes)) {
			printf("d.add: invalid data.\n");
			return (NULL);
		}
		if (i % 2 == 0)
			bytes[i / 2] = (char)(dict_digit(text[i]) << 4);
		else
			bytes[i / 2] |= (char)dict_digit(text[i]);
	}
	return (plist_new_data(bytes, length / 2));
}

static plist_t
dict_value(char type, const char *text)
{
	switch (type) {
	case '?':
		return (dict_boolean(text));
	case '#':
		return (dict_number(text));
	case '%':
		return (dict_data(text));
	default:
		return (plist_new_string(text));
	}
}

static plist_t
dict_array(char type, int count, char **texts)
{
	plist_t array, item;
	int i;

	array = plist_new_array();
	for (i = 0; i < count; i++) {
		item = dict_value(type, texts[i]);
		if (item == NULL) {
			plist_free(array);
			return (NULL);
		}
		plist_array_append_item(array, item);
	}
	return (array);
}

/*
 * Flags are words of one character; `-' ends them, so that a value may look
 * like one.
 */
void
cmd_dict_add(struct scutil *scutil, int count, char **words)
{
	bool array;
	char type;
	int first;
	plist_t value;

	if (!dict_is_there(scutil, "d.add"))
		return;
	array = false;
	type = '-';
	for (first = 2; first < count && words[first][0] != '\0' &&
	    words[first][1] == '\0' && strchr("*#?%-", words[first][0]) != NULL;
	    first++) {
		if (words[first][0] == '-') {
			first++;
			break;
		}
		if (words[first][0] == '*')
			array = true;
		else
			type = words[first][0];
	}
	if (first == count && !array) {
		printf("d.add: no values.\n");
		return;
	}
	if (array || count - first > 1)
		value = dict_array(type, count - first, words + first);
	else
		value = dict_value(type, words[first]);
	if (value != NULL)
		plist_dict_set_item(scutil->value, words[1], value);
}

void
cmd_dict_remove(struct scutil *scutil, int count, char **words)
{

	(void)count;
	if (dict_is_there(scutil, "d.remove") &&
	    value_member(scutil->value, words[1]) != NULL)
		plist_dict_remove_item(scutil->value, words[1]);
}
