/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Requests over the socket, in liblaunch's format.  Only root and the user that
 * runs launchd may ask.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "launch_priv.h"
#include "launchd.h"

static struct evconnlistener *listener;
static const char *socket_path;

static void
warn_key(const char *key, void *arg)
{
	log_warn("%s: unknown key %s", (const char *)arg, key);
}

static int
submit(launch_data_t dict)
{
	char error[256];
	const char *label;

	label = launch_data_get_string(launch_data_dict_lookup(dict,
	    LAUNCH_JOBKEY_LABEL));
	if (label == NULL)
		label = "submitted job";
	if (!launch_job_check(dict, error, sizeof(error), warn_key,
	    (void *)(uintptr_t)label)) {
		log_warn("%s: %s", label, error);
		return (EINVAL);
	}
	if (job_find(label) != NULL)
		return (EEXIST);
	dict = launch_data_copy(dict);
	if (dict == NULL)
		return (ENOMEM);
	if (job_load(dict, error, sizeof(error)) == NULL) {
		log_warn("%s: %s", label, error);
		launch_data_free(dict);
		return (EADDRINUSE);
	}
	return (0);
}

static int
with_job(const launch_data_t label, void (*fn)(struct job *))
{
	const char *name;
	struct job *j;

	name = launch_data_get_string(label);
	if (name == NULL)
		return (EINVAL);
	j = job_find(name);
	if (j == NULL)
		return (ESRCH);
	fn(j);
	return (0);
}

static launch_data_t
get_job(const launch_data_t label)
{
	const char *name;
	struct job *j;

	name = launch_data_get_string(label);
	j = name != NULL ? job_find(name) : NULL;
	return (j != NULL ? job_describe(j) : launch_data_new_errno(ESRCH));
}

static void
add_job(struct job *j, void *arg)
{
	(void)launch_data_dict_insert(arg, job_describe(j), j->j_label);
}

static launch_data_t
get_jobs(void)
{
	launch_data_t d;

	d = launch_data_alloc(LAUNCH_DATA_DICTIONARY);
	if (d != NULL)
		jobs_iterate(add_job, d);
	return (d);
}

/* The answer to a request: {command: argument}, or a command alone. */
static launch_data_t
answer(const launch_data_t request)
{
	static const struct {
		const char *name;
		void (*fn)(struct job *);
	} commands[] = {
		{ LAUNCH_KEY_REMOVEJOB, job_remove },
		{ LAUNCH_KEY_STARTJOB, job_start },
		{ LAUNCH_KEY_STOPJOB, job_stop },
	};
	const char *command;
	launch_data_t arg;
	size_t i;

	command = launch_data_get_string(request);
	if (command != NULL && strcmp(command, LAUNCH_KEY_GETJOBS) == 0)
		return (get_jobs());
	arg = launch_data_dict_lookup(request, LAUNCH_KEY_SUBMITJOB);
	if (arg != NULL)
		return (launch_data_new_errno(submit(arg)));
	arg = launch_data_dict_lookup(request, LAUNCH_KEY_GETJOB);
	if (arg != NULL)
		return (get_job(arg));
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		arg = launch_data_dict_lookup(request, commands[i].name);
		if (arg != NULL)
			return (launch_data_new_errno(with_job(arg,
			    commands[i].fn)));
	}
	return (launch_data_new_errno(ENOSYS));
}

static void
hang_up(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	(void)arg;
	bufferevent_free(bev);
}

/* Answers one whole message of `size' bytes; false ends the connection. */
static bool
serve(struct bufferevent *bev, size_t size)
{
	launch_data_t reply, request;
	struct evbuffer *in;
	void *buf;
	bool ok;

	in = bufferevent_get_input(bev);
	request = launch_unpack(evbuffer_pullup(in, (ev_ssize_t)size), size);
	(void)evbuffer_drain(in, size);
	if (request == NULL)
		return (false);
	reply = answer(request);
	launch_data_free(request);
	buf = reply != NULL ? launch_pack(reply, &size) : NULL;
	ok = buf != NULL && bufferevent_write(bev, buf, size) == 0;
	free(buf);
	launch_data_free(reply);
	return (ok);
}

static void
readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in;
	size_t size;

	in = bufferevent_get_input(bev);
	while (evbuffer_get_length(in) >= LAUNCH_HEADER) {
		size = launch_packed_size(evbuffer_pullup(in, LAUNCH_HEADER));
		if (size != 0 && evbuffer_get_length(in) < size)
			return;
		if (size == 0 || !serve(bev, size)) {
			hang_up(bev, 0, arg);
			return;
		}
	}
}

#ifdef __linux__
static bool
peer_uid(int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t len;

	len = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return (false);
	*uid = cred.uid;
	return (true);
}
#else
static bool
peer_uid(int fd, uid_t *uid)
{
	gid_t gid;

	return (getpeereid(fd, uid, &gid) == 0);
}
#endif

static void
accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	struct bufferevent *bev;
	uid_t uid;

	(void)l;
	(void)sa;
	(void)len;
	(void)arg;
	uid = (uid_t)-1;
	if (!peer_uid(fd, &uid) || (uid != 0 && uid != geteuid())) {
		log_warn("a program of user %u may not control this launchd",
		    (unsigned int)uid);
		close(fd);
		return;
	}
	bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL) {
		close(fd);
		return;
	}
	bufferevent_setcb(bev, readable, NULL, hang_up, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* Listens at a path; a socket nobody listens at any more is replaced. */
void
control_init(const char *path)
{
	struct sockaddr_un sun;
	mode_t mask;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path))
		fatal("%s: longer than the %zu characters a socket may have",
		    path, sizeof(sun.sun_path) - 1);
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		fatal("socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		fatal("%s: another launchd is running there", path);
	if (errno == ECONNREFUSED)
		(void)unlink(path);
	close(fd);
	mask = umask(077);
	listener = evconnlistener_new_bind(base, accepted, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1,
	    (struct sockaddr *)&sun, sizeof(sun));
	(void)umask(mask);
	if (listener == NULL)
		fatal("%s: %s", path, strerror(errno));
	socket_path = path;
}

void
control_fini(void)
{
	evconnlistener_free(listener);
	(void)unlink(socket_path);
}
