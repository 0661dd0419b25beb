/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A client of machd that says what it likes, packet by packet.  What cannot be
 * done fails the test.
 */

#ifndef _RAW_H_
#define	_RAW_H_

#include <sys/types.h>

#include <stdint.h>

#include "wire.h"

struct packet {
	struct wire_header h;
	char	data[WIRE_CHUNK];
};

/* A connection that has said nothing yet. */
int	raw_open(void);
/* One that machd takes for another thread of this program. */
int	raw_join(void);

void	raw_send(int fd, uint32_t type, uint64_t a, uint64_t b,
	    const void *data, size_t len);
/* The same, and the errno of the answer if there is one. */
int	raw_request(int fd, uint32_t type, uint64_t a, const void *data,
	    size_t len);
/* Receives a packet; returns how much data it has, -1 at the end. */
ssize_t	raw_recv(int fd, struct packet *p);
/* Receives a packet that must be of that type. */
void	raw_expect(int fd, uint32_t type, struct packet *p);
/* The connection must end here; it is closed. */
void	raw_expect_end(int fd);

/* machd's process. */
pid_t	raw_server(int fd);

#endif /* !_RAW_H_ */
