/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * scutil --dns and --proxy: parts of the store in a form of their own.
 */

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"
#include "scutil.h"
#include "value.h"

#define	KEY_DNS		"State:/Network/Global/DNS"
#define	KEY_GLOBAL_IPV4	"State:/Network/Global/IPv4"
#define	KEY_PROXIES	"State:/Network/Global/Proxies"
#define	PATTERN_IPV4	"State:/Network/Interface/[^/]+/IPv4"

/* Reachability flags, and their texts. */
#define	REACHABLE	0x00000002
#define	REACH_LOCAL	0x00010000
#define	REACH_DIRECT	0x00020000

/* A value of the store, or NULL: to show nothing is no error here. */
static plist_t
show_get(const char *key)
{
	struct scd *store;
	plist_t value;

	value = NULL;
	if (scd_open("scutil", false, &store) != SC_OK)
		return (NULL);
	if (scd_get(store, key, &value) != SC_OK)
		value = NULL;
	scd_close(store);
	return (value);
}

static void
dns_strings(plist_t array, const char *label)
{
	uint32_t count, i;

	if (!PLIST_IS_ARRAY(array))
		return;
	count = plist_array_get_size(array);
	for (i = 0; i < count; i++)
		printf("  %s[%u] : %s\n", label, i,
		    value_string(plist_array_get_item(array, i)));
}

static bool
dns_address(plist_t array, uint32_t index, struct in_addr *address)
{
	const char *text;

	if (!PLIST_IS_ARRAY(array) || index >= plist_array_get_size(array))
		return (false);
	text = value_string(plist_array_get_item(array, index));
	return (text != NULL && inet_pton(AF_INET, text, address) == 1);
}

/* How a server is reached over one interface; 0 if it is not near there. */
static unsigned int
dns_reach_interface(plist_t ipv4, struct in_addr server)
{
	struct in_addr address, mask;
	uint32_t i;

	for (i = 0; dns_address(value_member(ipv4, "Addresses"), i, &address);
	    i++) {
		if (address.s_addr == server.s_addr)
			return (REACHABLE | REACH_LOCAL | REACH_DIRECT);
		if (dns_address(value_member(ipv4, "SubnetMasks"), i, &mask) &&
		    ((address.s_addr ^ server.s_addr) & mask.s_addr) == 0)
			return (REACHABLE | REACH_DIRECT);
	}
	return (0);
}

static unsigned int
dns_reach(plist_t servers, plist_t interfaces, bool routed)
{
	struct strset keys = STRSET_INITIALIZER;
	struct in_addr server;
	unsigned int reach;
	size_t i;

	reach = 0;
	if (dns_address(servers, 0, &server) &&
	    value_keys(interfaces, &keys)) {
		for (i = 0; i < keys.count && reach == 0; i++)
			reach = dns_reach_interface(value_member(interfaces,
			    keys.items[i]), server);
		strset_clear(&keys);
	}
	return (reach == 0 && routed ? REACHABLE : reach);
}

static const char *
dns_reach_text(unsigned int reach)
{
	switch (reach) {
	case 0:
		return ("Not Reachable");
	case REACHABLE:
		return ("Reachable");
	case REACHABLE | REACH_DIRECT:
		return ("Reachable,Directly Reachable Address");
	default:
		return ("Reachable,Local Address,Directly Reachable Address");
	}
}

static void
dns_print(plist_t dns, plist_t ipv4, unsigned int reach)
{
	const char *ifname;

	printf("DNS configuration\n\nresolver #1\n");
	dns_strings(value_member(dns, "SearchDomains"), "search domain");
	dns_strings(value_member(dns, "ServerAddresses"), "nameserver");
	ifname = value_string(value_member(ipv4, "PrimaryInterface"));
	if (ifname != NULL)
		printf("  if_index : %u (%s)\n", if_nametoindex(ifname),
		    ifname);
	printf("  flags    : Request A records\n");
	printf("  reach    : 0x%08x (%s)\n", reach, dns_reach_text(reach));
	printf("\nDNS configuration (for scoped queries)\n");
}

int
show_dns(void)
{
	plist_t dns, interfaces, ipv4;
	struct scd *store;

	dns = show_get(KEY_DNS);
	if (dns == NULL) {
		printf("No DNS configuration available\n");
		return (EXIT_SUCCESS);
	}
	ipv4 = show_get(KEY_GLOBAL_IPV4);
	interfaces = NULL;
	if (scd_open("scutil --dns", false, &store) == SC_OK) {
		(void)scd_get_matching(store, PATTERN_IPV4, &interfaces);
		scd_close(store);
	}
	dns_print(dns, ipv4, dns_reach(value_member(dns, "ServerAddresses"),
	    interfaces, ipv4 != NULL));
	plist_free(interfaces);
	plist_free(ipv4);
	plist_free(dns);
	return (EXIT_SUCCESS);
}

int
show_proxies(void)
{
	plist_t proxies;

	proxies = show_get(KEY_PROXIES);
	if (proxies == NULL) {
		printf("No proxy configuration available\n");
		return (EXIT_SUCCESS);
	}
	describe(stdout, proxies);
	printf("\n");
	plist_free(proxies);
	return (EXIT_SUCCESS);
}
