/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SYSENT_H_
#define	_HOSTED_SYS_SYSENT_H_

/* System calls by number; a module may take free slots. */

#include <sys/param.h>
#include <sys/proc.h>

typedef int sy_call_t(struct thread *, void *);

struct sysent {
	sy_call_t	*sy_call;
	uint8_t		sy_narg;
	uint8_t		sy_flags;
};

#define	SYF_CAPENABLED	0x1
#define	NO_SYSCALL	(-1)
#define	HOSTED_SYSCALLS	220

extern struct sysent sysent[HOSTED_SYSCALLS];

int	kern_syscall_register(struct sysent *, int *, struct sysent *,
	    struct sysent *, int);
int	kern_syscall_deregister(struct sysent *, int, const struct sysent *);

#endif /* !_HOSTED_SYS_SYSENT_H_ */
