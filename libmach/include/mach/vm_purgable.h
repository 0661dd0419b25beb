/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_VM_PURGABLE_H_
#define	_MACH_VM_PURGABLE_H_

typedef int		vm_purgable_t;

#endif /* !_MACH_VM_PURGABLE_H_ */
