/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_PROC_H_
#define	_HOSTED_SYS_PROC_H_

/*
 * Processes and threads as the module sees them, and, in the fields named
 * h_..., as the host makes them.
 */

#include <sys/param.h>
#include <sys/queue.h>
#include <sys/ucred.h>

struct thread;

#define	HOSTED_OSD_SLOTS	8

/* How a thread reaches the memory of its process. */
struct hosted_vm {
	int	(*hv_copyin)(struct thread *, vm_offset_t, void *, size_t);
	int	(*hv_copyout)(struct thread *, const void *, vm_offset_t,
		    size_t);
	int	(*hv_map)(struct thread *, vm_size_t, vm_offset_t *);
	void	(*hv_unmap)(struct thread *, vm_offset_t, vm_size_t);
	/*
	 * A descriptor of the process as one of the host's own, to be closed;
	 * and one of the host's as a new one of the process: 0 or errno.
	 */
	int	(*hv_getfd)(struct thread *, int, int *);
	int	(*hv_putfd)(struct thread *, int, int *);
	/*
	 * Waits for the thread's wake-up descriptor, a signal or the deadline
	 * (0 for none): 0, EINTR or EWOULDBLOCK.
	 */
	int	(*hv_sleep)(struct thread *, sbintime_t);
	/*
	 * If not NULL: a sleep has ended by a signal or the deadline, and the
	 * thread holds no lock yet.  Here a test lets others be faster.
	 */
	void	(*hv_overslept)(struct thread *);
};

struct proc {
	pid_t		p_pid;
	struct ucred	h_cred;		/* of the thread that came last */
	bool		h_listed;	/* it can be found */
	LIST_ENTRY(proc) h_link;
};

/*
 * One lock for all processes.  A process can be found from its first thread to
 * its exit.
 */
struct proc *pfind(pid_t);
void	PROC_LOCK(struct proc *);
void	PROC_UNLOCK(struct proc *);
int	p_candebug(struct thread *, struct proc *);

struct thread {
	struct proc	*td_proc;
	struct ucred	*td_ucred;
	hosted_register_t td_retval[2];
	void		*h_osd[HOSTED_OSD_SLOTS];
	const struct hosted_vm *h_vm;
	void		*h_private;
	TAILQ_ENTRY(thread) h_sleepers;	/* kern_sync.c */
	const void	*h_channel;	/* what it sleeps on; NULL once woken */
	sbintime_t	h_until;	/* the sleep's deadline, 0 for none */
	int		h_wakefd;	/* eventfd(2) */
};

extern _Thread_local struct thread *hosted_curthread;
#define	curthread	hosted_curthread

/* There are no processes of other ABIs here. */
#define	SV_ILP32	0x1
#define	SV_PROC_FLAG(process, flag)	((void)(process), 0)

#endif /* !_HOSTED_SYS_PROC_H_ */
