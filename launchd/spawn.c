/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Starting a job: everything between fork and exec.
 *
 * The child inherits launchd's bootstrap port, which is the one launchd serves.
 * What fails in the child is told to the parent through a pipe that exec
 * closes.  The parent waits for neither: the child opens files, and whoever
 * serves them may take for ever.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launchd.h"

/* What went wrong in the child. */
struct failure {
	int	error;
	char	what[256];
};

/* Where the child keeps its end of the pipe. */
#define	FAILURE_FD	3

static void
fail(const char *what, int error)
{
	struct failure f;

	memset(&f, 0, sizeof(f));
	f.error = error;
	snprintf(f.what, sizeof(f.what), "%s", what);
	(void)!write(FAILURE_FD, &f, sizeof(f));
	_exit(126);
}

/* The same for a name that the system does not know. */
static void
fail_unknown(const char *key, const char *name)
{
	char what[256];

	snprintf(what, sizeof(what), "%s %s", key, name);
	fail(what, 0);
}

static const char *
string(struct job *j, const char *key)
{
	return (launch_data_get_string(launch_data_dict_lookup(j->j_dict,
	    key)));
}

/*
 * Puts a file, or /dev/null, in the place of a standard descriptor.  A pipe
 * that nobody reads is an error and not something to wait for.
 */
static void
redirect(int target, const char *path, int flags)
{
	int fd;

	if (path == NULL)
		path = "/dev/null";
	fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);
	if (fd == -1 || fcntl(fd, F_SETFL, flags & O_APPEND) == -1 ||
	    dup2(fd, target) == -1)
		fail(path, errno);
}

static void
redirect_all(struct job *j)
{
	redirect(STDIN_FILENO, string(j, LAUNCH_JOBKEY_STANDARDINPATH),
	    O_RDONLY);
	redirect(STDOUT_FILENO, string(j, LAUNCH_JOBKEY_STANDARDOUTPATH),
	    O_WRONLY | O_CREAT | O_APPEND);
	redirect(STDERR_FILENO, string(j, LAUNCH_JOBKEY_STANDARDERRORPATH),
	    O_WRONLY | O_CREAT | O_APPEND);
}

/* Signals as a program expects them. */
void
reset_signals(void)
{
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Keeps the pipe and closes whatever else launchd has open, marked or not: a
 * job holds nothing of launchd's, nor of those who started launchd.
 */
static void
keep_only(int fd)
{
	if (fd != FAILURE_FD && dup2(fd, FAILURE_FD) == -1)
		_exit(126);
	if (fcntl(FAILURE_FD, F_SETFD, FD_CLOEXEC) == -1)
		fail("fcntl", errno);
	closefrom(FAILURE_FD + 1);
}

static void
set_login_variables(const struct passwd *pw)
{

	if (setenv("HOME", pw->pw_dir, 1) == -1 ||
	    setenv("SHELL", pw->pw_shell, 1) == -1 ||
	    setenv("LOGNAME", pw->pw_name, 1) == -1 ||
	    setenv("USER", pw->pw_name, 1) == -1)
		fail("setenv", errno);
}

static void
become_user(struct job *j)
{
	const char *group, *user;
	const struct passwd *pw;
	const struct group *gr;
	gid_t gid;

	user = string(j, LAUNCH_JOBKEY_USERNAME);
	group = string(j, LAUNCH_JOBKEY_GROUPNAME);
	pw = user != NULL ? getpwnam(user) : NULL;
	gr = group != NULL ? getgrnam(group) : NULL;
	if (user != NULL && pw == NULL)
		fail_unknown(LAUNCH_JOBKEY_USERNAME, user);
	if (group != NULL && gr == NULL)
		fail_unknown(LAUNCH_JOBKEY_GROUPNAME, group);
	if (pw == NULL && gr == NULL)
		return;
	if (pw == NULL) {
		if (geteuid() == 0 && setgroups(1, &gr->gr_gid) == -1)
			fail("setgroups", errno);
		if (setgid(gr->gr_gid) == -1)
			fail("setgid", errno);
		return;
	}
	gid = gr != NULL ? gr->gr_gid : pw->pw_gid;
	if (geteuid() == 0 && initgroups(pw->pw_name, gid) == -1)
		fail("initgroups", errno);
	if (setgid(gid) == -1)
		fail("setgid", errno);
	if (setuid(pw->pw_uid) == -1)
		fail("setuid", errno);
	set_login_variables(pw);
}

static void
set_variable(const launch_data_t value, const char *name, void *arg)
{
	(void)arg;
	if (setenv(name, launch_data_get_string(value), 1) == -1)
		fail(name, errno);
}

static void
set_surroundings(struct job *j)
{
	launch_data_t mask;
	const char *dir;

	if (setsid() == -1)
		fail("setsid", errno);
	mask = launch_data_dict_lookup(j->j_dict, LAUNCH_JOBKEY_UMASK);
	if (mask != NULL)
		(void)umask((mode_t)launch_data_get_integer(mask));
	/* What the job's user could not open, his job must not open either. */
	become_user(j);
	redirect_all(j);
	dir = string(j, LAUNCH_JOBKEY_WORKINGDIRECTORY);
	if (dir != NULL && chdir(dir) == -1)
		fail(dir, errno);
	launch_data_dict_iterate(launch_data_dict_lookup(j->j_dict,
	    LAUNCH_JOBKEY_ENVIRONMENTVARIABLES), set_variable, NULL);
}

static void
run(struct job *j)
{
	launch_data_t args;
	const char *program;
	char **argv;
	size_t i, n;

	program = string(j, LAUNCH_JOBKEY_PROGRAM);
	args = launch_data_dict_lookup(j->j_dict,
	    LAUNCH_JOBKEY_PROGRAMARGUMENTS);
	n = launch_data_array_get_count(args);
	argv = calloc(n + 2, sizeof(*argv));
	if (argv == NULL)
		fail("argv", ENOMEM);
	for (i = 0; i < n; i++)
		argv[i] = (char *)(uintptr_t)launch_data_get_string(
		    launch_data_array_get_index(args, i));
	if (n == 0)
		argv[0] = (char *)(uintptr_t)program;
	if (program != NULL)
		(void)execv(program, argv);
	else
		(void)execvp(argv[0], argv);
	fail(program != NULL ? program : argv[0], errno);
}

/*
 * Reports why a job's program could not be run, if it said so, and forgets the
 * pipe.  Called when the pipe is readable and when the child has ended.
 */
void
job_spawn_done(struct job *j)
{
	struct failure f;
	ssize_t n;
	int fd;

	if (j->j_spawn == NULL)
		return;
	fd = event_get_fd(j->j_spawn);
	do {
		n = read(fd, &f, sizeof(f));
	} while (n == -1 && errno == EINTR);
	if (n == (ssize_t)sizeof(f)) {
		f.what[sizeof(f.what) - 1] = '\0';
		log_warn("%s: cannot start: %s: %s", j->j_label, f.what,
		    f.error != 0 ? strerror(f.error) :
		    "the system knows no such name");
	}
	event_free(j->j_spawn);
	j->j_spawn = NULL;
	close(fd);
}

static void
spawn_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	job_spawn_done(arg);
}

/*
 * Forks.  Until the child has put the signals back it must take none: the
 * handlers it inherits would tell launchd.
 */
pid_t
fork_quietly(void)
{
	sigset_t all, old;
	pid_t pid;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid != 0)
		(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return (pid);
}

/*
 * Starts a job's program.  Returns its pid, or -1 when not even a process could
 * be made; a program that cannot be run is a process that exits with 126.
 */
pid_t
job_spawn(struct job *j)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) == -1) {
		log_warn("%s: pipe: %s", j->j_label, strerror(errno));
		return (-1);
	}
	pid = fork_quietly();
	if (pid == 0) {
		keep_only(fds[1]);
		reset_signals();
		set_surroundings(j);
		run(j);
	}
	close(fds[1]);
	if (pid == -1) {
		log_warn("%s: fork: %s", j->j_label, strerror(errno));
		close(fds[0]);
		return (-1);
	}
	j->j_spawn = event_new(base, fds[0], EV_READ, spawn_readable, j);
	if (j->j_spawn == NULL)
		close(fds[0]);
	else
		(void)event_add(j->j_spawn, NULL);
	return (pid);
}
