/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_trap(2): everything but messages.  One table maps an operation to its
 * function and the structure it takes; the structure is copied in before and
 * out after, so the functions below see only kernel memory.  Each returns what
 * the libmach function of the same name returns.
 *
 * The table also says what a function finds locked, so that most of them need
 * not look names up and lock for themselves.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/errno.h>
#include <sys/priv.h>
#include <sys/proc.h>
#include <sys/ucred.h>

#include <mach/notify.h>
#include <mach/task_special_ports.h>

#include "mach_abi.h"

/* What a trap works on. */
struct trap {
	struct thread	*tr_td;
	struct mach_thread *tr_thread;
	struct mach_task *tr_task;
	struct mach_space *tr_space;
	enum mach_trap_op tr_op;
	struct mach_entry *tr_entry;	/* of the name, if that is locked */
	struct mach_rights tr_rights;	/* released when nothing is locked */
	struct mach_reap tr_reap;
	/* What the caller gave and gets, by the operation. */
	union {
		uint32_t words[3];	/* the task, the name, the right */
		struct mach_name_args name;
		struct mach_port_allocate_args allocate;
		struct mach_port_attributes_args attributes;
		struct mach_port_construct_args construct;
		struct mach_port_destruct_args destruct;
		struct mach_port_guard_args guard;
		struct mach_port_member_args member;
		struct mach_port_name_args port;
		struct mach_port_names_args names;
		struct mach_port_notification_args request;
		struct mach_port_refs_args refs;
		struct mach_port_right_args right;
		struct mach_port_type_args type;
		struct mach_special_port_args special;
		struct mach_inspect_args inspect;
		struct mach_fd_args fd;
		struct mach_pid_args pid;
		struct mach_tokens_args tokens;
	};
};

/*
 * Gives a right a name in the caller's space; KERN_NO_SPACE releases it.
 */
static kern_return_t
give_right(struct trap *tr, struct mach_right *right, uint32_t *namep)
{
	kern_return_t kr;

	mach_space_reserve(tr->tr_space, 1);
	kr = mach_right_copyout(tr->tr_space, right, namep, &tr->tr_reap);
	mtx_unlock(&tr->tr_space->s_lock);
	if (kr != KERN_SUCCESS)
		mach_right_release(right, &tr->tr_reap);
	return (kr);
}

/*
 * Takes a right from the caller's space.  If it is to be `live', neither
 * MACH_PORT_NULL nor a dead name will do.
 */
static kern_return_t
take_right(struct trap *tr, mach_port_name_t name, uint32_t disposition,
    bool live, struct mach_right *right)
{
	struct mach_copyin ci;
	kern_return_t kr;

	mtx_lock(&tr->tr_space->s_lock);
	mach_copyin_begin(&ci, tr->tr_space, &tr->tr_reap);
	kr = live ? mach_copyin_live(&ci, name, disposition, right) :
	    mach_copyin_right(&ci, name, disposition, right);
	mach_copyin_commit(&ci);
	mtx_unlock(&tr->tr_space->s_lock);
	return (kr);
}

/* The caller's task and thread, and the host. */
static kern_return_t
trap_self(struct trap *tr)
{
	struct mach_right right;

	if (tr->tr_op == MACH_TRAP_TASK_SELF)
		mach_right_copy_send(tr->tr_task->t_self, &right);
	else if (tr->tr_op == MACH_TRAP_THREAD_SELF)
		mach_thread_self(tr->tr_thread, &right);
	else
		mach_host_self(&right);
	return (give_right(tr, &right, &tr->name.name));
}

static kern_return_t
allocate_port(struct trap *tr, uint32_t *namep)
{
	struct mach_right right;

	right = MACH_RIGHT(mach_port_create(mach_current_user()),
	    MACH_MSG_TYPE_PORT_RECEIVE);
	if (right.r_port == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	return (give_right(tr, &right, namep));
}

static kern_return_t
allocate_pset(struct trap *tr, uint32_t *namep)
{
	struct mach_pset *pset;
	struct mach_entry *e;

	pset = mach_pset_create(mach_current_user());
	if (pset == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	mach_space_reserve(tr->tr_space, 1);
	e = mach_entry_alloc(tr->tr_space);
	if (e != NULL) {
		e->e_pset = pset;
		e->e_bits = MACH_PORT_TYPE_PORT_SET;
		*namep = e->e_name;
	}
	mtx_unlock(&tr->tr_space->s_lock);
	if (e != NULL)
		return (KERN_SUCCESS);
	mach_pset_kill(pset);
	return (KERN_NO_SPACE);
}

static kern_return_t
allocate_dead_name(struct trap *tr, uint32_t *namep)
{
	struct mach_entry *e;

	mach_space_reserve(tr->tr_space, 1);
	e = mach_entry_alloc(tr->tr_space);
	if (e != NULL) {
		e->e_bits = MACH_PORT_TYPE_DEAD_NAME;
		e->e_urefs = 1;
		*namep = e->e_name;
	}
	mtx_unlock(&tr->tr_space->s_lock);
	return (e != NULL ? KERN_SUCCESS : KERN_NO_SPACE);
}

static kern_return_t
trap_reply_port(struct trap *tr)
{
	return (allocate_port(tr, &tr->name.name));
}

static kern_return_t
trap_allocate(struct trap *tr)
{
	switch (tr->allocate.right) {
	case MACH_PORT_RIGHT_RECEIVE:
		return (allocate_port(tr, &tr->allocate.name));
	case MACH_PORT_RIGHT_PORT_SET:
		return (allocate_pset(tr, &tr->allocate.name));
	case MACH_PORT_RIGHT_DEAD_NAME:
		return (allocate_dead_name(tr, &tr->allocate.name));
	default:
		return (KERN_INVALID_VALUE);
	}
}

static kern_return_t
trap_deallocate(struct trap *tr)
{
	struct mach_entry *e = tr->tr_entry;

	if ((e->e_bits & (MACH_PORT_TYPE_SEND_RIGHTS |
	    MACH_PORT_TYPE_DEAD_NAME)) != 0)
		mach_entry_drop_sends(tr->tr_space, e, 1, &tr->tr_rights,
		    &tr->tr_reap);
	else if ((e->e_bits & MACH_PORT_TYPE_PORT_SET) != 0)
		mach_entry_destroy(tr->tr_space, e, &tr->tr_rights,
		    &tr->tr_reap);
	else
		return (KERN_INVALID_RIGHT);
	return (KERN_SUCCESS);
}

/* Whether a receive right may be destroyed by one who does not show a guard. */
static bool
is_guarded(struct mach_entry *e)
{
	bool guarded;

	if ((e->e_bits & MACH_PORT_TYPE_RECEIVE) == 0)
		return (false);
	mtx_lock(&e->e_port->p_lock);
	guarded = (e->e_port->p_guard & MACH_GUARDED) != 0;
	mtx_unlock(&e->e_port->p_lock);
	if (guarded)
		mach_violation();
	return (guarded);
}

static kern_return_t
trap_destroy(struct trap *tr)
{
	if (is_guarded(tr->tr_entry))
		return (KERN_INVALID_RIGHT);
	mach_entry_destroy(tr->tr_space, tr->tr_entry, &tr->tr_rights,
	    &tr->tr_reap);
	return (KERN_SUCCESS);
}

static bool
is_counted(uint32_t right)
{
	return (right == MACH_PORT_RIGHT_SEND ||
	    right == MACH_PORT_RIGHT_DEAD_NAME);
}

/* User references of one kind of right under a name. */
static uint32_t
entry_refs(struct mach_entry *e, uint32_t right)
{
	if ((e->e_bits & MACH_PORT_TYPE(right)) == 0)
		return (0);
	return (is_counted(right) ? e->e_urefs : 1);
}

static kern_return_t
trap_mod_refs(struct trap *tr)
{
	struct mach_entry *e = tr->tr_entry;
	int64_t refs;

	if ((e->e_bits & MACH_PORT_TYPE(tr->refs.right)) == 0)
		return (KERN_INVALID_RIGHT);
	refs = (int64_t)entry_refs(e, tr->refs.right) + tr->refs.value;
	if (refs < 0 || (tr->refs.value > 0 && !is_counted(tr->refs.right)))
		return (KERN_INVALID_VALUE);
	if (refs > MACH_UREFS_MAX)
		return (KERN_UREFS_OVERFLOW);
	if (tr->refs.value > 0) {
		e->e_urefs = refs;
	} else if (tr->refs.value == 0) {
		return (KERN_SUCCESS);
	} else if (tr->refs.right == MACH_PORT_RIGHT_RECEIVE) {
		if (is_guarded(e))
			return (KERN_INVALID_RIGHT);
		mach_entry_drop_receive(tr->tr_space, e, &tr->tr_rights,
		    &tr->tr_reap);
	} else if (tr->refs.right == MACH_PORT_RIGHT_PORT_SET) {
		mach_entry_destroy(tr->tr_space, e, &tr->tr_rights,
		    &tr->tr_reap);
	} else {
		mach_entry_drop_sends(tr->tr_space, e, -tr->refs.value,
		    &tr->tr_rights, &tr->tr_reap);
	}
	return (KERN_SUCCESS);
}

static kern_return_t
trap_get_refs(struct trap *tr)
{
	tr->refs.value = entry_refs(tr->tr_entry, tr->refs.right);
	return (KERN_SUCCESS);
}

/* The type bits of an entry, outstanding requests included. */
uint32_t
mach_entry_type(const struct mach_entry *e)
{
	uint32_t type;

	type = e->e_bits;
	if (e->e_request != NULL)
		type |= e->e_request->rq_msgid == MACH_NOTIFY_DEAD_NAME ?
		    MACH_PORT_TYPE_DNREQUEST : MACH_PORT_TYPE_SPREQUEST;
	return (type);
}

static kern_return_t
trap_type(struct trap *tr)
{
	tr->type.type = mach_entry_type(tr->tr_entry);
	return (KERN_SUCCESS);
}

/* Copies one array, or two, of `n' words to the caller. */
static kern_return_t
copyout_names(struct trap *tr, const uint32_t *names, const uint32_t *types,
    u_int n)
{
	size_t size;

	size = n * sizeof(*names);
	if (n != 0 && (copyout(names, (void *)(uintptr_t)tr->names.names,
	    size) != 0 || (tr->names.types != 0 && types != NULL &&
	    copyout(types, (void *)(uintptr_t)tr->names.types, size) != 0)))
		return (KERN_INVALID_ADDRESS);
	return (KERN_SUCCESS);
}

/*
 * Memory for as many names as the space has, or the caller has room for, twice
 * over.  Returns with the space locked, so that it stays enough.
 */
static uint32_t *
alloc_names(struct trap *tr, uint32_t *maxp)
{
	const uint32_t capacity = tr->names.capacity;
	struct mach_space *space = tr->tr_space;
	uint32_t *names;

	names = NULL;
	*maxp = 0;
	mtx_lock(&space->s_lock);
	while (names == NULL || *maxp < MIN(capacity, space->s_used)) {
		*maxp = MIN(capacity, space->s_used);
		mtx_unlock(&space->s_lock);
		free(names, M_MACH);
		names = malloc((*maxp + 1) * 2 * sizeof(*names), M_MACH,
		    M_WAITOK | M_ZERO);
		mtx_lock(&space->s_lock);
	}
	return (names);
}

static kern_return_t
trap_names(struct trap *tr)
{
	struct mach_entry *e;
	uint32_t *names, *types;
	uint32_t cursor, max, n;
	kern_return_t kr;

	names = alloc_names(tr, &max);
	types = names + max;
	cursor = 0;
	for (n = 0; (e = mach_space_next(tr->tr_space, &cursor)) != NULL; n++) {
		if (n < max) {
			names[n] = e->e_name;
			types[n] = mach_entry_type(e);
		}
	}
	mtx_unlock(&tr->tr_space->s_lock);
	tr->names.count = n;
	kr = copyout_names(tr, names, types, MIN(n, max));
	free(names, M_MACH);
	return (kr);
}

static kern_return_t
trap_get_set_status(struct trap *tr)
{
	struct mach_entry *e;
	uint32_t *names;
	uint32_t max;
	kern_return_t kr;

	names = alloc_names(tr, &max);
	e = mach_entry_lookup(tr->tr_space, tr->names.name);
	if (e == NULL)
		kr = KERN_INVALID_NAME;
	else if ((e->e_bits & MACH_PORT_TYPE_PORT_SET) == 0)
		kr = KERN_INVALID_RIGHT;
	else
		kr = KERN_SUCCESS;
	if (kr == KERN_SUCCESS)
		tr->names.count = mach_pset_names(e->e_pset, names, max);
	mtx_unlock(&tr->tr_space->s_lock);
	if (kr == KERN_SUCCESS)
		kr = copyout_names(tr, names, NULL, MIN(tr->names.count, max));
	free(names, M_MACH);
	return (kr);
}

static uint32_t
type_bit(uint8_t type)
{
	switch (type) {
	case MACH_MSG_TYPE_PORT_RECEIVE:
		return (MACH_PORT_TYPE_RECEIVE);
	case MACH_MSG_TYPE_PORT_SEND:
		return (MACH_PORT_TYPE_SEND);
	default:
		return (MACH_PORT_TYPE_SEND_ONCE);
	}
}

/* Whether a transaction takes the last right of an entry. */
static bool
is_going(const struct mach_entry *e)
{
	return (e->e_pending && (e->e_bits == 0 ||
	    (e->e_moving && e->e_bits == MACH_PORT_TYPE_RECEIVE)));
}

/*
 * Whether a right, taken in a transaction that is not final, can have a name of
 * the caller's choice.
 */
static kern_return_t
insert_check(struct mach_space *space, mach_port_name_t name,
    const struct mach_right *right)
{
	struct mach_entry *e, *holder;

	e = mach_entry_slot(space, MACH_PORT_INDEX(name));
	holder = right->r_type == MACH_MSG_TYPE_PORT_SEND_ONCE ? NULL :
	    mach_entry_of_port(space, right->r_port);
	if (holder != NULL && !is_going(holder)) {
		if (holder->e_name != name)
			return (KERN_RIGHT_EXISTS);
		return (right->r_type == MACH_MSG_TYPE_PORT_SEND &&
		    holder->e_urefs >= MACH_UREFS_MAX ?
		    KERN_UREFS_OVERFLOW : KERN_SUCCESS);
	}
	if (e->e_bits != 0 && !is_going(e))
		return (KERN_NAME_EXISTS);
	/* A name for another is no more names than there were. */
	return (is_going(mach_entry_slot(space,
	    MACH_PORT_INDEX(right->r_source))) ||
	    !mach_space_full(space) ? KERN_SUCCESS : KERN_NO_SPACE);
}

/* Gives a right that passed the check its name, and consumes it. */
static void
insert_locked(struct trap *tr, mach_port_name_t name, struct mach_right *right)
{
	struct mach_entry *e;
	struct mach_port *port;

	if (mach_entry_lookup(tr->tr_space, name) != NULL) {
		(void)mach_right_copyout(tr->tr_space, right, &name,
		    &tr->tr_reap);
		return;
	}
	e = mach_entry_alloc_name(tr->tr_space, name);
	port = right->r_port;
	if (right->r_type == MACH_MSG_TYPE_PORT_RECEIVE) {
		mtx_lock(&port->p_lock);
		port->p_space = tr->tr_space;
		port->p_name = name;
		mtx_unlock(&port->p_lock);
	}
	mach_entry_bind(tr->tr_space, e, port, type_bit(right->r_type));
	e->e_urefs = right->r_type == MACH_MSG_TYPE_PORT_SEND ? 1 : 0;
	*right = MACH_RIGHT_NULL;
}

static kern_return_t
trap_insert_right(struct trap *tr)
{
	struct mach_copyin ci;
	struct mach_right right;
	kern_return_t kr;

	if (!MACH_PORT_VALID(tr->right.right))
		return (KERN_INVALID_CAPABILITY);
	if (mach_disposition_result(tr->right.disposition) == 0 ||
	    !MACH_PORT_VALID(tr->right.name))
		return (KERN_INVALID_VALUE);
	if (!mach_space_reserve_name(tr->tr_space, tr->right.name, &kr))
		return (kr);
	mach_copyin_begin(&ci, tr->tr_space, &tr->tr_reap);
	kr = mach_copyin_live(&ci, tr->right.right, tr->right.disposition,
	    &right);
	if (kr == KERN_SUCCESS)
		kr = insert_check(tr->tr_space, tr->right.name, &right);
	if (kr != KERN_SUCCESS)
		mach_copyin_undo(&ci, &right);
	mach_copyin_commit(&ci);
	if (kr == KERN_SUCCESS)
		insert_locked(tr, tr->right.name, &right);
	mtx_unlock(&tr->tr_space->s_lock);
	return (kr);
}

static kern_return_t
trap_extract_right(struct trap *tr)
{
	struct mach_right right;
	uint8_t type;
	kern_return_t kr;

	kr = take_right(tr, tr->right.name, tr->right.disposition, false,
	    &right);
	if (kr != KERN_SUCCESS)
		return (kr);
	type = right.r_type;
	kr = give_right(tr, &right, &tr->right.right);
	tr->right.disposition = type;
	return (kr);
}

static kern_return_t
trap_request_notification(struct trap *tr)
{
	struct mach_right previous;
	kern_return_t kr;

	tr->request.previous = MACH_PORT_NULL;
	kr = mach_request_notification(tr->tr_space, &tr->request, &previous,
	    &tr->tr_reap);
	return (kr == KERN_SUCCESS ?
	    give_right(tr, &previous, &tr->request.previous) : kr);
}

#define	CONSTRUCT_IGNORED						\
	(MPO_TEMPOWNER | MPO_IMPORTANCE_RECEIVER | MPO_DENAP_RECEIVER)
#define	CONSTRUCT_FLAGS							\
	(MPO_CONTEXT_AS_GUARD | MPO_QLIMIT | MPO_INSERT_SEND_RIGHT |	\
	    MPO_STRICT | MPO_IMMOVABLE_RECEIVE | CONSTRUCT_IGNORED)

static kern_return_t
construct_check(const struct mach_port_construct_args *a)
{
	if ((a->flags & (MPO_SERVICE_PORT | MPO_CONNECTION_PORT)) ==
	    (MPO_SERVICE_PORT | MPO_CONNECTION_PORT))
		return (KERN_INVALID_ARGUMENT);
	if ((a->flags & ~CONSTRUCT_FLAGS) != 0)
		return (KERN_NOT_SUPPORTED);
	if ((a->flags & MPO_QLIMIT) != 0 && a->qlimit > MACH_PORT_QLIMIT_MAX)
		return (KERN_INVALID_VALUE);
	return (KERN_SUCCESS);
}

static u_int
guard_bits(bool guarded, bool strict, bool immovable)
{
	return ((guarded ? MACH_GUARDED : 0) |
	    (guarded && strict ? MACH_GUARD_STRICT : 0) |
	    (immovable ? MACH_GUARD_IMMOVABLE : 0));
}

static kern_return_t
trap_construct(struct trap *tr)
{
	const uint32_t flags = tr->construct.flags;
	struct mach_right right;
	struct mach_port *port;
	kern_return_t kr;

	kr = construct_check(&tr->construct);
	if (kr != KERN_SUCCESS)
		return (kr);
	port = mach_port_create(mach_current_user());
	if (port == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	port->p_context = tr->construct.context;
	port->p_guard = guard_bits((flags & MPO_CONTEXT_AS_GUARD) != 0,
	    (flags & MPO_STRICT) != 0, (flags & MPO_IMMOVABLE_RECEIVE) != 0);
	if ((flags & MPO_QLIMIT) != 0)
		port->p_qlimit = tr->construct.qlimit;
	right = MACH_RIGHT(port, MACH_MSG_TYPE_PORT_RECEIVE);
	mach_space_reserve(tr->tr_space, 1);
	kr = mach_right_copyout(tr->tr_space, &right, &tr->construct.name,
	    &tr->tr_reap);
	if (kr == KERN_SUCCESS && (flags & MPO_INSERT_SEND_RIGHT) != 0) {
		mach_port_make_send(port);
		right = MACH_RIGHT(port, MACH_MSG_TYPE_PORT_SEND);
		(void)mach_right_copyout(tr->tr_space, &right,
		    &tr->construct.name, &tr->tr_reap);
	}
	mtx_unlock(&tr->tr_space->s_lock);
	mach_right_release(&right, &tr->tr_reap);
	return (kr);
}

static kern_return_t
trap_destruct(struct trap *tr)
{
	struct mach_entry *e = tr->tr_entry;
	bool matches;

	if (tr->destruct.srdelta > 0)
		return (KERN_INVALID_VALUE);
	if (tr->destruct.srdelta < 0 && (e->e_bits & MACH_PORT_TYPE_SEND) == 0)
		return (KERN_INVALID_RIGHT);
	if (-(int64_t)tr->destruct.srdelta > e->e_urefs)
		return (KERN_INVALID_VALUE);
	mtx_lock(&e->e_port->p_lock);
	matches = tr->destruct.guard ==
	    ((e->e_port->p_guard & MACH_GUARDED) != 0 ?
	    e->e_port->p_context : 0);
	mtx_unlock(&e->e_port->p_lock);
	if (!matches) {
		mach_violation();
		return (KERN_INVALID_ARGUMENT);
	}
	if (tr->destruct.srdelta < 0)
		mach_entry_drop_sends(tr->tr_space, e, -tr->destruct.srdelta,
		    &tr->tr_rights, &tr->tr_reap);
	mach_entry_drop_receive(tr->tr_space, e, &tr->tr_rights, &tr->tr_reap);
	return (KERN_SUCCESS);
}

/*
 * These change a few words of one port, which is locked.
 */

static kern_return_t
trap_guard(struct trap *tr)
{
	const uint64_t flags = tr->guard.flags;
	struct mach_port *port = tr->tr_entry->e_port;

	if ((flags & ~(uint64_t)(MPG_STRICT | MPG_IMMOVABLE_RECEIVE)) != 0 ||
	    (port->p_guard & MACH_GUARDED) != 0)
		return (KERN_INVALID_ARGUMENT);
	port->p_context = tr->guard.guard;
	/* What is not to move does not for being guarded, or unguarded. */
	port->p_guard |= guard_bits(true, (flags & MPG_STRICT) != 0,
	    (flags & MPG_IMMOVABLE_RECEIVE) != 0);
	return (KERN_SUCCESS);
}

static bool
shows_guard(struct mach_port *port, uint64_t guard)
{
	if ((port->p_guard & MACH_GUARDED) != 0 && port->p_context == guard)
		return (true);
	mach_violation();
	return (false);
}

static kern_return_t
trap_unguard(struct trap *tr)
{
	struct mach_port *port = tr->tr_entry->e_port;

	if (!shows_guard(port, tr->guard.guard))
		return (KERN_INVALID_ARGUMENT);
	port->p_context = 0;
	port->p_guard &= MACH_GUARD_IMMOVABLE;
	return (KERN_SUCCESS);
}

static kern_return_t
trap_swap_guard(struct trap *tr)
{
	struct mach_port *port = tr->tr_entry->e_port;

	if ((port->p_guard & MACH_GUARD_STRICT) != 0 ||
	    !shows_guard(port, tr->guard.guard))
		return (KERN_INVALID_ARGUMENT);
	port->p_context = tr->guard.new_guard;
	return (KERN_SUCCESS);
}

static kern_return_t
trap_get_context(struct trap *tr)
{
	tr->guard.guard = tr->tr_entry->e_port->p_context;
	return (KERN_SUCCESS);
}

static kern_return_t
trap_set_context(struct trap *tr)
{
	struct mach_port *port = tr->tr_entry->e_port;

	if ((port->p_guard & MACH_GUARD_STRICT) != 0)
		return (KERN_INVALID_ARGUMENT);
	port->p_context = tr->guard.guard;
	return (KERN_SUCCESS);
}

/* Sets the make-send count or the sequence number. */
static kern_return_t
trap_set_count(struct trap *tr)
{
	if (tr->tr_op == MACH_TRAP_PORT_SET_MSCOUNT) {
		tr->tr_entry->e_port->p_mscount = tr->refs.value;
		mach_port_check_senders(tr->tr_entry->e_port, &tr->tr_reap);
	} else {
		tr->tr_entry->e_port->p_seqno = tr->refs.value;
	}
	return (KERN_SUCCESS);
}

static void
port_status(struct mach_port *port, mach_port_status_t *st)
{
	memset(st, 0, sizeof(*st));
	st->mps_pset = !LIST_EMPTY(&port->p_members);
	st->mps_seqno = port->p_seqno;
	st->mps_mscount = port->p_mscount;
	st->mps_qlimit = port->p_qlimit;
	st->mps_msgcount = port->p_msgcount;
	st->mps_sorights = atomic_load_int(&port->p_sorights);
	st->mps_srights = atomic_load_int(&port->p_srights) > 0;
	st->mps_pdrequest = port->p_pdrequest != NULL;
	st->mps_nsrequest = port->p_nsrequest != NULL;
	if ((port->p_guard & MACH_GUARDED) != 0)
		st->mps_flags |= MACH_PORT_STATUS_FLAG_GUARDED;
	if ((port->p_guard & MACH_GUARD_STRICT) != 0)
		st->mps_flags |= MACH_PORT_STATUS_FLAG_STRICT_GUARD;
	if ((port->p_guard & MACH_GUARD_IMMOVABLE) != 0)
		st->mps_flags |= MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE;
}

static kern_return_t
trap_get_attributes(struct trap *tr)
{
	mach_port_status_t st;
	uint32_t count;

	memset(tr->attributes.info, 0, sizeof(tr->attributes.info));
	switch (tr->attributes.flavor) {
	case MACH_PORT_LIMITS_INFO:
		count = MACH_PORT_LIMITS_INFO_COUNT;
		break;
	case MACH_PORT_RECEIVE_STATUS:
		count = MACH_PORT_RECEIVE_STATUS_COUNT;
		break;
	case MACH_PORT_INFO_EXT:
		count = MACH_PORT_INFO_EXT_COUNT;
		break;
	default:
		return (KERN_INVALID_ARGUMENT);
	}
	if (tr->attributes.count < count)
		return (KERN_FAILURE);
	tr->attributes.count = count;
	if (tr->attributes.flavor == MACH_PORT_LIMITS_INFO) {
		tr->attributes.info[0] = tr->tr_entry->e_port->p_qlimit;
	} else {
		port_status(tr->tr_entry->e_port, &st);
		memcpy(tr->attributes.info, &st, sizeof(st));
	}
	return (KERN_SUCCESS);
}

static kern_return_t
trap_set_attributes(struct trap *tr)
{
	switch (tr->attributes.flavor) {
	case MACH_PORT_LIMITS_INFO:
		if (tr->attributes.count < MACH_PORT_LIMITS_INFO_COUNT)
			return (KERN_FAILURE);
		return (mach_port_set_qlimit(tr->tr_entry->e_port,
		    tr->attributes.info[0], &tr->tr_reap));
	case MACH_PORT_TEMPOWNER:
	case MACH_PORT_IMPORTANCE_RECEIVER:
	case MACH_PORT_DENAP_RECEIVER:
		/*
		 * Hints for a scheduler that FreeBSD does not have.  launchd
		 * gives them and goes wrong when they are refused.
		 */
		return (KERN_SUCCESS);
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

/*
 * Port set membership.
 */

/*
 * References a port and the set it is to join or leave, *psetp NULL for none.
 * The functions called with them check that the right is still here.
 */
static kern_return_t
ref_member(struct trap *tr, bool set, struct mach_port **portp,
    struct mach_pset **psetp)
{
	struct mach_entry *port, *pset;

	port = mach_entry_lookup(tr->tr_space, tr->member.name);
	if (port == NULL)
		return (KERN_INVALID_NAME);
	if ((port->e_bits & MACH_PORT_TYPE_RECEIVE) == 0)
		return (KERN_INVALID_CAPABILITY);
	*psetp = NULL;
	if (set) {
		pset = mach_entry_lookup(tr->tr_space, tr->member.pset);
		if (pset == NULL)
			return (KERN_INVALID_NAME);
		if ((pset->e_bits & MACH_PORT_TYPE_PORT_SET) == 0)
			return (KERN_INVALID_RIGHT);
		*psetp = pset->e_pset;
		mach_pset_ref(*psetp);
	}
	*portp = port->e_port;
	mach_port_ref(*portp);
	return (KERN_SUCCESS);
}

static kern_return_t
trap_member(struct trap *tr)
{
	struct mach_port *port;
	struct mach_pset *pset;
	kern_return_t kr;

	mtx_lock(&tr->tr_space->s_lock);
	kr = ref_member(tr, tr->tr_op != MACH_TRAP_PORT_MOVE_MEMBER ||
	    tr->member.pset != MACH_PORT_NULL, &port, &pset);
	mtx_unlock(&tr->tr_space->s_lock);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (tr->tr_op == MACH_TRAP_PORT_EXTRACT_MEMBER)
		kr = mach_pset_extract(pset, port);
	else if (tr->tr_op == MACH_TRAP_PORT_INSERT_MEMBER)
		kr = mach_pset_insert(pset, port, tr->tr_space,
		    mach_current_user());
	else
		kr = mach_pset_move(pset, port, tr->tr_space,
		    mach_current_user());
	if (pset != NULL)
		mach_pset_rele(pset);
	mach_port_rele(port);
	return (kr);
}

/*
 * Tasks and the host.
 */

static bool
is_host(const struct trap *tr)
{
	return (tr->tr_op == MACH_TRAP_HOST_GET_SPECIAL_PORT ||
	    tr->tr_op == MACH_TRAP_HOST_SET_SPECIAL_PORT);
}

/* Only the bootstrap port can be had; the others are Darwin's own business. */
static kern_return_t
special_check(struct trap *tr)
{
	if (tr->special.which == TASK_BOOTSTRAP_PORT)
		return (KERN_SUCCESS);
	return (is_host(tr) || (tr->special.which >= TASK_KERNEL_PORT &&
	    tr->special.which <= TASK_MAX_SPECIAL_PORT) ?
	    KERN_NOT_SUPPORTED : KERN_INVALID_ARGUMENT);
}

static kern_return_t
trap_get_special(struct trap *tr)
{
	struct mach_right right;
	kern_return_t kr;

	kr = special_check(tr);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (is_host(tr))
		mach_host_get_bootstrap(tr->tr_td->td_ucred, &right);
	else
		mach_task_get_bootstrap(tr->tr_task, tr->tr_td->td_ucred,
		    &right);
	return (give_right(tr, &right, &tr->special.port));
}

/*
 * A send right to keep, or none, from a name whose own right stays with the
 * caller.  What stands for a kernel object serves nobody.
 */
static kern_return_t
take_bootstrap(struct trap *tr, mach_port_name_t name,
    struct mach_right *right)
{
	kern_return_t kr;

	kr = take_right(tr, name, MACH_MSG_TYPE_COPY_SEND,
	    name != MACH_PORT_NULL, right);
	if (kr == KERN_SUCCESS && right->r_port != NULL &&
	    right->r_port->p_kotype != MACH_KO_NONE) {
		mach_right_release(right, &tr->tr_reap);
		kr = KERN_INVALID_CAPABILITY;
	}
	return (kr);
}

static kern_return_t
trap_set_special(struct trap *tr)
{
	struct mach_right right;
	kern_return_t kr;

	kr = special_check(tr);
	if (kr == KERN_SUCCESS && is_host(tr) &&
	    (IN_CAPABILITY_MODE(tr->tr_td) ||
	    priv_check(tr->tr_td, PRIV_IPC_ADMIN) != 0))
		kr = KERN_NO_ACCESS;
	if (kr == KERN_SUCCESS)
		kr = take_bootstrap(tr, tr->special.port, &right);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (is_host(tr))
		mach_host_set_bootstrap(tr->tr_td->td_ucred, &right,
		    &tr->tr_reap);
	else
		mach_task_set_bootstrap(tr->tr_task, tr->tr_td->td_ucred,
		    &right, &tr->tr_reap);
	return (KERN_SUCCESS);
}

static kern_return_t
trap_spawn_bootstrap(struct trap *tr)
{
	struct mach_right right;
	kern_return_t kr;

	kr = take_bootstrap(tr, tr->port.name, &right);
	if (kr == KERN_SUCCESS)
		mach_thread_set_bootstrap(tr->tr_thread, &right, &tr->tr_reap);
	return (kr);
}

static kern_return_t
trap_pid_for_task(struct trap *tr)
{
	return (mach_task_pid(tr->tr_task, tr->pid.task, &tr->pid.pid));
}

static kern_return_t
trap_tokens(struct trap *tr)
{
	security_token_t security;
	audit_token_t audit;

	mach_task_tokens(tr->tr_task, tr->tr_td->td_ucred, &security, &audit);
	memcpy(tr->tokens.security, &security, sizeof(tr->tokens.security));
	memcpy(tr->tokens.audit, &audit, sizeof(tr->tokens.audit));
	return (KERN_SUCCESS);
}

static kern_return_t
trap_inspect(struct trap *tr)
{
	struct mach_inspect_args *a = &tr->inspect;

	a->error = a->pid == 0 ? mach_inspect_tasks(tr->tr_td, a->buffer,
	    a->capacity, &a->count) : mach_inspect_ports(tr->tr_td, a->pid,
	    a->buffer, a->capacity, &a->count);
	return (a->error == 0 ? KERN_SUCCESS : KERN_FAILURE);
}

/*
 * Descriptors.
 */

static kern_return_t
fd_result(struct trap *tr, int error)
{
	tr->fd.error = error;
	return (error == 0 ? KERN_SUCCESS : KERN_FAILURE);
}

static kern_return_t
trap_port_fd(struct trap *tr)
{
	return (fd_result(tr, mach_event_open(tr->tr_td, tr->fd.name,
	    &tr->fd.fd)));
}

static kern_return_t
trap_makeport(struct trap *tr)
{
	struct mach_right right;
	int error;

	error = mach_fileport_create(tr->tr_td, tr->fd.fd, &right);
	if (error == 0 &&
	    give_right(tr, &right, &tr->fd.name) != KERN_SUCCESS)
		error = EAGAIN;
	return (fd_result(tr, error));
}

static kern_return_t
trap_makefd(struct trap *tr)
{
	struct mach_right right;
	int error;

	if (take_right(tr, tr->fd.name, MACH_MSG_TYPE_COPY_SEND, true,
	    &right) != KERN_SUCCESS)
		return (fd_result(tr, EINVAL));
	error = mach_fileport_open(tr->tr_td, &right, &tr->fd.fd);
	mach_right_release(&right, &tr->tr_reap);
	return (fd_result(tr, error));
}

/*
 * The table.
 */

typedef kern_return_t trap_fn(struct trap *);

/* Whose port the first word of the structure names. */
enum trap_self {
	SELF_NONE,	/* anyone's, or it names nothing */
	SELF_TASK,	/* the caller's task */
	SELF_HOST	/* the host */
};

/* What a function is called with locked, besides what tr_entry points to. */
enum trap_lock {
	LOCK_NONE,	/* nothing, and tr_entry is not set */
	LOCK_ENTRY,	/* the space, the second word being a name there */
	LOCK_REFS,	/* likewise, and the third word is a kind of right */
	LOCK_RECEIVE,	/* the space, and the name is of a receive right */
	LOCK_PORT	/* likewise, and its port is locked too */
};

static const struct trap_entry {
	trap_fn		*te_fn;
	size_t		te_size;
	enum trap_self	te_self;
	enum trap_lock	te_lock;
	bool		te_out;
} trap_table[MACH_TRAP_OP_MAX] = {
#define	TRAP(op, fn, type, self, lock, out)				\
	[MACH_TRAP_##op] = { fn, sizeof(struct mach_##type##_args),	\
	    SELF_##self, LOCK_##lock, out }
#define	IN(op, fn, type, lock)	TRAP(op, fn, type, TASK, lock, false)
#define	OUT(op, fn, type, lock)	TRAP(op, fn, type, TASK, lock, true)
#define	ANY(op, fn, type)	TRAP(op, fn, type, NONE, NONE, true)
#define	HOST(op, fn, type)	TRAP(op, fn, type, HOST, NONE, true)
	ANY(TASK_SELF, trap_self, name),
	ANY(THREAD_SELF, trap_self, name),
	ANY(HOST_SELF, trap_self, name),
	ANY(REPLY_PORT, trap_reply_port, name),
	OUT(PORT_ALLOCATE, trap_allocate, port_allocate, NONE),
	IN(PORT_DEALLOCATE, trap_deallocate, port_name, ENTRY),
	IN(PORT_DESTROY, trap_destroy, port_name, ENTRY),
	IN(PORT_MOD_REFS, trap_mod_refs, port_refs, REFS),
	OUT(PORT_GET_REFS, trap_get_refs, port_refs, REFS),
	OUT(PORT_TYPE, trap_type, port_type, ENTRY),
	OUT(PORT_NAMES, trap_names, port_names, NONE),
	IN(PORT_INSERT_RIGHT, trap_insert_right, port_right, NONE),
	OUT(PORT_EXTRACT_RIGHT, trap_extract_right, port_right, NONE),
	OUT(PORT_REQUEST_NOTIFICATION, trap_request_notification,
	    port_notification, NONE),
	OUT(PORT_CONSTRUCT, trap_construct, port_construct, NONE),
	IN(PORT_DESTRUCT, trap_destruct, port_destruct, RECEIVE),
	IN(PORT_GUARD, trap_guard, port_guard, PORT),
	IN(PORT_UNGUARD, trap_unguard, port_guard, PORT),
	IN(PORT_SWAP_GUARD, trap_swap_guard, port_guard, PORT),
	OUT(PORT_GET_CONTEXT, trap_get_context, port_guard, PORT),
	IN(PORT_SET_CONTEXT, trap_set_context, port_guard, PORT),
	OUT(PORT_GET_ATTRIBUTES, trap_get_attributes, port_attributes, PORT),
	IN(PORT_SET_ATTRIBUTES, trap_set_attributes, port_attributes, RECEIVE),
	IN(PORT_SET_MSCOUNT, trap_set_count, port_refs, PORT),
	IN(PORT_SET_SEQNO, trap_set_count, port_refs, PORT),
	IN(PORT_INSERT_MEMBER, trap_member, port_member, NONE),
	IN(PORT_EXTRACT_MEMBER, trap_member, port_member, NONE),
	IN(PORT_MOVE_MEMBER, trap_member, port_member, NONE),
	OUT(PORT_GET_SET_STATUS, trap_get_set_status, port_names, NONE),
	OUT(TASK_GET_SPECIAL_PORT, trap_get_special, special_port, NONE),
	IN(TASK_SET_SPECIAL_PORT, trap_set_special, special_port, NONE),
	HOST(HOST_GET_SPECIAL_PORT, trap_get_special, special_port),
	HOST(HOST_SET_SPECIAL_PORT, trap_set_special, special_port),
	ANY(PID_FOR_TASK, trap_pid_for_task, pid),
	OUT(TASK_TOKENS, trap_tokens, tokens, NONE),
	OUT(PORT_FD, trap_port_fd, fd, NONE),
	IN(SPAWN_BOOTSTRAP, trap_spawn_bootstrap, port_name, NONE),
	OUT(INSPECT, trap_inspect, inspect, NONE),
	OUT(FILEPORT_MAKEPORT, trap_makeport, fd, NONE),
	OUT(FILEPORT_MAKEFD, trap_makefd, fd, NONE),
};

static kern_return_t
check_self(struct trap *tr, enum trap_self self)
{
	switch (self) {
	case SELF_TASK:
		return (mach_task_is_self(tr->tr_task, tr->words[0]) ?
		    KERN_SUCCESS : KERN_INVALID_TASK);
	case SELF_HOST:
		return (mach_host_is_self(tr->tr_task, tr->words[0]) ?
		    KERN_SUCCESS : KERN_INVALID_HOST);
	default:
		return (KERN_SUCCESS);
	}
}

/* Calls the function of a trap with what it wants to find locked. */
static kern_return_t
call_locked(struct trap *tr, const struct trap_entry *te)
{
	struct mach_port *port;
	kern_return_t kr;

	if (te->te_lock == LOCK_NONE)
		return (te->te_fn(tr));
	if (te->te_lock == LOCK_REFS &&
	    tr->words[2] >= MACH_PORT_RIGHT_NUMBER)
		return (KERN_INVALID_VALUE);
	mtx_lock(&tr->tr_space->s_lock);
	tr->tr_entry = mach_entry_lookup(tr->tr_space, tr->words[1]);
	if (tr->tr_entry == NULL) {
		kr = KERN_INVALID_NAME;
	} else if (te->te_lock == LOCK_ENTRY || te->te_lock == LOCK_REFS) {
		kr = te->te_fn(tr);
	} else if ((tr->tr_entry->e_bits & MACH_PORT_TYPE_RECEIVE) == 0) {
		kr = KERN_INVALID_RIGHT;
	} else if (te->te_lock == LOCK_RECEIVE) {
		kr = te->te_fn(tr);
	} else {
		port = tr->tr_entry->e_port;
		mtx_lock(&port->p_lock);
		kr = te->te_fn(tr);
		mtx_unlock(&port->p_lock);
	}
	mtx_unlock(&tr->tr_space->s_lock);
	mach_rights_release(&tr->tr_rights, &tr->tr_reap);
	return (kr);
}

static kern_return_t
trap_call(struct thread *td, const struct mach_trap_args *uap)
{
	const struct trap_entry *te;
	struct trap tr;
	kern_return_t kr;

	if (uap->op >= MACH_TRAP_OP_MAX)
		return (KERN_NOT_SUPPORTED);
	te = &trap_table[uap->op];
	if (te->te_size == 0)
		return (KERN_NOT_SUPPORTED);
	if (uap->size != te->te_size)
		return (KERN_INVALID_ARGUMENT);
	memset(&tr, 0, sizeof(tr));
	if (copyin((const void *)(uintptr_t)uap->args, tr.words,
	    te->te_size) != 0)
		return (KERN_INVALID_ADDRESS);
	tr.tr_td = td;
	tr.tr_op = uap->op;
	tr.tr_thread = mach_thread_current(td);
	tr.tr_task = tr.tr_thread->th_task;
	tr.tr_space = tr.tr_task->t_space;
	mach_reap_init(&tr.tr_reap);
	kr = check_self(&tr, te->te_self);
	if (kr == KERN_SUCCESS)
		kr = call_locked(&tr, te);
	mach_reap_run(&tr.tr_reap);
	if (te->te_out && copyout(tr.words, (void *)(uintptr_t)uap->args,
	    te->te_size) != 0)
		return (KERN_INVALID_ADDRESS);
	return (kr);
}

int
sys_mach_trap(struct thread *td, void *args)
{
	td->td_retval[0] = trap_call(td, args);
	return (0);
}
