/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * launchd: starts jobs when they are wanted.  This file is the daemon, and what
 * the daemon and init (pid1.c) have in common.
 */

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch_priv.h"
#include "launchd.h"
#include "pid1.h"

struct event_base *base;
bool mach_up;

static bool mach_gone;		/* it was, and will not be again */
static bool stopping;

static void
usage(void)
{
	fprintf(stderr,
	    "usage: launchd [-f] [-r fd] [-s socket] [file | directory ...]\n");
	exit(64);
}

/* A Mach message waits at a port. */
static void
port_ready(mach_port_t port)
{
	struct service *s;

	if (port == job_port) {
		bootstrap_ready();
	} else if (port == notify_port) {
		(void)notify_ready();
	} else {
		s = service_find_port(port);
		ports_unwatch(port);
		if (s != NULL && s->s_job != NULL)
			job_start(s->s_job);
	}
}

/*
 * Becomes the bootstrap server, once; false if there is no Mach IPC to be had
 * now.
 */
bool
mach_start(void)
{
	if (mach_up || mach_gone)
		return (mach_up);
	if (mach_task_self_ == MACH_PORT_NULL && mach_init() != 0)
		return (false);
	if (!ports_init(port_ready))
		return (false);
	if (!bootstrap_init()) {
		ports_fini();
		return (false);
	}
	mach_up = true;
	return (true);
}

/*
 * Mach IPC has failed for good.  A daemon that serves it has nothing left to
 * do; init still has.
 */
void
mach_lost(const char *format, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	if (getpid() != 1)
		fatal("%s", why);
	log_warn("%s; going on without Mach services", why);
	ports_fini();
	mach_up = false;
	mach_gone = true;
}

static void
stop_when_done(void)
{
	if (stopping && jobs_stop())
		event_base_loopbreak(base);
}

static void
on_child(evutil_socket_t sig, short what, void *arg)
{
	pid_t pid;
	int status;

	(void)sig;
	(void)what;
	(void)arg;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		job_reap(pid, status);
	stop_when_done();
}

static void
on_stop(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	(void)arg;
	log_info("stopping on signal %d", (int)sig);
	stopping = true;
	stop_when_done();
}

void
catch_signal(int sig, event_callback_fn fn)
{
	struct event *ev;

	ev = evsignal_new(base, sig, fn, NULL);
	if (ev == NULL || event_add(ev, NULL) == -1)
		fatal("cannot catch signal %d", sig);
}

/* What libevent has to say. */
static void
log_event(int severity, const char *message)
{
	if (severity >= EVENT_LOG_WARN)
		log_warn("%s", message);
}

static void
event_failed(int error)
{
	fatal("the event loop failed (%d)", error);
}

/* Makes the event loop, in which everything happens from now on. */
void
event_loop_init(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	event_set_log_callback(log_event);
	event_set_fatal_callback(event_failed);
	base = event_base_new();
	if (base == NULL)
		fatal("cannot make an event loop");
}

static void
tell_ready(int fd)
{
	if (fd == -1)
		return;
	if (write(fd, "r", 1) != 1)
		log_warn("-r %d: %s", fd, strerror(errno));
	close(fd);
}

/*
 * What is opened next must not become a standard descriptor, which somebody
 * may have started us without.
 */
static void
fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

static void
must_be_absolute(const char *path)
{
	if (path[0] == '/')
		return;
	fprintf(stderr, "launchd: %s: without -f, give paths that begin with "
	    "/\n", path);
	exit(64);
}

struct options {
	bool		foreground;
	const char	*socket;
	int		ready;
};

static void
parse_options(int argc, char **argv, struct options *o)
{
	char *end;
	int ch;

	o->foreground = false;
	o->socket = launch_socket_path();
	o->ready = -1;
	while ((ch = getopt(argc, argv, "fr:s:")) != -1) {
		switch (ch) {
		case 'f':
			o->foreground = true;
			break;
		case 'r':
			o->ready = (int)strtol(optarg, &end, 10);
			if (*end != '\0' || o->ready < 0)
				usage();
			/* Jobs are started before it is closed. */
			(void)fcntl(o->ready, F_SETFD, FD_CLOEXEC);
			break;
		case 's':
			o->socket = optarg;
			break;
		default:
			usage();
		}
	}
}

int
main(int argc, char **argv)
{
	struct options o;
	int i;

	if (getpid() == 1)
		pid1_os_init();
	fill_standard_descriptors();
	if (getpid() == 1)
		pid1_main(argc, argv);
	parse_options(argc, argv, &o);
	/* A daemon is in no directory: what is relative would be lost. */
	if (!o.foreground) {
		must_be_absolute(o.socket);
		for (i = optind; i < argc; i++)
			must_be_absolute(argv[i]);
		if (daemon(0, 0) == -1)
			fatal("daemon: %s", strerror(errno));
	}
	log_init(o.foreground);
	event_loop_init();
	catch_signal(SIGCHLD, on_child);
	catch_signal(SIGTERM, on_stop);
	catch_signal(SIGINT, on_stop);
	if (!mach_start())
		fatal("cannot serve Mach IPC; is the mach module loaded?");
	if (!control_init(o.socket))
		exit(1);
	jobs_accept();
	for (i = optind; i < argc; i++)
		load_path(argv[i], false);
	tell_ready(o.ready);
	event_base_dispatch(base);
	control_fini();
	return (0);
}
