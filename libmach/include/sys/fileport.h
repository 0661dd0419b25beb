/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Open files as ports; fileport_makeport(3).
 */

#ifndef _SYS_FILEPORT_H_
#define	_SYS_FILEPORT_H_

#include <mach/port.h>

typedef mach_port_t fileport_t;

#define	FILEPORT_NULL	((fileport_t)MACH_PORT_NULL)

#ifdef __cplusplus
extern "C" {
#endif

int	fileport_makeport(int fd, fileport_t *port);
int	fileport_makefd(fileport_t port);

#ifdef __cplusplus
}
#endif

#endif /* !_SYS_FILEPORT_H_ */
