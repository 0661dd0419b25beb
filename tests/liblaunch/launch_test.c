/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * liblaunch: values, their form on the wire, and what is refused there.
 */

#include <atf-c.h>
#include <endian.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "launch_priv.h"

/* {"a": [1, true, 2.5, "text", <xyz>, errno 3], "b": {}} */
static launch_data_t
sample(void)
{
	launch_data_t a, d;

	a = launch_data_alloc(LAUNCH_DATA_ARRAY);
	launch_data_array_set_index(a, launch_data_new_integer(-1), 0);
	launch_data_array_set_index(a, launch_data_new_bool(true), 1);
	launch_data_array_set_index(a, launch_data_new_real(2.5), 2);
	launch_data_array_set_index(a, launch_data_new_string("text"), 3);
	launch_data_array_set_index(a, launch_data_new_opaque("x\0z", 3), 4);
	launch_data_array_set_index(a, launch_data_new_errno(3), 5);
	d = launch_data_alloc(LAUNCH_DATA_DICTIONARY);
	ATF_REQUIRE(launch_data_dict_insert(d, a, "a"));
	ATF_REQUIRE(launch_data_dict_insert(d,
	    launch_data_alloc(LAUNCH_DATA_DICTIONARY), "b"));
	return (d);
}

static void
check_sample(launch_data_t d)
{
	launch_data_t a;

	ATF_REQUIRE_EQ(2, launch_data_dict_get_count(d));
	a = launch_data_dict_lookup(d, "a");
	ATF_REQUIRE_EQ(6, launch_data_array_get_count(a));
	ATF_CHECK_EQ(-1, launch_data_get_integer(
	    launch_data_array_get_index(a, 0)));
	ATF_CHECK(launch_data_get_bool(launch_data_array_get_index(a, 1)));
	ATF_CHECK_EQ(2.5, launch_data_get_real(
	    launch_data_array_get_index(a, 2)));
	ATF_CHECK_STREQ("text", launch_data_get_string(
	    launch_data_array_get_index(a, 3)));
	ATF_REQUIRE_EQ(3, launch_data_get_opaque_size(
	    launch_data_array_get_index(a, 4)));
	ATF_CHECK_EQ(0, memcmp("x\0z", launch_data_get_opaque(
	    launch_data_array_get_index(a, 4)), 3));
	ATF_CHECK_EQ(3, launch_data_get_errno(
	    launch_data_array_get_index(a, 5)));
	ATF_CHECK_EQ(0, launch_data_dict_get_count(
	    launch_data_dict_lookup(d, "b")));
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	launch_data_t copy, d;
	size_t size;
	void *buf;

	d = sample();
	copy = launch_data_copy(d);
	check_sample(copy);
	buf = launch_pack(d, &size);
	ATF_REQUIRE(buf != NULL);
	ATF_CHECK_EQ(size, launch_packed_size(buf));
	launch_data_free(d);
	d = launch_unpack(buf, size);
	ATF_REQUIRE(d != NULL);
	check_sample(d);
	free(buf);
	launch_data_free(d);
	launch_data_free(copy);
}

/* The bytes are those of every other implementation. */
ATF_TC_WITHOUT_HEAD(golden_bytes);
ATF_TC_BODY(golden_bytes, tc)
{
	static const unsigned char golden[] = {
		0x41, 0x9a, 0xb3, 0x66, 0x23, 0xa0, 0xfe, 0xd2,
		72, 0, 0, 0, 0, 0, 0, 0,
		2, 0, 0, 0, 0, 0, 0, 0,		/* array */
		0, 0, 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, 0,		/* of one */
		0, 0, 0, 0, 0, 0, 0, 0,		/* filler */
		4, 0, 0, 0, 0, 0, 0, 0,		/* integer */
		0x39, 0x30, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0,
	};
	launch_data_t a;
	size_t size;
	void *buf;

	a = launch_data_alloc(LAUNCH_DATA_ARRAY);
	launch_data_array_set_index(a, launch_data_new_integer(12345), 0);
	buf = launch_pack(a, &size);
	ATF_REQUIRE_EQ(sizeof(golden), size);
	ATF_CHECK_EQ(0, memcmp(golden, buf, size));
	free(buf);
	launch_data_free(a);
	a = launch_data_new_string("seven77");
	buf = launch_pack(a, &size);
	ATF_CHECK_EQ(16 + 24 + 8, size);
	free(buf);
	launch_data_free(a);
}

/* No beginning of a message and no message with one bit changed does harm. */
ATF_TC_WITHOUT_HEAD(damaged_messages);
ATF_TC_BODY(damaged_messages, tc)
{
	unsigned char *buf, *copy;
	launch_data_t d;
	size_t i, size;
	int bit;

	d = sample();
	buf = launch_pack(d, &size);
	launch_data_free(d);
	for (i = 0; i < size; i++) {
		copy = malloc(i + 1);
		memcpy(copy, buf, i);
		ATF_CHECK_EQ(NULL, launch_unpack(copy, i));
		free(copy);
	}
	for (i = 0; i < size; i++) {
		for (bit = 0; bit < 8; bit++) {
			copy = malloc(size);
			memcpy(copy, buf, size);
			copy[i] ^= (unsigned char)(1 << bit);
			d = launch_unpack(copy, size);
			launch_data_free(d);
			free(copy);
		}
	}
	free(buf);
}

static void
put(uint64_t *words, size_t i, uint64_t value)
{
	words[i] = htole64(value);
}

static const char empty[8];

/* A message of one node that says what it likes. */
static launch_data_t
node(uint64_t type, uint64_t value, uint64_t count, const char tail[8])
{
	uint64_t words[6];

	memset(words, 0, sizeof(words));
	put(words, 0, LAUNCH_MAGIC);
	put(words, 1, sizeof(words));
	put(words, 2, type);
	put(words, 3, value);
	put(words, 4, count);
	memcpy(&words[5], tail, 8);
	return (launch_unpack(words, sizeof(words)));
}

ATF_TC_WITHOUT_HEAD(hostile_messages);
ATF_TC_BODY(hostile_messages, tc)
{
	launch_data_t d;

	d = node(LAUNCH_DATA_STRING, 0, 4, "good\0\0\0");
	ATF_REQUIRE(d != NULL);
	ATF_CHECK_STREQ("good", launch_data_get_string(d));
	launch_data_free(d);
	errno = 0;
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_STRING, 0, 8, "too long"));
	ATF_CHECK_EQ(EPROTO, errno);
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_STRING, 0, 4, "a\0bc\0\0\0"));
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_STRING, 0, UINT64_MAX,
	    "huge\0\0\0"));
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_OPAQUE, 0, UINT64_MAX - 6,
	    empty));
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_ARRAY, 0, UINT64_MAX / 8, empty));
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_ARRAY, 0, 1, empty));
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_DICTIONARY, 0, 1, empty));
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_FD, 3, 0, empty));
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_MACHPORT, 3, 0, empty));
	ATF_CHECK_EQ(NULL, node(0, 0, 0, empty));
	ATF_CHECK_EQ(NULL, node(11, 0, 0, empty));
	/* Something behind the tree. */
	ATF_CHECK_EQ(NULL, node(LAUNCH_DATA_INTEGER, 1, 0, empty));
}

/* Arrays in arrays, deeper than anyone needs. */
ATF_TC_WITHOUT_HEAD(depth_is_limited);
ATF_TC_BODY(depth_is_limited, tc)
{
	launch_data_t a, outer;
	size_t size;
	void *buf;
	int i;

	a = launch_data_alloc(LAUNCH_DATA_ARRAY);
	for (i = 0; i < 100; i++) {
		outer = launch_data_alloc(LAUNCH_DATA_ARRAY);
		launch_data_array_set_index(outer, a, 0);
		a = outer;
	}
	buf = launch_pack(a, &size);
	ATF_REQUIRE(buf != NULL);
	ATF_CHECK_EQ(NULL, launch_unpack(buf, size));
	free(buf);
	launch_data_free(a);
}

ATF_TC_WITHOUT_HEAD(dictionaries);
ATF_TC_BODY(dictionaries, tc)
{
	launch_data_t d;

	d = launch_data_alloc(LAUNCH_DATA_DICTIONARY);
	ATF_CHECK(launch_data_dict_insert(d, launch_data_new_integer(1), "k"));
	ATF_CHECK(launch_data_dict_insert(d, launch_data_new_integer(2), "k"));
	ATF_CHECK_EQ(1, launch_data_dict_get_count(d));
	ATF_CHECK_EQ(2, launch_data_get_integer(
	    launch_data_dict_lookup(d, "k")));
	ATF_CHECK_EQ(NULL, launch_data_dict_lookup(d, "l"));
	ATF_CHECK(!launch_data_dict_remove(d, "l"));
	ATF_CHECK(launch_data_dict_remove(d, "k"));
	ATF_CHECK_EQ(0, launch_data_dict_get_count(d));
	/* Of another type than asked for. */
	ATF_CHECK_EQ(NULL, launch_data_get_string(d));
	ATF_CHECK_EQ(0, launch_data_get_integer(NULL));
	launch_data_free(d);
}

static void
count_key(const char *key, void *arg)
{
	ATF_CHECK_STREQ("Colour", key);
	++*(int *)arg;
}

ATF_TC_WITHOUT_HEAD(jobs_are_checked);
ATF_TC_BODY(jobs_are_checked, tc)
{
	char error[256];
	launch_data_t job;
	int unknown;

	unknown = 0;
	job = launch_data_alloc(LAUNCH_DATA_DICTIONARY);
	launch_data_dict_insert(job, launch_data_new_string("red"), "Colour");
	ATF_CHECK(!launch_job_check(job, error, sizeof(error), count_key,
	    &unknown));
	ATF_CHECK_STREQ("Label is missing", error);
	ATF_CHECK_EQ(1, unknown);
	launch_data_dict_insert(job, launch_data_new_string("l"), "Label");
	launch_data_dict_insert(job, launch_data_new_string("/p"), "Program");
	ATF_CHECK(launch_job_check(job, error, sizeof(error), NULL, NULL));
	launch_data_dict_insert(job, launch_data_new_integer(01000), "Umask");
	ATF_CHECK(!launch_job_check(job, error, sizeof(error), NULL, NULL));
	ATF_CHECK_STREQ("Umask is not between 0 and 511", error);
	launch_data_dict_insert(job, launch_data_new_string("22"), "Umask");
	ATF_CHECK(!launch_job_check(job, error, sizeof(error), NULL, NULL));
	ATF_CHECK_STREQ("Umask is a string", error);
	launch_data_free(job);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, golden_bytes);
	ATF_TP_ADD_TC(tp, damaged_messages);
	ATF_TP_ADD_TC(tp, hostile_messages);
	ATF_TP_ADD_TC(tp, depth_is_limited);
	ATF_TP_ADD_TC(tp, dictionaries);
	ATF_TP_ADD_TC(tp, jobs_are_checked);
	return (atf_no_error());
}
