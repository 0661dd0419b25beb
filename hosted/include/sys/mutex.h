/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_MUTEX_H_
#define	_HOSTED_SYS_MUTEX_H_

/* mutex(9) over pthread mutexes. */

#include <sys/param.h>
#include <sys/kernel.h>

#include <pthread.h>

struct mtx {
	pthread_mutex_t	mtx_lock;
	const char	*mtx_name;
	struct thread	*mtx_owner;
};

#define	MTX_DEF		0x0
#define	MA_OWNED	0x1
#define	MA_NOTOWNED	0x2

void	mtx_init(struct mtx *, const char *, const char *, int);
void	mtx_destroy(struct mtx *);
void	mtx_lock(struct mtx *);
void	mtx_unlock(struct mtx *);
void	mtx_assert(const struct mtx *, int);

#define	MTX_SYSINIT(name, lock, description, options)			\
	HOSTED_INIT(name##_mtx_sysinit)					\
	{								\
		mtx_init((lock), (description), NULL, (options));	\
	}								\
	struct hosted_swallow_semicolon

#endif /* !_HOSTED_SYS_MUTEX_H_ */
