/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Requests over the socket, in liblaunch's format.  Only root and the user that
 * runs launchd may ask.
 *
 * What they can make launchd keep has bounds.  There are MAX_CONNS connections;
 * one more ends the one that has been silent longest.  A connection holds one
 * request or one answer: the next request is read when the answer has been.
 * Who sends or reads nothing for PATIENCE seconds is hung up on.
 */

#include <sys/queue.h>
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

#define	MAX_CONNS	32
#define	REQUEST_MAX	(4u * 1024 * 1024)
#define	PATIENCE	30	/* seconds */

struct conn {
	TAILQ_ENTRY(conn) c_link;
	struct bufferevent *c_bev;
};

/* From the one silent longest to the one heard last. */
static TAILQ_HEAD(, conn) conns = TAILQ_HEAD_INITIALIZER(conns);
static unsigned int nconns;

static struct evconnlistener *listener;
static struct event *again;	/* accepts again after an error */
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

	if (!jobs_accepted())
		return (EBUSY);
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

static int
shut_down(const launch_data_t how)
{
	const char *name;

	name = launch_data_get_string(how);
	if (name == NULL)
		return (EINVAL);
	return (getpid() == 1 ? pid1_order(name) : ENOTSUP);
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
	arg = launch_data_dict_lookup(request, LAUNCH_KEY_SHUTDOWN);
	if (arg != NULL)
		return (launch_data_new_errno(shut_down(arg)));
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		arg = launch_data_dict_lookup(request, commands[i].name);
		if (arg != NULL)
			return (launch_data_new_errno(with_job(arg,
			    commands[i].fn)));
	}
	return (launch_data_new_errno(ENOSYS));
}

static void
conn_free(struct conn *c)
{
	TAILQ_REMOVE(&conns, c, c_link);
	nconns--;
	bufferevent_free(c->c_bev);
	free(c);
}

/* The other end has gone, or our patience has. */
static void
hang_up(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	(void)what;
	conn_free(arg);
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

/*
 * Serves a request that is there, and then none until its answer has been
 * written.
 */
static void
readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in;
	struct conn *c = arg;
	size_t size;

	TAILQ_REMOVE(&conns, c, c_link);
	TAILQ_INSERT_TAIL(&conns, c, c_link);
	in = bufferevent_get_input(bev);
	if (evbuffer_get_length(in) < LAUNCH_HEADER)
		return;
	size = launch_packed_size(evbuffer_pullup(in, LAUNCH_HEADER));
	if (size != 0 && size <= REQUEST_MAX &&
	    evbuffer_get_length(in) < size)
		return;
	if (size == 0 || size > REQUEST_MAX || !serve(bev, size))
		conn_free(c);
	else
		(void)bufferevent_disable(bev, EV_READ);
}

/* The answer is written: to the next request, which may be here already. */
static void
written(struct bufferevent *bev, void *arg)
{
	(void)bufferevent_enable(bev, EV_READ);
	readable(bev, arg);
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

static struct conn *
conn_new(int fd)
{
	static const struct timeval patience = { PATIENCE, 0 };
	struct bufferevent *bev;
	struct conn *c;

	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return (NULL);
	bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL) {
		free(c);
		return (NULL);
	}
	c->c_bev = bev;
	bufferevent_setcb(bev, readable, written, hang_up, c);
	bufferevent_setwatermark(bev, EV_READ, 0, REQUEST_MAX);
	(void)bufferevent_set_timeouts(bev, &patience, &patience);
	(void)bufferevent_enable(bev, EV_READ | EV_WRITE);
	return (c);
}

static void
accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *sa,
    int len, void *arg)
{
	struct conn *c;
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
	c = conn_new(fd);
	if (c == NULL) {
		close(fd);
		return;
	}
	TAILQ_INSERT_TAIL(&conns, c, c_link);
	if (++nconns > MAX_CONNS)
		conn_free(TAILQ_FIRST(&conns));
}

/*
 * Out of descriptors or memory.  Trying again at once would only be that busy;
 * what a connection that waits for nothing holds may help.
 */
static void
accept_failed(struct evconnlistener *l, void *arg)
{
	static const struct timeval second = { 1, 0 };

	(void)arg;
	log_warn("%s: cannot accept: %s", socket_path, strerror(errno));
	if (nconns > 0)
		conn_free(TAILQ_FIRST(&conns));
	if (event_add(again, &second) == 0)
		(void)evconnlistener_disable(l);
}

static void
accept_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)evconnlistener_enable(listener);
}

/* Whether the path is free, or was left by a launchd that is gone. */
static bool
path_free(const struct sockaddr_un *sun)
{
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1) {
		log_warn("socket: %s", strerror(errno));
		return (false);
	}
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
	    errno == EAGAIN || errno == EINPROGRESS) {
		log_warn("%s: another launchd is running there",
		    sun->sun_path);
		close(fd);
		return (false);
	}
	if (errno == ECONNREFUSED)
		(void)unlink(sun->sun_path);
	close(fd);
	return (true);
}

/*
 * Listens at a path, which jobs and their children find in the environment.
 * False, said why, if that cannot be; may be tried again.
 */
bool
control_init(const char *path)
{
	struct sockaddr_un sun;
	mode_t mask;

	if (listener != NULL)
		return (true);
	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path)) {
		log_warn("%s: longer than the %zu characters a socket may "
		    "have", path, sizeof(sun.sun_path) - 1);
		return (false);
	}
	strcpy(sun.sun_path, path);
	if (!path_free(&sun))
		return (false);
	if (again == NULL)
		again = evtimer_new(base, accept_again, NULL);
	if (again == NULL || setenv(LAUNCHD_SOCKET_ENV, path, 1) == -1) {
		log_warn("%s: out of memory", path);
		return (false);
	}
	mask = umask(077);
	listener = evconnlistener_new_bind(base, accepted, NULL,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, -1,
	    (struct sockaddr *)&sun, sizeof(sun));
	(void)umask(mask);
	if (listener == NULL) {
		log_warn("%s: %s", path, strerror(errno));
		return (false);
	}
	evconnlistener_set_error_cb(listener, accept_failed);
	socket_path = path;
	return (true);
}

void
control_fini(void)
{
	while (!TAILQ_EMPTY(&conns))
		conn_free(TAILQ_FIRST(&conns));
	evconnlistener_free(listener);
	event_free(again);
	(void)unlink(socket_path);
}
