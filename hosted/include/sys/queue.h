/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_QUEUE_H_
#define	_HOSTED_SYS_QUEUE_H_

/* queue(3), complete. */

#include <stddef.h>

#include <bsd/sys/queue.h>

#endif /* !_HOSTED_SYS_QUEUE_H_ */
