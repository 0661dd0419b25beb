/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the stubs made from job.defs and those who use them share.
 */

#ifndef _JOB_TYPES_H_
#define	_JOB_TYPES_H_

#include <mach/mach.h>
#include <servers/bootstrap.h>

#include <stdint.h>

/* Which instance of a service; all zero, any. */
typedef uint8_t job_instance_t[16];

#endif /* !_JOB_TYPES_H_ */
