/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Timers that send messages.  mk_timer_create() gives MACH_PORT_NULL, the
 * others KERN_NOT_SUPPORTED; see timerfd(2).
 */

#ifndef _MACH_MK_TIMER_H_
#define	_MACH_MK_TIMER_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t mk_timer_arm(mach_port_name_t, uint64_t);
kern_return_t mk_timer_cancel(mach_port_name_t, uint64_t *);
mach_port_name_t mk_timer_create(void);
kern_return_t mk_timer_destroy(mach_port_name_t);
__END_DECLS

#endif /* !_MACH_MK_TIMER_H_ */
