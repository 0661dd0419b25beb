/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_JAIL_H_
#define	_HOSTED_SYS_JAIL_H_

/* jail(9): one prison, the host; tests make more. */

#include <sys/ucred.h>

#define	PR_METHOD_REMOVE	5
#define	PR_MAXMETHOD		6

extern struct prison prison0;

#endif /* !_HOSTED_SYS_JAIL_H_ */
