/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * See raw.h.
 */

#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <atf-c.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "raw.h"

int
raw_open(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strncpy(sun.sun_path, getenv("MACHD_SOCKET"),
	    sizeof(sun.sun_path) - 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, connect(fd, (struct sockaddr *)&sun, sizeof(sun)));
	return (fd);
}

int
raw_join(void)
{
	struct packet p;
	int fd;

	fd = raw_open();
	raw_send(fd, WIRE_HELLO, WIRE_VERSION, 0,
	    (const void *)getauxval(AT_RANDOM), WIRE_COOKIE);
	raw_expect(fd, WIRE_REPLY, &p);
	ATF_REQUIRE_EQ(0, p.h.wh_error);
	return (fd);
}

void
raw_send(int fd, uint32_t type, uint64_t a, uint64_t b, const void *data,
    size_t len)
{
	struct wire_header h = { type, 0, a, b };
	struct iovec iov[2];
	ssize_t n;

	iov[0].iov_base = &h;
	iov[0].iov_len = sizeof(h);
	iov[1].iov_base = (void *)(uintptr_t)data;
	iov[1].iov_len = len;
	n = writev(fd, iov, 2);
	ATF_REQUIRE_EQ_MSG((ssize_t)(sizeof(h) + len), n, "writev: %s",
	    strerror(errno));
}

ssize_t
raw_recv(int fd, struct packet *p)
{
	ssize_t n;

	do {
		n = recv(fd, p, sizeof(*p), 0);
	} while (n == -1 && errno == EINTR);
	if (n == 0 || (n == -1 && errno == ECONNRESET))
		return (-1);
	ATF_REQUIRE(n >= (ssize_t)sizeof(p->h));
	return (n - (ssize_t)sizeof(p->h));
}

int
raw_request(int fd, uint32_t type, uint64_t a, const void *data, size_t len)
{
	struct packet p;

	raw_send(fd, type, a, 0, data, len);
	raw_expect(fd, WIRE_REPLY, &p);
	return (p.h.wh_error);
}

void
raw_expect(int fd, uint32_t type, struct packet *p)
{
	ATF_REQUIRE_MSG(raw_recv(fd, p) != -1, "the connection has ended");
	ATF_REQUIRE_EQ(type, p->h.wh_type);
}

void
raw_expect_end(int fd)
{
	struct packet p;

	ATF_REQUIRE_EQ_MSG(-1, raw_recv(fd, &p), "got a packet of type %u",
	    p.h.wh_type);
	close(fd);
}

pid_t
raw_server(int fd)
{
	struct ucred cred;
	socklen_t len;

	len = sizeof(cred);
	ATF_REQUIRE_EQ(0, getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	return (cred.pid);
}
