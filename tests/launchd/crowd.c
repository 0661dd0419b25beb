/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Clients of launchd's socket that ask for too much:
 *
 *	crowd many	a hundred connections at a time, all but the last of
 *			which are to be hung up on
 *	crowd large	a message that is larger than any request
 *
 * Prints "hung up" when launchd has, and ends when its standard input does.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	CONNECTIONS	100
#define	KEPT		32	/* launchd's limit */
#define	MAGIC		UINT64_C(0xd2fea02366b39a41)

static int
connect_launchd(void)
{
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s",
	    getenv("LAUNCHD_SOCKET"));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) ==
	    -1)
		err(1, "%s", sun.sun_path);
	return (fd);
}

static void
wait_for_end(int fd)
{
	char byte;

	/* A connection may also end with an error. */
	if (read(fd, &byte, 1) > 0)
		errx(1, "launchd answered");
}

static void
many(void)
{
	int fds[CONNECTIONS], i;

	for (i = 0; i < CONNECTIONS; i++)
		fds[i] = connect_launchd();
	for (i = 0; i < CONNECTIONS - KEPT; i++)
		wait_for_end(fds[i]);
}

static void
large(void)
{
	const uint64_t header[2] = { MAGIC, 8 * 1024 * 1024 };
	int fd;

	fd = connect_launchd();
	if (write(fd, header, sizeof(header)) != (ssize_t)sizeof(header))
		err(1, "write");
	wait_for_end(fd);
}

int
main(int argc, char **argv)
{
	char byte;

	if (argc != 2)
		errx(64, "usage: crowd many | large");
	if (strcmp(argv[1], "many") == 0)
		many();
	else
		large();
	puts("hung up");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return (0);
}
