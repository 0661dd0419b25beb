/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_VM_ATTRIBUTES_H_
#define	_MACH_VM_ATTRIBUTES_H_

typedef unsigned int	vm_machine_attribute_t;
typedef int		vm_machine_attribute_val_t;

#endif /* !_MACH_VM_ATTRIBUTES_H_ */
