/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What launchd as init asks of a FreeBSD kernel.
 */

#include <sys/param.h>
#include <sys/ioctl.h>
#include <sys/linker.h>
#include <sys/module.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <time.h>
#include <ttyent.h>
#include <unistd.h>

#include "pid1.h"

#define	MOUNT_OPTIONS	32	/* names and values for nmount(2) */

/* The arguments of nmount(2): names and values in turn. */
struct mount_args {
	struct iovec	iov[2 * MOUNT_OPTIONS];
	unsigned int	n;
	bool		full;
};

/* A value of NULL is an option that has none. */
static void
add(struct mount_args *a, const char *name, const char *value)
{
	struct iovec *iov;

	if (a->n + 2 > nitems(a->iov)) {
		a->full = true;
		return;
	}
	iov = &a->iov[a->n];
	iov[0].iov_base = (void *)(uintptr_t)name;
	iov[0].iov_len = strlen(name) + 1;
	iov[1].iov_base = (void *)(uintptr_t)value;
	iov[1].iov_len = value != NULL ? strlen(value) + 1 : 0;
	a->n += 2;
}

static void
mount_devfs(void)
{
	struct mount_args a;

	memset(&a, 0, sizeof(a));
	add(&a, "fstype", "devfs");
	add(&a, "fspath", "/dev");
	(void)nmount(a.iov, a.n, 0);
}

/* The kernel mounts /dev, unless there was no such directory then. */
static bool
has_devfs(void)
{
	struct stat dev, root;

	return (stat("/", &root) == 0 && stat("/dev", &dev) == 0 &&
	    root.st_dev != dev.st_dev);
}

void
pid1_os_init(void)
{
	(void)setsid();
	/* Who runs single user is somebody. */
	(void)setlogin("root");
	if (!has_devfs())
		mount_devfs();
}

/*
 * Who had the terminal has it no more.  What was written to it and is not out
 * yet, as our own last line, would be lost; it has a second.
 */
static void
take_terminal(const char *path)
{
	const struct timespec tick = { 0, 10000000 };
	int fd, left, ticks;

	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
	for (ticks = 0; fd != -1 && ticks < 100; ticks++) {
		if (ioctl(fd, TIOCOUTQ, &left) == -1 || left == 0)
			break;
		(void)nanosleep(&tick, NULL);
	}
	(void)revoke(path);
	if (fd != -1)
		close(fd);
}

bool
pid1_os_console(const char *path)
{
	int fd, i;

	(void)setsid();
	take_terminal(path);
	/* No open waits for a carrier. */
	fd = open(path, O_RDWR | O_NONBLOCK);
	if (fd == -1)
		return (false);
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	(void)tcsetsid(fd, getpid());
	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		(void)dup2(fd, i);
	if (fd > STDERR_FILENO)
		close(fd);
	return (true);
}

/* Asks until the password is right (true), or there is none (false). */
static bool
knows_password(const char *hash)
{
	char typed[128];
	const char *is;
	bool right;

	for (;;) {
		typed[0] = '\0';
		if (readpassphrase("Root password, or nothing to boot: ",
		    typed, sizeof(typed), RPP_ECHO_OFF) == NULL ||
		    typed[0] == '\0')
			return (false);
		is = crypt(typed, hash);
		right = is != NULL && strcmp(is, hash) == 0;
		explicit_bzero(typed, sizeof(typed));
		if (right)
			return (true);
	}
}

/* As ttys(5) has it for the console. */
bool
pid1_os_authorize(void)
{
	const struct passwd *root;
	const struct ttyent *console;

	console = getttynam("console");
	if (console == NULL || (console->ty_status & TTY_SECURE) != 0)
		return (true);
	root = getpwnam("root");
	return (root == NULL || root->pw_passwd[0] == '\0' ||
	    knows_password(root->pw_passwd));
}

/*
 * Adds an option as it is written: "name" or "name=value".  Returns a copy that
 * the arguments point into, or NULL.
 */
static char *
add_option(struct mount_args *a, const char *option)
{
	char *copy, *value;

	copy = strdup(option);
	if (copy == NULL) {
		a->full = true;
		return (NULL);
	}
	value = strchr(copy, '=');
	if (value != NULL)
		*value++ = '\0';
	add(a, copy, value);
	return (copy);
}

static bool
has_option(const launch_data_t options, const char *option)
{
	size_t i;

	for (i = 0; i < launch_data_array_get_count(options); i++) {
		if (strcmp(launch_data_get_string(launch_data_array_get_index(
		    options, i)), option) == 0)
			return (true);
	}
	return (false);
}

/* Options are the kernel's own; "update" is one, for what is mounted. */
bool
pid1_os_mount(const struct pid1_mount *m, char *error, size_t size)
{
	char *copies[MOUNT_OPTIONS], text[256];
	struct mount_args a;
	struct statfs sfs;
	size_t i, n;
	bool ok;

	memset(&a, 0, sizeof(a));
	memset(&sfs, 0, sizeof(sfs));
	if (has_option(m->options, "update"))
		(void)statfs(m->on, &sfs);
	add(&a, "fspath", m->on);
	add(&a, "fstype", m->type != NULL ? m->type : sfs.f_fstypename);
	if (m->from != NULL || sfs.f_mntfromname[0] != '\0')
		add(&a, "from", m->from != NULL ? m->from :
		    sfs.f_mntfromname);
	text[0] = '\0';
	add(&a, "errmsg", text);
	a.iov[a.n - 1].iov_len = sizeof(text);
	n = launch_data_array_get_count(m->options);
	if (n > nitems(copies))
		a.full = true;
	memset(copies, 0, sizeof(copies));
	for (i = 0; i < n && !a.full; i++)
		copies[i] = add_option(&a, launch_data_get_string(
		    launch_data_array_get_index(m->options, i)));
	if (a.full)
		errno = E2BIG;
	ok = !a.full && nmount(a.iov, a.n, 0) == 0;
	if (!ok)
		snprintf(error, size, "%s%s%s", text, text[0] != '\0' ? ": " :
		    "", strerror(errno));
	for (i = 0; i < nitems(copies); i++)
		free(copies[i]);
	return (ok);
}

bool
pid1_os_module(const char *name, char *error, size_t size)
{
	if (modfind(name) != -1 || kldload(name) != -1 || errno == EEXIST)
		return (true);
	snprintf(error, size, "%s", strerror(errno));
	return (false);
}

/*
 * A machine whose security level is neither off (-1) nor raised yet gets the
 * first one, as with init(8).
 */
void
pid1_os_multi_user(void)
{
	int level;
	size_t len;

	len = sizeof(level);
	if (sysctlbyname("kern.securelevel", &level, &len, NULL, 0) == 0 &&
	    level == 0) {
		level = 1;
		(void)sysctlbyname("kern.securelevel", NULL, NULL, &level,
		    sizeof(level));
	}
}

/* The kernel writes what is to be written and unmounts everything. */
void
pid1_os_reboot(enum goal goal)
{
	static const int howto[] = {
		[GOAL_SINGLE] = RB_AUTOBOOT,
		[GOAL_REBOOT] = RB_AUTOBOOT,
		[GOAL_HALT] = RB_HALT,
		[GOAL_POWEROFF] = RB_HALT | RB_POWEROFF,
		[GOAL_POWERCYCLE] = RB_POWERCYCLE,
	};

	(void)reboot(howto[goal]);
}
