/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_KERNEL_H_
#define	_HOSTED_SYS_KERNEL_H_

/* sysinit(9): initialisation happens in constructors here. */

#define	HOSTED_INIT(name)						\
	static void __attribute__((__constructor__(101))) name(void)

#endif /* !_HOSTED_SYS_KERNEL_H_ */
