/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * machstat: the variables of kern.mach, and the rights of processes.
 */

#include <sys/types.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach.h>
#include <mach/mach_port_info.h>

#include "trap.h"

/* Room beyond what there was a moment ago. */
#define	SLACK	16u

static void
usage(void)
{
	fprintf(stderr, "usage: machstat [name ...]\n"
	    "       machstat -a | -p pid\n");
	exit(64);
}

static const char *
kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[MACH_PORT_INFO_PORT] = "port",
		[MACH_PORT_INFO_TASK] = "task",
		[MACH_PORT_INFO_THREAD] = "thread",
		[MACH_PORT_INFO_HOST] = "host",
		[MACH_PORT_INFO_FILE] = "file",
	};

	return (kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?");
}

/* The rights of a name, a letter each. */
static const char *
rights_name(uint32_t type, char buf[8])
{
	static const struct {
		uint32_t	bit;
		char		letter;
	} rights[] = {
		{ MACH_PORT_TYPE_RECEIVE, 'r' },
		{ MACH_PORT_TYPE_SEND, 's' },
		{ MACH_PORT_TYPE_SEND_ONCE, 'o' },
		{ MACH_PORT_TYPE_PORT_SET, 'p' },
		{ MACH_PORT_TYPE_DEAD_NAME, 'd' },
		{ MACH_PORT_TYPE_DNREQUEST, 'D' },
		{ MACH_PORT_TYPE_SPREQUEST, 'S' },
	};
	char *p;
	size_t i;

	p = buf;
	for (i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		if ((type & rights[i].bit) != 0)
			*p++ = rights[i].letter;
	}
	*p = '\0';
	return (buf);
}

static void
print_right(pid_t pid, const struct mach_port_info *pi)
{
	char rights[8];

	printf("%5d %8x %-6s %5u", (int)pid, pi->pi_name,
	    rights_name(pi->pi_type, rights), pi->pi_urefs);
	if ((pi->pi_type & MACH_PORT_TYPE_PORT_RIGHTS) == 0) {
		printf("\n");
		return;
	}
	printf(" %-6s", kind_name(pi->pi_kind));
	if (pi->pi_receiver != 0)
		printf(" %5d %8x", pi->pi_receiver, pi->pi_receives_as);
	else
		printf(" %5s %8s", "-", "-");
	printf(" %4u %5u %5u %5u\n", pi->pi_messages, pi->pi_qlimit,
	    pi->pi_sends, pi->pi_sendonces);
}

static void
print_heading(void)
{
	printf("%5s %8s %-6s %5s %-6s %5s %8s %4s %5s %5s %5s\n", "PID",
	    "NAME", "RIGHTS", "REFS", "KIND", "RPID", "RNAME", "MSGS",
	    "LIMIT", "SENDS", "ONCES");
}

/* Prints the rights of a process; 0, or -1 and errno. */
static int
print_process(pid_t pid)
{
	struct mach_port_info *info;
	unsigned int count, i, room;

	info = NULL;
	count = 0;
	do {
		room = count + SLACK;
		info = realloc(info, room * sizeof(*info));
		if (info == NULL)
			err(1, NULL);
		count = room;
		if (mach_port_info(pid, info, &count) == -1) {
			free(info);
			return (-1);
		}
	} while (count > room);
	for (i = 0; i < count; i++)
		print_right(pid, &info[i]);
	free(info);
	return (0);
}

/* Processes that are gone by the time they are looked at are left out. */
static void
print_all(void)
{
	unsigned int count, i, room;
	pid_t *pids;

	pids = NULL;
	count = 0;
	do {
		room = count + SLACK;
		pids = realloc(pids, room * sizeof(*pids));
		if (pids == NULL)
			err(1, NULL);
		count = room;
		if (mach_port_info_pids(pids, &count) == -1)
			err(1, "cannot list processes");
	} while (count > room);
	print_heading();
	for (i = 0; i < count; i++)
		(void)print_process(pids[i]);
	free(pids);
}

static pid_t
number(const char *arg)
{
	char *end;
	long n;

	n = strtol(arg, &end, 10);
	if (*arg == '\0' || *end != '\0' || n <= 0 || n > INT32_MAX)
		usage();
	return ((pid_t)n);
}

static int
print_variables(int argc, char **argv)
{
	char name[64];
	uint64_t value;
	int i;

	for (i = 0; i < argc; i++) {
		if (mach_sysctl(argv[i], &value) != 0)
			errx(1, "kern.mach.%s: no such variable", argv[i]);
		printf("kern.mach.%s: %ju\n", argv[i], (uintmax_t)value);
	}
	if (argc > 0)
		return (0);
	name[0] = '\0';
	while (mach_sysctl_next(name, sizeof(name), &value) == 0)
		printf("%s: %ju\n", name, (uintmax_t)value);
	if (name[0] == '\0')
		errx(1, "cannot list the variables of kern.mach");
	return (0);
}

int
main(int argc, char **argv)
{
	pid_t pid;
	int ch;

	while ((ch = getopt(argc, argv, "ap:")) != -1) {
		switch (ch) {
		case 'a':
			if (argc != optind)
				usage();
			print_all();
			return (0);
		case 'p':
			if (argc != optind)
				usage();
			pid = number(optarg);
			print_heading();
			if (print_process(pid) == -1)
				err(1, "%d", (int)pid);
			return (0);
		default:
			usage();
		}
	}
	return (print_variables(argc - optind, argv + optind));
}
