/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_TYPES_H_
#define	_MACH_MACH_TYPES_H_

#include <sys/types.h>

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/port.h>
#include <mach/message.h>
#include <mach/task_info.h>
#include <mach/task_special_ports.h>

typedef unsigned int	natural_t;
typedef int		integer_t;

typedef mach_port_t	task_t;
typedef mach_port_t	task_name_t;
typedef mach_port_t	ipc_space_t;
typedef mach_port_t	thread_t;
typedef mach_port_t	thread_act_t;
typedef mach_port_t	host_t;
typedef mach_port_t	host_priv_t;
typedef mach_port_t	vm_map_t;
typedef mach_port_t	mem_entry_name_port_t;
typedef mach_port_t	bootstrap_t;
typedef mach_port_t	semaphore_t;
typedef thread_act_t	*thread_act_array_t;

/* FreeBSD's <sys/types.h> has vm_offset_t and vm_size_t. */
#ifndef __FreeBSD__
typedef uintptr_t	vm_offset_t;
typedef uintptr_t	vm_size_t;
#endif
typedef uintptr_t	vm_address_t;
typedef uint64_t	mach_vm_address_t;
typedef uint64_t	mach_vm_size_t;
typedef uint64_t	mach_vm_offset_t;

#define	TASK_NULL	((task_t)0)
#define	THREAD_NULL	((thread_t)0)
#define	HOST_NULL	((host_t)0)

#define	VM_FLAGS_FIXED		0x0
#define	VM_FLAGS_ANYWHERE	0x1

#endif /* !_MACH_MACH_TYPES_H_ */
