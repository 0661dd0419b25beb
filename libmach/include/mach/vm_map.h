/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_VM_MAP_H_
#define	_MACH_VM_MAP_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t vm_allocate(vm_map_t, vm_address_t *, vm_size_t, int);
kern_return_t vm_deallocate(vm_map_t, vm_address_t, vm_size_t);

/* KERN_NOT_SUPPORTED; see shm_open(2). */
kern_return_t mach_make_memory_entry_64(vm_map_t, uint64_t *, uint64_t, int,
	    mem_entry_name_port_t *, mem_entry_name_port_t);
__END_DECLS

#endif /* !_MACH_VM_MAP_H_ */
