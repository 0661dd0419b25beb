/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The preferences file: the machine's names as its administrator set them.
 */

#ifndef _PREFS_H_
#define	_PREFS_H_

#include <plist/plist.h>

#define	PREFS_PATH	\
	"/Library/Preferences/SystemConfiguration/preferences.plist"
/* Environment variable with another path, for netconfigd and scutil. */
#define	PREFS_PATH_ENV	"SCPREFERENCES"

/* The names this file and the store know. */
enum prefs_name {
	PREFS_COMPUTER_NAME,
	PREFS_HOST_NAME,
	PREFS_LOCAL_HOST_NAME,
	PREFS_NAMES
};

/* The path in use; static storage or the environment's. */
const char	*prefs_path(void);

/* "ComputerName" and so on, and the inverse: -1 for none. */
const char	*prefs_name_string(enum prefs_name);
int		 prefs_name_find(const char *);
/* The key in the store whose dictionary carries the name. */
const char	*prefs_name_key(enum prefs_name);

/*
 * Reads a file; an absent one is an empty dictionary.  Otherwise NULL and
 * errno, EINVAL when it is no property list.  The caller frees it.
 */
plist_t	prefs_read(const char *path);
/* Writes all of prefs_path(), atomically and durably: 0, or -1 with errno. */
int	prefs_write(plist_t);
/*
 * Keeps other writers out from before prefs_read() until after prefs_write():
 * a descriptor to close(2), or -1 with errno.
 */
int	prefs_lock(void);

/* A name in the file, borrowed, or NULL; to set one, NULL removes it. */
const char	*prefs_get(plist_t prefs, enum prefs_name);
void		 prefs_set(plist_t prefs, enum prefs_name, const char *value);

/* Any member by path of dictionary names from the top, borrowed, or NULL. */
plist_t		 prefs_lookup(plist_t prefs, const char *path);

#endif /* !_PREFS_H_ */
