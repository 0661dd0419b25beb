/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Rights on the move: out of a name space into a message or the kernel
 * (copyin), back into a name space (copyout), and out of existence (release).
 *
 * Copyin is a transaction.  Everything a message takes is taken under one hold
 * of the space's lock; an entry that loses its last right is not freed but put
 * on a pending list, and a receive right is only marked as moving.
 * mach_copyin_commit() makes it final.  Before that, mach_copyin_undo() of each
 * right puts everything back under the names it had, so a message that is
 * refused costs its sender nothing.
 */

#include "mach_var.h"

#include <sys/systm.h>

SDT_PROBE_DEFINE3(mach, , , right__transfer, "struct mach_port *", "uint32_t",
    "int");

#define	PORT_BITS	(MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_RECEIVE)

static void
copyin_pend(struct mach_copyin *ci, struct mach_entry *e)
{
	if (e->e_pending)
		return;
	e->e_pending = true;
	e->e_next = ci->ci_pending;
	ci->ci_pending = MACH_PORT_INDEX(e->e_name);
}

/* Nothing was taken, and nothing is to be put back. */
static kern_return_t
copyin_refused(struct mach_right *right, kern_return_t kr)
{
	*right = MACH_RIGHT_NULL;
	return (kr);
}

static __noinline kern_return_t
copyin_make(struct mach_entry *e, uint32_t disposition,
    struct mach_right *right)
{
	if ((e->e_bits & MACH_PORT_TYPE_RECEIVE) == 0 || e->e_moving)
		return (copyin_refused(right, KERN_INVALID_RIGHT));
	if (disposition == MACH_MSG_TYPE_MAKE_SEND)
		mach_port_make_send(e->e_port);
	else if (mach_may_notify(e->e_port->p_user))
		mach_port_make_send_once(e->e_port);
	else
		return (copyin_refused(right, KERN_RESOURCE_SHORTAGE));
	right->r_port = e->e_port;
	return (KERN_SUCCESS);
}

/*
 * Copies or moves a right that is not the receive right.  A dead name, which
 * was one, goes as MACH_PORT_DEAD.
 */
static kern_return_t
copyin_send(struct mach_copyin *ci, struct mach_entry *e, uint32_t disposition,
    struct mach_right *right)
{
	uint32_t bit;

	bit = disposition == MACH_MSG_TYPE_MOVE_SEND_ONCE ?
	    MACH_PORT_TYPE_SEND_ONCE : MACH_PORT_TYPE_SEND;
	if ((e->e_bits & MACH_PORT_TYPE_DEAD_NAME) != 0) {
		bit = MACH_PORT_TYPE_DEAD_NAME;
		right->r_name = MACH_PORT_DEAD;
	} else if ((e->e_bits & bit) != 0) {
		right->r_port = e->e_port;
	} else {
		return (copyin_refused(right, KERN_INVALID_RIGHT));
	}
	if (disposition == MACH_MSG_TYPE_COPY_SEND || e->e_urefs > 1) {
		if (right->r_port != NULL)
			mach_port_add_send(right->r_port);
		if (disposition != MACH_MSG_TYPE_COPY_SEND)
			e->e_urefs--;
		return (KERN_SUCCESS);
	}
	/* The entry's own count of the right becomes the message's. */
	if (right->r_port != NULL)
		mach_port_ref(right->r_port);
	e->e_urefs = 0;
	e->e_bits &= ~bit;
	copyin_pend(ci, e);
	return (KERN_SUCCESS);
}

/*
 * Whether the receive right of a locked port may leave.  A guarded port travels
 * in a guarded descriptor that shows its context, or not at all; such a
 * descriptor takes an unguarded port only if it says so.
 */
static bool
may_move(const struct mach_port *port, const struct mach_kdesc *guarded)
{
	bool unguarded;

	if ((port->p_guard & MACH_GUARD_IMMOVABLE) != 0)
		return (false);
	if (guarded == NULL)
		return ((port->p_guard & MACH_GUARDED) == 0);
	unguarded = (guarded->d_guard_flags &
	    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND) != 0;
	if ((port->p_guard & MACH_GUARDED) == 0)
		return (unguarded);
	return (!unguarded && port->p_context == guarded->d_guard);
}

static __noinline kern_return_t
copyin_move_receive(struct mach_copyin *ci, struct mach_entry *e,
    struct mach_right *right)
{
	struct mach_port *port;
	bool movable;

	if ((e->e_bits & MACH_PORT_TYPE_RECEIVE) == 0 || e->e_moving)
		return (copyin_refused(right, KERN_INVALID_RIGHT));
	port = e->e_port;
	mtx_lock(&port->p_lock);
	movable = may_move(port, ci->ci_guarded);
	mtx_unlock(&port->p_lock);
	if (!movable) {
		mach_violation();
		return (copyin_refused(right, KERN_INVALID_RIGHT));
	}
	mach_port_ref(port);
	right->r_port = port;
	e->e_moving = true;
	copyin_pend(ci, e);
	return (KERN_SUCCESS);
}

static kern_return_t
copyin_from(struct mach_copyin *ci, struct mach_entry *e, uint32_t disposition,
    struct mach_right *right)
{
	switch (disposition) {
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		return (copyin_send(ci, e, disposition, right));
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return (copyin_make(e, disposition, right));
	default:
		return (copyin_move_receive(ci, e, right));
	}
}

static __noinline kern_return_t
copyin_from_stale(struct mach_copyin *ci, struct mach_entry *e,
    uint32_t disposition, struct mach_right *right)
{
	mach_entry_refresh(ci->ci_space, e);
	return (copyin_from(ci, e, disposition, right));
}

/*
 * Takes one right out of the space.  MACH_PORT_NULL and MACH_PORT_DEAD go
 * through as themselves.  Returns KERN_INVALID_NAME, KERN_INVALID_RIGHT,
 * KERN_INVALID_VALUE for what is no disposition, or KERN_RESOURCE_SHORTAGE for
 * a send-once right too many; then nothing was taken.
 */
kern_return_t
mach_copyin_right(struct mach_copyin *ci, mach_port_name_t name,
    uint32_t disposition, struct mach_right *right)
{
	struct mach_entry *e;

	right->r_port = NULL;
	right->r_name = MACH_PORT_NULL;
	right->r_source = name;
	right->r_disposition = disposition;
	right->r_type = mach_disposition_result(disposition);
	if (right->r_type == 0)
		return (copyin_refused(right, KERN_INVALID_VALUE));
	if (!MACH_PORT_VALID(name)) {
		right->r_name = name;
		return (KERN_SUCCESS);
	}
	e = mach_entry_find(ci->ci_space, name);
	if (e == NULL)
		return (copyin_refused(right, KERN_INVALID_NAME));
	return (mach_entry_is_stale(e) ?
	    copyin_from_stale(ci, e, disposition, right) :
	    copyin_from(ci, e, disposition, right));
}

/*
 * A right that was moved goes back under its name, which nothing else took.  If
 * its port has died meanwhile, the references that stayed may be of a dead name
 * by now, and then it is one more of them.
 */
static void
undo_move(struct mach_entry *e, struct mach_right *right, uint32_t bit,
    struct mach_reap *reap)
{
	if (right->r_port == NULL) {
		e->e_bits = MACH_PORT_TYPE_DEAD_NAME;
		e->e_urefs++;
	} else if ((e->e_bits & (bit | MACH_PORT_TYPE_DEAD_NAME)) != 0) {
		e->e_urefs++;
		mach_port_drop_send(right->r_port, reap);
	} else {
		e->e_bits |= bit;
		e->e_urefs = bit == MACH_PORT_TYPE_SEND ? 1 : 0;
		mach_port_rele(right->r_port);
	}
}

/*
 * The same for a right that neither MACH_PORT_NULL nor a dead name will do for:
 * KERN_INVALID_CAPABILITY.
 */
kern_return_t
mach_copyin_live(struct mach_copyin *ci, mach_port_name_t name,
    uint32_t disposition, struct mach_right *right)
{
	kern_return_t kr;

	kr = mach_copyin_right(ci, name, disposition, right);
	if (kr != KERN_SUCCESS || right->r_port != NULL)
		return (kr);
	mach_copyin_undo(ci, right);
	return (KERN_INVALID_CAPABILITY);
}

/*
 * Puts a right back where mach_copyin_right() took it from, in the same
 * transaction.  One that was never taken, whose r_type is still 0, is left
 * alone.
 */
void
mach_copyin_undo(struct mach_copyin *ci, struct mach_right *right)
{
	struct mach_port *port;
	struct mach_entry *e;

	port = right->r_port;
	if (right->r_type == 0 || !MACH_PORT_VALID(right->r_source))
		return;
	e = mach_entry_slot(ci->ci_space, MACH_PORT_INDEX(right->r_source));
	switch (right->r_disposition) {
	case MACH_MSG_TYPE_MAKE_SEND:
		mtx_lock(&port->p_lock);
		port->p_mscount--;
		mtx_unlock(&port->p_lock);
		mach_port_drop_send(port, ci->ci_reap);
		break;
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		mach_port_use_send_once(port);
		break;
	case MACH_MSG_TYPE_COPY_SEND:
		if (port != NULL)
			mach_port_drop_send(port, ci->ci_reap);
		break;
	case MACH_MSG_TYPE_MOVE_SEND:
		undo_move(e, right, MACH_PORT_TYPE_SEND, ci->ci_reap);
		break;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		undo_move(e, right, MACH_PORT_TYPE_SEND_ONCE, ci->ci_reap);
		break;
	default:
		e->e_moving = false;
		mach_port_rele(port);
		break;
	}
	*right = MACH_RIGHT_NULL;
}

static void
commit_entry(struct mach_copyin *ci, struct mach_entry *e)
{
	struct mach_port *port;

	port = e->e_port;
	e->e_pending = false;
	if (e->e_moving) {
		e->e_moving = false;
		e->e_bits &= ~MACH_PORT_TYPE_RECEIVE;
		mach_port_detach(port, ci->ci_reap);
	}
	if (e->e_bits != 0)
		return;
	mach_entry_free(ci->ci_space, e, ci->ci_reap);
	if (port != NULL)
		mach_port_rele(port);
}

/* See mach_copyin_commit(). */
void
mach_copyin_finish(struct mach_copyin *ci)
{
	struct mach_entry *e;

	do {
		e = mach_entry_slot(ci->ci_space, ci->ci_pending);
		ci->ci_pending = e->e_next;
		commit_entry(ci, e);
	} while (ci->ci_pending != 0);
}

static kern_return_t
copyout_receive(struct mach_space *space, struct mach_right *right,
    mach_port_name_t *namep)
{
	struct mach_port *port;
	struct mach_entry *e;

	port = right->r_port;
	e = mach_entry_of_port(space, port);
	if (e != NULL) {
		e->e_bits |= MACH_PORT_TYPE_RECEIVE;
	} else {
		e = mach_entry_alloc(space);
		if (e == NULL)
			return (KERN_NO_SPACE);
		mach_port_ref(port);
		mach_entry_bind(space, e, port, MACH_PORT_TYPE_RECEIVE);
	}
	mtx_lock(&port->p_lock);
	port->p_space = space;
	port->p_name = e->e_name;
	mtx_unlock(&port->p_lock);
	mach_port_rele(port);
	*namep = e->e_name;
	return (KERN_SUCCESS);
}

static kern_return_t
copyout_send(struct mach_space *space, struct mach_right *right,
    mach_port_name_t *namep, struct mach_reap *reap)
{
	struct mach_port *port;
	struct mach_entry *e;

	port = right->r_port;
	e = mach_entry_of_port(space, port);
	if (e == NULL) {
		e = mach_entry_alloc(space);
		if (e == NULL)
			return (KERN_NO_SPACE);
		mach_entry_bind(space, e, port, MACH_PORT_TYPE_SEND);
		e->e_urefs = 1;
	} else if ((e->e_bits & MACH_PORT_TYPE_SEND) == 0) {
		e->e_bits |= MACH_PORT_TYPE_SEND;
		e->e_urefs = 1;
		mach_port_rele(port);
	} else {
		/* Saturates: wrapping would free a name still in use. */
		if (e->e_urefs < MACH_UREFS_MAX)
			e->e_urefs++;
		mach_port_drop_send(port, reap);
	}
	*namep = e->e_name;
	return (KERN_SUCCESS);
}

/*
 * See mach_right_copyout().
 */
kern_return_t
mach_right_name(struct mach_space *space, struct mach_right *right,
    mach_port_name_t *namep, struct mach_reap *reap)
{
	struct mach_port *port;
	struct mach_entry *e;

	mtx_assert(&space->s_lock, MA_OWNED);
	port = right->r_port;
	if (right->r_type == MACH_MSG_TYPE_PORT_RECEIVE) {
		if (copyout_receive(space, right, namep) != KERN_SUCCESS)
			return (KERN_NO_SPACE);
	} else if (mach_port_is_dead(port)) {
		*namep = MACH_PORT_DEAD;
		if (right->r_type == MACH_MSG_TYPE_PORT_SEND)
			mach_port_drop_send(port, reap);
		else
			mach_port_use_send_once(port);
	} else if (right->r_type == MACH_MSG_TYPE_PORT_SEND) {
		if (copyout_send(space, right, namep, reap) != KERN_SUCCESS)
			return (KERN_NO_SPACE);
	} else {
		e = mach_entry_alloc(space);
		if (e == NULL)
			return (KERN_NO_SPACE);
		e->e_port = port;
		e->e_bits = MACH_PORT_TYPE_SEND_ONCE;
		*namep = e->e_name;
	}
	SDT_PROBE3(mach, , , right__transfer, port, *namep, right->r_type);
	*right = MACH_RIGHT_NULL;
	return (KERN_SUCCESS);
}

/*
 * Destroys a right that no space holds.  May allocate; no lock may be held.
 */
void
mach_right_release(struct mach_right *right, struct mach_reap *reap)
{
	if (right->r_port == NULL)
		return;
	switch (right->r_type) {
	case MACH_MSG_TYPE_PORT_RECEIVE:
		mach_port_kill(right->r_port, reap);
		break;
	case MACH_MSG_TYPE_PORT_SEND:
		mach_port_drop_send(right->r_port, reap);
		break;
	default:
		mach_notify_send_once(right, reap);
		break;
	}
	*right = MACH_RIGHT_NULL;
}

/* A send right made from the kernel's own hold on a port. */
void
mach_right_copy_send(struct mach_port *port, struct mach_right *right)
{
	mach_port_add_send(port);
	*right = MACH_RIGHT(port, MACH_MSG_TYPE_PORT_SEND);
}

/*
 * Takes `n' user references of a send right, send-once right or dead name from
 * an entry that has at least so many, and frees it when nothing is left.  The
 * caller has zeroed *rights, here and below, and lets functions add to it
 * that take different rights.
 */
void
mach_entry_drop_sends(struct mach_space *space, struct mach_entry *e,
    uint32_t n, struct mach_rights *rights, struct mach_reap *reap)
{
	struct mach_port *port;
	uint32_t bit;

	bit = e->e_bits & (MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_SEND_ONCE |
	    MACH_PORT_TYPE_DEAD_NAME);
	if (bit != MACH_PORT_TYPE_SEND_ONCE) {
		KASSERT(e->e_urefs >= n,
		    ("mach entry has too few references"));
		e->e_urefs -= n;
		if (e->e_urefs > 0)
			return;
	}
	port = e->e_port;
	if (port != NULL)
		rights->rs_send = MACH_RIGHT(port,
		    bit == MACH_PORT_TYPE_SEND ? MACH_MSG_TYPE_PORT_SEND :
		    MACH_MSG_TYPE_PORT_SEND_ONCE);
	e->e_bits &= ~bit;
	if (e->e_bits != 0)
		mach_port_ref(port);
	else
		mach_entry_free(space, e, reap);
}

/*
 * Takes the receive right from an entry that has it.
 */
void
mach_entry_drop_receive(struct mach_space *space, struct mach_entry *e,
    struct mach_rights *rights, struct mach_reap *reap)
{
	struct mach_port *port;

	port = e->e_port;
	rights->rs_receive = MACH_RIGHT(port, MACH_MSG_TYPE_PORT_RECEIVE);
	mtx_lock(&port->p_lock);
	mach_port_displace(port);
	mtx_unlock(&port->p_lock);
	e->e_bits &= ~MACH_PORT_TYPE_RECEIVE;
	if (e->e_bits != 0)
		mach_port_ref(port);
	else
		mach_entry_free(space, e, reap);
}

/*
 * Takes everything from an entry and frees it.
 */
void
mach_entry_destroy(struct mach_space *space, struct mach_entry *e,
    struct mach_rights *rights, struct mach_reap *reap)
{
	bool receive;

	if ((e->e_bits & MACH_PORT_TYPE_PORT_SET) != 0) {
		rights->rs_pset = e->e_pset;
		mach_entry_free(space, e, reap);
		return;
	}
	receive = (e->e_bits & MACH_PORT_TYPE_RECEIVE) != 0;
	if ((e->e_bits & ~MACH_PORT_TYPE_RECEIVE) != 0)
		mach_entry_drop_sends(space, e, e->e_urefs, rights, reap);
	if (receive)
		mach_entry_drop_receive(space, e, rights, reap);
}

/*
 * Releases what was taken from an entry.  The receive right goes first, so that
 * the port is dead, and its no-senders request cancelled, when the holder's own
 * send right goes.
 */
void
mach_rights_release(struct mach_rights *rights, struct mach_reap *reap)
{
	mach_right_release(&rights->rs_receive, reap);
	mach_right_release(&rights->rs_send, reap);
	if (rights->rs_pset != NULL)
		mach_pset_kill(rights->rs_pset);
}
