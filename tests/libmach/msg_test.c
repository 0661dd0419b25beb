/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_msg() and its relatives: restarts, and what mach_msg_destroy() releases.
 */

#include <atf-c.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

/* A message with one of each descriptor. */
struct parcel {
	mach_msg_header_t	head;
	mach_msg_body_t		body;
	mach_msg_port_descriptor_t port;
	mach_msg_ool_descriptor_t memory;
	mach_msg_ool_ports_descriptor_t ports;
	mach_msg_max_trailer_t	trailer;
};
#define	PARCEL_SIZE	offsetof(struct parcel, trailer)
#define	PARCEL_MEMORY	10000

/*
 * A parcel to `dest' with a right to reply to `reply': a receive right, memory
 * and an array of send rights to `reply'.
 */
static void
parcel_fill(struct parcel *p, mach_port_t dest, mach_port_t reply,
    char *memory, mach_port_t *array)
{
	array[0] = array[2] = reply;
	array[1] = MACH_PORT_NULL;
	memset(p, 0, sizeof(*p));
	p->head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE) | MACH_MSGH_BITS_COMPLEX;
	p->head.msgh_remote_port = dest;
	p->head.msgh_local_port = reply;
	p->body.msgh_descriptor_count = 3;
	p->port.name = port_make();
	p->port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	p->port.type = MACH_MSG_PORT_DESCRIPTOR;
	p->memory.address = memory;
	p->memory.size = PARCEL_MEMORY;
	p->memory.copy = MACH_MSG_PHYSICAL_COPY;
	p->memory.type = MACH_MSG_OOL_DESCRIPTOR;
	p->ports.address = array;
	p->ports.count = 3;
	p->ports.disposition = MACH_MSG_TYPE_MAKE_SEND;
	p->ports.copy = MACH_MSG_PHYSICAL_COPY;
	p->ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
}

ATF_TC(destroy_received);
ATF_TC_HEAD(destroy_received, tc)
{
	atf_tc_set_md_var(tc, "descr", "A received message gives up its reply "
	    "right, the rights of its body and its memory, and nothing else");
}
ATF_TC_BODY(destroy_received, tc)
{
	char memory[PARCEL_MEMORY];
	mach_port_t array[3], dest, reply;
	struct parcel p;
	unsigned int before;

	kernel_start();
	dest = port_make();
	reply = port_make();
	before = name_count();
	memset(memory, 'm', sizeof(memory));
	parcel_fill(&p, dest, reply, memory, array);
	KR_OK(mach_msg(&p.head, MACH_SEND_MSG, PARCEL_SIZE, 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
	KR_OK(mach_msg(&p.head, MACH_RCV_MSG, 0, sizeof(p), dest, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(2, port_refs(reply, MACH_PORT_RIGHT_SEND));
	ATF_REQUIRE(is_mapped(p.memory.address));
	ATF_REQUIRE(is_mapped(p.ports.address));
	ATF_CHECK_EQ(0, memcmp(p.memory.address, memory, PARCEL_MEMORY));

	mach_msg_destroy(&p.head);
	ATF_CHECK_EQ(before, name_count());
	ATF_CHECK_EQ(0, port_refs(reply, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(1, port_refs(dest, MACH_PORT_RIGHT_RECEIVE));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(reply));
	ATF_CHECK(!is_mapped(p.memory.address));
	ATF_CHECK(!is_mapped(p.ports.address));
}

ATF_TC(destroy_unsent);
ATF_TC_HEAD(destroy_unsent, tc)
{
	atf_tc_set_md_var(tc, "descr", "A message that could not be sent gives "
	    "up all it got back, the right to reply included");
}
ATF_TC_BODY(destroy_unsent, tc)
{
	struct mach_port_limits limits = { 1 };
	char memory[PARCEL_MEMORY];
	mach_port_t array[3], dest, reply;
	struct parcel p;
	unsigned int before;

	kernel_start();
	dest = port_make_send();
	reply = port_make();
	KR_OK(mach_port_set_attributes(mach_task_self(), dest,
	    MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
	    MACH_PORT_LIMITS_INFO_COUNT));
	note_send(dest, 1);
	before = name_count();
	memset(memory, 'm', sizeof(memory));
	parcel_fill(&p, dest, reply, memory, array);
	KR(MACH_SEND_TIMED_OUT, mach_msg(&p.head, MACH_SEND_MSG |
	    MACH_SEND_TIMEOUT, PARCEL_SIZE, 0, MACH_PORT_NULL, 10,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE,
	    MACH_MSGH_BITS_LOCAL(p.head.msgh_bits));
	ATF_CHECK_EQ(2, port_refs(dest, MACH_PORT_RIGHT_SEND));

	mach_msg_destroy(&p.head);
	ATF_CHECK_EQ(before, name_count());
	ATF_CHECK_EQ(1, port_refs(dest, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(0, port_refs(reply, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(reply));
	ATF_CHECK(!is_mapped(p.memory.address));
	ATF_CHECK(!is_mapped(p.ports.address));
	ATF_CHECK_EQ(1, note_take(dest));
}

static atomic_bool over;
static atomic_int caught;

static void
catch(int sig)
{
	(void)sig;
	atomic_fetch_add(&caught, 1);
}

/* Signals a thread again and again, for it may not be asleep yet. */
static void *
disturb(void *arg)
{
	const struct timespec pause = { 0, 1000000 };

	while (!atomic_load(&over)) {
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
		nanosleep(&pause, NULL);
	}
	return (NULL);
}

static pthread_t
disturb_start(pthread_t *self)
{
	struct sigaction sa;
	pthread_t thread;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = catch;
	sa.sa_flags = SA_RESTART;
	ATF_REQUIRE_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	*self = pthread_self();
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, disturb, self));
	return (thread);
}

static void
disturb_stop(pthread_t thread)
{
	atomic_store(&over, true);
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK(atomic_load(&caught) > 0);
}

ATF_TC(receive_interrupt);
ATF_TC_HEAD(receive_interrupt, tc)
{
	atf_tc_set_md_var(tc, "descr", "A signal ends a receive only if asked "
	    "to, and never sends the message again");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(receive_interrupt, tc)
{
	mach_port_t dest, empty;
	pthread_t self, thread;
	struct note note;

	kernel_start();
	dest = port_make_send();
	empty = port_make();
	thread = disturb_start(&self);
	memset(&note, 0, sizeof(note));
	note.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	note.head.msgh_remote_port = dest;
	note.head.msgh_id = 7;
	KR(MACH_RCV_INTERRUPTED, mach_msg(&note.head, MACH_SEND_MSG |
	    MACH_RCV_MSG | MACH_RCV_INTERRUPT, NOTE_SIZE, sizeof(note), empty,
	    0, MACH_PORT_NULL));
	ATF_CHECK_EQ(7, note_take(dest));
	ATF_CHECK(note_none(dest));

	KR(MACH_RCV_INTERRUPTED, mach_msg(&note.head, MACH_RCV_MSG |
	    MACH_RCV_TIMEOUT | MACH_RCV_INTERRUPT, 0, sizeof(note), empty,
	    50000, MACH_PORT_NULL));
	disturb_stop(thread);
	KR(MACH_RCV_TIMED_OUT, mach_msg(&note.head, MACH_RCV_MSG |
	    MACH_RCV_TIMEOUT, 0, sizeof(note), empty, 10, MACH_PORT_NULL));
}

static void *
send_late(void *arg)
{
	while (atomic_load(&caught) < 20)
		sched_yield();
	note_send(*(mach_port_t *)arg, 9);
	return (NULL);
}

ATF_TC(receive_restart);
ATF_TC_HEAD(receive_restart, tc)
{
	atf_tc_set_md_var(tc, "descr", "A call disturbed by signals sends once "
	    "and receives what comes in the end");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(receive_restart, tc)
{
	mach_port_t answers, dest;
	pthread_t self, sender, thread;
	struct note note;

	kernel_start();
	dest = port_make_send();
	answers = port_make_send();
	ATF_REQUIRE_EQ(0, pthread_create(&sender, NULL, send_late, &answers));
	thread = disturb_start(&self);
	memset(&note, 0, sizeof(note));
	note.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	note.head.msgh_remote_port = dest;
	note.head.msgh_id = 8;
	KR_OK(mach_msg(&note.head, MACH_SEND_MSG | MACH_RCV_MSG, NOTE_SIZE,
	    sizeof(note), answers, 0, MACH_PORT_NULL));
	ATF_CHECK_EQ(9, note.head.msgh_id);
	disturb_stop(thread);
	ATF_REQUIRE_EQ(0, pthread_join(sender, NULL));
	ATF_CHECK_EQ(8, note_take(dest));
	ATF_CHECK(note_none(dest));
}

/* Makes room on a port whose queue is full, when signals have come. */
static void *
take_late(void *arg)
{
	while (atomic_load(&caught) < 20)
		sched_yield();
	ATF_CHECK_EQ(1, note_take(*(mach_port_t *)arg));
	return (NULL);
}

static mach_port_t
full_port(void)
{
	struct mach_port_limits limits = { 1 };
	mach_port_t port;

	port = port_make_send();
	KR_OK(mach_port_set_attributes(mach_task_self(), port,
	    MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
	    MACH_PORT_LIMITS_INFO_COUNT));
	note_send(port, 1);
	return (port);
}

ATF_TC(send_interrupt);
ATF_TC_HEAD(send_interrupt, tc)
{
	atf_tc_set_md_var(tc, "descr", "A signal ends a send only if asked to, "
	    "and the message is back; otherwise it is sent once");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(send_interrupt, tc)
{
	char memory[PARCEL_MEMORY];
	mach_port_t array[3], dest, reply;
	pthread_t other, self, thread;
	struct parcel p;

	kernel_start();
	dest = full_port();
	reply = port_make();
	memset(memory, 'm', sizeof(memory));
	thread = disturb_start(&self);
	parcel_fill(&p, dest, reply, memory, array);
	KR(MACH_SEND_INTERRUPTED, mach_msg(&p.head, MACH_SEND_MSG |
	    MACH_SEND_INTERRUPT, PARCEL_SIZE, 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
	/* Its only right was under its name, so it may have another one. */
	ATF_CHECK_EQ(1, port_refs(p.port.name, MACH_PORT_RIGHT_RECEIVE));
	ATF_CHECK_EQ(0, memcmp(p.memory.address, memory, PARCEL_MEMORY));
	ATF_CHECK_EQ(2, port_refs(reply, MACH_PORT_RIGHT_SEND));

	/* The same message, as it came back, until there is room for it. */
	atomic_store(&caught, 0);
	ATF_REQUIRE_EQ(0, pthread_create(&other, NULL, take_late, &dest));
	KR_OK(mach_msg(&p.head, MACH_SEND_MSG, PARCEL_SIZE, 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
	disturb_stop(thread);
	ATF_REQUIRE_EQ(0, pthread_join(other, NULL));
	KR_OK(mach_msg(&p.head, MACH_RCV_MSG, 0, sizeof(p), dest, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(1, port_refs(p.port.name, MACH_PORT_RIGHT_RECEIVE));
	ATF_CHECK_EQ(0, memcmp(p.memory.address, memory, PARCEL_MEMORY));
	ATF_CHECK_EQ(2, port_refs(reply, MACH_PORT_RIGHT_SEND));
	ATF_CHECK(note_none(dest));
}

ATF_TC(overwrite);
ATF_TC_HEAD(overwrite, tc)
{
	atf_tc_set_md_var(tc, "descr", "mach_msg_overwrite() leaves the "
	    "message sent alone and receives elsewhere");
}
ATF_TC_BODY(overwrite, tc)
{
	struct note in, out;
	mach_port_t port;

	kernel_start();
	port = port_make();
	memset(&out, 0, sizeof(out));
	out.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	out.head.msgh_remote_port = port;
	out.head.msgh_id = 3;
	out.word = 0x1234;
	KR_OK(mach_msg_overwrite(&out.head, MACH_SEND_MSG | MACH_RCV_MSG,
	    NOTE_SIZE, sizeof(in), port, 0, MACH_PORT_NULL, &in.head, 0));
	ATF_CHECK_EQ(0x1234, in.word);
	ATF_CHECK_EQ(port, in.head.msgh_local_port);
	ATF_CHECK_EQ(port, out.head.msgh_remote_port);
	ATF_CHECK_EQ(MACH_PORT_NULL, out.head.msgh_local_port);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, destroy_received);
	ATF_TP_ADD_TC(tp, destroy_unsent);
	ATF_TP_ADD_TC(tp, receive_interrupt);
	ATF_TP_ADD_TC(tp, receive_restart);
	ATF_TP_ADD_TC(tp, send_interrupt);
	ATF_TP_ADD_TC(tp, overwrite);
	return (atf_no_error());
}
