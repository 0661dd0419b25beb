/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Open files as ports: fileport_makeport(3).
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach_port_fd.h>
#include <sys/fileport.h>

#include "counters.h"
#include "fixture.h"
#include "trap.h"

#define	TASK	mach_task_self()

struct carrier {
	mach_msg_base_t	base;
	mach_msg_port_descriptor_t right;
	mach_msg_max_trailer_t trailer;
};
#define	CARRIER_SIZE	(sizeof(mach_msg_base_t) +			\
	sizeof(mach_msg_port_descriptor_t))

static fileport_t
fileport(int fd)
{
	fileport_t port;

	ATF_REQUIRE_MSG(fileport_makeport(fd, &port) == 0,
	    "fileport_makeport: %s", strerror(errno));
	return (port);
}

static void
make_pipe(int ends[2])
{
	ATF_REQUIRE_EQ(0, pipe(ends));
	ATF_REQUIRE(fcntl(ends[0], F_SETFL, O_NONBLOCK) != -1);
}

/* Whether every write end of a pipe is closed. */
static bool
at_end(int fd)
{
	char byte;

	return (read(fd, &byte, 1) == 0);
}

static bool
same_file(int one, int two)
{
	struct stat a, b;

	ATF_REQUIRE(fstat(one, &a) == 0 && fstat(two, &b) == 0);
	return (a.st_dev == b.st_dev && a.st_ino == b.st_ino);
}

static void
carry(mach_port_t to, mach_port_t right, mach_msg_type_name_t disposition)
{
	struct carrier msg;

	memset(&msg, 0, sizeof(msg));
	msg.base.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	msg.base.header.msgh_remote_port = to;
	msg.base.body.msgh_descriptor_count = 1;
	msg.right.name = right;
	msg.right.disposition = disposition;
	msg.right.type = MACH_MSG_PORT_DESCRIPTOR;
	KR_OK(mach_msg(&msg.base.header, MACH_SEND_MSG, CARRIER_SIZE, 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

/* The file outlives the descriptor, and the port the file's new one. */
ATF_TC_WITHOUT_HEAD(holds_the_file);
ATF_TC_BODY(holds_the_file, tc)
{
	fileport_t port;
	int copy, ends[2];
	char byte;

	counters_start();
	make_pipe(ends);
	port = fileport(ends[1]);
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_REQUIRE_EQ(0, close(ends[1]));
	ATF_CHECK(!at_end(ends[0]));
	copy = fileport_makefd(port);
	ATF_REQUIRE(copy != -1);
	ATF_CHECK((fcntl(copy, F_GETFD) & FD_CLOEXEC) != 0);
	ATF_CHECK_EQ(1, write(copy, "x", 1));
	ATF_CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
	ATF_REQUIRE_EQ(0, close(copy));
	ATF_CHECK(!at_end(ends[0]));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_deallocate(TASK, port));
	ATF_CHECK(at_end(ends[0]));
	ATF_REQUIRE_EQ(0, close(ends[0]));
	counters_check();
}

/* Two ports for one file are two rights to it. */
ATF_TC_WITHOUT_HEAD(two_ports);
ATF_TC_BODY(two_ports, tc)
{
	fileport_t one, two;
	int ends[2];

	counters_start();
	make_pipe(ends);
	one = fileport(ends[1]);
	two = fileport(ends[1]);
	ATF_CHECK(one != two);
	ATF_REQUIRE_EQ(0, close(ends[1]));
	KR_OK(mach_port_deallocate(TASK, one));
	ATF_CHECK(!at_end(ends[0]));
	KR_OK(mach_port_deallocate(TASK, two));
	ATF_CHECK(at_end(ends[0]));
	ATF_REQUIRE_EQ(0, close(ends[0]));
	counters_check();
}

/* A message that is never received holds the file until it is destroyed. */
ATF_TC_WITHOUT_HEAD(closed_with_a_message);
ATF_TC_BODY(closed_with_a_message, tc)
{
	fileport_t port;
	mach_port_t via;
	int ends[2];

	counters_start();
	make_pipe(ends);
	via = port_make_send();
	port = fileport(ends[1]);
	ATF_REQUIRE_EQ(0, close(ends[1]));
	carry(via, port, MACH_MSG_TYPE_MOVE_SEND);
	ATF_CHECK(!at_end(ends[0]));
	port_drop(via);
	ATF_CHECK(at_end(ends[0]));
	ATF_REQUIRE_EQ(0, close(ends[0]));
	counters_check();
}

/* What a child gets in a message, and gives back to the parent by writing. */
static int
child_write(mach_port_t bootstrap)
{
	struct carrier msg;
	mach_port_t reply;
	int fd;

	reply = port_make_send();
	carry(bootstrap, reply, MACH_MSG_TYPE_MAKE_SEND);
	if (mach_msg(&msg.base.header, MACH_RCV_MSG, 0, sizeof(msg), reply, 0,
	    MACH_PORT_NULL) != KERN_SUCCESS)
		return (1);
	if (msg.right.disposition != MACH_MSG_TYPE_PORT_SEND)
		return (2);
	fd = fileport_makefd(msg.right.name);
	if (fd == -1 || write(fd, "c", 1) != 1)
		return (3);
	return (0);
}

ATF_TC_WITHOUT_HEAD(between_tasks);
ATF_TC_BODY(between_tasks, tc)
{
	struct carrier msg;
	fileport_t port;
	mach_port_t via;
	int ends[2];
	char byte;
	pid_t pid;

	counters_start();
	make_pipe(ends);
	via = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, via));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		close(ends[0]);
		close(ends[1]);
		if (task_get_bootstrap_port(TASK, &via) != KERN_SUCCESS)
			_exit(9);
		_exit(child_write(via));
	}
	KR_OK(mach_msg(&msg.base.header, MACH_RCV_MSG, 0, sizeof(msg), via, 0,
	    MACH_PORT_NULL));
	port = fileport(ends[1]);
	ATF_REQUIRE_EQ(0, close(ends[1]));
	carry(msg.right.name, port, MACH_MSG_TYPE_MOVE_SEND);
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK(read(ends[0], &byte, 1) == 1 && byte == 'c');
	KR_OK(mach_port_deallocate(TASK, msg.right.name));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(via);
	counters_check();
	ATF_CHECK(at_end(ends[0]));
	ATF_REQUIRE_EQ(0, close(ends[0]));
}

/* A task that dies with the right lets go of the file. */
ATF_TC_WITHOUT_HEAD(killed_holder);
ATF_TC_BODY(killed_holder, tc)
{
	int ends[2], ready[2];
	char byte;
	pid_t pid;

	counters_start();
	make_pipe(ends);
	ATF_REQUIRE_EQ(0, pipe(ready));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		(void)fileport(ends[1]);
		close(ends[1]);
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ATF_REQUIRE_EQ(0, close(ends[1]));
	ATF_REQUIRE_EQ(1, read(ready[0], &byte, 1));
	ATF_CHECK(!at_end(ends[0]));
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	counters_check();
	ATF_CHECK(at_end(ends[0]));
}

ATF_TC_WITHOUT_HEAD(sockets_and_files);
ATF_TC_BODY(sockets_and_files, tc)
{
	int copy, fd, pair[2];
	fileport_t port;

	counters_start();
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	port = fileport(pair[0]);
	copy = fileport_makefd(port);
	ATF_REQUIRE(copy != -1);
	ATF_CHECK(same_file(copy, pair[0]));
	KR_OK(mach_port_deallocate(TASK, port));
	/* One open file: they share the offset. */
	fd = open("file", O_RDWR | O_CREAT, 0600);
	ATF_REQUIRE(fd != -1);
	port = fileport(fd);
	ATF_REQUIRE_EQ(0, close(copy));
	copy = fileport_makefd(port);
	ATF_REQUIRE_EQ(3, write(copy, "abc", 3));
	ATF_CHECK_EQ(3, lseek(fd, 0, SEEK_CUR));
	KR_OK(mach_port_deallocate(TASK, port));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	fileport_t port;
	mach_port_t other;
	int fd;

	counters_start();
	ATF_CHECK_ERRNO(EBADF, fileport_makeport(-1, &port) == -1);
	ATF_CHECK_ERRNO(EBADF, fileport_makeport(12345, &port) == -1);
	ATF_CHECK_ERRNO(EINVAL, fileport_makefd(MACH_PORT_NULL) == -1);
	ATF_CHECK_ERRNO(EINVAL, fileport_makefd(MACH_PORT_DEAD) == -1);
	other = port_make_send();
	ATF_CHECK_ERRNO(EINVAL, fileport_makefd(other) == -1);
	ATF_CHECK_ERRNO(EINVAL, fileport_makefd(TASK) == -1);
	/* What means nothing elsewhere. */
	fd = mach_port_fd(other);
	ATF_REQUIRE(fd != -1);
	ATF_CHECK_ERRNO(EOPNOTSUPP, fileport_makeport(fd, &port) == -1);
	ATF_REQUIRE_EQ(0, close(fd));
	port_drop(other);
	counters_check();
}

/* Nobody receives there; the sender learns it and loses nothing else. */
ATF_TC_WITHOUT_HEAD(no_messages);
ATF_TC_BODY(no_messages, tc)
{
	fileport_t port;
	int ends[2];

	counters_start();
	make_pipe(ends);
	port = fileport(ends[1]);
	note_send(port, 1);
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_deallocate(TASK, port));
	ATF_REQUIRE_EQ(0, close(ends[0]));
	ATF_REQUIRE_EQ(0, close(ends[1]));
	counters_check();
}

ATF_TC(limit);
ATF_TC_HEAD(limit, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(limit, tc)
{
	fileport_t one, two;
	uint64_t max, now;
	int ends[2];

	counters_start();
	make_pipe(ends);
	ATF_REQUIRE_EQ(0, mach_sysctl("fileports", &now));
	ATF_REQUIRE_EQ(0, mach_sysctl("max_fileports", &max));
	one = fileport(ends[0]);
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_fileports", now + 1));
	ATF_CHECK_ERRNO(ENFILE, fileport_makeport(ends[0], &two) == -1);
	KR_OK(mach_port_deallocate(TASK, one));
	two = fileport(ends[0]);
	KR_OK(mach_port_deallocate(TASK, two));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_fileports", max));
	ATF_REQUIRE_EQ(0, close(ends[0]));
	ATF_REQUIRE_EQ(0, close(ends[1]));
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, holds_the_file);
	ATF_TP_ADD_TC(tp, two_ports);
	ATF_TP_ADD_TC(tp, closed_with_a_message);
	ATF_TP_ADD_TC(tp, between_tasks);
	ATF_TP_ADD_TC(tp, killed_holder);
	ATF_TP_ADD_TC(tp, sockets_and_files);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, no_messages);
	ATF_TP_ADD_TC(tp, limit);
	return (atf_no_error());
}
