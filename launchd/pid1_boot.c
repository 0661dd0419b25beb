/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What is done at boot and at shutdown, from the boot file: lists of steps,
 * each of which runs a program on the console, mounts a file system, or loads a
 * kernel module; and where the jobs are.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launch_priv.h"
#include "launchd.h"
#include "pid1.h"

#define	KEY_BOOT	"Boot"
#define	KEY_SHUTDOWN	"Shutdown"
#define	KEY_JOBS	"Jobs"
#define	KEY_MOUNT	"Mount"
#define	KEY_TYPE	"Type"
#define	KEY_FROM	"From"
#define	KEY_OPTIONS	"Options"
#define	KEY_MODULE	"Module"
#define	KEY_TIMEOUT	"TimeOut"
#define	KEY_OPTIONAL	"Optional"

static launch_data_t file;	/* the last that was good */

static const char *
string(const launch_data_t d, const char *key)
{
	return (launch_data_get_string(launch_data_dict_lookup(d, key)));
}

struct check {
	const char	*path;
	const char	*key;		/* that is being checked */
	bool		ok;
};

/* Complains of the first thing that is wrong. */
static void
wrong(struct check *ck, const char *key, const char *what)
{
	if (ck->ok)
		log_warn("%s: %s%s%s %s", ck->path, ck->key,
		    key[0] != '\0' ? ": " : "", key, what);
	ck->ok = false;
}

static bool
all_strings(const launch_data_t array)
{
	size_t i;

	for (i = 0; i < launch_data_array_get_count(array); i++) {
		if (launch_data_get_string(launch_data_array_get_index(array,
		    i)) == NULL)
			return (false);
	}
	return (launch_data_get_type(array) == LAUNCH_DATA_ARRAY);
}

static void
check_step_key(const launch_data_t value, const char *key, void *arg)
{
	static const struct {
		const char *name;
		launch_data_type_t type;
	} keys[] = {
		{ LAUNCH_JOBKEY_PROGRAMARGUMENTS, LAUNCH_DATA_ARRAY },
		{ KEY_MOUNT, LAUNCH_DATA_STRING },
		{ KEY_TYPE, LAUNCH_DATA_STRING },
		{ KEY_FROM, LAUNCH_DATA_STRING },
		{ KEY_OPTIONS, LAUNCH_DATA_ARRAY },
		{ KEY_MODULE, LAUNCH_DATA_STRING },
		{ KEY_TIMEOUT, LAUNCH_DATA_INTEGER },
		{ KEY_OPTIONAL, LAUNCH_DATA_BOOL },
	};
	struct check *ck = arg;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, key) == 0)
			break;
	}
	if (i == sizeof(keys) / sizeof(keys[0]))
		wrong(ck, key, "is not known");
	else if (launch_data_get_type(value) != keys[i].type)
		wrong(ck, key, "is of the wrong type");
	else if (keys[i].type == LAUNCH_DATA_ARRAY && !all_strings(value))
		wrong(ck, key, "holds what is not a string");
	else if (keys[i].type == LAUNCH_DATA_INTEGER &&
	    (launch_data_get_integer(value) < 0 ||
	    launch_data_get_integer(value) > 86400))
		wrong(ck, key, "is not between 0 and 86400");
}

/* A step does one thing. */
static void
check_step(const launch_data_t s, struct check *ck)
{
	int things;

	if (launch_data_get_type(s) != LAUNCH_DATA_DICTIONARY) {
		wrong(ck, "a step", "is not a dictionary");
		return;
	}
	launch_data_dict_iterate(s, check_step_key, ck);
	things = launch_data_array_get_count(launch_data_dict_lookup(s,
	    LAUNCH_JOBKEY_PROGRAMARGUMENTS)) != 0;
	things += string(s, KEY_MOUNT) != NULL;
	things += string(s, KEY_MODULE) != NULL;
	if (things != 1)
		wrong(ck, "a step", "does not do one thing");
}

static void
check_key(const launch_data_t value, const char *key, void *arg)
{
	struct check *ck = arg;
	size_t i;

	ck->key = key;
	if (launch_data_get_type(value) != LAUNCH_DATA_ARRAY) {
		wrong(ck, "", "is not an array");
	} else if (strcmp(key, KEY_JOBS) == 0) {
		if (!all_strings(value))
			wrong(ck, "", "holds what is not a string");
	} else if (strcmp(key, KEY_BOOT) == 0 ||
	    strcmp(key, KEY_SHUTDOWN) == 0) {
		for (i = 0; i < launch_data_array_get_count(value); i++)
			check_step(launch_data_array_get_index(value, i), ck);
	} else {
		wrong(ck, "", "is not known");
	}
}

/* Reads the boot file; false, said why, if it cannot be used. */
bool
boot_read(const char *path)
{
	struct check ck = { path, "", true };
	launch_data_t d;
	char error[512];

	d = launch_plist_read(path, error, sizeof(error));
	if (d == NULL) {
		log_warn("%s", error);
		return (false);
	}
	launch_data_dict_iterate(d, check_key, &ck);
	if (!ck.ok) {
		launch_data_free(d);
		return (false);
	}
	launch_data_free(file);
	file = d;
	return (true);
}

/* NULL if there are none. */
launch_data_t
boot_steps(void)
{
	return (launch_data_dict_lookup(file, KEY_BOOT));
}

launch_data_t
boot_shutdown_steps(void)
{
	return (launch_data_dict_lookup(file, KEY_SHUTDOWN));
}

/* Loads the jobs; with `again', those that are new. */
void
boot_load_jobs(bool again)
{
	launch_data_t jobs;
	size_t i;

	jobs = launch_data_dict_lookup(file, KEY_JOBS);
	for (i = 0; i < launch_data_array_get_count(jobs); i++)
		load_path(launch_data_get_string(launch_data_array_get_index(
		    jobs, i)), again);
}

/* What to call a step. */
void
step_name(const launch_data_t s, char *name, size_t size)
{
	launch_data_t args;
	size_t i, len;

	name[0] = '\0';
	if (string(s, KEY_MOUNT) != NULL) {
		snprintf(name, size, "mount %s", string(s, KEY_MOUNT));
		return;
	}
	if (string(s, KEY_MODULE) != NULL) {
		snprintf(name, size, "module %s", string(s, KEY_MODULE));
		return;
	}
	args = launch_data_dict_lookup(s, LAUNCH_JOBKEY_PROGRAMARGUMENTS);
	for (i = len = 0; i < launch_data_array_get_count(args) &&
	    len < size; i++)
		len += (size_t)snprintf(name + len, size - len, "%s%s",
		    i == 0 ? "" : " ", launch_data_get_string(
		    launch_data_array_get_index(args, i)));
}

/* Seconds a step may take; 0 is for ever. */
unsigned int
step_timeout(const launch_data_t s, unsigned int otherwise)
{
	launch_data_t v;

	v = launch_data_dict_lookup(s, KEY_TIMEOUT);
	return (v != NULL ? (unsigned int)launch_data_get_integer(v) :
	    otherwise);
}

/* Whether what follows goes on without it. */
bool
step_is_optional(const launch_data_t s)
{
	return (launch_data_get_bool(launch_data_dict_lookup(s,
	    KEY_OPTIONAL)));
}

static bool
do_mount(const launch_data_t s, char *error, size_t size)
{
	struct pid1_mount m;

	m.on = string(s, KEY_MOUNT);
	m.type = string(s, KEY_TYPE);
	m.from = string(s, KEY_FROM);
	m.options = launch_data_dict_lookup(s, KEY_OPTIONS);
	return (pid1_os_mount(&m, error, size));
}

/*
 * In the child, with the console; does not return.  The end of the program is a
 * hangup of the console for whatever it has left in the background, as rc(8)
 * does; that is to go on.
 */
static void
run_program(const launch_data_t s, const char *mode)
{
	launch_data_t args;
	char **argv;
	size_t i, n;

	args = launch_data_dict_lookup(s, LAUNCH_JOBKEY_PROGRAMARGUMENTS);
	n = launch_data_array_get_count(args);
	argv = calloc(n + 1, sizeof(*argv));
	if (argv == NULL || setenv("LAUNCHD_MODE", mode, 1) == -1)
		_exit(126);
	for (i = 0; i < n; i++)
		argv[i] = (char *)(uintptr_t)launch_data_get_string(
		    launch_data_array_get_index(args, i));
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGTSTP, SIG_IGN);
	(void)execvp(argv[0], argv);
	log_warn("%s: %s", argv[0], strerror(errno));
	_exit(126);
}

/*
 * Does what a step says, or starts it, as `*pid': the child calls `prepare' and
 * runs its program, which finds `mode' in its environment.
 */
enum step_result
step_begin(const launch_data_t s, const char *mode, void (*prepare)(void),
    pid_t *pid)
{
	char error[256], name[128];
	bool ok;

	step_name(s, name, sizeof(name));
	log_info("%s", name);
	if (string(s, KEY_MOUNT) != NULL) {
		ok = do_mount(s, error, sizeof(error));
	} else if (string(s, KEY_MODULE) != NULL) {
		ok = pid1_os_module(string(s, KEY_MODULE), error,
		    sizeof(error));
	} else {
		*pid = fork_quietly();
		if (*pid == 0) {
			prepare();
			run_program(s, mode);
		}
		if (*pid > 0)
			return (STEP_RUNNING);
		*pid = 0;
		ok = false;
		snprintf(error, sizeof(error), "fork: %s", strerror(errno));
	}
	if (!ok)
		log_notice("%s: %s", name, error);
	return (ok ? STEP_DONE : STEP_FAILED);
}
