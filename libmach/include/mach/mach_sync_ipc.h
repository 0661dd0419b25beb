/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_SYNC_IPC_H_
#define	_MACH_MACH_SYNC_IPC_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
mach_port_t mig_get_special_reply_port(void);
void	mig_dealloc_special_reply_port(mach_port_t);
mach_port_t thread_get_special_reply_port(void);
__END_DECLS

#endif /* !_MACH_MACH_SYNC_IPC_H_ */
