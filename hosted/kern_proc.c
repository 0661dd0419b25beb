/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Processes, threads, their events, and system calls.
 */

#include <sys/param.h>
#include <sys/eventhandler.h>
#include <sys/jail.h>
#include <sys/osd.h>
#include <sys/signalvar.h>
#include <sys/systm.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "hosted.h"


_Thread_local struct thread *hosted_curthread;
void (*hosted_signal)(struct proc *, int);

struct sysent sysent[HOSTED_SYSCALLS];

#define	FIRST_FREE_SYSCALL	210

struct hosted_handler {
	const char	*hh_event;
	void		*hh_function;
	void		*hh_argument;
};

#define	MAX_HANDLERS	8

static struct hosted_handler handlers[MAX_HANDLERS];
static pthread_mutex_t handlers_lock = PTHREAD_MUTEX_INITIALIZER;
static u_int osd_slots;		/* bitmap, bit 0 is slot 1 */
static void (*osd_destructors[HOSTED_OSD_SLOTS])(void *);

static const osd_method_t *jail_methods;
static LIST_HEAD(, proc) procs = LIST_HEAD_INITIALIZER(procs);
static pthread_mutex_t procs_lock = PTHREAD_MUTEX_INITIALIZER;

struct image_params;
typedef void fork_fn(void *, struct proc *, struct proc *, int);
typedef void exec_fn(void *, struct proc *, struct image_params *);
typedef void exit_fn(void *, struct proc *);

eventhandler_tag
hosted_handler_register(const char *event, void *function, void *argument)
{
	u_int i;

	pthread_mutex_lock(&handlers_lock);
	for (i = 0; handlers[i].hh_event != NULL; i++)
		KASSERT(i + 1 < MAX_HANDLERS, ("too many event handlers"));
	handlers[i] = (struct hosted_handler){ event, function, argument };
	pthread_mutex_unlock(&handlers_lock);
	return (&handlers[i]);
}

void
hosted_handler_deregister(eventhandler_tag tag)
{
	pthread_mutex_lock(&handlers_lock);
	tag->hh_event = NULL;
	pthread_mutex_unlock(&handlers_lock);
}

u_int
hosted_handlers(void)
{
	u_int i, n;

	n = 0;
	pthread_mutex_lock(&handlers_lock);
	for (i = 0; i < MAX_HANDLERS; i++)
		n += handlers[i].hh_event != NULL;
	pthread_mutex_unlock(&handlers_lock);
	return (n);
}

/* A copy, so that no lock is held over the call. */
static bool
handler_find(const char *event, struct hosted_handler *hh)
{
	bool found;
	u_int i;

	found = false;
	pthread_mutex_lock(&handlers_lock);
	for (i = 0; i < MAX_HANDLERS && !found; i++) {
		found = handlers[i].hh_event != NULL &&
		    strcmp(handlers[i].hh_event, event) == 0;
		if (found)
			*hh = handlers[i];
	}
	pthread_mutex_unlock(&handlers_lock);
	return (found);
}

void
hosted_fork(struct proc *parent, struct proc *child)
{
	struct hosted_handler hh;

	if (handler_find("process_fork", &hh))
		((fork_fn *)hh.hh_function)(hh.hh_argument, parent, child, 0);
}

void
hosted_exec(struct proc *p)
{
	struct hosted_handler hh;

	if (handler_find("process_exec", &hh))
		((exec_fn *)hh.hh_function)(hh.hh_argument, p, NULL);
}

void
hosted_exit(struct proc *p)
{
	struct hosted_handler hh;

	PROC_LOCK(p);
	if (p->h_listed)
		LIST_REMOVE(p, h_link);
	p->h_listed = false;
	PROC_UNLOCK(p);
	if (handler_find("process_exit", &hh))
		((exit_fn *)hh.hh_function)(hh.hh_argument, p);
}

int
osd_thread_register(void (*destructor)(void *))
{
	int slot;

	for (slot = 1; slot <= HOSTED_OSD_SLOTS; slot++) {
		if ((osd_slots & 1u << (slot - 1)) == 0) {
			osd_slots |= 1u << (slot - 1);
			osd_destructors[slot - 1] = destructor;
			return (slot);
		}
	}
	panic("osd_thread_register: no slot");
}

void
osd_thread_deregister(int slot)
{
	osd_slots &= ~(1u << (slot - 1));
	osd_destructors[slot - 1] = NULL;
}

/* A thread has room for every slot from the start. */
void **
osd_reserve(u_int slot __unused)
{
	return (NULL);
}

int
osd_thread_set_reserved(struct thread *td, u_int slot, void **rsv __unused,
    void *value)
{
	td->h_osd[slot - 1] = value;
	return (0);
}

void
osd_thread_del(struct thread *td, u_int slot)
{
	void *value;

	value = td->h_osd[slot - 1];
	td->h_osd[slot - 1] = NULL;
	if (value != NULL && osd_destructors[slot - 1] != NULL)
		osd_destructors[slot - 1](value);
}

void *
osd_thread_get_unlocked(struct thread *td, u_int slot)
{
	return (td->h_osd[slot - 1]);
}

int
osd_jail_register(void (*destructor)(void *) __unused,
    const osd_method_t *methods)
{
	KASSERT(jail_methods == NULL, ("too many jail slots"));
	jail_methods = methods;
	return (1);
}

void
osd_jail_deregister(int slot __unused)
{
	jail_methods = NULL;
}

int
osd_jail_call(struct prison *pr, u_int method, void *data)
{
	return (jail_methods[method](pr, data));
}

void
PROC_LOCK(struct proc *p __unused)
{
	pthread_mutex_lock(&procs_lock);
}

void
PROC_UNLOCK(struct proc *p __unused)
{
	pthread_mutex_unlock(&procs_lock);
}

struct proc *
pfind(pid_t pid)
{
	struct proc *p;

	PROC_LOCK(NULL);
	LIST_FOREACH(p, &procs, h_link) {
		if (p->p_pid == pid)
			return (p);
	}
	PROC_UNLOCK(NULL);
	return (NULL);
}

/* Root may, and who is the same user in every way. */
int
p_candebug(struct thread *td, struct proc *p)
{
	const struct ucred *cred;

	cred = td->td_ucred;
	if (td->td_proc == p || cred->cr_uid == 0)
		return (0);
	return (cred->cr_uid == p->h_cred.cr_uid &&
	    cred->cr_uid == p->h_cred.cr_ruid ? 0 : EPERM);
}

/* A thread with memory of its own is one of the process. */
static void
proc_enter(struct proc *p, const struct ucred *cred)
{
	PROC_LOCK(p);
	p->h_cred = *cred;
	if (!p->h_listed)
		LIST_INSERT_HEAD(&procs, p, h_link);
	p->h_listed = true;
	PROC_UNLOCK(p);
}

int
hosted_thread_init(struct thread *td, struct proc *p, struct ucred *cred,
    const struct hosted_vm *vm, void *private)
{
	memset(td, 0, sizeof(*td));
	td->td_proc = p;
	td->td_ucred = cred;
	td->h_vm = vm;
	td->h_private = private;
	td->h_wakefd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (td->h_wakefd == -1)
		return (errno);
	if (vm != NULL)
		proc_enter(p, cred);
	hosted_curthread = td;
	return (0);
}

void
hosted_thread_clear(struct thread *td)
{
	u_int slot;

	for (slot = 1; slot <= HOSTED_OSD_SLOTS; slot++)
		osd_thread_del(td, slot);
}

void
hosted_thread_fini(struct thread *td)
{
	hosted_thread_clear(td);
	close(td->h_wakefd);
	if (hosted_curthread == td)
		hosted_curthread = NULL;
}

int
copyin(const void *uaddr, void *kaddr, size_t len)
{
	if (hosted_fault())
		return (EFAULT);
	return (curthread->h_vm->hv_copyin(curthread, (vm_offset_t)uaddr,
	    kaddr, len));
}

int
copyout(const void *kaddr, void *uaddr, size_t len)
{
	if (hosted_fault())
		return (EFAULT);
	return (curthread->h_vm->hv_copyout(curthread, kaddr,
	    (vm_offset_t)uaddr, len));
}

int
kern_syscall_register(struct sysent *table, int *offset, struct sysent *new,
    struct sysent *old, int flags __unused)
{
	int i;

	if (hosted_fault())
		return (ENFILE);
	i = *offset;
	if (i == NO_SYSCALL) {
		for (i = FIRST_FREE_SYSCALL; i < HOSTED_SYSCALLS; i++) {
			if (table[i].sy_call == NULL)
				break;
		}
	}
	if (i == HOSTED_SYSCALLS)
		return (ENFILE);
	if (table[i].sy_call != NULL)
		return (EEXIST);
	*offset = i;
	*old = table[i];
	table[i] = *new;
	return (0);
}

int
kern_syscall_deregister(struct sysent *table, int offset,
    const struct sysent *old)
{
	if (offset < 0 || offset >= HOSTED_SYSCALLS ||
	    table[offset].sy_call == NULL)
		panic("a system call is taken away that is not there");
	table[offset] = *old;
	return (0);
}

int
hosted_syscall(int number, void *args)
{
	int error;

	if (number < 0 || number >= HOSTED_SYSCALLS ||
	    sysent[number].sy_call == NULL)
		return (ENOSYS);
	error = sysent[number].sy_call(curthread, args);
	hosted_files_sweep();
	return (error);
}

/* A module that cannot be loaded is told to unload, as FreeBSD does. */
int
hosted_kldload(void)
{
	int error;

	error = hosted_module->evhand(NULL, MOD_LOAD, hosted_module->priv);
	if (error != 0)
		(void)hosted_module->evhand(NULL, MOD_UNLOAD,
		    hosted_module->priv);
	return (error);
}

int
hosted_kldunload(void)
{
	int error;

	hosted_files_sweep();
	error = hosted_module->evhand(NULL, MOD_QUIESCE, hosted_module->priv);
	if (error == 0)
		error = hosted_module->evhand(NULL, MOD_UNLOAD,
		    hosted_module->priv);
	if (error == 0 && hosted_malloc_live() != 0)
		panic("the module leaves %ju allocations behind",
		    (uintmax_t)hosted_malloc_live());
	return (error);
}
