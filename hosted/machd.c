/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * machd: the Mach kernel module as an ordinary server.
 */

#include <sys/param.h>

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hosted.h"
#include "machd.h"

/* Milliseconds until it is worth looking for a free descriptor again. */
#define	FULL_PAUSE	100

static const char *socket_path;

static void
usage(void)
{
	fprintf(stderr, "usage: machd -s socket [-r] [-f fd] "
	    "[command [argument ...]]\n");
	exit(64);
}

/* One descriptor for the socket and one to sleep on for every client thread. */
static void
raise_limits(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &rl);
	}
}

/* Whether somebody answers at an address. */
static bool
in_use(const struct sockaddr_un *sun)
{
	bool answers;
	int fd;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	answers = connect(fd, (const struct sockaddr *)sun,
	    sizeof(*sun)) == 0;
	close(fd);
	return (answers);
}

static int
listen_at(const char *path)
{
	struct sockaddr_un sun;
	const int on = 1;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path))
		errx(64, "%s: longer than the %zu characters a socket may have",
		    path, sizeof(sun.sun_path) - 1);
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	/* Accepted connections inherit it: every packet names its sender. */
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1)
		err(1, "SO_PASSCRED");
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		if (errno != EADDRINUSE)
			err(1, "%s", path);
		if (in_use(&sun))
			errx(1, "%s: another machd is running there", path);
		(void)unlink(path);
		if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
			err(1, "%s", path);
	}
	/* Anyone may ask; credentials decide what they get. */
	if (chmod(path, 0666) == -1 || listen(fd, SOMAXCONN) == -1)
		err(1, "%s", path);
	return (fd);
}

static int
catch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
		err(1, "sigprocmask");
	/* A client may close what machd writes to. */
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd == -1)
		err(1, "signalfd");
	return (fd);
}

static pid_t
run_command(char **argv)
{
	sigset_t set;
	pid_t pid;

	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid != 0)
		return (pid);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	if (setenv("MACHD_SOCKET", socket_path, 1) == -1)
		err(1, "setenv");
	execvp(argv[0], argv);
	warn("%s", argv[0]);
	_exit(127);
}

/* Whether a signal ends the server, and with which status. */
static bool
take_signal(int fd, pid_t command, int *statusp)
{
	struct signalfd_siginfo si;
	int st;

	if (read(fd, &si, sizeof(si)) != (ssize_t)sizeof(si))
		return (false);
	if (si.ssi_signo != SIGCHLD)
		return (true);
	if (command <= 0 || waitpid(command, &st, WNOHANG) != command)
		return (false);
	*statusp = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	return (true);
}

/* Serves the next client; false if there is no descriptor for it now. */
static bool
take_client(int lfd)
{
	int fd;

	fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
	if (fd != -1)
		conn_start(fd);
	return (fd != -1 || (errno != EMFILE && errno != ENFILE));
}

static int
serve_clients(int lfd, int sfd, pid_t command)
{
	struct pollfd pfd[2];
	int status;
	bool full, was_full;

	status = 0;
	full = was_full = false;
	for (;;) {
		pfd[0] = (struct pollfd){ sfd, POLLIN, 0 };
		pfd[1] = (struct pollfd){ full ? -1 : lfd, POLLIN, 0 };
		if (poll(pfd, nitems(pfd), full ? FULL_PAUSE : -1) == -1)
			continue;
		if (pfd[0].revents != 0 && take_signal(sfd, command, &status))
			return (status);
		full = pfd[1].revents != 0 && !take_client(lfd);
		if (full && !was_full)
			warnx("too many clients for the limit on open files");
		if (pfd[1].revents != 0)
			was_full = full;
	}
}

static void
tell_ready(int fd)
{
	if (fd == -1)
		return;
	if (write(fd, "r", 1) != 1)
		warn("ready descriptor %d", fd);
	close(fd);
}

static void
parse_options(int argc, char **argv, int *readyp)
{
	char *end;
	int ch;

	while ((ch = getopt(argc, argv, "+f:rs:")) != -1) {
		switch (ch) {
		case 'f':
			*readyp = (int)strtol(optarg, &end, 10);
			if (*end != '\0' || *readyp < 0)
				errx(64, "-f %s: not a descriptor", optarg);
			break;
		case 'r':
			machd_map_root = true;
			break;
		case 's':
			socket_path = optarg;
			break;
		default:
			usage();
		}
	}
	if (socket_path == NULL)
		usage();
}

int
main(int argc, char **argv)
{
	pid_t command;
	int error, lfd, ready, sfd, status;

	ready = -1;
	parse_options(argc, argv, &ready);
	raise_limits();
	error = hosted_kldload();
	if (error != 0)
		errx(1, "the module does not load: %s", strerror(error));
	conn_init();
	sfd = catch_signals();
	lfd = listen_at(socket_path);
	command = optind < argc ? run_command(argv + optind) : -1;
	clients_init();
	tell_ready(ready);
	status = serve_clients(lfd, sfd, command);
	close(lfd);
	(void)unlink(socket_path);
	clients_stop();
	error = hosted_kldunload();
	if (error != 0)
		errx(1, "the module does not unload: %s", strerror(error));
	return (status);
}
