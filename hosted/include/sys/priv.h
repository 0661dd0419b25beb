/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_PRIV_H_
#define	_HOSTED_SYS_PRIV_H_

/* priv(9): root has every privilege, others none. */

struct thread;

#define	PRIV_IPC_ADMIN	1

int	priv_check(struct thread *, int);

#endif /* !_HOSTED_SYS_PRIV_H_ */
