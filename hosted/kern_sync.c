/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Locks and condition variables.
 *
 * A sleeping thread waits on its own eventfd, because a thread of machd must at
 * the same time watch the socket of the client it works for.  A condition
 * variable is just the list of its sleepers, covered by the caller's lock.
 */

#include <sys/param.h>
#include <sys/condvar.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/systm.h>

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

void
cv_init(struct cv *cv, const char *description)
{
	TAILQ_INIT(&cv->cv_waiters);
	cv->cv_description = description;
}

void
cv_destroy(struct cv *cv)
{
	KASSERT(TAILQ_EMPTY(&cv->cv_waiters),
	    ("cv_destroy: %s has waiters", cv->cv_description));
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

int
cv_timedwait_sig_sbt(struct cv *cv, struct mtx *m, sbintime_t when,
    sbintime_t precision __unused, int flags __unused)
{
	struct thread *td;
	int error;

	td = curthread;
	mtx_assert(m, MA_OWNED);
	td->h_woken = false;
	TAILQ_INSERT_TAIL(&cv->cv_waiters, td, h_waitq);
	mtx_unlock(m);
	error = td->h_vm->hv_sleep(td, when);
	mtx_lock(m);
	if (td->h_woken) {
		if (error != 0)
			drain_wakeup(td);
		return (0);
	}
	TAILQ_REMOVE(&cv->cv_waiters, td, h_waitq);
	return (error);
}

int
cv_wait_sig(struct cv *cv, struct mtx *m)
{
	return (cv_timedwait_sig_sbt(cv, m, 0, 0, C_ABSOLUTE));
}

void
cv_signal(struct cv *cv)
{
	const uint64_t one = 1;
	struct thread *td;

	td = TAILQ_FIRST(&cv->cv_waiters);
	if (td == NULL)
		return;
	TAILQ_REMOVE(&cv->cv_waiters, td, h_waitq);
	td->h_woken = true;
	while (write(td->h_wakefd, &one, sizeof(one)) == -1 && errno == EINTR)
		;
}
