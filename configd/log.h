/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages of netconfigd: to standard error, and to syslog(3) when it was
 * started without -d.
 */

#ifndef _LOG_H_
#define	_LOG_H_

#include <stdbool.h>

void	log_init(bool foreground);
void	log_error(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
void	log_debug(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));

#endif /* !_LOG_H_ */
