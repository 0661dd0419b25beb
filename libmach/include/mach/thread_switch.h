/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Giving the processor away: KERN_NOT_SUPPORTED; see sched_yield(2).
 */

#ifndef _MACH_THREAD_SWITCH_H_
#define	_MACH_THREAD_SWITCH_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

#define	SWITCH_OPTION_NONE	0
#define	SWITCH_OPTION_DEPRESS	1
#define	SWITCH_OPTION_WAIT	2

__BEGIN_DECLS
kern_return_t thread_switch(mach_port_name_t, int, mach_msg_timeout_t);
__END_DECLS

#endif /* !_MACH_THREAD_SWITCH_H_ */
