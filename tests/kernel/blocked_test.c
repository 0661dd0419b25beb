/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Threads that wait in mach_msg while the process around them stops, forks,
 * runs another program, exits, is killed or dumps core.
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "test_path.h"
#include "trap.h"

#define	TASK	mach_task_self()
#define	ROUNDS	20

/* A thread that waits, for what and how it ended. */
struct waiter {
	pthread_t	thread;
	pthread_barrier_t *ready;
	mach_port_t	port;
	mach_msg_option_t option;
	mach_msg_return_t result;
	mach_msg_id_t	id;
};

static void *
wait_thread(void *arg)
{
	struct waiter *w = arg;
	struct note note;

	memset(&note, 0, sizeof(note));
	note.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	note.head.msgh_remote_port = w->port;
	(void)pthread_barrier_wait(w->ready);
	w->result = mach_msg(&note.head, w->option, NOTE_SIZE, sizeof(note),
	    w->port, 600000, MACH_PORT_NULL);
	w->id = note.head.msgh_id;
	return (NULL);
}

static void
wait_start(struct waiter *w, pthread_barrier_t *ready, mach_port_t port,
    mach_msg_option_t option)
{
	w->ready = ready;
	w->port = port;
	w->option = option;
	ATF_REQUIRE_EQ(0, pthread_create(&w->thread, NULL, wait_thread, w));
}

static mach_port_t
full_port(void)
{
	mach_port_t port;
	int i;

	port = port_make_send();
	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		note_send(port, i);
	return (port);
}

static mach_port_t
set_of(mach_port_t port)
{
	mach_port_t set;

	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	KR_OK(mach_port_insert_member(TASK, port, set));
	return (set);
}

/* One thread for every way to wait. */
#define	NWAITERS	5

static void
wait_in_every_way(struct waiter w[NWAITERS])
{
	static pthread_barrier_t ready;

	ATF_REQUIRE_EQ(0, pthread_barrier_init(&ready, NULL, NWAITERS + 1));
	wait_start(&w[0], &ready, port_make_send(), MACH_RCV_MSG);
	wait_start(&w[1], &ready, port_make_send(),
	    MACH_RCV_MSG | MACH_RCV_TIMEOUT);
	wait_start(&w[2], &ready, set_of(port_make_send()), MACH_RCV_MSG);
	wait_start(&w[3], &ready, full_port(), MACH_SEND_MSG);
	wait_start(&w[4], &ready, full_port(),
	    MACH_SEND_MSG | MACH_SEND_TIMEOUT);
	(void)pthread_barrier_wait(&ready);
	counters_waiting(NWAITERS);
}

/* How a process ends whose threads wait. */
enum ending { EXITS, EXECS, ABORTS, WAITS };

static void
end_by(enum ending ending)
{
	const struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };

	switch (ending) {
	case EXITS:
		_exit(7);
	case EXECS:
		close(STDIN_FILENO);
		execl(test_path("probe"), "probe", "1", (char *)NULL);
		break;
	case ABORTS:
		(void)setrlimit(RLIMIT_CORE, &core);
		(void)signal(SIGABRT, SIG_DFL);
		(void)raise(SIGABRT);
		break;
	case WAITS:
		(void)pause();
		break;
	}
	_exit(127);
}

static pid_t
fork_waiters(enum ending ending)
{
	struct waiter w[NWAITERS];
	pid_t pid;

	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		wait_in_every_way(w);
		if (ending == WAITS)
			note_send(bootstrap_port, 2);
		end_by(ending);
	}
	return (pid);
}

ATF_TC_WITHOUT_HEAD(exit_while_threads_wait);
ATF_TC_BODY(exit_while_threads_wait, tc)
{
	int i;

	counters_start();
	for (i = 0; i < ROUNDS; i++)
		ATF_CHECK_EQ(7, child_status(fork_waiters(EXITS)));
	counters_check();
}

/* The other threads have to end before the program can be replaced. */
ATF_TC_WITHOUT_HEAD(exec_while_threads_wait);
ATF_TC_BODY(exec_while_threads_wait, tc)
{
	mach_port_t port;
	int i;

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	for (i = 0; i < ROUNDS; i++) {
		ATF_CHECK_EQ(0, child_status(fork_waiters(EXECS)));
		ATF_CHECK_EQ(1, note_take(port));
	}
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(abort_while_threads_wait);
ATF_TC_BODY(abort_while_threads_wait, tc)
{
	int i, status;
	pid_t pid;

	counters_start();
	for (i = 0; i < ROUNDS / 4; i++) {
		pid = fork_waiters(ABORTS);
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK(WIFSIGNALED(status));
		ATF_CHECK_EQ(SIGABRT, WTERMSIG(status));
	}
	counters_check();
}

ATF_TC_WITHOUT_HEAD(kill_while_threads_wait);
ATF_TC_BODY(kill_while_threads_wait, tc)
{
	mach_port_t port;
	int i, status;
	pid_t pid;
	struct note note;

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	for (i = 0; i < ROUNDS; i++) {
		pid = fork_waiters(WAITS);
		KR_OK(mach_msg(&note.head, MACH_RCV_MSG, 0, sizeof(note), port,
		    0, MACH_PORT_NULL));
		ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK(WIFSIGNALED(status));
		ATF_CHECK_EQ(SIGKILL, WTERMSIG(status));
	}
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* Threads wait on while another forks; the children have none of it. */
ATF_TC_WITHOUT_HEAD(fork_while_threads_wait);
ATF_TC_BODY(fork_while_threads_wait, tc)
{
	struct waiter w[NWAITERS];
	int i;
	pid_t pid;

	kernel_start();
	wait_in_every_way(w);
	for (i = 0; i < ROUNDS; i++) {
		pid = fork();
		ATF_REQUIRE(pid != -1);
		if (pid == 0)
			_exit(name_count() == 1 ? 0 : 1);
		ATF_CHECK_EQ(0, child_status(pid));
	}
	note_send(w[0].port, 10);
	note_send(w[1].port, 11);
	ATF_REQUIRE_EQ(0, pthread_join(w[0].thread, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(w[1].thread, NULL));
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, w[0].result);
	ATF_CHECK_EQ(10, w[0].id);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, w[1].result);
	ATF_CHECK_EQ(11, w[1].id);
	KR_OK(mach_port_destroy(TASK, w[2].port));
	ATF_REQUIRE_EQ(0, pthread_join(w[2].thread, NULL));
	ATF_CHECK(w[2].result == MACH_RCV_PORT_DIED ||
	    w[2].result == MACH_RCV_INVALID_NAME);
	for (i = 3; i < NWAITERS; i++) {
		ATF_CHECK_EQ(0, note_take(w[i].port));
		ATF_REQUIRE_EQ(0, pthread_join(w[i].thread, NULL));
		ATF_CHECK_EQ(MACH_MSG_SUCCESS, w[i].result);
	}
}

/* In a child: lends its port to the parent and waits on it. */
static int
lend_and_wait(void)
{
	struct note note;
	mach_port_t port;

	port = port_make();
	memset(&note, 0, sizeof(note));
	note.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND);
	note.head.msgh_remote_port = bootstrap_port;
	note.head.msgh_local_port = port;
	KR_OK(mach_msg(&note.head, MACH_SEND_MSG, NOTE_SIZE, 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
	KR_OK(mach_msg(&note.head, MACH_RCV_MSG, 0, sizeof(note), port, 0,
	    MACH_PORT_NULL));
	return (note.head.msgh_id);
}

/* A message that comes while its receiver is stopped waits for it. */
ATF_TC_WITHOUT_HEAD(stop_while_waiting);
ATF_TC_BODY(stop_while_waiting, tc)
{
	struct note note;
	mach_port_t port;
	int i, status;
	pid_t pid;

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	for (i = 0; i < ROUNDS; i++) {
		pid = fork();
		ATF_REQUIRE(pid != -1);
		if (pid == 0)
			_exit(lend_and_wait());
		KR_OK(mach_msg(&note.head, MACH_RCV_MSG, 0, sizeof(note), port,
		    0, MACH_PORT_NULL));
		ATF_REQUIRE_EQ(0, kill(pid, SIGSTOP));
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, WUNTRACED));
		ATF_CHECK(WIFSTOPPED(status));
		note_send(note.head.msgh_remote_port, 40 + i);
		ATF_CHECK_EQ(0, waitpid(pid, &status, WNOHANG));
		ATF_REQUIRE_EQ(0, kill(pid, SIGCONT));
		ATF_CHECK_EQ(40 + i, child_status(pid));
		KR_OK(mach_port_deallocate(TASK, note.head.msgh_remote_port));
	}
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exit_while_threads_wait);
	ATF_TP_ADD_TC(tp, exec_while_threads_wait);
	ATF_TP_ADD_TC(tp, abort_while_threads_wait);
	ATF_TP_ADD_TC(tp, kill_while_threads_wait);
	ATF_TP_ADD_TC(tp, fork_while_threads_wait);
	ATF_TP_ADD_TC(tp, stop_while_waiting);
	return (atf_no_error());
}
