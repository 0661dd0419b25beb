/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Waiting for messages with poll(2): mach_port_fd(3).
 */

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include <mach/mach_port_fd.h>

#include "counters.h"
#include "fixture.h"

#define	TASK	mach_task_self()

static mach_port_t
make_set(void)
{
	mach_port_t set;

	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	return (set);
}

static int
watch(mach_port_t name)
{
	int fd;

	fd = mach_port_fd(name);
	ATF_REQUIRE_MSG(fd != -1, "mach_port_fd: %s", strerror(errno));
	return (fd);
}

/* What poll says of a descriptor, waiting up to a number of milliseconds. */
static int
events_within(int fd, int ms)
{
	struct pollfd pfd = { fd, POLLIN, 0 };

	ATF_REQUIRE(poll(&pfd, 1, ms) != -1);
	return (pfd.revents);
}

static int
events(int fd)
{
	return (events_within(fd, 0));
}

/* Readable while something is queued, whether it came before or after. */
ATF_TC_WITHOUT_HEAD(port_level);
ATF_TC_BODY(port_level, tc)
{
	mach_port_t port;
	int fd;

	counters_start();
	port = port_make_send();
	note_send(port, 1);
	fd = watch(port);
	ATF_CHECK_EQ(POLLIN, events(fd));
	ATF_CHECK_EQ(POLLIN, events(fd));
	note_send(port, 2);
	ATF_CHECK_EQ(1, note_take(port));
	ATF_CHECK_EQ(POLLIN, events(fd));
	ATF_CHECK_EQ(2, note_take(port));
	ATF_CHECK_EQ(0, events(fd));
	note_send(port, 3);
	ATF_CHECK_EQ(POLLIN, events(fd));
	ATF_CHECK_EQ(3, note_take(port));
	ATF_CHECK_EQ(0, events(fd));
	ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	ATF_REQUIRE_EQ(0, close(fd));
	note_send(port, 4);
	ATF_CHECK_EQ(4, note_take(port));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(two_watches);
ATF_TC_BODY(two_watches, tc)
{
	mach_port_t port;
	int one, two;

	counters_start();
	port = port_make_send();
	one = watch(port);
	two = watch(port);
	note_send(port, 1);
	ATF_CHECK_EQ(POLLIN, events(one));
	ATF_CHECK_EQ(POLLIN, events(two));
	ATF_REQUIRE_EQ(0, close(one));
	ATF_CHECK_EQ(POLLIN, events(two));
	ATF_CHECK_EQ(1, note_take(port));
	ATF_CHECK_EQ(0, events(two));
	ATF_REQUIRE_EQ(0, close(two));
	port_drop(port);
	counters_check();
}

/* A set is ready by its members, as they join, leave, fill and empty. */
ATF_TC_WITHOUT_HEAD(set_level);
ATF_TC_BODY(set_level, tc)
{
	mach_port_t a, b, set;
	int fa, fs;

	counters_start();
	set = make_set();
	a = port_make_send();
	b = port_make_send();
	fs = watch(set);
	fa = watch(a);
	note_send(a, 1);
	ATF_CHECK_EQ(0, events(fs));
	KR_OK(mach_port_insert_member(TASK, a, set));
	ATF_CHECK_EQ(POLLIN, events(fs));
	ATF_CHECK_EQ(POLLIN, events(fa));
	KR_OK(mach_port_extract_member(TASK, a, set));
	ATF_CHECK_EQ(0, events(fs));
	ATF_CHECK_EQ(POLLIN, events(fa));
	KR_OK(mach_port_move_member(TASK, b, set));
	note_send(b, 2);
	ATF_CHECK_EQ(POLLIN, events(fs));
	ATF_CHECK_EQ(2, note_take(set));
	ATF_CHECK_EQ(0, events(fs));
	ATF_CHECK_EQ(1, note_take(a));
	ATF_CHECK_EQ(0, events(fa));
	/* A member that goes takes its messages with it. */
	note_send(b, 3);
	ATF_CHECK_EQ(POLLIN, events(fs));
	port_drop(b);
	ATF_CHECK_EQ(0, events(fs));
	ATF_REQUIRE_EQ(0, close(fs));
	ATF_REQUIRE_EQ(0, close(fa));
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(a);
	counters_check();
}

/* The end of what is watched, with messages queued or without. */
ATF_TC_WITHOUT_HEAD(hangup);
ATF_TC_BODY(hangup, tc)
{
	mach_port_t empty, full, set;
	int fe, ff, fs;

	counters_start();
	empty = port_make();
	full = port_make_send();
	set = make_set();
	fe = watch(empty);
	ff = watch(full);
	fs = watch(set);
	note_send(full, 1);
	ATF_CHECK_EQ(POLLIN, events(ff));
	port_drop(empty);
	ATF_CHECK_EQ(POLLHUP, events(fe));
	ATF_CHECK_EQ(POLLIN, events(ff));
	ATF_CHECK_EQ(0, events(fs));
	port_drop(full);
	KR_OK(mach_port_destroy(TASK, set));
	ATF_CHECK_EQ(POLLHUP, events(ff));
	ATF_CHECK_EQ(POLLHUP, events(fs));
	ATF_REQUIRE_EQ(0, close(fe));
	ATF_REQUIRE_EQ(0, close(ff));
	ATF_REQUIRE_EQ(0, close(fs));
	counters_check();
}

/* A receive right that moves ends its watch, wherever it arrives. */
ATF_TC_WITHOUT_HEAD(hangup_when_moved);
ATF_TC_BODY(hangup_when_moved, tc)
{
	struct {
		mach_msg_base_t	base;
		mach_msg_port_descriptor_t right;
		mach_msg_max_trailer_t trailer;
	} msg;
	mach_port_t moved, via;
	int fd;

	counters_start();
	moved = port_make();
	via = port_make_send();
	fd = watch(moved);
	memset(&msg, 0, sizeof(msg));
	msg.base.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	msg.base.header.msgh_remote_port = via;
	msg.base.body.msgh_descriptor_count = 1;
	msg.right.name = moved;
	msg.right.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	msg.right.type = MACH_MSG_PORT_DESCRIPTOR;
	KR_OK(mach_msg(&msg.base.header, MACH_SEND_MSG,
	    sizeof(msg.base) + sizeof(msg.right), 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(POLLHUP, events(fd));
	ATF_REQUIRE_EQ(0, close(fd));
	KR_OK(mach_msg(&msg.base.header, MACH_RCV_MSG, 0, sizeof(msg), via, 0,
	    MACH_PORT_NULL));
	fd = watch(msg.right.name);
	ATF_CHECK_EQ(0, events(fd));
	port_drop(msg.right.name);
	ATF_CHECK_EQ(POLLHUP, events(fd));
	ATF_REQUIRE_EQ(0, close(fd));
	port_drop(via);
	counters_check();
}

static void *
send_one(void *arg)
{
	note_send(*(mach_port_t *)arg, 7);
	return (NULL);
}

static void *
drop_port(void *arg)
{
	port_drop(*(mach_port_t *)arg);
	return (NULL);
}

/* A thread that is asleep in poll or select wakes for a message and an end. */
ATF_TC_WITHOUT_HEAD(wakes_sleepers);
ATF_TC_BODY(wakes_sleepers, tc)
{
	mach_port_t port, set;
	pthread_t thread;
	fd_set fds;
	int fd, fs;

	counters_start();
	port = port_make_send();
	set = make_set();
	KR_OK(mach_port_insert_member(TASK, port, set));
	fd = watch(port);
	fs = watch(set);
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, send_one, &port));
	ATF_CHECK_EQ(POLLIN, events_within(fs, 60000));
	FD_ZERO(&fds);
	FD_SET(fd, &fds);
	ATF_CHECK_EQ(1, select(fd + 1, &fds, NULL, NULL, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK_EQ(7, note_take(set));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, drop_port, &port));
	ATF_CHECK_EQ(POLLHUP, events_within(fd, 60000));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_REQUIRE_EQ(0, close(fd));
	ATF_REQUIRE_EQ(0, close(fs));
	KR_OK(mach_port_destroy(TASK, set));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	mach_port_t dead, port, send;

	counters_start();
	ATF_CHECK_ERRNO(EINVAL, mach_port_fd(MACH_PORT_NULL) == -1);
	ATF_CHECK_ERRNO(EINVAL, mach_port_fd(MACH_PORT_DEAD) == -1);
	ATF_CHECK_ERRNO(EINVAL, mach_port_fd(0x1003) == -1);
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_DEAD_NAME, &dead));
	ATF_CHECK_ERRNO(EINVAL, mach_port_fd(dead) == -1);
	KR_OK(mach_port_deallocate(TASK, dead));
	send = mach_host_self();
	ATF_CHECK_ERRNO(EINVAL, mach_port_fd(send) == -1);
	KR_OK(mach_port_deallocate(TASK, send));
	port = port_make();
	port_drop(port);
	ATF_CHECK_ERRNO(EINVAL, mach_port_fd(port) == -1);
	counters_check();
}

/* A descriptor keeps nothing alive of a task that is gone. */
ATF_TC_WITHOUT_HEAD(killed_task);
ATF_TC_BODY(killed_task, tc)
{
	mach_port_t port;
	pid_t pid;

	counters_start();
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		port = port_make_send();
		if (mach_port_fd(port) == -1)
			_exit(1);
		note_send(port, 1);
		_exit(0);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	counters_check();
}

#define	RACES	2000

static void *
race_messages(void *arg)
{
	mach_port_t *ports = arg;
	int i;

	for (i = 0; i < RACES; i++) {
		note_send(ports[0], i);
		ATF_CHECK_EQ(i, note_take(ports[0]));
	}
	return (NULL);
}

static void *
race_members(void *arg)
{
	mach_port_t *ports = arg;
	int i;

	for (i = 0; i < RACES; i++) {
		KR_OK(mach_port_insert_member(TASK, ports[0], ports[1]));
		KR_OK(mach_port_extract_member(TASK, ports[0], ports[1]));
	}
	return (NULL);
}

/* Watches come and go while messages do, and members, and sets. */
ATF_TC_WITHOUT_HEAD(races);
ATF_TC_BODY(races, tc)
{
	mach_port_t ports[2], other;
	pthread_t threads[2];
	int fd, fo, i;

	counters_start();
	ports[0] = port_make_send();
	ports[1] = make_set();
	ATF_REQUIRE_EQ(0, pthread_create(&threads[0], NULL, race_messages,
	    ports));
	ATF_REQUIRE_EQ(0, pthread_create(&threads[1], NULL, race_members,
	    ports));
	for (i = 0; i < RACES / 4; i++) {
		fd = watch(ports[i % 2]);
		other = make_set();
		fo = watch(other);
		KR_OK(mach_port_insert_member(TASK, ports[0], other));
		ATF_CHECK((events(fd) & ~POLLIN) == 0);
		KR_OK(mach_port_destroy(TASK, other));
		ATF_CHECK_EQ(POLLHUP, events(fo));
		ATF_REQUIRE_EQ(0, close(fo));
		ATF_REQUIRE_EQ(0, close(fd));
	}
	ATF_REQUIRE_EQ(0, pthread_join(threads[0], NULL));
	ATF_REQUIRE_EQ(0, pthread_join(threads[1], NULL));
	KR_OK(mach_port_destroy(TASK, ports[1]));
	port_drop(ports[0]);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, port_level);
	ATF_TP_ADD_TC(tp, two_watches);
	ATF_TP_ADD_TC(tp, set_level);
	ATF_TP_ADD_TC(tp, hangup);
	ATF_TP_ADD_TC(tp, hangup_when_moved);
	ATF_TP_ADD_TC(tp, wakes_sleepers);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, killed_task);
	ATF_TP_ADD_TC(tp, races);
	return (atf_no_error());
}
