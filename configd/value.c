/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Property lists over libplist.
 */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value.h"

/* Largest property list read, in bytes. */
#define	VALUE_MAX	(64U << 20)

plist_t
value_decode(const void *data, size_t length)
{
	plist_t plist;

	plist = NULL;
	if (data == NULL || length < 8 || length > VALUE_MAX)
		return (NULL);
	if (plist_is_binary(data, (uint32_t)length))
		plist_from_bin(data, (uint32_t)length, &plist);
	else
		plist_from_xml(data, (uint32_t)length, &plist);
	return (plist);
}

/* Big-endian integer of `size' bytes. */
static uint64_t
bplist_word(const uint8_t *bytes, size_t size)
{
	uint64_t word;

	word = 0;
	while (size-- > 0)
		word = word << 8 | *bytes++;
	return (word);
}

/* The fixed part at the end of a binary property list. */
struct bplist {
	const uint8_t	*data;
	size_t		 length;	/* of what precedes the trailer */
	size_t		 offset_size;
	size_t		 ref_size;
	uint64_t	 objects;
	uint64_t	 top;
	uint64_t	 table;
};

#define	BPLIST_TRAILER	32

static bool
bplist_open(struct bplist *list, const void *data, size_t length)
{
	const uint8_t *trailer;

	if (length < 8 + BPLIST_TRAILER)
		return (false);
	list->data = data;
	list->length = length - BPLIST_TRAILER;
	trailer = list->data + list->length;
	list->offset_size = trailer[6];
	list->ref_size = trailer[7];
	list->objects = bplist_word(trailer + 8, 8);
	list->top = bplist_word(trailer + 16, 8);
	list->table = bplist_word(trailer + 24, 8);
	if (list->offset_size < 1 || list->offset_size > 8 ||
	    list->ref_size < 1 || list->ref_size > 8)
		return (false);
	if (list->objects > list->length || list->table > list->length)
		return (false);
	return (list->objects * list->offset_size <=
	    list->length - list->table);
}

/* Position of an object's marker; 0, never valid, when it has none. */
static size_t
bplist_object(const struct bplist *list, uint64_t index)
{
	uint64_t offset;

	if (index >= list->objects)
		return (0);
	offset = bplist_word(list->data + list->table +
	    index * list->offset_size, list->offset_size);
	return (offset < list->length ? (size_t)offset : 0);
}

/*
 * How many elements the object at `*position' says it has, which moves behind
 * that; false when it says so in no way there is, or it is too many.
 */
static bool
bplist_count(const struct bplist *list, size_t *position, uint64_t *countp)
{
	uint64_t count;
	size_t at, size;

	at = *position;
	count = list->data[at++] & 0xf;
	if (count == 0xf) {
		if (at >= list->length || (list->data[at] & 0xf0) != 0x10)
			return (false);
		size = (size_t)1 << (list->data[at++] & 0xf);
		if (size > 8 || size > list->length - at)
			return (false);
		count = bplist_word(list->data + at, size);
		at += size;
	}
	if (count > list->length)
		return (false);
	*position = at;
	*countp = count;
	return (true);
}

/*
 * The number of references of the collection at `*position', which moves to
 * the first of them; false when there is no room for them.
 */
static bool
bplist_references(const struct bplist *list, size_t *position,
    uint64_t *references)
{
	uint64_t count;
	size_t at;
	uint8_t marker;

	at = *position;
	marker = list->data[at];
	if (!bplist_count(list, &at, &count))
		return (false);
	if ((marker & 0xf0) == 0xd0)
		count *= 2;
	if (count * list->ref_size > list->length - at)
		return (false);
	*position = at;
	*references = count;
	return (true);
}

/* Markers 0xa0 to 0xd0 are collections. */
static bool
bplist_is_collection(uint8_t marker)
{

	return (marker >= 0xa0 && marker <= 0xdf);
}

/* About how many bytes a string, data or number takes in memory. */
static uint64_t
bplist_weight(const struct bplist *list, size_t at)
{
	uint64_t count;
	uint8_t kind;

	kind = list->data[at] & 0xf0;
	if (kind != 0x40 && kind != 0x50 && kind != 0x60)
		return (16);
	return (bplist_count(list, &at, &count) ? count : list->length);
}

/*
 * Objects may be referred to any number of times, and the library copies one
 * each time: together they may not be much more than the message was.
 */
#define	BPLIST_SHARED_MAX	16

static bool
bplist_is_flat(const void *data, size_t length)
{
	struct bplist list;
	uint64_t count, i, weight;
	size_t at, child;

	if (!bplist_open(&list, data, length))
		return (false);
	at = bplist_object(&list, list.top);
	if (at == 0)
		return (false);
	if (!bplist_is_collection(list.data[at]))
		return (true);
	if (!bplist_references(&list, &at, &count))
		return (false);
	weight = 0;
	for (i = 0; i < count; i++) {
		child = bplist_object(&list, bplist_word(list.data + at +
		    i * list.ref_size, list.ref_size));
		if (child == 0 || bplist_is_collection(list.data[child]))
			return (false);
		weight += bplist_weight(&list, child);
		if (weight > BPLIST_SHARED_MAX * (uint64_t)length)
			return (false);
	}
	return (true);
}

/* Occurrences of `word' in `length' bytes. */
static unsigned int
xml_count(const char *data, size_t length, const char *word)
{
	const char *end, *p;
	unsigned int count;
	size_t size;

	count = 0;
	size = strlen(word);
	end = data + length;
	for (p = data; (p = memmem(p, (size_t)(end - p), word, size)) != NULL;
	    p += size)
		count++;
	return (count);
}

static bool
xml_is_flat(const char *data, size_t length)
{

	return (xml_count(data, length, "<array") +
	    xml_count(data, length, "<dict") <= 1);
}

plist_t
value_decode_flat(const void *data, size_t length)
{
	bool flat;

	if (data == NULL || length < 8)
		return (NULL);
	if (memcmp(data, "bplist", 6) == 0)
		flat = bplist_is_flat(data, length);
	else
		flat = xml_is_flat(data, length);
	return (flat ? value_decode(data, length) : NULL);
}

void *
value_encode(plist_t plist, size_t *length)
{
	char *bytes;
	void *copy;
	uint32_t size;

	bytes = NULL;
	size = 0;
	plist_to_bin(plist, &bytes, &size);
	if (bytes == NULL)
		return (NULL);
	/* The library's buffer has its own way to be freed. */
	copy = malloc(size);
	if (copy != NULL)
		memcpy(copy, bytes, size);
	plist_to_bin_free(bytes);
	*length = size;
	return (copy);
}

const char *
value_string(plist_t node)
{

	if (!PLIST_IS_STRING(node))
		return (NULL);
	return (plist_get_string_ptr(node, NULL));
}

bool
value_to_strset(plist_t array, struct strset *set)
{
	const char *string;
	uint32_t count, i;

	if (!PLIST_IS_ARRAY(array))
		return (false);
	count = plist_array_get_size(array);
	for (i = 0; i < count; i++) {
		string = value_string(plist_array_get_item(array, i));
		if (string == NULL || strset_add(set, string) < 0) {
			strset_clear(set);
			return (false);
		}
	}
	return (true);
}

plist_t
value_from_strset(const struct strset *set)
{
	plist_t array;
	size_t i;

	array = plist_new_array();
	for (i = 0; i < set->count; i++)
		plist_array_append_item(array,
		    plist_new_string(set->items[i]));
	return (array);
}

plist_t
value_new_number(long long number)
{
	char xml[160];
	plist_t node;

	if (number >= 0)
		return (plist_new_uint((uint64_t)number));
	node = NULL;
	snprintf(xml, sizeof(xml), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
	    "<plist version=\"1.0\"><integer>%lld</integer></plist>", number);
	plist_from_xml(xml, (uint32_t)strlen(xml), &node);
	return (node);
}

plist_t
value_member(plist_t dict, const char *key)
{

	if (!PLIST_IS_DICT(dict))
		return (NULL);
	return (plist_dict_get_item(dict, key));
}

bool
value_keys(plist_t dict, struct strset *keys)
{
	plist_dict_iter iterator;
	plist_t item;
	char *key;
	int added;

	if (!PLIST_IS_DICT(dict))
		return (false);
	iterator = NULL;
	plist_dict_new_iter(dict, &iterator);
	for (;;) {
		key = NULL;
		item = NULL;
		plist_dict_next_item(dict, iterator, &key, &item);
		if (key == NULL)
			break;
		added = strset_add(keys, key);
		free(key);
		if (added < 0) {
			strset_clear(keys);
			free(iterator);
			return (false);
		}
	}
	free(iterator);
	return (true);
}
