/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The objects of Mach IPC and the rules they share.
 *
 * Lock order, outermost first:
 *
 *	mach_transit_lock	which receive right travels to which port
 *	space			s_lock
 *	port			p_lock (one at a time, never two)
 *	port set		ps_lock (one at a time)
 *
 * mach_host_lock and t_lock come before the port lock, and no other lock is
 * taken with them.  mach_task_lock and users_lock are leaves; the kernel's lock
 * of a process comes before them.  No lock is held
 * across copyin, copyout, an allocation that sleeps, or a call out of the
 * module.
 * Fields are marked with the lock that covers them: (s), (p), (ps), (t) for the
 * transit lock, (c) for constant after creation, (o) for the owner alone,
 * (a) for atomic.
 *
 * Releasing a right can set off more releases without bound (a destroyed
 * message holds the last right to a port whose queue holds messages...).
 * Functions that release take a struct mach_reap, on which they leave the
 * messages still to be posted or destroyed; the outermost caller drains it with
 * mach_reap_run() when it holds no lock.
 *
 * A message is to cost no more than bytes in a pipe.  What every message does
 * is inline, in here if more than one file needs it; what few do is a call
 * (__noinline) that comes last, so that the others save no registers for it.
 */

#ifndef _MACH_VAR_H_
#define	_MACH_VAR_H_

#include <sys/param.h>
#include <sys/counter.h>
#include <sys/kernel.h>
#include <sys/lock.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/osd.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/refcount.h>
#include <sys/sdt.h>
#include <sys/selinfo.h>
#include <sys/sleepqueue.h>
#include <sys/sysctl.h>
#include <sys/systm.h>
#include <sys/time.h>
#include <sys/tree.h>
#include <sys/ucred.h>

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/mach_port_info.h>
#include <mach/port.h>
#include <mach/message.h>

MALLOC_DECLARE(M_MACH);
SYSCTL_DECL(_kern_mach);
SDT_PROVIDER_DECLARE(mach);

/* What libmach has to know, which a program may load in capability mode. */
#define	MACH_PUBLISHED	(CTLFLAG_RD | CTLFLAG_CAPRD)

struct mach_chunk;
struct mach_entry;
struct mach_fileport;
struct mach_kmsg;
struct mach_member;
struct mach_port;
struct mach_port_notification_args;
struct mach_pset;
struct mach_request;
struct mach_source;
struct mach_space;
struct mach_task;
struct mach_thread;
struct mach_user;
struct mach_user_hold;
struct mach_vm_copy;
struct proc;
struct thread;
struct ucred;
struct uio;

/* It wants the last of these declared. */
#include <sys/ktrace.h>

STAILQ_HEAD(mach_kmsg_list, mach_kmsg);

/*
 * Live objects, exact whenever the system is quiet.  Every one is a read-only
 * sysctl kern.mach.<name>.
 */
extern counter_u64_t mach_count_tasks, mach_count_entries, mach_count_kmsgs,
    mach_count_requests, mach_count_violations, mach_count_waiting,
    mach_count_watches;

#define	MACH_COUNT(name, n)	counter_u64_add(mach_count_##name, (n))

/* Limits; mach_limits.c. */
enum mach_resource {
	MACH_PORTS,
	MACH_PSETS,
	MACH_MEMBERS,
	MACH_QUEUED,
	MACH_BYTES,
	MACH_NAMES,
	MACH_NOTIFICATIONS,
	MACH_FILEPORTS,
	MACH_NRESOURCES
};

extern u_int	mach_max_names;
extern u_int	mach_max_inline;
extern u_int	mach_max_sets;

bool	mach_charge(struct mach_user *, enum mach_resource, u_long);
bool	mach_charge_share(struct mach_user *, enum mach_resource, u_long);
void	mach_uncharge_share(struct mach_user *, enum mach_resource, u_long);
void	mach_charge_anyway(struct mach_user *, enum mach_resource);
bool	mach_may_notify(const struct mach_user *);
void	mach_uncharge(struct mach_user *, enum mach_resource, u_long);
struct mach_user *mach_task_change_user(struct mach_task *,
	    const struct ucred *);
struct mach_user *mach_current_user(void);
void	mach_task_drop_users(struct mach_task *);
void	mach_complain(const char *);
void	mach_violation(void);

/* Whom charges name. */
struct mach_user {
	LIST_ENTRY(mach_user) u_link;	/* users_lock */
	u_int		u_refs;		/* (a) */
	uid_t		u_uid;		/* (c) */
	const struct prison *u_prison;	/* (c) to compare, it may be gone */
	bool		u_exempt;	/* (c) the host's superuser */
	u_long		u_count[MACH_NRESOURCES]; /* (a) */
};

static inline bool
mach_user_is(const struct mach_user *user, const struct ucred *cred)
{
	return (user->u_uid == cred->cr_ruid &&
	    user->u_prison == cred->cr_prison);
}

/*
 * A right held by nobody's name space: in a message, or by the kernel.  r_type
 * is MACH_MSG_TYPE_PORT_{RECEIVE,SEND,SEND_ONCE}.  A right without a port is a
 * name that denotes none: r_name is MACH_PORT_NULL or MACH_PORT_DEAD.  A right
 * with a port holds a reference on it and is counted in it.
 */
struct mach_right {
	struct mach_port *r_port;
	mach_port_name_t r_name;
	mach_port_name_t r_source;	/* the sender's name for it */
	uint8_t		r_disposition;	/* and disposition, 0 for none */
	uint8_t		r_type;
};

#define	MACH_RIGHT(port, type)						\
	((struct mach_right){ .r_port = (port), .r_type = (type) })
#define	MACH_RIGHT_NULL		MACH_RIGHT(NULL, 0)

/* Work left over by releasing rights; see the top of this file. */
struct mach_reap {
	struct mach_kmsg_list rp_post;		/* notifications to deliver */
	struct mach_kmsg_list rp_destroy;	/* messages to take apart */
	STAILQ_HEAD(, mach_fileport) rp_files;	/* files to close */
};

void	mach_reap_drain(struct mach_reap *);

static inline void
mach_reap_init(struct mach_reap *reap)
{
	STAILQ_INIT(&reap->rp_post);
	STAILQ_INIT(&reap->rp_destroy);
	STAILQ_INIT(&reap->rp_files);
}

/* Does the work that is left over, if any is.  No lock may be held. */
static inline void
mach_reap_run(struct mach_reap *reap)
{
	if (!STAILQ_EMPTY(&reap->rp_post) ||
	    !STAILQ_EMPTY(&reap->rp_destroy) || !STAILQ_EMPTY(&reap->rp_files))
		mach_reap_drain(reap);
}

/*
 * A message in flight.
 */
struct mach_kdesc {
	uint8_t		d_type;		/* MACH_MSG_*_DESCRIPTOR */
	uint8_t		d_copy;		/* ool: the sender's copy option */
	uint8_t		d_disposition;	/* ports: as the receiver will see it */
	uint16_t	d_guard_flags;	/* guarded: MACH_MSG_GUARD_FLAGS_* */
	bool		d_deallocate;	/* as the sender gave it */
	uint32_t	d_count;	/* ool: bytes; ool ports: rights */
	uint64_t	d_address;	/* ool: where the sender had it */
	uint64_t	d_guard;	/* guarded port: the port's context */
	struct mach_right d_right;	/* port, guarded port */
	struct mach_right *d_rights;	/* ool ports */
	struct mach_vm_copy *d_memory;	/* ool */
};

#define	MACH_KMSG_INLINE_DESC	2

struct mach_kmsg {
	STAILQ_ENTRY(mach_kmsg) k_link;
	uint32_t	k_size;		/* bytes of k_data sent */
	bool		k_small;	/* memory for MACH_KMSG_SMALL bytes */
	/* Of the port it was taken from, then. */
	uint64_t	k_context;
	uint32_t	k_seqno;	/* the number of the message there */
	mach_port_name_t k_name;
#define	k_startzero	k_dest
	struct mach_right k_dest;
	struct mach_right k_reply;
	struct mach_port *k_from;	/* taken from it; referenced */
	struct mach_user *k_user;	/* the sender, whom charges name */
	struct mach_user *k_owner;	/* of the port it is queued on */
	uint64_t	k_charged;	/* out-of-line bytes charged */
	struct mach_kdesc *k_desc;
	uint32_t	k_ndesc;
	bool		k_queued;	/* charged as queued */
	bool		k_noted;	/* charged as a notification */
	bool		k_transit;	/* carries receive rights, in transit */
#define	k_endzero	k_desc0
	struct mach_kdesc k_desc0[MACH_KMSG_INLINE_DESC];
	char		k_data[] __aligned(8);
};

/* A place among the rights in the body of a message. */
struct mach_cursor {
	u_int		c_desc;
	u_int		c_right;
};

#define	MACH_RIGHT_FOREACH(right, d, k, c)				\
	for ((c) = (struct mach_cursor){ 0, 0 };			\
	    ((right) = mach_kmsg_next_right((k), &(c), &(d))) != NULL;)

#define	k_header(k)	((mach_msg_header_t *)(void *)(k)->k_data)

/* The largest trailer; k_data always has room for one behind the message. */
#define	MACH_KMSG_TRAILER	sizeof(mach_msg_max_trailer_t)

/* Where it is; who sent the message is in it from the beginning. */
static inline mach_msg_max_trailer_t *
mach_kmsg_trailer(struct mach_kmsg *k)
{
	return ((mach_msg_max_trailer_t *)(void *)(k->k_data + k->k_size));
}

/* What a message takes at least, and how many bytes it may have then. */
#define	MACH_KMSG_LEAST	512
#define	MACH_KMSG_SMALL							\
	(MACH_KMSG_LEAST - sizeof(struct mach_kmsg) - MACH_KMSG_TRAILER)

/*
 * A thread asleep in mach_msg, on the stack of that thread.  Covered by the
 * lock of the port or set it waits on, until w_state is no longer
 * MACH_WAIT_PARKED: then it is the thread's again.
 */
enum mach_wait_state {
	MACH_WAIT_PARKED,	/* on a list */
	MACH_WAIT_HANDED,	/* receivers: w_kmsg is yours */
	MACH_WAIT_RETRY,	/* look again */
	MACH_WAIT_GRANTED,	/* senders: one slot of the queue is yours */
	MACH_WAIT_DIED		/* the object went away */
};

struct mach_wait {
	TAILQ_ENTRY(mach_wait) w_link;
	u_int		w_state;	/* enum mach_wait_state */
	struct mach_kmsg *w_kmsg;	/* handed over */
	uint32_t	w_room;		/* receive buffer, less trailer */
};
TAILQ_HEAD(mach_wait_list, mach_wait);

/*
 * Sleeps on a channel of the thread's own until wakeup_one(9), a signal or, if
 * it is not 0, the time `when'.  Releases the lock.  Returns 0, EWOULDBLOCK, or
 * the signal's EINTR or ERESTART.
 *
 * This is msleep_sbt(9) with PCATCH and PDROP without what that finds out about
 * the lock each time, and without its record for ktrace(1): for whoever is
 * traced, it is msleep_sbt(9).
 */
static inline int
mach_sleep(const void *channel, struct mtx *lock, const char *wmesg,
    sbintime_t when)
{
	if (KTRPOINT(curthread, KTR_CSW))
		return (msleep_sbt(channel, lock, PCATCH | PDROP, wmesg, when,
		    0, C_ABSOLUTE));
	sleepq_lock(channel);
	mtx_unlock(lock);
	sleepq_add(channel, NULL, wmesg, SLEEPQ_SLEEP | SLEEPQ_INTERRUPTIBLE,
	    0);
	if (when == 0)
		return (sleepq_wait_sig(channel, 0));
	sleepq_set_timeout_sbt(channel, when, 0, C_ABSOLUTE);
	return (sleepq_timedwait_sig(channel, 0));
}

/* When a mach_msg phase gives up. */
struct mach_deadline {
	sbintime_t	dl_when;
	bool		dl_poll;	/* it is zero: never sleep */
};

/*
 * A port.
 */
enum mach_kobject {
	MACH_KO_NONE = MACH_PORT_INFO_PORT,
	MACH_KO_TASK = MACH_PORT_INFO_TASK,
	MACH_KO_THREAD = MACH_PORT_INFO_THREAD,
	MACH_KO_HOST = MACH_PORT_INFO_HOST,
	MACH_KO_FILE = MACH_PORT_INFO_FILE
};

struct mach_port {
	struct mtx	p_lock;
	u_int		p_refs;		/* (a) memory only */
	u_int		p_dead;		/* (p), read (a) */
	enum mach_kobject p_kotype;	/* (c) */
	struct mach_user *p_user;	/* (c) who made it, NULL: kernel */
	void		*p_kobject;	/* (p) */
	struct mach_space *p_space;	/* (p) holder of the receive right */
	mach_port_name_t p_name;	/* (p) its name there; does not change
					   while the port is in a set */
	u_int		p_srights;	/* (a) send rights anywhere; the last
					   goes with (p) */
	u_int		p_sorights;	/* (a) send-once rights anywhere */
	uint32_t	p_mscount;	/* (p) make-send count */
	uint32_t	p_seqno;	/* (p) */
	uint32_t	p_qlimit;	/* (p) */
	uint32_t	p_msgcount;	/* (p) */
	uint32_t	p_granted;	/* (p) slots promised to senders */
	uint32_t	p_armed;	/* (p) armed send-possible requests */
	uint64_t	p_context;	/* (p) */
	u_int		p_guard;	/* (p) MACH_PORT_GUARD* */
	struct mach_kmsg_list p_queue;	/* (p) */
	struct mach_wait_list p_receivers; /* (p) */
	struct mach_wait_list p_senders; /* (p) */
	struct selinfo	p_sel;		/* (p) */
	LIST_HEAD(, mach_member) p_members; /* (p) */
	u_int		p_nmembers;	/* (p) */
	LIST_HEAD(, mach_request) p_requests; /* (p) */
	struct mach_kmsg *p_nsrequest;	/* (p) no-senders, prepared */
	uint32_t	p_nssync;	/* (p) its sync count */
	struct mach_kmsg *p_pdrequest;	/* (p) port-destroyed, prepared */
	bool		p_default;	/* (p) has been one; mach_host.c */
	struct mach_port *p_destination; /* (t) where the receive right goes */
};

/* p_guard */
#define	MACH_GUARDED		0x1
#define	MACH_GUARD_STRICT	0x2
#define	MACH_GUARD_IMMOVABLE	0x4

struct mach_port *mach_port_create(struct mach_user *);
struct mach_port *mach_port_create_kobject(enum mach_kobject, void *);
void	mach_port_free(struct mach_port *);
void	mach_port_make_send(struct mach_port *);
void	mach_port_drop_send(struct mach_port *, struct mach_reap *);
void	mach_port_drop_send_locked(struct mach_port *, struct mach_reap *);
void	mach_port_check_senders(struct mach_port *, struct mach_reap *);
void	mach_port_kill(struct mach_port *, struct mach_reap *);
void	mach_port_detach(struct mach_port *, struct mach_reap *);
void	mach_port_displace(struct mach_port *);
void	mach_port_leave_sets(struct mach_port *);
void	mach_port_reguard(struct mach_port *, uint64_t, bool);
kern_return_t mach_port_set_qlimit(struct mach_port *, uint32_t,
	    struct mach_reap *);

static inline bool
mach_port_is_dead(struct mach_port *port)
{
	return (atomic_load_acq_int(&port->p_dead) != 0);
}

static inline void
mach_port_ref(struct mach_port *port)
{
	refcount_acquire(&port->p_refs);
}

static inline void
mach_port_rele(struct mach_port *port)
{
	if (refcount_release(&port->p_refs))
		mach_port_free(port);
}

/* Counts one more send right, and references the port for it. */
static inline void
mach_port_add_send(struct mach_port *port)
{
	mach_port_ref(port);
	atomic_add_int(&port->p_srights, 1);
}

/* Releases a send right to a dead port, which has nobody to notify. */
static inline void
mach_port_drop_dead_send(struct mach_port *port)
{
	KASSERT(mach_port_is_dead(port), ("mach port is not dead"));
	atomic_subtract_int(&port->p_srights, 1);
	mach_port_rele(port);
}

/* Counts a send-once right, and references the port for it. */
static inline void
mach_port_make_send_once(struct mach_port *port)
{
	mach_port_ref(port);
	atomic_add_int(&port->p_sorights, 1);
}

/*
 * Releases a send-once right that was used, or never given to anyone, so that
 * no notification is owed.
 */
static inline void
mach_port_use_send_once(struct mach_port *port)
{
	atomic_subtract_int(&port->p_sorights, 1);
	mach_port_rele(port);
}

/*
 * A port set.
 */
struct mach_member {
	LIST_ENTRY(mach_member) m_plink; /* (p) */
	LIST_ENTRY(mach_member) m_pslink; /* (ps) */
	TAILQ_ENTRY(mach_member) m_rlink; /* (ps) */
	struct mach_port *m_port;	/* (c) */
	struct mach_pset *m_pset;	/* (c) referenced */
	struct mach_user *m_user;	/* (c) who joined them */
	bool		m_ready;	/* (ps) on ps_ready */
};

struct mach_pset {
	struct mtx	ps_lock;
	u_int		ps_refs;	/* (a) */
	struct mach_user *ps_user;	/* (c) who made it */
	bool		ps_dead;	/* (ps) */
	LIST_HEAD(, mach_member) ps_members; /* (ps) */
	TAILQ_HEAD(, mach_member) ps_ready; /* (ps) members with messages */
	struct mach_wait_list ps_receivers; /* (ps) */
	struct selinfo	ps_sel;		/* (ps) */
};

struct mach_pset *mach_pset_create(struct mach_user *);
void	mach_pset_ref(struct mach_pset *);
void	mach_pset_rele(struct mach_pset *);
void	mach_pset_kill(struct mach_pset *);
kern_return_t mach_pset_insert(struct mach_pset *, struct mach_port *,
	    struct mach_space *, struct mach_user *);
kern_return_t mach_pset_extract(struct mach_pset *, struct mach_port *);
kern_return_t mach_pset_move(struct mach_pset *, struct mach_port *,
	    struct mach_space *, struct mach_user *);
u_int	mach_pset_names(struct mach_pset *, mach_port_name_t *, u_int);
struct mach_member *mach_pset_member(struct mach_pset *, struct mach_port *);

/*
 * Name spaces.
 */
struct mach_entry {
	RB_ENTRY(mach_entry) e_node;	/* (s) by port, SEND and RECEIVE */
	union {
		struct mach_port *e_port; /* (s) referenced */
		struct mach_pset *e_pset; /* (s) referenced */
	};
	struct mach_request *e_request;	/* (s) */
	mach_port_name_t e_name;	/* (s) */
	uint32_t	e_bits;		/* (s) MACH_PORT_TYPE_*, 0 is free */
	uint32_t	e_urefs;	/* (s) of send or dead name */
	uint32_t	e_next;		/* (s) free list, or pending list */
	bool		e_bound;	/* (s) in the tree */
	bool		e_moving;	/* (s) receive right being moved */
	bool		e_pending;	/* (s) on the pending list */
};

RB_HEAD(mach_entry_tree, mach_entry);

#define	MACH_CHUNK_SHIFT	6
#define	MACH_CHUNK_ENTRIES	(1u << MACH_CHUNK_SHIFT)

struct mach_chunk {
	struct mach_user *c_user;	/* (c) whom it is charged to */
	struct mach_entry c_entries[MACH_CHUNK_ENTRIES]; /* (s) */
};

struct mach_space {
	struct mtx	s_lock;
	u_int		s_refs;		/* (a) */
	pid_t		s_pid;		/* (c) */
	bool		s_dead;		/* (s) */
	struct mach_chunk **s_chunks;	/* (s) */
	u_int		s_nchunks;	/* (s) */
	u_int		s_used;		/* (s) entries in use */
	u_int		s_nfree;	/* (s) */
	uint32_t	s_free;		/* (s) index of first free entry */
	struct mach_entry_tree s_tree;	/* (s) */
};

/* What messages are received from: a port or a set, referenced, or neither. */
struct mach_source {
	struct mach_port *so_port;
	struct mach_pset *so_pset;
};

struct mach_space *mach_space_create(pid_t);
void	mach_space_ref(struct mach_space *);
void	mach_space_rele(struct mach_space *);
void	mach_space_kill(struct mach_space *, struct mach_reap *);
bool	mach_space_make_room(struct mach_space *, u_int);
bool	mach_space_full(const struct mach_space *);
struct mach_entry *mach_entry_of_port(struct mach_space *, struct mach_port *);
void	mach_entry_refresh(struct mach_space *, struct mach_entry *);
struct mach_entry *mach_entry_alloc(struct mach_space *);
struct mach_entry *mach_entry_alloc_name(struct mach_space *,
	    mach_port_name_t);
bool	mach_space_reserve_name(struct mach_space *, mach_port_name_t,
	    kern_return_t *);
void	mach_entry_bind(struct mach_space *, struct mach_entry *,
	    struct mach_port *, uint32_t);
void	mach_entry_free(struct mach_space *, struct mach_entry *,
	    struct mach_reap *);
struct mach_entry *mach_space_next(struct mach_space *, uint32_t *);
uint32_t mach_entry_type(const struct mach_entry *);
bool	mach_space_source(struct mach_space *, mach_port_name_t,
	    struct mach_source *);
bool	mach_space_sends(struct mach_space *, mach_port_name_t,
	    struct mach_port *);

#define	MACH_UREFS_MAX		0xffffu

/*
 * Locks the space with at least `n' free entries in it, which stay free while
 * the lock is held.  Returns false, with the space locked all the same, when
 * the limit on names does not allow so many; what fits can still be allocated.
 */
static inline bool
mach_space_reserve(struct mach_space *space, u_int n)
{
	mtx_lock(&space->s_lock);
	if (space->s_nfree >= n && space->s_used + n <= mach_max_names &&
	    !space->s_dead)
		return (true);
	return (mach_space_make_room(space, n));
}

/* The entry of an index, in use or not; NULL beyond the last. */
static inline struct mach_entry *
mach_entry_slot(struct mach_space *space, uint32_t index)
{
	struct mach_chunk *chunk;

	if (index >> MACH_CHUNK_SHIFT >= space->s_nchunks)
		return (NULL);
	chunk = space->s_chunks[index >> MACH_CHUNK_SHIFT];
	return (&chunk->c_entries[index & (MACH_CHUNK_ENTRIES - 1)]);
}

/* The entry of a name, which may be stale, or NULL. */
static inline struct mach_entry *
mach_entry_find(struct mach_space *space, mach_port_name_t name)
{
	struct mach_entry *e;

	mtx_assert(&space->s_lock, MA_OWNED);
	e = mach_entry_slot(space, MACH_PORT_INDEX(name));
	return (e != NULL && e->e_name == name && e->e_bits != 0 ? e : NULL);
}

/* Whether an entry may have to be brought up to date with the port it names. */
static inline bool
mach_entry_is_stale(struct mach_entry *e)
{
	return (e->e_request != NULL || ((e->e_bits & (MACH_PORT_TYPE_RECEIVE |
	    MACH_PORT_TYPE_PORT_SET | MACH_PORT_TYPE_DEAD_NAME)) == 0 &&
	    mach_port_is_dead(e->e_port)));
}

/* The entry of a name, up to date, or NULL. */
static inline struct mach_entry *
mach_entry_lookup(struct mach_space *space, mach_port_name_t name)
{
	struct mach_entry *e;

	e = mach_entry_find(space, name);
	if (e != NULL && mach_entry_is_stale(e))
		mach_entry_refresh(space, e);
	return (e);
}

/* Whether a name of a locked space is of the receive right of a port. */
static inline bool
mach_entry_receives(struct mach_space *space, mach_port_name_t name,
    const struct mach_port *port)
{
	struct mach_entry *e;

	e = mach_entry_find(space, name);
	return (e != NULL && (e->e_bits & MACH_PORT_TYPE_RECEIVE) != 0 &&
	    e->e_port == port);
}

/*
 * What a name of a locked space can be received from.  That is in an entry as
 * it is, stale or not.
 */
static inline void
mach_source_find(struct mach_space *space, mach_port_name_t name,
    struct mach_source *so)
{
	struct mach_entry *e;

	so->so_port = NULL;
	so->so_pset = NULL;
	e = mach_entry_find(space, name);
	if (e != NULL && (e->e_bits & MACH_PORT_TYPE_RECEIVE) != 0) {
		so->so_port = e->e_port;
		mach_port_ref(so->so_port);
	} else if (e != NULL && (e->e_bits & MACH_PORT_TYPE_PORT_SET) != 0) {
		so->so_pset = e->e_pset;
		mach_pset_ref(so->so_pset);
	}
}

static inline bool
mach_source_is_none(const struct mach_source *so)
{
	return (so->so_port == NULL && so->so_pset == NULL);
}

static inline void
mach_source_drop(struct mach_source *so)
{
	if (so->so_port != NULL)
		mach_port_rele(so->so_port);
	if (so->so_pset != NULL)
		mach_pset_rele(so->so_pset);
}

/* The right a disposition leaves in the message, or 0 if it is not one. */
static inline uint8_t
mach_disposition_result(uint32_t disposition)
{
	static const uint8_t result[] = {
		[MACH_MSG_TYPE_MOVE_RECEIVE] = MACH_MSG_TYPE_PORT_RECEIVE,
		[MACH_MSG_TYPE_MOVE_SEND] = MACH_MSG_TYPE_PORT_SEND,
		[MACH_MSG_TYPE_COPY_SEND] = MACH_MSG_TYPE_PORT_SEND,
		[MACH_MSG_TYPE_MAKE_SEND] = MACH_MSG_TYPE_PORT_SEND,
		[MACH_MSG_TYPE_MOVE_SEND_ONCE] = MACH_MSG_TYPE_PORT_SEND_ONCE,
		[MACH_MSG_TYPE_MAKE_SEND_ONCE] = MACH_MSG_TYPE_PORT_SEND_ONCE,
	};

	return (disposition < nitems(result) ? result[disposition] : 0);
}

/* Rights moving between spaces and messages; mach_right.c. */
struct mach_copyin {
	struct mach_space *ci_space;
	struct mach_reap *ci_reap;
	uint32_t	ci_pending;	/* first entry of the pending list */
	const struct mach_kdesc *ci_guarded; /* whose right is being taken */
};

static inline void
mach_copyin_begin(struct mach_copyin *ci, struct mach_space *space,
    struct mach_reap *reap)
{
	mtx_assert(&space->s_lock, MA_OWNED);
	ci->ci_space = space;
	ci->ci_reap = reap;
	ci->ci_pending = 0;
	ci->ci_guarded = NULL;
}

/* What an entry held, to be released once its space is unlocked. */
struct mach_rights {
	struct mach_right rs_receive;
	struct mach_right rs_send;	/* send or send-once */
	struct mach_pset *rs_pset;
};

kern_return_t mach_copyin_right(struct mach_copyin *, mach_port_name_t,
	    uint32_t, struct mach_right *);
kern_return_t mach_copyin_live(struct mach_copyin *, mach_port_name_t,
	    uint32_t, struct mach_right *);
void	mach_copyin_undo(struct mach_copyin *, struct mach_right *);
void	mach_copyin_finish(struct mach_copyin *);
kern_return_t mach_right_name(struct mach_space *, struct mach_right *,
	    mach_port_name_t *, struct mach_reap *);
void	mach_right_release(struct mach_right *, struct mach_reap *);
void	mach_right_copy_send(struct mach_port *, struct mach_right *);
void	mach_entry_drop_sends(struct mach_space *, struct mach_entry *,
	    uint32_t, struct mach_rights *, struct mach_reap *);
void	mach_entry_drop_receive(struct mach_space *, struct mach_entry *,
	    struct mach_rights *, struct mach_reap *);
void	mach_entry_destroy(struct mach_space *, struct mach_entry *,
	    struct mach_rights *, struct mach_reap *);
void	mach_rights_release(struct mach_rights *, struct mach_reap *);

/*
 * Makes a transaction final: entries left without a right lose their name,
 * receive rights leave the space.
 */
static inline void
mach_copyin_commit(struct mach_copyin *ci)
{
	if (ci->ci_pending != 0)
		mach_copyin_finish(ci);
}

/*
 * Gives a right a name in a locked space.  Consumes it, or returns
 * KERN_NO_SPACE and leaves it with the caller.  A right to a dead port is
 * released and gets the name MACH_PORT_DEAD.
 */
static inline kern_return_t
mach_right_copyout(struct mach_space *space, struct mach_right *right,
    mach_port_name_t *namep, struct mach_reap *reap)
{
	mtx_assert(&space->s_lock, MA_OWNED);
	if (right->r_port != NULL)
		return (mach_right_name(space, right, namep, reap));
	*namep = right->r_name;
	return (KERN_SUCCESS);
}

/* Requests on names and notifications; mach_notify.c. */
struct mach_request {
	LIST_ENTRY(mach_request) rq_link; /* (p) */
	struct mach_port *rq_port;	/* (p) NULL once fired */
	struct mach_kmsg *rq_kmsg;	/* (p) prepared */
	mach_port_name_t rq_name;	/* (c) */
	int		rq_msgid;	/* (c) as requested */
	bool		rq_armed;	/* (p) send-possible: wanted now */
	bool		rq_dead;	/* (p) fired as dead name */
};

struct mach_kmsg *mach_notify_prepare(struct mach_right *);
void	mach_notify_word(struct mach_kmsg *, int, uint32_t,
	    struct mach_reap *);
void	mach_notify_port_destroyed(struct mach_kmsg *, struct mach_port *,
	    struct mach_reap *);
void	mach_notify_cancel(struct mach_kmsg *, struct mach_reap *);
void	mach_notify_send_once(struct mach_right *, struct mach_reap *);
void	mach_request_cancel(struct mach_entry *, struct mach_reap *);
bool	mach_request_reclaim(struct mach_entry *);
void	mach_requests_dead(struct mach_port *, struct mach_reap *);
void	mach_requests_possible(struct mach_port *, struct mach_reap *);
void	mach_request_arm(struct mach_space *, mach_port_name_t,
	    struct mach_reap *);
kern_return_t mach_request_notification(struct mach_space *,
	    const struct mach_port_notification_args *, struct mach_right *,
	    struct mach_reap *);

/* Messages; mach_kmsg.c. */
void	mach_kmsg_free(struct mach_thread *, struct mach_kmsg *);
bool	mach_kmsg_charge_queued(struct mach_kmsg *, struct mach_port *);
void	mach_kmsg_uncharge_queued(struct mach_kmsg *);
bool	mach_transit_record(struct mach_kmsg *);
void	mach_transit_end(struct mach_kmsg *);
struct mach_right *mach_kmsg_next_right(struct mach_kmsg *,
	    struct mach_cursor *, struct mach_kdesc **);
void	mach_kmsg_release_rights(struct mach_kmsg *, struct mach_reap *);

/*
 * Records where the receive rights of a message are about to travel.  Returns
 * false if the message would close a loop; it is then to be destroyed.
 */
static inline bool
mach_transit_begin(struct mach_kmsg *k)
{
	return (k->k_ndesc == 0 || mach_transit_record(k));
}

size_t	mach_kdesc_size(uint8_t);
bool	mach_kdesc_is_port(uint8_t);

/* The size of the trailer that a receiver asks for. */
static inline uint32_t
mach_trailer_size(mach_msg_option_t option)
{
	static const uint8_t sizes[16] = {
#define	SIZE(n)	[n] = REQUESTED_TRAILER_SIZE(MACH_RCV_TRAILER_ELEMENTS(n))
		SIZE(0), SIZE(1), SIZE(2), SIZE(3), SIZE(4), SIZE(5), SIZE(6),
		SIZE(7), SIZE(8), SIZE(9), SIZE(10), SIZE(11), SIZE(12),
		SIZE(13), SIZE(14), SIZE(15)
#undef SIZE
	};

	return (sizes[GET_RCV_ELEMENTS(option)]);
}

/* Messages in and out of user space; mach_copyio.c. */
mach_msg_return_t mach_kmsg_copyin(struct mach_thread *, vm_offset_t, uint32_t,
	    mach_port_name_t, struct mach_source *, struct mach_kmsg **,
	    struct mach_reap *);
mach_msg_return_t mach_kmsg_copyout(struct mach_thread *, struct mach_kmsg *,
	    vm_offset_t, mach_msg_option_t, struct mach_reap *);
mach_msg_return_t mach_kmsg_copyout_header(struct mach_thread *,
	    struct mach_kmsg *, vm_offset_t, uint32_t, struct mach_reap *);
mach_msg_return_t mach_kmsg_giveback(struct mach_thread *, struct mach_kmsg *,
	    vm_offset_t, struct mach_reap *);

/* Queues; mach_mqueue.c. */
struct mach_receive {
	mach_msg_option_t rc_option;
	uint32_t	rc_room;	/* largest message that fits */
	struct mach_deadline rc_deadline;
	struct mach_kmsg *rc_kmsg;	/* result */
	uint32_t	rc_size;	/* RCV_LARGE: size of what is queued */
	mach_msg_id_t	rc_id;		/* RCV_LARGE: its id */
	mach_port_name_t rc_identity;	/* RCV_LARGE: the port's name */
};

mach_msg_return_t mach_port_send(struct mach_kmsg *,
	    const struct mach_deadline *, struct mach_reap *);
void	mach_port_post(struct mach_kmsg *, struct mach_reap *);
mach_msg_return_t mach_port_receive(struct mach_port *, struct mach_space *,
	    struct mach_receive *, struct mach_reap *);
mach_msg_return_t mach_pset_receive(struct mach_pset *, struct mach_receive *,
	    struct mach_reap *);
bool	mach_port_has_room(const struct mach_port *);
void	mach_port_room(struct mach_port *, struct mach_reap *);
void	mach_wake_all(struct mach_wait_list *, enum mach_wait_state);

static inline void
mach_deadline_init(struct mach_deadline *dl, bool set, uint32_t ms)
{
	dl->dl_when = 0;
	dl->dl_poll = false;
	if (set) {
		if (ms == 0)
			dl->dl_poll = true;
		else
			dl->dl_when = sbinuptime() + ms * SBT_1MS;
	}
}

/*
 * A bootstrap port, good only in the jail where it was set: whoever goes into
 * another one leaves it behind.
 */
struct mach_bootstrap {
	struct mach_right b_right;
	int		b_jail;
};

bool	mach_bootstrap_copy(struct mach_bootstrap *, struct ucred *,
	    struct mach_right *);

/*
 * Tasks: what the module keeps of a process.
 */
struct mach_task {
	LIST_ENTRY(mach_task) t_link;	/* mach_task_lock */
	struct proc	*t_proc;	/* (c) */
	uint32_t	t_version;	/* (o) pidversion */
	struct mach_space *t_space;	/* (o) replaced at exec; others read it
					   with mach_task_lock */
	struct mach_port *t_self;	/* (o) task port, receive is ours */
	struct mtx	t_lock;
	struct mach_bootstrap t_bootstrap; /* t_lock */
	struct mach_user *t_user;	/* t_lock, read (a) */
	LIST_HEAD(, mach_user_hold) t_users; /* t_lock */
};

void	mach_task_init(void);
void	mach_task_fini(void);
bool	mach_task_idle(void);
struct mach_task *mach_task_get(struct proc *);
void	mach_task_populate(struct mach_task *);
void	mach_task_tokens(struct mach_task *, struct ucred *,
	    security_token_t *, audit_token_t *);
bool	mach_task_is_self(struct mach_task *, mach_port_name_t);
kern_return_t mach_task_pid(struct mach_task *, mach_port_name_t, pid_t *);
void	mach_task_get_bootstrap(struct mach_task *, struct ucred *,
	    struct mach_right *);
void	mach_task_set_bootstrap(struct mach_task *, struct ucred *,
	    struct mach_right *, struct mach_reap *);
int	mach_task_space(struct thread *, pid_t, struct mach_space **);
u_int	mach_task_pids(pid_t *, u_int);

/*
 * Whom to charge for what a task does with these credentials.  Good for as long
 * as the task; may sleep.
 */
static inline struct mach_user *
mach_task_user(struct mach_task *task, const struct ucred *cred)
{
	struct mach_user *user;

	user = (struct mach_user *)atomic_load_acq_ptr(
	    (uintptr_t *)&task->t_user);
	return (user != NULL && mach_user_is(user, cred) ? user :
	    mach_task_change_user(task, cred));
}

/* Looking at the rights of a task; mach_inspect.c. */
int	mach_inspect_tasks(struct thread *, uint64_t, uint32_t, uint32_t *);
int	mach_inspect_ports(struct thread *, pid_t, uint64_t, uint32_t,
	    uint32_t *);

/*
 * Threads: what the module keeps of a thread.  Only the thread itself looks.
 */
struct mach_thread {
	struct thread	*th_td;
	struct mach_task *th_task;
	struct mach_port *th_port;	/* that stands for it, or NULL */
	struct mach_bootstrap th_bootstrap; /* of the next child */
	struct mach_kmsg *th_spare;	/* memory for a small message */
};

/*
 * Allocates a message with `size' bytes of data, not initialized, and room for
 * any trailer.  May sleep.  `th' is the current thread, or NULL for a message
 * of the kernel's.
 *
 * A thread keeps the memory of one small message that it has freed for the next
 * that it sends: a client and a server that call each other allocate nothing.
 */
static inline struct mach_kmsg *
mach_kmsg_alloc(struct mach_thread *th, uint32_t size)
{
	struct mach_kmsg *k;
	bool small;

	small = size <= MACH_KMSG_SMALL;
	if (small && th != NULL && th->th_spare != NULL) {
		k = th->th_spare;
		th->th_spare = NULL;
	} else {
		k = malloc(sizeof(*k) + MAX(size, MACH_KMSG_SMALL) +
		    MACH_KMSG_TRAILER, M_MACH, M_WAITOK);
	}
	memset(&k->k_startzero, 0, __rangeof(struct mach_kmsg, k_startzero,
	    k_endzero));
	k->k_size = size;
	k->k_small = small;
	MACH_COUNT(kmsgs, 1);
	return (k);
}

void	mach_thread_init(void);
void	mach_thread_fini(void);
struct mach_thread *mach_thread_begin(struct thread *, struct mach_thread *);
void	mach_thread_self(struct mach_thread *, struct mach_right *);
void	mach_thread_set_bootstrap(struct mach_thread *, struct mach_right *,
	    struct mach_reap *);
bool	mach_thread_take_bootstrap(struct thread *, struct mach_bootstrap *);
void	mach_thread_exec(struct thread *);
void	mach_thread_exit(struct thread *);

extern u_int	mach_thread_slot;	/* osd(9) */

/* What is kept of the current thread, whose task has its name space. */
static inline struct mach_thread *
mach_thread_current(struct thread *td)
{
	struct mach_thread *th;

	th = osd_thread_get_unlocked(td, mach_thread_slot);
	return (th != NULL && atomic_load_acq_ptr(
	    (uintptr_t *)&th->th_task->t_space) != 0 ? th :
	    mach_thread_begin(td, th));
}

static inline struct mach_task *
mach_task_current(struct thread *td)
{
	return (mach_thread_current(td)->th_task);
}

/* Waiting by kqueue and poll; mach_event.c. */
void	mach_event_load(void);
int	mach_event_unload(void);
bool	mach_event_idle(void);
void	mach_event_init(struct selinfo *, struct mtx *);
void	mach_event_fini(struct selinfo *);
void	mach_event(struct selinfo *);
int	mach_event_open(struct thread *, mach_port_name_t, int *);

/* Files as ports; mach_fileport.c. */
int	mach_fileport_create(struct thread *, int, struct mach_right *);
int	mach_fileport_open(struct thread *, struct mach_right *, int *);
void	mach_fileport_unused(struct mach_port *, struct mach_reap *);
bool	mach_fileport_reap(struct mach_reap *);

/* The host: its port, and the default bootstrap port of each jail. */
void	mach_host_init(void);
void	mach_host_fini(void);
void	mach_host_self(struct mach_right *);
bool	mach_host_is_self(struct mach_task *, mach_port_name_t);
void	mach_host_get_bootstrap(struct ucred *, struct mach_right *);
void	mach_host_set_bootstrap(struct ucred *, struct mach_right *,
	    struct mach_reap *);
void	mach_host_drop_default(int, const struct mach_port *,
	    struct mach_reap *);

/* Traps. */
struct mach_trap_args {
	uint64_t	op;
	uint64_t	args;
	uint64_t	size;
};

int	sys_mach_trap(struct thread *, void *);
int	sys_mach_msg(struct thread *, void *);

#endif /* !_MACH_VAR_H_ */
