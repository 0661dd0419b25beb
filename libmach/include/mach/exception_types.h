/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What Mach calls a crash.
 */

#ifndef _MACH_EXCEPTION_TYPES_H_
#define	_MACH_EXCEPTION_TYPES_H_

#include <mach/port.h>
#include <mach/thread_status.h>

typedef int		exception_type_t;
typedef unsigned int	exception_mask_t;
typedef exception_mask_t *exception_mask_array_t;
typedef int		exception_behavior_t;
typedef exception_behavior_t *exception_behavior_array_t;
typedef thread_state_flavor_t *exception_flavor_array_t;
typedef mach_port_t	exception_handler_t;
typedef exception_handler_t *exception_handler_array_t;

#define	EXC_BAD_ACCESS		1
#define	EXC_BAD_INSTRUCTION	2
#define	EXC_ARITHMETIC		3
#define	EXC_BREAKPOINT		6
#define	EXC_CRASH		10

#define	EXC_MASK_CRASH		(1u << EXC_CRASH)

#define	EXCEPTION_DEFAULT	1

#endif /* !_MACH_EXCEPTION_TYPES_H_ */
