/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Whether a test has left the kernel as it found it.
 */

#ifndef _COUNTERS_H_
#define	_COUNTERS_H_

/* Connects to the kernel and notes how many of everything there are. */
void	counters_start(void);

/* Fails the test unless there are as many again, soon. */
void	counters_check(void);

/* Returns once as many threads sleep in mach_msg, or more. */
void	counters_waiting(unsigned int);

#endif /* !_COUNTERS_H_ */
