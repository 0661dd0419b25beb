/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_VM_BEHAVIOR_H_
#define	_MACH_VM_BEHAVIOR_H_

typedef int		vm_behavior_t;

#endif /* !_MACH_VM_BEHAVIOR_H_ */
