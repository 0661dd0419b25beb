/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * One request to launchd and its answer, over a connection of its own.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch_priv.h"

const char *
launch_socket_path(void)
{
	const char *path;

	path = getenv(LAUNCHD_SOCKET_ENV);
	return (path != NULL ? path : LAUNCHD_SOCKET_DEFAULT);
}

static int
connect_launchd(void)
{
	struct sockaddr_un sun;
	const char *path;
	int fd;

	path = launch_socket_path();
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		fd = -1;
	}
	return (fd);
}

static bool
write_all(int fd, const char *p, size_t n)
{
	ssize_t done;

	for (; n > 0; n -= (size_t)done) {
		done = send(fd, p, n, MSG_NOSIGNAL);
		if (done == -1 && errno == EINTR)
			done = 0;
		if (done == -1)
			return (false);
		p += done;
	}
	return (true);
}

static bool
read_all(int fd, char *p, size_t n)
{
	ssize_t done;

	for (; n > 0; n -= (size_t)done) {
		done = read(fd, p, n);
		if (done == -1 && errno == EINTR)
			done = 0;
		else if (done == 0)
			errno = ECONNRESET;
		if (done == -1 || (done == 0 && errno == ECONNRESET))
			return (false);
		p += done;
	}
	return (true);
}

static launch_data_t
receive(int fd)
{
	char header[LAUNCH_HEADER], *buf;
	launch_data_t answer;
	size_t size;

	if (!read_all(fd, header, sizeof(header)))
		return (NULL);
	size = launch_packed_size(header);
	if (size == 0) {
		errno = EPROTO;
		return (NULL);
	}
	buf = malloc(size);
	if (buf == NULL)
		return (NULL);
	memcpy(buf, header, sizeof(header));
	answer = NULL;
	if (read_all(fd, buf + sizeof(header), size - sizeof(header)))
		answer = launch_unpack(buf, size);
	free(buf);
	return (answer);
}

launch_data_t
launch_msg(const launch_data_t request)
{
	launch_data_t answer;
	void *buf;
	size_t size;
	int fd, saved;

	buf = launch_pack(request, &size);
	if (buf == NULL)
		return (NULL);
	answer = NULL;
	fd = connect_launchd();
	if (fd != -1) {
		if (write_all(fd, buf, size))
			answer = receive(fd);
		saved = errno;
		close(fd);
		errno = saved;
	}
	free(buf);
	return (answer);
}
