/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The store without a server: keys, owners, watches, patterns.
 */

#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "store.h"

static void
set_ok(struct store *store, const char *key, const char *value)
{

	ATF_REQUIRE_EQ(SC_OK, store_set(store, NULL, key, value,
	    strlen(value)));
}

static void
client_init(struct store *store, struct store_client *client, uint32_t id)
{

	memset(client, 0, sizeof(*client));
	client->id = id;
	store_client_add(store, client);
}

static bool
has_value(struct store *store, const char *key, const char *value)
{
	const void *data;
	size_t size;

	return (store_get(store, key, &data, &size) == SC_OK &&
	    size == strlen(value) && memcmp(data, value, size) == 0);
}

ATF_TC_WITHOUT_HEAD(keys);
ATF_TC_BODY(keys, tc)
{
	struct store *store;
	const void *data;
	size_t size;

	store = store_new();
	ATF_REQUIRE(store != NULL);
	ATF_CHECK_EQ(SC_NO_KEY, store_get(store, "a", &data, &size));
	ATF_CHECK_EQ(SC_NO_KEY, store_remove(store, "a"));
	ATF_CHECK_EQ(SC_OK, store_add(store, NULL, "a", "1", 1));
	ATF_CHECK_EQ(SC_KEY_EXISTS, store_add(store, NULL, "a", "2", 1));
	ATF_CHECK(has_value(store, "a", "1"));
	set_ok(store, "a", "22");
	ATF_CHECK(has_value(store, "a", "22"));
	set_ok(store, "b", "");
	ATF_CHECK(has_value(store, "b", ""));
	ATF_CHECK_EQ(SC_OK, store_remove(store, "a"));
	ATF_CHECK_EQ(SC_NO_KEY, store_get(store, "a", &data, &size));
	store_free(store);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	char key[STORE_KEY_MAX + 2];
	struct store *store;
	char *big;

	store = store_new();
	memset(key, 'k', sizeof(key));
	key[STORE_KEY_MAX + 1] = '\0';
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT, store_set(store, NULL, key, "", 0));
	key[STORE_KEY_MAX] = '\0';
	ATF_CHECK_EQ(SC_OK, store_set(store, NULL, key, "", 0));
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT, store_set(store, NULL, "", "", 0));
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT,
	    store_set(store, NULL, "\xc3\x28", "", 0));
	ATF_CHECK_EQ(SC_OK, store_set(store, NULL, "\xc3\xa9", "", 0));

	big = calloc(1, STORE_VALUE_MAX);
	ATF_REQUIRE(big != NULL);
	ATF_CHECK_EQ(SC_FAILED, store_set(store, NULL, "x", big,
	    (size_t)STORE_VALUE_MAX + 1));
	ATF_CHECK_EQ(SC_OK, store_set(store, NULL, "1", big, STORE_VALUE_MAX));
	ATF_CHECK_EQ(SC_OK, store_set(store, NULL, "2", big, STORE_VALUE_MAX));
	ATF_CHECK_EQ(SC_OK, store_set(store, NULL, "3", big, STORE_VALUE_MAX));
	ATF_CHECK_EQ(SC_OK, store_set(store, NULL, "4", big, STORE_VALUE_MAX));
	ATF_CHECK_EQ(SC_FAILED, store_set(store, NULL, "5", big, 1));
	/* What is replaced or removed makes room. */
	ATF_CHECK_EQ(SC_OK, store_set(store, NULL, "4", big, 1));
	ATF_CHECK_EQ(SC_OK, store_remove(store, "3"));
	ATF_CHECK_EQ(SC_OK, store_set(store, NULL, "5", big, STORE_VALUE_MAX));
	free(big);
	store_free(store);
}

/* Watches keys that are as long as can be, until that fails. */
static unsigned int
watch_many(struct store_client *client, char c)
{
	char key[STORE_KEY_MAX + 1];
	unsigned int n;

	memset(key, c, sizeof(key) - 1);
	key[STORE_KEY_MAX] = '\0';
	for (n = 0; n < STORE_WATCHES_MAX; n++) {
		snprintf(key, sizeof(key), "%08u", n);
		key[8] = c;
		if (store_watch(client, key, false) != SC_OK)
			break;
	}
	return (n);
}

/* Clients that share have room together. */
ATF_TC_WITHOUT_HEAD(share);
ATF_TC_BODY(share, tc)
{
	struct store_client clients[8], other;
	struct store_share share = { 0 };
	struct store *store;
	unsigned int i, n, total;

	store = store_new();
	memset(clients, 0, sizeof(clients));
	memset(&other, 0, sizeof(other));
	other.id = 100;
	store_client_add(store, &other);
	total = 0;
	for (i = 0; i < 8; i++) {
		clients[i].id = i + 1;
		clients[i].share = &share;
		store_client_add(store, &clients[i]);
		n = watch_many(&clients[i], (char)('a' + i));
		total += n;
	}
	ATF_CHECK(total > STORE_WATCHES_MAX);
	ATF_CHECK(total < STORE_SHARE_MAX / STORE_KEY_MAX);
	ATF_CHECK(share.bytes <= STORE_SHARE_MAX);
	ATF_CHECK(share.bytes + 2 * STORE_KEY_MAX > STORE_SHARE_MAX);
	ATF_CHECK_EQ(SC_FAILED, store_watch(&clients[7], "p.*", true));
	/* Who does not share is not concerned. */
	ATF_CHECK_EQ(STORE_WATCHES_MAX, watch_many(&other, 'z'));
	/* What changes cannot be held either, but wakes. */
	ATF_CHECK_EQ(SC_OK, store_notify(store, clients[0].keys.items[0]));
	store_push(store);
	ATF_CHECK(clients[0].pending);
	ATF_CHECK_EQ(0, clients[0].changed.count);
	/* What is given up is there for the others. */
	store_client_remove(store, &clients[0]);
	ATF_CHECK_EQ(SC_OK, store_watch(&clients[7], "p.*", true));
	ATF_CHECK_EQ(SC_OK, store_notify(store, clients[1].keys.items[0]));
	store_push(store);
	ATF_CHECK_EQ(1, clients[1].changed.count);
	store_collected(&clients[1]);
	for (i = 1; i < 8; i++)
		store_client_remove(store, &clients[i]);
	ATF_CHECK_EQ(0, share.bytes);
	store_client_remove(store, &other);
	store_free(store);
}

/* Replacing watches is charged as what is there afterwards. */
ATF_TC_WITHOUT_HEAD(share_replaced);
ATF_TC_BODY(share_replaced, tc)
{
	struct strset keys = STRSET_INITIALIZER, none = STRSET_INITIALIZER;
	struct strset patterns = STRSET_INITIALIZER;
	struct store_share share = { 0 };
	struct store_client client;
	struct store *store;
	size_t bytes;
	int i;

	store = store_new();
	memset(&client, 0, sizeof(client));
	client.id = 1;
	client.share = &share;
	store_client_add(store, &client);
	ATF_REQUIRE_EQ(1, strset_add(&keys, "key"));
	ATF_REQUIRE_EQ(1, strset_add(&patterns, "p.*"));
	ATF_REQUIRE_EQ(SC_OK, store_watch_all(&client, &keys, &patterns));
	bytes = share.bytes;
	ATF_CHECK(bytes > 0);
	for (i = 0; i < 10; i++)
		ATF_REQUIRE_EQ(SC_OK, store_watch_all(&client, &keys,
		    &patterns));
	ATF_CHECK_EQ(bytes, share.bytes);
	ATF_REQUIRE_EQ(SC_OK, store_unwatch(&client, "p.*", true));
	ATF_CHECK(share.bytes < bytes);
	ATF_REQUIRE_EQ(SC_OK, store_watch_all(&client, &none, &none));
	ATF_CHECK_EQ(0, share.bytes);
	strset_clear(&keys);
	strset_clear(&patterns);
	store_client_remove(store, &client);
	store_free(store);
}

static void
check_list(struct store *store, const char *pattern, bool regex,
    const char *expected)
{
	struct strset found = STRSET_INITIALIZER;
	char text[256];
	size_t i;

	text[0] = '\0';
	ATF_REQUIRE_EQ(SC_OK, store_list(store, pattern, regex, &found));
	for (i = 0; i < found.count; i++) {
		strcat(text, found.items[i]);
		strcat(text, " ");
	}
	ATF_CHECK_STREQ(expected, text);
	strset_clear(&found);
}

ATF_TC_WITHOUT_HEAD(list);
ATF_TC_BODY(list, tc)
{
	struct strset found = STRSET_INITIALIZER;
	struct store *store;

	store = store_new();
	set_ok(store, "Setup:/b", "");
	set_ok(store, "State:/b", "");
	set_ok(store, "State:/a", "");
	set_ok(store, "State:/a/x", "");
	check_list(store, ".*", true,
	    "Setup:/b State:/a State:/a/x State:/b ");
	check_list(store, "State:/a", true, "State:/a ");
	check_list(store, "State:/a.*", true, "State:/a State:/a/x ");
	check_list(store, "State:/a", false, "State:/a State:/a/x ");
	check_list(store, "", false,
	    "Setup:/b State:/a State:/a/x State:/b ");
	check_list(store, "", true, "");
	check_list(store, "nothing", false, "");
	ATF_CHECK_EQ(SC_FAILED, store_list(store, "(", true, &found));
	store_free(store);
}

ATF_TC_WITHOUT_HEAD(session_keys);
ATF_TC_BODY(session_keys, tc)
{
	struct store_client mine, other, watcher;
	struct store *store;
	const void *data;
	size_t size;

	store = store_new();
	client_init(store, &mine, 1);
	client_init(store, &other, 2);
	client_init(store, &watcher, 3);
	ATF_REQUIRE_EQ(SC_OK, store_watch(&watcher, "temporary", false));

	ATF_CHECK_EQ(SC_OK,
	    store_add_session(store, &mine, "temporary", "1", 1));
	ATF_CHECK_EQ(SC_OK, store_add_session(store, &mine, "taken", "1", 1));
	ATF_CHECK_EQ(SC_KEY_EXISTS,
	    store_add_session(store, &other, "temporary", "1", 1));
	ATF_CHECK_EQ(2, mine.owned);
	/* Its owner may set it and keeps it; another's set makes it last. */
	ATF_CHECK_EQ(SC_OK, store_set(store, &mine, "temporary", "2", 1));
	ATF_CHECK_EQ(2, mine.owned);
	ATF_CHECK_EQ(SC_OK, store_set(store, &other, "taken", "2", 1));
	ATF_CHECK_EQ(1, mine.owned);

	/* With session keys for all, nobody's key is taken. */
	other.session_keys = true;
	ATF_CHECK_EQ(SC_KEY_EXISTS,
	    store_set(store, &other, "temporary", "3", 1));
	ATF_CHECK_EQ(SC_KEY_EXISTS, store_set(store, &other, "taken", "3", 1));
	ATF_CHECK_EQ(SC_OK, store_set(store, &other, "own", "3", 1));
	ATF_CHECK_EQ(1, other.owned);

	store_push(store);
	strset_clear(&watcher.changed);
	watcher.pending = false;
	store_client_remove(store, &mine);
	store_client_remove(store, &other);
	store_push(store);
	ATF_CHECK_EQ(SC_NO_KEY, store_get(store, "temporary", &data, &size));
	ATF_CHECK_EQ(SC_NO_KEY, store_get(store, "own", &data, &size));
	ATF_CHECK(has_value(store, "taken", "2"));
	ATF_CHECK(watcher.pending);
	ATF_CHECK(strset_contains(&watcher.changed, "temporary"));
	store_client_remove(store, &watcher);
	store_free(store);
}

ATF_TC_WITHOUT_HEAD(watches);
ATF_TC_BODY(watches, tc)
{
	struct store_client client;
	struct store *store;

	store = store_new();
	client_init(store, &client, 1);
	ATF_CHECK_EQ(SC_OK, store_watch(&client, "a", false));
	ATF_CHECK_EQ(SC_KEY_EXISTS, store_watch(&client, "a", false));
	ATF_CHECK_EQ(SC_OK, store_watch(&client, "p.*", true));
	ATF_CHECK_EQ(SC_KEY_EXISTS, store_watch(&client, "p.*", true));
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT, store_watch(&client, "(", true));
	ATF_CHECK_EQ(SC_NO_KEY, store_unwatch(&client, "b", false));
	ATF_CHECK_EQ(SC_NO_KEY, store_unwatch(&client, "q.*", true));

	/* Nothing is told before the push, and then each key once. */
	set_ok(store, "a", "1");
	set_ok(store, "a", "1");
	set_ok(store, "pq", "1");
	set_ok(store, "xpq", "1");
	ATF_CHECK(!client.pending);
	store_push(store);
	ATF_CHECK(client.pending);
	ATF_CHECK_EQ(2, client.changed.count);
	ATF_CHECK_STREQ("a", client.changed.items[0]);
	ATF_CHECK_STREQ("pq", client.changed.items[1]);

	/* The same value again is a change. */
	client.pending = false;
	strset_clear(&client.changed);
	set_ok(store, "a", "1");
	store_push(store);
	ATF_CHECK(client.pending);

	/* Notification leaves nothing behind, for a key that is not there. */
	client.pending = false;
	strset_clear(&client.changed);
	ATF_CHECK_EQ(SC_OK, store_notify(store, "pnone"));
	store_push(store);
	ATF_CHECK_EQ(1, client.changed.count);
	ATF_CHECK_EQ(SC_NO_KEY, store_remove(store, "pnone"));

	client.pending = false;
	ATF_CHECK_EQ(SC_OK, store_unwatch(&client, "a", false));
	ATF_CHECK_EQ(SC_OK, store_unwatch(&client, "p.*", true));
	set_ok(store, "a", "2");
	set_ok(store, "pq", "2");
	store_push(store);
	ATF_CHECK(!client.pending);
	store_client_remove(store, &client);
	store_free(store);
}

ATF_TC_WITHOUT_HEAD(watch_all);
ATF_TC_BODY(watch_all, tc)
{
	struct strset keys = STRSET_INITIALIZER, patterns = STRSET_INITIALIZER;
	struct store_client client;
	struct store *store;

	store = store_new();
	client_init(store, &client, 1);
	ATF_REQUIRE_EQ(SC_OK, store_watch(&client, "old", false));
	strset_add(&keys, "new");
	strset_add(&patterns, "(");
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT,
	    store_watch_all(&client, &keys, &patterns));
	ATF_CHECK(strset_contains(&client.keys, "old"));
	strset_clear(&patterns);
	strset_add(&patterns, "x+");
	ATF_CHECK_EQ(SC_OK, store_watch_all(&client, &keys, &patterns));
	ATF_CHECK(!strset_contains(&client.keys, "old"));
	set_ok(store, "old", "");
	store_push(store);
	ATF_CHECK(!client.pending);
	set_ok(store, "xx", "");
	store_push(store);
	ATF_CHECK(client.pending);
	strset_clear(&keys);
	strset_clear(&patterns);
	store_client_remove(store, &client);
	store_free(store);
}

ATF_TC_WITHOUT_HEAD(patterns);
ATF_TC_BODY(patterns, tc)
{
	static const struct {
		const char	*pattern;
		const char	*key;
		bool		 matches;
	} cases[] = {
		{ "a", "a", true },
		{ "a", "ab", false },
		{ "a", "ba", false },
		{ "^a", "a", true },
		{ "a$", "a", true },
		{ "a\\$", "a$", true },
		{ "a\\$", "a$b", false },
		{ "", "", true },
		{ "", "a", false },
		{ "a|b", "ax", true },		/* ^a|b$ */
		{ "(a|b)", "ax", false },
		{ "State:/[^/]+/IPv[46]", "State:/em0/IPv4", true },
		{ "State:/[^/]+/IPv[46]", "State:/a/b/IPv4", false },
		{ "x{2}", "xx", true },
		{ ".*", "\xc3\xa9", false },
		{ "[]{9999]", "{", true },
		{ "[[:alpha:]{9999]", "{", true },
	};
	struct pattern *pattern;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pattern = pattern_compile(cases[i].pattern);
		ATF_REQUIRE_MSG(pattern != NULL, "%s", cases[i].pattern);
		ATF_CHECK_MSG(pattern_matches(pattern, cases[i].key) ==
		    cases[i].matches, "%s against %s", cases[i].pattern,
		    cases[i].key);
		pattern_free(pattern);
	}
}

ATF_TC_WITHOUT_HEAD(hostile_patterns);
ATF_TC_BODY(hostile_patterns, tc)
{
	char text[PATTERN_MAX + 2];

	ATF_CHECK(pattern_compile("(") == NULL);
	ATF_CHECK(pattern_compile("[") == NULL);
	ATF_CHECK(pattern_compile("[[:alpha:") == NULL);
	ATF_CHECK(pattern_compile("((x{1,99}){1,99}){1,99}") == NULL);
	ATF_CHECK(pattern_compile("(x*)\\1") == NULL);
	ATF_CHECK(pattern_compile("x{0,9999}") == NULL);
	/* Written otherwise, the same. */
	ATF_CHECK(pattern_compile("((x{,200}){,200})") == NULL);
	ATF_CHECK(pattern_compile("((x{200,}){200,})") == NULL);
	ATF_CHECK(pattern_compile("(((((((((x)+)+)+)+)+)+)+)+)+") == NULL);
	ATF_CHECK(pattern_compile("((((((((x{1,}){1,}){1,}){1,}){1,}){1,})"
	    "{1,}){1,})") == NULL);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ATF_CHECK(pattern_compile(text) == NULL);
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, keys);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, share);
	ATF_TP_ADD_TC(tp, share_replaced);
	ATF_TP_ADD_TC(tp, list);
	ATF_TP_ADD_TC(tp, session_keys);
	ATF_TP_ADD_TC(tp, watches);
	ATF_TP_ADD_TC(tp, watch_all);
	ATF_TP_ADD_TC(tp, patterns);
	ATF_TP_ADD_TC(tp, hostile_patterns);
	return (atf_no_error());
}
