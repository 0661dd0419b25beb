/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_VM_REGION_H_
#define	_MACH_VM_REGION_H_

#include <mach/vm_types.h>

typedef int		vm_region_flavor_t;
typedef int		*vm_region_info_t;
typedef int		*vm_region_recurse_info_t;
typedef int		vm_page_info_flavor_t;
typedef int		*vm_page_info_t;

#endif /* !_MACH_VM_REGION_H_ */
