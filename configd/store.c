/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The dynamic store.
 *
 * Keys are a sorted array, so that a list is in order and a prefix is a range.
 * Watches belong to the clients and are looked up from a changed key when
 * changes are pushed: changes are few, and a watcher of a key that does not
 * exist yet needs nothing special.
 */

#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "store.h"
#include "text.h"

struct store_key {
	char		*name;
	void		*data;
	size_t		 size;
	uint32_t	 owner;		/* client it dies with, or 0 */
};

LIST_HEAD(store_clients, store_client);

struct store {
	struct store_key	**keys;
	size_t			  count;
	size_t			  room;
	size_t			  bytes;
	struct strset		  changed;	/* since the last push */
	struct store_clients	  clients;
};

struct store *
store_new(void)
{
	struct store *store;

	store = calloc(1, sizeof(*store));
	if (store != NULL)
		LIST_INIT(&store->clients);
	return (store);
}

static void
store_key_free(struct store_key *key)
{

	free(key->name);
	free(key->data);
	free(key);
}

void
store_free(struct store *store)
{
	size_t i;

	for (i = 0; i < store->count; i++)
		store_key_free(store->keys[i]);
	free(store->keys);
	strset_clear(&store->changed);
	free(store);
}

/* Index of the first key not less than `name'. */
static size_t
store_lower_bound(const struct store *store, const char *name)
{
	size_t low, high, middle;

	low = 0;
	high = store->count;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(store->keys[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return (low);
}

static struct store_key *
store_find(const struct store *store, const char *name)
{
	size_t index;

	index = store_lower_bound(store, name);
	if (index < store->count &&
	    strcmp(store->keys[index]->name, name) == 0)
		return (store->keys[index]);
	return (NULL);
}

static struct store_client *
store_client_find(const struct store *store, uint32_t id)
{
	struct store_client *client;

	LIST_FOREACH(client, &store->clients, link) {
		if (client->id == id)
			break;
	}
	return (client);
}

/* Makes `id' (0: nobody) the client the key dies with. */
static void
store_key_own(struct store *store, struct store_key *key, uint32_t id)
{
	struct store_client *client;

	if (key->owner == id)
		return;
	client = store_client_find(store, key->owner);
	if (client != NULL)
		client->owned--;
	client = store_client_find(store, id);
	if (client != NULL)
		client->owned++;
	key->owner = id;
}

static enum sc_status
store_key_insert(struct store *store, const char *name, struct store_key **out)
{
	struct store_key *key, **keys;
	size_t index, room;

	if (store->count == STORE_KEYS_MAX)
		return (SC_FAILED);
	if (store->count == store->room) {
		room = store->room == 0 ? 64 : store->room * 2;
		keys = realloc(store->keys, room * sizeof(struct store_key *));
		if (keys == NULL)
			return (SC_FAILED);
		store->keys = keys;
		store->room = room;
	}
	key = calloc(1, sizeof(*key));
	if (key == NULL || (key->name = strdup(name)) == NULL) {
		free(key);
		return (SC_FAILED);
	}
	index = store_lower_bound(store, name);
	memmove(&store->keys[index + 1], &store->keys[index],
	    (store->count - index) * sizeof(struct store_key *));
	store->keys[index] = key;
	store->count++;
	*out = key;
	return (SC_OK);
}

static void
store_key_delete(struct store *store, struct store_key *key)
{
	size_t index;

	store_key_own(store, key, 0);
	index = store_lower_bound(store, key->name);
	store->count--;
	memmove(&store->keys[index], &store->keys[index + 1],
	    (store->count - index) * sizeof(struct store_key *));
	store->bytes -= key->size;
	store_key_free(key);
}

static enum sc_status
store_key_check(const char *name)
{
	size_t length;

	length = strlen(name);
	if (length == 0 || length > STORE_KEY_MAX)
		return (SC_INVALID_ARGUMENT);
	return (text_is_valid(name, length) ? SC_OK : SC_INVALID_ARGUMENT);
}

/* Give `name', whose key is `key' or does not exist, a value and an owner. */
static enum sc_status
store_assign(struct store *store, struct store_key *key, const char *name,
    const void *data, size_t size, uint32_t owner)
{
	enum sc_status status;
	size_t old;
	void *copy;

	old = key == NULL ? 0 : key->size;
	if (size > STORE_VALUE_MAX || store->bytes - old + size >
	    STORE_BYTES_MAX)
		return (SC_FAILED);
	copy = malloc(size == 0 ? 1 : size);
	if (copy == NULL)
		return (SC_FAILED);
	if (strset_add(&store->changed, name) < 0) {
		free(copy);
		return (SC_FAILED);
	}
	if (key == NULL) {
		status = store_key_insert(store, name, &key);
		if (status != SC_OK) {
			free(copy);
			return (status);
		}
	}
	if (size != 0)
		memcpy(copy, data, size);
	free(key->data);
	key->data = copy;
	key->size = size;
	store->bytes = store->bytes - old + size;
	store_key_own(store, key, owner);
	return (SC_OK);
}

enum sc_status
store_add_session(struct store *store, struct store_client *client,
    const char *name, const void *data, size_t size)
{
	enum sc_status status;

	status = store_key_check(name);
	if (status != SC_OK)
		return (status);
	if (store_find(store, name) != NULL)
		return (SC_KEY_EXISTS);
	return (store_assign(store, NULL, name, data, size, client->id));
}

enum sc_status
store_add(struct store *store, struct store_client *client, const char *name,
    const void *data, size_t size)
{

	if (store_find(store, name) != NULL)
		return (SC_KEY_EXISTS);
	return (store_set(store, client, name, data, size));
}

/*
 * A client with session keys takes no key from anybody: were it to overwrite
 * a lasting key, that key would vanish with the client.
 */
enum sc_status
store_set(struct store *store, struct store_client *client, const char *name,
    const void *data, size_t size)
{
	struct store_key *key;
	enum sc_status status;
	uint32_t owner;

	status = store_key_check(name);
	if (status != SC_OK)
		return (status);
	key = store_find(store, name);
	owner = 0;
	if (client != NULL && client->session_keys) {
		owner = client->id;
		if (key != NULL && key->owner != owner)
			return (SC_KEY_EXISTS);
	} else if (client != NULL && key != NULL && key->owner == client->id)
		owner = client->id;
	return (store_assign(store, key, name, data, size, owner));
}

enum sc_status
store_remove(struct store *store, const char *name)
{
	struct store_key *key;

	key = store_find(store, name);
	if (key == NULL)
		return (SC_NO_KEY);
	if (strset_add(&store->changed, name) < 0)
		return (SC_FAILED);
	store_key_delete(store, key);
	return (SC_OK);
}

enum sc_status
store_notify(struct store *store, const char *name)
{
	enum sc_status status;

	status = store_key_check(name);
	if (status != SC_OK)
		return (status);
	return (strset_add(&store->changed, name) < 0 ? SC_FAILED : SC_OK);
}

enum sc_status
store_get(const struct store *store, const char *name, const void **data,
    size_t *size)
{
	const struct store_key *key;

	key = store_find(store, name);
	if (key == NULL)
		return (SC_NO_KEY);
	*data = key->data;
	*size = key->size;
	return (SC_OK);
}

static enum sc_status
store_list_prefix(const struct store *store, const char *prefix,
    struct strset *found)
{
	size_t i, length;

	length = strlen(prefix);
	for (i = store_lower_bound(store, prefix); i < store->count; i++) {
		if (strncmp(store->keys[i]->name, prefix, length) != 0)
			break;
		if (strset_add(found, store->keys[i]->name) < 0)
			return (SC_FAILED);
	}
	return (SC_OK);
}

enum sc_status
store_list(const struct store *store, const char *text, bool regex,
    struct strset *found)
{
	struct pattern *pattern;
	enum sc_status status;
	size_t i;

	if (!regex)
		return (store_list_prefix(store, text, found));
	pattern = pattern_compile(text);
	if (pattern == NULL)
		return (SC_FAILED);
	status = SC_OK;
	for (i = 0; i < store->count && status == SC_OK; i++) {
		if (pattern_matches(pattern, store->keys[i]->name) &&
		    strset_add(found, store->keys[i]->name) < 0)
			status = SC_FAILED;
	}
	pattern_free(pattern);
	return (status);
}

/*
 * Clients and their watches.
 */

void
store_client_add(struct store *store, struct store_client *client)
{

	LIST_INSERT_HEAD(&store->clients, client, link);
}

struct store_client *
store_first_client(const struct store *store)
{

	return (LIST_FIRST(&store->clients));
}

/* The least that regcomp(3) makes of a pattern, about. */
#define	STORE_PATTERN_COST	1024
#define	STORE_PATTERN_BYTE_COST	128

static size_t
store_pattern_cost(const char *text)
{

	return (STORE_PATTERN_COST + STORE_PATTERN_BYTE_COST * strlen(text));
}

static size_t
store_client_bytes(const struct store_client *client)
{

	return (client->keys.bytes + client->changed.bytes +
	    client->pattern_bytes);
}

/* Brings what the share was charged up to date. */
static void
store_client_settle(struct store_client *client)
{
	size_t bytes;

	if (client->share == NULL)
		return;
	bytes = store_client_bytes(client);
	client->share->bytes += bytes - client->charged;
	client->charged = bytes;
}

/* Whether the share bears what a client is about to hold more. */
static bool
store_client_may_hold(const struct store_client *client, size_t more)
{
	size_t others;

	if (client->share == NULL)
		return (true);
	others = client->share->bytes - client->charged;
	return (others + store_client_bytes(client) + more <=
	    STORE_SHARE_MAX);
}

static void
store_client_unwatch(struct store_client *client)
{
	size_t i;

	for (i = 0; i < client->npatterns; i++)
		pattern_free(client->patterns[i]);
	free(client->patterns);
	client->patterns = NULL;
	client->npatterns = 0;
	client->pattern_bytes = 0;
	strset_clear(&client->keys);
}

/*
 * The keys are gone whether or not there is memory to tell their watchers.
 */
static void
store_client_remove_keys(struct store *store, struct store_client *client)
{
	struct store_key *key;
	size_t i;

	for (i = store->count; i > 0 && client->owned > 0; i--) {
		key = store->keys[i - 1];
		if (key->owner != client->id)
			continue;
		(void)strset_add(&store->changed, key->name);
		store_key_delete(store, key);
	}
}

void
store_client_remove(struct store *store, struct store_client *client)
{

	store_client_unwatch(client);
	store_client_remove_keys(store, client);
	store_collected(client);
	LIST_REMOVE(client, link);
}

static size_t
store_pattern_index(const struct store_client *client, const char *text)
{
	size_t i;

	for (i = 0; i < client->npatterns; i++) {
		if (strcmp(pattern_source(client->patterns[i]), text) == 0)
			break;
	}
	return (i);
}

static enum sc_status
store_watch_pattern(struct store_client *client, const char *text)
{
	struct pattern *pattern, **patterns;

	if (store_pattern_index(client, text) < client->npatterns)
		return (SC_KEY_EXISTS);
	if (client->npatterns == STORE_PATTERNS_MAX ||
	    !store_client_may_hold(client, store_pattern_cost(text)))
		return (SC_FAILED);
	pattern = pattern_compile(text);
	if (pattern == NULL)
		return (SC_INVALID_ARGUMENT);
	patterns = realloc(client->patterns,
	    (client->npatterns + 1) * sizeof(struct pattern *));
	if (patterns == NULL) {
		pattern_free(pattern);
		return (SC_FAILED);
	}
	client->patterns = patterns;
	client->patterns[client->npatterns++] = pattern;
	client->pattern_bytes += store_pattern_cost(text);
	return (SC_OK);
}

static enum sc_status
store_watch_key(struct store_client *client, const char *name)
{
	enum sc_status status;

	status = store_key_check(name);
	if (status != SC_OK)
		return (status);
	if (strset_contains(&client->keys, name))
		return (SC_KEY_EXISTS);
	if (client->keys.count == STORE_WATCHES_MAX ||
	    !store_client_may_hold(client, strset_cost(name)) ||
	    strset_add(&client->keys, name) < 0)
		return (SC_FAILED);
	return (SC_OK);
}

enum sc_status
store_watch(struct store_client *client, const char *name, bool regex)
{
	enum sc_status status;

	status = regex ? store_watch_pattern(client, name) :
	    store_watch_key(client, name);
	store_client_settle(client);
	return (status);
}

static bool
store_unwatch_pattern(struct store_client *client, const char *text)
{
	size_t index;

	index = store_pattern_index(client, text);
	if (index == client->npatterns)
		return (false);
	pattern_free(client->patterns[index]);
	client->pattern_bytes -= store_pattern_cost(text);
	client->npatterns--;
	memmove(&client->patterns[index], &client->patterns[index + 1],
	    (client->npatterns - index) * sizeof(struct pattern *));
	return (true);
}

enum sc_status
store_unwatch(struct store_client *client, const char *name, bool regex)
{
	bool found;

	found = regex ? store_unwatch_pattern(client, name) :
	    strset_remove(&client->keys, name);
	store_client_settle(client);
	return (found ? SC_OK : SC_NO_KEY);
}

static enum sc_status
store_watch_set(struct store_client *client, const struct strset *set,
    bool regex)
{
	enum sc_status status;
	size_t i;

	status = SC_OK;
	for (i = 0; i < set->count && status == SC_OK; i++)
		status = regex ? store_watch_pattern(client, set->items[i]) :
		    store_watch_key(client, set->items[i]);
	return (status);
}

enum sc_status
store_watch_all(struct store_client *client, const struct strset *keys,
    const struct strset *patterns)
{
	struct store_client fresh;
	enum sc_status status;

	/* It takes the place of the client, and is charged as that was. */
	memset(&fresh, 0, sizeof(fresh));
	fresh.share = client->share;
	fresh.charged = client->charged;
	fresh.changed.bytes = client->changed.bytes;
	status = store_watch_set(&fresh, keys, false);
	if (status == SC_OK)
		status = store_watch_set(&fresh, patterns, true);
	if (status != SC_OK) {
		store_client_unwatch(&fresh);
		return (status);
	}
	store_client_unwatch(client);
	client->keys = fresh.keys;
	client->patterns = fresh.patterns;
	client->npatterns = fresh.npatterns;
	client->pattern_bytes = fresh.pattern_bytes;
	store_client_settle(client);
	return (SC_OK);
}

static bool
store_client_watches(const struct store_client *client, const char *name)
{
	size_t i;

	if (strset_contains(&client->keys, name))
		return (true);
	for (i = 0; i < client->npatterns; i++) {
		if (pattern_matches(client->patterns[i], name))
			return (true);
	}
	return (false);
}

void
store_collected(struct store_client *client)
{

	strset_clear(&client->changed);
	store_client_settle(client);
}

/*
 * A client that does not collect its changes is still woken when the list of
 * them or its share is full, or memory is short; it then finds the later names
 * missing.
 */
static void
store_push_key(struct store *store, const char *name)
{
	struct store_client *client;

	LIST_FOREACH(client, &store->clients, link) {
		if (!store_client_watches(client, name))
			continue;
		client->pending = true;
		if (client->changed.count < STORE_CHANGES_MAX &&
		    store_client_may_hold(client, strset_cost(name)))
			(void)strset_add(&client->changed, name);
		store_client_settle(client);
	}
}

void
store_push(struct store *store)
{
	size_t i;

	for (i = 0; i < store->changed.count; i++)
		store_push_key(store, store->changed.items[i]);
	strset_clear(&store->changed);
}
