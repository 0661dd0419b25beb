/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * scutil - the dynamic store's command line.
 */

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "scutil.h"

enum mode {
	MODE_SHELL,
	MODE_WAIT,
	MODE_GET,
	MODE_SET,
	MODE_DNS,
	MODE_PROXY,
	MODE_ERROR
};

struct arguments {
	enum mode	 mode;
	const char	*key;		/* of -w */
	int		 seconds;	/* of -t */
	int		 error;		/* of --error */
	bool		 privileged;	/* -p */
};

enum { OPTION_GET = 256, OPTION_SET, OPTION_DNS, OPTION_PROXY, OPTION_ERROR };

static const struct option long_options[] = {
	{ "get",	no_argument,	NULL,	OPTION_GET },
	{ "set",	no_argument,	NULL,	OPTION_SET },
	{ "dns",	no_argument,	NULL,	OPTION_DNS },
	{ "proxy",	no_argument,	NULL,	OPTION_PROXY },
	{ "error",	required_argument, NULL, OPTION_ERROR },
	{ NULL,		0,		NULL,	0 }
};

static void
usage(void)
{

	fprintf(stderr, "usage: scutil [-p]\n"
	    "           interactive access to the dynamic store\n"
	    "       scutil -w key [-t seconds]\n"
	    "           wait until a key exists\n"
	    "       scutil --get name | file path key\n"
	    "       scutil --set name [value]\n"
	    "           name is ComputerName, HostName or LocalHostName\n"
	    "       scutil --dns\n"
	    "       scutil --proxy\n"
	    "       scutil --error number\n");
	exit(EX_USAGE);
}

static int
parse_number(const char *text, int least)
{
	long number;
	char *end;

	number = strtol(text, &end, 0);
	if (end == text || *end != '\0' || number < least || number > INT_MAX)
		usage();
	return ((int)number);
}

static void
set_mode(struct arguments *arguments, enum mode mode)
{

	if (arguments->mode != MODE_SHELL)
		usage();
	arguments->mode = mode;
}

static void
parse_option(struct arguments *arguments, int option)
{
	switch (option) {
	case 'p':
		arguments->privileged = true;
		break;
	case 't':
		/* Milliseconds have to fit an int, too. */
		arguments->seconds = parse_number(optarg, 0);
		if (arguments->seconds > INT_MAX / 1000)
			arguments->seconds = INT_MAX / 1000;
		break;
	case 'w':
		set_mode(arguments, MODE_WAIT);
		arguments->key = optarg;
		break;
	case OPTION_GET:
		set_mode(arguments, MODE_GET);
		break;
	case OPTION_SET:
		set_mode(arguments, MODE_SET);
		break;
	case OPTION_DNS:
		set_mode(arguments, MODE_DNS);
		break;
	case OPTION_PROXY:
		set_mode(arguments, MODE_PROXY);
		break;
	case OPTION_ERROR:
		set_mode(arguments, MODE_ERROR);
		arguments->error = parse_number(optarg, INT_MIN);
		break;
	default:
		usage();
	}
}

static int
run_get(int count, char **words)
{

	if (count == 3)
		return (names_get_path(words[0], words[1], words[2]));
	if (count != 1)
		usage();
	return (names_get(words[0]));
}

static int
run_set(int count, char **words)
{

	if (count < 1 || count > 2)
		usage();
	return (names_set(words[0], count > 1 ? words[1] : NULL));
}

static int
show_error(int error)
{

	printf("Error: 0x%08x %d %s\n", (unsigned int)error, error,
	    scd_error_string(error));
	return (EXIT_SUCCESS);
}

int
main(int argc, char **argv)
{
	struct arguments arguments;
	int option;

	memset(&arguments, 0, sizeof(arguments));
	arguments.seconds = 15;
	while ((option = getopt_long(argc, argv, "+pt:w:", long_options,
	    NULL)) != -1)
		parse_option(&arguments, option);
	argc -= optind;
	argv += optind;
	if (arguments.mode == MODE_GET)
		return (run_get(argc, argv));
	if (arguments.mode == MODE_SET)
		return (run_set(argc, argv));
	if (argc != 0)
		usage();
	switch (arguments.mode) {
	case MODE_WAIT:
		return (wait_for_key(arguments.key, arguments.seconds));
	case MODE_DNS:
		return (show_dns());
	case MODE_PROXY:
		return (show_proxies());
	case MODE_ERROR:
		return (show_error(arguments.error));
	default:
		return (shell_run(arguments.privileged));
	}
}
