/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Where scutil's commands come from: a terminal with editing, standard input,
 * or a file.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <histedit.h>

#include "parse.h"
#include "scutil.h"

/* Files that read files. */
#define	SHELL_DEPTH_MAX	16

static int shell_depth;

static void
shell_line(struct scutil *scutil, const char *line)
{
	char copy[PARSE_LINE_MAX], *words[PARSE_WORDS_MAX];
	int count;

	if (strlen(line) >= sizeof(copy)) {
		printf("a line is longer than %d bytes; ignored\n",
		    PARSE_LINE_MAX - 1);
		return;
	}
	snprintf(copy, sizeof(copy), "%s", line);
	copy[strcspn(copy, "\n")] = '\0';
	if (shell_depth > 0)
		printf("%d> %s\n", shell_depth, copy);
	count = parse_line(copy, words);
	if (count > 0)
		command_run(scutil, count, words);
	fflush(stdout);
}

static void
shell_file(struct scutil *scutil, FILE *fp)
{
	char *line;
	size_t room;

	line = NULL;
	room = 0;
	while (!scutil->quit && getline(&line, &room, fp) != -1)
		shell_line(scutil, line);
	free(line);
}

void
cmd_read(struct scutil *scutil, int count, char **words)
{
	FILE *fp;

	(void)count;
	if (shell_depth == SHELL_DEPTH_MAX) {
		printf("f.read: too many files are being read.\n");
		return;
	}
	fp = fopen(words[1], "re");
	if (fp == NULL) {
		printf("f.read: could not open file (%s).\n",
		    strerror(errno));
		return;
	}
	shell_depth++;
	shell_file(scutil, fp);
	shell_depth--;
	fclose(fp);
}

static char *
shell_prompt(EditLine *edit)
{
	static char prompt[] = "> ";

	(void)edit;
	return (prompt);
}

static void
shell_terminal(struct scutil *scutil)
{
	EditLine *edit;
	HistEvent event;
	History *past;
	const char *line;
	int length;

	edit = el_init("scutil", stdin, stdout, stderr);
	past = history_init();
	if (edit == NULL || past == NULL) {
		shell_file(scutil, stdin);
		return;
	}
	history(past, &event, H_SETSIZE, 100);
	el_set(edit, EL_PROMPT, shell_prompt);
	el_set(edit, EL_EDITOR, "emacs");
	el_set(edit, EL_SIGNAL, 1);
	el_set(edit, EL_HIST, history, past);
	el_source(edit, NULL);
	while (!scutil->quit && (line = el_gets(edit, &length)) != NULL &&
	    length > 0) {
		history(past, &event, H_ENTER, line);
		shell_line(scutil, line);
	}
	history_end(past);
	el_end(edit);
}

int
shell_run(bool privileged)
{
	struct scutil scutil;

	memset(&scutil, 0, sizeof(scutil));
	scutil.privileged = privileged;
	scutil.value = plist_new_dict();
	store_session_open(&scutil, false);
	fflush(stdout);
	if (isatty(STDIN_FILENO))
		shell_terminal(&scutil);
	else
		shell_file(&scutil, stdin);
	store_session_close(&scutil);
	plist_free(scutil.value);
	return (EXIT_SUCCESS);
}
