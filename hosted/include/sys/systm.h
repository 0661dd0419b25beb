/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SYSTM_H_
#define	_HOSTED_SYS_SYSTM_H_

/* Assertions, atomics and access to the memory of the current process. */

#include <sys/param.h>

#include <string.h>

struct mtx;

void	panic(const char *, ...) __attribute__((__noreturn__,
	    __format__(__printf__, 1, 2)));
int	snprintf(char *, size_t, const char *, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
int	printf(const char *, ...) __attribute__((__format__(__printf__, 1, 2)));

#define	KASSERT(expression, message)					\
	do {								\
		if (!(expression))					\
			panic message;					\
	} while (0)

#define	strlcpy(to, from, size)						\
	((void)snprintf((to), (size), "%s", (from)))

void	wakeup_one(const void *);

int	copyin(const void *, void *, size_t);
int	copyout(const void *, void *, size_t);

#define	atomic_load_acq_int(p)						\
	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define	atomic_store_rel_int(p, v)					\
	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define	atomic_load_acq_ptr(p)						\
	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define	atomic_store_rel_ptr(p, v)					\
	__atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define	atomic_load_int(p)						\
	__atomic_load_n((p), __ATOMIC_RELAXED)
#define	atomic_load_long(p)						\
	__atomic_load_n((p), __ATOMIC_RELAXED)
#define	atomic_fetchadd_int(p, v)					\
	__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define	atomic_fetchadd_long(p, v)					\
	__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define	atomic_add_int(p, v)						\
	((void)__atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST))
#define	atomic_subtract_int(p, v)					\
	((void)__atomic_fetch_sub((p), (v), __ATOMIC_SEQ_CST))
#define	atomic_subtract_long(p, v)					\
	((void)__atomic_fetch_sub((p), (v), __ATOMIC_SEQ_CST))

#endif /* !_HOSTED_SYS_SYSTM_H_ */
