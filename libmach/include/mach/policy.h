/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_POLICY_H_
#define	_MACH_POLICY_H_

#include <mach/vm_types.h>

typedef int		policy_t;
typedef integer_t	*policy_base_t;
typedef integer_t	*policy_info_t;
typedef integer_t	*policy_limit_t;

#endif /* !_MACH_POLICY_H_ */
