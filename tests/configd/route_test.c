/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages of route(4), right and wrong.  Each table ends where a page does
 * that cannot be read, so that reading beyond it is a crash.
 */

#include <sys/param.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "route_freebsd.h"

#define	TABLE_MAX	4096u

static u_char table[TABLE_MAX];
static size_t used;

/* The table, or its beginning, just before a page that faults. */
static const u_char *
guarded(size_t length)
{
	static u_char *pages;
	size_t page;

	page = (size_t)getpagesize();
	if (pages == NULL) {
		pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0);
		ATF_REQUIRE(pages != MAP_FAILED);
		ATF_REQUIRE_EQ(0, mprotect(pages + page, page, PROT_NONE));
	}
	ATF_REQUIRE(length <= page);
	memcpy(pages + page - length, table, length);
	return (pages + page - length);
}

static void
add_address(int family, uint32_t address)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_len = sizeof(sin);
	sin.sin_family = (sa_family_t)family;
	sin.sin_addr.s_addr = htonl(address);
	memcpy(table + used, &sin, sizeof(sin));
	used += sizeof(sin);
}

/* Adds a route; returns where it begins. */
static size_t
add_route(uint32_t to, uint32_t mask, int via_family, uint32_t via, int flags,
    u_short index)
{
	struct rt_msghdr head;
	size_t start;

	start = used;
	used += sizeof(head);
	add_address(AF_INET, to);
	add_address(via_family, via);
	add_address(AF_INET, mask);
	memset(&head, 0, sizeof(head));
	head.rtm_msglen = (u_short)(used - start);
	head.rtm_version = RTM_VERSION;
	head.rtm_type = RTM_GET;
	head.rtm_index = index;
	head.rtm_flags = flags;
	head.rtm_addrs = RTA_DST | RTA_GATEWAY | RTA_NETMASK;
	memcpy(table + start, &head, sizeof(head));
	return (start);
}

static bool
find(size_t length, unsigned int *index, struct in_addr *router)
{
	return (route_find_default(guarded(length), length, index, router));
}

ATF_TC_WITHOUT_HEAD(default_route);
ATF_TC_BODY(default_route, tc)
{
	struct in_addr router;
	unsigned int index;

	ATF_CHECK(!find(0, &index, &router));
	/* Half of the Internet, a host, what is down, and an interface. */
	add_route(0, 0x80000000, AF_INET, 0x0a000001, RTF_UP | RTF_GATEWAY, 1);
	add_route(0, 0, AF_INET, 0x0a000002, RTF_UP | RTF_GATEWAY | RTF_HOST,
	    2);
	add_route(0, 0, AF_INET, 0x0a000003, RTF_GATEWAY, 3);
	add_route(0, 0, AF_LINK, 0x0a000004, RTF_UP, 4);
	add_route(0x0a000000, 0xff000000, AF_INET, 0x0a000005, RTF_UP, 5);
	ATF_CHECK(!find(used, &index, &router));
	add_route(0, 0, AF_INET, 0x0a000006, RTF_UP | RTF_GATEWAY, 6);
	add_route(0, 0, AF_INET, 0x0a000007, RTF_UP | RTF_GATEWAY, 7);
	ATF_REQUIRE(find(used, &index, &router));
	ATF_CHECK_EQ(6, index);
	ATF_CHECK_EQ(htonl(0x0a000006), router.s_addr);
}

/* A netmask of no length, as it stands for one of zeroes. */
ATF_TC_WITHOUT_HEAD(short_netmask);
ATF_TC_BODY(short_netmask, tc)
{
	struct rt_msghdr head;
	struct in_addr router;
	unsigned int index;

	add_route(0, 0, AF_INET, 0x0a000001, RTF_UP | RTF_GATEWAY, 1);
	used -= sizeof(struct sockaddr_in);
	memset(table + used, 0, sizeof(long));
	used += sizeof(long);
	memcpy(&head, table, sizeof(head));
	head.rtm_msglen = (u_short)used;
	memcpy(table, &head, sizeof(head));
	ATF_REQUIRE(find(used, &index, &router));
	ATF_CHECK_EQ(1, index);
}

/* Whatever a message says of its length, only what is there is read. */
ATF_TC_WITHOUT_HEAD(message_lengths);
ATF_TC_BODY(message_lengths, tc)
{
	static const u_short lengths[] = { 0, 1, 4, sizeof(struct rt_msghdr) -
	    1, UINT16_MAX };
	struct rt_msghdr head;
	struct in_addr router;
	unsigned int index;
	size_t i, second, length;

	add_route(0x0a000000, 0xff000000, AF_INET, 0x0a000001, RTF_UP, 1);
	second = add_route(0, 0, AF_INET, 0x0a000002, RTF_UP, 2);
	for (length = 0; length < used; length++)
		ATF_CHECK(!find(length, &index, &router));
	ATF_CHECK(find(used, &index, &router));
	memcpy(&head, table, sizeof(head));
	for (i = 0; i < nitems(lengths); i++) {
		head.rtm_msglen = lengths[i];
		memcpy(table, &head, sizeof(head));
		ATF_CHECK(!find(used, &index, &router));
	}
	/* A header alone says that it has addresses, and has none. */
	head.rtm_msglen = sizeof(head);
	memcpy(table + second - sizeof(head), &head, sizeof(head));
	memmove(table, table + second - sizeof(head), used - second +
	    sizeof(head));
	used -= second - sizeof(head);
	ATF_CHECK(find(used, &index, &router));
	ATF_CHECK_EQ(2, index);
}

/* Nor of the length of an address. */
ATF_TC_WITHOUT_HEAD(address_lengths);
ATF_TC_BODY(address_lengths, tc)
{
	struct in_addr router;
	unsigned int index;
	size_t at, i;
	int length;

	add_route(0, 0, AF_INET, 0x0a000001, RTF_UP, 1);
	for (i = 0; i < 3; i++) {
		at = sizeof(struct rt_msghdr) + i * sizeof(struct sockaddr_in);
		for (length = 0; length <= UINT8_MAX; length++) {
			table[at] = (u_char)length;
			if (find(used, &index, &router))
				ATF_CHECK_EQ(1, index);
		}
		table[at] = UINT8_MAX;
		ATF_CHECK(!find(used, &index, &router));
		table[at] = sizeof(struct sockaddr_in);
	}
	ATF_CHECK(find(used, &index, &router));
}

/* Anything at all. */
ATF_TC_WITHOUT_HEAD(noise);
ATF_TC_BODY(noise, tc)
{
	struct in_addr router;
	unsigned int index;
	size_t i, round;

	srandom(20261125);
	add_route(0, 0, AF_INET, 0x0a000001, RTF_UP, 1);
	add_route(0, 0, AF_INET, 0x0a000002, RTF_UP, 2);
	for (round = 0; round < 100000; round++) {
		i = (size_t)random() % used;
		table[i] = (u_char)random();
		if (find(used, &index, &router))
			ATF_CHECK(index <= UINT16_MAX);
		(void)route_is_change(guarded(i), i);
	}
}

ATF_TC_WITHOUT_HEAD(changes);
ATF_TC_BODY(changes, tc)
{
	static const u_char yes[] = { RTM_ADD, RTM_DELETE, RTM_CHANGE,
	    RTM_NEWADDR, RTM_DELADDR, RTM_IFINFO, RTM_IFANNOUNCE };
	static const u_char no[] = { RTM_MISS, RTM_GET, RTM_LOSING, 0,
	    UINT8_MAX };
	struct rt_msghdr head;
	size_t i;

	memset(&head, 0, sizeof(head));
	head.rtm_version = RTM_VERSION;
	for (i = 0; i < nitems(yes); i++) {
		head.rtm_type = yes[i];
		ATF_CHECK(route_is_change(&head, sizeof(head)));
		ATF_CHECK(!route_is_change(&head, 3));
	}
	for (i = 0; i < nitems(no); i++) {
		head.rtm_type = no[i];
		ATF_CHECK(!route_is_change(&head, sizeof(head)));
	}
	head.rtm_type = RTM_ADD;
	head.rtm_version = RTM_VERSION + 1;
	ATF_CHECK(!route_is_change(&head, sizeof(head)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, default_route);
	ATF_TP_ADD_TC(tp, short_netmask);
	ATF_TP_ADD_TC(tp, message_lengths);
	ATF_TP_ADD_TC(tp, address_lengths);
	ATF_TP_ADD_TC(tp, noise);
	ATF_TP_ADD_TC(tp, changes);
	return (atf_no_error());
}
