/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What scutil reads and prints, and what property lists netconfigd accepts.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "describe.h"
#include "names.h"
#include "parse.h"
#include "prefs.h"
#include "resolver.h"
#include "sc_status.h"
#include "text.h"
#include "value.h"

static void
check_words(const char *text, int expected, const char *joined)
{
	char line[PARSE_LINE_MAX], found[PARSE_LINE_MAX];
	char *words[PARSE_WORDS_MAX];
	int count, i;

	snprintf(line, sizeof(line), "%s", text);
	count = parse_line(line, words);
	ATF_CHECK_EQ_MSG(expected, count, "%s", text);
	found[0] = '\0';
	for (i = 0; i < count; i++) {
		strcat(found, words[i]);
		strcat(found, "|");
	}
	ATF_CHECK_STREQ(joined, found);
}

ATF_TC_WITHOUT_HEAD(parse);
ATF_TC_BODY(parse, tc)
{

	check_words("", 0, "");
	check_words("  \t ", 0, "");
	check_words("# d.add a b", 0, "");
	check_words("  #comment", 0, "");
	check_words("d.add a # 5", 4, "d.add|a|#|5|");
	check_words(" list  State:/.* ", 2, "list|State:/.*|");
	check_words("set \"a b\"", 2, "set|a b|");
	check_words("set a\\ b", 2, "set|a b|");
	check_words("set a\\\"b", 2, "set|a\"b|");
	check_words("set \"a\\\"b\"", 2, "set|a\"b|");
	check_words("list a\\.b", 2, "list|a\\.b|");
	check_words("set \"\"", 2, "set||");
	check_words("set \"open end", 2, "set|open end|");
	check_words("a\\", 1, "a\\|");
}

static void
check_description(plist_t value, const char *expected)
{
	size_t size;
	char *text;
	FILE *fp;

	fp = open_memstream(&text, &size);
	ATF_REQUIRE(fp != NULL);
	describe(fp, value);
	fclose(fp);
	ATF_CHECK_STREQ(expected, text);
	free(text);
	plist_free(value);
}

ATF_TC_WITHOUT_HEAD(describe_scalars);
ATF_TC_BODY(describe_scalars, tc)
{

	setenv("TZ", "UTC", 1);
	tzset();
	check_description(plist_new_string("a b"), "a b");
	check_description(plist_new_bool(1), "TRUE");
	check_description(plist_new_bool(0), "FALSE");
	check_description(value_new_number(42), "42");
	check_description(value_new_number(-5), "-5");
	check_description(plist_new_real(0.5), "0.5");
	check_description(plist_new_real(0.1), "0.1");
	check_description(plist_new_data("\x00\xff", 2), "<data> 0x00ff");
	check_description(plist_new_data("", 0), "<data> 0x");
	check_description(plist_new_date(0, 0), "01/01/2001 00:00:00");
	check_description(plist_new_dict(), "<dictionary> {\n}");
	check_description(plist_new_array(), "<array> {\n}");
}

ATF_TC_WITHOUT_HEAD(describe_collections);
ATF_TC_BODY(describe_collections, tc)
{
	plist_t array, dict, nested;

	array = plist_new_array();
	plist_array_append_item(array, plist_new_string("10.0.0.2"));
	nested = plist_new_dict();
	plist_dict_set_item(nested, "a", value_new_number(1));
	dict = plist_new_dict();
	plist_dict_set_item(dict, "Nested", nested);
	plist_dict_set_item(dict, "InterfaceName", plist_new_string("em0"));
	plist_dict_set_item(dict, "Addresses", array);
	check_description(dict,
	    "<dictionary> {\n"
	    "  Addresses : <array> {\n"
	    "    0 : 10.0.0.2\n"
	    "  }\n"
	    "  InterfaceName : em0\n"
	    "  Nested : <dictionary> {\n"
	    "    a : 1\n"
	    "  }\n"
	    "}");
}

/* Encode, decode and describe. */
static void
check_round_trip(plist_t value, const char *expected)
{
	plist_t copy;
	size_t size;
	void *data;

	data = value_encode(value, &size);
	ATF_REQUIRE(data != NULL);
	ATF_CHECK(memcmp(data, "bplist00", 8) == 0);
	copy = value_decode(data, size);
	free(data);
	plist_free(value);
	ATF_REQUIRE(copy != NULL);
	check_description(copy, expected);
}

/* An array that refers so often to one string of 250 bytes. */
static void
check_shared(unsigned int references, bool good)
{
	uint8_t list[1024], *p;
	plist_t plist;

	memset(list, 0, sizeof(list));
	memcpy(list, "bplist00", 8);
	p = list + 8;
	*p++ = 0xaf;			/* array, its count follows */
	*p++ = 0x10;
	*p++ = (uint8_t)references;
	memset(p, 1, references);	/* object 1, each */
	p += references;
	*p++ = 0x5f;			/* string */
	*p++ = 0x10;
	*p++ = 250;
	memset(p, 'x', 250);
	p += 250;
	p[0] = 0;			/* offsets of the two */
	p[1] = 8;
	p[2] = (uint8_t)((11 + references) >> 8);
	p[3] = (uint8_t)(11 + references);
	p[4 + 6] = 2;			/* bytes of an offset */
	p[4 + 7] = 1;			/* of a reference */
	p[4 + 15] = 2;			/* objects */
	p[4 + 30] = (uint8_t)((p - list) >> 8);
	p[4 + 31] = (uint8_t)(p - list);
	p += 4 + 32;
	plist = value_decode_flat(list, (size_t)(p - list));
	ATF_CHECK_EQ(good, plist != NULL);
	plist_free(plist);
}

ATF_TC_WITHOUT_HEAD(encode);
ATF_TC_BODY(encode, tc)
{
	plist_t dict;

	check_round_trip(value_new_number(-5), "-5");
	check_round_trip(value_new_number(1LL << 40), "1099511627776");
	check_round_trip(plist_new_string("\xc3\xa9"), "\xc3\xa9");
	check_round_trip(plist_new_string(""), "");
	check_round_trip(plist_new_bool(1), "TRUE");
	check_round_trip(plist_new_array(), "<array> {\n}");
	dict = plist_new_dict();
	plist_dict_set_item(dict, "\xc3\xa9", plist_new_string("x"));
	check_round_trip(dict, "<dictionary> {\n  \xc3\xa9 : x\n}");
	ATF_CHECK(value_decode(NULL, 0) == NULL);
	ATF_CHECK(value_decode("bplist00", 8) == NULL);
	check_shared(8, true);
	check_shared(250, false);
	ATF_CHECK(value_decode("not a property list", 19) == NULL);
}

ATF_TC_WITHOUT_HEAD(flat);
ATF_TC_BODY(flat, tc)
{
	static const char xml[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<plist version=\"1.0\"><array><string>a</string></array></plist>";
	static const char deep[] = "<?xml version=\"1.0\" "
	    "encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><array><array/>"
	    "</array></plist>";
	plist_t outer, value;
	size_t i, size;
	char *data;

	value = value_decode_flat(xml, sizeof(xml) - 1);
	ATF_CHECK(PLIST_IS_ARRAY(value));
	plist_free(value);
	ATF_CHECK(value_decode_flat(deep, sizeof(deep) - 1) == NULL);

	outer = plist_new_array();
	for (i = 0; i < 100; i++)
		plist_array_append_item(outer, plist_new_string("x"));
	data = value_encode(outer, &size);
	value = value_decode_flat(data, size);
	ATF_REQUIRE(PLIST_IS_ARRAY(value));
	ATF_CHECK_EQ(100, plist_array_get_size(value));
	plist_free(value);
	/* No byte of it can be changed so that reading it goes astray. */
	for (i = 0; i < size; i++) {
		data[i] ^= 0xff;
		plist_free(value_decode_flat(data, size));
		data[i] ^= 0xff;
		plist_free(value_decode_flat(data, i));
	}
	free(data);
	plist_array_append_item(outer, plist_new_dict());
	data = value_encode(outer, &size);
	ATF_CHECK(value_decode_flat(data, size) == NULL);
	free(data);
	plist_free(outer);
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{

	ATF_CHECK(text_is_valid("", 0));
	ATF_CHECK(text_is_valid("abc", 3));
	ATF_CHECK(text_is_valid("\xc3\xa9", 2));
	ATF_CHECK(text_is_valid("\xf0\x9f\x98\x80", 4));
	ATF_CHECK(!text_is_valid("a\0b", 3));
	ATF_CHECK(!text_is_valid("\xc3", 1));
	ATF_CHECK(!text_is_valid("\xc3\x28", 2));
	ATF_CHECK(!text_is_valid("\xc0\xaf", 2));
	ATF_CHECK(!text_is_valid("\xe0\x80\x80", 3));
	ATF_CHECK(!text_is_valid("\xed\xa0\x80", 3));
	ATF_CHECK(!text_is_valid("\xf4\x90\x80\x80", 4));
	ATF_CHECK(!text_is_valid("\xff", 1));
}

static void
write_file(const char *path, const char *text)
{
	FILE *fp;

	fp = fopen(path, "w");
	ATF_REQUIRE(fp != NULL);
	fputs(text, fp);
	fclose(fp);
}

ATF_TC_WITHOUT_HEAD(resolver);
ATF_TC_BODY(resolver, tc)
{

	ATF_CHECK(resolver_describe("absent") == NULL);
	write_file("empty", "# nameserver 1.2.3.4\n");
	ATF_CHECK(resolver_describe("empty") == NULL);
	write_file("conf", "# comment\nsearch lan  example.org # x\n"
	    "nameserver 192.168.1.1\nnameserver\t::1\noptions edns0\n");
	check_description(resolver_describe("conf"),
	    "<dictionary> {\n"
	    "  SearchDomains : <array> {\n"
	    "    0 : lan\n"
	    "    1 : example.org\n"
	    "  }\n"
	    "  ServerAddresses : <array> {\n"
	    "    0 : 192.168.1.1\n"
	    "    1 : ::1\n"
	    "  }\n"
	    "}");
}

ATF_TC_WITHOUT_HEAD(preferences);
ATF_TC_BODY(preferences, tc)
{
	plist_t prefs;

	setenv(PREFS_PATH_ENV, "preferences.plist", 1);
	prefs = prefs_read(prefs_path());
	ATF_REQUIRE(PLIST_IS_DICT(prefs));
	ATF_CHECK(prefs_get(prefs, PREFS_HOST_NAME) == NULL);
	prefs_set(prefs, PREFS_HOST_NAME, "a.b");
	prefs_set(prefs, PREFS_LOCAL_HOST_NAME, "c");
	ATF_REQUIRE_EQ(0, prefs_write(prefs));
	plist_free(prefs);

	prefs = prefs_read(prefs_path());
	ATF_CHECK_STREQ("a.b", prefs_get(prefs, PREFS_HOST_NAME));
	ATF_CHECK_STREQ("c", value_string(prefs_lookup(prefs,
	    "/System/Network/HostNames/LocalHostName")));
	prefs_set(prefs, PREFS_HOST_NAME, NULL);
	ATF_CHECK(prefs_get(prefs, PREFS_HOST_NAME) == NULL);
	plist_free(prefs);

	write_file("preferences.plist", "no property list");
	ATF_CHECK(prefs_read(prefs_path()) == NULL);
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	plist_t prefs;

	check_description(names_describe(NULL, "my_box.example.org"),
	    "<dictionary> {\n"
	    "  Setup:/Network/HostNames : <dictionary> {\n"
	    "    LocalHostName : my-box\n"
	    "  }\n"
	    "  Setup:/System : <dictionary> {\n"
	    "    ComputerName : my_box\n"
	    "    HostName : my_box.example.org\n"
	    "  }\n"
	    "}");
	prefs = plist_new_dict();
	prefs_set(prefs, PREFS_COMPUTER_NAME, "A Name");
	check_description(names_describe(prefs, "box"),
	    "<dictionary> {\n"
	    "  Setup:/Network/HostNames : <dictionary> {\n"
	    "    LocalHostName : box\n"
	    "  }\n"
	    "  Setup:/System : <dictionary> {\n"
	    "    ComputerName : A Name\n"
	    "    HostName : box\n"
	    "  }\n"
	    "}");
	plist_free(prefs);
}

ATF_TC_WITHOUT_HEAD(errors);
ATF_TC_BODY(errors, tc)
{

	ATF_CHECK_STREQ("Success!", sc_status_string(0));
	ATF_CHECK_STREQ("No such key", sc_status_string(1004));
	ATF_CHECK_STREQ("Configuration daemon not (or no longer) available",
	    sc_status_string(2002));
	ATF_CHECK(sc_status_string(1) == NULL);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, parse);
	ATF_TP_ADD_TC(tp, describe_scalars);
	ATF_TP_ADD_TC(tp, describe_collections);
	ATF_TP_ADD_TC(tp, encode);
	ATF_TP_ADD_TC(tp, flat);
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, resolver);
	ATF_TP_ADD_TC(tp, preferences);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, errors);
	return (atf_no_error());
}
