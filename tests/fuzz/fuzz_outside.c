/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Hostile sequences of traps against the kernel that libmach finds:
 *
 *	trap_fuzz_user [seconds]
 *
 * does inputs from one seed after the other until so many seconds have passed;
 * without them as many as TRAP_FUZZ_INPUTS says.  TRAP_FUZZ_SEED is the first.
 * Nothing else may use Mach meanwhile.
 *
 * The processes wait for steps in memory they share with this one.  What one
 * knows is its own: names, descriptors, memory.  One that has died of a step is
 * found out by what it does not answer.
 */

#ifdef __FreeBSD__
#include <sys/event.h>
#endif
#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mach/mach.h>
#include <mach/mach_port_fd.h>

#include "fuzz_host.h"
#include "test_path.h"
#include "trap.h"
#include "trap_fuzz.h"

#define	PATIENCE	60	/* seconds until what has not come never will */

enum order { STEP, EXEC, FORK };

static struct shared {
	pid_t		s_driver;
	uint8_t		s_input[FUZZ_INPUT];
	struct box {
		sem_t		b_go, b_done;
		enum order	b_order;
		size_t		b_offset, b_size, b_taken;
	}		s_boxes[FUZZ_PROCS];
} *shared;

static int shared_fd;
static pid_t pids[FUZZ_PROCS];

static const char *const counters[] = { "tasks", "watches", "fileports",
	"ports", "psets", "entries", "kmsgs", "requests", "members", "queued",
	"bytes", "notifications", "waiting" };

#define	NCOUNTERS	(sizeof(counters) / sizeof(counters[0]))

static uint64_t baseline[NCOUNTERS];

/*
 * In the processes.
 */

int
host_trap(int op, void *args, size_t size)
{
	return (mach_trap(op, args, size));
}

int
host_msg(void *msg, int option, uint32_t send_size, uint32_t rcv_size,
    uint32_t rcv_name, uint32_t timeout)
{
	struct mach_msg_trap_args args = { (uintptr_t)msg, (uint32_t)option,
		MACH_MSG_SIZES(send_size, rcv_size), rcv_name, timeout, 0 };

	return (mach_msg_trap(&args));
}

#ifdef __FreeBSD__
void
host_watch(uint32_t name, uint8_t how)
{
	const struct timespec now = { 0, 0 };
	static int kq = -1;
	struct kevent kev[4];

	if (kq == -1 && (kq = kqueue()) == -1)
		err(1, "kqueue");
	EV_SET(&kev[0], name, EVFILT_MACHPORT, how & 3 ? EV_ADD | how :
	    EV_DELETE, how & 4 ? how : 0, 0, NULL);
	(void)kevent(kq, kev, 1, NULL, 0, NULL);
	(void)kevent(kq, NULL, 0, kev, 4, &now);
	if (how > 240) {
		close(kq);
		kq = -1;
	}
}
#else
void
host_watch(uint32_t name, uint8_t how)
{
	(void)name;
	(void)how;
}
#endif

static void
in_seconds(struct timespec *ts, int seconds)
{
	if (clock_gettime(CLOCK_REALTIME, ts) != 0)
		err(1, "clock_gettime");
	ts->tv_sec += seconds;
}

/* Waits for an order, or for the end of who would give it. */
static void
wait_for_order(struct box *b)
{
	struct timespec ts;

	for (;;) {
		in_seconds(&ts, 5);
		if (sem_timedwait(&b->b_go, &ts) == 0)
			return;
		if (errno == ETIMEDOUT && kill(shared->s_driver, 0) != 0)
			_exit(0);
	}
}

static void
become_another(int proc)
{
	char program[PATH_MAX], fd[16], number[16];

	test_program(program);
	snprintf(fd, sizeof(fd), "%d", shared_fd);
	snprintf(number, sizeof(number), "%d", proc);
	execl(program, program, "process", fd, number, (char *)NULL);
	err(1, "%s", program);
}

static void
have_a_child(void)
{
	pid_t pid;

	pid = fork();
	if (pid == 0)
		_exit(0);
	if (pid == -1 || waitpid(pid, NULL, 0) != pid)
		err(1, "fork");
}

static void process_main(int proc) __attribute__((__noreturn__));

static void
process_main(int proc)
{
	struct box *b;

	signal(SIGPIPE, SIG_IGN);
	b = &shared->s_boxes[proc];
	fuzz_open();
	fuzz_introduce(proc);
	sem_post(&b->b_done);
	for (;;) {
		wait_for_order(b);
		if (b->b_order == EXEC)
			become_another(proc);
		if (b->b_order == FORK)
			have_a_child();
		else
			b->b_taken = fuzz_step(proc,
			    shared->s_input + b->b_offset, b->b_size);
		sem_post(&b->b_done);
	}
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
static void
wait_until(const char *name, uint64_t wanted)
{
	const struct timespec pause = { 0, 100000 };
	uint64_t value;
	time_t start;

	start = time(NULL);
	while ((value = variable(name)) != wanted) {
		if (time(NULL) > start + PATIENCE)
			fuzz_fail(name, value);
		(void)nanosleep(&pause, NULL);
	}
}

static void
wait_for_process(int proc)
{
	struct timespec ts;

	in_seconds(&ts, PATIENCE);
	while (sem_timedwait(&shared->s_boxes[proc].b_done, &ts) != 0) {
		if (errno != EINTR)
			fuzz_fail("does not answer", (uint64_t)pids[proc]);
	}
}

static void
order(int proc, enum order what)
{
	struct box *b;

	b = &shared->s_boxes[proc];
	b->b_order = what;
	sem_post(&b->b_go);
	wait_for_process(proc);
}

void
host_begin(void)
{
	size_t i;

	for (i = 0; i < NCOUNTERS; i++)
		baseline[i] = variable(counters[i]);
}

void
host_start(int proc)
{
	struct box *b;

	b = &shared->s_boxes[proc];
	if (sem_init(&b->b_go, 1, 0) != 0 || sem_init(&b->b_done, 1, 0) != 0)
		err(1, "sem_init");
	fflush(stdout);
	pids[proc] = fork();
	if (pids[proc] == 0)
		process_main(proc);
	if (pids[proc] == -1)
		err(1, "fork");
	wait_for_process(proc);
}

void
host_exec(int proc)
{
	order(proc, EXEC);
}

void
host_end(int proc)
{
	uint64_t tasks;

	tasks = variable("tasks");
	(void)kill(pids[proc], SIGKILL);
	if (waitpid(pids[proc], NULL, 0) != pids[proc])
		err(1, "waitpid");
	wait_until("tasks", tasks - 1);
}

void
host_fork(int proc, int neighbour)
{
	uint64_t tasks;

	tasks = variable("tasks");
	order(proc, FORK);
	wait_until("tasks", tasks);
	host_end(neighbour);
	host_start(neighbour);
}

size_t
host_step(int proc, const uint8_t *data, size_t size)
{
	struct box *b;

	b = &shared->s_boxes[proc];
	b->b_offset = (size_t)(data - shared->s_input);
	b->b_size = size;
	order(proc, STEP);
	return (b->b_taken);
}

void
host_finish(void)
{
	size_t i;

	for (i = 0; i < NCOUNTERS; i++)
		wait_until(counters[i], baseline[i]);
}

static void
map_shared(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED, shared_fd, 0);
	if (shared == MAP_FAILED)
		err(1, "mmap");
}

int
main(int argc, char *argv[])
{
	uint64_t inputs, seed;
	time_t end;

	if (argc == 4 && strcmp(argv[1], "process") == 0) {
		shared_fd = atoi(argv[2]);
		map_shared();
		process_main(atoi(argv[3]));
	}
	if (mach_init() != 0)
		errx(1, "there is no kernel to try");
	shared_fd = memfd_create("boxes", 0);
	if (shared_fd == -1 || ftruncate(shared_fd, sizeof(*shared)) != 0)
		err(1, "memfd_create");
	map_shared();
	shared->s_driver = getpid();
	seed = fuzz_setting("TRAP_FUZZ_SEED", 1);
	inputs = fuzz_setting("TRAP_FUZZ_INPUTS", 20);
	end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	while (inputs > 0 || time(NULL) < end) {
		/* The last line before the end tells which it was. */
		printf("TRAP_FUZZ_SEED=%ju\n", (uintmax_t)seed);
		fflush(stdout);
		trap_fuzz(shared->s_input, fuzz_random(seed++,
		    shared->s_input));
		inputs -= inputs > 0;
	}
	return (0);
}
