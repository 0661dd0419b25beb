/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The table of scutil's interactive commands.
 */

#include <stdio.h>
#include <strings.h>

#include "scutil.h"

static command_function cmd_help, cmd_quit;

enum command_kind {
	COMMAND_SHOWN,
	COMMAND_HIDDEN,		/* not in help */
	COMMAND_PRIVILEGED	/* with -p only */
};

struct command {
	const char		*name;
	int			 least;		/* arguments */
	int			 most;		/* -1: any number */
	command_function	*function;
	int			 group;
	enum command_kind	 kind;
	const char		*usage;
};

static const struct command commands[] = {
	{ "help", 0, 0, cmd_help, 0, COMMAND_SHOWN,
	    " help                          : list available commands" },
	{ "f.read", 1, 1, cmd_read, 0, COMMAND_SHOWN,
	    " f.read file                   : process commands from file" },
	{ "quit", 0, 1, cmd_quit, 0, COMMAND_SHOWN,
	    " quit                          : quit" },
	{ "q", 0, 1, cmd_quit, 0, COMMAND_HIDDEN, NULL },
	{ "exit", 0, 1, cmd_quit, 0, COMMAND_HIDDEN, NULL },

	{ "d.init", 0, 0, cmd_dict_init, 1, COMMAND_SHOWN,
	    " d.init                        : empty the dictionary" },
	{ "d.show", 0, 0, cmd_dict_show, 1, COMMAND_SHOWN,
	    " d.show                        : show the dictionary" },
	{ "d.add", 2, -1, cmd_dict_add, 1, COMMAND_SHOWN,
	    " d.add key [*#?%-] val [v2 ..] : put a value into it\n"
	    "       (*=array, #=number, ?=boolean, %=hex data, -=end)" },
	{ "d.remove", 1, 1, cmd_dict_remove, 1, COMMAND_SHOWN,
	    " d.remove key                  : take a value out of it" },

	{ "open", 0, 1, cmd_open, 2, COMMAND_HIDDEN, NULL },
	{ "close", 0, 0, cmd_close, 2, COMMAND_HIDDEN, NULL },
	{ "list", 0, 1, cmd_list, 2, COMMAND_SHOWN,
	    " list [pattern]                : list keys" },
	{ "add", 1, 2, cmd_add, 2, COMMAND_SHOWN,
	    " add key [\"temporary\"]         : add it as a new key" },
	{ "get", 1, 1, cmd_get, 2, COMMAND_SHOWN,
	    " get key                       : get the dictionary from a key" },
	{ "set", 1, 1, cmd_set, 2, COMMAND_SHOWN,
	    " set key                       : store the dictionary in a key" },
	{ "show", 1, 2, cmd_show, 2, COMMAND_SHOWN,
	    " show key [\"pattern\"]          : show values of keys" },
	{ "remove", 1, 1, cmd_remove, 2, COMMAND_SHOWN,
	    " remove key                    : remove a key" },
	{ "notify", 1, 1, cmd_notify, 2, COMMAND_SHOWN,
	    " notify key                    : notify the watchers of a key" },

	{ "n.list", 0, 1, cmd_watch_list, 3, COMMAND_SHOWN,
	    " n.list [\"pattern\"]            : list watched keys" },
	{ "n.add", 1, 2, cmd_watch_add, 3, COMMAND_SHOWN,
	    " n.add key [\"pattern\"]         : watch a key" },
	{ "n.remove", 1, 2, cmd_watch_remove, 3, COMMAND_SHOWN,
	    " n.remove key [\"pattern\"]      : no longer watch a key" },
	{ "n.changes", 0, 0, cmd_watch_changes, 3, COMMAND_SHOWN,
	    " n.changes                     : list watched keys that changed" },
	{ "n.watch", 0, 0, cmd_watch_start, 3, COMMAND_SHOWN,
	    " n.watch                       : report changes as they happen" },
	{ "n.wait", 0, 0, cmd_watch_wait, 3, COMMAND_PRIVILEGED,
	    " n.wait                        : wait for changes" },
	{ "n.cancel", 0, 0, cmd_watch_cancel, 3, COMMAND_SHOWN,
	    " n.cancel                      : no longer report changes" },

	{ "snapshot", 0, 1, cmd_snapshot, 4, COMMAND_PRIVILEGED,
	    " snapshot [file]               : save all keys and values" },
};

#define	COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static bool
command_is_for(const struct command *command, const struct scutil *scutil)
{

	return (command->kind != COMMAND_PRIVILEGED || scutil->privileged);
}

static void
cmd_help(struct scutil *scutil, int count, char **words)
{
	size_t i;
	int group;

	(void)count;
	(void)words;
	printf("\nAvailable commands:\n");
	group = -1;
	for (i = 0; i < COMMANDS; i++) {
		if (commands[i].kind == COMMAND_HIDDEN ||
		    !command_is_for(&commands[i], scutil))
			continue;
		if (commands[i].group != group)
			printf("\n");
		group = commands[i].group;
		printf("%s\n", commands[i].usage);
	}
	printf("\n");
}

static void
cmd_quit(struct scutil *scutil, int count, char **words)
{

	(void)count;
	(void)words;
	scutil->quit = true;
}

void
command_run(struct scutil *scutil, int count, char **words)
{
	const struct command *command;
	size_t i;

	for (i = 0; i < COMMANDS; i++) {
		command = &commands[i];
		if (strcasecmp(words[0], command->name) != 0 ||
		    !command_is_for(command, scutil))
			continue;
		if (count - 1 < command->least)
			printf("%s: too few arguments\n", words[0]);
		else if (command->most >= 0 && count - 1 > command->most)
			printf("%s: too many arguments\n", words[0]);
		else
			command->function(scutil, count, words);
		return;
	}
	printf("%s: unknown, type \"help\" for command info\n", words[0]);
}
