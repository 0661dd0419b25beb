/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages in flight: their memory, the receive rights they carry, and how they
 * are destroyed.
 *
 * A message that carries a receive right and is queued on some port could close
 * a loop: the right of that port may itself be queued, through any number of
 * messages, on the port being sent.  Nobody could ever receive from any port of
 * the loop, or free it.  So the port a receive right travels to is recorded in
 * p_destination, and a message that would close a loop is destroyed instead of
 * queued; for its sender it was sent.  mach_transit_lock covers the chain.
 * Only messages that carry receive rights take it.
 */

#include "mach_var.h"

#include <sys/systm.h>

#include "mach_vm.h"

struct mtx mach_transit_lock;
MTX_SYSINIT(mach_transit, &mach_transit_lock, "mach transit", MTX_DEF);

/* What a queued message takes of the share of the port's owner. */
static bool
charge_owner(struct mach_kmsg *k, struct mach_user *owner)
{
	if (owner == NULL || owner == k->k_user)
		return (true);
	if (!mach_charge_share(owner, MACH_QUEUED, 1))
		return (false);
	if (!mach_charge_share(owner, MACH_BYTES, k->k_size + k->k_charged)) {
		mach_uncharge_share(owner, MACH_QUEUED, 1);
		return (false);
	}
	k->k_owner = owner;
	return (true);
}

/* A user's message is to be queued on a port; false if too many are. */
bool
mach_kmsg_charge_queued(struct mach_kmsg *k, struct mach_port *port)
{
	if (!mach_charge(k->k_user, MACH_BYTES, k->k_size))
		return (false);
	if (mach_charge(k->k_user, MACH_QUEUED, 1)) {
		if (charge_owner(k, port->p_user)) {
			k->k_queued = true;
			return (true);
		}
		mach_uncharge(k->k_user, MACH_QUEUED, 1);
	}
	mach_uncharge(k->k_user, MACH_BYTES, k->k_size);
	return (false);
}

void
mach_kmsg_uncharge_queued(struct mach_kmsg *k)
{
	k->k_queued = false;
	mach_uncharge(k->k_user, MACH_QUEUED, 1);
	mach_uncharge(k->k_user, MACH_BYTES, k->k_size);
	if (k->k_owner == NULL)
		return;
	mach_uncharge_share(k->k_owner, MACH_QUEUED, 1);
	mach_uncharge_share(k->k_owner, MACH_BYTES, k->k_size + k->k_charged);
	k->k_owner = NULL;
}

static __noinline void
free_descriptors(struct mach_kmsg *k)
{
	struct mach_kdesc *d;
	u_int i;

	for (i = 0; i < k->k_ndesc; i++) {
		d = &k->k_desc[i];
		if (d->d_memory != NULL)
			mach_vm_copy_free(d->d_memory);
		free(d->d_rights, M_MACH);
	}
	if (k->k_desc != k->k_desc0)
		free(k->k_desc, M_MACH);
	if (k->k_charged != 0)
		mach_uncharge(k->k_user, MACH_BYTES, k->k_charged);
}

/* Frees a message whose rights are gone; see mach_kmsg_alloc(). */
void
mach_kmsg_free(struct mach_thread *th, struct mach_kmsg *k)
{
	if (k->k_queued)
		mach_kmsg_uncharge_queued(k);
	if (k->k_desc != NULL)
		free_descriptors(k);
	if (k->k_noted)
		mach_uncharge(k->k_user, MACH_NOTIFICATIONS, 1);
	if (k->k_from != NULL)
		mach_port_rele(k->k_from);
	MACH_COUNT(kmsgs, -1);
	if (k->k_small && th != NULL && th->th_spare == NULL)
		th->th_spare = k;
	else
		free(k, M_MACH);
}

/* How long a descriptor of a type is in a message, or 0 for no such type. */
size_t
mach_kdesc_size(uint8_t type)
{
	switch (type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		return (sizeof(mach_msg_port_descriptor_t));
	case MACH_MSG_OOL_DESCRIPTOR:
	case MACH_MSG_OOL_VOLATILE_DESCRIPTOR:
		return (sizeof(mach_msg_ool_descriptor_t));
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		return (sizeof(mach_msg_ool_ports_descriptor_t));
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		return (sizeof(mach_msg_guarded_port_descriptor_t));
	default:
		return (0);
	}
}

/* Whether a descriptor of a type carries one right and no memory. */
bool
mach_kdesc_is_port(uint8_t type)
{
	return (type == MACH_MSG_PORT_DESCRIPTOR ||
	    type == MACH_MSG_GUARDED_PORT_DESCRIPTOR);
}

/* The rights a descriptor carries, as an array. */
static u_int
kdesc_rights(struct mach_kdesc *d, struct mach_right **rightsp)
{
	switch (d->d_type) {
	case MACH_MSG_PORT_DESCRIPTOR:
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		*rightsp = &d->d_right;
		return (1);
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		*rightsp = d->d_rights;
		return (d->d_rights != NULL ? d->d_count : 0);
	default:
		*rightsp = NULL;
		return (0);
	}
}

/*
 * The next right in the body of a message, and its descriptor; NULL after the
 * last one.  See MACH_RIGHT_FOREACH.
 */
struct mach_right *
mach_kmsg_next_right(struct mach_kmsg *k, struct mach_cursor *c,
    struct mach_kdesc **dp)
{
	struct mach_right *rights;

	for (; c->c_desc < k->k_ndesc; c->c_desc++, c->c_right = 0) {
		*dp = &k->k_desc[c->c_desc];
		if (c->c_right < kdesc_rights(*dp, &rights))
			return (&rights[c->c_right++]);
	}
	return (NULL);
}

typedef bool transit_fn(struct mach_port *, struct mach_port *);

/*
 * Calls fn(port, other) for every port whose receive right a message carries,
 * until one call returns false.
 */
static bool
each_receive(struct mach_kmsg *k, transit_fn *fn, struct mach_port *other)
{
	struct mach_right *right;
	struct mach_cursor c;
	struct mach_kdesc *d;

	MACH_RIGHT_FOREACH(right, d, k, c) {
		if (right->r_port != NULL &&
		    right->r_type == MACH_MSG_TYPE_PORT_RECEIVE &&
		    !fn(right->r_port, other))
			return (false);
	}
	return (true);
}

/*
 * Where a message to a port would end up: the last port of the chain that the
 * receive rights in transit form.  A right that is only about to travel is the
 * last of its own chain, so a loop would close at just that port.
 */
static struct mach_port *
transit_end_of(struct mach_port *port)
{
	while (port->p_destination != NULL)
		port = port->p_destination;
	return (port);
}

static bool
transit_is_not(struct mach_port *port, struct mach_port *end)
{
	return (port != end);
}

static bool
transit_set(struct mach_port *port, struct mach_port *dest)
{
	port->p_destination = dest;
	return (true);
}

static bool
transit_clear(struct mach_port *port, struct mach_port *none __unused)
{
	port->p_destination = NULL;
	return (true);
}

static bool
carries_receive(struct mach_kmsg *k)
{
	u_int i;

	for (i = 0; i < k->k_ndesc; i++) {
		if (k->k_desc[i].d_disposition == MACH_MSG_TYPE_PORT_RECEIVE)
			return (true);
	}
	return (false);
}

/* See mach_transit_begin(). */
bool
mach_transit_record(struct mach_kmsg *k)
{
	bool ok;

	if (!carries_receive(k))
		return (true);
	mtx_lock(&mach_transit_lock);
	ok = each_receive(k, transit_is_not, transit_end_of(k->k_dest.r_port));
	if (ok) {
		each_receive(k, transit_set, k->k_dest.r_port);
		k->k_transit = true;
	}
	mtx_unlock(&mach_transit_lock);
	return (ok);
}

/* The receive rights of a message have arrived, or are to be destroyed. */
void
mach_transit_end(struct mach_kmsg *k)
{
	if (!k->k_transit)
		return;
	mtx_lock(&mach_transit_lock);
	each_receive(k, transit_clear, NULL);
	k->k_transit = false;
	mtx_unlock(&mach_transit_lock);
}

/* Releases the rights that are still in a message. */
void
mach_kmsg_release_rights(struct mach_kmsg *k, struct mach_reap *reap)
{
	struct mach_right *right;
	struct mach_cursor c;
	struct mach_kdesc *d;

	mach_right_release(&k->k_dest, reap);
	mach_right_release(&k->k_reply, reap);
	MACH_RIGHT_FOREACH(right, d, k, c)
		mach_right_release(right, reap);
}

/* Destroys a message and everything in it. */
static void
kmsg_destroy(struct mach_kmsg *k, struct mach_reap *reap)
{
	mach_transit_end(k);
	mach_kmsg_release_rights(k, reap);
	mach_kmsg_free(NULL, k);
}

/*
 * Does the work that releasing rights has left over, and what that leaves over
 * in turn.
 */
void
mach_reap_drain(struct mach_reap *reap)
{
	struct mach_kmsg *k;

	for (;;) {
		if ((k = STAILQ_FIRST(&reap->rp_post)) != NULL) {
			STAILQ_REMOVE_HEAD(&reap->rp_post, k_link);
			mach_port_post(k, reap);
		} else if ((k = STAILQ_FIRST(&reap->rp_destroy)) != NULL) {
			STAILQ_REMOVE_HEAD(&reap->rp_destroy, k_link);
			kmsg_destroy(k, reap);
		} else if (!mach_fileport_reap(reap)) {
			break;
		}
	}
}
