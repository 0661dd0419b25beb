/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Port sets.  A port may be in any number of sets.
 *
 * A membership is on three lists: the port's, the set's, and, while the port
 * has messages queued, the set's ready list.  A receiver takes the first ready
 * member and moves it to the end, so no member starves.
 *
 * The ready list is changed with both the port and the set locked, in that
 * order.  A receiver holds only the set's lock when it finds the list empty and
 * goes to sleep, which is enough not to lose a wake-up: whoever makes a member
 * ready needs that lock, and wakes a sleeper while holding it.
 */

#include "mach_var.h"

#include <sys/systm.h>

/* Creates an empty set; NULL when a limit on sets is reached. */
struct mach_pset *
mach_pset_create(struct mach_user *user)
{
	struct mach_pset *pset;

	if (!mach_charge(user, MACH_PSETS, 1))
		return (NULL);
	pset = malloc(sizeof(*pset), M_MACH, M_WAITOK | M_ZERO);
	mtx_init(&pset->ps_lock, "mach port set", NULL, MTX_DEF);
	refcount_init(&pset->ps_refs, 1);
	LIST_INIT(&pset->ps_members);
	TAILQ_INIT(&pset->ps_ready);
	TAILQ_INIT(&pset->ps_receivers);
	mach_event_init(&pset->ps_sel, &pset->ps_lock);
	pset->ps_user = user;
	return (pset);
}

void
mach_pset_ref(struct mach_pset *pset)
{
	refcount_acquire(&pset->ps_refs);
}

void
mach_pset_rele(struct mach_pset *pset)
{
	if (!refcount_release(&pset->ps_refs))
		return;
	KASSERT(LIST_EMPTY(&pset->ps_members), ("mach port set has members"));
	mach_event_fini(&pset->ps_sel);
	mtx_destroy(&pset->ps_lock);
	mach_uncharge(pset->ps_user, MACH_PSETS, 1);
	free(pset, M_MACH);
}

/* The membership of a locked port in a set, or NULL. */
struct mach_member *
mach_pset_member(struct mach_pset *pset, struct mach_port *port)
{
	struct mach_member *m;

	mtx_assert(&port->p_lock, MA_OWNED);
	LIST_FOREACH(m, &port->p_members, m_plink) {
		if (m->m_pset == pset)
			return (m);
	}
	return (NULL);
}

static struct mach_member *
member_alloc(struct mach_pset *pset, struct mach_port *port,
    struct mach_user *user)
{
	struct mach_member *m;

	if (!mach_charge(user, MACH_MEMBERS, 1))
		return (NULL);
	m = malloc(sizeof(*m), M_MACH, M_WAITOK | M_ZERO);
	m->m_port = port;
	m->m_pset = pset;
	m->m_user = user;
	return (m);
}

static void
member_free(struct mach_member *m)
{
	mach_uncharge(m->m_user, MACH_MEMBERS, 1);
	free(m, M_MACH);
}

/* Takes a membership of a locked port apart. */
static void
member_remove(struct mach_member *m)
{
	struct mach_pset *pset;

	pset = m->m_pset;
	mtx_assert(&m->m_port->p_lock, MA_OWNED);
	mtx_lock(&pset->ps_lock);
	if (m->m_ready)
		TAILQ_REMOVE(&pset->ps_ready, m, m_rlink);
	LIST_REMOVE(m, m_pslink);
	mtx_unlock(&pset->ps_lock);
	LIST_REMOVE(m, m_plink);
	m->m_port->p_nmembers--;
	mach_pset_rele(pset);
	member_free(m);
}

void
mach_port_leave_sets(struct mach_port *port)
{
	struct mach_member *m;

	while ((m = LIST_FIRST(&port->p_members)) != NULL)
		member_remove(m);
}

/* Joins a locked, living port to a set that may be dead. */
static kern_return_t
member_insert(struct mach_member *m)
{
	struct mach_pset *pset;
	struct mach_port *port;

	pset = m->m_pset;
	port = m->m_port;
	mtx_assert(&port->p_lock, MA_OWNED);
	mtx_lock(&pset->ps_lock);
	if (pset->ps_dead) {
		mtx_unlock(&pset->ps_lock);
		return (KERN_INVALID_NAME);
	}
	mach_pset_ref(pset);
	LIST_INSERT_HEAD(&port->p_members, m, m_plink);
	port->p_nmembers++;
	LIST_INSERT_HEAD(&pset->ps_members, m, m_pslink);
	if (!STAILQ_EMPTY(&port->p_queue)) {
		m->m_ready = true;
		TAILQ_INSERT_TAIL(&pset->ps_ready, m, m_rlink);
		mach_wake_all(&pset->ps_receivers, MACH_WAIT_RETRY);
		mach_event(&pset->ps_sel);
	}
	mtx_unlock(&pset->ps_lock);
	return (KERN_SUCCESS);
}

/*
 * Adds a port, whose receive right must be in `space', to a set.
 * KERN_ALREADY_IN_SET if it is there, KERN_RESOURCE_SHORTAGE if it is in too
 * many sets or there are too many memberships, KERN_INVALID_NAME or
 * KERN_INVALID_RIGHT if the set or the port went away.
 */
kern_return_t
mach_pset_insert(struct mach_pset *pset, struct mach_port *port,
    struct mach_space *space, struct mach_user *user)
{
	struct mach_member *m;
	kern_return_t kr;

	m = member_alloc(pset, port, user);
	if (m == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	mtx_lock(&port->p_lock);
	if (port->p_space != space)
		kr = KERN_INVALID_RIGHT;
	else if (mach_pset_member(pset, port) != NULL)
		kr = KERN_ALREADY_IN_SET;
	else if (port->p_nmembers >= mach_max_sets)
		kr = KERN_RESOURCE_SHORTAGE;
	else
		kr = member_insert(m);
	if (port->p_nmembers >= mach_max_sets && kr == KERN_RESOURCE_SHORTAGE)
		mach_complain("sets_per_port");
	mtx_unlock(&port->p_lock);
	if (kr != KERN_SUCCESS)
		member_free(m);
	return (kr);
}

kern_return_t
mach_pset_extract(struct mach_pset *pset, struct mach_port *port)
{
	struct mach_member *m;

	mtx_lock(&port->p_lock);
	m = mach_pset_member(pset, port);
	if (m != NULL)
		member_remove(m);
	mtx_unlock(&port->p_lock);
	return (m != NULL ? KERN_SUCCESS : KERN_NOT_IN_SET);
}

/*
 * Moves a port out of all sets and, unless `pset' is NULL, into one.  With
 * NULL, KERN_NOT_IN_SET if it was in none.
 */
kern_return_t
mach_pset_move(struct mach_pset *pset, struct mach_port *port,
    struct mach_space *space, struct mach_user *user)
{
	struct mach_member *m;
	kern_return_t kr;

	m = NULL;
	if (pset != NULL && (m = member_alloc(pset, port, user)) == NULL)
		return (KERN_RESOURCE_SHORTAGE);
	mtx_lock(&port->p_lock);
	if (port->p_space != space) {
		kr = KERN_INVALID_RIGHT;
	} else if (m == NULL) {
		kr = LIST_EMPTY(&port->p_members) ?
		    KERN_NOT_IN_SET : KERN_SUCCESS;
		mach_port_leave_sets(port);
	} else {
		mach_port_leave_sets(port);
		kr = member_insert(m);
	}
	mtx_unlock(&port->p_lock);
	if (kr != KERN_SUCCESS && m != NULL)
		member_free(m);
	return (kr);
}

/*
 * Destroys a set, consuming the caller's reference.  Members stay as they are,
 * receivers get MACH_RCV_PORT_DIED.
 */
void
mach_pset_kill(struct mach_pset *pset)
{
	struct mach_member *m;
	struct mach_port *port;

	mtx_lock(&pset->ps_lock);
	pset->ps_dead = true;
	mach_wake_all(&pset->ps_receivers, MACH_WAIT_DIED);
	mach_event(&pset->ps_sel);
	while ((m = LIST_FIRST(&pset->ps_members)) != NULL) {
		/* A member keeps its port only while the set is locked. */
		port = m->m_port;
		mach_port_ref(port);
		mtx_unlock(&pset->ps_lock);
		mach_pset_extract(pset, port);
		mach_port_rele(port);
		mtx_lock(&pset->ps_lock);
	}
	mtx_unlock(&pset->ps_lock);
	mach_pset_rele(pset);
}

/*
 * Lists up to `max' members by the names they have in the space of the set,
 * which the caller has locked.  Returns how many there are.
 */
u_int
mach_pset_names(struct mach_pset *pset, mach_port_name_t *names, u_int max)
{
	struct mach_member *m;
	u_int n;

	n = 0;
	mtx_lock(&pset->ps_lock);
	LIST_FOREACH(m, &pset->ps_members, m_pslink) {
		if (n < max)
			names[n] = m->m_port->p_name;
		n++;
	}
	mtx_unlock(&pset->ps_lock);
	return (n);
}
