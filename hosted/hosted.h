/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The host's side of the kernel that mach-kmod/ runs in: processes, threads and
 * the events of their lives.  What the module itself uses is in include/sys.
 */

#ifndef _HOSTED_H_
#define	_HOSTED_H_

#include <sys/param.h>
#include <sys/module.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <sys/sysent.h>

struct filterops;

/* Loads and unloads the module; 0 or errno. */
int	hosted_kldload(void);
int	hosted_kldunload(void);

/*
 * A process comes, as the child of `parent' if that is not NULL; replaces its
 * program; goes.  Called by a thread of that process (for fork, of the parent)
 * or with a borrowed one, which is then the current thread.
 */
void	hosted_fork(struct proc *parent, struct proc *child);
void	hosted_exec(struct proc *);
void	hosted_exit(struct proc *);

/* How many event handlers are registered. */
u_int	hosted_handlers(void);

/* Sets up a thread of a process; it becomes the calling thread's. */
int	hosted_thread_init(struct thread *, struct proc *, struct ucred *,
	    const struct hosted_vm *, void *);
void	hosted_thread_fini(struct thread *);
/* Makes one as it was after the first, to be used for another process. */
void	hosted_thread_clear(struct thread *);

/*
 * Runs `number's system call for the current thread with arguments `args'.
 * Returns errno, with the result in td_retval[0].
 */
int	hosted_syscall(int number, void *args);

/* Variables: read, write, or find the first after `previous' (NULL: any). */
struct hosted_sysctl *hosted_sysctl_find(const char *);
struct hosted_sysctl *hosted_sysctl_next(const struct hosted_sysctl *);
void	hosted_sysctl_name(const struct hosted_sysctl *, char *, size_t);
uint64_t hosted_sysctl_get(const struct hosted_sysctl *);
int	hosted_sysctl_set(struct hosted_sysctl *, uint64_t);

/* The number that a filter of the module may claim, and what did. */
extern int hosted_free_filter;
extern const struct filterops *hosted_filter;

/* Brings the descriptors that processes have from the module up to date. */
void	hosted_files_sweep(void);

/*
 * Makes the n-th call from now fail that may, in this thread: the memory of a
 * process, out-of-line memory, descriptors, whatever module loading asks for.
 * 0 makes none fail.  Returns whether one has since the last time.
 */
bool	hosted_fault_set(u_int n);

/* Holds the countdown still meanwhile. */
u_int	hosted_fault_pause(void);
void	hosted_fault_resume(u_int);

/* For what may fail: whether it is to. */
bool	hosted_fault(void);

/*
 * What others do while the next allocation sleeps that may, for a test of one
 * thread; NULL if nothing.
 */
extern void (*hosted_meanwhile)(void);

/* Allocations that are not freed yet; none when the module is unloaded. */
uint64_t hosted_malloc_live(void);

#endif /* !_HOSTED_H_ */
