/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What launchd and launchctl share with liblaunch and programs do not see.
 */

#ifndef _LAUNCH_PRIV_H_
#define	_LAUNCH_PRIV_H_

#include <stdint.h>

#include <launch.h>

/*
 * The wire: a header, then the tree, all words little-endian.  A node is three
 * words: type, value or filler, length or count.  A string or opaque value
 * follows its node, filled up to 8 bytes; an array's or dictionary's node is
 * followed by a filler word for each element and then by the elements, keys and
 * values in turn.
 */
#define	LAUNCH_MAGIC		UINT64_C(0xd2fea02366b39a41)
#define	LAUNCH_HEADER		16u
#define	LAUNCH_MESSAGE_MAX	(16u * 1024 * 1024)	/* header included */

/* A packed message, header included, for free(3); NULL with errno set. */
void	*launch_pack(const launch_data_t, size_t *);

/*
 * The length a header announces, header included; 0 if it is none, or for more
 * than LAUNCH_MESSAGE_MAX.
 */
size_t	launch_packed_size(const void *);

/* The tree of a whole message; NULL with errno EPROTO or ENOMEM. */
launch_data_t launch_unpack(const void *, size_t);

/* The path of launchd's socket. */
const char *launch_socket_path(void);

/*
 * Reads a property list, XML or binary, that holds a job; NULL with the reason
 * in `error'.
 */
launch_data_t launch_plist_read(const char *, char *, size_t);

/*
 * Checks a job.  False with the reason in `error' if it cannot be run.  `warn'
 * is called for each key that is not known.
 */
bool	launch_job_check(const launch_data_t, char *, size_t,
	    void (*warn)(const char *, void *), void *);

#endif /* !_LAUNCH_PRIV_H_ */
