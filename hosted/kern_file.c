/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Open files, and descriptors that the module makes.
 *
 * A file that a process hands to the module is a descriptor of the host's own,
 * and goes to another process as one.
 *
 * A descriptor that the module makes, a handle, is the read end of a pipe in
 * the process and the write end here.  A knote on the handle puts a byte in the
 * pipe when its event comes.  The byte is taken out, and a handle that its
 * process has closed is found, by a sweep at the end of every system call and
 * before any variable is read: so a process whose call has returned sees the
 * handle as it is then.  At the end of what it watches the pipe is closed.
 *
 * The byte and the state it stands for change under the lock of the knote's
 * list, which is that of the object watched.  handles_lock comes before it.
 */

#include <sys/param.h>
#include <sys/capsicum.h>
#include <sys/event.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/refcount.h>
#include <sys/selinfo.h>
#include <sys/systm.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hosted.h"

const int cap_no_rights;

static LIST_HEAD(, file) handles = LIST_HEAD_INITIALIZER(handles);
static pthread_mutex_t handles_lock = PTHREAD_MUTEX_INITIALIZER;
static u_int nhandles;		/* (a) */

/* There is no kevent(2) here, unless a test plays it. */
int hosted_free_filter;
const struct filterops *hosted_filter;

#define	INVFO(name)							\
	int								\
	name(struct file *fp __unused)					\
	{								\
		return (EOPNOTSUPP);					\
	}								\
	struct hosted_swallow_semicolon

INVFO(invfo_rdwr);
INVFO(invfo_truncate);
INVFO(invfo_ioctl);
INVFO(invfo_chmod);
INVFO(invfo_chown);
INVFO(invfo_sendfile);
INVFO(file_kcmp_generic);

/* A file of the host needs nothing but its descriptor. */
static const struct fileops host_ops = { .fo_flags = DFLAG_PASSABLE };

int
falloc_noinstall(struct thread *td __unused, struct file **fpp)
{
	struct file *fp;

	fp = hosted_fault() ? NULL : calloc(1, sizeof(*fp));
	if (fp == NULL)
		return (ENFILE);
	refcount_init(&fp->f_count, 1);
	fp->f_ops = &host_ops;
	fp->h_fd = -1;
	*fpp = fp;
	return (0);
}

void
finit(struct file *fp, u_int flag __unused, short type __unused, void *data,
    const struct fileops *ops)
{
	fp->f_data = data;
	fp->f_ops = ops;
}

int
fdrop(struct file *fp, struct thread *td)
{
	if (!refcount_release(&fp->f_count))
		return (0);
	if (fp->f_ops->fo_close != NULL)
		(void)fp->f_ops->fo_close(fp, td);
	if (fp->h_fd != -1)
		close(fp->h_fd);
	free(fp);
	return (0);
}

static uint64_t
inode_of(int fd)
{
	struct stat st;

	return (fstat(fd, &st) == 0 ? st.st_ino : 0);
}

/* The handle a descriptor refers to, with a reference, or NULL. */
static struct file *
handle_find(int fd)
{
	struct stat st;
	struct file *fp;

	if (fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode))
		return (NULL);
	pthread_mutex_lock(&handles_lock);
	LIST_FOREACH(fp, &handles, h_link) {
		if (fp->h_inode == st.st_ino) {
			refcount_acquire(&fp->f_count);
			break;
		}
	}
	pthread_mutex_unlock(&handles_lock);
	return (fp);
}

int
fget_cap(struct thread *td, int fd, const int *rights __unused,
    uint8_t *flagsp, struct file **fpp, struct filecaps *caps __unused)
{
	int error, host;

	*flagsp = 0;
	error = hosted_fault() ? EBADF : td->h_vm->hv_getfd(td, fd, &host);
	if (error != 0)
		return (error);
	*fpp = handle_find(host);
	if (*fpp != NULL) {
		close(host);
		return (0);
	}
	error = falloc_noinstall(td, fpp);
	if (error != 0)
		close(host);
	else
		(*fpp)->h_fd = host;
	return (error);
}

/* With the object locked: takes the byte out of the pipe again. */
static void
handle_drain(struct file *fp)
{
	char byte, path[32];
	int fd;

	if (!fp->h_signalled)
		return;
	fp->h_signalled = false;
	/* The read end, without keeping it: who has it all see the same. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fp->h_fd);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 || read(fd, &byte, 1) == -1)
		panic("handle_drain: %s: %s", path, strerror(errno));
	close(fd);
}

/* With the object locked: shows the process what the knote says. */
static void
handle_update(struct file *fp)
{
	struct knote *kn;

	kn = &fp->h_note;
	if (fp->h_fd == -1)
		return;
	if (kn->kn_fop->f_event(kn, 0) == 0) {
		handle_drain(fp);
	} else if ((kn->kn_flags & EV_EOF) != 0) {
		handle_drain(fp);
		close(fp->h_fd);
		fp->h_fd = -1;
	} else if (!fp->h_signalled) {
		/* EPIPE: the process has closed it; the sweep will tell. */
		fp->h_signalled = write(fp->h_fd, "", 1) == 1;
	}
}

/* Whether the process has closed a handle, or what it watched has ended. */
static bool
handle_over(struct file *fp)
{
	struct pollfd pfd = { fp->h_fd, 0, 0 };

	return (fp->h_fd == -1 ||
	    (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLERR) != 0));
}

void
hosted_files_sweep(void)
{
	struct file *fp, *next;
	struct mtx *lock;
	bool over;

	if (__atomic_load_n(&nhandles, __ATOMIC_ACQUIRE) == 0)
		return;
	pthread_mutex_lock(&handles_lock);
	for (fp = LIST_FIRST(&handles); fp != NULL; fp = next) {
		next = LIST_NEXT(fp, h_link);
		lock = fp->h_note.kn_knlist->kl_lock;
		mtx_lock(lock);
		handle_update(fp);
		over = handle_over(fp);
		mtx_unlock(lock);
		if (!over)
			continue;
		LIST_REMOVE(fp, h_link);
		__atomic_fetch_sub(&nhandles, 1, __ATOMIC_RELEASE);
		fp->h_note.kn_fop->f_detach(&fp->h_note);
		fdrop(fp, curthread);
	}
	pthread_mutex_unlock(&handles_lock);
}

/* Makes the pipe of a handle and lets its knote fill it. */
static int
handle_install(struct thread *td, struct file *fp, int *fdp)
{
	int error, ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return (ENFILE);
	error = td->h_vm->hv_putfd(td, ends[0], fdp);
	if (error != 0) {
		close(ends[0]);
		close(ends[1]);
		return (error);
	}
	fp->h_fd = ends[1];
	fp->h_inode = inode_of(ends[1]);
	fp->h_note.kn_filter = EVFILT_READ;
	(void)fp->f_ops->fo_kqfilter(fp, &fp->h_note);
	refcount_acquire(&fp->f_count);
	pthread_mutex_lock(&handles_lock);
	LIST_INSERT_HEAD(&handles, fp, h_link);
	__atomic_fetch_add(&nhandles, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&handles_lock);
	close(ends[0]);
	return (0);
}

int
finstall(struct thread *td, struct file *fp, int *fdp, int flags __unused,
    struct filecaps *caps __unused)
{
	if (hosted_fault())
		return (EMFILE);
	if (fp->f_ops == &host_ops)
		return (td->h_vm->hv_putfd(td, fp->h_fd, fdp));
	return (handle_install(td, fp, fdp));
}

/*
 * Knotes.  Those that are not of handles are a test's, which looks at them
 * itself.
 */

void
knlist_init_mtx(struct knlist *knl, struct mtx *lock)
{
	SLIST_INIT(&knl->kl_list);
	knl->kl_lock = lock;
}

void
knlist_destroy(struct knlist *knl)
{
	KASSERT(SLIST_EMPTY(&knl->kl_list), ("knlist_destroy: not empty"));
}

/*
 * A kernel of the same major version may know more functions than the module,
 * and calls those that are not NULL: 15.1 has f_copy for a fork(2).
 */
static void
check_filterops(const struct filterops *ops)
{
	const uintptr_t *later = (const uintptr_t *)(ops + 1);

	if (later[0] != 0 || later[1] != 0)
		panic("functions that a newer kernel would call");
}

void
knlist_add(struct knlist *knl, struct knote *kn, int locked __unused)
{
	mtx_assert(knl->kl_lock, MA_OWNED);
	check_filterops(kn->kn_fop);
	kn->kn_knlist = knl;
	SLIST_INSERT_HEAD(&knl->kl_list, kn, kn_selnext);
}

void
knlist_remove(struct knlist *knl, struct knote *kn, int locked __unused)
{
	mtx_assert(knl->kl_lock, MA_OWNED);
	SLIST_REMOVE(&knl->kl_list, kn, knote, kn_selnext);
}

void
hosted_knote(struct knlist *knl, long hint __unused)
{
	struct knote *kn;

	mtx_assert(knl->kl_lock, MA_OWNED);
	SLIST_FOREACH(kn, &knl->kl_list, kn_selnext) {
		if (kn->kn_fop->f_isfd)
			handle_update(__containerof(kn, struct file, h_note));
		else
			kn->h_told++;
	}
}

int
kqueue_add_filteropts(int filter, const struct filterops *ops)
{
	if (filter != hosted_free_filter || hosted_filter != NULL ||
	    hosted_fault())
		return (EEXIST);
	check_filterops(ops);
	hosted_filter = ops;
	return (0);
}

int
kqueue_del_filteropts(int filter __unused)
{
	hosted_filter = NULL;
	return (0);
}

void
selrecord(struct thread *td __unused, struct selinfo *sel)
{
	sel->si_waiting++;
}

void
selwakeup(struct selinfo *sel)
{
	sel->si_waiting = 0;
}

void
seldrain(struct selinfo *sel)
{
	sel->si_waiting = 0;
}
