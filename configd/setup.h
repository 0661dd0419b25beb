/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The machine's names in the store: Setup:/System and
 * Setup:/Network/HostNames.
 */

#ifndef _SETUP_H_
#define	_SETUP_H_

#include <plist/plist.h>

#include "store.h"

/*
 * Publishes the names of the preferences file and, for those it lacks, ones
 * derived from the host name.
 */
void	setup_publish(struct store *);

/*
 * The same as a dictionary from key to value, from the given preferences (or
 * NULL) and host name; the caller frees it.
 */
plist_t	setup_describe(plist_t prefs, const char *hostname);

#endif /* !_SETUP_H_ */
