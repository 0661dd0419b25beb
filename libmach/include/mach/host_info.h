/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_HOST_INFO_H_
#define	_MACH_HOST_INFO_H_

#include <mach/vm_types.h>

typedef integer_t	host_flavor_t;
typedef integer_t	*host_info_t;
typedef integer_t	*host_info64_t;

#define	KERNEL_VERSION_MAX	512
#define	KERNEL_BOOT_INFO_MAX	4096

typedef char		kernel_version_t[KERNEL_VERSION_MAX];
typedef char		kernel_boot_info_t[KERNEL_BOOT_INFO_MAX];

#endif /* !_MACH_HOST_INFO_H_ */
