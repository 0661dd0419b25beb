/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * launchd as init: what its files share.
 */

#ifndef _PID1_H_
#define	_PID1_H_

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include <launch.h>

/* What the machine is stopped for. */
enum goal {
	GOAL_SINGLE,
	GOAL_REBOOT,
	GOAL_HALT,
	GOAL_POWEROFF,
	GOAL_POWERCYCLE
};

/* pid1_boot.c */
enum step_result {
	STEP_DONE,
	STEP_RUNNING,		/* as a process */
	STEP_FAILED		/* said why */
};

bool	boot_read(const char *);
launch_data_t boot_steps(void);
launch_data_t boot_shutdown_steps(void);
void	boot_load_jobs(bool);
enum step_result step_begin(const launch_data_t, const char *,
	    void (*)(void), pid_t *);
void	step_name(const launch_data_t, char *, size_t);
unsigned int step_timeout(const launch_data_t, unsigned int);
bool	step_is_optional(const launch_data_t);

/*
 * What differs between hosts: pid1_freebsd.c, pid1_linux.c.
 */

/* A file system to mount, or whose options are to change. */
struct pid1_mount {
	const char	*on;
	const char	*type;		/* NULL: as it is mounted */
	const char	*from;		/* NULL: as it is mounted, or type */
	launch_data_t	options;	/* strings: name, or name=value */
};

/* Makes a process that the kernel started one that others can start from. */
void	pid1_os_init(void);
/*
 * Gives a forked child a session whose terminal, if it can be one, and standard
 * descriptors are the console.  False, and errno, without a console.
 */
bool	pid1_os_console(const char *);
/*
 * In that child: whether whoever is at the console may be root there.  Asks for
 * the password where the console is not said to be secure.
 */
bool	pid1_os_authorize(void);
/* False with the reason in the buffer. */
bool	pid1_os_mount(const struct pid1_mount *, char *, size_t);
/* Loads a kernel module that is not; false with the reason in the buffer. */
bool	pid1_os_module(const char *, char *, size_t);
/* The machine is about to run jobs. */
void	pid1_os_multi_user(void);
/* Stops the machine; returns, with errno, only if it cannot. */
void	pid1_os_reboot(enum goal);

#endif /* !_PID1_H_ */
