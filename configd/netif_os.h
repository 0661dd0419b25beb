/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What differs between hosts about their network: one implementation per host,
 * netif_linux.c and netif_freebsd.c.
 */

#ifndef _NETIF_OS_H_
#define	_NETIF_OS_H_

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* A socket that becomes readable at changes, or -1 with errno. */
int	netif_os_monitor_open(void);
/* Waits for a change: 0, or -1 with errno when the socket failed. */
int	netif_os_monitor_wait(int fd);

/* True if the entry is an interface's link-level one. */
bool	netif_os_is_link(const struct ifaddrs *);
/* True if the interface of that link-level entry has a carrier. */
bool	netif_os_is_active(const struct ifaddrs *);
/* IN6_IFF_ flags as Darwin and FreeBSD number them. */
uint32_t netif_os_in6_flags(const char *ifname, const struct in6_addr *);
/* The IPv4 default route: its interface and router; false if there is none. */
bool	netif_os_default_route(char ifname[IF_NAMESIZE], struct in_addr *);

#endif /* !_NETIF_OS_H_ */
