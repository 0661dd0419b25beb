/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_VM_SYNC_H_
#define	_MACH_VM_SYNC_H_

typedef unsigned int	vm_sync_t;

#endif /* !_MACH_VM_SYNC_H_ */
