/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The resolver's configuration file, resolv.conf(5).
 */

#ifndef _RESOLVER_H_
#define	_RESOLVER_H_

#include <plist/plist.h>

#define	RESOLVER_FILE	"/etc/resolv.conf"

/*
 * {ServerAddresses, SearchDomains, DomainName} of the file, as far as it has
 * them; NULL if it names no server or cannot be read.  The caller frees it.
 */
plist_t	resolver_describe(const char *path);

#endif /* !_RESOLVER_H_ */
