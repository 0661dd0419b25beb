/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_INTERFACE_H_
#define	_MACH_MACH_INTERFACE_H_

#include <mach/mach_host.h>
#include <mach/mach_port.h>
#include <mach/task.h>
#include <mach/vm_map.h>

#endif /* !_MACH_MACH_INTERFACE_H_ */
