/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_CAPSICUM_H_
#define	_HOSTED_SYS_CAPSICUM_H_

/* Every descriptor has all rights. */

extern const int cap_no_rights;

#endif /* !_HOSTED_SYS_CAPSICUM_H_ */
