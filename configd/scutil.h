/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The pieces of scutil.
 */

#ifndef _SCUTIL_H_
#define	_SCUTIL_H_

#include <stdbool.h>

#include <plist/plist.h>

#include "scd.h"
#include "strset.h"

/* What the interactive commands work on. */
struct scutil {
	struct scd	*store;		/* NULL: no session */
	plist_t		 value;		/* of d.init, d.add, get, set */
	struct strset	 keys;		/* of n.add */
	struct strset	 patterns;
	bool		 privileged;	/* -p: the commands for testing too */
	bool		 watching;	/* n.watch is active */
	bool		 quit;
};

/* An interactive command; words[0] is its name, words[1] its first argument. */
typedef void	command_function(struct scutil *, int count, char **words);

/* cmd_store.c */
command_function cmd_open, cmd_close, cmd_list, cmd_add, cmd_get, cmd_set,
	    cmd_show, cmd_remove, cmd_notify, cmd_snapshot;
/* Opens a session; prints why not. */
void	store_session_open(struct scutil *, bool session_keys);
void	store_session_close(struct scutil *);
/* The session's error text if `error' is one: true if it is. */
bool	store_failed(int error);
/* The session, or NULL, having said that there is none. */
struct scd *store_session(struct scutil *);

/* cmd_dict.c */
command_function cmd_dict_init, cmd_dict_show, cmd_dict_add, cmd_dict_remove;

/* cmd_watch.c */
command_function cmd_watch_list, cmd_watch_add, cmd_watch_remove,
	    cmd_watch_changes, cmd_watch_start, cmd_watch_wait,
	    cmd_watch_cancel;
/* Stops n.watch, if it is active. */
void	watch_stop(struct scutil *);

/* commands.c: carries out a line that has words. */
void	command_run(struct scutil *, int count, char **words);
/* shell.c: reads commands until there are no more. */
command_function cmd_read;
int	shell_run(bool privileged);

/* The options that are not interactive; each returns an exit status. */
int	names_get(const char *name);			/* cmd_names.c */
int	names_get_path(const char *file, const char *path, const char *name);
int	names_set(const char *name, const char *value);
int	wait_for_key(const char *key, int seconds);	/* cmd_wait.c */
int	show_dns(void);					/* cmd_dns.c */
int	show_proxies(void);

#endif /* !_SCUTIL_H_ */
