/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages of netconfigd.
 */

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#include "log.h"

static bool log_foreground;

void
log_init(bool foreground)
{

	log_foreground = foreground;
	if (!foreground)
		openlog("netconfigd", LOG_PID, LOG_DAEMON);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("netconfigd: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	if (log_foreground)
		return;
	va_start(ap, fmt);
	vsyslog(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (!log_foreground)
		return;
	va_start(ap, fmt);
	fputs("netconfigd: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}
