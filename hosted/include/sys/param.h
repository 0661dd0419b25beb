/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_PARAM_H_
#define	_HOSTED_SYS_PARAM_H_

/* param(9): what every kernel source includes first. */

#include <sys/types.h>
#include_next <sys/param.h>

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uintptr_t	vm_offset_t;
typedef uintptr_t	vm_size_t;
typedef int64_t		sbintime_t;
typedef long		hosted_register_t;

#ifndef nitems
#define	nitems(x)	(sizeof(x) / sizeof((x)[0]))
#endif
#define	rounddown2(x, y)	((x) & ~((__typeof(x))(y) - 1))
#define	roundup2(x, y)	(((x) + ((y) - 1)) & ~((__typeof(x))(y) - 1))

#define	__unused	__attribute__((__unused__))
#define	__noinline	__attribute__((__noinline__))
#define	__packed	__attribute__((__packed__))
#define	__aligned(x)	__attribute__((__aligned__(x)))
#define	__offsetof(type, field)	offsetof(type, field)
#define	__rangeof(type, start, end)					\
	(__offsetof(type, end) - __offsetof(type, start))
#define	__containerof(p, type, field)					\
	((type *)(void *)((char *)(p) - offsetof(type, field)))

#define	CTASSERT(x)	_Static_assert(x, #x)

#endif /* !_HOSTED_SYS_PARAM_H_ */
