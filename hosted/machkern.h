/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The kernel inside a test program: any number of processes and threads, whose
 * memory is all that of the program.
 */

#ifndef _MACHKERN_H_
#define	_MACHKERN_H_

#include <sys/param.h>
#include <sys/proc.h>
#include <sys/ucred.h>

#include <mach/kern_return.h>
#include <mach/message.h>

#include "hosted.h"
#include "mach_abi.h"

/* A thread of the program that plays a thread of one of the processes. */
struct machkern_thread {
	struct thread	mt_thread;
	struct ucred	mt_cred;
	bool		mt_interrupted;
};

/*
 * Makes the calling thread one of process `p' with effective and real user
 * `uid'; 0 or errno.  It runs no other process's calls until detached.
 */
int	machkern_attach(struct machkern_thread *, struct proc *p, uid_t uid);
void	machkern_detach(struct machkern_thread *);

/*
 * Delivers a signal: the sleep of a thread, this or the next, ends.  The thread
 * must not be detached meanwhile.
 */
void	machkern_interrupt(struct machkern_thread *);

/* The two system calls, for the calling thread; see mach_abi.h. */
kern_return_t machkern_trap(int op, void *args, size_t size);
mach_msg_return_t machkern_msg(void *msg, mach_msg_option_t option,
	    mach_msg_size_t send_size, mach_msg_size_t rcv_size,
	    mach_port_name_t rcv_name, uint32_t timeout);

#endif /* !_MACHKERN_H_ */
