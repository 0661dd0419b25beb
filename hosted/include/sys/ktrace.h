/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_KTRACE_H_
#define	_HOSTED_SYS_KTRACE_H_

/*
 * Nobody is traced, and what would be done then is not compiled: it is after an
 * if (false).
 */

#include <sys/param.h>
#include <sys/time.h>

#define	KTR_CSW			6
#define	KTRPOINT(td, type)	false

#define	PCATCH			0x100
#define	PDROP			0x200

struct mtx;

int	msleep_sbt(const void *, struct mtx *, int, const char *, sbintime_t,
	    sbintime_t, int);

#endif /* !_HOSTED_SYS_KTRACE_H_ */
