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
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/priv.h>
#include <sys/proc.h>
#include <sys/sysent.h>
#include <sys/ucred.h>

#include <mach/notify.h>
#include <mach/task_special_ports.h>

#include "mach_abi.h"

/* What a trap works on. */
struct trap {
	struct thread	*tr_td;
	struct mach_task *tr_task;
	struct mach_space *tr_space;
	struct mach_reap tr_reap;
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

/* Takes a right from the caller's space. */
static kern_return_t
take_right(struct trap *tr, mach_port_name_t name, uint32_t disposition,
    struct mach_right *right)
{
	struct mach_copyin ci;
	kern_return_t kr;

	if (disposition > UINT8_MAX)
		return (KERN_INVALID_VALUE);
	mtx_lock(&tr->tr_space->s_lock);
	mach_copyin_begin(&ci, tr->tr_space, &tr->tr_reap);
	kr = mach_copyin_right(&ci, name, disposition, right);
	mach_copyin_commit(&ci);
	mtx_unlock(&tr->tr_space->s_lock);
	return (kr);
}

/*
 * Looks a name up and returns its entry with the space locked; on failure the
 * space is unlocked.
 */
static kern_return_t
lock_entry(struct trap *tr, mach_port_name_t name, struct mach_entry **ep)
{
	mtx_lock(&tr->tr_space->s_lock);
	*ep = mach_entry_lookup(tr->tr_space, name);
	if (*ep != NULL)
		return (KERN_SUCCESS);
	mtx_unlock(&tr->tr_space->s_lock);
	return (KERN_INVALID_NAME);
}

/* The same for a name that must denote a receive right. */
static kern_return_t
lock_receive(struct trap *tr, mach_port_name_t name, struct mach_entry **ep)
{
	kern_return_t kr;

	kr = lock_entry(tr, name, ep);
	if (kr == KERN_SUCCESS &&
	    ((*ep)->e_bits & MACH_PORT_TYPE_RECEIVE) == 0) {
		mtx_unlock(&tr->tr_space->s_lock);
		kr = KERN_INVALID_RIGHT;
	}
	return (kr);
}

static void
unlock_release(struct trap *tr, struct mach_rights *rights)
{
	mtx_unlock(&tr->tr_space->s_lock);
	mach_rights_release(rights, &tr->tr_reap);
}

static kern_return_t
trap_task_self(struct trap *tr, void *args)
{
	struct mach_name_args *a = args;
	struct mach_right right;

	mach_right_copy_send(tr->tr_task->t_self, &right);
	return (give_right(tr, &right, &a->name));
}

static kern_return_t
trap_thread_self(struct trap *tr, void *args)
{
	struct mach_name_args *a = args;
	struct mach_right right;

	mach_thread_self(tr->tr_td, &right);
	return (give_right(tr, &right, &a->name));
}

static kern_return_t
trap_host_self(struct trap *tr, void *args)
{
	struct mach_name_args *a = args;
	struct mach_right right;

	mach_host_self(&right);
	return (give_right(tr, &right, &a->name));
}

static kern_return_t
allocate_port(struct trap *tr, uint32_t *namep)
{
	struct mach_right right;

	right = MACH_RIGHT_NULL;
	right.r_type = MACH_MSG_TYPE_PORT_RECEIVE;
	right.r_port = mach_port_create(mach_current_user());
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
trap_reply_port(struct trap *tr, void *args)
{
	struct mach_name_args *a = args;

	return (allocate_port(tr, &a->name));
}

static kern_return_t
trap_allocate(struct trap *tr, void *args)
{
	struct mach_port_allocate_args *a = args;

	switch (a->right) {
	case MACH_PORT_RIGHT_RECEIVE:
		return (allocate_port(tr, &a->name));
	case MACH_PORT_RIGHT_PORT_SET:
		return (allocate_pset(tr, &a->name));
	case MACH_PORT_RIGHT_DEAD_NAME:
		return (allocate_dead_name(tr, &a->name));
	default:
		return (KERN_INVALID_VALUE);
	}
}

static kern_return_t
trap_deallocate(struct trap *tr, void *args)
{
	const uint32_t some = MACH_PORT_TYPE_SEND_RIGHTS |
	    MACH_PORT_TYPE_DEAD_NAME;
	struct mach_port_name_args *a = args;
	struct mach_rights rights;
	struct mach_entry *e;
	kern_return_t kr;

	kr = lock_entry(tr, a->name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	if ((e->e_bits & some) != 0) {
		mach_entry_drop_sends(tr->tr_space, e, 1, &rights,
		    &tr->tr_reap);
	} else if ((e->e_bits & MACH_PORT_TYPE_PORT_SET) != 0) {
		mach_entry_destroy(tr->tr_space, e, &rights, &tr->tr_reap);
	} else {
		mtx_unlock(&tr->tr_space->s_lock);
		return (KERN_INVALID_RIGHT);
	}
	unlock_release(tr, &rights);
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
		MACH_COUNT(violations, 1);
	return (guarded);
}

static kern_return_t
trap_destroy(struct trap *tr, void *args)
{
	struct mach_port_name_args *a = args;
	struct mach_rights rights;
	struct mach_entry *e;
	kern_return_t kr;

	kr = lock_entry(tr, a->name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	if (is_guarded(e)) {
		mtx_unlock(&tr->tr_space->s_lock);
		return (KERN_INVALID_RIGHT);
	}
	mach_entry_destroy(tr->tr_space, e, &rights, &tr->tr_reap);
	unlock_release(tr, &rights);
	return (KERN_SUCCESS);
}

/* User references of one kind of right under a name. */
static uint32_t
entry_refs(struct mach_entry *e, uint32_t right)
{
	if ((e->e_bits & MACH_PORT_TYPE(right)) == 0)
		return (0);
	if (right == MACH_PORT_RIGHT_SEND ||
	    right == MACH_PORT_RIGHT_DEAD_NAME)
		return (e->e_urefs);
	return (1);
}

/*
 * mach_port_mod_refs() for an entry that has the right.  Anything taken away is
 * left in *rights.
 */
static kern_return_t
mod_refs(struct trap *tr, struct mach_entry *e, uint32_t right, int32_t delta,
    struct mach_rights *rights)
{
	bool counted;
	int64_t refs;

	counted = right == MACH_PORT_RIGHT_SEND ||
	    right == MACH_PORT_RIGHT_DEAD_NAME;
	refs = (int64_t)entry_refs(e, right) + delta;
	if (refs < 0 || (delta > 0 && !counted))
		return (KERN_INVALID_VALUE);
	if (refs > MACH_UREFS_MAX)
		return (KERN_UREFS_OVERFLOW);
	if (delta > 0) {
		e->e_urefs = refs;
	} else if (delta < 0) {
		if (right == MACH_PORT_RIGHT_RECEIVE) {
			if (is_guarded(e))
				return (KERN_INVALID_RIGHT);
			mach_entry_drop_receive(tr->tr_space, e, rights,
			    &tr->tr_reap);
		} else if (right == MACH_PORT_RIGHT_PORT_SET) {
			mach_entry_destroy(tr->tr_space, e, rights,
			    &tr->tr_reap);
		} else {
			mach_entry_drop_sends(tr->tr_space, e, -delta, rights,
			    &tr->tr_reap);
		}
	}
	return (KERN_SUCCESS);
}

static kern_return_t
trap_mod_refs(struct trap *tr, void *args)
{
	struct mach_port_refs_args *a = args;
	struct mach_rights rights;
	struct mach_entry *e;
	kern_return_t kr;

	if (a->right >= MACH_PORT_RIGHT_NUMBER)
		return (KERN_INVALID_VALUE);
	kr = lock_entry(tr, a->name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	memset(&rights, 0, sizeof(rights));
	if ((e->e_bits & MACH_PORT_TYPE(a->right)) == 0)
		kr = KERN_INVALID_RIGHT;
	else
		kr = mod_refs(tr, e, a->right, a->value, &rights);
	unlock_release(tr, &rights);
	return (kr);
}

static kern_return_t
trap_get_refs(struct trap *tr, void *args)
{
	struct mach_port_refs_args *a = args;
	struct mach_entry *e;
	kern_return_t kr;

	if (a->right >= MACH_PORT_RIGHT_NUMBER)
		return (KERN_INVALID_VALUE);
	kr = lock_entry(tr, a->name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	a->value = entry_refs(e, a->right);
	mtx_unlock(&tr->tr_space->s_lock);
	return (KERN_SUCCESS);
}

/* The type bits of an entry, outstanding requests included. */
static uint32_t
entry_type(struct mach_entry *e)
{
	uint32_t type;

	type = e->e_bits;
	if (e->e_request != NULL)
		type |= e->e_request->rq_msgid == MACH_NOTIFY_DEAD_NAME ?
		    MACH_PORT_TYPE_DNREQUEST : MACH_PORT_TYPE_SPREQUEST;
	return (type);
}

static kern_return_t
trap_type(struct trap *tr, void *args)
{
	struct mach_port_type_args *a = args;
	struct mach_entry *e;
	kern_return_t kr;

	kr = lock_entry(tr, a->name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	a->type = entry_type(e);
	mtx_unlock(&tr->tr_space->s_lock);
	return (KERN_SUCCESS);
}

/*
 * Copies two arrays of `n' words to the caller.
 */
static kern_return_t
copyout_names(const struct mach_port_names_args *a, const uint32_t *names,
    const uint32_t *types, u_int n)
{
	if (n != 0 && copyout(names, (void *)(uintptr_t)a->names,
	    n * sizeof(*names)) != 0)
		return (KERN_INVALID_ADDRESS);
	if (n != 0 && a->types != 0 && types != NULL &&
	    copyout(types, (void *)(uintptr_t)a->types,
	    n * sizeof(*types)) != 0)
		return (KERN_INVALID_ADDRESS);
	return (KERN_SUCCESS);
}

/*
 * Memory for as many names as the space has, or the caller has room for, twice
 * over.  Returns with the space locked, so that it stays enough.
 */
static uint32_t *
alloc_names(struct trap *tr, uint32_t capacity, uint32_t *maxp)
{
	struct mach_space *space;
	uint32_t *names;

	space = tr->tr_space;
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
trap_names(struct trap *tr, void *args)
{
	struct mach_port_names_args *a = args;
	struct mach_entry *e;
	uint32_t *names, *types;
	uint32_t cursor, max, n;
	kern_return_t kr;

	names = alloc_names(tr, a->capacity, &max);
	types = names + max;
	cursor = 0;
	for (n = 0; (e = mach_space_next(tr->tr_space, &cursor)) != NULL; n++) {
		if (n < max) {
			names[n] = e->e_name;
			types[n] = entry_type(e);
		}
	}
	mtx_unlock(&tr->tr_space->s_lock);
	a->count = n;
	kr = copyout_names(a, names, types, MIN(n, max));
	free(names, M_MACH);
	return (kr);
}

static kern_return_t
trap_get_set_status(struct trap *tr, void *args)
{
	struct mach_port_names_args *a = args;
	struct mach_entry *e;
	uint32_t *names;
	uint32_t max;
	kern_return_t kr;

	names = alloc_names(tr, a->capacity, &max);
	e = mach_entry_lookup(tr->tr_space, a->name);
	if (e == NULL)
		kr = KERN_INVALID_NAME;
	else if ((e->e_bits & MACH_PORT_TYPE_PORT_SET) == 0)
		kr = KERN_INVALID_RIGHT;
	else
		kr = KERN_SUCCESS;
	if (kr == KERN_SUCCESS)
		a->count = mach_pset_names(e->e_pset, tr->tr_space, names, max);
	mtx_unlock(&tr->tr_space->s_lock);
	if (kr == KERN_SUCCESS)
		kr = copyout_names(a, names, NULL, MIN(a->count, max));
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

/*
 * Adds a right to an entry, existing or about to exist, of
 * the caller's choice.  Consumes the right on success.
 */
static kern_return_t
insert_locked(struct trap *tr, mach_port_name_t name, struct mach_right *right)
{
	struct mach_entry *e, *holder;
	struct mach_port *port;
	bool send;

	port = right->r_port;
	send = right->r_type == MACH_MSG_TYPE_PORT_SEND;
	e = mach_entry_lookup(tr->tr_space, name);
	holder = send || right->r_type == MACH_MSG_TYPE_PORT_RECEIVE ?
	    mach_entry_of_port(tr->tr_space, port) : NULL;
	if (holder != NULL && holder != e)
		return (KERN_RIGHT_EXISTS);
	if (holder != NULL) {
		if (send && holder->e_urefs >= MACH_UREFS_MAX)
			return (KERN_UREFS_OVERFLOW);
		return (mach_right_copyout(tr->tr_space, right, &name,
		    &tr->tr_reap));
	}
	if (e != NULL || mach_entry_slot(tr->tr_space,
	    MACH_PORT_INDEX(name))->e_bits != 0)
		return (KERN_NAME_EXISTS);
	e = mach_entry_alloc_name(tr->tr_space, name);
	if (e == NULL)
		return (KERN_NO_SPACE);
	if (right->r_type == MACH_MSG_TYPE_PORT_RECEIVE) {
		mtx_lock(&port->p_lock);
		port->p_space = tr->tr_space;
		port->p_name = name;
		mtx_unlock(&port->p_lock);
	}
	mach_entry_bind(tr->tr_space, e, port, type_bit(right->r_type));
	e->e_urefs = send ? 1 : 0;
	*right = MACH_RIGHT_NULL;
	return (KERN_SUCCESS);
}

/*
 * A right taken from the caller that could not be used goes back under the name
 * it had, or another one if that has been given away meanwhile.
 */
static void
restore_right(struct trap *tr, struct mach_right *right)
{
	mach_port_name_t name;

	name = right->r_source;
	if (insert_locked(tr, name, right) != KERN_SUCCESS)
		(void)mach_right_copyout(tr->tr_space, right, &name,
		    &tr->tr_reap);
}

static bool
is_move(uint32_t disposition)
{
	return (disposition == MACH_MSG_TYPE_MOVE_SEND ||
	    disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE ||
	    disposition == MACH_MSG_TYPE_MOVE_RECEIVE);
}

static kern_return_t
insert_right_locked(struct trap *tr, struct mach_port_right_args *a,
    struct mach_right *right)
{
	struct mach_copyin ci;
	kern_return_t kr;

	mach_copyin_begin(&ci, tr->tr_space, &tr->tr_reap);
	kr = mach_copyin_right(&ci, a->right, a->disposition, right);
	if (kr == KERN_SUCCESS && right->r_port == NULL) {
		mach_copyin_undo(&ci, right);
		kr = KERN_INVALID_CAPABILITY;
	}
	/* The name being inserted may be the one that is moved away. */
	if (kr != KERN_SUCCESS || is_move(a->disposition))
		mach_copyin_commit(&ci);
	if (kr != KERN_SUCCESS)
		return (kr);
	kr = insert_locked(tr, a->name, right);
	if (kr != KERN_SUCCESS) {
		if (is_move(a->disposition))
			restore_right(tr, right);
		else
			mach_copyin_undo(&ci, right);
	}
	mach_copyin_commit(&ci);
	return (kr);
}

static kern_return_t
trap_insert_right(struct trap *tr, void *args)
{
	struct mach_port_right_args *a = args;
	struct mach_right right;
	kern_return_t kr;

	if (!MACH_PORT_VALID(a->right))
		return (KERN_INVALID_CAPABILITY);
	if (mach_disposition_result(a->disposition) == 0 ||
	    !MACH_PORT_VALID(a->name))
		return (KERN_INVALID_VALUE);
	if (!mach_space_reserve_name(tr->tr_space, a->name, &kr))
		return (kr);
	kr = insert_right_locked(tr, a, &right);
	mtx_unlock(&tr->tr_space->s_lock);
	mach_right_release(&right, &tr->tr_reap);
	return (kr);
}

static kern_return_t
trap_extract_right(struct trap *tr, void *args)
{
	struct mach_port_right_args *a = args;
	struct mach_right right;
	uint8_t type;
	kern_return_t kr;

	kr = take_right(tr, a->name, a->disposition, &right);
	if (kr != KERN_SUCCESS)
		return (kr);
	type = right.r_type;
	kr = give_right(tr, &right, &a->right);
	a->disposition = type;
	return (kr);
}

/* Undoes the taking of a send-once right for a request that was refused. */
static void
return_notify(struct trap *tr, struct mach_right *notify, uint32_t disposition)
{
	if (notify->r_port == NULL)
		return;
	if (disposition == MACH_MSG_TYPE_MAKE_SEND_ONCE) {
		mach_port_use_send_once(notify->r_port);
		return;
	}
	mach_space_reserve(tr->tr_space, 1);
	restore_right(tr, notify);
	mtx_unlock(&tr->tr_space->s_lock);
	mach_right_release(notify, &tr->tr_reap);
}

/* Takes the send-once right of a request, or nothing. */
static kern_return_t
take_notify(struct trap *tr, const struct mach_port_notification_args *a,
    struct mach_right *notify)
{
	struct mach_copyin ci;
	kern_return_t kr;

	if (a->disposition != MACH_MSG_TYPE_MAKE_SEND_ONCE &&
	    a->disposition != MACH_MSG_TYPE_MOVE_SEND_ONCE)
		return (KERN_INVALID_CAPABILITY);
	mtx_lock(&tr->tr_space->s_lock);
	mach_copyin_begin(&ci, tr->tr_space, &tr->tr_reap);
	kr = mach_copyin_right(&ci, a->notify, a->disposition, notify);
	if (kr == KERN_SUCCESS && notify->r_port == NULL) {
		mach_copyin_undo(&ci, notify);
		kr = KERN_INVALID_CAPABILITY;
	}
	mach_copyin_commit(&ci);
	mtx_unlock(&tr->tr_space->s_lock);
	return (kr == KERN_SUCCESS || kr == KERN_RESOURCE_SHORTAGE ? kr :
	    KERN_INVALID_CAPABILITY);
}

static kern_return_t
trap_request_notification(struct trap *tr, void *args)
{
	struct mach_port_notification_args *a = args;
	struct mach_right notify, previous;
	kern_return_t kr;

	a->previous = MACH_PORT_NULL;
	notify = MACH_RIGHT_NULL;
	if (a->notify != MACH_PORT_NULL) {
		kr = take_notify(tr, a, &notify);
		if (kr != KERN_SUCCESS)
			return (kr);
	}
	kr = mach_request_notification(tr->tr_space, a->name, a->msgid,
	    a->sync, &notify, &previous, &tr->tr_reap);
	if (kr != KERN_SUCCESS) {
		return_notify(tr, &notify, a->disposition);
		return (kr);
	}
	return (give_right(tr, &previous, &a->previous));
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
construct_guard(uint32_t flags)
{
	u_int guard;

	guard = 0;
	if ((flags & MPO_CONTEXT_AS_GUARD) != 0) {
		guard = MACH_GUARDED;
		if ((flags & MPO_STRICT) != 0)
			guard |= MACH_GUARD_STRICT;
	}
	if ((flags & MPO_IMMOVABLE_RECEIVE) != 0)
		guard |= MACH_GUARD_IMMOVABLE;
	return (guard);
}

static kern_return_t
trap_construct(struct trap *tr, void *args)
{
	struct mach_port_construct_args *a = args;
	struct mach_right right;
	struct mach_port *port;
	struct mach_entry *e;
	kern_return_t kr;

	kr = construct_check(a);
	if (kr != KERN_SUCCESS)
		return (kr);
	port = mach_port_create(mach_current_user());
	if (port == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	port->p_context = a->context;
	port->p_guard = construct_guard(a->flags);
	if ((a->flags & MPO_QLIMIT) != 0)
		port->p_qlimit = a->qlimit;
	right = MACH_RIGHT_NULL;
	right.r_port = port;
	right.r_type = MACH_MSG_TYPE_PORT_RECEIVE;
	mach_space_reserve(tr->tr_space, 1);
	kr = mach_right_copyout(tr->tr_space, &right, &a->name, &tr->tr_reap);
	if (kr == KERN_SUCCESS && (a->flags & MPO_INSERT_SEND_RIGHT) != 0) {
		e = mach_entry_lookup(tr->tr_space, a->name);
		e->e_bits |= MACH_PORT_TYPE_SEND;
		e->e_urefs = 1;
		mtx_lock(&port->p_lock);
		port->p_srights++;
		port->p_mscount++;
		mtx_unlock(&port->p_lock);
	}
	mtx_unlock(&tr->tr_space->s_lock);
	mach_right_release(&right, &tr->tr_reap);
	return (kr);
}

/* Whether the guard a caller shows is the port's, 0 for none. */
static bool
guard_matches(struct mach_port *port, uint64_t guard)
{
	bool matches;

	mtx_lock(&port->p_lock);
	matches = guard ==
	    ((port->p_guard & MACH_GUARDED) != 0 ? port->p_context : 0);
	mtx_unlock(&port->p_lock);
	if (!matches)
		MACH_COUNT(violations, 1);
	return (matches);
}

static kern_return_t
destruct_check(struct mach_entry *e, const struct mach_port_destruct_args *a)
{
	if (a->srdelta > 0)
		return (KERN_INVALID_VALUE);
	if (a->srdelta < 0 && (e->e_bits & MACH_PORT_TYPE_SEND) == 0)
		return (KERN_INVALID_RIGHT);
	if (-(int64_t)a->srdelta > e->e_urefs)
		return (KERN_INVALID_VALUE);
	return (guard_matches(e->e_port, a->guard) ? KERN_SUCCESS :
	    KERN_INVALID_ARGUMENT);
}

static kern_return_t
trap_destruct(struct trap *tr, void *args)
{
	struct mach_port_destruct_args *a = args;
	struct mach_rights rights, sends;
	struct mach_entry *e;
	kern_return_t kr;

	kr = lock_receive(tr, a->name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	memset(&rights, 0, sizeof(rights));
	memset(&sends, 0, sizeof(sends));
	kr = destruct_check(e, a);
	if (kr == KERN_SUCCESS) {
		if (a->srdelta < 0)
			mach_entry_drop_sends(tr->tr_space, e, -a->srdelta,
			    &sends, &tr->tr_reap);
		mach_entry_drop_receive(tr->tr_space, e, &rights,
		    &tr->tr_reap);
		rights.rs_send = sends.rs_send;
	}
	unlock_release(tr, &rights);
	return (kr);
}

/*
 * The traps below change a few words of one port, the second word of their
 * structure.  Each is a function called with that port locked.
 */
typedef kern_return_t port_fn(struct mach_port *, void *);

static kern_return_t
with_port(struct trap *tr, mach_port_name_t name, port_fn *fn, void *args)
{
	struct mach_entry *e;
	kern_return_t kr;

	kr = lock_receive(tr, name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	mtx_lock(&e->e_port->p_lock);
	kr = fn(e->e_port, args);
	mtx_unlock(&e->e_port->p_lock);
	mtx_unlock(&tr->tr_space->s_lock);
	return (kr);
}

static kern_return_t
port_guard(struct mach_port *port, void *args)
{
	struct mach_port_guard_args *a = args;

	if ((a->flags & ~(uint64_t)(MPG_STRICT | MPG_IMMOVABLE_RECEIVE)) != 0 ||
	    (port->p_guard & MACH_GUARDED) != 0)
		return (KERN_INVALID_ARGUMENT);
	port->p_context = a->guard;
	port->p_guard = MACH_GUARDED;
	if ((a->flags & MPG_STRICT) != 0)
		port->p_guard |= MACH_GUARD_STRICT;
	if ((a->flags & MPG_IMMOVABLE_RECEIVE) != 0)
		port->p_guard |= MACH_GUARD_IMMOVABLE;
	return (KERN_SUCCESS);
}

static bool
port_shows_guard(struct mach_port *port, uint64_t guard)
{
	if ((port->p_guard & MACH_GUARDED) != 0 && port->p_context == guard)
		return (true);
	MACH_COUNT(violations, 1);
	return (false);
}

static kern_return_t
port_unguard(struct mach_port *port, void *args)
{
	struct mach_port_guard_args *a = args;

	if (!port_shows_guard(port, a->guard))
		return (KERN_INVALID_ARGUMENT);
	port->p_context = 0;
	port->p_guard = 0;
	return (KERN_SUCCESS);
}

static kern_return_t
port_swap_guard(struct mach_port *port, void *args)
{
	struct mach_port_guard_args *a = args;

	if ((port->p_guard & MACH_GUARD_STRICT) != 0 ||
	    !port_shows_guard(port, a->guard))
		return (KERN_INVALID_ARGUMENT);
	port->p_context = a->new_guard;
	return (KERN_SUCCESS);
}

static kern_return_t
port_get_context(struct mach_port *port, void *args)
{
	struct mach_port_guard_args *a = args;

	a->guard = port->p_context;
	return (KERN_SUCCESS);
}

static kern_return_t
port_set_context(struct mach_port *port, void *args)
{
	struct mach_port_guard_args *a = args;

	if ((port->p_guard & MACH_GUARD_STRICT) != 0)
		return (KERN_INVALID_ARGUMENT);
	port->p_context = a->guard;
	return (KERN_SUCCESS);
}

static kern_return_t
port_set_mscount(struct mach_port *port, void *args)
{
	port->p_mscount = ((struct mach_port_refs_args *)args)->value;
	return (KERN_SUCCESS);
}

static kern_return_t
port_set_seqno(struct mach_port *port, void *args)
{
	port->p_seqno = ((struct mach_port_refs_args *)args)->value;
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
	st->mps_sorights = port->p_sorights;
	st->mps_srights = port->p_srights > 0;
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
port_get_attributes(struct mach_port *port, void *args)
{
	struct mach_port_attributes_args *a = args;
	mach_port_status_t st;

	memset(a->info, 0, sizeof(a->info));
	switch (a->flavor) {
	case MACH_PORT_LIMITS_INFO:
		if (a->count < MACH_PORT_LIMITS_INFO_COUNT)
			return (KERN_FAILURE);
		a->count = MACH_PORT_LIMITS_INFO_COUNT;
		a->info[0] = port->p_qlimit;
		return (KERN_SUCCESS);
	case MACH_PORT_RECEIVE_STATUS:
	case MACH_PORT_INFO_EXT:
		if (a->count < (a->flavor == MACH_PORT_INFO_EXT ?
		    MACH_PORT_INFO_EXT_COUNT : MACH_PORT_RECEIVE_STATUS_COUNT))
			return (KERN_FAILURE);
		a->count = a->flavor == MACH_PORT_INFO_EXT ?
		    MACH_PORT_INFO_EXT_COUNT : MACH_PORT_RECEIVE_STATUS_COUNT;
		port_status(port, &st);
		memcpy(a->info, &st, sizeof(st));
		return (KERN_SUCCESS);
	default:
		return (KERN_INVALID_ARGUMENT);
	}
}

static kern_return_t
trap_set_attributes(struct trap *tr, void *args)
{
	struct mach_port_attributes_args *a = args;
	struct mach_entry *e;
	kern_return_t kr;

	kr = lock_receive(tr, a->name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	switch (a->flavor) {
	case MACH_PORT_LIMITS_INFO:
		kr = a->count < MACH_PORT_LIMITS_INFO_COUNT ? KERN_FAILURE :
		    mach_port_set_qlimit(e->e_port, a->info[0], &tr->tr_reap);
		break;
	case MACH_PORT_TEMPOWNER:
	case MACH_PORT_IMPORTANCE_RECEIVER:
	case MACH_PORT_DENAP_RECEIVER:
		/*
		 * Hints for a scheduler that FreeBSD does not have.  launchd
		 * gives them and goes wrong when they are refused.
		 */
		break;
	default:
		kr = KERN_INVALID_ARGUMENT;
		break;
	}
	mtx_unlock(&tr->tr_space->s_lock);
	return (kr);
}

/*
 * Port set membership.  References on the port and the set are taken under the
 * space's lock; the functions called check that the right is still here.
 */

static kern_return_t
ref_member(struct trap *tr, mach_port_name_t name, struct mach_port **portp)
{
	struct mach_entry *e;
	kern_return_t kr;

	kr = lock_entry(tr, name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	if ((e->e_bits & MACH_PORT_TYPE_RECEIVE) != 0) {
		*portp = e->e_port;
		mach_port_ref(*portp);
	} else {
		kr = KERN_INVALID_CAPABILITY;
	}
	mtx_unlock(&tr->tr_space->s_lock);
	return (kr);
}

static kern_return_t
ref_set(struct trap *tr, mach_port_name_t name, struct mach_pset **psetp)
{
	struct mach_entry *e;
	kern_return_t kr;

	kr = lock_entry(tr, name, &e);
	if (kr != KERN_SUCCESS)
		return (kr);
	if ((e->e_bits & MACH_PORT_TYPE_PORT_SET) != 0) {
		*psetp = e->e_pset;
		mach_pset_ref(*psetp);
	} else {
		kr = KERN_INVALID_RIGHT;
	}
	mtx_unlock(&tr->tr_space->s_lock);
	return (kr);
}

typedef kern_return_t member_fn(struct mach_pset *, struct mach_port *,
    struct mach_space *, struct mach_user *);

static kern_return_t
with_member(struct trap *tr, void *args, member_fn *fn, bool optional)
{
	struct mach_port_member_args *a = args;
	struct mach_port *port;
	struct mach_pset *pset;
	kern_return_t kr;

	kr = ref_member(tr, a->name, &port);
	if (kr != KERN_SUCCESS)
		return (kr);
	pset = NULL;
	if (!optional || a->pset != MACH_PORT_NULL)
		kr = ref_set(tr, a->pset, &pset);
	if (kr == KERN_SUCCESS)
		kr = fn(pset, port, tr->tr_space, mach_current_user());
	if (pset != NULL)
		mach_pset_rele(pset);
	mach_port_rele(port);
	return (kr);
}

static kern_return_t
trap_insert_member(struct trap *tr, void *args)
{
	return (with_member(tr, args, mach_pset_insert, false));
}

static kern_return_t
trap_extract_member(struct trap *tr, void *args)
{
	return (with_member(tr, args, mach_pset_extract, false));
}

static kern_return_t
trap_move_member(struct trap *tr, void *args)
{
	return (with_member(tr, args, mach_pset_move, true));
}

/*
 * Tasks and the host.
 */

/* Only the bootstrap port can be had; the others are Darwin's own business. */
static kern_return_t
special_check(int which)
{
	if (which == TASK_BOOTSTRAP_PORT)
		return (KERN_SUCCESS);
	return (which >= TASK_KERNEL_PORT && which <= TASK_MAX_SPECIAL_PORT ?
	    KERN_NOT_SUPPORTED : KERN_INVALID_ARGUMENT);
}

static kern_return_t
trap_task_get_special(struct trap *tr, void *args)
{
	struct mach_special_port_args *a = args;
	struct mach_right right;
	kern_return_t kr;

	kr = special_check(a->which);
	if (kr != KERN_SUCCESS)
		return (kr);
	mach_task_get_bootstrap(tr->tr_task, tr->tr_td->td_ucred, &right);
	return (give_right(tr, &right, &a->port));
}

/* A send right to keep, from a name whose own right stays with the caller. */
static kern_return_t
copy_special(struct trap *tr, mach_port_name_t name, struct mach_right *right)
{
	kern_return_t kr;

	kr = take_right(tr, name, MACH_MSG_TYPE_COPY_SEND, right);
	if (kr == KERN_SUCCESS && name != MACH_PORT_NULL &&
	    right->r_port == NULL)
		kr = KERN_INVALID_CAPABILITY;
	return (kr);
}

static kern_return_t
trap_task_set_special(struct trap *tr, void *args)
{
	struct mach_special_port_args *a = args;
	struct mach_right right;
	kern_return_t kr;

	kr = special_check(a->which);
	if (kr == KERN_SUCCESS)
		kr = copy_special(tr, a->port, &right);
	if (kr == KERN_SUCCESS)
		mach_task_set_bootstrap(tr->tr_task, &right, &tr->tr_reap);
	return (kr);
}

static kern_return_t
trap_host_get_special(struct trap *tr, void *args)
{
	struct mach_special_port_args *a = args;
	struct mach_right right;

	if (a->which != TASK_BOOTSTRAP_PORT)
		return (KERN_NOT_SUPPORTED);
	mach_host_get_bootstrap(tr->tr_td->td_ucred, &right);
	return (give_right(tr, &right, &a->port));
}

static kern_return_t
trap_host_set_special(struct trap *tr, void *args)
{
	struct mach_special_port_args *a = args;
	struct mach_right right;
	kern_return_t kr;

	if (a->which != TASK_BOOTSTRAP_PORT)
		return (KERN_NOT_SUPPORTED);
	if (priv_check(tr->tr_td, PRIV_IPC_ADMIN) != 0)
		return (KERN_NO_ACCESS);
	kr = copy_special(tr, a->port, &right);
	if (kr == KERN_SUCCESS)
		mach_host_set_bootstrap(tr->tr_td->td_ucred, &right,
		    &tr->tr_reap);
	return (kr);
}

static kern_return_t
trap_pid_for_task(struct trap *tr, void *args)
{
	struct mach_pid_args *a = args;

	return (mach_task_pid(tr->tr_task, a->task, &a->pid));
}

static kern_return_t
trap_tokens(struct trap *tr, void *args)
{
	struct mach_tokens_args *a = args;
	security_token_t security;
	audit_token_t audit;

	mach_task_tokens(tr->tr_task, tr->tr_td->td_ucred, &security, &audit);
	memcpy(a->security, &security, sizeof(a->security));
	memcpy(a->audit, &audit, sizeof(a->audit));
	return (KERN_SUCCESS);
}

/*
 * Descriptors.
 */

static kern_return_t
fd_result(struct mach_fd_args *a, int error)
{
	a->error = error;
	return (error == 0 ? KERN_SUCCESS : KERN_FAILURE);
}

static kern_return_t
trap_port_fd(struct trap *tr, void *args)
{
	struct mach_fd_args *a = args;

	return (fd_result(a, mach_event_open(tr->tr_td, a->name, &a->fd)));
}

static kern_return_t
trap_makeport(struct trap *tr, void *args)
{
	struct mach_fd_args *a = args;
	struct mach_right right;
	int error;

	error = mach_fileport_create(tr->tr_td, a->fd, &right);
	if (error != 0)
		return (fd_result(a, error));
	if (give_right(tr, &right, &a->name) != KERN_SUCCESS)
		return (fd_result(a, EAGAIN));
	return (KERN_SUCCESS);
}

static kern_return_t
trap_makefd(struct trap *tr, void *args)
{
	struct mach_fd_args *a = args;
	struct mach_right right;
	int error;

	if (take_right(tr, a->name, MACH_MSG_TYPE_COPY_SEND, &right) !=
	    KERN_SUCCESS)
		return (fd_result(a, EINVAL));
	error = mach_fileport_open(tr->tr_td, &right, &a->fd);
	mach_right_release(&right, &tr->tr_reap);
	return (fd_result(a, error));
}

/*
 * The table.
 */

typedef kern_return_t trap_fn(struct trap *, void *);

enum trap_self {
	SELF_NONE,	/* no task argument, or any task will do */
	SELF_TASK,	/* the first word names the caller's task */
	SELF_HOST	/* the first word names the host */
};

static const struct trap_entry {
	trap_fn		*te_fn;
	size_t		te_size;
	enum trap_self	te_self;
	bool		te_out;
	port_fn		*te_port;	/* instead of te_fn */
} trap_table[MACH_TRAP_OP_MAX] = {
#define	TRAP(op, field, fn, type, self, out)				\
	[MACH_TRAP_##op] = { .field = fn, .te_size = sizeof(struct type), \
	    .te_self = self, .te_out = out }
#define	IN(op, fn, type)	TRAP(op, te_fn, fn, type, SELF_TASK, false)
#define	OUT(op, fn, type)	TRAP(op, te_fn, fn, type, SELF_TASK, true)
#define	ANY(op, fn, type)	TRAP(op, te_fn, fn, type, SELF_NONE, true)
#define	HOST(op, fn, type)	TRAP(op, te_fn, fn, type, SELF_HOST, true)
#define	PORT(op, fn, type, out)	TRAP(op, te_port, fn, type, SELF_TASK, out)
	ANY(TASK_SELF, trap_task_self, mach_name_args),
	ANY(THREAD_SELF, trap_thread_self, mach_name_args),
	ANY(HOST_SELF, trap_host_self, mach_name_args),
	ANY(REPLY_PORT, trap_reply_port, mach_name_args),
	OUT(PORT_ALLOCATE, trap_allocate, mach_port_allocate_args),
	IN(PORT_DEALLOCATE, trap_deallocate, mach_port_name_args),
	IN(PORT_DESTROY, trap_destroy, mach_port_name_args),
	IN(PORT_MOD_REFS, trap_mod_refs, mach_port_refs_args),
	OUT(PORT_GET_REFS, trap_get_refs, mach_port_refs_args),
	OUT(PORT_TYPE, trap_type, mach_port_type_args),
	OUT(PORT_NAMES, trap_names, mach_port_names_args),
	IN(PORT_INSERT_RIGHT, trap_insert_right, mach_port_right_args),
	OUT(PORT_EXTRACT_RIGHT, trap_extract_right, mach_port_right_args),
	OUT(PORT_REQUEST_NOTIFICATION, trap_request_notification,
	    mach_port_notification_args),
	OUT(PORT_CONSTRUCT, trap_construct, mach_port_construct_args),
	IN(PORT_DESTRUCT, trap_destruct, mach_port_destruct_args),
	PORT(PORT_GUARD, port_guard, mach_port_guard_args, false),
	PORT(PORT_UNGUARD, port_unguard, mach_port_guard_args, false),
	PORT(PORT_SWAP_GUARD, port_swap_guard, mach_port_guard_args, false),
	PORT(PORT_GET_CONTEXT, port_get_context, mach_port_guard_args, true),
	PORT(PORT_SET_CONTEXT, port_set_context, mach_port_guard_args, false),
	PORT(PORT_GET_ATTRIBUTES, port_get_attributes,
	    mach_port_attributes_args, true),
	IN(PORT_SET_ATTRIBUTES, trap_set_attributes,
	    mach_port_attributes_args),
	PORT(PORT_SET_MSCOUNT, port_set_mscount, mach_port_refs_args, false),
	PORT(PORT_SET_SEQNO, port_set_seqno, mach_port_refs_args, false),
	IN(PORT_INSERT_MEMBER, trap_insert_member, mach_port_member_args),
	IN(PORT_EXTRACT_MEMBER, trap_extract_member, mach_port_member_args),
	IN(PORT_MOVE_MEMBER, trap_move_member, mach_port_member_args),
	OUT(PORT_GET_SET_STATUS, trap_get_set_status, mach_port_names_args),
	OUT(TASK_GET_SPECIAL_PORT, trap_task_get_special,
	    mach_special_port_args),
	IN(TASK_SET_SPECIAL_PORT, trap_task_set_special,
	    mach_special_port_args),
	HOST(HOST_GET_SPECIAL_PORT, trap_host_get_special,
	    mach_special_port_args),
	HOST(HOST_SET_SPECIAL_PORT, trap_host_set_special,
	    mach_special_port_args),
	ANY(PID_FOR_TASK, trap_pid_for_task, mach_pid_args),
	OUT(TASK_TOKENS, trap_tokens, mach_tokens_args),
	OUT(PORT_FD, trap_port_fd, mach_fd_args),
	OUT(FILEPORT_MAKEPORT, trap_makeport, mach_fd_args),
	OUT(FILEPORT_MAKEFD, trap_makefd, mach_fd_args),
};

/* Memory for the structure of any trap. */
union trap_words {
	uint32_t	head[2];	/* the task, the name */
	struct mach_port_attributes_args largest;
	struct mach_tokens_args tokens;
	uint64_t	align;
};

static kern_return_t
check_self(struct trap *tr, enum trap_self self, mach_port_name_t name)
{
	switch (self) {
	case SELF_TASK:
		return (mach_task_is_self(tr->tr_task, name) ? KERN_SUCCESS :
		    KERN_INVALID_TASK);
	case SELF_HOST:
		return (mach_host_is_self(tr->tr_task, name) ? KERN_SUCCESS :
		    KERN_INVALID_HOST);
	default:
		return (KERN_SUCCESS);
	}
}

static kern_return_t
trap_call(struct thread *td, const struct mach_trap_args *uap)
{
	const struct trap_entry *te;
	union trap_words words;
	struct trap tr;
	kern_return_t kr;

	if (uap->op >= MACH_TRAP_OP_MAX)
		return (KERN_NOT_SUPPORTED);
	te = &trap_table[uap->op];
	if (te->te_size == 0)
		return (KERN_NOT_SUPPORTED);
	if (uap->size != te->te_size)
		return (KERN_INVALID_ARGUMENT);
	memset(&words, 0, sizeof(words));
	if (copyin((const void *)(uintptr_t)uap->args, &words,
	    te->te_size) != 0)
		return (KERN_INVALID_ADDRESS);
	tr.tr_td = td;
	tr.tr_task = mach_task_current(td);
	tr.tr_space = tr.tr_task->t_space;
	mach_reap_init(&tr.tr_reap);
	kr = check_self(&tr, te->te_self, words.head[0]);
	if (kr == KERN_SUCCESS)
		kr = te->te_port != NULL ?
		    with_port(&tr, words.head[1], te->te_port, &words) :
		    te->te_fn(&tr, &words);
	mach_reap_run(&tr.tr_reap);
	if (te->te_out && copyout(&words, (void *)(uintptr_t)uap->args,
	    te->te_size) != 0)
		return (KERN_INVALID_ADDRESS);
	return (kr);
}

int
sys_mach_trap(struct thread *td, void *args)
{
	if (SV_PROC_FLAG(td->td_proc, SV_ILP32))
		return (ENOSYS);
	td->td_retval[0] = trap_call(td, args);
	return (0);
}
