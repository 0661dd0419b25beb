/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_JAIL_H_
#define	_HOSTED_SYS_JAIL_H_

/* jail(9): one prison, the host. */

#include <sys/ucred.h>

extern struct prison prison0;

#endif /* !_HOSTED_SYS_JAIL_H_ */
