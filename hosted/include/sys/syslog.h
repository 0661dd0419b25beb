/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SYSLOG_H_
#define	_HOSTED_SYS_SYSLOG_H_

/* The levels of log(9), which goes to standard error here. */
#define	LOG_NOTICE	5

void	hosted_log(int, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
#define	log	hosted_log

#endif /* !_HOSTED_SYS_SYSLOG_H_ */
