/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What happened: to standard error in the foreground, to syslog(3) otherwise.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "launchd.h"

static bool to_stderr = true;

void
log_init(bool foreground)
{
	to_stderr = foreground;
	if (!foreground)
		openlog("launchd", LOG_PID, LOG_DAEMON);
}

static void
vlog(int priority, const char *format, va_list ap)
{
	if (!to_stderr) {
		vsyslog(priority, format, ap);
		return;
	}
	flockfile(stderr);
	fputs("launchd: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vlog(LOG_INFO, format, ap);
	va_end(ap);
}

void
log_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vlog(LOG_WARNING, format, ap);
	va_end(ap);
}

void
fatal(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vlog(LOG_ERR, format, ap);
	va_end(ap);
	exit(1);
}
