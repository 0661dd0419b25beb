/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_EVENT_H_
#define	_HOSTED_SYS_EVENT_H_

/* kqueue(9): lists of knotes, and filters.  The waiting is in kern_file.c. */

#include <sys/param.h>
#include <sys/mutex.h>
#include <sys/queue.h>

#define	EVFILT_READ	(-1)
#define	EVFILT_SYSCOUNT	15

#define	EV_EOF		0x8000

struct knote;

struct knlist {
	SLIST_HEAD(, knote) kl_list;
	struct mtx	*kl_lock;
};

struct filterops {
	int	f_isfd;
	int	(*f_attach)(struct knote *);
	void	(*f_detach)(struct knote *);
	int	(*f_event)(struct knote *, long);
};

struct knote {
	SLIST_ENTRY(knote) kn_selnext;	/* kl_lock */
	struct knlist	*kn_knlist;
	struct {
		uintptr_t	ident;
		short		filter;
		u_short		flags;
		int64_t		data;
	} kn_kevent;
	int		kn_sfflags;
	void		*kn_hook;
	const struct filterops *kn_fop;
	u_int		h_told;		/* events, of a test's */
};

#define	kn_id		kn_kevent.ident
#define	kn_filter	kn_kevent.filter
#define	kn_flags	kn_kevent.flags
#define	kn_data		kn_kevent.data

#define	KNLIST_EMPTY(list)	SLIST_EMPTY(&(list)->kl_list)
#define	KNOTE_LOCKED(list, hint)	hosted_knote((list), (hint))

void	hosted_knote(struct knlist *, long);
void	knlist_init_mtx(struct knlist *, struct mtx *);
void	knlist_destroy(struct knlist *);
void	knlist_add(struct knlist *, struct knote *, int);
void	knlist_remove(struct knlist *, struct knote *, int);
int	kqueue_add_filteropts(int, const struct filterops *);
int	kqueue_del_filteropts(int);

#endif /* !_HOSTED_SYS_EVENT_H_ */
