/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_MALLOC_H_
#define	_HOSTED_SYS_MALLOC_H_

/* malloc(9): memory by type, counted in all. */

#include <sys/param.h>

struct malloc_type {
	const char	*mt_name;
};

#define	M_NOWAIT	0x0001
#define	M_WAITOK	0x0002
#define	M_ZERO		0x0100

#define	MALLOC_DECLARE(type)	extern struct malloc_type type[1]
#define	MALLOC_DEFINE(type, name, description)				\
	struct malloc_type type[1] = { { (name) } }

void	*hosted_malloc(size_t, struct malloc_type *, int);
void	hosted_free(void *, struct malloc_type *);

#define	malloc(size, type, flags)	hosted_malloc((size), (type), (flags))
#define	free(address, type)		hosted_free((address), (type))

#endif /* !_HOSTED_SYS_MALLOC_H_ */
