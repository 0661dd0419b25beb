/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * configd_stack: runs a command with a machd, a launchd and a netconfigd job of
 * its own, and exits with the command's status.
 */

#include <sys/wait.h>
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "stack.h"

int
main(int argc, char **argv)
{
	int status;
	pid_t pid;

	if (argc < 2)
		errx(64, "usage: configd_stack command [argument ...]");
	stack_start(true);
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	if (waitpid(pid, &status, 0) == -1)
		err(1, "waitpid");
	stack_stop();
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
