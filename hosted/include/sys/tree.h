/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_TREE_H_
#define	_HOSTED_SYS_TREE_H_

/* tree(3). */

#include <stdint.h>

#include <bsd/sys/tree.h>

#endif /* !_HOSTED_SYS_TREE_H_ */
