/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The way into the kernel.  There are two, chosen when libmach is built:
 * system calls (trap_freebsd.c) and machd (trap_hosted.c).
 */

#ifndef _TRAP_H_
#define	_TRAP_H_

#include <sys/types.h>

#include <stdint.h>

#include <mach/kern_return.h>
#include <mach/message.h>

#include "mach_abi.h"

/* See mach_abi.h. */
kern_return_t mach_trap(int op, void *args, size_t size);
mach_msg_return_t mach_msg_trap(struct mach_msg_trap_args *args);

/*
 * Variables of kern.mach, by the name behind that; for tests and tools.  Return
 * 0 or errno.
 */
int	mach_sysctl(const char *name, uint64_t *value);
int	mach_sysctl_set(const char *name, uint64_t value);
int	mach_sysctl_next(char *name, size_t size, uint64_t *value);

/* Around fork(2); see pthread_atfork(3). */
void	mach_trap_atfork_prepare(void);
void	mach_trap_atfork_parent(void);
void	mach_trap_atfork_child(void);

/* mig.c: forgets the reply ports of a parent. */
void	mig_atfork_child(void);

#endif /* !_TRAP_H_ */
