/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A client of the dynamic store.
 *
 * Every call returns SC_OK, a store status (sc_status.h), a bootstrap error or
 * a Mach error; scd_error_string() has the text of any of them.  A session
 * whose server has died is opened again by the next call, with the same options
 * and watches, and the call is made again; its session keys are gone.
 *
 * A session may be used by several threads.
 */

#ifndef _SCD_H_
#define	_SCD_H_

#include <stdbool.h>
#include <stddef.h>

#include <plist/plist.h>

#include "sc_status.h"
#include "strset.h"

struct scd;

/* What scd_notifier_wait() waited for. */
enum scd_wait {
	SCD_WAIT_CHANGED,	/* scd_changes() will have something */
	SCD_WAIT_RECONNECTED,	/* the server was restarted */
	SCD_WAIT_TIMED_OUT,
	SCD_WAIT_ENDED,		/* the notifier was stopped */
	SCD_WAIT_LOST		/* the server is gone and did not come back */
};

/* Static or per-thread storage. */
const char	*scd_error_string(int error);

/*
 * Opens a session with the server of CONFIG_SERVICE_ENV or
 * CONFIG_SERVICE_NAME, which must run as root.  With `session_keys', keys set
 * by it exist as long as it does.  SC_NO_STORE_SERVER if there is no server.
 */
int	scd_open(const char *name, bool session_keys, struct scd **);
/* No thread may be using the session, nor waiting for its notifier. */
void	scd_close(struct scd *);

/* Keys that match a pattern; the caller clears the set. */
int	scd_list(struct scd *, const char *pattern, struct strset *keys);
/* The value of a key, which the caller frees with plist_free(). */
int	scd_get(struct scd *, const char *key, plist_t *value);
/*
 * The values of all keys that match a pattern, as a dictionary which the caller
 * frees.
 */
int	scd_get_matching(struct scd *, const char *pattern, plist_t *values);
int	scd_add(struct scd *, const char *key, plist_t value);
/* The key dies with the session. */
int	scd_add_session(struct scd *, const char *key, plist_t value);
int	scd_set(struct scd *, const char *key, plist_t value);
int	scd_remove(struct scd *, const char *key);
int	scd_notify(struct scd *, const char *key);
/*
 * Sets the keys of the dictionary `set', removes and notifies those of the
 * other two, and tells watchers once.
 */
int	scd_set_many(struct scd *, plist_t set, const struct strset *remove,
	    const struct strset *notify);

/* Replaces the session's watches; both sets are copied. */
int	scd_watch(struct scd *, const struct strset *keys,
	    const struct strset *patterns);
/* The watched keys that changed since the last call; caller clears the set. */
int	scd_changes(struct scd *, struct strset *keys);

/*
 * Notification of changes to one thread that waits.  SC_NOTIFIER_ACTIVE if it
 * was started before.  The time-out is in milliseconds; -1 is none.
 */
int		scd_notifier_start(struct scd *);
enum scd_wait	scd_notifier_wait(struct scd *, int timeout);
int		scd_notifier_stop(struct scd *);

#endif /* !_SCD_H_ */
