/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_COUNTER_H_
#define	_HOSTED_SYS_COUNTER_H_

/* counter(9). */

#include <sys/kernel.h>
#include <sys/param.h>

typedef uint64_t *counter_u64_t;

counter_u64_t counter_u64_alloc(void);

/* There from start to end, however often the module is loaded. */
#define	COUNTER_U64_SYSINIT(counter)					\
	HOSTED_INIT(counter##_init)					\
	{								\
		(counter) = counter_u64_alloc();			\
	}								\
	struct hosted_swallow_semicolon

#define	counter_u64_add(counter, n)					\
	((void)__atomic_fetch_add((counter), (uint64_t)(int64_t)(n),	\
	    __ATOMIC_RELAXED))
#define	counter_u64_fetch(counter)					\
	__atomic_load_n((counter), __ATOMIC_RELAXED)

#endif /* !_HOSTED_SYS_COUNTER_H_ */
