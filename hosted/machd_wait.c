/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Connections that have not said hello.
 *
 * They have a descriptor and a thread, and belong to no process whose limits
 * would hold them, so a user has few of them at a time.  libmach says hello as
 * soon as it is connected; the one that has been silent for longest is closed
 * for another.  One whose hello waits for its thread to run is not silent.
 */

#include "machd.h"

#include <err.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#define	MAX_SILENT	64	/* of a user */

#define	WARNING_PAUSE	60	/* seconds from one warning to the next */

static TAILQ_HEAD(, waiter) waiters = TAILQ_HEAD_INITIALIZER(waiters);
static pthread_mutex_t waiters_lock = PTHREAD_MUTEX_INITIALIZER;

static void
warn_of(uid_t uid)
{
	static time_t next;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < next)
		return;
	next = now.tv_sec + WARNING_PAUSE;
	warnx("uid %u has more than %d connections without a hello; the oldest "
	    "are closed", (u_int)uid, MAX_SILENT);
}

static bool
is_silent(const struct waiter *w)
{
	struct pollfd pfd;

	pfd = (struct pollfd){ w->w_fd, POLLIN, 0 };
	return (poll(&pfd, 1, 0) == 0);
}

/* The user's oldest silent connection if there are more than are allowed. */
static struct waiter *
one_too_many(uid_t uid)
{
	struct waiter *oldest, *w;
	u_int n;

	n = 0;
	oldest = NULL;
	TAILQ_FOREACH(w, &waiters, w_link) {
		if (w->w_uid != uid || !is_silent(w))
			continue;
		if (n++ == 0)
			oldest = w;
	}
	return (n > MAX_SILENT ? oldest : NULL);
}

/* Connection `fd' of a user is accepted; `w' is in use until it leaves. */
void
wait_enter(struct waiter *w, int fd, uid_t uid)
{
	struct waiter *old;

	w->w_fd = fd;
	w->w_uid = uid;
	w->w_counted = true;
	pthread_mutex_lock(&waiters_lock);
	TAILQ_INSERT_TAIL(&waiters, w, w_link);
	old = one_too_many(uid);
	if (old != NULL) {
		warn_of(uid);
		TAILQ_REMOVE(&waiters, old, w_link);
		old->w_counted = false;
		/* Its thread sees the end, and closes it. */
		(void)shutdown(old->w_fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&waiters_lock);
}

/* It has said something, or ended. */
void
wait_leave(struct waiter *w)
{
	pthread_mutex_lock(&waiters_lock);
	if (w->w_counted)
		TAILQ_REMOVE(&waiters, w, w_link);
	w->w_counted = false;
	pthread_mutex_unlock(&waiters_lock);
}
