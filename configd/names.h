/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The machine's names as the store has them: Setup:/System and
 * Setup:/Network/HostNames.
 */

#ifndef _NAMES_H_
#define	_NAMES_H_

#include <plist/plist.h>

/*
 * A dictionary from key to value with the names of the preferences (or NULL)
 * and, for those they lack, ones derived from the host name; the caller frees
 * it.
 */
plist_t	names_describe(plist_t prefs, const char *hostname);

#define	NAMES_HOSTNAME_MAX	256

/* gethostname(3), always terminated; empty if it fails. */
void	names_hostname(char hostname[NAMES_HOSTNAME_MAX]);

#endif /* !_NAMES_H_ */
