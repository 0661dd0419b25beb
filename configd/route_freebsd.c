/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages of route(4): a header, and then the addresses that it says there
 * are, each as long as its first byte says.
 */

#include <sys/param.h>
#include <sys/socket.h>
#include <net/if.h>
#include <net/route.h>
#include <string.h>

#include "route_freebsd.h"

/* What every kind of message begins with. */
struct route_start {
	u_short	length;
	u_char	version;
	u_char	type;
};

bool
route_is_change(const void *message, size_t length)
{
	struct route_start start;

	if (length < sizeof(start))
		return (false);
	memcpy(&start, message, sizeof(start));
	if (start.version != RTM_VERSION)
		return (false);
	switch (start.type) {
	case RTM_ADD:
	case RTM_CHANGE:
	case RTM_DELADDR:
	case RTM_DELETE:
	case RTM_IFANNOUNCE:
	case RTM_IFINFO:
	case RTM_NEWADDR:
		return (true);
	default:
		return (false);
	}
}

/* The addresses of a message, zero where there is none or less of one. */
struct route_addresses {
	bool	there[RTAX_MAX];
	struct sockaddr_in address[RTAX_MAX];
};

/* False if they do not fit into their message. */
static bool
route_addresses(int which, const u_char *at, size_t left,
    struct route_addresses *out)
{
	size_t length;
	int i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < RTAX_MAX; i++) {
		if ((which & 1 << i) == 0)
			continue;
		if (left == 0)
			return (false);
		length = at[0];
		if (length > left)
			return (false);
		out->there[i] = true;
		memcpy(&out->address[i], at, MIN(length,
		    sizeof(out->address[i])));
		/* One of no length takes a word, as the last may not. */
		length = length == 0 ? sizeof(long) :
		    roundup2(length, sizeof(long));
		length = MIN(length, left);
		at += length;
		left -= length;
	}
	return (true);
}

static bool
route_is_default(int flags, const struct route_addresses *a)
{
	const struct sockaddr_in *to, *via;

	to = &a->address[RTAX_DST];
	via = &a->address[RTAX_GATEWAY];
	return ((flags & (RTF_UP | RTF_HOST)) == RTF_UP &&
	    a->there[RTAX_DST] && to->sin_family == AF_INET &&
	    to->sin_addr.s_addr == INADDR_ANY &&
	    a->address[RTAX_NETMASK].sin_addr.s_addr == INADDR_ANY &&
	    a->there[RTAX_GATEWAY] && via->sin_family == AF_INET);
}

bool
route_find_default(const void *table, size_t length, unsigned int *index,
    struct in_addr *router)
{
	struct route_addresses addresses;
	struct rt_msghdr head;
	const u_char *at;

	for (at = table; length >= sizeof(head); at += head.rtm_msglen,
	    length -= head.rtm_msglen) {
		memcpy(&head, at, sizeof(head));
		if (head.rtm_msglen < sizeof(head) ||
		    head.rtm_msglen > length)
			return (false);
		if (head.rtm_version != RTM_VERSION ||
		    !route_addresses(head.rtm_addrs, at + sizeof(head),
		    head.rtm_msglen - sizeof(head), &addresses) ||
		    !route_is_default(head.rtm_flags, &addresses))
			continue;
		*index = head.rtm_index;
		*router = addresses.address[RTAX_GATEWAY].sin_addr;
		return (true);
	}
	return (false);
}
