/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The dynamic store: keys with opaque values, and clients that watch them.
 * Nothing here knows of Mach; one thread uses it.
 *
 * A change is recorded when it is made and told to the watchers by
 * store_push(), which the server calls after every event, so that a request
 * that changes many keys is one notification.
 */

#ifndef _STORE_H_
#define	_STORE_H_

#include <sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sc_status.h"
#include "strset.h"

/* Limits.  A request that would exceed one fails with SC_FAILED. */
#define	STORE_KEY_MAX		1024		/* bytes of a key */
#define	STORE_VALUE_MAX		(16U << 20)	/* bytes of a value */
#define	STORE_BYTES_MAX		(64U << 20)	/* bytes of all values */
#define	STORE_KEYS_MAX		65536		/* keys */
#define	STORE_WATCHES_MAX	4096		/* keys one client watches */
#define	STORE_PATTERNS_MAX	128		/* patterns of one client */
#define	STORE_CHANGES_MAX	65536		/* not collected, one client */
#define	STORE_SHARE_MAX		(16U << 20)	/* bytes of all that share */

struct pattern;
struct store;

/* What clients hold together, such as all of a user's. */
struct store_share {
	size_t	bytes;
};

struct store_client {
	LIST_ENTRY(store_client) link;
	uint32_t	 id;		/* not 0; unique among clients */
	bool		 session_keys;	/* what it sets dies with it */
	bool		 pending;	/* changes to be announced */
	size_t		 owned;		/* keys that die with it */
	struct strset	 keys;		/* keys watched */
	struct pattern	**patterns;	/* patterns watched */
	size_t		 npatterns;
	struct strset	 changed;	/* since the last collection */
	struct store_share *share;	/* NULL: without limit */
	size_t		 pattern_bytes;
	size_t		 charged;	/* of the share */
};

struct store	*store_new(void);
/* The clients must have been removed. */
void		 store_free(struct store *);

/*
 * The caller owns the client's memory and has set its id, and its share, which
 * outlives it.
 */
void	store_client_add(struct store *, struct store_client *);
/* Drops the client's watches and the keys that die with it. */
void	store_client_remove(struct store *, struct store_client *);
struct store_client *store_first_client(const struct store *);

/*
 * Changes.  `client' is the session that asks, or NULL; `data' is copied.
 * add: SC_KEY_EXISTS when the key has a value.  set: SC_KEY_EXISTS when a
 * client with session keys does not own the key's value.  A set always counts
 * as a change, also to the same value.
 */
enum sc_status	store_add(struct store *, struct store_client *client,
		    const char *key, const void *data, size_t size);
enum sc_status	store_add_session(struct store *, struct store_client *client,
		    const char *key, const void *data, size_t size);
enum sc_status	store_set(struct store *, struct store_client *client,
		    const char *key, const void *data, size_t size);
enum sc_status	store_remove(struct store *, const char *key);
/* Tells the watchers of a key, which need not exist, and changes nothing. */
enum sc_status	store_notify(struct store *, const char *key);

/* The value, borrowed until the next change. */
enum sc_status	store_get(const struct store *, const char *key,
		    const void **data, size_t *size);
/*
 * Keys with the prefix `pattern', or matching it if `regex'.  A bad pattern is
 * SC_FAILED.  The caller clears the set.
 */
enum sc_status	store_list(const struct store *, const char *pattern,
		    bool regex, struct strset *);

/* Watches: SC_KEY_EXISTS, SC_NO_KEY, SC_INVALID_ARGUMENT for a bad pattern. */
enum sc_status	store_watch(struct store_client *, const char *key,
		    bool regex);
enum sc_status	store_unwatch(struct store_client *, const char *key,
		    bool regex);
/* Replaces all watches; changes nothing if it fails. */
enum sc_status	store_watch_all(struct store_client *,
		    const struct strset *keys, const struct strset *patterns);

/* Forgets the changes a client has collected. */
void	store_collected(struct store_client *);

/* Moves recorded changes to the clients that watch them. */
void	store_push(struct store *);

#endif /* !_STORE_H_ */
