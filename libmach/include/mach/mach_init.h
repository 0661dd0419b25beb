/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_INIT_H_
#define	_MACH_MACH_INIT_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
extern mach_port_t mach_task_self_;
#define	mach_task_self()	mach_task_self_
#define	current_task()		mach_task_self()

extern mach_port_t bootstrap_port;

int	mach_init(void);
mach_port_t mach_host_self(void);
mach_port_t mach_thread_self(void);
mach_port_t mach_reply_port(void);
kern_return_t mach_spawn_bootstrap_port(mach_port_t);
__END_DECLS

#endif /* !_MACH_MACH_INIT_H_ */
