/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_THREAD_POLICY_H_
#define	_MACH_THREAD_POLICY_H_

#include <mach/vm_types.h>

typedef natural_t	thread_policy_flavor_t;
typedef integer_t	*thread_policy_t;

#endif /* !_MACH_THREAD_POLICY_H_ */
