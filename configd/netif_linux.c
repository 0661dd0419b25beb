/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The network of a Linux host: rtnetlink(7) for changes, /proc/net for routes
 * and the flags of IPv6 addresses.
 */

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <arpa/inet.h>
#include <net/route.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "netif_os.h"

int
netif_os_monitor_open(void)
{
	struct sockaddr_nl address;
	int error, fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd == -1)
		return (-1);
	memset(&address, 0, sizeof(address));
	address.nl_family = AF_NETLINK;
	address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
	    RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	return (fd);
}

/* ENOBUFS says that messages were lost: something changed. */
int
netif_os_monitor_wait(int fd)
{
	char buffer[8192];
	ssize_t length;

	do {
		length = recv(fd, buffer, sizeof(buffer), 0);
	} while (length == -1 && errno == EINTR);
	return (length >= 0 || errno == ENOBUFS ? 0 : -1);
}

bool
netif_os_is_link(const struct ifaddrs *entry)
{

	return (entry->ifa_addr == NULL ||
	    entry->ifa_addr->sa_family == AF_PACKET);
}

bool
netif_os_is_active(const struct ifaddrs *entry)
{

	return ((entry->ifa_flags & (IFF_UP | IFF_RUNNING)) ==
	    (IFF_UP | IFF_RUNNING));
}

static const struct {
	unsigned int	host;	/* IFA_F_* */
	uint32_t	flag;	/* IN6_IFF_* */
} in6_flags[] = {
	{ 0x40, 0x0002 },	/* tentative */
	{ 0x08, 0x0004 },	/* duplicated */
	{ 0x20, 0x0010 },	/* deprecated */
	{ 0x01, 0x0080 },	/* temporary */
};

static uint32_t
in6_flags_translate(unsigned int host)
{
	uint32_t flags;
	size_t i;

	flags = 0;
	for (i = 0; i < sizeof(in6_flags) / sizeof(in6_flags[0]); i++) {
		if ((host & in6_flags[i].host) != 0)
			flags |= in6_flags[i].flag;
	}
	return (flags);
}

uint32_t
netif_os_in6_flags(const char *ifname, const struct in6_addr *address)
{
	char line[256], hex[33], name[IF_NAMESIZE], wanted[33];
	unsigned int flags;
	uint32_t result;
	FILE *fp;
	int i;

	for (i = 0; i < 16; i++)
		snprintf(wanted + 2 * i, 3, "%02x", address->s6_addr[i]);
	fp = fopen("/proc/net/if_inet6", "re");
	if (fp == NULL)
		return (0);
	result = 0;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (sscanf(line, "%32s %*x %*x %*x %x %15s", hex, &flags,
		    name) == 3 && strcmp(hex, wanted) == 0 &&
		    strcmp(name, ifname) == 0)
			result = in6_flags_translate(flags);
	}
	fclose(fp);
	return (result);
}

/* The table holds addresses in network order, printed as host integers. */
bool
netif_os_default_route(char ifname[IF_NAMESIZE], struct in_addr *router)
{
	char line[512], name[IF_NAMESIZE];
	unsigned int destination, gateway, flags, mask, metric, best;
	bool found;
	FILE *fp;

	fp = fopen("/proc/net/route", "re");
	if (fp == NULL)
		return (false);
	found = false;
	best = 0;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (sscanf(line, "%15s %x %x %x %*u %*u %u %x", name,
		    &destination, &gateway, &flags, &metric, &mask) != 6)
			continue;
		if (destination != 0 || mask != 0 || (flags & RTF_UP) == 0 ||
		    (found && metric >= best))
			continue;
		found = true;
		best = metric;
		snprintf(ifname, IF_NAMESIZE, "%s", name);
		router->s_addr = gateway;
	}
	fclose(fp);
	return (found);
}
