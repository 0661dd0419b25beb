/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_HOST_SPECIAL_PORTS_H_
#define	_MACH_HOST_SPECIAL_PORTS_H_

/*
 * The bootstrap port of processes that have inherited none, one per jail.  It
 * goes by the number of the task's own.
 */
#define	HOST_BOOTSTRAP_PORT	4

#endif /* !_MACH_HOST_SPECIAL_PORTS_H_ */
