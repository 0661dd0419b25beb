/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SLEEPQUEUE_H_
#define	_HOSTED_SYS_SLEEPQUEUE_H_

/*
 * sleepqueue(9), as far as one thread at a time sleeps on a channel.  Every
 * sleep can be interrupted; SLEEPQ_INTERRUPTIBLE says so.
 */

#include <sys/param.h>

#define	SLEEPQ_SLEEP		0x0
#define	SLEEPQ_INTERRUPTIBLE	0x100

struct lock_object;

void	sleepq_lock(const void *);
void	sleepq_add(const void *, struct lock_object *, const char *, int, int);
void	sleepq_set_timeout_sbt(const void *, sbintime_t, sbintime_t, int);
int	sleepq_wait_sig(const void *, int);
int	sleepq_timedwait_sig(const void *, int);

#endif /* !_HOSTED_SYS_SLEEPQUEUE_H_ */
