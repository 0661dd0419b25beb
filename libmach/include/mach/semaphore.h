/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Mach semaphores.  Every call is KERN_NOT_SUPPORTED; see sem_init(3).
 */

#ifndef _MACH_SEMAPHORE_H_
#define	_MACH_SEMAPHORE_H_

#include <sys/cdefs.h>

#include <mach/clock_types.h>
#include <mach/mach_types.h>

#define	SYNC_POLICY_FIFO	0x0

__BEGIN_DECLS
kern_return_t semaphore_create(task_t, semaphore_t *, int, int);
kern_return_t semaphore_destroy(task_t, semaphore_t);
kern_return_t semaphore_signal(semaphore_t);
kern_return_t semaphore_signal_all(semaphore_t);
kern_return_t semaphore_signal_thread(semaphore_t, thread_t);
kern_return_t semaphore_timedwait(semaphore_t, mach_timespec_t);
kern_return_t semaphore_wait(semaphore_t);
kern_return_t semaphore_wait_signal(semaphore_t, semaphore_t);
__END_DECLS

#endif /* !_MACH_SEMAPHORE_H_ */
