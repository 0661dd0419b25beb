/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What ps(1) says a process waits for.  Apart from the tests, because
 * <sys/user.h> and <mach/mach.h> have types of the same names.
 */

#ifndef _WAITS_H_
#define	_WAITS_H_

#include <sys/types.h>

#define	WAIT_MESSAGE_MAX	32

/* Returns when a process sleeps with a wait message that begins with "mach". */
void	get_wait_message(pid_t, char[WAIT_MESSAGE_MAX]);

#endif /* !_WAITS_H_ */
