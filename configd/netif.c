/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The network, from getifaddrs(3) and the host's own sources (netif_os.h).
 *
 * A publication describes everything into one dictionary from key to value and
 * compares that with what was published before.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "netif.h"
#include "netif_os.h"
#include "publish.h"
#include "resolver.h"
#include "value.h"

#define	KEY_INTERFACES	"State:/Network/Interface"
#define	KEY_GLOBAL_IPV4	"State:/Network/Global/IPv4"
#define	KEY_DNS		"State:/Network/Global/DNS"

/* The dictionary at `key' in `keys', made if there is none. */
static plist_t
netif_entry(plist_t keys, const char *ifname, const char *entity)
{
	char key[128];
	plist_t dict;

	snprintf(key, sizeof(key), "%s/%s/%s", KEY_INTERFACES, ifname, entity);
	dict = plist_dict_get_item(keys, key);
	if (dict == NULL) {
		dict = plist_new_dict();
		plist_dict_set_item(keys, key, dict);
	}
	return (dict);
}

/* Appends to the array `name' of `dict'. */
static void
netif_append(plist_t dict, const char *name, plist_t item)
{
	plist_t array;

	array = plist_dict_get_item(dict, name);
	if (array == NULL) {
		array = plist_new_array();
		plist_dict_set_item(dict, name, array);
	}
	plist_array_append_item(array, item);
}

static void
netif_append_address(plist_t dict, const char *name,
    const struct sockaddr *address)
{
	const struct sockaddr_in *in;
	char text[INET_ADDRSTRLEN];

	if (address == NULL)
		return;
	in = (const struct sockaddr_in *)(const void *)address;
	if (inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text)) != NULL)
		netif_append(dict, name, plist_new_string(text));
}

static void
netif_link(plist_t keys, plist_t interfaces, const struct ifaddrs *entry)
{

	netif_append(interfaces, "Interfaces",
	    plist_new_string(entry->ifa_name));
	plist_dict_set_item(netif_entry(keys, entry->ifa_name, "Link"),
	    "Active", plist_new_bool(netif_os_is_active(entry)));
}

static void
netif_ipv4(plist_t keys, const struct ifaddrs *entry)
{
	plist_t dict;

	dict = netif_entry(keys, entry->ifa_name, "IPv4");
	netif_append_address(dict, "Addresses", entry->ifa_addr);
	netif_append_address(dict, "SubnetMasks", entry->ifa_netmask);
	if ((entry->ifa_flags & IFF_BROADCAST) != 0)
		netif_append_address(dict, "BroadcastAddresses",
		    entry->ifa_broadaddr);
	else if ((entry->ifa_flags & IFF_POINTOPOINT) != 0)
		netif_append_address(dict, "DestAddresses", entry->ifa_dstaddr);
}

static unsigned int
netif_prefix_length(const struct sockaddr *mask)
{
	const struct sockaddr_in6 *in6;
	unsigned int bits, i;

	if (mask == NULL)
		return (128);
	in6 = (const struct sockaddr_in6 *)(const void *)mask;
	bits = 0;
	for (i = 0; i < 128; i++) {
		if ((in6->sin6_addr.s6_addr[i / 8] & (0x80 >> i % 8)) == 0)
			break;
		bits++;
	}
	return (bits);
}

/*
 * Some hosts keep the interface's index inside a link-local address; it is no
 * part of the address.
 */
static struct in6_addr
netif_in6_address(const struct ifaddrs *entry)
{
	const struct sockaddr_in6 *in6;
	struct in6_addr address;

	in6 = (const struct sockaddr_in6 *)(const void *)entry->ifa_addr;
	address = in6->sin6_addr;
	if (IN6_IS_ADDR_LINKLOCAL(&address))
		address.s6_addr[2] = address.s6_addr[3] = 0;
	return (address);
}

static void
netif_ipv6(plist_t keys, const struct ifaddrs *entry)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	plist_t dict;

	address = netif_in6_address(entry);
	if (inet_ntop(AF_INET6, &address, text, sizeof(text)) == NULL)
		return;
	dict = netif_entry(keys, entry->ifa_name, "IPv6");
	netif_append(dict, "Addresses", plist_new_string(text));
	netif_append(dict, "PrefixLength",
	    plist_new_uint(netif_prefix_length(entry->ifa_netmask)));
	netif_append(dict, "Flags",
	    plist_new_uint(netif_os_in6_flags(entry->ifa_name, &address)));
}

static void
netif_global(plist_t keys)
{
	char ifname[IF_NAMESIZE], text[INET_ADDRSTRLEN];
	struct in_addr router;
	plist_t dict;

	if (!netif_os_default_route(ifname, &router))
		return;
	dict = plist_new_dict();
	plist_dict_set_item(dict, "PrimaryInterface", plist_new_string(ifname));
	if (router.s_addr != INADDR_ANY &&
	    inet_ntop(AF_INET, &router, text, sizeof(text)) != NULL)
		plist_dict_set_item(dict, "Router", plist_new_string(text));
	plist_dict_set_item(keys, KEY_GLOBAL_IPV4, dict);
}

plist_t
netif_describe(void)
{
	struct ifaddrs *entries, *entry;
	plist_t interfaces, keys;

	if (getifaddrs(&entries) != 0)
		return (NULL);
	keys = plist_new_dict();
	interfaces = plist_new_dict();
	plist_dict_set_item(interfaces, "Interfaces", plist_new_array());
	plist_dict_set_item(keys, KEY_INTERFACES, interfaces);
	for (entry = entries; entry != NULL; entry = entry->ifa_next) {
		if (netif_os_is_link(entry))
			netif_link(keys, interfaces, entry);
		else if (entry->ifa_addr == NULL)
			continue;
		else if (entry->ifa_addr->sa_family == AF_INET)
			netif_ipv4(keys, entry);
		else if (entry->ifa_addr->sa_family == AF_INET6)
			netif_ipv6(keys, entry);
	}
	freeifaddrs(entries);
	netif_global(keys);
	return (keys);
}

void
netif_publish(struct store *store)
{
	static struct strset published;
	plist_t dns, keys;

	keys = netif_describe();
	if (keys == NULL) {
		log_error("cannot read the network interfaces: %s",
		    strerror(errno));
		return;
	}
	dns = resolver_describe(RESOLVER_FILE);
	if (dns != NULL)
		plist_dict_set_item(keys, KEY_DNS, dns);
	publish_keys(store, keys, &published);
	plist_free(keys);
}
