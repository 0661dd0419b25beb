/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * machd and clients that do not keep to the protocol: they lose their
 * connection, and nobody else notices.
 */

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "mach_abi.h"
#include "raw.h"
#include "trap.h"

#define	BIG	(WIRE_PREFETCH + 1000)	/* more than goes along */

static const char zeros[WIRE_CHUNK + 1];

/* How many entries a directory of machd's in /proc has. */
static int
count_proc(pid_t pid, const char *what)
{
	char path[64];
	DIR *dir;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	dir = opendir(path);
	ATF_REQUIRE_MSG(dir != NULL, "%s: %s", path, strerror(errno));
	for (n = 0; readdir(dir) != NULL; n++)
		;
	closedir(dir);
	return (n);
}

static void
wait_for_count(pid_t pid, const char *what, int count)
{
	const struct timespec pause = { 0, 5000000 };
	int tries;

	for (tries = 0; tries < 2000; tries++) {
		if (count_proc(pid, what) == count)
			return;
		(void)nanosleep(&pause, NULL);
	}
	atf_tc_fail("machd has %d and not %d %s", count_proc(pid, what), count,
	    what);
}

/* What came before hello, or instead of it. */
ATF_TC_WITHOUT_HEAD(bad_beginnings);
ATF_TC_BODY(bad_beginnings, tc)
{
	struct packet p;
	size_t len;
	uint32_t type;
	int fd;

	counters_start();
	for (len = 0; len < sizeof(struct wire_header); len++) {
		fd = raw_open();
		ATF_REQUIRE_EQ((ssize_t)len, send(fd, zeros, len, 0));
		raw_expect_end(fd);
	}
	for (type = 0; type < 20; type++) {
		if (type == WIRE_HELLO)
			continue;
		fd = raw_open();
		raw_send(fd, type, WIRE_VERSION, 0, zeros, WIRE_COOKIE);
		raw_expect_end(fd);
	}
	for (len = 0; len < 2 * WIRE_COOKIE; len++) {
		if (len == WIRE_COOKIE)
			continue;
		fd = raw_open();
		raw_send(fd, WIRE_HELLO, WIRE_VERSION, 0, zeros, len);
		raw_expect_end(fd);
	}
	fd = raw_open();
	raw_send(fd, WIRE_HELLO, WIRE_VERSION + 1, 0, zeros, WIRE_COOKIE);
	raw_expect(fd, WIRE_REPLY, &p);
	ATF_CHECK_EQ(EPROTONOSUPPORT, p.h.wh_error);
	ATF_CHECK_EQ(WIRE_VERSION, p.h.wh_a);
	raw_expect_end(fd);
	close(raw_open());
	port_drop(port_make());
	counters_check();
}

ATF_TC_WITHOUT_HEAD(bad_packets);
ATF_TC_BODY(bad_packets, tc)
{
	static const uint32_t types[] = { 0, WIRE_HELLO, WIRE_DONE, WIRE_REPLY,
		WIRE_COPYIN, WIRE_COPYOUT, WIRE_MAP, WIRE_UNMAP, 99,
		UINT32_MAX };
	size_t i;
	int fd;

	counters_start();
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		fd = raw_join();
		raw_send(fd, types[i], 0, 0, zeros, 100);
		raw_expect_end(fd);
	}
	/* Too short for its registers, too long for any packet. */
	for (i = 0; i < sizeof(struct mach_msg_trap_args); i++) {
		fd = raw_join();
		raw_send(fd, WIRE_MSG, 0, 0, zeros, i);
		raw_expect_end(fd);
	}
	fd = raw_join();
	raw_send(fd, WIRE_TRAP, MACH_TRAP_TASK_SELF, 0, zeros, WIRE_CHUNK + 1);
	raw_expect_end(fd);
	/* A late interrupt is no offence. */
	fd = raw_join();
	raw_send(fd, WIRE_INTERRUPT, 0, 0, NULL, 0);
	ATF_CHECK_EQ(0, raw_request(fd, WIRE_SYSCTL, 0, "kern.mach.abi", 14));
	close(fd);
	port_drop(port_make());
	counters_check();
}

/* Whether a trap with so much of a structure is refused. */
static bool
trap_refused(int fd, uint64_t op, size_t len)
{
	struct packet p;

	raw_send(fd, WIRE_TRAP, op, 0, zeros, len);
	raw_expect(fd, WIRE_REPLY, &p);
	return (p.h.wh_error == 0 && p.h.wh_a != KERN_SUCCESS);
}

ATF_TC_WITHOUT_HEAD(bad_traps);
ATF_TC_BODY(bad_traps, tc)
{
	uint64_t op;
	int fd;

	counters_start();
	fd = raw_join();
	for (op = 0; op <= MACH_TRAP_OP_MAX + 1; op++) {
		ATF_CHECK_MSG(trap_refused(fd, op, 0), "op %ju",
		    (uintmax_t)op);
		ATF_CHECK_MSG(trap_refused(fd, op, 1), "op %ju",
		    (uintmax_t)op);
		ATF_CHECK_MSG(trap_refused(fd, op, WIRE_CHUNK), "op %ju",
		    (uintmax_t)op);
	}
	ATF_CHECK(trap_refused(fd, UINT64_MAX, 8));
	close(fd);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(bad_variables);
ATF_TC_BODY(bad_variables, tc)
{
	int fd;

	kernel_start();
	fd = raw_join();
	ATF_CHECK_EQ(0, raw_request(fd, WIRE_SYSCTL, 0, "kern.mach.abi", 14));
	/* Without its end, empty, unknown, longer than any. */
	ATF_CHECK_EQ(ENOENT,
	    raw_request(fd, WIRE_SYSCTL, 0, "kern.mach.abi", 13));
	ATF_CHECK_EQ(ENOENT, raw_request(fd, WIRE_SYSCTL, 0, NULL, 0));
	ATF_CHECK_EQ(ENOENT, raw_request(fd, WIRE_SYSCTL, 0, "", 1));
	ATF_CHECK_EQ(ENOENT, raw_request(fd, WIRE_SYSCTL, 0, "kern", 5));
	ATF_CHECK_EQ(ENOENT, raw_request(fd, WIRE_SYSCTL, 0, zeros,
	    WIRE_NAME_MAX + 1));
	ATF_CHECK_EQ(ENOENT, raw_request(fd, WIRE_SYSCTL_SET, 0, "x", 2));
	ATF_CHECK_EQ(ENOENT, raw_request(fd, WIRE_SYSCTL_NEXT, 0, "x", 2));
	/* Read-only: a counter, and what is fixed when the module starts. */
	ATF_CHECK_EQ(EPERM, raw_request(fd, WIRE_SYSCTL_SET, 0,
	    "kern.mach.ports", 16));
	ATF_CHECK_EQ(EPERM, raw_request(fd, WIRE_SYSCTL_SET, 0,
	    "kern.mach.max_inline", 21));
	close(fd);
}

/* A message as long as a packet's worth and more, to a port of this task. */
static void
send_big(int fd, mach_port_t dest)
{
	struct {
		struct mach_msg_trap_args args;
		mach_msg_header_t head;
	} m;

	memset(&m, 0, sizeof(m));
	m.args.option = MACH_SEND_MSG;
	m.args.sizes = MACH_MSG_SIZES(BIG, 0);
	m.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	m.head.msgh_size = BIG;
	m.head.msgh_remote_port = dest;
	raw_send(fd, WIRE_MSG, 0, 0, &m, sizeof(m));
}

/* machd wants the rest of a message, and gets something else. */
ATF_TC_WITHOUT_HEAD(copyin_goes_wrong);
ATF_TC_BODY(copyin_goes_wrong, tc)
{
	static const int32_t errors[] = { EFAULT, ENOMEM, -1, INT32_MAX };
	struct packet p;
	mach_port_t port;
	size_t i;
	int fd;

	counters_start();
	port = port_make();
	fd = raw_join();
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		send_big(fd, port);
		raw_expect(fd, WIRE_COPYIN, &p);
		p.h = (struct wire_header){ WIRE_DONE, errors[i], 0, 0 };
		ATF_REQUIRE_EQ((ssize_t)sizeof(p.h),
		    send(fd, &p.h, sizeof(p.h), 0));
		raw_expect(fd, WIRE_REPLY, &p);
		ATF_CHECK_EQ(0, p.h.wh_error);
		ATF_CHECK_EQ(MACH_SEND_INVALID_DATA, p.h.wh_a);
	}
	/* Less and more than was asked for. */
	for (i = 0; i < WIRE_CHUNK; i += WIRE_CHUNK - 1) {
		send_big(fd, port);
		raw_expect(fd, WIRE_COPYIN, &p);
		raw_send(fd, WIRE_DONE, 0, 0, zeros, i);
		raw_expect(fd, WIRE_REPLY, &p);
		ATF_CHECK_EQ(MACH_SEND_INVALID_DATA, p.h.wh_a);
	}
	/* A new request in place of the answer. */
	send_big(fd, port);
	raw_expect(fd, WIRE_COPYIN, &p);
	raw_send(fd, WIRE_SYSCTL, 0, 0, "kern.mach.abi", 14);
	raw_expect(fd, WIRE_REPLY, &p);
	ATF_CHECK_EQ(MACH_SEND_INVALID_DATA, p.h.wh_a);
	raw_expect_end(fd);
	/* No answer at all. */
	fd = raw_join();
	send_big(fd, port);
	raw_expect(fd, WIRE_COPYIN, &p);
	close(fd);
	ATF_CHECK(note_none(port));
	port_drop(port);
	counters_check();
}

static void
receive(int fd, mach_port_t port, size_t size)
{
	struct mach_msg_trap_args args;

	memset(&args, 0, sizeof(args));
	args.option = MACH_RCV_MSG;
	args.sizes = MACH_MSG_SIZES(0, size);
	args.rcv_name = port;
	raw_send(fd, WIRE_MSG, 0, 0, &args, sizeof(args));
}

/* The receiver is gone, or refuses its message, while machd delivers it. */
ATF_TC_WITHOUT_HEAD(copyout_goes_wrong);
ATF_TC_BODY(copyout_goes_wrong, tc)
{
	struct packet p;
	mach_port_t port;
	int fd;

	counters_start();
	port = port_make_send();
	fd = raw_join();
	note_send(port, 1);
	receive(fd, port, sizeof(struct note));
	raw_expect(fd, WIRE_COPYOUT, &p);
	p.h = (struct wire_header){ WIRE_DONE, EFAULT, 0, 0 };
	ATF_REQUIRE_EQ((ssize_t)sizeof(p.h), send(fd, &p.h, sizeof(p.h), 0));
	raw_expect(fd, WIRE_REPLY, &p);
	ATF_CHECK_EQ(MACH_RCV_INVALID_DATA, p.h.wh_a);
	note_send(port, 2);
	receive(fd, port, sizeof(struct note));
	raw_expect(fd, WIRE_COPYOUT, &p);
	close(fd);
	/* It was being handed over: it is gone, whole, with its rights. */
	ATF_CHECK(note_none(port));
	port_drop(port);
	counters_check();
}

/* A sleeping receiver that hangs up, or talks, does not receive any more. */
ATF_TC_WITHOUT_HEAD(sleep_goes_wrong);
ATF_TC_BODY(sleep_goes_wrong, tc)
{
	struct packet p;
	mach_port_t port;
	int fd, threads;
	pid_t server;

	counters_start();
	port = port_make_send();
	fd = raw_join();
	server = raw_server(fd);
	threads = count_proc(server, "task") - 1;
	receive(fd, port, sizeof(struct note));
	raw_send(fd, WIRE_INTERRUPT, 0, 0, NULL, 0);
	raw_expect(fd, WIRE_REPLY, &p);
	ATF_CHECK_EQ(MACH_RCV_INTERRUPTED, p.h.wh_a);
	receive(fd, port, sizeof(struct note));
	raw_send(fd, WIRE_SYSCTL, 0, 0, "kern.mach.abi", 14);
	raw_expect(fd, WIRE_REPLY, &p);
	ATF_CHECK_EQ(MACH_RCV_INTERRUPTED, p.h.wh_a);
	raw_expect_end(fd);
	fd = raw_join();
	receive(fd, port, sizeof(struct note));
	close(fd);
	wait_for_count(server, "task", threads);
	note_send(port, 7);
	ATF_CHECK_EQ(7, note_take(port));
	port_drop(port);
	counters_check();
}

/* A connection belongs to the process that said hello. */
ATF_TC_WITHOUT_HEAD(lent_connection);
ATF_TC_BODY(lent_connection, tc)
{
	pid_t pid;
	int fd;

	counters_start();
	fd = raw_join();
	ATF_CHECK_EQ(0, raw_request(fd, WIRE_SYSCTL, 0, "kern.mach.abi", 14));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		raw_send(fd, WIRE_SYSCTL, 0, 0, "kern.mach.abi", 14);
		_exit(0);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	raw_expect_end(fd);
	port_drop(port_make());
	counters_check();
}

/* Variables are set by root alone, and who is root may change. */
ATF_TC(only_root_sets_variables);
ATF_TC_HEAD(only_root_sets_variables, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(only_root_sets_variables, tc)
{
	uint64_t limit;
	pid_t pid;
	int error, fd;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("max_names_per_task", &limit));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		fd = raw_join();
		error = raw_request(fd, WIRE_SYSCTL_SET, limit,
		    "kern.mach.max_names_per_task", 29);
		if (error != 0)
			_exit(1);
		if (setresuid(65534, 65534, 65534) == -1)
			_exit(2);
		error = raw_request(fd, WIRE_SYSCTL_SET, 1,
		    "kern.mach.max_names_per_task", 29);
		_exit(error == EPERM ? 0 : 3);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	counters_check();
}

/* Connections leave no descriptor and no thread behind in machd. */
ATF_TC_WITHOUT_HEAD(nothing_left);
ATF_TC_BODY(nothing_left, tc)
{
	int fd, fds, i, threads;
	pid_t server;

	counters_start();
	fd = raw_join();
	server = raw_server(fd);
	fds = count_proc(server, "fd");
	threads = count_proc(server, "task");
	for (i = 0; i < 300; i++)
		close(i % 3 == 0 ? raw_open() : raw_join());
	wait_for_count(server, "task", threads);
	wait_for_count(server, "fd", fds);
	close(fd);
	counters_check();
}

#define	MAX_SILENT	64	/* without a hello, of one user */

static bool
has_ended(int fd, int milliseconds)
{
	struct pollfd pfd;

	pfd = (struct pollfd){ fd, POLLIN, 0 };
	return (poll(&pfd, 1, milliseconds) == 1);
}

static void
silent_open(int *fds, int n)
{
	int i;

	for (i = 0; i < n; i++)
		fds[i] = raw_open();
}

/* In a child: another user's connections, as many as may be and more. */
static void
silent_stranger(void)
{
	int fds[MAX_SILENT + 5], i;

	if (setresuid(65534, 65534, 65534) == -1)
		_exit(1);
	silent_open(fds, MAX_SILENT + 5);
	for (i = 0; i < 5; i++) {
		if (!has_ended(fds[i], 10000))
			_exit(2);
	}
	/* The last of them has been accepted when a later one is served. */
	close(raw_join());
	for (; i < MAX_SILENT + 5; i++) {
		if (has_ended(fds[i], 0))
			_exit(3);
	}
	_exit(0);
}

/*
 * Of a user's connections without a hello the oldest are closed when there are
 * too many; those that come later and say hello are served all the same, and
 * other users' are left alone.
 */
ATF_TC(silent_connections);
ATF_TC_HEAD(silent_connections, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(silent_connections, tc)
{
	int fds[MAX_SILENT], i;
	char text[256];
	ssize_t n;
	pid_t pid;

	ATF_REQUIRE((i = open("err", O_RDWR | O_CREAT, 0600)) != -1);
	ATF_REQUIRE(dup2(i, STDERR_FILENO) != -1);
	counters_start();
	silent_open(fds, MAX_SILENT);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		silent_stranger();
	ATF_CHECK_EQ(0, child_status(pid));
	for (i = 0; i < MAX_SILENT; i++)
		ATF_CHECK(!has_ended(fds[i], 0));
	n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);
	ATF_REQUIRE(n >= 0);
	text[n] = '\0';
	ATF_CHECK_MSG(strstr(text, "machd: uid 65534 has more than 64 "
	    "connections without a hello") != NULL, "%s", text);
	for (i = 0; i < MAX_SILENT; i++)
		close(fds[i]);
	counters_check();
}

/* A process that machd has no connection to; it waits to be killed. */
static pid_t
quiet_client(void)
{
	int fd, fds[2];
	pid_t pid;
	char byte;

	ATF_REQUIRE_EQ(0, pipe(fds));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		close(raw_join());
		/* libmach has one too. */
		for (fd = 3; fd < 1024; fd++) {
			if (fd != fds[1])
				close(fd);
		}
		if (write(fds[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	close(fds[1]);
	ATF_REQUIRE_EQ(1, read(fds[0], &byte, 1));
	close(fds[0]);
	return (pid);
}

/*
 * When there are no more descriptors nobody new is served, until there are; the
 * end of a client needs none.
 */
ATF_TC_WITHOUT_HEAD(no_descriptor_left);
ATF_TC_BODY(no_descriptor_left, tc)
{
	int fd, fds, late, threads;
	struct rlimit none, old;
	struct packet p;
	pid_t pid, server;

	counters_start();
	fd = raw_join();
	server = raw_server(fd);
	fds = count_proc(server, "fd");
	threads = count_proc(server, "task");
	pid = quiet_client();
	wait_for_count(server, "task", threads);
	ATF_REQUIRE_EQ(0, prlimit(server, RLIMIT_NOFILE, NULL, &old));
	none = old;
	none.rlim_cur = 0;
	ATF_REQUIRE_EQ(0, prlimit(server, RLIMIT_NOFILE, &none, NULL));
	late = raw_open();
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	wait_for_count(server, "fd", fds);
	ATF_CHECK_EQ(0, raw_request(fd, WIRE_SYSCTL, 0, "kern.mach.abi", 14));
	ATF_REQUIRE_EQ(0, prlimit(server, RLIMIT_NOFILE, &old, NULL));
	raw_send(late, WIRE_HELLO, WIRE_VERSION + 1, 0, zeros, WIRE_COOKIE);
	raw_expect(late, WIRE_REPLY, &p);
	raw_expect_end(late);
	close(fd);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bad_beginnings);
	ATF_TP_ADD_TC(tp, bad_packets);
	ATF_TP_ADD_TC(tp, bad_traps);
	ATF_TP_ADD_TC(tp, bad_variables);
	ATF_TP_ADD_TC(tp, copyin_goes_wrong);
	ATF_TP_ADD_TC(tp, copyout_goes_wrong);
	ATF_TP_ADD_TC(tp, sleep_goes_wrong);
	ATF_TP_ADD_TC(tp, lent_connection);
	ATF_TP_ADD_TC(tp, only_root_sets_variables);
	ATF_TP_ADD_TC(tp, nothing_left);
	ATF_TP_ADD_TC(tp, no_descriptor_left);
	ATF_TP_ADD_TC(tp, silent_connections);
	return (atf_no_error());
}
