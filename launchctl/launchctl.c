/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * launchctl: asks launchd to do things.
 */

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <launch.h>

#include "launch_priv.h"

static int cmd_list(int, char **);
static int cmd_load(int, char **);
static int cmd_unload(int, char **);
static int cmd_reboot(int, char **);
static int cmd_remove(int, char **);
static int cmd_singleuser(int, char **);
static int cmd_start(int, char **);
static int cmd_stop(int, char **);
static int cmd_submit(int, char **);

static const struct command {
	const char	*name;
	int		(*run)(int, char **);
	const char	*usage;
} commands[] = {
	{ "list", cmd_list, "list [label]" },
	{ "load", cmd_load, "load [-F] file ..." },
	{ "reboot", cmd_reboot, "reboot [halt | poweroff]" },
	{ "remove", cmd_remove, "remove label ..." },
	{ "singleuser", cmd_singleuser, "singleuser" },
	{ "start", cmd_start, "start label ..." },
	{ "stop", cmd_stop, "stop label ..." },
	{ "submit", cmd_submit, "submit -l label -- program [argument ...]" },
	{ "unload", cmd_unload, "unload file ..." },
};

#define	NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static const struct command *current;

static void
usage(void)
{
	size_t i;

	if (current != NULL) {
		fprintf(stderr, "usage: launchctl %s\n", current->usage);
		exit(64);
	}
	for (i = 0; i < NCOMMANDS; i++)
		fprintf(stderr, "%s launchctl %s\n", i == 0 ? "usage:" :
		    "      ", commands[i].usage);
	exit(64);
}

/* What an errno from launchd means for a job. */
static const char *
reason(int error)
{
	switch (error) {
	case ESRCH:
		return ("no such job is loaded; see launchctl list");
	case EEXIST:
		return ("already loaded; unload it first");
	case EADDRINUSE:
		return ("one of its Mach services belongs to another job");
	case EINVAL:
		return ("launchd refuses it; its log says why");
	case EBUSY:
		return ("launchd is stopping and loads nothing");
	case ENOTSUP:
		return ("this launchd is not init");
	default:
		return (strerror(error));
	}
}

static launch_data_t
ask(launch_data_t request)
{
	launch_data_t answer;

	if (request == NULL)
		err(1, NULL);
	answer = launch_msg(request);
	if (answer == NULL)
		err(69, "no answer from launchd at %s; start launchd, or set "
		    "%s to its socket", launch_socket_path(),
		    LAUNCHD_SOCKET_ENV);
	launch_data_free(request);
	return (answer);
}

/* {key: value}; takes the value over. */
static launch_data_t
make_request(const char *key, launch_data_t value)
{
	launch_data_t d;

	d = launch_data_alloc(LAUNCH_DATA_DICTIONARY);
	if (d == NULL || !launch_data_dict_insert(d, value, key))
		err(1, NULL);
	return (d);
}

/* Asks for something that is answered with an errno, and reports it. */
static bool
order(const char *key, launch_data_t value, const char *about)
{
	launch_data_t answer;
	int error;

	answer = ask(make_request(key, value));
	error = launch_data_get_errno(answer);
	launch_data_free(answer);
	if (error != 0)
		warnx("%s: %s", about, reason(error));
	return (error == 0);
}

static int
order_labels(const char *key, int argc, char **argv)
{
	int i, status;

	if (argc < 2)
		usage();
	status = 0;
	for (i = 1; i < argc; i++) {
		if (!order(key, launch_data_new_string(argv[i]), argv[i]))
			status = 1;
	}
	return (status);
}

static int
cmd_remove(int argc, char **argv)
{
	return (order_labels(LAUNCH_KEY_REMOVEJOB, argc, argv));
}

static int
cmd_start(int argc, char **argv)
{
	return (order_labels(LAUNCH_KEY_STARTJOB, argc, argv));
}

static int
cmd_stop(int argc, char **argv)
{
	return (order_labels(LAUNCH_KEY_STOPJOB, argc, argv));
}

/* Stops the machine, with its init. */
static int
shut_down(const char *how)
{
	return (order(LAUNCH_KEY_SHUTDOWN, launch_data_new_string(how), how) ?
	    0 : 1);
}

static int
cmd_reboot(int argc, char **argv)
{
	if (argc == 1)
		return (shut_down("reboot"));
	if (argc != 2 || (strcmp(argv[1], "halt") != 0 &&
	    strcmp(argv[1], "poweroff") != 0))
		usage();
	return (shut_down(argv[1]));
}

static int
cmd_singleuser(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		usage();
	return (shut_down("single"));
}

static void
warn_key(const char *key, void *arg)
{
	warnx("%s: warning: unknown key %s", (const char *)arg, key);
}

/* Reads and checks a job's file; NULL after saying why not. */
static launch_data_t
read_job(const char *path)
{
	launch_data_t dict;
	char error[512];

	dict = launch_plist_read(path, error, sizeof(error));
	if (dict == NULL) {
		warnx("%s", error);
		return (NULL);
	}
	if (!launch_job_check(dict, error, sizeof(error), warn_key,
	    (void *)(uintptr_t)path)) {
		warnx("%s: %s", path, error);
		launch_data_free(dict);
		return (NULL);
	}
	return (dict);
}

static bool
load_file(const char *path, bool force)
{
	launch_data_t dict;

	dict = read_job(path);
	if (dict == NULL)
		return (false);
	if (!force && launch_data_get_bool(launch_data_dict_lookup(dict,
	    LAUNCH_JOBKEY_DISABLED))) {
		warnx("%s: the job is disabled; load -F loads it all the same",
		    path);
		launch_data_free(dict);
		return (false);
	}
	return (order(LAUNCH_KEY_SUBMITJOB, dict, path));
}

static int
cmd_load(int argc, char **argv)
{
	bool force;
	int ch, status;

	force = false;
	while ((ch = getopt(argc, argv, "F")) != -1) {
		if (ch != 'F')
			usage();
		force = true;
	}
	if (optind == argc)
		usage();
	status = 0;
	for (; optind < argc; optind++) {
		if (!load_file(argv[optind], force))
			status = 1;
	}
	return (status);
}

static int
cmd_unload(int argc, char **argv)
{
	launch_data_t dict, label;
	int i, status;

	if (argc < 2)
		usage();
	status = 0;
	for (i = 1; i < argc; i++) {
		dict = read_job(argv[i]);
		if (dict == NULL) {
			status = 1;
			continue;
		}
		label = launch_data_copy(launch_data_dict_lookup(dict,
		    LAUNCH_JOBKEY_LABEL));
		launch_data_free(dict);
		if (!order(LAUNCH_KEY_REMOVEJOB, label, argv[i]))
			status = 1;
	}
	return (status);
}

static int
cmd_submit(int argc, char **argv)
{
	launch_data_t args, dict;
	const char *label;
	int ch, i;

	label = NULL;
	while ((ch = getopt(argc, argv, "+l:")) != -1) {
		if (ch != 'l')
			usage();
		label = optarg;
	}
	if (label == NULL || optind == argc)
		usage();
	args = launch_data_alloc(LAUNCH_DATA_ARRAY);
	for (i = optind; i < argc; i++)
		launch_data_array_set_index(args,
		    launch_data_new_string(argv[i]), (size_t)(i - optind));
	dict = make_request(LAUNCH_JOBKEY_PROGRAMARGUMENTS, args);
	launch_data_dict_insert(dict, launch_data_new_string(label),
	    LAUNCH_JOBKEY_LABEL);
	launch_data_dict_insert(dict, launch_data_new_bool(true),
	    LAUNCH_JOBKEY_RUNATLOAD);
	return (order(LAUNCH_KEY_SUBMITJOB, dict, label) ? 0 : 1);
}

static void
list_job(const launch_data_t job, const char *label, void *arg)
{
	launch_data_t pid, status;
	int st;

	(void)arg;
	pid = launch_data_dict_lookup(job, LAUNCH_JOBKEY_PID);
	status = launch_data_dict_lookup(job, LAUNCH_JOBKEY_LASTEXITSTATUS);
	st = (int)launch_data_get_integer(status);
	if (pid != NULL)
		printf("%lld\t-\t%s\n", launch_data_get_integer(pid), label);
	else if (status == NULL)
		printf("-\t-\t%s\n", label);
	else if (WIFSIGNALED(st))
		printf("-\t-%d\t%s\n", WTERMSIG(st), label);
	else
		printf("-\t%d\t%s\n", WEXITSTATUS(st), label);
}

static void print_value(const launch_data_t, const char *, void *);

static void
print_indent(int depth)
{
	while (depth-- > 0)
		putchar('\t');
}

/* A value as a line, or lines, of an old-style property list. */
static void
print_value(const launch_data_t value, const char *key, void *arg)
{
	int depth, inner;
	size_t i;

	depth = *(int *)arg;
	inner = depth + 1;
	print_indent(depth);
	if (key != NULL)
		printf("\"%s\" = ", key);
	switch (launch_data_get_type(value)) {
	case LAUNCH_DATA_STRING:
		printf("\"%s\";\n", launch_data_get_string(value));
		break;
	case LAUNCH_DATA_INTEGER:
		printf("%lld;\n", launch_data_get_integer(value));
		break;
	case LAUNCH_DATA_BOOL:
		printf("%s;\n", launch_data_get_bool(value) ? "true" :
		    "false");
		break;
	case LAUNCH_DATA_ARRAY:
		puts("(");
		for (i = 0; i < launch_data_array_get_count(value); i++)
			print_value(launch_data_array_get_index(value, i),
			    NULL, &inner);
		print_indent(depth);
		puts(");");
		break;
	case LAUNCH_DATA_DICTIONARY:
		puts("{");
		launch_data_dict_iterate(value, print_value, &inner);
		print_indent(depth);
		puts("};");
		break;
	default:
		puts("?;");
		break;
	}
}

static int
list_one(const char *label)
{
	launch_data_t answer;
	int depth, error;

	answer = ask(make_request(LAUNCH_KEY_GETJOB,
	    launch_data_new_string(label)));
	error = launch_data_get_errno(answer);
	depth = 0;
	if (error != 0)
		warnx("%s: %s", label, reason(error));
	else
		print_value(answer, NULL, &depth);
	launch_data_free(answer);
	return (error == 0 ? 0 : 1);
}

static int
cmd_list(int argc, char **argv)
{
	launch_data_t answer;

	if (argc > 2)
		usage();
	if (argc == 2)
		return (list_one(argv[1]));
	answer = ask(launch_data_new_string(LAUNCH_KEY_GETJOBS));
	puts("PID\tStatus\tLabel");
	launch_data_dict_iterate(answer, list_job, NULL);
	launch_data_free(answer);
	return (0);
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		usage();
	for (i = 0; i < NCOMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			current = &commands[i];
			return (current->run(argc - 1, argv + 1));
		}
	}
	warnx("%s: unknown subcommand", argv[1]);
	usage();
	return (64);
}
