/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Waiting for messages with kevent(2): by EVFILT_MACHPORT and a port's name,
 * and by EVFILT_READ and a descriptor.  FreeBSD only.
 */

#include <sys/types.h>
#include <sys/event.h>

#include <atf-c.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
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
change(int kq, uintptr_t ident, short filter, u_short flags, u_int fflags)
{
	struct kevent kev;

	EV_SET(&kev, ident, filter, flags, fflags, 0, NULL);
	return (kevent(kq, &kev, 1, NULL, 0, NULL));
}

/* How many of up to four events there are now. */
static int
poll_events(int kq, struct kevent kev[4])
{
	const struct timespec now = { 0, 0 };
	int n;

	n = kevent(kq, NULL, 0, kev, 4, &now);
	ATF_REQUIRE(n != -1);
	return (n);
}

static short
filter(void)
{
	short f;

	f = EVFILT_MACHPORT;
	if (f == 0)
		atf_tc_skip("no filter number is free in this kernel");
	return (f);
}

/* Level-triggered, for a message that was there before, and with its port. */
ATF_TC_WITHOUT_HEAD(by_name);
ATF_TC_BODY(by_name, tc)
{
	struct kevent kev[4];
	mach_port_t port, set;
	short f;
	int kq;

	counters_start();
	f = filter();
	kq = kqueue();
	port = port_make_send();
	set = make_set();
	KR_OK(mach_port_insert_member(TASK, port, set));
	note_send(port, 1);
	ATF_REQUIRE_EQ(0, change(kq, port, f, EV_ADD, 0));
	ATF_CHECK_EQ(1, poll_events(kq, kev));
	ATF_CHECK_EQ(port, kev[0].ident);
	ATF_CHECK_EQ(port, (mach_port_t)kev[0].data);
	ATF_CHECK_EQ(f, kev[0].filter);
	ATF_CHECK_EQ(1, poll_events(kq, kev));
	ATF_REQUIRE_EQ(0, change(kq, set, f, EV_ADD, 0));
	ATF_CHECK_EQ(2, poll_events(kq, kev));
	ATF_CHECK_EQ(1, note_take(set));
	ATF_CHECK_EQ(0, poll_events(kq, kev));
	note_send(port, 2);
	ATF_CHECK_EQ(2, poll_events(kq, kev));
	ATF_CHECK_EQ(port, (mach_port_t)kev[0].data);
	ATF_CHECK_EQ(port, (mach_port_t)kev[1].data);
	ATF_CHECK_EQ(2, note_take(port));
	ATF_REQUIRE_EQ(0, close(kq));
	KR_OK(mach_port_destroy(TASK, set));
	port_drop(port);
	counters_check();
}

/* Destruction wakes the watch of what died, and no other. */
ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	struct kevent kev[4];
	mach_port_t other, port, set;
	short f;
	int kq;

	counters_start();
	f = filter();
	kq = kqueue();
	other = port_make_send();
	port = port_make_send();
	set = make_set();
	KR_OK(mach_port_insert_member(TASK, port, set));
	ATF_REQUIRE_EQ(0, change(kq, other, f, EV_ADD, 0));
	ATF_REQUIRE_EQ(0, change(kq, port, f, EV_ADD, 0));
	ATF_REQUIRE_EQ(0, change(kq, set, f, EV_ADD, 0));
	port_drop(port);
	ATF_CHECK_EQ(1, poll_events(kq, kev));
	ATF_CHECK_EQ(port, kev[0].ident);
	ATF_CHECK((kev[0].flags & EV_EOF) != 0);
	ATF_REQUIRE_EQ(0, change(kq, port, f, EV_DELETE, 0));
	KR_OK(mach_port_destroy(TASK, set));
	ATF_CHECK_EQ(1, poll_events(kq, kev));
	ATF_CHECK_EQ(set, kev[0].ident);
	ATF_CHECK((kev[0].flags & EV_EOF) != 0);
	ATF_REQUIRE_EQ(0, close(kq));
	port_drop(other);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(registration);
ATF_TC_BODY(registration, tc)
{
	struct kevent kev[4];
	mach_port_t port;
	short f;
	int kq;

	counters_start();
	f = filter();
	kq = kqueue();
	port = port_make_send();
	ATF_CHECK_ERRNO(EINVAL, change(kq, TASK, f, EV_ADD, 0) == -1);
	ATF_CHECK_ERRNO(EINVAL, change(kq, 0, f, EV_ADD, 0) == -1);
	ATF_CHECK_ERRNO(EINVAL, change(kq, (uintptr_t)1 << 32 | port, f,
	    EV_ADD, 0) == -1);
	ATF_CHECK_ERRNO(EINVAL, change(kq, port, f, EV_ADD, MACH_RCV_MSG) ==
	    -1);
	note_send(port, 1);
	ATF_REQUIRE_EQ(0, change(kq, port, f, EV_ADD, 0));
	ATF_REQUIRE_EQ(0, change(kq, port, f, EV_DELETE, 0));
	ATF_CHECK_EQ(0, poll_events(kq, kev));
	ATF_REQUIRE_EQ(0, change(kq, port, f, EV_ADD | EV_DISPATCH, 0));
	ATF_CHECK_EQ(1, poll_events(kq, kev));
	ATF_CHECK_EQ(0, poll_events(kq, kev));
	ATF_REQUIRE_EQ(0, change(kq, port, f, EV_ENABLE | EV_DISPATCH, 0));
	ATF_CHECK_EQ(1, poll_events(kq, kev));
	ATF_CHECK_EQ(1, note_take(port));
	ATF_REQUIRE_EQ(0, close(kq));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(by_descriptor);
ATF_TC_BODY(by_descriptor, tc)
{
	struct kevent kev[4];
	mach_port_t port;
	int fd, kq;

	counters_start();
	kq = kqueue();
	port = port_make_send();
	fd = mach_port_fd(port);
	ATF_REQUIRE(fd != -1);
	note_send(port, 1);
	ATF_REQUIRE_EQ(0, change(kq, fd, EVFILT_READ, EV_ADD, 0));
	ATF_CHECK_EQ(1, poll_events(kq, kev));
	ATF_CHECK_EQ(port, (mach_port_t)kev[0].data);
	ATF_CHECK_EQ(1, note_take(port));
	ATF_CHECK_EQ(0, poll_events(kq, kev));
	ATF_CHECK_ERRNO(EINVAL, change(kq, fd, EVFILT_WRITE, EV_ADD, 0) == -1);
	port_drop(port);
	ATF_CHECK_EQ(1, poll_events(kq, kev));
	ATF_CHECK((kev[0].flags & EV_EOF) != 0);
	ATF_REQUIRE_EQ(0, close(fd));
	ATF_CHECK_EQ(0, poll_events(kq, kev));
	ATF_REQUIRE_EQ(0, close(kq));
	counters_check();
}

static void *
first_touch(void *arg)
{
	return ((void *)(intptr_t)change(*(int *)arg, 0x1003, EVFILT_MACHPORT,
	    EV_ADD, 0));
}

/* A thread whose first call of the module is kevent. */
ATF_TC_WITHOUT_HEAD(thread_without_mach);
ATF_TC_BODY(thread_without_mach, tc)
{
	pthread_t thread;
	void *result;
	int kq;

	counters_start();
	(void)filter();
	kq = kqueue();
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, first_touch, &kq));
	ATF_REQUIRE_EQ(0, pthread_join(thread, &result));
	ATF_CHECK_EQ(-1, (intptr_t)result);
	ATF_REQUIRE_EQ(0, close(kq));
	counters_check();
}

#define	RACES	2000

static void *
make_and_drop(void *arg)
{
	mach_port_t *set = arg;
	mach_port_t port;
	int i;

	for (i = 0; i < RACES; i++) {
		port = port_make_send();
		KR_OK(mach_port_insert_member(TASK, port, *set));
		note_send(port, i);
		KR_OK(mach_port_move_member(TASK, port, MACH_PORT_NULL));
		port_drop(port);
	}
	return (NULL);
}

/* Knotes are attached and detached while what they watch changes. */
ATF_TC_WITHOUT_HEAD(races);
ATF_TC_BODY(races, tc)
{
	struct kevent kev[4];
	mach_port_t other, set;
	pthread_t thread;
	short f;
	int i, kq;

	counters_start();
	f = filter();
	kq = kqueue();
	set = make_set();
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, make_and_drop, &set));
	for (i = 0; i < RACES; i++) {
		ATF_REQUIRE_EQ(0, change(kq, set, f, EV_ADD, 0));
		other = make_set();
		ATF_REQUIRE_EQ(0, change(kq, other, f, EV_ADD, 0));
		(void)poll_events(kq, kev);
		KR_OK(mach_port_destroy(TASK, other));
		ATF_REQUIRE_EQ(0, change(kq, other, f, EV_DELETE, 0));
		ATF_REQUIRE_EQ(0, change(kq, set, f, EV_DELETE, 0));
	}
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_REQUIRE_EQ(0, close(kq));
	KR_OK(mach_port_destroy(TASK, set));
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, by_name);
	ATF_TP_ADD_TC(tp, ends);
	ATF_TP_ADD_TC(tp, registration);
	ATF_TP_ADD_TC(tp, by_descriptor);
	ATF_TP_ADD_TC(tp, thread_without_mach);
	ATF_TP_ADD_TC(tp, races);
	return (atf_no_error());
}
