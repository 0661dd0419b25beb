/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_PROCESSOR_INFO_H_
#define	_MACH_PROCESSOR_INFO_H_

#include <mach/vm_types.h>

typedef integer_t	processor_flavor_t;
typedef integer_t	*processor_info_t;
typedef integer_t	*processor_info_array_t;
typedef integer_t	processor_set_flavor_t;
typedef integer_t	*processor_set_info_t;

#endif /* !_MACH_PROCESSOR_INFO_H_ */
