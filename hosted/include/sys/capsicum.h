/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_CAPSICUM_H_
#define	_HOSTED_SYS_CAPSICUM_H_

/* Every descriptor has all rights. */

extern const int cap_no_rights;

/* No process is in capability mode. */
#define	IN_CAPABILITY_MODE(td)	false
#define	ECAPMODE		94

#endif /* !_HOSTED_SYS_CAPSICUM_H_ */
