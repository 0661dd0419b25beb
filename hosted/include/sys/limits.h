/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_LIMITS_H_
#define	_HOSTED_SYS_LIMITS_H_

/* The limits of C's types, which the host's compiler knows. */
#include <limits.h>

#endif /* !_HOSTED_SYS_LIMITS_H_ */
