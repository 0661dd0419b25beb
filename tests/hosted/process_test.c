/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What processes do under machd: exec, posix_spawn, closing every descriptor,
 * becoming another user.
 */

#include <atf-c.h>
#include <bsm/libbsm.h>
#include <dirent.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "test_path.h"
#include "trap.h"

#define	NPORTS	10

static bool lying;
static pid_t dies_in_child_of = -1;

/* The first thing a child does towards its hello, or not any more. */
int
socket(int domain, int type, int protocol)
{
	if (getppid() == dies_in_child_of)
		(void)raise(SIGKILL);
	return ((int)syscall(SYS_socket, domain, type, protocol));
}

/* In place of libc's, for libmach too: hides that the real user changed. */
uid_t
getuid(void)
{
	return (lying ? 0 : (uid_t)syscall(SYS_getuid));
}

static uint64_t
ports_now(void)
{
	uint64_t n;

	ATF_REQUIRE_EQ(0, mach_sysctl("ports", &n));
	return (n);
}

/* In a child: ports that exec must take away. */
static void
hold_ports(void)
{
	mach_port_t port;
	int i;

	for (i = 0; i < NPORTS; i++) {
		if (mach_port_allocate(mach_task_self(),
		    MACH_PORT_RIGHT_RECEIVE, &port) != KERN_SUCCESS)
			_exit(3);
	}
}

ATF_TC_WITHOUT_HEAD(exec_of_a_client);
ATF_TC_BODY(exec_of_a_client, tc)
{
	mach_port_t port;
	uint64_t ports;
	int fds[2];
	pid_t pid;

	counters_start();
	port = bootstrap_make();
	ports = ports_now();
	ATF_REQUIRE_EQ(0, pipe(fds));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		hold_ports();
		close(fds[1]);
		dup2(fds[0], STDIN_FILENO);
		execl(test_path("../kernel/probe"), "probe", "5", (char *)NULL);
		_exit(127);
	}
	close(fds[0]);
	expect_note(port, 5, pid);
	/* The new program has its task's port and perhaps one for replies. */
	ATF_CHECK(ports_now() < ports + NPORTS);
	close(fds[1]);
	ATF_CHECK_EQ(0, child_status(pid));
	bootstrap_drop(port);
	counters_check();
}

static int
count_descriptors(void)
{
	DIR *dir;
	int n;

	dir = opendir("/proc/self/fd");
	ATF_REQUIRE(dir != NULL);
	for (n = 0; readdir(dir) != NULL; n++)
		;
	closedir(dir);
	return (n);
}

/* A child is announced before the fork; it ends before it can say hello. */
ATF_TC_WITHOUT_HEAD(child_without_hello);
ATF_TC_BODY(child_without_hello, tc)
{
	const struct timespec pause = { 0, 5000000 };
	uint64_t before, now;
	mach_port_t port;
	int fds, i, status, tries;
	pid_t pid;

	counters_start();
	/* What a child inherits makes it a task at once. */
	port = bootstrap_make();
	ATF_REQUIRE_EQ(0, mach_sysctl("tasks", &before));
	fds = count_descriptors();
	dies_in_child_of = getpid();
	for (i = 0; i < 3; i++) {
		pid = fork();
		ATF_REQUIRE(pid != -1);
		if (pid == 0)
			_exit(0);
		ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
		ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	dies_in_child_of = -1;
	for (tries = 0; tries < 2000; tries++) {
		ATF_REQUIRE_EQ(0, mach_sysctl("tasks", &now));
		if (now == before)
			break;
		(void)nanosleep(&pause, NULL);
	}
	ATF_CHECK_EQ(before, now);
	ATF_CHECK_EQ(fds, count_descriptors());
	bootstrap_drop(port);
	counters_check();
}

/* In a child of a child: says whether its bootstrap port works. */
static void
tell_inherited(int fd)
{
	mach_port_t port;
	char byte;

	if (task_get_bootstrap_port(mach_task_self(), &port) != KERN_SUCCESS)
		_exit(1);
	byte = MACH_PORT_VALID(port) ? 'y' : 'n';
	_exit(write(fd, &byte, 1) == 1 ? 0 : 1);
}

/* A child's parent may end before the child has said hello. */
ATF_TC_WITHOUT_HEAD(orphan);
ATF_TC_BODY(orphan, tc)
{
	mach_port_t port;
	int fds[2], i;
	pid_t pid;
	char byte;

	counters_start();
	port = bootstrap_make();
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(0, pipe(fds));
		pid = fork();
		ATF_REQUIRE(pid != -1);
		if (pid == 0) {
			pid = fork();
			if (pid == 0)
				tell_inherited(fds[1]);
			_exit(pid == -1 ? 1 : 0);
		}
		close(fds[1]);
		ATF_CHECK_EQ(0, child_status(pid));
		ATF_REQUIRE_EQ(1, read(fds[0], &byte, 1));
		ATF_REQUIRE_EQ('y', byte);
		close(fds[0]);
	}
	bootstrap_drop(port);
	counters_check();
}

/* The new program knows nothing of machd, and its ports go all the same. */
ATF_TC_WITHOUT_HEAD(exec_of_a_stranger);
ATF_TC_BODY(exec_of_a_stranger, tc)
{
	const struct timespec pause = { 0, 5000000 };
	uint64_t ports;
	int fds[2], tries;
	pid_t pid;

	counters_start();
	ports = ports_now();
	ATF_REQUIRE_EQ(0, pipe(fds));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		hold_ports();
		/* cat holds no writing end, and ends when we close ours. */
		close(fds[1]);
		dup2(fds[0], STDIN_FILENO);
		execl("/bin/cat", "cat", (char *)NULL);
		_exit(127);
	}
	close(fds[0]);
	for (tries = 0; tries < 2000; tries++) {
		/* Before the ports are made there are none either. */
		if (write(fds[1], "x", 1) == 1 && ports_now() == ports &&
		    tries > 20)
			break;
		(void)nanosleep(&pause, NULL);
	}
	ATF_CHECK_EQ(ports, ports_now());
	ATF_CHECK_EQ(0, waitpid(pid, NULL, WNOHANG));
	close(fds[1]);
	ATF_CHECK_EQ(0, child_status(pid));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(spawn);
ATF_TC_BODY(spawn, tc)
{
	extern char **environ;
	char name[] = "probe", id[] = "6";
	char *argv[] = { name, id, NULL };
	mach_port_t port;
	pid_t pid;

	counters_start();
	port = bootstrap_make();
	ATF_REQUIRE_EQ(0, posix_spawn(&pid, test_path("../kernel/probe"), NULL,
	    NULL, argv, environ));
	expect_note(port, 6, pid);
	ATF_CHECK_EQ(0, child_status(pid));
	bootstrap_drop(port);
	counters_check();
}

/* Daemons close every descriptor; their rights stay. */
ATF_TC_WITHOUT_HEAD(descriptors_closed);
ATF_TC_BODY(descriptors_closed, tc)
{
	mach_port_t port;
	pid_t pid;

	counters_start();
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		port = port_make_send();
		note_send(port, 8);
		(void)close_range(3, ~0U, 0);
		_exit(note_take(port) == 8 &&
		    port_refs(port, MACH_PORT_RIGHT_SEND) == 1 ? 0 : 1);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	counters_check();
}

/* A port with what a child says to it, which has ended well. */
static mach_port_t
notes_of_child(void (*act)(void))
{
	mach_port_t port;
	pid_t pid;

	port = bootstrap_make();
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		act();
		_exit(0);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	return (port);
}

static void
change_credentials(void)
{
	note_send(bootstrap_port, 1);
	if (setresgid(65533, 65533, 65533) == -1 ||
	    setresuid(65534, 65534, 65534) == -1)
		_exit(1);
	note_send(bootstrap_port, 2);
}

/* The credentials of a message are those its sender had when it was sent. */
ATF_TC(credentials_change);
ATF_TC_HEAD(credentials_change, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(credentials_change, tc)
{
	audit_token_t token;
	mach_port_t port;

	counters_start();
	port = notes_of_child(change_credentials);
	ATF_CHECK_EQ(1, take_with_audit(port, &token));
	ATF_CHECK_EQ(0, audit_token_to_euid(token));
	ATF_CHECK_EQ(0, audit_token_to_ruid(token));
	ATF_CHECK_EQ(2, take_with_audit(port, &token));
	ATF_CHECK_EQ(65534, audit_token_to_euid(token));
	ATF_CHECK_EQ(65534, audit_token_to_ruid(token));
	ATF_CHECK_EQ(65533, audit_token_to_egid(token));
	ATF_CHECK_EQ(65533, audit_token_to_rgid(token));
	bootstrap_drop(port);
	counters_check();
}

static void
change_real_ids(void)
{
	note_send(bootstrap_port, 1);
	if (setresuid(65534, 0, 0) == -1)
		_exit(1);
	note_send(bootstrap_port, 2);
	if (setresuid(0, 0, 0) == -1 || setresgid(65533, 0, 0) == -1)
		_exit(1);
	note_send(bootstrap_port, 3);
}

/* So they are when only the real ids change. */
ATF_TC(real_ids_change);
ATF_TC_HEAD(real_ids_change, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(real_ids_change, tc)
{
	audit_token_t token;
	mach_port_t port;

	counters_start();
	port = notes_of_child(change_real_ids);
	ATF_CHECK_EQ(1, take_with_audit(port, &token));
	ATF_CHECK_EQ(0, audit_token_to_ruid(token));
	ATF_CHECK_EQ(2, take_with_audit(port, &token));
	ATF_CHECK_EQ(0, audit_token_to_euid(token));
	ATF_CHECK_EQ(65534, audit_token_to_ruid(token));
	ATF_CHECK_EQ(3, take_with_audit(port, &token));
	ATF_CHECK_EQ(0, audit_token_to_ruid(token));
	ATF_CHECK_EQ(0, audit_token_to_egid(token));
	ATF_CHECK_EQ(65533, audit_token_to_rgid(token));
	bootstrap_drop(port);
	counters_check();
}

static void
hide_real_id(void)
{
	if (setresuid(0, 65534, 65534) == -1)
		_exit(1);
	note_send(bootstrap_port, 1);
	lying = true;
	if (setresuid(65534, 65534, 65534) == -1)
		_exit(1);
	note_send(bootstrap_port, 2);
}

/* A real id that a process has lost for good is not taken for its own. */
ATF_TC(real_ids_are_hidden);
ATF_TC_HEAD(real_ids_are_hidden, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(real_ids_are_hidden, tc)
{
	audit_token_t token;
	mach_port_t port;

	counters_start();
	port = notes_of_child(hide_real_id);
	ATF_CHECK_EQ(1, take_with_audit(port, &token));
	ATF_CHECK_EQ(65534, audit_token_to_euid(token));
	ATF_CHECK_EQ(0, audit_token_to_ruid(token));
	ATF_CHECK_EQ(2, take_with_audit(port, &token));
	ATF_CHECK_EQ(65534, audit_token_to_ruid(token));
	bootstrap_drop(port);
	counters_check();
}

/* In a child: breaks the guard of a port, and lives or not. */
static int
break_guard(void)
{
	mach_port_t port;
	pid_t pid;
	int status;

	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		port = port_make();
		KR_OK(mach_port_guard(mach_task_self(), port, 1, FALSE));
		KR(KERN_INVALID_RIGHT, mach_port_destroy(mach_task_self(),
		    port));
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (status);
}

/* kern.mach.guard_kills is for all: this needs a kernel of the test's own. */
ATF_TC(broken_guard_can_kill);
ATF_TC_HEAD(broken_guard_can_kill, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(broken_guard_can_kill, tc)
{
	uint64_t after, before;
	int status;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("violations", &before));
	status = break_guard();
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ATF_REQUIRE_EQ(0, mach_sysctl_set("guard_kills", 1));
	status = break_guard();
	ATF_CHECK_MSG(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	    "wait status %#x", status);
	ATF_REQUIRE_EQ(0, mach_sysctl("violations", &after));
	ATF_CHECK_EQ(before + 2, after);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exec_of_a_client);
	ATF_TP_ADD_TC(tp, exec_of_a_stranger);
	ATF_TP_ADD_TC(tp, child_without_hello);
	ATF_TP_ADD_TC(tp, orphan);
	ATF_TP_ADD_TC(tp, spawn);
	ATF_TP_ADD_TC(tp, descriptors_closed);
	ATF_TP_ADD_TC(tp, credentials_change);
	ATF_TP_ADD_TC(tp, real_ids_change);
	ATF_TP_ADD_TC(tp, real_ids_are_hidden);
	ATF_TP_ADD_TC(tp, broken_guard_can_kill);
	return (atf_no_error());
}
