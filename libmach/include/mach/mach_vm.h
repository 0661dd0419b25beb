/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_VM_H_
#define	_MACH_MACH_VM_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t mach_vm_allocate(vm_map_t, mach_vm_address_t *, mach_vm_size_t,
	    int);
kern_return_t mach_vm_deallocate(vm_map_t, mach_vm_address_t, mach_vm_size_t);
__END_DECLS

#endif /* !_MACH_MACH_VM_H_ */
