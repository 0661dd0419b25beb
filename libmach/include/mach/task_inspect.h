/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_TASK_INSPECT_H_
#define	_MACH_TASK_INSPECT_H_

#include <mach/vm_types.h>

typedef natural_t	task_inspect_flavor_t;
typedef integer_t	*task_inspect_info_t;

#endif /* !_MACH_TASK_INSPECT_H_ */
