/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Readiness: waiting for messages with kqueue(2), poll(2) and select(2).
 *
 * A watch is on a receive right in the space where it was when the watch began,
 * or on a port set.  It is ready while a message is queued, and at its end when
 * the right has moved or died or the set is destroyed; nothing else it says.
 *
 * A program gets a watch in two ways: as a descriptor of its own, which every
 * system call that waits takes, or by the port's name with EVFILT_MACHPORT, if
 * there was a filter number free when the module was loaded.
 *
 * A watch holds the memory of what it watches, not its life.  What it looks at
 * is covered by one lock, the port's or the set's, which is also the lock of
 * the list its knotes are on.  The name of a set's member is read under the
 * lock of the set alone: it does not change while the port is in any set.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/event.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/poll.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/sysent.h>
#include <sys/user.h>

struct mach_watch {
	struct mach_space *w_space;	/* referenced; only compared */
	struct mach_port *w_port;	/* referenced, or NULL */
	struct mach_pset *w_pset;	/* likewise, the other one */
};

enum watch_state {
	WATCH_QUIET,
	WATCH_READY,
	WATCH_ENDED
};

static int evfilt;
SYSCTL_INT(_kern_mach, OID_AUTO, evfilt, MACH_PUBLISHED, &evfilt, 0,
    "EVFILT_MACHPORT, 0 if no filter number was free");

/* Tells whoever waits that a locked port or set has news. */
void
mach_event(struct selinfo *sel)
{
	if (!KNLIST_EMPTY(&sel->si_note))
		KNOTE_LOCKED(&sel->si_note, 0);
	if (SEL_WAITING(sel))
		selwakeup(sel);
}

void
mach_event_init(struct selinfo *sel, struct mtx *lock)
{
	knlist_init_mtx(&sel->si_note, lock);
}

void
mach_event_fini(struct selinfo *sel)
{
	seldrain(sel);
	knlist_destroy(&sel->si_note);
}

static struct mtx *
watch_mtx(struct mach_watch *w)
{
	return (w->w_port != NULL ? &w->w_port->p_lock : &w->w_pset->ps_lock);
}

static struct selinfo *
watch_sel(struct mach_watch *w)
{
	return (w->w_port != NULL ? &w->w_port->p_sel : &w->w_pset->ps_sel);
}

/* With the watch locked; *namep is a port that has a message, if any has. */
static enum watch_state
watch_state(struct mach_watch *w, mach_port_name_t *namep)
{
	struct mach_member *m;

	*namep = MACH_PORT_NULL;
	if (w->w_port != NULL) {
		if (w->w_port->p_space != w->w_space)
			return (WATCH_ENDED);
		if (STAILQ_EMPTY(&w->w_port->p_queue))
			return (WATCH_QUIET);
		*namep = w->w_port->p_name;
		return (WATCH_READY);
	}
	if (w->w_pset->ps_dead)
		return (WATCH_ENDED);
	m = TAILQ_FIRST(&w->w_pset->ps_ready);
	if (m == NULL)
		return (WATCH_QUIET);
	*namep = m->m_port->p_name;
	return (WATCH_READY);
}

/*
 * Begins to watch what a name of the current task denotes.  EINVAL if that is
 * neither a receive right nor a port set.
 */
static int
watch_create(struct thread *td, mach_port_name_t name,
    struct mach_watch **watchp)
{
	struct mach_source so;
	struct mach_watch *w;

	if (SV_PROC_FLAG(td->td_proc, SV_ILP32))
		return (EINVAL);
	w = malloc(sizeof(*w), M_MACH, M_WAITOK | M_ZERO);
	w->w_space = mach_task_current(td)->t_space;
	if (!mach_space_source(w->w_space, name, &so)) {
		free(w, M_MACH);
		return (EINVAL);
	}
	w->w_port = so.so_port;
	w->w_pset = so.so_pset;
	mach_space_ref(w->w_space);
	*watchp = w;
	MACH_COUNT(watches, 1);
	return (0);
}

static void
watch_free(struct mach_watch *w)
{
	if (w->w_port != NULL)
		mach_port_rele(w->w_port);
	else
		mach_pset_rele(w->w_pset);
	mach_space_rele(w->w_space);
	free(w, M_MACH);
	MACH_COUNT(watches, -1);
}

/*
 * Knotes.
 */

static int
watch_event(struct knote *kn, long hint __unused)
{
	enum watch_state state;
	mach_port_name_t name;

	state = watch_state(kn->kn_hook, &name);
	kn->kn_data = name;
	if (state == WATCH_ENDED)
		kn->kn_flags |= EV_EOF;
	else
		kn->kn_flags &= ~EV_EOF;
	return (state != WATCH_QUIET);
}

static void
watch_note(struct mach_watch *w, struct knote *kn)
{
	kn->kn_hook = w;
	mtx_lock(watch_mtx(w));
	knlist_add(&watch_sel(w)->si_note, kn, 1);
	mtx_unlock(watch_mtx(w));
}

static void
watch_unnote(struct knote *kn)
{
	struct mach_watch *w = kn->kn_hook;

	mtx_lock(watch_mtx(w));
	knlist_remove(&watch_sel(w)->si_note, kn, 1);
	mtx_unlock(watch_mtx(w));
}

/* Receiving inside kevent(2), as Darwin can with MACH_RCV_MSG, is refused. */
static int
machport_attach(struct knote *kn)
{
	struct mach_watch *w;
	int error;

	if (kn->kn_id > UINT32_MAX || kn->kn_sfflags != 0)
		return (EINVAL);
	error = watch_create(curthread, kn->kn_id, &w);
	if (error == 0)
		watch_note(w, kn);
	return (error);
}

static void
machport_detach(struct knote *kn)
{
	watch_unnote(kn);
	watch_free(kn->kn_hook);
}

/* Functions of newer kernels, as 15.1's f_copy, are in the second: NULL. */
static const struct filterops machport_filtops[2] = { {
	.f_isfd = 0,
	.f_attach = machport_attach,
	.f_detach = machport_detach,
	.f_event = watch_event,
} };

static const struct filterops handle_filtops[2] = { {
	.f_isfd = 1,
	.f_detach = watch_unnote,
	.f_event = watch_event,
} };

/* Claims a filter number, if there is one; there need not be. */
void
mach_event_load(void)
{
	int filter;

	for (filter = -1; filter >= -EVFILT_SYSCOUNT; filter--) {
		if (kqueue_add_filteropts(filter, machport_filtops) == 0) {
			evfilt = filter;
			return;
		}
	}
	evfilt = 0;
}

/* EBUSY while a knote uses the filter. */
int
mach_event_unload(void)
{
	int error;

	error = evfilt != 0 ? kqueue_del_filteropts(evfilt) : 0;
	if (error == 0)
		evfilt = 0;
	return (error);
}

/* Whether some watch exists, be it one whose task is gone. */
bool
mach_event_idle(void)
{
	return (counter_u64_fetch(mach_count_watches) == 0);
}

/*
 * Descriptors.
 */

static int
handle_poll(struct file *fp, int events, struct ucred *cred __unused,
    struct thread *td)
{
	struct mach_watch *w = fp->f_data;
	mach_port_name_t name;
	int revents;

	revents = 0;
	mtx_lock(watch_mtx(w));
	switch (watch_state(w, &name)) {
	case WATCH_QUIET:
		selrecord(td, watch_sel(w));
		break;
	case WATCH_READY:
		revents = events & (POLLIN | POLLRDNORM);
		break;
	case WATCH_ENDED:
		revents = POLLHUP;
		break;
	}
	mtx_unlock(watch_mtx(w));
	return (revents);
}

static int
handle_kqfilter(struct file *fp, struct knote *kn)
{
	if (kn->kn_filter != EVFILT_READ)
		return (EINVAL);
	kn->kn_fop = handle_filtops;
	watch_note(fp->f_data, kn);
	return (0);
}

static int
handle_close(struct file *fp, struct thread *td __unused)
{
	watch_free(fp->f_data);
	return (0);
}

static int
handle_stat(struct file *fp __unused, struct stat *st,
    struct ucred *cred __unused)
{
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFIFO | S_IRUSR;
	return (0);
}

static int
handle_fill_kinfo(struct file *fp __unused, struct kinfo_file *kif,
    struct filedesc *fdp __unused)
{
	kif->kf_type = KF_TYPE_DEV;
	strlcpy(kif->kf_path, "mach port", sizeof(kif->kf_path));
	return (0);
}

/* Not passable: a watch means nothing in another task. */
static const struct fileops handle_ops = {
	.fo_read = invfo_rdwr,
	.fo_write = invfo_rdwr,
	.fo_truncate = invfo_truncate,
	.fo_ioctl = invfo_ioctl,
	.fo_poll = handle_poll,
	.fo_kqfilter = handle_kqfilter,
	.fo_stat = handle_stat,
	.fo_close = handle_close,
	.fo_chmod = invfo_chmod,
	.fo_chown = invfo_chown,
	.fo_sendfile = invfo_sendfile,
	.fo_fill_kinfo = handle_fill_kinfo,
	.fo_cmp = file_kcmp_generic,
	.fo_flags = 0,
};

/*
 * A new descriptor of the current process, closed by exec, that is readable
 * while a message can be received from the port or set `name'.
 */
int
mach_event_open(struct thread *td, mach_port_name_t name, int *fdp)
{
	struct mach_watch *w;
	struct file *fp;
	int error;

	error = watch_create(td, name, &w);
	if (error != 0)
		return (error);
	error = falloc_noinstall(td, &fp);
	if (error != 0) {
		watch_free(w);
		return (error);
	}
	finit(fp, FREAD, DTYPE_DEV, w, &handle_ops);
	error = finstall(td, fp, fdp, O_CLOEXEC, NULL);
	fdrop(fp, td);
	return (error);
}
