/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_OSD_H_
#define	_HOSTED_SYS_OSD_H_

/* osd(9): a pointer per thread, and a look at jails, for whoever asks. */

#include <sys/proc.h>

int	osd_thread_register(void (*)(void *));
void	osd_thread_deregister(int);
void	osd_thread_del(struct thread *, u_int);
void	**osd_reserve(u_int);
int	osd_thread_set_reserved(struct thread *, u_int, void **, void *);
void	*osd_thread_get_unlocked(struct thread *, u_int);

typedef int (*osd_method_t)(void *, void *);

int	osd_jail_register(void (*)(void *), const osd_method_t *);
void	osd_jail_deregister(int);
int	osd_jail_call(struct prison *, u_int, void *);

#endif /* !_HOSTED_SYS_OSD_H_ */
