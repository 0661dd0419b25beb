/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_CONDVAR_H_
#define	_HOSTED_SYS_CONDVAR_H_

/*
 * condvar(9).  Only for use with the lock that covers the condition held, at
 * the signal as well as at the wait.
 */

#include <sys/param.h>
#include <sys/queue.h>
#include <sys/time.h>

struct mtx;
struct thread;

struct cv {
	TAILQ_HEAD(, thread) cv_waiters;
	const char	*cv_description;
};

void	cv_init(struct cv *, const char *);
void	cv_destroy(struct cv *);
int	cv_wait_sig(struct cv *, struct mtx *);
int	cv_timedwait_sig_sbt(struct cv *, struct mtx *, sbintime_t, sbintime_t,
	    int);
void	cv_signal(struct cv *);

#endif /* !_HOSTED_SYS_CONDVAR_H_ */
