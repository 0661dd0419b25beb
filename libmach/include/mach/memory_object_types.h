/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MEMORY_OBJECT_TYPES_H_
#define	_MACH_MEMORY_OBJECT_TYPES_H_

#include <mach/vm_types.h>

typedef mach_port_t	memory_object_t;
typedef mach_port_t	memory_object_control_t;
typedef mach_port_t	memory_object_default_t;
typedef mach_port_t	memory_object_name_t;

typedef natural_t	memory_object_cluster_size_t;
typedef uint64_t	memory_object_offset_t;
typedef uint64_t	memory_object_size_t;
typedef int		memory_object_copy_strategy_t;
typedef int		memory_object_return_t;
typedef int		memory_object_flavor_t;
typedef int		*memory_object_info_t;

#endif /* !_MACH_MEMORY_OBJECT_TYPES_H_ */
