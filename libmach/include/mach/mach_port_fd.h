/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Waiting for messages among other events; mach_port_fd(3).
 */

#ifndef _MACH_PORT_FD_H_
#define	_MACH_PORT_FD_H_

#include <mach/port.h>

/* The filter for kevent(2), 0 if this system has none; not a constant. */
#define	EVFILT_MACHPORT	((short)mach_port_evfilt())

#ifdef __cplusplus
extern "C" {
#endif

int	mach_port_fd(mach_port_name_t name);
int	mach_port_evfilt(void);

#ifdef __cplusplus
}
#endif

#endif /* !_MACH_PORT_FD_H_ */
