/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Client processes.
 *
 * A process becomes known when one of its threads says hello.  It is then the
 * child of whoever forked it: by the ticket its parent asked for before the
 * fork, or else by its nearest known ancestor.  Its end is watched through a
 * descriptor of the process itself, because a socket can outlive a process in a
 * child and be closed without its end.  Before its hello nobody knows which
 * process a child is: a pipe that came for its ticket ends with it.
 *
 * Events of one process never overlap with its system calls: exit and exec wait
 * until no thread of the process is inside (cl_threads is 0).  Connections of
 * an ended or replaced program are shut down, so that this is soon.
 */

#include "machd.h"

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/jail.h>
#include <sys/random.h>
#include <sys/signalvar.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hosted.h"

/* Tickets a process may hold for children that have not said hello. */
#define	MAX_TICKETS	16

/* And how many are kept of processes that have ended since, in all. */
#define	MAX_ORPHANS	1024

#define	MAX_THREADS	4096	/* connections of one process */

struct ticket {
	LIST_ENTRY(ticket) tk_link;
	struct client	*tk_parent;	/* NULL: it has ended */
	struct client	*tk_child;
	uint64_t	tk_number;	/* odd, and so no struct client's */
	int		tk_pipe;
};

struct conn_link {
	LIST_ENTRY(conn_link) cn_link;
	int		cn_fd;
};

struct client {
	LIST_ENTRY(client) cl_link;
	struct proc	cl_proc;	/* p_pid 0: no hello yet */
	uint8_t		cl_cookie[WIRE_COOKIE];
	uint64_t	cl_image;
	int		cl_pidfd;
	bool		cl_ended;
	u_int		cl_threads;
	u_int		cl_tickets;
	LIST_HEAD(tickets, ticket) cl_children; /* still to say hello */
	LIST_HEAD(, conn_link) cl_conns;
};

static LIST_HEAD(, client) clients = LIST_HEAD_INITIALIZER(clients);
static struct tickets orphans = LIST_HEAD_INITIALIZER(orphans);
static u_int norphans;
static pthread_mutex_t clients_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t clients_quiet = PTHREAD_COND_INITIALIZER;
static int watch_fd;		/* epoll of all cl_pidfd and tk_pipe */
static int stop_fd;		/* eventfd, ends the watcher */
static pthread_t watcher;

bool machd_map_root;

/* Credentials and memory of nobody, for events that no client thread runs. */
static struct ucred event_cred = { .cr_prison = &prison0 };

typedef void event_fn(struct proc *, struct proc *);

/* Made before any client can take the last descriptor; clients_lock. */
static struct thread event_thread;

/* Runs an event of a process on the thread kept for it. */
static void
run_event(struct proc *p, struct proc *other, event_fn *fn)
{
	struct thread *saved;

	saved = curthread;
	event_thread.td_proc = p;
	hosted_curthread = &event_thread;
	fn(p, other);
	hosted_thread_clear(&event_thread);
	hosted_curthread = saved;
}

static void
event_exit(struct proc *p, struct proc *other __unused)
{
	hosted_exit(p);
}

static void
event_exec(struct proc *p, struct proc *other __unused)
{
	hosted_exec(p);
}

static void
event_fork(struct proc *parent, struct proc *child)
{
	hosted_fork(parent, child);
}

static struct client *
client_alloc(void)
{
	struct client *cl;

	cl = calloc(1, sizeof(*cl));
	if (cl == NULL)
		return (NULL);
	cl->cl_pidfd = -1;
	LIST_INIT(&cl->cl_children);
	LIST_INIT(&cl->cl_conns);
	return (cl);
}

static struct client *
client_find(pid_t pid)
{
	struct client *cl;

	LIST_FOREACH(cl, &clients, cl_link) {
		if (cl->cl_proc.p_pid == pid && !cl->cl_ended)
			return (cl);
	}
	return (NULL);
}

struct proc *
client_proc(struct client *cl)
{
	return (&cl->cl_proc);
}

static u_int *
ticket_count(struct ticket *tk)
{
	return (tk->tk_parent != NULL ? &tk->tk_parent->cl_tickets : &norphans);
}

static void
ticket_drop(struct ticket *tk)
{
	LIST_REMOVE(tk, tk_link);
	(*ticket_count(tk))--;
	(void)epoll_ctl(watch_fd, EPOLL_CTL_DEL, tk->tk_pipe, NULL);
	close(tk->tk_pipe);
	free(tk);
}

/* A child that was announced and will not come. */
static void
ticket_expire(struct ticket *tk)
{
	struct client *child;

	child = tk->tk_child;
	ticket_drop(tk);
	run_event(&child->cl_proc, NULL, event_exit);
	free(child);
}

/* Lets the oldest go if there are as many as may be. */
static void
ticket_make_room(struct tickets *list, u_int count, u_int max)
{
	struct ticket *last;

	if (count < max)
		return;
	LIST_FOREACH(last, list, tk_link) {
		if (LIST_NEXT(last, tk_link) == NULL)
			break;
	}
	ticket_expire(last);
}

/* A daemon's parent ends as soon as it has forked, perhaps before its hello. */
static void
ticket_orphan(struct ticket *tk)
{
	ticket_make_room(&orphans, norphans, MAX_ORPHANS);
	LIST_REMOVE(tk, tk_link);
	(*ticket_count(tk))--;
	tk->tk_parent = NULL;
	LIST_INSERT_HEAD(&orphans, tk, tk_link);
	(*ticket_count(tk))++;
}

/* A process without threads here has ended. */
static void
client_end(struct client *cl)
{
	struct ticket *tk;

	while ((tk = LIST_FIRST(&cl->cl_children)) != NULL)
		ticket_orphan(tk);
	run_event(&cl->cl_proc, NULL, event_exit);
	LIST_REMOVE(cl, cl_link);
	close(cl->cl_pidfd);
	free(cl);
}

static void
client_hang_up(struct client *cl)
{
	struct conn_link *cn;

	LIST_FOREACH(cn, &cl->cl_conns, cn_link)
		shutdown(cn->cn_fd, SHUT_RDWR);
}

/* The program of a known process has been replaced by another. */
static void
client_exec(struct client *cl, const uint8_t *cookie)
{
	run_event(&cl->cl_proc, NULL, event_exec);
	memcpy(cl->cl_cookie, cookie, WIRE_COOKIE);
	(void)process_image(cl->cl_proc.p_pid, &cl->cl_image);
}

static struct ticket *
ticket_among(struct tickets *list, uint64_t number)
{
	struct ticket *tk;

	LIST_FOREACH(tk, list, tk_link) {
		if (tk->tk_number == number)
			return (tk);
	}
	return (NULL);
}

static struct ticket *
ticket_find(uint64_t number)
{
	struct client *cl;
	struct ticket *tk;

	tk = ticket_among(&orphans, number);
	LIST_FOREACH(cl, &clients, cl_link) {
		if (tk != NULL)
			break;
		tk = ticket_among(&cl->cl_children, number);
	}
	return (tk);
}

/* Finds the process a ticket was given for, if it is one for this child. */
static struct client *
ticket_redeem(uint64_t number)
{
	struct client *child;
	struct ticket *tk;

	tk = ticket_find(number);
	if (tk == NULL)
		return (NULL);
	child = tk->tk_child;
	ticket_drop(tk);
	return (child);
}

/* Nobody is left who could say hello with a ticket. */
static void
ticket_lost(uint64_t number)
{
	struct ticket *tk;

	pthread_mutex_lock(&clients_lock);
	tk = ticket_find(number);
	if (tk != NULL)
		ticket_expire(tk);
	pthread_mutex_unlock(&clients_lock);
}

static bool
ticket_watch(struct ticket *tk)
{
	struct epoll_event ev;

	/* That the other end is closed is always told. */
	memset(&ev, 0, sizeof(ev));
	ev.data.u64 = tk->tk_number;
	return (epoll_ctl(watch_fd, EPOLL_CTL_ADD, tk->tk_pipe, &ev) == 0);
}

/* The nearest ancestor that is known, or NULL. */
static struct client *
known_ancestor(pid_t pid)
{
	struct client *cl;

	while ((pid = process_parent(pid)) > 1) {
		cl = client_find(pid);
		if (cl != NULL)
			return (cl);
	}
	return (NULL);
}

static struct client *
client_new(pid_t pid, const uint8_t *cookie, uint64_t number)
{
	struct epoll_event ev;
	struct client *cl, *parent;
	int pidfd;

	pidfd = process_open(pid);
	if (pidfd == -1)
		return (NULL);
	cl = number != 0 ? ticket_redeem(number) : NULL;
	if (cl == NULL) {
		cl = client_alloc();
		if (cl == NULL) {
			close(pidfd);
			return (NULL);
		}
		cl->cl_proc.p_pid = pid;
		parent = known_ancestor(pid);
		if (parent != NULL)
			run_event(&parent->cl_proc, &cl->cl_proc, event_fork);
	}
	cl->cl_proc.p_pid = pid;
	cl->cl_pidfd = pidfd;
	memcpy(cl->cl_cookie, cookie, WIRE_COOKIE);
	(void)process_image(pid, &cl->cl_image);
	LIST_INSERT_HEAD(&clients, cl, cl_link);
	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN;
	ev.data.ptr = cl;
	if (epoll_ctl(watch_fd, EPOLL_CTL_ADD, pidfd, &ev) == -1) {
		client_end(cl);
		return (NULL);
	}
	return (cl);
}

/* Whether a hello comes from another program than the one that is known. */
static bool
is_other_program(struct client *cl, const uint8_t *cookie)
{
	return (memcmp(cl->cl_cookie, cookie, WIRE_COOKIE) != 0);
}

/*
 * A thread of process `pid' has said hello on connection `fd'.  Returns the
 * process, or NULL if it is gone or has too many threads.
 */
struct client *
client_join(pid_t pid, const uint8_t *cookie, uint64_t number, int fd)
{
	struct conn_link *cn;
	struct client *cl;

	cn = calloc(1, sizeof(*cn));
	if (cn == NULL)
		return (NULL);
	cn->cn_fd = fd;
	pthread_mutex_lock(&clients_lock);
	while ((cl = client_find(pid)) != NULL &&
	    is_other_program(cl, cookie)) {
		if (cl->cl_threads == 0) {
			client_exec(cl, cookie);
		} else {
			client_hang_up(cl);
			pthread_cond_wait(&clients_quiet, &clients_lock);
		}
	}
	if (cl == NULL)
		cl = client_new(pid, cookie, number);
	if (cl != NULL && cl->cl_threads >= MAX_THREADS)
		cl = NULL;
	if (cl != NULL) {
		cl->cl_threads++;
		LIST_INSERT_HEAD(&cl->cl_conns, cn, cn_link);
	} else {
		free(cn);
	}
	pthread_mutex_unlock(&clients_lock);
	return (cl);
}

/*
 * A connection is over.  With the last one it may turn out that the process has
 * ended, or runs another program which has not said hello.
 */
void
client_leave(struct client *cl, int fd)
{
	struct conn_link *cn;
	uint64_t image;

	pthread_mutex_lock(&clients_lock);
	LIST_FOREACH(cn, &cl->cl_conns, cn_link) {
		if (cn->cn_fd == fd)
			break;
	}
	LIST_REMOVE(cn, cn_link);
	free(cn);
	if (--cl->cl_threads == 0) {
		if (cl->cl_ended)
			client_end(cl);
		else if (process_image(cl->cl_proc.p_pid, &image) &&
		    image != cl->cl_image) {
			run_event(&cl->cl_proc, NULL, event_exec);
			cl->cl_image = image;
			memset(cl->cl_cookie, 0, WIRE_COOKIE);
		}
		pthread_cond_broadcast(&clients_quiet);
	}
	pthread_mutex_unlock(&clients_lock);
}

static struct ticket *
ticket_alloc(int fd)
{
	struct ticket *tk;

	tk = calloc(1, sizeof(*tk));
	if (tk == NULL)
		return (NULL);
	tk->tk_child = client_alloc();
	if (tk->tk_child == NULL ||
	    getrandom(&tk->tk_number, sizeof(tk->tk_number), 0) !=
	    (ssize_t)sizeof(tk->tk_number)) {
		free(tk->tk_child);
		free(tk);
		return (NULL);
	}
	tk->tk_number |= 1;
	tk->tk_pipe = fd;
	return (tk);
}

/*
 * Announces a child that the calling thread's process is about to fork, and
 * takes the end of a pipe whose other end the child has until its hello.
 * Returns its ticket, 0 if it cannot be announced.
 */
uint64_t
client_fork(struct client *cl, int fd)
{
	struct ticket *tk;
	uint64_t number;

	tk = ticket_alloc(fd);
	if (tk == NULL) {
		close(fd);
		return (0);
	}
	number = tk->tk_number;
	pthread_mutex_lock(&clients_lock);
	hosted_fork(&cl->cl_proc, &tk->tk_child->cl_proc);
	/* The oldest: a child that is stopped, or pretended. */
	ticket_make_room(&cl->cl_children, cl->cl_tickets, MAX_TICKETS);
	tk->tk_parent = cl;
	LIST_INSERT_HEAD(&cl->cl_children, tk, tk_link);
	cl->cl_tickets++;
	if (!ticket_watch(tk)) {
		ticket_expire(tk);
		number = 0;
	}
	pthread_mutex_unlock(&clients_lock);
	return (number);
}

static uid_t
present_uid(uid_t uid)
{
	return (machd_map_root && uid == geteuid() ? 0 : uid);
}

static gid_t
present_gid(gid_t gid)
{
	return (machd_map_root && gid == getegid() ? 0 : gid);
}

/* Makes the credentials that the module sees. */
void
client_cred(pid_t pid, const struct peer *peer, struct ucred *cred)
{
	uid_t ruid;
	gid_t rgid;

	ruid = peer->pr_uid;
	rgid = peer->pr_gid;
	process_real_ids(pid, &ruid, &rgid);
	memset(cred, 0, sizeof(*cred));
	cred->cr_uid = present_uid(peer->pr_uid);
	cred->cr_gid = present_gid(peer->pr_gid);
	cred->cr_ruid = present_uid(ruid);
	cred->cr_rgid = present_gid(rgid);
	cred->cr_audit.ai_auid = cred->cr_ruid;
	cred->cr_prison = &prison0;
}

static void
client_ended(struct client *cl)
{
	pthread_mutex_lock(&clients_lock);
	epoll_ctl(watch_fd, EPOLL_CTL_DEL, cl->cl_pidfd, NULL);
	cl->cl_ended = true;
	if (cl->cl_threads == 0)
		client_end(cl);
	else
		client_hang_up(cl);
	pthread_cond_broadcast(&clients_quiet);
	pthread_mutex_unlock(&clients_lock);
}

/* A thread of the process waits for its call meanwhile. */
static void
client_signal(struct proc *p, int sig)
{
	struct client *cl;

	cl = __containerof(p, struct client, cl_proc);
	(void)process_signal(cl->cl_pidfd, sig);
}

static void *
watch(void *arg __unused)
{
	struct epoll_event ev;

	for (;;) {
		if (epoll_wait(watch_fd, &ev, 1, -1) != 1)
			continue;
		if (ev.data.ptr == NULL)
			return (NULL);
		if ((ev.data.u64 & 1) != 0)
			ticket_lost(ev.data.u64);
		else
			client_ended(ev.data.ptr);
	}
}

void
clients_init(void)
{
	struct epoll_event ev;
	struct thread *saved;
	int error;

	hosted_signal = client_signal;
	saved = hosted_curthread;
	error = hosted_thread_init(&event_thread, NULL, &event_cred, NULL,
	    NULL);
	if (error != 0)
		errx(1, "cannot run events: %s", strerror(error));
	hosted_curthread = saved;
	watch_fd = epoll_create1(EPOLL_CLOEXEC);
	stop_fd = eventfd(0, EFD_CLOEXEC);
	memset(&ev, 0, sizeof(ev));
	ev.events = EPOLLIN;
	if (watch_fd == -1 || stop_fd == -1 ||
	    epoll_ctl(watch_fd, EPOLL_CTL_ADD, stop_fd, &ev) == -1)
		err(1, "cannot watch processes");
	error = pthread_create(&watcher, NULL, watch, NULL);
	if (error != 0)
		errx(1, "cannot watch processes: %s", strerror(error));
}

/*
 * Ends every client as if its process had ended, so that the module can be
 * unloaded.
 */
void
clients_stop(void)
{
	const uint64_t one = 1;
	struct client *cl, *next;

	if (write(stop_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		err(1, "cannot stop");
	pthread_join(watcher, NULL);
	pthread_mutex_lock(&clients_lock);
	LIST_FOREACH_SAFE(cl, &clients, cl_link, next) {
		cl->cl_ended = true;
		if (cl->cl_threads == 0)
			client_end(cl);
		else
			client_hang_up(cl);
	}
	while (!LIST_EMPTY(&clients))
		pthread_cond_wait(&clients_quiet, &clients_lock);
	while (!LIST_EMPTY(&orphans))
		ticket_expire(LIST_FIRST(&orphans));
	pthread_mutex_unlock(&clients_lock);
	hosted_thread_fini(&event_thread);
	close(watch_fd);
	close(stop_fd);
}
