/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_FILE_H_
#define	_HOSTED_SYS_FILE_H_

/* Open files; kern_file.c. */

#include <sys/param.h>
#include <sys/event.h>
#include <sys/queue.h>

struct file;
struct filedesc;
struct kinfo_file;
struct stat;
struct thread;
struct ucred;

typedef int hosted_invfo_t(struct file *);

struct fileops {
	hosted_invfo_t	*fo_read;
	hosted_invfo_t	*fo_write;
	hosted_invfo_t	*fo_truncate;
	hosted_invfo_t	*fo_ioctl;
	int		(*fo_poll)(struct file *, int, struct ucred *,
			    struct thread *);
	int		(*fo_kqfilter)(struct file *, struct knote *);
	int		(*fo_stat)(struct file *, struct stat *,
			    struct ucred *);
	int		(*fo_close)(struct file *, struct thread *);
	hosted_invfo_t	*fo_chmod;
	hosted_invfo_t	*fo_chown;
	hosted_invfo_t	*fo_sendfile;
	int		(*fo_fill_kinfo)(struct file *, struct kinfo_file *,
			    struct filedesc *);
	hosted_invfo_t	*fo_cmp;
	int		fo_flags;
};

#define	DFLAG_PASSABLE	0x1
#define	DTYPE_DEV	11
#define	FREAD		0x1

extern hosted_invfo_t invfo_rdwr, invfo_truncate, invfo_ioctl, invfo_chmod,
    invfo_chown, invfo_sendfile, file_kcmp_generic;

struct file {
	void		*f_data;
	const struct fileops *f_ops;
	u_int		f_count;	/* (a) */
	int		h_fd;		/* the host's own, or -1 */
	/* Of a handle of the module; see kern_file.c. */
	LIST_ENTRY(file) h_link;
	uint64_t	h_inode;
	struct knote	h_note;
	bool		h_signalled;	/* lock of the knote's list */
};

void	finit(struct file *, u_int, short, void *, const struct fileops *);
int	fdrop(struct file *, struct thread *);

#endif /* !_HOSTED_SYS_FILE_H_ */
