/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * How much of what stays there may be: of each kind in the system, and of each
 * kind for one user, who is whom the real user id names in one jail.  The
 * host's superuser is counted, and limited only with everybody else.
 *
 * What is limited is what outlives a system call.  A message handed straight to
 * a receiver is never counted as queued.  What is charged to a user stays his
 * wherever it goes: a port to whoever made it, a message to its sender.  A
 * message that is queued also takes of the share of whoever made the port, or
 * a client that asks and does not read the answers would use up its server's.
 *
 * A charge holds a reference on its user, and so does a task on every user it
 * has been, so that the path of a message needs neither.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/jail.h>
#include <sys/limits.h>
#include <sys/proc.h>
#include <sys/signalvar.h>
#include <sys/syslog.h>
#include <sys/time.h>
#include <sys/ucred.h>

/* A user that a task has been. */
struct mach_user_hold {
	LIST_ENTRY(mach_user_hold) uh_link;
	struct mach_user *uh_user;
};

#define	USER_HASH_SIZE	64u

static LIST_HEAD(, mach_user) users[USER_HASH_SIZE];
static struct mtx users_lock;
MTX_SYSINIT(mach_users, &users_lock, "mach users", MTX_DEF);

static struct resource {
	const char	*r_name;
	u_long		r_count;	/* (a) */
	u_long		r_max;
	u_long		r_max_per_user;
} resources[MACH_NRESOURCES] = {
	[MACH_PORTS] = { "ports", 0, 262144, 65536 },
	[MACH_PSETS] = { "psets", 0, 65536, 16384 },
	[MACH_MEMBERS] = { "members", 0, 262144, 65536 },
	[MACH_QUEUED] = { "queued", 0, 65536, 16384 },
	[MACH_BYTES] = { "bytes", 0, 256ul * 1024 * 1024, 64ul * 1024 * 1024 },
	[MACH_NAMES] = { "names", 0, 4194304, 262144 },
	[MACH_NOTIFICATIONS] = { "notifications", 0, 262144, 65536 },
	[MACH_FILEPORTS] = { "fileports", 0, 8192, 1024 },
};

#define	RESOURCE(name, index, what)					\
	SYSCTL_ULONG(_kern_mach, OID_AUTO, name, CTLFLAG_RD,		\
	    &resources[index].r_count, 0, what);			\
	SYSCTL_ULONG(_kern_mach, OID_AUTO, max_##name, CTLFLAG_RWTUN,	\
	    &resources[index].r_max, 0, "Most of these in the system: "	\
	    what);							\
	SYSCTL_ULONG(_kern_mach, OID_AUTO, max_##name##_per_user,	\
	    CTLFLAG_RWTUN, &resources[index].r_max_per_user, 0,		\
	    "Most of these for one user: " what)

RESOURCE(ports, MACH_PORTS, "Ports, dead ones that are still named included");
RESOURCE(psets, MACH_PSETS, "Port sets");
RESOURCE(members, MACH_MEMBERS, "Memberships of ports in port sets");
RESOURCE(queued, MACH_QUEUED, "Messages queued by user tasks");
RESOURCE(bytes, MACH_BYTES,
    "Bytes of queued messages and of out-of-line memory in flight");

RESOURCE(names, MACH_NAMES, "Room for names, in all tasks");
RESOURCE(notifications, MACH_NOTIFICATIONS,
    "Notifications that are queued or may come to be");
RESOURCE(fileports, MACH_FILEPORTS, "Open files held by ports");

u_int mach_max_names = 65536;
SYSCTL_UINT(_kern_mach, OID_AUTO, max_names_per_task, CTLFLAG_RWTUN,
    &mach_max_names, 0, "Names one task may have");

/* Every message to an empty queue looks at all sets of its port. */
u_int mach_max_sets = 256;
SYSCTL_UINT(_kern_mach, OID_AUTO, max_sets_per_port, CTLFLAG_RWTUN,
    &mach_max_sets, 0, "Port sets one port may be in");

u_int mach_max_inline = 65536;
SYSCTL_UINT(_kern_mach, OID_AUTO, max_inline, CTLFLAG_RDTUN,
    &mach_max_inline, 0, "Bytes of a message, not counting out-of-line memory");

static int guard_kills;
SYSCTL_INT(_kern_mach, OID_AUTO, guard_kills, CTLFLAG_RWTUN, &guard_kills, 0,
    "Kill a process that breaks the guard of a port");

/*
 * Says in the log who was refused what, and what can be done; a program that
 * tries again and again is found there, once a second for each limit.
 */
static void
say_refused(enum mach_resource which, const char *limit, const char *suffix)
{
	static struct timeval last[MACH_NRESOURCES + 1];
	static int count[MACH_NRESOURCES + 1];
	int pid;

	if (ppsratecheck(&last[which], &count[which], 1) == 0)
		return;
	pid = curthread->td_proc->p_pid;
	log(LOG_NOTICE, "mach: pid %d of uid %u is refused more: "
	    "kern.mach.max_%s%s is reached; \"machstat -p %d\" shows what it "
	    "has\n", pid, (u_int)curthread->td_ucred->cr_ruid, limit, suffix,
	    pid);
}

static void
complain(enum mach_resource which, bool whole)
{
	say_refused(which, resources[which].r_name, whole ? "" : "_per_user");
}

/* The same for a limit that is nobody's share: "names_per_task". */
void
mach_complain(const char *limit)
{
	say_refused(MACH_NRESOURCES, limit, "");
}

/* The current process has tried what a guard forbids. */
void
mach_violation(void)
{
	struct proc *p;

	MACH_COUNT(violations, 1);
	if (guard_kills == 0)
		return;
	p = curthread->td_proc;
	log(LOG_NOTICE, "mach: pid %d of uid %u broke the guard of a port and "
	    "is killed: kern.mach.guard_kills\n", (int)p->p_pid,
	    (u_int)curthread->td_ucred->cr_ruid);
	PROC_LOCK(p);
	kern_psignal(p, SIGKILL);
	PROC_UNLOCK(p);
}

static bool
count_up(u_long *count, u_long n, u_long max)
{
	u_long had;

	had = atomic_fetchadd_long(count, n);
	if (had <= max && n <= max - had)
		return (true);
	atomic_subtract_long(count, n);
	return (false);
}

static void
user_rele(struct mach_user *user)
{
	bool last;

	if (refcount_release_if_not_last(&user->u_refs))
		return;
	mtx_lock(&users_lock);
	last = refcount_release(&user->u_refs);
	if (last)
		LIST_REMOVE(user, u_link);
	mtx_unlock(&users_lock);
	if (last)
		free(user, M_MACH);
}

static u_long
share_of(const struct mach_user *user, enum mach_resource which)
{
	return (user->u_exempt ? ULONG_MAX : resources[which].r_max_per_user);
}

/*
 * Counts `n' more of a resource in the share of a user, not in the whole, or
 * returns false if that would be too many.
 */
bool
mach_charge_share(struct mach_user *user, enum mach_resource which, u_long n)
{
	if (!count_up(&user->u_count[which], n, share_of(user, which))) {
		complain(which, false);
		return (false);
	}
	refcount_acquire(&user->u_refs);
	return (true);
}

/*
 * Counts `n' more of a resource for a user, or returns false if that would be
 * too many.  Each charge is given back with one mach_uncharge() of the same n.
 */
bool
mach_charge(struct mach_user *user, enum mach_resource which, u_long n)
{
	struct resource *r;

	if (!mach_charge_share(user, which, n))
		return (false);
	r = &resources[which];
	if (!count_up(&r->r_count, n, r->r_max)) {
		mach_uncharge_share(user, which, n);
		complain(which, true);
		return (false);
	}
	return (true);
}

/*
 * Counts one of what the kernel cannot do without, whatever the limits.  The
 * user is NULL for what is nobody's.
 */
void
mach_charge_anyway(struct mach_user *user, enum mach_resource which)
{
	(void)count_up(&resources[which].r_count, 1, ULONG_MAX);
	if (user == NULL)
		return;
	(void)count_up(&user->u_count[which], 1, ULONG_MAX);
	refcount_acquire(&user->u_refs);
}

/*
 * Whether a user's ports may have one more send-once right.  Each can become a
 * notification, which nothing may stop then: so it is stopped here.  Rights are
 * not counted, only notifications are, because every call makes a right; those
 * that exist are limited by the names and messages they are in.
 */
bool
mach_may_notify(const struct mach_user *user)
{
	struct resource *r;

	r = &resources[MACH_NOTIFICATIONS];
	if (user == NULL || (atomic_load_long(&r->r_count) < r->r_max &&
	    atomic_load_long(&user->u_count[MACH_NOTIFICATIONS]) <
	    share_of(user, MACH_NOTIFICATIONS)))
		return (true);
	complain(MACH_NOTIFICATIONS, atomic_load_long(&r->r_count) >= r->r_max);
	return (false);
}

void
mach_uncharge_share(struct mach_user *user, enum mach_resource which, u_long n)
{
	atomic_subtract_long(&user->u_count[which], n);
	user_rele(user);
}

/* The user is NULL for what is nobody's. */
void
mach_uncharge(struct mach_user *user, enum mach_resource which, u_long n)
{
	atomic_subtract_long(&resources[which].r_count, n);
	if (user != NULL)
		mach_uncharge_share(user, which, n);
}

static struct mach_user *
user_get(const struct ucred *cred)
{
	struct mach_user *new, *user;

	new = malloc(sizeof(*new), M_MACH, M_WAITOK | M_ZERO);
	refcount_init(&new->u_refs, 1);
	new->u_uid = cred->cr_ruid;
	new->u_prison = cred->cr_prison;
	new->u_exempt = cred->cr_ruid == 0 && cred->cr_prison->pr_id == 0;
	mtx_lock(&users_lock);
	LIST_FOREACH(user, &users[new->u_uid % USER_HASH_SIZE], u_link) {
		if (mach_user_is(user, cred))
			break;
	}
	if (user != NULL)
		refcount_acquire(&user->u_refs);
	else
		LIST_INSERT_HEAD(&users[new->u_uid % USER_HASH_SIZE], new,
		    u_link);
	mtx_unlock(&users_lock);
	if (user == NULL)
		return (new);
	free(new, M_MACH);
	return (user);
}

/*
 * The task is now another user than it was when it last had to be one.  It
 * keeps those it has been: another thread may be about to charge them.
 */
struct mach_user *
mach_task_change_user(struct mach_task *task, const struct ucred *cred)
{
	struct mach_user_hold *hold, *new;

	new = malloc(sizeof(*new), M_MACH, M_WAITOK | M_ZERO);
	new->uh_user = user_get(cred);
	mtx_lock(&task->t_lock);
	LIST_FOREACH(hold, &task->t_users, uh_link) {
		if (hold->uh_user == new->uh_user)
			break;
	}
	if (hold == NULL) {
		hold = new;
		LIST_INSERT_HEAD(&task->t_users, hold, uh_link);
	}
	atomic_store_rel_ptr((uintptr_t *)&task->t_user,
	    (uintptr_t)hold->uh_user);
	mtx_unlock(&task->t_lock);
	if (hold != new) {
		user_rele(new->uh_user);
		free(new, M_MACH);
	}
	return (hold->uh_user);
}

/* Whom to charge for what the current thread does. */
struct mach_user *
mach_current_user(void)
{
	return (mach_task_user(mach_task_current(curthread),
	    curthread->td_ucred));
}

/* The task ends. */
void
mach_task_drop_users(struct mach_task *task)
{
	struct mach_user_hold *hold;

	while ((hold = LIST_FIRST(&task->t_users)) != NULL) {
		LIST_REMOVE(hold, uh_link);
		user_rele(hold->uh_user);
		free(hold, M_MACH);
	}
}
