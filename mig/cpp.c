/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Runs the C preprocessor over a file.
 */

#include <sys/types.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "mig.h"

#define	MAX_WORDS	64

/* "cc -m64" is two words. */
static unsigned int
split(char *command, char **words)
{
	unsigned int n;
	char *word, *rest;

	n = 0;
	for (word = strtok_r(command, " \t", &rest);
	    word != NULL && n < MAX_WORDS;
	    word = strtok_r(NULL, " \t", &rest))
		words[n++] = word;
	return (n);
}

static void
run(const struct cpp *cpp, const char *file)
{
	char **argv, *command, *slash;
	unsigned int n;

	command = strdup(cpp->compiler);
	argv = calloc(MAX_WORDS + cpp->nargs + 8, sizeof(*argv));
	if (command == NULL || argv == NULL)
		err(EX_OSERR, "memory");
	n = split(command, argv);
	argv[n++] = strdup("-E");
	argv[n++] = strdup("-std=c11");
	argv[n++] = strdup("-D__MACH30__");
	argv[n++] = strdup("-I");
	argv[n] = strdup(file);
	slash = argv[n] == NULL ? NULL : strrchr(argv[n], '/');
	if (slash == NULL)
		argv[n] = strdup(".");
	else
		slash[slash == argv[n]] = '\0';
	n++;
	memcpy(&argv[n], cpp->args, cpp->nargs * sizeof(*argv));
	n += cpp->nargs;
	argv[n++] = strdup("-xc");
	argv[n++] = strdup(file);
	(void)execvp(argv[0], argv);
	err(EX_UNAVAILABLE, "%s", argv[0]);
}

static char *
read_all(int fd, size_t *length)
{
	char *text;
	size_t size;
	ssize_t n;

	text = NULL;
	size = *length = 0;
	do {
		if (*length == size) {
			size = size == 0 ? 65536 : size * 2;
			text = realloc(text, size);
			if (text == NULL)
				err(EX_OSERR, "memory");
		}
		n = read(fd, text + *length, size - *length);
		if (n > 0)
			*length += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		err(EX_IOERR, "read");
	return (text);
}

/*
 * What the preprocessor makes of a file, to be freed by the caller; NULL if it
 * fails, having said why.
 */
char *
cpp_run(const struct cpp *cpp, const char *file, size_t *length)
{
	int fds[2], status;
	char *text;
	pid_t pid;

	if (pipe(fds) != 0)
		err(EX_OSERR, "pipe");
	pid = fork();
	if (pid < 0)
		err(EX_OSERR, "fork");
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)close(fds[0]);
		(void)close(fds[1]);
		run(cpp, file);
	}
	(void)close(fds[1]);
	text = read_all(fds[0], length);
	(void)close(fds[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			err(EX_OSERR, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return (text);
	free(text);
	return (NULL);
}
