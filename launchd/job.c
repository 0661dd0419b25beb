/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Jobs: what they are, and when they run.
 *
 * A job runs because it is to run at load, is to be kept alive, was asked for
 * by name, or one of its services is wanted.  However often it is wanted, it is
 * not started more than once per ThrottleInterval.  It ends by itself, or with
 * SIGTERM, and SIGKILL if that takes longer than ExitTimeOut.
 */

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launchd.h"

static LIST_HEAD(, job) jobs = LIST_HEAD_INITIALIZER(jobs);

static bool accepting;		/* jobs may be loaded */
static bool held;		/* none is started */

struct job *
job_find(const char *label)
{
	struct job *j;

	LIST_FOREACH(j, &jobs, j_link) {
		if (strcmp(j->j_label, label) == 0)
			return (j);
	}
	return (NULL);
}

/*
 * The job a process belongs to: the one whose session it is in.
 *
 * A session is told by pid, and a sender may have ended since, and its pid be
 * that of a process of the job.  Its pidversion would not help: each exec(2)
 * gives a new one, in processes of which launchd never hears, and nothing tells
 * which one is current.  It need not: what a check-in yields goes to the reply
 * port, which has ended with the sender, and so comes back.  Only a sender that
 * names the reply port of an accomplice could gain, if its pid, of all, came
 * round to the job while its request waits in the queue.
 */
struct job *
job_of_process(pid_t pid)
{
	struct job *j;
	pid_t session;

	session = getsid(pid);
	LIST_FOREACH(j, &jobs, j_link) {
		if (j->j_pid != 0 && (j->j_pid == pid || j->j_pid == session))
			return (j);
	}
	return (NULL);
}

void
jobs_iterate(void (*fn)(struct job *, void *), void *arg)
{
	struct job *j;

	LIST_FOREACH(j, &jobs, j_link)
		fn(j, arg);
}

static launch_data_t
lookup(struct job *j, const char *key)
{
	return (launch_data_dict_lookup(j->j_dict, key));
}

static unsigned int
keepalive_if(launch_data_t conditions, const char *key, enum keepalive yes,
    enum keepalive no)
{
	launch_data_t v;

	v = launch_data_dict_lookup(conditions, key);
	if (v == NULL)
		return (KEEPALIVE_NO);
	return (launch_data_get_bool(v) ? yes : no);
}

struct path_state {
	bool	holds;
};

static void
check_path(const launch_data_t there, const char *path, void *arg)
{
	struct path_state *ps = arg;

	if ((access(path, F_OK) == 0) == launch_data_get_bool(there))
		ps->holds = true;
}

/* Whether a path of PathState is there, or is not, as it should. */
static bool
path_state_holds(struct job *j)
{
	struct path_state ps = { false };

	launch_data_dict_iterate(launch_data_dict_lookup(lookup(j,
	    LAUNCH_JOBKEY_KEEPALIVE), LAUNCH_JOBKEY_KEEPALIVE_PATHSTATE),
	    check_path, &ps);
	return (ps.holds);
}

/* Any condition of several is enough. */
static unsigned int
parse_keepalive(launch_data_t value)
{
	if (value == NULL)
		return (KEEPALIVE_NO);
	if (launch_data_get_type(value) == LAUNCH_DATA_BOOL)
		return (launch_data_get_bool(value) ? KEEPALIVE_YES :
		    KEEPALIVE_NO);
	return (keepalive_if(value, LAUNCH_JOBKEY_KEEPALIVE_SUCCESSFULEXIT,
	    KEEPALIVE_ON_SUCCESS, KEEPALIVE_ON_FAILURE) |
	    keepalive_if(value, LAUNCH_JOBKEY_KEEPALIVE_CRASHED,
	    KEEPALIVE_ON_CRASH, KEEPALIVE_ON_NO_CRASH));
}

static unsigned int
seconds(struct job *j, const char *key, unsigned int otherwise)
{
	launch_data_t v;

	v = lookup(j, key);
	return (v != NULL ? (unsigned int)launch_data_get_integer(v) :
	    otherwise);
}

static void
job_free(struct job *j)
{
	struct service *s;

	while ((s = LIST_FIRST(&j->j_services)) != NULL)
		service_delete(s);
	if (j->j_timer != NULL)
		event_free(j->j_timer);
	job_spawn_done(j);
	launch_data_free(j->j_dict);
	free(j);
}

static void job_timer(evutil_socket_t, short, void *);

static void
start_timer(struct job *j, long secs)
{
	const struct timeval tv = { secs, 0 };

	if (event_add(j->j_timer, &tv) == -1)
		log_warn("%s: cannot set a timer", j->j_label);
}

/* Whether a job runs as soon as it is loaded. */
static bool
runs_at_load(struct job *j)
{
	return (launch_data_get_bool(lookup(j, LAUNCH_JOBKEY_RUNATLOAD)) ||
	    j->j_keepalive != KEEPALIVE_NO || path_state_holds(j));
}

/*
 * Loads a job that has been checked; takes the dictionary over if it succeeds.
 * NULL with the reason in `error' if not.
 */
struct job *
job_load(launch_data_t dict, char *error, size_t size)
{
	struct job *j;
	const char *label;
	struct service *s;

	label = launch_data_get_string(launch_data_dict_lookup(dict,
	    LAUNCH_JOBKEY_LABEL));
	if (job_find(label) != NULL) {
		snprintf(error, size, "%s is already loaded", label);
		return (NULL);
	}
	j = calloc(1, sizeof(*j));
	if (j == NULL || (j->j_timer = evtimer_new(base, job_timer, j)) ==
	    NULL) {
		free(j);
		snprintf(error, size, "out of memory");
		return (NULL);
	}
	j->j_dict = dict;
	j->j_label = label;
	LIST_INIT(&j->j_services);
	j->j_keepalive = parse_keepalive(lookup(j, LAUNCH_JOBKEY_KEEPALIVE));
	j->j_throttle = seconds(j, LAUNCH_JOBKEY_THROTTLEINTERVAL,
	    DEFAULT_THROTTLE);
	/* A job that cannot live must leave time for the others. */
	if (j->j_throttle == 0)
		j->j_throttle = 1;
	j->j_exit_timeout = seconds(j, LAUNCH_JOBKEY_EXITTIMEOUT,
	    DEFAULT_EXIT_TIMEOUT);
	if (!services_of_job(j, error, size)) {
		j->j_dict = NULL;
		job_free(j);
		return (NULL);
	}
	LIST_INSERT_HEAD(&jobs, j, j_link);
	LIST_FOREACH(s, &j->j_services, s_jlink)
		service_watch(s);
	if (runs_at_load(j))
		job_start(j);
	return (j);
}

/* Seconds until a job may start again, rounded up; 0 for now. */
static long
throttled(struct job *j)
{
	struct timespec now;
	long ran;

	if (!j->j_ran)
		return (0);
	clock_gettime(CLOCK_MONOTONIC, &now);
	ran = now.tv_sec - j->j_started.tv_sec;
	/* A second that has only begun is none. */
	if (now.tv_nsec < j->j_started.tv_nsec)
		ran--;
	return (ran < (long)j->j_throttle ? (long)j->j_throttle - ran : 0);
}

/* Starts a job that is not running, now or when its interval is over. */
void
job_start(struct job *j)
{
	long wait;

	if (j->j_pid != 0 || j->j_wanted || j->j_removing || held)
		return;
	services_unwatch(j);
	wait = throttled(j);
	if (wait > 0) {
		log_info("%s: Throttling respawn: Will start in %ld seconds",
		    j->j_label, wait);
		j->j_wanted = true;
		start_timer(j, wait);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &j->j_started);
	j->j_ran = true;
	j->j_stopping = false;
	j->j_pid = job_spawn(j);
	if (j->j_pid == -1) {
		/* The system is short of something: later, perhaps. */
		j->j_pid = 0;
		j->j_status = 1 << 8;
		j->j_wanted = true;
		start_timer(j, j->j_throttle);
	}
}

/* Either a job may start now, or it has had its time to end. */
static void
job_timer(evutil_socket_t fd, short what, void *arg)
{
	struct job *j = arg;

	(void)fd;
	(void)what;
	if (j->j_wanted) {
		j->j_wanted = false;
		job_start(j);
	} else if (j->j_pid != 0 && j->j_stopping) {
		log_warn("%s: did not end within %u seconds of SIGTERM; "
		    "sending SIGKILL to pid %d", j->j_label,
		    j->j_exit_timeout, (int)j->j_pid);
		(void)kill(j->j_pid, SIGKILL);
	}
}

/* Asks a job to end. */
void
job_stop(struct job *j)
{
	if (j->j_wanted) {
		j->j_wanted = false;
		evtimer_del(j->j_timer);
		services_job_ended(j);
	}
	if (j->j_pid == 0 || j->j_stopping)
		return;
	j->j_stopping = true;
	(void)kill(j->j_pid, SIGTERM);
	if (j->j_exit_timeout != 0)
		start_timer(j, (long)j->j_exit_timeout);
}

static void
job_delete(struct job *j)
{
	LIST_REMOVE(j, j_link);
	job_free(j);
}

/* Stops a job and forgets it. */
void
job_remove(struct job *j)
{
	j->j_removing = true;
	job_stop(j);
	if (j->j_pid == 0)
		job_delete(j);
}

/* Whether a signal is a program's own fault. */
static bool
is_crash(int status)
{
	if (!WIFSIGNALED(status))
		return (false);
	switch (WTERMSIG(status)) {
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGSEGV:
	case SIGSYS:
	case SIGTRAP:
		return (true);
	default:
		return (false);
	}
}

/* Whether a job that has just ended is started again. */
static bool
kept_alive(struct job *j)
{
	unsigned int end;

	end = WIFEXITED(j->j_status) && WEXITSTATUS(j->j_status) == 0 ?
	    KEEPALIVE_ON_SUCCESS : KEEPALIVE_ON_FAILURE;
	end |= is_crash(j->j_status) ? KEEPALIVE_ON_CRASH :
	    KEEPALIVE_ON_NO_CRASH;
	return ((j->j_keepalive & end) != 0 || path_state_holds(j));
}

static void
log_end(const struct job *j)
{
	if (WIFSIGNALED(j->j_status) && !j->j_stopping)
		log_warn("%s: pid %d was ended by signal %d", j->j_label,
		    (int)j->j_pid, WTERMSIG(j->j_status));
	else if (WIFEXITED(j->j_status) && WEXITSTATUS(j->j_status) != 0)
		log_warn("%s: pid %d exited with status %d", j->j_label,
		    (int)j->j_pid, WEXITSTATUS(j->j_status));
}

/* A child has ended. */
void
job_reap(pid_t pid, int status)
{
	struct job *j;

	LIST_FOREACH(j, &jobs, j_link) {
		if (j->j_pid == pid)
			break;
	}
	if (j == NULL)
		return;
	j->j_status = status;
	job_spawn_done(j);
	log_end(j);
	/* What it left behind in its process group goes too. */
	(void)kill(-pid, SIGTERM);
	evtimer_del(j->j_timer);
	j->j_pid = 0;
	if (j->j_removing) {
		job_delete(j);
		return;
	}
	services_job_ended(j);
	if (kept_alive(j))
		job_start(j);
}

/* What the job is and does, for launchctl; the caller frees it. */
launch_data_t
job_describe(struct job *j)
{
	launch_data_t d;

	d = launch_data_copy(j->j_dict);
	if (d == NULL)
		return (NULL);
	if (j->j_pid != 0)
		launch_data_dict_insert(d, launch_data_new_integer(j->j_pid),
		    LAUNCH_JOBKEY_PID);
	if (j->j_ran && j->j_pid == 0)
		launch_data_dict_insert(d,
		    launch_data_new_integer(j->j_status),
		    LAUNCH_JOBKEY_LASTEXITSTATUS);
	return (d);
}

/* Stops everything; true when nothing is left. */
bool
jobs_stop(void)
{
	struct job *j, *next;

	accepting = false;
	for (j = LIST_FIRST(&jobs); j != NULL; j = next) {
		next = LIST_NEXT(j, j_link);
		job_remove(j);
	}
	return (LIST_EMPTY(&jobs));
}

/* Mach IPC has come after jobs were loaded. */
void
jobs_make_services(void)
{
	struct job *j;
	char error[256];

	LIST_FOREACH(j, &jobs, j_link) {
		if (!LIST_EMPTY(&j->j_services))
			continue;
		if (!services_of_job(j, error, sizeof(error)))
			log_warn("%s: %s", j->j_label, error);
		services_job_ended(j);
	}
}

/* Jobs may be loaded, until all are stopped. */
void
jobs_accept(void)
{
	accepting = true;
}

bool
jobs_accepted(void)
{
	return (accepting);
}

/* Starts no job, whatever wants it, until jobs_resume(). */
void
jobs_hold(void)
{
	held = true;
}

/* Starts what would be running by now. */
void
jobs_resume(void)
{
	struct job *j;

	held = false;
	LIST_FOREACH(j, &jobs, j_link) {
		if (j->j_pid != 0 || j->j_wanted)
			continue;
		services_job_ended(j);
		if (j->j_ran ? kept_alive(j) : runs_at_load(j))
			job_start(j);
	}
}
