/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A machd, a launchd and its netconfigd job of a test's own.  Where no machd is
 * built there is the kernel's module.
 */

#ifdef __linux__
#include <sys/prctl.h>
#else
#include <sys/procctl.h>
#endif
#include <sys/wait.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mach/mig.h>
#include <servers/bootstrap.h>

#include "config_types.h"
#include "wire.h"
#include "stack.h"
#include "test_path.h"
#include "trap.h"

static pid_t stack_machd, stack_launchd;

static void
stack_pause(void)
{
	const struct timespec pause = { 0, 5000000 };

	nanosleep(&pause, NULL);
}

static void
stack_die_with_parent(void)
{
#ifdef __linux__
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#else
	int signal;

	signal = SIGKILL;
	(void)procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &signal);
#endif
}

static pid_t
stack_spawn(const char *const arguments[])
{
	pid_t pid;

	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		stack_die_with_parent();
		execv(arguments[0], (char *const *)(uintptr_t)arguments);
		warn("%s", arguments[0]);
		_exit(127);
	}
	return (pid);
}

/* An environment variable with the path of a file in this directory. */
static void
stack_path(const char *variable, const char *file)
{
	char *path, directory[1024];

	if (getcwd(directory, sizeof(directory)) == NULL)
		err(1, "getcwd");
	if (asprintf(&path, "%s/%s", directory, file) == -1 ||
	    setenv(variable, path, 1) != 0)
		err(1, "%s", file);
	free(path);
}

/* Starts a program that writes to its argument `option' when it is ready. */
static pid_t
stack_start_ready(const char *program, const char *option,
    const char *const rest[])
{
	const char *arguments[8];
	char byte, number[16];
	int fds[2], i;
	pid_t pid;

	if (pipe(fds) != 0)
		err(1, "pipe");
	(void)fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	snprintf(number, sizeof(number), "%d", fds[1]);
	arguments[0] = program;
	arguments[1] = option;
	arguments[2] = number;
	for (i = 0; rest[i] != NULL; i++)
		arguments[3 + i] = rest[i];
	arguments[3 + i] = NULL;
	pid = stack_spawn(arguments);
	close(fds[1]);
	if (read(fds[0], &byte, 1) != 1)
		errx(1, "%s did not start", program);
	close(fds[0]);
	return (pid);
}

static void
stack_write_job(void)
{
	FILE *fp;

	fp = fopen("netconfigd.plist", "w");
	if (fp == NULL)
		err(1, "netconfigd.plist");
	fprintf(fp, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<plist version=\"1.0\"><dict>\n"
	    "<key>Label</key><string>org.freebsd.netconfigd</string>\n"
	    "<key>ProgramArguments</key><array><string>%s</string>"
	    "<string>-d</string></array>\n"
	    "<key>ThrottleInterval</key><integer>0</integer>\n"
	    "<key>EnvironmentVariables</key><dict>"
	    "<key>SCPREFERENCES</key><string>%s</string></dict>\n"
	    "<key>MachServices</key><dict>"
	    "<key>org.freebsd.netconfigd</key><true/></dict>\n"
	    "</dict></plist>\n", test_path("../bin/netconfigd"),
	    getenv("SCPREFERENCES"));
	if (fclose(fp) != 0)
		err(1, "netconfigd.plist");
}

static void
stack_start_machd(bool as_root)
{
	const char *machd[] = { "-s", NULL, as_root ? "-r" : NULL, NULL };
	const char *program;

	program = test_path("../bin/machd");
	if (access(program, X_OK) != 0)
		return;
	stack_path("MACHD_SOCKET", "machd.sock");
	machd[1] = getenv("MACHD_SOCKET");
	stack_machd = stack_start_ready(program, "-f", machd);
}

void
stack_start(bool as_root)
{
	const char *launchd[] = { "-f", "netconfigd.plist", NULL };

	stack_start_machd(as_root);
	stack_path("LAUNCHD_SOCKET", "launchd.sock");
	stack_path("SCPREFERENCES", "preferences.plist");
	stack_write_job();
	stack_launchd = stack_start_ready(test_path("../bin/launchd"), "-r",
	    launchd);
	if (mach_init() != 0)
		errx(1, "no Mach kernel answers");
	if (bootstrap_port == MACH_PORT_NULL)
		errx(1, "launchd provides no bootstrap port");
}

static void
stack_end(pid_t pid, const char *name)
{
	int status;

	kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "%s", name);
	if (status != 0)
		errx(1, "%s ended with status %#x", name, status);
}

void
stack_stop(void)
{

	stack_end(stack_launchd, "launchd");
	if (stack_machd != 0)
		stack_end(stack_machd, "machd");
}

mach_port_t
stack_service(void)
{
	mach_port_t port;
	kern_return_t kr;

	kr = bootstrap_look_up(bootstrap_port, CONFIG_SERVICE_NAME, &port);
	if (kr != KERN_SUCCESS)
		errx(1, "%s: %s", CONFIG_SERVICE_NAME, bootstrap_strerror(kr));
	return (port);
}

/* A message that is no request is answered all the same. */
pid_t
stack_netconfigd(void)
{
	struct {
		mig_reply_error_t	reply;
		mach_msg_audit_trailer_t trailer;
	} message;
	mach_port_t service;
	mach_msg_return_t mr;

	service = stack_service();
	memset(&message, 0, sizeof(message));
	message.reply.Head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	message.reply.Head.msgh_remote_port = service;
	message.reply.Head.msgh_local_port = mig_get_reply_port();
	message.reply.Head.msgh_id = CONFIG_BASE + 1;
	mr = mach_msg(&message.reply.Head, MACH_SEND_MSG | MACH_RCV_MSG |
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT),
	    sizeof(mach_msg_header_t), sizeof(message), mig_get_reply_port(),
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS)
		errx(1, "no answer from netconfigd: %s",
		    mach_error_string(mr));
	(void)mach_port_deallocate(mach_task_self(), service);
	/* It died with the message in its hands: nobody's process. */
	if (message.reply.Head.msgh_id == MACH_NOTIFY_SEND_ONCE)
		return (0);
	return ((pid_t)message.trailer.msgh_audit.val[5]);
}

long long
stack_counter(const char *name)
{
	uint64_t value;

	if (mach_sysctl(name, &value) != 0)
		return (-1);
	return ((long long)value);
}

bool
stack_counter_becomes(const char *name, long long value)
{
	int tries;

	for (tries = 0; tries < 2000; tries++) {
		if (stack_counter(name) == value)
			return (true);
		stack_pause();
	}
	warnx("%s is %lld instead of %lld", name, stack_counter(name), value);
	return (false);
}
