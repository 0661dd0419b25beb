/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Times as Mach's calls take them.
 */

#ifndef _MACH_CLOCK_TYPES_H_
#define	_MACH_CLOCK_TYPES_H_

#include <mach/port.h>

typedef int		clock_id_t;
typedef mach_port_t	clock_serv_t;
typedef mach_port_t	clock_ctrl_t;
typedef mach_port_t	clock_reply_t;

typedef struct mach_timespec {
	unsigned int	tv_sec;
	int		tv_nsec;
} mach_timespec_t;

#define	SYSTEM_CLOCK	0
#define	CALENDAR_CLOCK	1

#endif /* !_MACH_CLOCK_TYPES_H_ */
