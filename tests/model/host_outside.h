/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOST_OUTSIDE_H_
#define	_HOST_OUTSIDE_H_

/*
 * What a process does that was made by exec: it is task `task', and finds its
 * mailboxes in `fd'.
 */
void	agent_main(int fd, int task) __attribute__((__noreturn__));

#endif /* !_HOST_OUTSIDE_H_ */
