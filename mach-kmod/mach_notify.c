/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Notifications.
 *
 * A request holds the whole message it will send: mach_notify_prepare() makes
 * it, addressed to the requester's send-once right, when the request is made.
 * Firing fills in the few words that depend on the event and puts it on the
 * reap list, so a notification is never lost for want of memory, whatever locks
 * are held when the event happens.  A request that is cancelled sends the same
 * message as a send-once notification instead, because its right was never
 * used.
 *
 * Notifications carry an audit token of all zeroes.  No process can
 * forge that: a user process never has pid 0.  The security token {0, 1} is
 * Darwin's, but a process with euid 0 and egid 1 has it too; servers that care
 * look at the audit token.
 */

#include "mach_var.h"

#include <sys/systm.h>

#include <mach/ndr.h>
#include <mach/notify.h>

#include "mach_abi.h"

SDT_PROBE_DEFINE2(mach, , , notify, "struct mach_port *", "int");

/* What a port-destroyed notification sends: all but the trailer. */
#define	PORT_DESTROYED_SIZE						\
	__offsetof(mach_port_destroyed_notification_t, trailer)

CTASSERT(PORT_DESTROYED_SIZE == 40);

/* The part of every notification that names a port or counts something. */
struct notify_word {
	mach_msg_header_t nw_header;
	NDR_record_t	nw_ndr;
	uint32_t	nw_word;
} __packed __aligned(4);

CTASSERT(sizeof(struct notify_word) == 36);

static const NDR_record_t notify_ndr = { .int_rep = 1 };

/* The message of a notification; to be addressed. */
static struct mach_kmsg *
notify_alloc(void)
{
	struct mach_kmsg *k;

	k = mach_kmsg_alloc(NULL, PORT_DESTROYED_SIZE);
	memset(k->k_data, 0, PORT_DESTROYED_SIZE);
	memset(k->k_desc0, 0, sizeof(k->k_desc0));
	return (k);
}

/*
 * Addresses it with a send-once right, which it consumes.  It is charged to
 * whoever made the port it will go to.
 */
static void
notify_address(struct mach_kmsg *k, struct mach_right *notify)
{
	k->k_dest = *notify;
	k->k_user = notify->r_port->p_user;
	k->k_noted = true;
	mach_charge_anyway(k->k_user, MACH_NOTIFICATIONS);
	*notify = MACH_RIGHT_NULL;
}

/* Makes a message of the kernel's own, for a send-once right it consumes. */
struct mach_kmsg *
mach_notify_prepare(struct mach_right *notify)
{
	struct mach_kmsg *k;

	k = notify_alloc();
	notify_address(k, notify);
	return (k);
}

/* The right back out of a request that was replaced or cancelled. */
static struct mach_right
notify_unprepare(struct mach_kmsg *k)
{
	struct mach_right right;

	right = k->k_dest;
	mach_kmsg_free(NULL, k);
	return (right);
}

static void
notify_post(struct mach_kmsg *k, int id, uint32_t size, struct mach_reap *reap)
{
	mach_msg_max_trailer_t *t;

	SDT_PROBE2(mach, , , notify, k->k_dest.r_port, id);
	k_header(k)->msgh_id = id;
	k->k_size = size;
	t = mach_kmsg_trailer(k);
	t->msgh_sender = (security_token_t){ .val = { 0, 1 } };
	t->msgh_audit = (audit_token_t){ .val = { 0 } };
	STAILQ_INSERT_TAIL(&reap->rp_post, k, k_link);
}

/*
 * Sends what was prepared as a dead-name, port-deleted or send-possible
 * notification of a name, or a no-senders notification of a count.
 */
void
mach_notify_word(struct mach_kmsg *k, int id, uint32_t word,
    struct mach_reap *reap)
{
	struct notify_word *nw;

	nw = (struct notify_word *)(void *)k->k_data;
	nw->nw_ndr = notify_ndr;
	nw->nw_word = word;
	notify_post(k, id, sizeof(*nw), reap);
}

/* Ships a receive right, consuming the caller's reference on its port. */
void
mach_notify_port_destroyed(struct mach_kmsg *k, struct mach_port *port,
    struct mach_reap *reap)
{
	mach_port_destroyed_notification_t *msg;
	struct mach_kdesc *d;

	msg = (mach_port_destroyed_notification_t *)(void *)k->k_data;
	msg->not_header.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	msg->not_body.msgh_descriptor_count = 1;
	msg->not_port.type = MACH_MSG_PORT_DESCRIPTOR;
	k->k_desc = k->k_desc0;
	k->k_ndesc = 1;
	d = &k->k_desc[0];
	d->d_type = MACH_MSG_PORT_DESCRIPTOR;
	d->d_disposition = MACH_MSG_TYPE_PORT_RECEIVE;
	d->d_right = MACH_RIGHT_NULL;
	d->d_right.r_port = port;
	d->d_right.r_type = MACH_MSG_TYPE_PORT_RECEIVE;
	notify_post(k, MACH_NOTIFY_PORT_DESTROYED, PORT_DESTROYED_SIZE, reap);
}

/* A request that will never fire: its send-once right dies unused. */
void
mach_notify_cancel(struct mach_kmsg *k, struct mach_reap *reap)
{
	notify_post(k, MACH_NOTIFY_SEND_ONCE, sizeof(mach_msg_header_t), reap);
}

/* A send-once right dies unused.  May sleep for memory. */
void
mach_notify_send_once(struct mach_right *right, struct mach_reap *reap)
{
	if (mach_port_is_dead(right->r_port)) {
		mach_port_use_send_once(right->r_port);
		return;
	}
	mach_notify_cancel(mach_notify_prepare(right), reap);
}

/*
 * Requests on names: dead-name and send-possible.  The entry owns the request;
 * the port lists it until it fires.
 */

static void
request_free(struct mach_request *rq)
{
	free(rq, M_MACH);
	MACH_COUNT(requests, -1);
}

/* Takes a request off the list of its locked port. */
static void
request_unlink(struct mach_request *rq)
{
	if (rq->rq_armed)
		rq->rq_port->p_armed--;
	rq->rq_armed = false;
	LIST_REMOVE(rq, rq_link);
	rq->rq_port = NULL;
}

/*
 * Detaches the request, if any, of an entry whose port is locked.  Its message
 * is returned unless it has fired.
 */
static struct mach_kmsg *
request_take(struct mach_entry *e)
{
	struct mach_request *rq;
	struct mach_kmsg *k;

	rq = e->e_request;
	if (rq == NULL)
		return (NULL);
	e->e_request = NULL;
	k = rq->rq_kmsg;
	if (rq->rq_port != NULL)
		request_unlink(rq);
	request_free(rq);
	return (k);
}

/*
 * A name goes away that has a request, which has not fired: a port-deleted
 * notification.
 */
void
mach_request_cancel(struct mach_entry *e, struct mach_reap *reap)
{
	struct mach_kmsg *k;

	mtx_lock(&e->e_port->p_lock);
	k = request_take(e);
	mtx_unlock(&e->e_port->p_lock);
	if (k != NULL)
		mach_notify_word(k, MACH_NOTIFY_PORT_DELETED, e->e_name, reap);
}

/*
 * Forgets an entry's request if it has fired.  Returns true if it fired because
 * the port died: the notification brought the name one more reference.
 */
bool
mach_request_reclaim(struct mach_entry *e)
{
	struct mach_request *rq;
	bool dead, fired;

	rq = e->e_request;
	if (rq == NULL)
		return (false);
	mtx_lock(&e->e_port->p_lock);
	fired = rq->rq_port == NULL;
	dead = rq->rq_dead;
	mtx_unlock(&e->e_port->p_lock);
	if (!fired)
		return (false);
	e->e_request = NULL;
	request_free(rq);
	return (dead);
}

static void
request_fire(struct mach_request *rq, int id, struct mach_reap *reap)
{
	struct mach_kmsg *k;

	request_unlink(rq);
	k = rq->rq_kmsg;
	rq->rq_kmsg = NULL;
	mach_notify_word(k, id, rq->rq_name, reap);
}

/* A locked port dies: everyone who asked about a name for it hears of it. */
void
mach_requests_dead(struct mach_port *port, struct mach_reap *reap)
{
	struct mach_request *rq;

	mtx_assert(&port->p_lock, MA_OWNED);
	while ((rq = LIST_FIRST(&port->p_requests)) != NULL) {
		rq->rq_dead = true;
		request_fire(rq, MACH_NOTIFY_DEAD_NAME, reap);
	}
}

/* A locked port has room: those whose send timed out hear of it. */
void
mach_requests_possible(struct mach_port *port, struct mach_reap *reap)
{
	struct mach_request *rq, *next;

	mtx_assert(&port->p_lock, MA_OWNED);
	LIST_FOREACH_SAFE(rq, &port->p_requests, rq_link, next) {
		if (rq->rq_armed)
			request_fire(rq, MACH_NOTIFY_SEND_POSSIBLE, reap);
	}
}

/*
 * Arms the send-possible request on a name whose queue was found full.  Fires
 * at once if there is room again by now.
 */
void
mach_request_arm(struct mach_space *space, mach_port_name_t name,
    struct mach_reap *reap)
{
	struct mach_entry *e;
	struct mach_request *rq;
	struct mach_port *port;

	mtx_lock(&space->s_lock);
	e = mach_entry_lookup(space, name);
	if (e == NULL || (rq = e->e_request) == NULL ||
	    rq->rq_msgid != MACH_NOTIFY_SEND_POSSIBLE) {
		mtx_unlock(&space->s_lock);
		return;
	}
	port = e->e_port;
	mtx_lock(&port->p_lock);
	if (rq->rq_port != NULL && !rq->rq_armed) {
		rq->rq_armed = true;
		port->p_armed++;
		mach_port_room(port, reap);
	}
	mtx_unlock(&port->p_lock);
	mtx_unlock(&space->s_lock);
}

/*
 * The four flavours of mach_port_request_notification().  Each swaps the
 * prepared message `*kp' (NULL to cancel) with the one outstanding, or fires it
 * at once and leaves *kp NULL.
 */

/* Port-destroyed and no-senders. */
static kern_return_t
request_receive(struct mach_entry *e, int msgid, uint32_t sync,
    struct mach_kmsg **kp, struct mach_reap *reap)
{
	struct mach_kmsg *old, **outstanding;
	struct mach_port *port;
	bool destroyed;

	if ((e->e_bits & MACH_PORT_TYPE_RECEIVE) == 0)
		return (KERN_INVALID_RIGHT);
	destroyed = msgid == MACH_NOTIFY_PORT_DESTROYED;
	if (destroyed && sync != 0)
		return (KERN_INVALID_VALUE);
	port = e->e_port;
	mtx_lock(&port->p_lock);
	outstanding = destroyed ? &port->p_pdrequest : &port->p_nsrequest;
	old = *outstanding;
	*outstanding = *kp;
	if (!destroyed) {
		port->p_nssync = sync;
		mach_port_check_senders(port, reap);
	}
	mtx_unlock(&port->p_lock);
	*kp = old;
	return (KERN_SUCCESS);
}

static kern_return_t
request_dead_now(struct mach_entry *e, uint32_t sync, struct mach_kmsg **kp,
    struct mach_reap *reap)
{
	if (sync == 0 || *kp == NULL)
		return (KERN_INVALID_ARGUMENT);
	if (e->e_urefs >= MACH_UREFS_MAX)
		return (KERN_UREFS_OVERFLOW);
	e->e_urefs++;
	mach_notify_word(*kp, MACH_NOTIFY_DEAD_NAME, e->e_name, reap);
	*kp = NULL;
	return (KERN_SUCCESS);
}

static kern_return_t
request_name(struct mach_entry *e, int msgid, uint32_t sync,
    struct mach_kmsg **kp, struct mach_request **spare, struct mach_reap *reap)
{
	const uint32_t rights = MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_RECEIVE |
	    MACH_PORT_TYPE_SEND_ONCE;
	struct mach_kmsg *old;
	struct mach_port *port;
	struct mach_request *rq;

	if ((e->e_bits & MACH_PORT_TYPE_DEAD_NAME) != 0)
		return (request_dead_now(e, sync, kp, reap));
	if ((e->e_bits & rights) == 0)
		return (KERN_INVALID_RIGHT);
	port = e->e_port;
	mtx_lock(&port->p_lock);
	if (port->p_dead) {
		/* Since the lookup; the next one finds a dead name. */
		mtx_unlock(&port->p_lock);
		return (KERN_ABORTED);
	}
	old = request_take(e);
	if (*kp == NULL) {
		mtx_unlock(&port->p_lock);
		*kp = old;
		return (KERN_SUCCESS);
	}
	if (msgid == MACH_NOTIFY_SEND_POSSIBLE && sync != 0 &&
	    mach_port_has_room(port)) {
		mach_notify_word(*kp, msgid, e->e_name, reap);
	} else {
		rq = *spare;
		*spare = NULL;
		rq->rq_port = port;
		rq->rq_kmsg = *kp;
		rq->rq_name = e->e_name;
		rq->rq_msgid = msgid;
		if (msgid == MACH_NOTIFY_SEND_POSSIBLE && sync != 0) {
			rq->rq_armed = true;
			port->p_armed++;
		}
		LIST_INSERT_HEAD(&port->p_requests, rq, rq_link);
		e->e_request = rq;
	}
	mtx_unlock(&port->p_lock);
	*kp = old;
	return (KERN_SUCCESS);
}

static kern_return_t
request_swap(struct mach_space *space,
    const struct mach_port_notification_args *a, struct mach_kmsg **kp,
    struct mach_request **spare, struct mach_reap *reap)
{
	struct mach_entry *e;

	e = mach_entry_lookup(space, a->name);
	switch (a->msgid) {
	case MACH_NOTIFY_PORT_DESTROYED:
	case MACH_NOTIFY_NO_SENDERS:
		return (e == NULL ? KERN_INVALID_NAME :
		    request_receive(e, a->msgid, a->sync, kp, reap));
	case MACH_NOTIFY_DEAD_NAME:
	case MACH_NOTIFY_SEND_POSSIBLE:
		return (e == NULL ? KERN_INVALID_NAME :
		    request_name(e, a->msgid, a->sync, kp, spare, reap));
	default:
		return (KERN_INVALID_VALUE);
	}
}

/* Takes the send-once right of a request. */
static kern_return_t
take_notify(struct mach_copyin *ci,
    const struct mach_port_notification_args *a, struct mach_right *right)
{
	kern_return_t kr;

	*right = MACH_RIGHT_NULL;
	if (mach_disposition_result(a->disposition) !=
	    MACH_MSG_TYPE_PORT_SEND_ONCE)
		return (KERN_INVALID_CAPABILITY);
	kr = mach_copyin_live(ci, a->notify, a->disposition, right);
	return (kr == KERN_SUCCESS || kr == KERN_RESOURCE_SHORTAGE ? kr :
	    KERN_INVALID_CAPABILITY);
}

/*
 * Requests a notification on a name, or cancels it if `notify' is
 * MACH_PORT_NULL.  On success *previous is the send-once right of the request
 * this one replaces; on failure nothing has changed.
 */
kern_return_t
mach_request_notification(struct mach_space *space,
    const struct mach_port_notification_args *a, struct mach_right *previous,
    struct mach_reap *reap)
{
	struct mach_copyin ci;
	struct mach_kmsg *k;
	struct mach_request *spare;
	struct mach_right right;
	kern_return_t kr;

	*previous = right = MACH_RIGHT_NULL;
	kr = KERN_SUCCESS;
	k = a->notify != MACH_PORT_NULL ? notify_alloc() : NULL;
	spare = malloc(sizeof(*spare), M_MACH, M_WAITOK | M_ZERO);
	MACH_COUNT(requests, 1);
	mtx_lock(&space->s_lock);
	mach_copyin_begin(&ci, space, reap);
	if (k != NULL && (kr = take_notify(&ci, a, &right)) == KERN_SUCCESS)
		notify_address(k, &right);
	if (kr == KERN_SUCCESS) {
		do {
			kr = request_swap(space, a, &k, &spare, reap);
		} while (kr == KERN_ABORTED);
		if (k != NULL)
			*previous = notify_unprepare(k);
		if (kr != KERN_SUCCESS)
			mach_copyin_undo(&ci, previous);
	} else {
		mach_kmsg_free(NULL, k);
	}
	mach_copyin_commit(&ci);
	mtx_unlock(&space->s_lock);
	if (spare != NULL)
		request_free(spare);
	return (kr);
}
