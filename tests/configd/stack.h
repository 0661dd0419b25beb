/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A machd, a launchd and its netconfigd job of a test's own, in the test's
 * directory.  What fails here ends the program with a message.
 */

#ifndef _STACK_H_
#define	_STACK_H_

#include <sys/types.h>
#include <stdbool.h>

#include <mach/mach.h>

/*
 * Starts them and connects the calling process.  With `as_root' this process
 * and its children are root to the kernel unless they really are somebody else.
 * Everything ends with the test, however that ends.
 */
void		stack_start(bool as_root);
/* Ends what was started, and checks that machd came to a clean end. */
void		stack_stop(void);

/* A send right to netconfigd's service, from launchd. */
mach_port_t	stack_service(void);
/* netconfigd's process, from the credentials of a reply of it. */
pid_t		stack_netconfigd(void);

/* A counter of the kernel's; -1 if there is none of the name. */
long long	stack_counter(const char *name);
/* Waits, for seconds at most, until a counter has a value: true if so. */
bool		stack_counter_becomes(const char *name, long long value);

#endif /* !_STACK_H_ */
