/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Ports.
 *
 * A port's memory is reference counted: every entry, message and kernel pointer
 * that can reach it holds a reference.  Its life is another matter: it ends
 * when the receive right is destroyed (mach_port_kill), after which the
 * structure only says "dead" to whoever still looks.
 *
 * The receive right is in one of four places: in a space (p_space), in a
 * message (p_destination is then the port that message was sent to), with the
 * kernel (p_kotype), or gone (p_dead).
 *
 * Counts are exact.  p_srights counts send rights wherever they are: one for
 * each space that has any, one for each in a message or held by the kernel,
 * and one for each message sent with a send right and not yet received.
 */

#include "mach_var.h"

#include <sys/systm.h>

#include <mach/notify.h>

SDT_PROBE_DEFINE2(mach, , , port__create, "struct mach_port *", "int");
SDT_PROBE_DEFINE2(mach, , , port__destroy, "struct mach_port *", "int");

static struct mach_port *
port_alloc(enum mach_kobject type)
{
	struct mach_port *port;

	port = malloc(sizeof(*port), M_MACH, M_WAITOK | M_ZERO);
	mtx_init(&port->p_lock, "mach port", NULL, MTX_DEF);
	refcount_init(&port->p_refs, 1);
	port->p_qlimit = MACH_PORT_QLIMIT_DEFAULT;
	STAILQ_INIT(&port->p_queue);
	TAILQ_INIT(&port->p_receivers);
	TAILQ_INIT(&port->p_senders);
	LIST_INIT(&port->p_members);
	LIST_INIT(&port->p_requests);
	mach_event_init(&port->p_sel, &port->p_lock);
	port->p_kotype = type;
	SDT_PROBE2(mach, , , port__create, port, type);
	return (port);
}

/*
 * Creates a port whose receive right the caller is to place, with one
 * reference; NULL when a limit on ports is reached.
 */
struct mach_port *
mach_port_create(struct mach_user *user)
{
	struct mach_port *port;

	if (!mach_charge(user, MACH_PORTS, 1))
		return (NULL);
	port = port_alloc(MACH_KO_NONE);
	port->p_user = user;
	return (port);
}

/*
 * Creates a port that stands for a kernel object; not subject to the limit.
 */
struct mach_port *
mach_port_create_kobject(enum mach_kobject type, void *object)
{
	struct mach_port *port;

	port = port_alloc(type);
	mach_charge_anyway(NULL, MACH_PORTS);
	port->p_kobject = object;
	return (port);
}

/* The last reference is gone. */
void
mach_port_free(struct mach_port *port)
{
	KASSERT(port->p_dead, ("mach port freed alive"));
	KASSERT(port->p_srights == 0 && port->p_sorights == 0,
	    ("mach port freed with rights extant"));
	mach_event_fini(&port->p_sel);
	mtx_destroy(&port->p_lock);
	mach_uncharge(port->p_user, MACH_PORTS, 1);
	free(port, M_MACH);
}

/* The same as mach_port_add_send(), for a right made from the receive right. */
void
mach_port_make_send(struct mach_port *port)
{
	mach_port_ref(port);
	mtx_lock(&port->p_lock);
	atomic_add_int(&port->p_srights, 1);
	port->p_mscount++;
	mtx_unlock(&port->p_lock);
}

/*
 * Fires the no-senders request of a locked port if it has no senders and has
 * had as many as the request says.
 */
void
mach_port_check_senders(struct mach_port *port, struct mach_reap *reap)
{
	mtx_assert(&port->p_lock, MA_OWNED);
	if (port->p_nsrequest == NULL ||
	    atomic_load_int(&port->p_srights) != 0 ||
	    port->p_mscount < port->p_nssync)
		return;
	mach_notify_word(port->p_nsrequest, MACH_NOTIFY_NO_SENDERS,
	    port->p_mscount, reap);
	port->p_nsrequest = NULL;
}

/*
 * Uncounts a send right of a locked port, and leaves its reference to the
 * caller.  The last one fires the no-senders notification, or closes the file
 * the port stands for.
 */
void
mach_port_drop_send_locked(struct mach_port *port, struct mach_reap *reap)
{
	mtx_assert(&port->p_lock, MA_OWNED);
	if (!refcount_release(&port->p_srights))
		return;
	mach_port_check_senders(port, reap);
	if (port->p_kotype == MACH_KO_FILE)
		mach_fileport_unused(port, reap);
}

/* Releases a counted send right and its reference. */
void
mach_port_drop_send(struct mach_port *port, struct mach_reap *reap)
{
	if (!refcount_release_if_not_last(&port->p_srights)) {
		mtx_lock(&port->p_lock);
		mach_port_drop_send_locked(port, reap);
		mtx_unlock(&port->p_lock);
	}
	mach_port_rele(port);
}

/*
 * The receive right of a locked port leaves its space: nobody finds the port in
 * a set or watches it any more.
 */
void
mach_port_displace(struct mach_port *port)
{
	mach_port_leave_sets(port);
	port->p_space = NULL;
	port->p_name = MACH_PORT_NULL;
	mach_event(&port->p_sel);
}

/*
 * What happens to a port whose receive right leaves its space, whether for a
 * message or for good.
 */
static void
port_detach_locked(struct mach_port *port, struct mach_reap *reap)
{
	mtx_assert(&port->p_lock, MA_OWNED);
	mach_port_displace(port);
	port->p_mscount = 0;
	port->p_seqno = 0;
	if ((port->p_guard & MACH_GUARDED) != 0)
		port->p_context = 0;
	port->p_guard = 0;
	mach_wake_all(&port->p_receivers, MACH_WAIT_DIED);
	if (port->p_nsrequest != NULL) {
		mach_notify_cancel(port->p_nsrequest, reap);
		port->p_nsrequest = NULL;
	}
}

/*
 * The receive right moves into a message: receivers are turned away, the
 * no-senders request is cancelled, the queue stays.
 */
void
mach_port_detach(struct mach_port *port, struct mach_reap *reap)
{
	mtx_lock(&port->p_lock);
	port_detach_locked(port, reap);
	mtx_unlock(&port->p_lock);
}

/* Guards a port that has arrived in a guarded descriptor. */
void
mach_port_reguard(struct mach_port *port, uint64_t context, bool immovable)
{
	mtx_lock(&port->p_lock);
	port->p_context = context;
	port->p_guard = MACH_GUARDED | (immovable ? MACH_GUARD_IMMOVABLE : 0);
	mtx_unlock(&port->p_lock);
}

static void
port_die_locked(struct mach_port *port, struct mach_reap *reap)
{
	SDT_PROBE2(mach, , , port__destroy, port, port->p_kotype);
	atomic_store_rel_int(&port->p_dead, 1);
	port->p_kobject = NULL;
	port->p_msgcount = 0;
	STAILQ_CONCAT(&reap->rp_destroy, &port->p_queue);
	mach_wake_all(&port->p_senders, MACH_WAIT_DIED);
	mach_requests_dead(port, reap);
}

/*
 * Destroys a receive right, consuming the caller's reference.  Somebody who
 * asked for the port-destroyed notification gets the right, queue and all;
 * otherwise the port is dead when this returns.
 */
void
mach_port_kill(struct mach_port *port, struct mach_reap *reap)
{
	struct mach_kmsg *request;
	bool was_default;

	mtx_lock(&port->p_lock);
	port_detach_locked(port, reap);
	request = port->p_pdrequest;
	port->p_pdrequest = NULL;
	was_default = port->p_default;
	if (request == NULL)
		port_die_locked(port, reap);
	mtx_unlock(&port->p_lock);
	if (request != NULL) {
		mach_notify_port_destroyed(request, port, reap);
		return;
	}
	if (was_default)
		mach_host_drop_default(-1, port, reap);
	mach_port_rele(port);
}

/*
 * Changes the queue limit; a higher one lets blocked senders in.
 */
kern_return_t
mach_port_set_qlimit(struct mach_port *port, uint32_t qlimit,
    struct mach_reap *reap)
{
	if (qlimit > MACH_PORT_QLIMIT_MAX)
		return (KERN_INVALID_VALUE);
	mtx_lock(&port->p_lock);
	port->p_qlimit = qlimit;
	mach_port_room(port, reap);
	mtx_unlock(&port->p_lock);
	return (KERN_SUCCESS);
}
