/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_VM_TYPES_H_
#define	_MACH_VM_TYPES_H_

#include <sys/types.h>
#include <stdint.h>

#include <mach/port.h>

typedef unsigned int	natural_t;
typedef int		integer_t;

/* FreeBSD's <sys/types.h> has vm_offset_t and vm_size_t. */
#ifndef __FreeBSD__
typedef uintptr_t	vm_offset_t;
typedef uintptr_t	vm_size_t;
#endif
typedef uintptr_t	vm_address_t;
typedef uint64_t	mach_vm_address_t;
typedef uint64_t	mach_vm_size_t;
typedef uint64_t	mach_vm_offset_t;

typedef mach_port_t	vm_map_t;
typedef mach_port_t	vm_map_inspect_t;
typedef mach_port_t	vm_map_read_t;
typedef mach_port_t	vm_task_entry_t;
typedef mach_port_t	mem_entry_name_port_t;
typedef mach_port_t	mem_entry_name_port_move_send_t;

typedef uint32_t	mach_vm_range_flavor_t;
typedef uint8_t		*mach_vm_range_recipes_raw_t;

#endif /* !_MACH_VM_TYPES_H_ */
