/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_TIME_H_
#define	_HOSTED_SYS_TIME_H_

#include_next <sys/time.h>

#include <sys/param.h>

/* sbintime(9): seconds in 32.32 fixed point. */
#define	SBT_1S		((sbintime_t)1 << 32)
#define	SBT_1MS		(SBT_1S / 1000)
#define	C_ABSOLUTE	0x0200

sbintime_t sbinuptime(void);

/* ratecheck(9): whether fewer than so many came in this second. */
int	ppsratecheck(struct timeval *, int *, int);

#endif /* !_HOSTED_SYS_TIME_H_ */
