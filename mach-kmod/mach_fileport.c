/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Fileports: an open file as a port, to be sent where no AF_UNIX socket goes.
 *
 * The kernel holds the receive right and, by it, the file, with the capability
 * rights of the descriptor it was made from.  When the last send right goes,
 * so does the file: it is left on the caller's struct mach_reap, because to
 * close a file may sleep.
 *
 * What cannot be passed over AF_UNIX cannot be a fileport either: kqueues, and
 * the descriptors of mach_event.c.  So a file never leads back to a port, and
 * no cycle of files and ports can keep itself alive.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/capsicum.h>
#include <sys/errno.h>
#include <sys/fcntl.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/proc.h>

struct mach_fileport {
	STAILQ_ENTRY(mach_fileport) fo_link;
	struct mach_port *fo_port;
	struct file	*fo_file;	/* (c) held */
	struct filecaps	fo_caps;	/* (c) */
	struct mach_user *fo_user;	/* (c) charged for it */
	uint8_t		fo_flags;	/* (c) of the descriptor, UF_* */
};

/*
 * A port for descriptor `fd' of the current process, as one send right.  EBADF,
 * EOPNOTSUPP for what cannot be passed on, ENFILE when a limit is reached.
 */
int
mach_fileport_create(struct thread *td, int fd, struct mach_right *right)
{
	struct mach_fileport *fo;
	int error;

	fo = malloc(sizeof(*fo), M_MACH, M_WAITOK | M_ZERO);
	error = fget_cap(td, fd, &cap_no_rights, &fo->fo_flags, &fo->fo_file,
	    &fo->fo_caps);
	if (error != 0) {
		free(fo, M_MACH);
		return (error);
	}
	fo->fo_user = mach_current_user();
	if ((fo->fo_file->f_ops->fo_flags & DFLAG_PASSABLE) == 0)
		error = EOPNOTSUPP;
	else if (!mach_charge(fo->fo_user, MACH_FILEPORTS, 1))
		error = ENFILE;
	if (error == 0) {
		fo->fo_port = mach_port_create(fo->fo_user);
		if (fo->fo_port == NULL) {
			mach_uncharge(fo->fo_user, MACH_FILEPORTS, 1);
			error = ENFILE;
		}
	}
	if (error != 0) {
		filecaps_free(&fo->fo_caps);
		fdrop(fo->fo_file, td);
		free(fo, M_MACH);
		return (error);
	}
	fo->fo_port->p_kotype = MACH_KO_FILE;
	fo->fo_port->p_kobject = fo;
	mach_right_copy_send(fo->fo_port, right);
	return (0);
}

/* The last send right to a locked fileport is gone. */
void
mach_fileport_unused(struct mach_port *port, struct mach_reap *reap)
{
	struct mach_fileport *fo;

	mtx_assert(&port->p_lock, MA_OWNED);
	fo = port->p_kobject;
	STAILQ_INSERT_TAIL(&reap->rp_files, fo, fo_link);
}

/* Closes one file that is left to be closed, or returns false. */
bool
mach_fileport_reap(struct mach_reap *reap)
{
	struct mach_fileport *fo;

	fo = STAILQ_FIRST(&reap->rp_files);
	if (fo == NULL)
		return (false);
	STAILQ_REMOVE_HEAD(&reap->rp_files, fo_link);
	mach_port_kill(fo->fo_port, reap);
	filecaps_free(&fo->fo_caps);
	fdrop(fo->fo_file, curthread);
	mach_uncharge(fo->fo_user, MACH_FILEPORTS, 1);
	free(fo, M_MACH);
	return (true);
}

/*
 * A new descriptor, closed by exec, for the file of a right that the caller
 * holds.  EINVAL if the port is not a fileport.
 */
int
mach_fileport_open(struct thread *td, struct mach_right *right, int *fdp)
{
	struct mach_fileport *fo;
	struct filecaps caps;
	int error;

	if (right->r_port == NULL || right->r_port->p_kotype != MACH_KO_FILE)
		return (EINVAL);
	fo = right->r_port->p_kobject;
	filecaps_init(&caps);
	(void)filecaps_copy(&fo->fo_caps, &caps, true);
	error = finstall(td, fo->fo_file, fdp, O_CLOEXEC |
	    ((fo->fo_flags & UF_RESOLVE_BENEATH) != 0 ? O_RESOLVE_BENEATH : 0),
	    &caps);
	if (error != 0)
		filecaps_free(&caps);
	return (error);
}
