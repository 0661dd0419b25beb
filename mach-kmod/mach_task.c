/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Tasks: what the module keeps of a process.
 *
 * A process gets a task at its first trap, or at birth if its parent has a
 * bootstrap port to inherit; one that never traps costs nothing.  The name
 * space and the task port come with the first trap and go at exec and exit.
 * The bootstrap port survives exec.
 *
 * Tasks are found by process in a hash, once for each of its threads.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/errno.h>
#include <sys/eventhandler.h>
#include <sys/jail.h>
#include <sys/proc.h>
#include <sys/ucred.h>

struct image_params;

#define	TASK_HASH_SIZE	256u

static LIST_HEAD(, mach_task) task_hash[TASK_HASH_SIZE];
static struct mtx mach_task_lock;
MTX_SYSINIT(mach_task, &mach_task_lock, "mach tasks", MTX_DEF);

static u_int task_version;	/* last pidversion given out */
static eventhandler_tag fork_tag, exec_tag, exit_tag;

static u_int
task_hash_of(struct proc *p)
{
	return (((uintptr_t)p >> 8) % TASK_HASH_SIZE);
}

static struct mach_task *
task_find_locked(struct proc *p)
{
	struct mach_task *task;

	mtx_assert(&mach_task_lock, MA_OWNED);
	LIST_FOREACH(task, &task_hash[task_hash_of(p)], t_link) {
		if (task->t_proc == p)
			return (task);
	}
	return (NULL);
}

static struct mach_task *
task_find(struct proc *p)
{
	struct mach_task *task;

	mtx_lock(&mach_task_lock);
	task = task_find_locked(p);
	mtx_unlock(&mach_task_lock);
	return (task);
}

static uint32_t
task_next_version(void)
{
	return (atomic_fetchadd_int(&task_version, 1) + 1);
}

static void
task_free(struct mach_task *task)
{
	mach_task_drop_users(task);
	mtx_destroy(&task->t_lock);
	free(task, M_MACH);
	MACH_COUNT(tasks, -1);
}

/* Finds or makes the task of a process. */
struct mach_task *
mach_task_get(struct proc *p)
{
	struct mach_task *new, *task;

	task = task_find(p);
	if (task != NULL)
		return (task);
	new = malloc(sizeof(*new), M_MACH, M_WAITOK | M_ZERO);
	mtx_init(&new->t_lock, "mach task", NULL, MTX_DEF);
	LIST_INIT(&new->t_users);
	new->t_proc = p;
	new->t_version = task_next_version();
	MACH_COUNT(tasks, 1);
	mtx_lock(&mach_task_lock);
	task = task_find_locked(p);
	if (task == NULL)
		LIST_INSERT_HEAD(&task_hash[task_hash_of(p)], new, t_link);
	mtx_unlock(&mach_task_lock);
	if (task == NULL)
		return (new);
	task_free(new);
	return (task);
}

/*
 * Gives a task its name space and its port.  Threads of one process may come
 * here at the same time; the last field set is the one the fast path looks at.
 */
void
mach_task_populate(struct mach_task *task)
{
	struct mach_reap reap;
	struct mach_space *space;
	struct mach_port *self;
	bool installed;

	space = mach_space_create(task->t_proc->p_pid);
	self = mach_port_create_kobject(MACH_KO_TASK, task);
	mtx_lock(&task->t_lock);
	installed = task->t_space == NULL;
	if (installed) {
		task->t_self = self;
		atomic_store_rel_ptr((uintptr_t *)&task->t_space,
		    (uintptr_t)space);
	}
	mtx_unlock(&task->t_lock);
	if (installed)
		return;
	mach_reap_init(&reap);
	mach_port_kill(self, &reap);
	mach_space_rele(space);
	mach_reap_run(&reap);
}

/*
 * Ends what belongs to the program a process ran: its rights and its port.
 */
static void
task_depopulate(struct mach_task *task, struct mach_reap *reap)
{
	struct mach_space *space;

	space = task->t_space;
	if (space == NULL)
		return;
	mach_port_kill(task->t_self, reap);
	task->t_self = NULL;
	mtx_lock(&mach_task_lock);
	task->t_space = NULL;
	mtx_unlock(&mach_task_lock);
	mach_space_kill(space, reap);
	mach_reap_run(reap);
	mach_space_rele(space);
}

static void
task_exit(void *arg __unused, struct proc *p)
{
	struct mach_reap reap;
	struct mach_task *task;

	mtx_lock(&mach_task_lock);
	task = task_find_locked(p);
	if (task != NULL)
		LIST_REMOVE(task, t_link);
	mtx_unlock(&mach_task_lock);
	if (task == NULL)
		return;
	mach_thread_exit(curthread);
	mach_reap_init(&reap);
	task_depopulate(task, &reap);
	mach_right_release(&task->t_bootstrap.b_right, &reap);
	mach_reap_run(&reap);
	task_free(task);
}

static void
task_exec(void *arg __unused, struct proc *p,
    struct image_params *imgp __unused)
{
	struct mach_reap reap;
	struct mach_task *task;

	task = task_find(p);
	if (task == NULL)
		return;
	mach_thread_exec(curthread);
	mach_reap_init(&reap);
	task_depopulate(task, &reap);
	task->t_version = task_next_version();
}

/*
 * Copies a send right that is held, MACH_PORT_DEAD if its port has died; false
 * if there is none.
 */
static bool
copy_held(const struct mach_right *held, struct mach_right *right)
{
	*right = MACH_RIGHT_NULL;
	right->r_name = held->r_name;
	if (held->r_port != NULL && mach_port_is_dead(held->r_port))
		right->r_name = MACH_PORT_DEAD;
	else if (held->r_port != NULL)
		mach_right_copy_send(held->r_port, right);
	return (held->r_port != NULL || held->r_name != MACH_PORT_NULL);
}

/* What a child starts with; false if there is nothing. */
static bool
inherit(struct proc *parent, struct mach_bootstrap *b)
{
	struct mach_task *task;
	bool found;

	if (mach_thread_take_bootstrap(curthread, b))
		return (true);
	task = task_find(parent);
	if (task == NULL)
		return (false);
	mtx_lock(&task->t_lock);
	b->b_jail = task->t_bootstrap.b_jail;
	found = copy_held(&task->t_bootstrap.b_right, &b->b_right);
	mtx_unlock(&task->t_lock);
	return (found);
}

/* Runs in the thread that forks. */
static void
task_fork(void *arg __unused, struct proc *parent, struct proc *child,
    int flags __unused)
{
	struct mach_bootstrap bootstrap;

	if (inherit(parent, &bootstrap))
		mach_task_get(child)->t_bootstrap = bootstrap;
}

/*
 * Who a process is, at this moment.  The tokens of the kernel are all zero but
 * for {0, 1} in the security token.
 */
void
mach_task_tokens(struct mach_task *task, struct ucred *cred,
    security_token_t *security, audit_token_t *audit)
{
	security->val[0] = cred->cr_uid;
	security->val[1] = cred->cr_gid;
	audit->val[0] = cred->cr_audit.ai_auid;
	audit->val[1] = cred->cr_uid;
	audit->val[2] = cred->cr_gid;
	audit->val[3] = cred->cr_ruid;
	audit->val[4] = cred->cr_rgid;
	audit->val[5] = task->t_proc->p_pid;
	audit->val[6] = cred->cr_audit.ai_asid;
	audit->val[7] = task->t_version;
}

/* Whether a name is the caller's for its own task port. */
bool
mach_task_is_self(struct mach_task *task, mach_port_name_t name)
{
	return (mach_space_sends(task->t_space, name, task->t_self));
}

/* The pid behind a task port, anyone's. */
kern_return_t
mach_task_pid(struct mach_task *task, mach_port_name_t name, pid_t *pidp)
{
	struct mach_task *target;
	struct mach_entry *e;
	kern_return_t kr;

	kr = KERN_FAILURE;
	mtx_lock(&task->t_space->s_lock);
	e = mach_entry_lookup(task->t_space, name);
	if (e != NULL && (e->e_bits & MACH_PORT_TYPE_SEND) != 0 &&
	    e->e_port->p_kotype == MACH_KO_TASK) {
		/* The port is dead, and p_kobject NULL, before the task is. */
		mtx_lock(&e->e_port->p_lock);
		target = e->e_port->p_kobject;
		if (target != NULL) {
			*pidp = target->t_proc->p_pid;
			kr = KERN_SUCCESS;
		}
		mtx_unlock(&e->e_port->p_lock);
	}
	mtx_unlock(&task->t_space->s_lock);
	return (kr);
}

/*
 * Copies the send right of a bootstrap port, as MACH_PORT_DEAD if the port is.
 * Gives no right, and returns false, if there is none or it is another jail's.
 */
bool
mach_bootstrap_copy(struct mach_bootstrap *b, struct ucred *cred,
    struct mach_right *right)
{
	*right = MACH_RIGHT_NULL;
	return (b->b_jail == cred->cr_prison->pr_id &&
	    copy_held(&b->b_right, right));
}

/*
 * The task's bootstrap port, or the host-wide default when it has none.  One
 * that has died is not replaced: who was given a server of its own is not to
 * find itself with everybody's.
 */
void
mach_task_get_bootstrap(struct mach_task *task, struct ucred *cred,
    struct mach_right *right)
{
	bool found;

	mtx_lock(&task->t_lock);
	found = mach_bootstrap_copy(&task->t_bootstrap, cred, right);
	mtx_unlock(&task->t_lock);
	if (!found)
		mach_host_get_bootstrap(cred, right);
}

/* Consumes the right. */
void
mach_task_set_bootstrap(struct mach_task *task, struct ucred *cred,
    struct mach_right *right, struct mach_reap *reap)
{
	struct mach_right old;

	mtx_lock(&task->t_lock);
	old = task->t_bootstrap.b_right;
	task->t_bootstrap.b_right = *right;
	task->t_bootstrap.b_jail = cred->cr_prison->pr_id;
	mtx_unlock(&task->t_lock);
	mach_right_release(&old, reap);
}

/*
 * The name space of a process that the current thread may look into,
 * referenced; NULL if it has none.  ESRCH, or why it may not.  In capability
 * mode there is no process but one's own.
 */
int
mach_task_space(struct thread *td, pid_t pid, struct mach_space **spacep)
{
	struct mach_task *task;
	struct proc *p;
	int error;

	*spacep = NULL;
	if (IN_CAPABILITY_MODE(td) && pid != td->td_proc->p_pid)
		return (ECAPMODE);
	p = pfind(pid);
	if (p == NULL)
		return (ESRCH);
	error = p_candebug(td, p);
	mtx_lock(&mach_task_lock);
	task = task_find_locked(p);
	if (error == 0 && task != NULL) {
		*spacep = (struct mach_space *)atomic_load_acq_ptr(
		    (uintptr_t *)&task->t_space);
		if (*spacep != NULL)
			mach_space_ref(*spacep);
	}
	mtx_unlock(&mach_task_lock);
	PROC_UNLOCK(p);
	return (error);
}

/* Who uses Mach: up to `max' of them, and how many there are. */
u_int
mach_task_pids(pid_t *pids, u_int max)
{
	struct mach_task *task;
	u_int i, n;

	n = 0;
	mtx_lock(&mach_task_lock);
	for (i = 0; i < TASK_HASH_SIZE; i++) {
		LIST_FOREACH(task, &task_hash[i], t_link) {
			if (n < max)
				pids[n] = task->t_proc->p_pid;
			n++;
		}
	}
	mtx_unlock(&mach_task_lock);
	return (n);
}

void
mach_task_init(void)
{
	u_int i;

	for (i = 0; i < TASK_HASH_SIZE; i++)
		LIST_INIT(&task_hash[i]);
	fork_tag = EVENTHANDLER_REGISTER(process_fork, task_fork, NULL,
	    EVENTHANDLER_PRI_ANY);
	exec_tag = EVENTHANDLER_REGISTER(process_exec, task_exec, NULL,
	    EVENTHANDLER_PRI_ANY);
	exit_tag = EVENTHANDLER_REGISTER(process_exit, task_exit, NULL,
	    EVENTHANDLER_PRI_ANY);
}

/* Whether no process uses the module. */
bool
mach_task_idle(void)
{
	bool idle;
	u_int i;

	idle = true;
	mtx_lock(&mach_task_lock);
	for (i = 0; i < TASK_HASH_SIZE; i++)
		idle = idle && LIST_EMPTY(&task_hash[i]);
	mtx_unlock(&mach_task_lock);
	return (idle);
}

void
mach_task_fini(void)
{
	EVENTHANDLER_DEREGISTER(process_fork, fork_tag);
	EVENTHANDLER_DEREGISTER(process_exec, exec_tag);
	EVENTHANDLER_DEREGISTER(process_exit, exit_tag);
}
