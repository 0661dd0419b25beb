/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What happened: to standard error in the foreground, to syslog(3) otherwise.
 * As init, to syslog(3) and the console: there may be no syslogd(8) yet, or any
 * more, and what is wrong with the machine is said where somebody stands.
 */

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "launchd.h"

static bool to_stderr = true;
static const char *console;	/* NULL unless we are init */
static bool verbose;		/* everything goes there */
static void (*on_fatal)(void);	/* does not return */

void
log_init(bool foreground)
{
	to_stderr = foreground;
	if (!foreground)
		openlog("launchd", LOG_PID, LOG_DAEMON);
}

/* Also write to the console; after a fatal error `fn' is called. */
void
log_to_console(const char *path, void (*fn)(void))
{
	console = path;
	on_fatal = fn;
	verbose = true;
}

/* Whether what is merely informative goes to the console too. */
void
log_console_verbose(bool on)
{
	verbose = on;
}

/*
 * One line on the console.  It is opened anew each time: whoever logs in there
 * has everybody else's descriptors revoked.  Never waits.
 */
static void
write_console(const char *format, va_list ap)
{
	char line[512];
	int fd, len;

	fd = open(console, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC);
	if (fd == -1)
		return;
	len = snprintf(line, sizeof(line), "launchd: ");
	vsnprintf(line + len, sizeof(line) - (size_t)len - 1, format, ap);
	strcat(line, "\n");
	(void)!write(fd, line, strlen(line));
	close(fd);
}

static void
vlog(int priority, const char *format, va_list ap)
{
	va_list copy;

	if (console != NULL && (verbose || priority != LOG_INFO)) {
		va_copy(copy, ap);
		write_console(format, copy);
		va_end(copy);
	}
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

/* Something that whoever is at the console should know. */
void
log_notice(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vlog(LOG_NOTICE, format, ap);
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

/* For a signal handler: a fault of our own. */
void
log_crash(int sig)
{
	char line[] = "launchd: failed with signal 00; starting over\n";
	char *digits;
	int fd;

	digits = strchr(line, '0');
	digits[0] = (char)('0' + sig / 10 % 10);
	digits[1] = (char)('0' + sig % 10);
	fd = open(console, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC);
	if (fd != -1)
		(void)!write(fd, line, sizeof(line) - 1);
}

/* Something launchd cannot go on after. */
void
fatal(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vlog(LOG_ERR, format, ap);
	va_end(ap);
	if (on_fatal != NULL)
		on_fatal();
	exit(1);
}
