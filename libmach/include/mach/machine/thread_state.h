/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What .defs can include, too: nothing but macros.
 */

#ifndef _MACH_MACHINE_THREAD_STATE_H_
#define	_MACH_MACHINE_THREAD_STATE_H_

#define	THREAD_STATE_MAX	1296	/* words, of any machine */

#endif /* !_MACH_MACHINE_THREAD_STATE_H_ */
