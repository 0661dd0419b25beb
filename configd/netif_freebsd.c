/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The network of a FreeBSD host: route(4) for changes and the default route,
 * the interface's data for its link state.
 */

#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <net/if.h>
#include <net/if_dl.h>
#include <net/if_types.h>
#include <net/route.h>
#include <netinet/in.h>
#include <netinet6/in6_var.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netif_os.h"
#include "route_freebsd.h"

int
netif_os_monitor_open(void)
{

	return (socket(PF_ROUTE, SOCK_RAW | SOCK_CLOEXEC, 0));
}

/*
 * Much of what the socket tells is no change: routes that were looked for in
 * vain, say, which any user can cause.  ENOBUFS says that messages were lost,
 * and that there was a change is as likely as not.
 */
int
netif_os_monitor_wait(int fd)
{
	char buffer[2048];
	ssize_t length;

	for (;;) {
		length = read(fd, buffer, sizeof(buffer));
		if (length > 0 && route_is_change(buffer, (size_t)length))
			return (0);
		if (length == -1 && errno == ENOBUFS)
			return (0);
		if (length == 0 || (length == -1 && errno != EINTR))
			return (-1);
	}
}

bool
netif_os_is_link(const struct ifaddrs *entry)
{

	return (entry->ifa_addr != NULL &&
	    entry->ifa_addr->sa_family == AF_LINK);
}

/* An interface without a carrier to lose is active while it runs. */
bool
netif_os_is_active(const struct ifaddrs *entry)
{
	const struct if_data *data;

	if ((entry->ifa_flags & IFF_UP) == 0)
		return (false);
	data = entry->ifa_data;
	if (data == NULL || data->ifi_link_state == LINK_STATE_UNKNOWN)
		return ((entry->ifa_flags & IFF_DRV_RUNNING) != 0);
	return (data->ifi_link_state == LINK_STATE_UP);
}

uint32_t
netif_os_in6_flags(const char *ifname, const struct in6_addr *address)
{
	struct in6_ifreq request;
	uint32_t flags;
	int fd;

	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (0);
	memset(&request, 0, sizeof(request));
	strlcpy(request.ifr_name, ifname, sizeof(request.ifr_name));
	request.ifr_addr.sin6_family = AF_INET6;
	request.ifr_addr.sin6_len = sizeof(request.ifr_addr);
	request.ifr_addr.sin6_addr = *address;
	flags = 0;
	if (ioctl(fd, SIOCGIFAFLAG_IN6, &request) == 0)
		flags = (uint32_t)request.ifr_ifru.ifru_flags6;
	close(fd);
	return (flags);
}

/* How often to try for a table that grows meanwhile. */
#define	DUMP_TRIES	4

static char *
route_dump(size_t *length)
{
	int mib[6] = { CTL_NET, PF_ROUTE, 0, AF_INET, NET_RT_FLAGS,
	    RTF_GATEWAY };
	char *table;
	int i;

	for (i = 0; i < DUMP_TRIES; i++) {
		if (sysctl(mib, 6, NULL, length, NULL, 0) != 0)
			return (NULL);
		*length += *length / 4;
		table = malloc(*length);
		if (table == NULL)
			return (NULL);
		if (sysctl(mib, 6, table, length, NULL, 0) == 0)
			return (table);
		free(table);
		if (errno != ENOMEM)
			return (NULL);
	}
	return (NULL);
}

bool
netif_os_default_route(char ifname[IF_NAMESIZE], struct in_addr *router)
{
	unsigned int index;
	char *table;
	size_t length;
	bool found;

	table = route_dump(&length);
	if (table == NULL)
		return (false);
	found = route_find_default(table, length, &index, router) &&
	    if_indextoname(index, ifname) != NULL;
	free(table);
	return (found);
}
