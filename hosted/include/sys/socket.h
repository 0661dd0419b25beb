/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SOCKET_H_
#define	_HOSTED_SYS_SOCKET_H_

/* The C library has another struct ucred. */
#define	ucred	linux_ucred
#include_next <sys/socket.h>
#undef ucred

#endif /* !_HOSTED_SYS_SOCKET_H_ */
