/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_REFCOUNT_H_
#define	_HOSTED_SYS_REFCOUNT_H_

/* refcount(9). */

#include <sys/systm.h>

static inline void
refcount_init(u_int *count, u_int value)
{
	__atomic_store_n(count, value, __ATOMIC_RELAXED);
}

static inline u_int
refcount_acquire(u_int *count)
{
	u_int old;

	old = __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
	KASSERT(old > 0, ("refcount acquired on a dead object"));
	return (old);
}

static inline bool
refcount_release(u_int *count)
{
	u_int old;

	old = __atomic_fetch_sub(count, 1, __ATOMIC_ACQ_REL);
	KASSERT(old > 0, ("refcount released too often"));
	return (old == 1);
}

/* Releases a reference unless it is the last. */
static inline bool
refcount_release_if_not_last(u_int *count)
{
	u_int old;

	old = __atomic_load_n(count, __ATOMIC_RELAXED);
	do {
		KASSERT(old > 0, ("refcount released too often"));
		if (old == 1)
			return (false);
	} while (!__atomic_compare_exchange_n(count, &old, old - 1, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return (true);
}

#endif /* !_HOSTED_SYS_REFCOUNT_H_ */
