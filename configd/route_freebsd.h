/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages of route(4), as a socket or sysctl(3) gives them.  Lengths in them
 * are believed as far as the buffer goes.
 */

#ifndef _ROUTE_FREEBSD_H_
#define	_ROUTE_FREEBSD_H_

#include <sys/types.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether a message tells of a change of interfaces, addresses or routes. */
bool	route_is_change(const void *message, size_t length);

/*
 * Finds the IPv4 default route in a table: the index of its interface and its
 * router.  False if there is none.
 */
bool	route_find_default(const void *table, size_t length,
	    unsigned int *index, struct in_addr *router);

#endif /* !_ROUTE_FREEBSD_H_ */
