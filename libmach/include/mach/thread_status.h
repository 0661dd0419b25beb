/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_THREAD_STATUS_H_
#define	_MACH_THREAD_STATUS_H_

#include <mach/vm_types.h>
#include <mach/machine/thread_state.h>

typedef natural_t	*thread_state_t;
typedef int		thread_state_flavor_t;
typedef thread_state_flavor_t *thread_state_flavor_array_t;

#endif /* !_MACH_THREAD_STATUS_H_ */
