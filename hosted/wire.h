/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What machd and its clients say to each other, one packet each, over an
 * AF_UNIX SOCK_SEQPACKET connection per client thread.
 *
 * A client asks; machd answers with WIRE_REPLY, and until then may ask the
 * client to read, write, map or unmap the client's own memory, or for a
 * descriptor of it, or to take one.  A client whose wait is cut short by a
 * signal says WIRE_INTERRUPT and goes on waiting.
 *
 * In `b' of each request after hello are the real user and group, so that machd
 * asks the system for them when they change.
 *
 * With WIRE_FORK comes the end of a pipe whose other end the child has until it
 * has said hello: when that is closed, the ticket is void.
 */

#ifndef _WIRE_H_
#define	_WIRE_H_

#include <stdint.h>

#define	WIRE_VERSION	3

enum wire_type {
	/* client to machd */
	WIRE_HELLO = 1,		/* a: version, b: fork ticket or 0; cookie */
	WIRE_MSG,		/* struct mach_msg_trap_args, first bytes */
	WIRE_TRAP,		/* a: operation; the structure */
	WIRE_FORK,		/* pipe attached; a ticket for the child */
	WIRE_SYSCTL,		/* name; answered with the value */
	WIRE_SYSCTL_SET,	/* a: value; name */
	WIRE_SYSCTL_NEXT,	/* name or ""; the name after it, a: value */
	WIRE_INTERRUPT,
	WIRE_DONE,		/* error: of an upcall; a: address; data */
	/* machd to client */
	WIRE_REPLY,		/* error: errno, a: result; data */
	WIRE_COPYIN,		/* a: address, b: length */
	WIRE_COPYOUT,		/* a: address; data */
	WIRE_MAP,		/* b: length */
	WIRE_UNMAP,		/* a: address, b: length */
	WIRE_GETFD,		/* a: descriptor; done with it attached */
	WIRE_PUTFD		/* descriptor attached; a: its number */
};

struct wire_header {
	uint32_t	wh_type;
	int32_t		wh_error;
	uint64_t	wh_a;
	uint64_t	wh_b;
};

/* Data in one packet; larger transfers take several. */
#define	WIRE_CHUNK	65536u

/* How much of a message goes along with WIRE_MSG. */
#define	WIRE_PREFETCH	4096u

/* AT_RANDOM: new at every exec, kept by fork. */
#define	WIRE_COOKIE	16u

#define	WIRE_NAME_MAX	64u

#endif /* !_WIRE_H_ */
