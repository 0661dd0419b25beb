/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Locks and sleep.
 *
 * A sleeping thread waits on its own eventfd, because a thread of machd must at
 * the same time watch the socket of the client it works for.  Who sleeps on
 * which address is kept in a hash of lists.
 */

#include <sys/param.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/sleepqueue.h>
#include <sys/systm.h>
#include <sys/time.h>

#include <errno.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

void
mtx_init(struct mtx *m, const char *name, const char *type __unused,
    int options __unused)
{
	m->mtx_name = name;
	m->mtx_owner = NULL;
	if (pthread_mutex_init(&m->mtx_lock, NULL) != 0)
		panic("mtx_init: %s: no memory", name);
}

void
mtx_destroy(struct mtx *m)
{
	if (pthread_mutex_destroy(&m->mtx_lock) != 0)
		panic("mtx_destroy: %s is locked", m->mtx_name);
}

void
mtx_lock(struct mtx *m)
{
	if (pthread_mutex_lock(&m->mtx_lock) != 0)
		panic("mtx_lock: %s", m->mtx_name);
	__atomic_store_n(&m->mtx_owner, curthread, __ATOMIC_RELAXED);
}

void
mtx_unlock(struct mtx *m)
{
	mtx_assert(m, MA_OWNED);
	__atomic_store_n(&m->mtx_owner, NULL, __ATOMIC_RELAXED);
	if (pthread_mutex_unlock(&m->mtx_lock) != 0)
		panic("mtx_unlock: %s", m->mtx_name);
}

void
mtx_assert(const struct mtx *m, int what)
{
	bool owned;

	owned = __atomic_load_n(&m->mtx_owner, __ATOMIC_RELAXED) == curthread;
	if (owned != (what == MA_OWNED))
		panic("mutex %s is %sheld by this thread", m->mtx_name,
		    owned ? "" : "not ");
}

sbintime_t
sbinuptime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((sbintime_t)ts.tv_sec * SBT_1S +
	    (sbintime_t)(((uint64_t)ts.tv_nsec << 32) / 1000000000u));
}

static struct sleepers {
	pthread_mutex_t	s_lock;
	TAILQ_HEAD(, thread) s_threads;
} sleepers[64];

HOSTED_INIT(sleepers_init)
{
	struct sleepers *s;

	for (s = sleepers; s < sleepers + nitems(sleepers); s++) {
		if (pthread_mutex_init(&s->s_lock, NULL) != 0)
			panic("sleepers: no memory");
		TAILQ_INIT(&s->s_threads);
	}
}

static struct sleepers *
sleepers_on(const void *channel)
{
	return (&sleepers[((uintptr_t)channel >> 6) % nitems(sleepers)]);
}

/*
 * Takes back a wake-up that came when the sleep had ended without it, unless
 * it was taken together with what ended the sleep.
 */
static void
drain_wakeup(struct thread *td)
{
	uint64_t count;

	while (read(td->h_wakefd, &count, sizeof(count)) == -1 &&
	    errno == EINTR)
		;
}

void
sleepq_lock(const void *channel)
{
	pthread_mutex_lock(&sleepers_on(channel)->s_lock);
}

void
sleepq_add(const void *channel, struct lock_object *lock __unused,
    const char *wmesg __unused, int flags __unused, int queue __unused)
{
	struct thread *td;

	td = curthread;
	td->h_channel = channel;
	td->h_until = 0;
	TAILQ_INSERT_TAIL(&sleepers_on(channel)->s_threads, td, h_sleepers);
}

void
sleepq_set_timeout_sbt(const void *channel __unused, sbintime_t when,
    sbintime_t precision __unused, int flags __unused)
{
	curthread->h_until = when;
}

int
sleepq_timedwait_sig(const void *channel, int priority __unused)
{
	struct sleepers *s;
	struct thread *td;
	bool woken;
	int error;

	td = curthread;
	s = sleepers_on(channel);
	pthread_mutex_unlock(&s->s_lock);
	error = td->h_vm->hv_sleep(td, td->h_until);
	pthread_mutex_lock(&s->s_lock);
	woken = td->h_channel == NULL;
	if (!woken)
		TAILQ_REMOVE(&s->s_threads, td, h_sleepers);
	pthread_mutex_unlock(&s->s_lock);
	if (woken && error != 0) {
		drain_wakeup(td);
		error = 0;
	}
	if (error != 0 && td->h_vm->hv_overslept != NULL)
		td->h_vm->hv_overslept(td);
	return (error);
}

int
sleepq_wait_sig(const void *channel, int priority)
{
	return (sleepq_timedwait_sig(channel, priority));
}

void
wakeup_one(const void *channel)
{
	const uint64_t one = 1;
	struct sleepers *s;
	struct thread *td;

	s = sleepers_on(channel);
	pthread_mutex_lock(&s->s_lock);
	TAILQ_FOREACH(td, &s->s_threads, h_sleepers) {
		if (td->h_channel == channel)
			break;
	}
	if (td != NULL) {
		TAILQ_REMOVE(&s->s_threads, td, h_sleepers);
		td->h_channel = NULL;
		while (write(td->h_wakefd, &one, sizeof(one)) == -1 &&
		    errno == EINTR)
			;
	}
	pthread_mutex_unlock(&s->s_lock);
}
