/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Tasks that are processes, with whatever kernel libmach finds.
 *
 * A process has threads that wait for calls in mailboxes, in memory they all
 * share.  The first one also forks and execs, and interrupts the others; it is
 * killed to end it.  Forked and replaced processes find their mailboxes where
 * they were, or by the descriptor of the memory.
 */

#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mach/kern_return.h>

#include "agent.h"
#include "host_outside.h"
#include "model.h"
#include "test_path.h"
#include "trap.h"

#define	NBOXES	(1 + MODEL_THREADS)	/* of a task, the first thread first */

struct box {
	sem_t		b_go, b_done;
	struct call	b_call;
};

static struct shared {
	pid_t		s_driver;
	struct box	s_boxes[MODEL_TASKS][NBOXES];
} *shared;

static int shared_fd;
static pid_t pids[MODEL_TASKS];	/* of those that run */

static const char *const counters[] = { "tasks", "ports", "psets", "entries",
	"kmsgs", "requests", "members", "queued", "bytes", "notifications",
	"waiting" };

#define	NCOUNTERS	(sizeof(counters) / sizeof(counters[0]))

static uint64_t baseline[NCOUNTERS];
static uint64_t between;	/* tasks, when no run is going on */

int host_patience = 60;

/*
 * In the processes.
 */

int
agent_trap(int op, void *args, size_t size)
{
	return (mach_trap(op, args, size));
}

int
agent_msg(void *msg, int option, uint32_t send_size, uint32_t rcv_size,
    uint32_t rcv_name)
{
	struct mach_msg_trap_args args = { (uintptr_t)msg, (uint32_t)option,
		MACH_MSG_SIZES(send_size, rcv_size), rcv_name, 0, 0 };

	return (mach_msg_trap(&args));
}

static void
in_seconds(struct timespec *ts, int seconds)
{
	if (clock_gettime(CLOCK_REALTIME, ts) != 0)
		err(1, "clock_gettime");
	ts->tv_sec += seconds;
}

/* Waits for a call, or for the end of who would make it. */
static struct call *
wait_for_call(struct box *b)
{
	struct timespec ts;

	for (;;) {
		in_seconds(&ts, 5);
		if (sem_timedwait(&b->b_go, &ts) == 0)
			return (&b->b_call);
		if (errno == ETIMEDOUT && kill(shared->s_driver, 0) != 0)
			_exit(0);
	}
}

static void *
sleeper_main(void *arg)
{
	struct box *b = arg;

	for (;;) {
		agent_run(wait_for_call(b));
		sem_post(&b->b_done);
	}
	return (NULL);
}

static void agent_loop(int task) __attribute__((__noreturn__));

static void
agent_exec(int task)
{
	char program[PATH_MAX], fd[16], number[16];

	test_program(program);
	snprintf(fd, sizeof(fd), "%d", shared_fd);
	snprintf(number, sizeof(number), "%d", task);
	execl(program, program, "agent", fd, number, (char *)NULL);
	err(1, "%s", program);
}

static void
agent_fork(struct call *c)
{
	pid_t pid;
	int child;

	child = (int)c->name;
	pid = fork();
	if (pid == 0)
		agent_loop(child);
	c->result = pid;
}

static void
agent_loop(int task)
{
	pthread_t threads[MODEL_THREADS];
	struct call *c;
	struct box *b;
	int i;

	b = shared->s_boxes[task];
	for (i = 0; i < MODEL_THREADS; i++) {
		if (pthread_create(&threads[i], NULL, sleeper_main,
		    &b[1 + i]) != 0)
			errx(1, "no thread");
	}
	for (;;) {
		c = wait_for_call(b);
		switch (c->kind) {
		case CALL_FORK:
			agent_fork(c);
			break;
		case CALL_EXEC:
			/* The next call is the new program's. */
			sem_post(&b->b_done);
			agent_exec(task);
			break;
		case CALL_INTERRUPT:
			c->result = pthread_kill(threads[c->name], SIGUSR1);
			break;
		default:
			agent_run(c);
			break;
		}
		sem_post(&b->b_done);
	}
}

static void
wake(int signo)
{
	(void)signo;
}

/* A signal ends a sleep, and children that end are no concern of ours. */
static void
prepare_signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = wake;
	if (sigaction(SIGUSR1, &sa, NULL) != 0)
		err(1, "sigaction");
	sa.sa_handler = SIG_IGN;
	sa.sa_flags = SA_NOCLDWAIT;
	if (sigaction(SIGCHLD, &sa, NULL) != 0)
		err(1, "sigaction");
}

static void
map_shared(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED, shared_fd, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
}

void
agent_main(int fd, int task)
{
	shared_fd = fd;
	map_shared();
	prepare_signals();
	agent_loop(task);
}

/*
 * In the driver.
 */

static uint64_t
variable(const char *name)
{
	uint64_t value;

	if (mach_sysctl(name, &value) != 0)
		errx(1, "there is no kern.mach.%s", name);
	return (value);
}

/* Waits until a variable is what it should be. */
static bool
comes_to(const char *name, uint64_t value)
{
	const struct timespec pause = { 0, 50000 };
	time_t start;

	start = time(NULL);
	while (variable(name) != value) {
		if (time(NULL) > start + host_patience)
			return (false);
		(void)nanosleep(&pause, NULL);
	}
	return (true);
}

void
host_settle(void)
{
	if (between == 0)
		between = variable("tasks");
	if (!comes_to("tasks", between))
		errx(1, "processes of a run that has ended are left");
}

void
host_abandon(void)
{
	int t;

	if (shared->s_driver != getpid())
		return;
	for (t = 0; t < MODEL_TASKS; t++) {
		if (pids[t] > 0)
			(void)kill(pids[t], SIGKILL);
	}
}

void
host_begin(void)
{
	size_t i;

	shared_fd = memfd_create("mailboxes", 0);
	if (shared_fd == -1 || ftruncate(shared_fd, sizeof(*shared)) != 0)
		err(1, "memfd_create");
	map_shared();
	shared->s_driver = getpid();
	if (atexit(host_abandon) != 0)
		errx(1, "atexit");
	for (i = 0; i < NCOUNTERS; i++)
		baseline[i] = variable(counters[i]);
}

static void
new_boxes(int task)
{
	struct box *b;

	for (b = shared->s_boxes[task]; b < shared->s_boxes[task] + NBOXES;
	    b++) {
		if (sem_init(&b->b_go, 1, 0) != 0 ||
		    sem_init(&b->b_done, 1, 0) != 0)
			err(1, "sem_init");
	}
}

void
host_task_begin(int task)
{
	new_boxes(task);
	fflush(stdout);
	pids[task] = fork();
	if (pids[task] == 0) {
		prepare_signals();
		agent_loop(task);
	}
	if (pids[task] == -1)
		err(1, "fork");
}

static void
post(int task, int box, const struct call *c)
{
	struct box *b;

	b = &shared->s_boxes[task][box];
	b->b_call = *c;
	sem_post(&b->b_go);
}

static bool
done(int task, int box, struct call *c)
{
	struct box *b;
	struct timespec ts;

	b = &shared->s_boxes[task][box];
	in_seconds(&ts, host_patience);
	while (sem_timedwait(&b->b_done, &ts) != 0) {
		if (errno != EINTR)
			return (false);
	}
	*c = b->b_call;
	return (true);
}

bool
host_call(int task, struct call *c)
{
	post(task, 0, c);
	return (done(task, 0, c));
}

void
host_start(int task, int thread, const struct call *c)
{
	post(task, 1 + thread, c);
}

bool
host_finish(int task, int thread, struct call *c)
{
	return (done(task, 1 + thread, c));
}

static int
control(int task, enum call_kind kind, int name)
{
	static struct call c;

	c.kind = kind;
	c.name = (uint32_t)name;
	if (!host_call(task, &c))
		errx(1, "process %d does not answer", (int)pids[task]);
	return (c.result);
}

void
host_interrupt(int task, int thread)
{
	(void)control(task, CALL_INTERRUPT, thread);
}

void
host_fork(int parent, int child)
{
	new_boxes(child);
	pids[child] = control(parent, CALL_FORK, child);
	if (pids[child] <= 0)
		errx(1, "process %d does not fork", (int)pids[parent]);
}

void
host_exec(int task)
{
	(void)control(task, CALL_EXEC, 0);
}

/* The kernel sees an end a little later than who waits for it. */
void
host_exit(int task)
{
	uint64_t tasks;

	tasks = variable("tasks");
	(void)kill(pids[task], SIGKILL);
	(void)waitpid(pids[task], NULL, 0);
	pids[task] = 0;
	if (!comes_to("tasks", tasks - 1))
		errx(1, "a process does not end");
}

bool
host_asleep(int threads)
{
	return (comes_to("waiting", baseline[NCOUNTERS - 1] +
	    (uint64_t)threads));
}

const char *
host_end(void)
{
	size_t i;

	for (i = 0; i < NCOUNTERS; i++) {
		if (!comes_to(counters[i], baseline[i]))
			return (counters[i]);
	}
	(void)munmap(shared, sizeof(*shared));
	close(shared_fd);
	return (NULL);
}
