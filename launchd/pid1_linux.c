/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What launchd as init asks of a Linux kernel, as the init of a container: the
 * container's reboot(2) ends it, and is seen from outside.
 */

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pid1.h"

void
pid1_os_init(void)
{
	(void)setsid();
}

bool
pid1_os_console(const char *path)
{
	int fd, i;

	(void)setsid();
	fd = open(path, O_RDWR | O_APPEND | O_NOCTTY);
	if (fd == -1)
		return (false);
	/* It may be somebody else's terminal still. */
	(void)ioctl(fd, TIOCSCTTY, 1);
	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		(void)dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
	return (true);
}

/* Who has the container's terminal has the container. */
bool
pid1_os_authorize(void)
{
	return (true);
}

static const struct {
	const char	*name;
	unsigned long	set;
	unsigned long	clear;
} flags[] = {
	{ "noexec", MS_NOEXEC, 0 },
	{ "nosuid", MS_NOSUID, 0 },
	{ "ro", MS_RDONLY, 0 },
	{ "rw", 0, MS_RDONLY },
	{ "update", MS_REMOUNT, 0 },
};

/* Puts an option among the flags, or else among what the system wants. */
static bool
add_option(const char *option, unsigned long *bits, char *data, size_t size)
{
	size_t i, len;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(option, flags[i].name) == 0) {
			*bits = (*bits | flags[i].set) & ~flags[i].clear;
			return (true);
		}
	}
	len = strlen(data);
	return ((size_t)snprintf(data + len, size - len, "%s%s",
	    len == 0 ? "" : ",", option) < size - len);
}

bool
pid1_os_mount(const struct pid1_mount *m, char *error, size_t size)
{
	char data[512];
	unsigned long bits;
	size_t i;

	bits = 0;
	data[0] = '\0';
	for (i = 0; i < launch_data_array_get_count(m->options); i++) {
		if (!add_option(launch_data_get_string(
		    launch_data_array_get_index(m->options, i)), &bits, data,
		    sizeof(data))) {
			snprintf(error, size, "too many options");
			return (false);
		}
	}
	if (mount(m->from != NULL ? m->from : m->type, m->on, m->type, bits,
	    data) == 0)
		return (true);
	snprintf(error, size, "%s", strerror(errno));
	return (false);
}

bool
pid1_os_module(const char *name, char *error, size_t size)
{
	(void)name;
	snprintf(error, size, "modules are loaded by the machine, not by a "
	    "container");
	return (false);
}

void
pid1_os_multi_user(void)
{
}

void
pid1_os_reboot(enum goal goal)
{
	switch (goal) {
	case GOAL_HALT:
		(void)reboot(RB_HALT_SYSTEM);
		break;
	case GOAL_POWEROFF:
		(void)reboot(RB_POWER_OFF);
		break;
	default:
		(void)reboot(RB_AUTOBOOT);
		break;
	}
}
