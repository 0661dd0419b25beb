/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * launchd as init: the states of the machine.
 *
 *	single user	a shell on the console; when it ends, boot
 *	boot		the steps of the boot file, one after the other; when
 *			one fails, single user
 *	multi-user	jobs run
 *	stop		the jobs are stopped, then the steps for shutdown are
 *			run, then every process gets SIGTERM, and SIGKILL if it
 *			takes its time; then single user, or the kernel is told
 *			to reboot, halt, or turn the power off
 *
 * Who asks is shutdown(8), reboot(8) and halt(8), with the signals of init(8),
 * or launchctl(1).
 *
 * Init must not end.  Nothing here waits except in the event loop; what cannot
 * be done is said on the console, and done without, or left to whoever is there
 * and gets a shell.  Should launchd itself fail, it begins anew, single user.
 */

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "launch_priv.h"
#include "launchd.h"
#include "pid1.h"

#define	BOOT_FILE	"/etc/launchd.boot.plist"
#define	PATH		"/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:" \
			"/usr/local/bin"

/* Seconds. */
#define	JOBS_PATIENCE	60	/* for all jobs to end */
#define	STEP_PATIENCE	120	/* for a step of a shutdown */
#define	TERM_PATIENCE	10	/* from SIGTERM to SIGKILL */
#define	KILL_PATIENCE	10	/* from SIGKILL to going on without */
#define	RETRY		5

static enum state {
	SINGLE,
	BOOT,
	MULTI,
	STOP_JOBS,
	STOP_STEPS,
	STOP_TERM,
	STOP_KILL
} state;

static enum goal goal;
static bool held;		/* SIGTSTP: nothing is started */
static bool boots;		/* when the timer fires */
static struct timespec shell_started;
static bool autoboot = true;	/* nobody has been single user yet */
static pid_t current;		/* the shell, or a step's program */
static struct event *timer;

static launch_data_t steps;	/* of boot or shutdown */
static size_t step;		/* the next one */

static const char *console = _PATH_CONSOLE;
static const char *boot_file = BOOT_FILE;
static char *self;		/* the path of this program */

static const struct {
	const char	*name;
	int		signal;
	const char	*what;
} goals[] = {
	[GOAL_SINGLE] =		{ "single", SIGTERM, "to single user" },
	[GOAL_REBOOT] =		{ "reboot", SIGINT, "to reboot" },
	[GOAL_HALT] =		{ "halt", SIGUSR1, "to halt" },
	[GOAL_POWEROFF] =	{ "poweroff", SIGUSR2, "to power off" },
	[GOAL_POWERCYCLE] =	{ "powercycle", SIGWINCH, "to cycle power" },
};

#define	NGOALS		(sizeof(goals) / sizeof(goals[0]))

static void finish(void);
static void next_step(void);

static void
set_timer(unsigned int seconds)
{
	const struct timeval tv = { seconds, 0 };

	if (event_add(timer, &tv) == -1)
		log_warn("cannot set a timer");
}

/* In a forked child: nothing of init's, and the console. */
static void
become_console_child(void)
{
	closefrom(STDERR_FILENO + 1);
	reset_signals();
	if (!pid1_os_console(console))
		log_warn("%s: %s", console, strerror(errno));
}

/*
 * Does not return; an abnormal end says that there was no shell, with a signal
 * that leaves no core in root's home.
 */
static void
run_shell(void)
{
	become_console_child();
	if (chdir("/root") == -1)
		(void)chdir("/");
	(void)setenv("HOME", "/root", 1);
	if (!isatty(STDIN_FILENO)) {
		log_warn("%s: no terminal, and so no shell", console);
		(void)raise(SIGKILL);
	}
	/* Who does not know the password can but boot. */
	if (!pid1_os_authorize())
		_exit(0);
	(void)execl(_PATH_BSHELL, "-sh", (char *)NULL);
	log_warn("%s: %s", _PATH_BSHELL, strerror(errno));
	(void)raise(SIGKILL);
}

static void
start_shell(void)
{
	clock_gettime(CLOCK_MONOTONIC, &shell_started);
	boots = false;
	current = fork_quietly();
	if (current == 0)
		run_shell();
	if (current == -1) {
		log_warn("cannot fork a shell: %s", strerror(errno));
		current = 0;
		set_timer(RETRY);
	}
}

static void
enter_single(void)
{
	state = SINGLE;
	autoboot = false;
	log_console_verbose(true);
	log_notice("single user; end the shell to boot");
	start_shell();
}

static void
enter_multi(void)
{
	state = MULTI;
	pid1_os_multi_user();
	if (!mach_start())
		log_warn("no Mach IPC: jobs do without their Mach services; "
		    "load the mach module and send launchd SIGHUP");
	(void)control_init(launch_socket_path());
	jobs_accept();
	log_notice("multi-user");
	log_console_verbose(false);
	boot_load_jobs(false);
}

static void
enter_boot(void)
{
	state = BOOT;
	if (!boot_read(boot_file)) {
		enter_single();
		return;
	}
	steps = boot_steps();
	step = 0;
	next_step();
}

/* Every process is told to end; finish() follows when all have. */
static void
stop_all(int signal)
{
	state = signal == SIGTERM ? STOP_TERM : STOP_KILL;
	evtimer_del(timer);
	/* An interactive shell does not listen to SIGTERM. */
	if (current != 0)
		(void)kill(-current, SIGHUP);
	if (kill(-1, signal) == -1 && errno == ESRCH) {
		finish();
		return;
	}
	set_timer(signal == SIGTERM ? TERM_PATIENCE : KILL_PATIENCE);
}

static void
stop_steps(void)
{
	state = STOP_STEPS;
	evtimer_del(timer);
	steps = boot_shutdown_steps();
	step = 0;
	next_step();
}

/* What the programs of steps find in LAUNCHD_MODE. */
static const char *
mode(void)
{
	if (state == BOOT)
		return (autoboot ? "autoboot" : "");
	return (goal == GOAL_SINGLE ? "single" : "reboot");
}

/* A step failed; whether the next one follows. */
static bool
go_on(const launch_data_t s)
{
	if (state == STOP_STEPS || step_is_optional(s))
		return (true);
	enter_single();
	return (false);
}

/* Steps, up to one that takes time. */
static void
next_step(void)
{
	unsigned int patience;
	launch_data_t s;

	while ((s = launch_data_array_get_index(steps, step)) != NULL) {
		step++;
		switch (step_begin(s, mode(), become_console_child,
		    &current)) {
		case STEP_DONE:
			break;
		case STEP_FAILED:
			if (!go_on(s))
				return;
			break;
		case STEP_RUNNING:
			patience = step_timeout(s, state == BOOT ? 0 :
			    STEP_PATIENCE);
			if (patience != 0)
				set_timer(patience);
			return;
		}
	}
	if (state == BOOT)
		enter_multi();
	else
		stop_all(SIGTERM);
}

static void
step_ended(int status)
{
	launch_data_t s;
	char name[128];

	s = launch_data_array_get_index(steps, step - 1);
	step_name(s, name, sizeof(name));
	evtimer_del(timer);
	if (WIFSIGNALED(status))
		log_notice("%s: ended by signal %d", name, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_notice("%s: exit status %d", name, WEXITSTATUS(status));
	/* Who holds us has ended it, and will stop the machine. */
	if (held)
		return;
	if ((WIFEXITED(status) && WEXITSTATUS(status) == 0) || go_on(s))
		next_step();
}

static void
shell_ended(int status)
{
	struct timespec now;

	if (held)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (WIFEXITED(status)) {
		/* A console that is closed ends every shell at once. */
		boots = now.tv_sec - shell_started.tv_sec < 2;
		if (boots)
			set_timer(1);
		else
			enter_boot();
		return;
	}
	log_notice("the shell was ended by signal %d", WTERMSIG(status));
	set_timer(RETRY);
}

static void
current_ended(int status)
{
	current = 0;
	if (state == SINGLE)
		shell_ended(status);
	else if (state == BOOT || state == STOP_STEPS)
		step_ended(status);
}

/* All there is to stop has been. */
static void
finish(void)
{
	evtimer_del(timer);
	if (goal == GOAL_SINGLE) {
		enter_single();
		return;
	}
	log_notice("everything has ended; %s", goals[goal].what);
	sync();
	pid1_os_reboot(goal);
	log_warn("the kernel refuses %s: %s", goals[goal].what,
	    strerror(errno));
	enter_single();
}

static void
stop(enum goal new)
{
	/* A machine that goes down does not stay up for single user. */
	if (state >= STOP_JOBS && new == GOAL_SINGLE)
		return;
	goal = new;
	log_notice("stopping, %s", goals[goal].what);
	switch (state) {
	case SINGLE:
	case BOOT:
		stop_all(SIGTERM);
		break;
	case MULTI:
		state = STOP_JOBS;
		log_console_verbose(true);
		if (jobs_stop())
			stop_steps();
		else
			set_timer(JOBS_PATIENCE);
		break;
	default:
		break;
	}
}

static void
on_stop_signal(evutil_socket_t sig, short what, void *arg)
{
	size_t i;

	(void)what;
	(void)arg;
	for (i = 0; i < NGOALS; i++) {
		if (goals[i].signal == (int)sig)
			stop((enum goal)i);
	}
}

static void
on_order(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	stop((enum goal)(uintptr_t)arg);
}

/*
 * What launchctl(1) asks for: the name of a goal.  Returns an errno; it is done
 * when the answer is on its way.
 */
int
pid1_order(const char *name)
{
	static const struct timeval now = { 0, 0 };
	size_t i;

	for (i = 0; i < NGOALS; i++) {
		if (strcmp(goals[i].name, name) == 0)
			return (event_base_once(base, -1, EV_TIMEOUT,
			    on_order, (void *)i, &now) == 0 ? 0 : ENOMEM);
	}
	return (EINVAL);
}

/* reboot(8) and halt(8) are going to end everything. */
static void
on_hold(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)arg;
	log_notice("nothing is started until SIGHUP");
	held = true;
	jobs_hold();
}

/* Goes on after a hold, and looks for what is new. */
static void
on_hangup(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)arg;
	held = false;
	jobs_resume();
	if (state == MULTI) {
		if (!mach_up && mach_start())
			jobs_make_services();
		(void)control_init(launch_socket_path());
		boot_load_jobs(true);
	} else if (current == 0 && (state == SINGLE || state == BOOT)) {
		enter_single();
	} else if (current == 0 && state == STOP_STEPS) {
		next_step();
	}
}

#ifdef SIGEMT
static void
on_reroot(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	(void)arg;
	log_notice("launchd cannot change the root file system; reboot");
}
#endif

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	char name[128];

	(void)fd;
	(void)what;
	(void)arg;
	switch (state) {
	case SINGLE:
		if (boots)
			enter_boot();
		else
			start_shell();
		break;
	case BOOT:
	case STOP_STEPS:
		step_name(launch_data_array_get_index(steps, step - 1), name,
		    sizeof(name));
		log_notice("%s: takes too long", name);
		(void)kill(-current, SIGKILL);
		break;
	case STOP_JOBS:
		log_notice("some jobs do not end");
		stop_steps();
		break;
	case STOP_TERM:
		stop_all(SIGKILL);
		break;
	case STOP_KILL:
		log_notice("some processes do not end");
		finish();
		break;
	case MULTI:
		break;
	}
}

/* Whatever ends, ours or an orphan, is waited for. */
static void
on_child(evutil_socket_t sig, short what, void *arg)
{
	pid_t pid;
	int status;

	(void)sig;
	(void)what;
	(void)arg;
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status)) {
			if (pid == current)
				(void)kill(pid, SIGCONT);
		} else if (pid == current) {
			current_ended(status);
		} else {
			job_reap(pid, status);
		}
	}
	if (state == STOP_JOBS && jobs_stop())
		stop_steps();
	if (pid == -1 && errno == ECHILD &&
	    (state == STOP_TERM || state == STOP_KILL))
		finish();
}

/* Begins anew, single user; returns only if that cannot be. */
static void
start_over(void)
{
	(void)execlp(self, self, "-s", "-b", boot_file, "-c", console,
	    (char *)NULL);
}

/*
 * After an error that leaves no event loop: a shell, and another try.
 */
static void
emergency(void)
{
	pid_t pid, shell;

	for (;;) {
		shell = fork_quietly();
		if (shell == 0)
			run_shell();
		do {
			pid = waitpid(-1, NULL, 0);
		} while (pid != shell && (pid != -1 || errno == EINTR));
		(void)sleep(RETRY);
		start_over();
	}
}

/* A fault of our own. */
static void
on_crash(int sig)
{
	if (getpid() != 1) {
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
		return;
	}
	log_crash(sig);
	(void)sleep(1);
	start_over();
	emergency();
}

static void
catch_crashes(void)
{
	static const int signals[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL,
	    SIGSEGV, SIGSYS, SIGXCPU, SIGXFSZ };
	static char stack[64 * 1024];
	struct sigaction sa;
	stack_t ss;
	size_t i;

	memset(&ss, 0, sizeof(ss));
	ss.ss_sp = stack;
	ss.ss_size = sizeof(stack);
	(void)sigaltstack(&ss, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_crash;
	sa.sa_flags = SA_ONSTACK;
	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &sa, NULL);
}

static void
catch_signals(void)
{
	size_t i;

	(void)signal(SIGTTIN, SIG_IGN);
	(void)signal(SIGTTOU, SIG_IGN);
	catch_signal(SIGCHLD, on_child);
	for (i = 0; i < NGOALS; i++)
		catch_signal(goals[i].signal, on_stop_signal);
	catch_signal(SIGTSTP, on_hold);
	catch_signal(SIGHUP, on_hangup);
#ifdef SIGEMT
	catch_signal(SIGEMT, on_reroot);
#endif
}

/* The kernel says -s, single user; the rest is for the init of a container. */
static bool
parse_options(int argc, char **argv)
{
	bool single;
	int ch;

	single = false;
	opterr = 0;
	while ((ch = getopt(argc, argv, "b:c:s")) != -1) {
		switch (ch) {
		case 'b':
			boot_file = optarg;
			break;
		case 'c':
			console = optarg;
			break;
		case 's':
			single = true;
			break;
		default:
			break;
		}
	}
	return (single);
}

/* launchd as the first process; does not return. */
void
pid1_main(int argc, char **argv)
{
	sigset_t none;
	bool single;

	self = argv[0];
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	single = parse_options(argc, argv);
	log_init(false);
	log_to_console(console, emergency);
	catch_crashes();
	(void)setenv("PATH", PATH, 0);
	event_loop_init();
	timer = evtimer_new(base, on_timer, NULL);
	if (timer == NULL)
		fatal("out of memory");
	catch_signals();
	/* After a failure of ours, processes are left. */
	if (single)
		stop_all(SIGTERM);
	else
		enter_boot();
	for (;;) {
		(void)event_base_dispatch(base);
		log_warn("the event loop ended");
		(void)sleep(RETRY);
	}
}
