/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What netconfigd publishes about this machine's network.
 */

#ifndef _NETIF_H_
#define	_NETIF_H_

#include <plist/plist.h>

#include "store.h"

/*
 * Brings the keys this file is responsible for in line with the machine:
 * State:/Network/Interface, .../<if>/Link, .../<if>/IPv4, .../<if>/IPv6,
 * State:/Network/Global/IPv4 and State:/Network/Global/DNS.  Only what differs
 * is changed, so that a watcher is told of changes only.
 */
void	netif_publish(struct store *);

/*
 * The machine's interfaces and addresses as a dictionary from key to value;
 * the caller frees it.  NULL when the host cannot tell.
 */
plist_t	netif_describe(void);

#endif /* !_NETIF_H_ */
