/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * launchd: starts jobs when they are wanted.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch_priv.h"
#include "launchd.h"

struct event_base *base;

static bool stopping;

static void
usage(void)
{
	fprintf(stderr,
	    "usage: launchd [-f] [-r fd] [-s socket] [file | directory ...]\n");
	exit(64);
}

static void
warn_key(const char *key, void *arg)
{
	log_warn("%s: unknown key %s", (const char *)arg, key);
}

static void
load_file(const char *path)
{
	launch_data_t dict;
	char error[512];

	dict = launch_plist_read(path, error, sizeof(error));
	if (dict == NULL) {
		log_warn("%s", error);
		return;
	}
	if (!launch_job_check(dict, error, sizeof(error), warn_key,
	    (void *)(uintptr_t)path)) {
		log_warn("%s: %s", path, error);
	} else if (launch_data_get_bool(launch_data_dict_lookup(dict,
	    LAUNCH_JOBKEY_DISABLED))) {
		log_info("%s: disabled", path);
	} else if (job_load(dict, error, sizeof(error)) == NULL) {
		log_warn("%s: %s", path, error);
	} else {
		return;
	}
	launch_data_free(dict);
}

static int
is_plist(const struct dirent *de)
{
	size_t len;

	len = strlen(de->d_name);
	return (len > 6 && strcmp(de->d_name + len - 6, ".plist") == 0);
}

/* Loads a file, or every property list of a directory in order. */
static void
load_path(const char *path)
{
	char file[PATH_MAX];
	struct dirent **names;
	struct stat st;
	int i, n;

	if (stat(path, &st) == -1) {
		log_warn("%s: %s", path, strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		load_file(path);
		return;
	}
	n = scandir(path, &names, is_plist, alphasort);
	if (n == -1) {
		log_warn("%s: %s", path, strerror(errno));
		return;
	}
	for (i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		load_file(file);
		free(names[i]);
	}
	free(names);
}

/* A Mach message waits at a port. */
static void
port_ready(mach_port_t port)
{
	struct service *s;

	if (port == job_port) {
		bootstrap_ready();
	} else if (port == notify_port) {
		notify_ready();
	} else {
		s = service_find_port(port);
		ports_unwatch(port);
		if (s != NULL && s->s_job != NULL)
			job_start(s->s_job);
	}
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

static void
catch_signal(int sig, event_callback_fn fn)
{
	struct event *ev;

	ev = evsignal_new(base, sig, fn, NULL);
	if (ev == NULL || event_add(ev, NULL) == -1)
		fatal("cannot catch signal %d", sig);
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

int
main(int argc, char **argv)
{
	const char *path;
	bool foreground;
	char *end;
	int ch, i, ready;

	fill_standard_descriptors();
	foreground = false;
	path = launch_socket_path();
	ready = -1;
	while ((ch = getopt(argc, argv, "fr:s:")) != -1) {
		switch (ch) {
		case 'f':
			foreground = true;
			break;
		case 'r':
			ready = (int)strtol(optarg, &end, 10);
			if (*end != '\0' || ready < 0)
				usage();
			/* Jobs are started before it is closed. */
			(void)fcntl(ready, F_SETFD, FD_CLOEXEC);
			break;
		case 's':
			path = optarg;
			break;
		default:
			usage();
		}
	}
	/* A daemon is in no directory: what is relative would be lost. */
	if (!foreground) {
		must_be_absolute(path);
		for (i = optind; i < argc; i++)
			must_be_absolute(argv[i]);
		if (daemon(0, 0) == -1)
			fatal("daemon: %s", strerror(errno));
	}
	log_init(foreground);
	(void)signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	if (base == NULL)
		fatal("cannot make an event loop");
	catch_signal(SIGCHLD, on_child);
	catch_signal(SIGTERM, on_stop);
	catch_signal(SIGINT, on_stop);
	ports_init(port_ready);
	bootstrap_init();
	control_init(path);
	/* Jobs and their children find this launchd, not another. */
	if (setenv(LAUNCHD_SOCKET_ENV, path, 1) == -1)
		fatal("setenv: %s", strerror(errno));
	for (i = optind; i < argc; i++)
		load_path(argv[i]);
	tell_ready(ready);
	event_base_dispatch(base);
	control_fini();
	return (0);
}
