/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_LOCK_H_
#define	_HOSTED_SYS_LOCK_H_

/* Everything about locks is in the header of each kind of lock. */

#endif /* !_HOSTED_SYS_LOCK_H_ */
