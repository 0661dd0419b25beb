/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The host: one port that stands for it, and the bootstrap port that processes
 * get which have inherited none.  Each jail has its own; only root inside the
 * jail may set it.  It leads to names that are everybody's, so that in
 * capability mode it is neither had nor set; what was inherited is kept.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/jail.h>
#include <sys/osd.h>
#include <sys/ucred.h>

struct host_default {
	LIST_ENTRY(host_default) hd_link;
	struct mach_bootstrap hd_bootstrap;
};

static LIST_HEAD(, host_default) host_defaults;
static struct mtx mach_host_lock;
MTX_SYSINIT(mach_host, &mach_host_lock, "mach host", MTX_DEF);

static struct mach_port *host_port;
static int jail_slot;		/* osd(9) */

/* The default of a jail, or one that is a certain port. */
static struct host_default *
host_default_find(int jail, const struct mach_port *port)
{
	struct host_default *hd;

	mtx_assert(&mach_host_lock, MA_OWNED);
	LIST_FOREACH(hd, &host_defaults, hd_link) {
		if (hd->hd_bootstrap.b_jail == jail ||
		    hd->hd_bootstrap.b_right.r_port == port)
			return (hd);
	}
	return (NULL);
}

static void
host_default_free(struct host_default *hd, struct mach_reap *reap)
{
	if (hd != NULL)
		mach_right_release(&hd->hd_bootstrap.b_right, reap);
	free(hd, M_MACH);
}

/* Gives up the default of a jail, or, with jail -1, all that are a port. */
void
mach_host_drop_default(int jail, const struct mach_port *port,
    struct mach_reap *reap)
{
	struct host_default *hd;

	do {
		mtx_lock(&mach_host_lock);
		hd = host_default_find(jail, port);
		if (hd != NULL)
			LIST_REMOVE(hd, hd_link);
		mtx_unlock(&mach_host_lock);
		host_default_free(hd, reap);
	} while (hd != NULL);
}

/* The last process of a jail is gone; another jail may get its number. */
static int
jail_removed(void *jail, void *data __unused)
{
	struct mach_reap reap;

	mach_reap_init(&reap);
	mach_host_drop_default(((struct prison *)jail)->pr_id, NULL, &reap);
	mach_reap_run(&reap);
	return (0);
}

static const osd_method_t jail_methods[PR_MAXMETHOD] = {
	[PR_METHOD_REMOVE] = jail_removed,
};

void
mach_host_init(void)
{
	LIST_INIT(&host_defaults);
	host_port = mach_port_create_kobject(MACH_KO_HOST, &host_port);
	jail_slot = osd_jail_register(NULL, jail_methods);
}

/* No process is left, and so no port of one that could be a default. */
void
mach_host_fini(void)
{
	struct mach_reap reap;

	KASSERT(LIST_EMPTY(&host_defaults), ("mach default left"));
	osd_jail_deregister(jail_slot);
	mach_reap_init(&reap);
	mach_port_kill(host_port, &reap);
	mach_reap_run(&reap);
}

/* A send right to the host port. */
void
mach_host_self(struct mach_right *right)
{
	mach_right_copy_send(host_port, right);
}

/* Whether a name is the caller's for the host port. */
bool
mach_host_is_self(struct mach_task *task, mach_port_name_t name)
{
	return (mach_space_sends(task->t_space, name, host_port));
}

/* A send right to the default of the caller's jail, or none. */
void
mach_host_get_bootstrap(struct ucred *cred, struct mach_right *right)
{
	struct host_default *hd;

	*right = MACH_RIGHT_NULL;
	if (IN_CAPABILITY_MODE(curthread))
		return;
	mtx_lock(&mach_host_lock);
	hd = host_default_find(cred->cr_prison->pr_id, NULL);
	if (hd != NULL)
		(void)mach_bootstrap_copy(&hd->hd_bootstrap, cred, right);
	mtx_unlock(&mach_host_lock);
}

/* Consumes the right.  The caller has checked the privilege. */
void
mach_host_set_bootstrap(struct ucred *cred, struct mach_right *right,
    struct mach_reap *reap)
{
	struct mach_port *port = right->r_port;
	struct host_default *new, *old;

	if (port == NULL) {
		mach_host_drop_default(cred->cr_prison->pr_id, NULL, reap);
		return;
	}
	new = malloc(sizeof(*new), M_MACH, M_WAITOK | M_ZERO);
	new->hd_bootstrap = (struct mach_bootstrap){ *right,
	    cred->cr_prison->pr_id };
	mtx_lock(&mach_host_lock);
	old = host_default_find(new->hd_bootstrap.b_jail, NULL);
	if (old != NULL)
		LIST_REMOVE(old, hd_link);
	mtx_lock(&port->p_lock);
	port->p_default = true;
	if (port->p_dead == 0) {
		LIST_INSERT_HEAD(&host_defaults, new, hd_link);
		new = NULL;
	}
	mtx_unlock(&port->p_lock);
	mtx_unlock(&mach_host_lock);
	host_default_free(old, reap);
	host_default_free(new, reap);
}
