/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Message queues: where senders and receivers meet.
 *
 * A sender that finds the queue empty and a receiver asleep, on the port or on
 * a set it is in, hands the message to it directly.  Otherwise the message is
 * queued and one sleeper told to look again.  A sleeper with too small a buffer
 * is never handed a message: it looks for itself, so that MACH_RCV_LARGE leaves
 * the message on the queue whether or not the receiver was there first.
 *
 * The races of a blocking receive, in the order they can happen:
 *
 *  1. The right is moved or destroyed between the look-up and the lock: p_space
 *     is not the caller's any more (ports), ps_dead (sets).
 *  2. A message comes between the check of the queue and going to sleep: it
 *     cannot, both are under the lock the sender needs.
 *  3. A message is handed over and the sleep ends for another reason (signal,
 *     timeout) before the lock is reacquired: the message wins.
 *  4. A sleeper told to look again is interrupted as well: it looks again all
 *     the same, or the message could strand with other receivers asleep; the
 *     signal is still pending and ends the next sleep at once.
 *
 * A blocked sender sleeps on p_senders.  Whoever makes room grants one slot per
 * sender in the order they came, counted in p_granted so that a newcomer cannot
 * take it.  The port may die after the grant and before the sender runs: it
 * looks again.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/time.h>

SDT_PROBE_DEFINE4(mach, , , msg__send, "struct mach_port *", "int32_t",
    "uint32_t", "int");

/*
 * Tells a sleeper, already off its list, why it was woken.  The caller holds
 * the lock that covers the sleeper and does not touch it again.
 */
static void
wake(struct mach_wait *w, enum mach_wait_state state)
{
	atomic_store_rel_int(&w->w_state, state);
	wakeup_one(w);
}

/* Takes the first sleeper off a locked list and wakes it. */
static bool
wake_first(struct mach_wait_list *list, enum mach_wait_state state)
{
	struct mach_wait *w;

	w = TAILQ_FIRST(list);
	if (w == NULL)
		return (false);
	TAILQ_REMOVE(list, w, w_link);
	wake(w, state);
	return (true);
}

void
mach_wake_all(struct mach_wait_list *list, enum mach_wait_state state)
{
	while (wake_first(list, state))
		;
}

/*
 * Sleeps on a list until woken, or until a signal or the deadline takes the
 * sleeper off it again.  Returns 0, EWOULDBLOCK, or the signal's EINTR or
 * ERESTART.  The lock that covers the list is released.
 *
 * Whoever was woken as it should be does not need the lock again: what it was
 * woken for is its own.  The state says so and not the wake-up, as a sleep may
 * end for nothing.
 */
static __always_inline int
wait_sleep(struct mach_wait *w, struct mach_wait_list *list, struct mtx *lock,
    const char *wmesg, const struct mach_deadline *dl)
{
	int error;

	w->w_state = MACH_WAIT_PARKED;
	TAILQ_INSERT_TAIL(list, w, w_link);
	MACH_COUNT(waiting, 1);
	do {
		error = mach_sleep(w, lock, wmesg, dl->dl_when);
		if (error == 0 &&
		    atomic_load_acq_int(&w->w_state) != MACH_WAIT_PARKED)
			goto out;
		mtx_lock(lock);
	} while (error == 0 && w->w_state == MACH_WAIT_PARKED);
	if (w->w_state == MACH_WAIT_PARKED)
		TAILQ_REMOVE(list, w, w_link);
	else
		error = 0;
	mtx_unlock(lock);
out:
	MACH_COUNT(waiting, -1);
	return (error);
}

/* A port has a message that waits: its sets are ready and all watches fire. */
static void
set_ready(struct mach_port *port)
{
	struct mach_member *m;
	struct mach_pset *pset;

	mtx_assert(&port->p_lock, MA_OWNED);
	mach_event(&port->p_sel);
	LIST_FOREACH(m, &port->p_members, m_plink) {
		pset = m->m_pset;
		mtx_lock(&pset->ps_lock);
		if (!m->m_ready)
			TAILQ_INSERT_TAIL(&pset->ps_ready, m, m_rlink);
		m->m_ready = true;
		mach_event(&pset->ps_sel);
		mtx_unlock(&pset->ps_lock);
	}
}

/* A port's queue has become empty. */
static void
clear_ready(struct mach_port *port)
{
	struct mach_member *m;
	struct mach_pset *pset;

	mtx_assert(&port->p_lock, MA_OWNED);
	LIST_FOREACH(m, &port->p_members, m_plink) {
		pset = m->m_pset;
		mtx_lock(&pset->ps_lock);
		TAILQ_REMOVE(&pset->ps_ready, m, m_rlink);
		m->m_ready = false;
		mtx_unlock(&pset->ps_lock);
	}
}

static void
probe_send(struct mach_port *port, struct mach_kmsg *k)
{
	SDT_PROBE4(mach, , , msg__send, port, k_header(k)->msgh_id, k->k_size,
	    k->k_noted);
}

/* Tells one receiver, of the port itself or of a set, to look again. */
static void
wake_one_receiver(struct mach_port *port)
{
	struct mach_member *m;
	bool woken;

	mtx_assert(&port->p_lock, MA_OWNED);
	if (wake_first(&port->p_receivers, MACH_WAIT_RETRY))
		return;
	LIST_FOREACH(m, &port->p_members, m_plink) {
		mtx_lock(&m->m_pset->ps_lock);
		woken = wake_first(&m->m_pset->ps_receivers, MACH_WAIT_RETRY);
		mtx_unlock(&m->m_pset->ps_lock);
		if (woken)
			return;
	}
}

/*
 * A message leaves a locked port for a receiver.  What the receiver is told of
 * the port is what is true now, and the destination right has done its work;
 * its reference stays, as k_from.
 */
static void
take_off(struct mach_port *port, struct mach_kmsg *k, struct mach_reap *reap)
{
	k->k_from = port;
	k->k_context = port->p_context;
	k->k_seqno = port->p_seqno++;
	k->k_name = port->p_name;
	k->k_dest.r_port = NULL;
	if (k->k_dest.r_type == MACH_MSG_TYPE_PORT_SEND_ONCE)
		atomic_subtract_int(&port->p_sorights, 1);
	else
		mach_port_drop_send_locked(port, reap);
}

/*
 * Hands a message to the first receiver on a list, if there is one and it has
 * room.
 */
static __always_inline bool
hand_over(struct mach_wait_list *list, struct mach_port *port,
    struct mach_kmsg *k, struct mach_reap *reap)
{
	struct mach_wait *w;

	w = TAILQ_FIRST(list);
	if (w == NULL || k->k_size > w->w_room)
		return (false);
	TAILQ_REMOVE(list, w, w_link);
	probe_send(port, k);
	take_off(port, k, reap);
	w->w_kmsg = k;
	wake(w, MACH_WAIT_HANDED);
	return (true);
}

static __noinline bool
hand_to_sets(struct mach_port *port, struct mach_kmsg *k,
    struct mach_reap *reap)
{
	struct mach_member *m;
	bool handed;

	LIST_FOREACH(m, &port->p_members, m_plink) {
		mtx_lock(&m->m_pset->ps_lock);
		handed = hand_over(&m->m_pset->ps_receivers, port, k, reap);
		mtx_unlock(&m->m_pset->ps_lock);
		if (handed)
			return (true);
	}
	return (false);
}

static __always_inline bool
hand_to_receiver(struct mach_port *port, struct mach_kmsg *k,
    struct mach_reap *reap)
{
	mtx_assert(&port->p_lock, MA_OWNED);
	return (STAILQ_EMPTY(&port->p_queue) &&
	    (hand_over(&port->p_receivers, port, k, reap) ||
	    hand_to_sets(port, k, reap)));
}

static void
enqueue(struct mach_port *port, struct mach_kmsg *k)
{
	mtx_assert(&port->p_lock, MA_OWNED);
	probe_send(port, k);
	STAILQ_INSERT_TAIL(&port->p_queue, k, k_link);
	port->p_msgcount++;
	set_ready(port);
	wake_one_receiver(port);
}

bool
mach_port_has_room(const struct mach_port *port)
{
	return (port->p_msgcount + port->p_granted < port->p_qlimit);
}

/*
 * A locked port may have room: let blocked senders in, in order, then tell
 * those who asked to be told.
 */
void
mach_port_room(struct mach_port *port, struct mach_reap *reap)
{
	mtx_assert(&port->p_lock, MA_OWNED);
	while (mach_port_has_room(port) &&
	    wake_first(&port->p_senders, MACH_WAIT_GRANTED))
		port->p_granted++;
	if (port->p_armed != 0 && mach_port_has_room(port))
		mach_requests_possible(port, reap);
}

/* Takes the message at the head of a locked port's queue off it. */
static struct mach_kmsg *
dequeue(struct mach_port *port, struct mach_reap *reap)
{
	struct mach_kmsg *k;

	mtx_assert(&port->p_lock, MA_OWNED);
	k = STAILQ_FIRST(&port->p_queue);
	STAILQ_REMOVE_HEAD(&port->p_queue, k_link);
	port->p_msgcount--;
	take_off(port, k, reap);
	if (STAILQ_EMPTY(&port->p_queue))
		clear_ready(port);
	mach_port_room(port, reap);
	if (k->k_queued)
		mach_kmsg_uncharge_queued(k);
	return (k);
}

/*
 * Delivers a message of the kernel's own: limits do not apply and nothing
 * blocks.  A message for a dead port or a kernel object, which nobody receives
 * from, or one whose receive right would travel to itself, is left to be
 * destroyed.
 */
void
mach_port_post(struct mach_kmsg *k, struct mach_reap *reap)
{
	struct mach_port *port;

	if (!mach_transit_begin(k)) {
		STAILQ_INSERT_TAIL(&reap->rp_destroy, k, k_link);
		return;
	}
	port = k->k_dest.r_port;
	mach_port_ref(port);
	mtx_lock(&port->p_lock);
	if (port->p_dead || port->p_kotype != MACH_KO_NONE)
		STAILQ_INSERT_TAIL(&reap->rp_destroy, k, k_link);
	else if (!hand_to_receiver(port, k, reap))
		enqueue(port, k);
	mtx_unlock(&port->p_lock);
	mach_port_rele(port);
}

/*
 * Waits, the port locked, until its full queue takes one more message.  Success
 * leaves the port locked and, if a slot was granted, that slot still counted in
 * p_granted (*grantedp).  Any error leaves it locked too.
 */
static __noinline mach_msg_return_t
wait_for_room(struct mach_port *port, const struct mach_deadline *dl,
    bool *grantedp)
{
	struct mach_wait w;
	int error;

	if (dl->dl_poll)
		return (MACH_SEND_TIMED_OUT);
	error = wait_sleep(&w, &port->p_senders, &port->p_lock, "machsnd", dl);
	mtx_lock(&port->p_lock);
	if (error == EWOULDBLOCK)
		return (MACH_SEND_TIMED_OUT);
	if (error != 0)
		return (MACH_SEND_INTERRUPTED);
	if (w.w_state == MACH_WAIT_DIED)
		return (MACH_SEND_INVALID_DEST);
	if (port->p_dead) {
		port->p_granted--;
		return (MACH_SEND_INVALID_DEST);
	}
	*grantedp = true;
	return (MACH_MSG_SUCCESS);
}

static mach_msg_return_t
send_locked(struct mach_port *port, struct mach_kmsg *k,
    const struct mach_deadline *dl, struct mach_reap *reap)
{
	mach_msg_return_t mr;
	bool granted;

	granted = false;
	if (port->p_dead)
		return (MACH_SEND_INVALID_DEST);
	if (k->k_dest.r_type != MACH_MSG_TYPE_PORT_SEND_ONCE &&
	    !mach_port_has_room(port)) {
		mr = wait_for_room(port, dl, &granted);
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
	}
	if (granted)
		port->p_granted--;
	if (hand_to_receiver(port, k, reap)) {
		if (granted)
			mach_port_room(port, reap);
		return (MACH_MSG_SUCCESS);
	}
	if (!mach_kmsg_charge_queued(k, port)) {
		mach_port_room(port, reap);
		return (MACH_SEND_NO_BUFFER);
	}
	enqueue(port, k);
	return (MACH_MSG_SUCCESS);
}

/*
 * Sends a message to a user port.  Success consumes the message; any error
 * leaves it with the caller.
 */
mach_msg_return_t
mach_port_send(struct mach_kmsg *k, const struct mach_deadline *dl,
    struct mach_reap *reap)
{
	struct mach_port *port;
	mach_msg_return_t mr;

	/* The message may be received and freed as soon as it is queued. */
	port = k->k_dest.r_port;
	mach_port_ref(port);
	mtx_lock(&port->p_lock);
	mr = send_locked(port, k, dl, reap);
	mtx_unlock(&port->p_lock);
	mach_port_rele(port);
	return (mr);
}

/*
 * Takes the message at the head of a locked port's queue for a receiver.  One
 * that is too large stays if the receiver wants it so, for any receiver that
 * has the room: another one is told to look.
 */
static mach_msg_return_t
take_locked(struct mach_port *port, struct mach_receive *rc,
    struct mach_reap *reap)
{
	struct mach_kmsg *k;
	bool large;

	k = STAILQ_FIRST(&port->p_queue);
	large = k->k_size > rc->rc_room;
	if (large && (rc->rc_option & MACH_RCV_LARGE) != 0) {
		rc->rc_size = k->k_size;
		rc->rc_id = k_header(k)->msgh_id;
		rc->rc_identity = port->p_name;
		wake_one_receiver(port);
		return (MACH_RCV_TOO_LARGE);
	}
	rc->rc_kmsg = dequeue(port, reap);
	return (large ? MACH_RCV_TOO_LARGE : MACH_MSG_SUCCESS);
}

/*
 * Sleeps for a message on a list, whose lock is released.  Returns false if the
 * caller is to look again.
 */
static __always_inline bool
receive_sleep(struct mach_wait_list *list, struct mtx *lock, const char *wmesg,
    struct mach_receive *rc, mach_msg_return_t *mrp)
{
	struct mach_wait w;
	int error;

	if (rc->rc_deadline.dl_poll) {
		mtx_unlock(lock);
		*mrp = MACH_RCV_TIMED_OUT;
		return (true);
	}
	w.w_room = rc->rc_room;
	error = wait_sleep(&w, list, lock, wmesg, &rc->rc_deadline);
	if (error != 0) {
		*mrp = error == EWOULDBLOCK ?
		    MACH_RCV_TIMED_OUT : MACH_RCV_INTERRUPTED;
		return (true);
	}
	if (w.w_state == MACH_WAIT_HANDED) {
		rc->rc_kmsg = w.w_kmsg;
		*mrp = MACH_MSG_SUCCESS;
		return (true);
	}
	*mrp = MACH_RCV_PORT_DIED;
	return (w.w_state == MACH_WAIT_DIED);
}

/*
 * Receives from a port that was named in `space'.  On success, and when a
 * message too large was taken off the queue, rc_kmsg is the caller's.
 */
mach_msg_return_t
mach_port_receive(struct mach_port *port, struct mach_space *space,
    struct mach_receive *rc, struct mach_reap *reap)
{
	mach_msg_return_t mr;

	mr = MACH_RCV_INVALID_NAME;
	for (;;) {
		mtx_lock(&port->p_lock);
		if (port->p_space != space)
			break;
		if (!STAILQ_EMPTY(&port->p_queue)) {
			mr = take_locked(port, rc, reap);
			break;
		}
		if (receive_sleep(&port->p_receivers, &port->p_lock, "machrcv",
		    rc, &mr))
			return (mr);
	}
	mtx_unlock(&port->p_lock);
	return (mr);
}

/*
 * Takes a message from a member that was ready a moment ago.  Returns false if
 * another receiver was faster, or the port has left the set.
 */
static bool
take_from_member(struct mach_pset *pset, struct mach_port *port,
    struct mach_receive *rc, struct mach_reap *reap, mach_msg_return_t *mrp)
{
	bool taken;

	taken = false;
	mtx_lock(&port->p_lock);
	if (!STAILQ_EMPTY(&port->p_queue) &&
	    mach_pset_member(pset, port) != NULL) {
		*mrp = take_locked(port, rc, reap);
		taken = true;
	}
	mtx_unlock(&port->p_lock);
	return (taken);
}

/* The next ready member of a locked set, referenced, which goes to the end. */
static struct mach_port *
next_ready(struct mach_pset *pset)
{
	struct mach_member *m;

	m = TAILQ_FIRST(&pset->ps_ready);
	if (m == NULL)
		return (NULL);
	TAILQ_REMOVE(&pset->ps_ready, m, m_rlink);
	TAILQ_INSERT_TAIL(&pset->ps_ready, m, m_rlink);
	mach_port_ref(m->m_port);
	return (m->m_port);
}

/*
 * Receives from any member of a set; see mach_port_receive().
 */
mach_msg_return_t
mach_pset_receive(struct mach_pset *pset, struct mach_receive *rc,
    struct mach_reap *reap)
{
	struct mach_port *port;
	mach_msg_return_t mr;
	bool taken;

	mr = MACH_RCV_INVALID_NAME;
	for (;;) {
		mtx_lock(&pset->ps_lock);
		if (pset->ps_dead) {
			mtx_unlock(&pset->ps_lock);
			return (mr);
		}
		port = next_ready(pset);
		if (port != NULL) {
			mtx_unlock(&pset->ps_lock);
			taken = take_from_member(pset, port, rc, reap, &mr);
			mach_port_rele(port);
		} else {
			taken = receive_sleep(&pset->ps_receivers,
			    &pset->ps_lock, "machset", rc, &mr);
		}
		if (taken)
			return (mr);
	}
}
