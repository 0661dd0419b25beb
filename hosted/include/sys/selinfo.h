/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SELINFO_H_
#define	_HOSTED_SYS_SELINFO_H_

/*
 * selinfo(9).  No thread of the host sleeps in poll(2) on a kernel object; who
 * would is counted.
 */

#include <sys/event.h>

struct thread;

struct selinfo {
	struct knlist	si_note;
	u_int		si_waiting;	/* lock of the object */
};

#define	SEL_WAITING(si)		((si)->si_waiting != 0)

void	seldrain(struct selinfo *);
void	selrecord(struct thread *, struct selinfo *);
void	selwakeup(struct selinfo *);

#endif /* !_HOSTED_SYS_SELINFO_H_ */
