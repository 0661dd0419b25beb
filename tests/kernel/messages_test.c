/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages: headers, bodies, queues, trailers, out-of-line memory.
 */

#include <sys/mman.h>

#include <atf-c.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "trap.h"

#define	TASK	mach_task_self()

struct body {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	union {
		mach_msg_port_descriptor_t port;
		mach_msg_ool_descriptor_t ool;
		mach_msg_ool_ports_descriptor_t ports;
	} d;
	mach_msg_max_trailer_t trailer;
};

#define	PORT_SIZE	(sizeof(mach_msg_base_t) +			\
	    sizeof(mach_msg_port_descriptor_t))
#define	OOL_SIZE	(sizeof(mach_msg_base_t) +			\
	    sizeof(mach_msg_ool_descriptor_t))

static mach_msg_return_t
send(void *msg, mach_msg_size_t size)
{
	return (mach_msg(msg, MACH_SEND_MSG | MACH_SEND_TIMEOUT, size, 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

static mach_msg_return_t
receive(void *msg, mach_msg_size_t size, mach_port_t port,
    mach_msg_option_t option)
{
	return (mach_msg(msg, MACH_RCV_MSG | MACH_RCV_TIMEOUT | option, 0, size,
	    port, 0, MACH_PORT_NULL));
}

static void
head_init(mach_msg_header_t *h, mach_port_t dest, mach_msg_bits_t bits)
{
	memset(h, 0, sizeof(*h));
	h->msgh_bits = bits;
	h->msgh_remote_port = dest;
	h->msgh_id = 77;
}

static void
body_init(struct body *b, mach_port_t dest, int type)
{
	memset(b, 0, sizeof(*b));
	head_init(&b->head, dest, MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0));
	b->body.msgh_descriptor_count = 1;
	b->d.port.type = type;
}

ATF_TC_WITHOUT_HEAD(header_is_reversed);
ATF_TC_BODY(header_is_reversed, tc)
{
	mach_port_t port, reply;
	struct note n;

	counters_start();
	port = port_make_send();
	reply = port_make();
	head_init(&n.head, port, MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE));
	n.head.msgh_local_port = reply;
	KR_OK(send(&n, sizeof(n.head)));
	KR_OK(receive(&n, sizeof(n), port, 0));
	ATF_CHECK_EQ(port, n.head.msgh_local_port);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND,
	    MACH_MSGH_BITS_LOCAL(n.head.msgh_bits));
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE,
	    MACH_MSGH_BITS_REMOTE(n.head.msgh_bits));
	ATF_CHECK_EQ(sizeof(n.head), n.head.msgh_size);
	ATF_CHECK_EQ(77, n.head.msgh_id);
	ATF_CHECK_EQ(1, port_refs(n.head.msgh_remote_port,
	    MACH_PORT_RIGHT_SEND_ONCE));
	KR_OK(mach_port_deallocate(TASK, n.head.msgh_remote_port));
	/* The unused reply right says so. */
	KR_OK(receive(&n, sizeof(n), reply, 0));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, n.head.msgh_id);
	port_drop(port);
	KR_OK(mach_port_destroy(TASK, reply));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(header_rights_are_taken_together);
ATF_TC_BODY(header_rights_are_taken_together, tc)
{
	mach_msg_return_t mr;
	mach_port_t port;
	struct note n;

	counters_start();
	port = port_make_send();
	head_init(&n.head, port, MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND,
	    MACH_MSG_TYPE_COPY_SEND));
	n.head.msgh_local_port = port;
	KR_OK(send(&n, sizeof(n.head)));
	KR_OK(receive(&n, sizeof(n), port, 0));
	ATF_CHECK_EQ(port, n.head.msgh_remote_port);
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	/* One reference cannot be moved twice, and is not lost. */
	head_init(&n.head, port, MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND,
	    MACH_MSG_TYPE_MOVE_SEND));
	n.head.msgh_local_port = port;
	mr = send(&n, sizeof(n.head));
	ATF_CHECK(mr == MACH_SEND_INVALID_DEST ||
	    mr == MACH_SEND_INVALID_REPLY);
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(bad_messages);
ATF_TC_BODY(bad_messages, tc)
{
	static char big[128 * 1024];
	mach_port_t dead, port;
	struct body b;
	struct note n;

	counters_start();
	port = port_make_send();
	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_DEAD_NAME, &dead));
	head_init(&n.head, MACH_PORT_NULL,
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0));
	KR(MACH_SEND_INVALID_DEST, send(&n, sizeof(n.head)));
	head_init(&n.head, dead, MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0));
	KR(MACH_SEND_INVALID_DEST, send(&n, sizeof(n.head)));
	head_init(&n.head, port, MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0));
	KR(MACH_SEND_MSG_TOO_SMALL, send(&n, sizeof(n.head) - 4));
	KR(MACH_SEND_MSG_TOO_SMALL, send(&n, sizeof(n.head) + 2));
	n.head.msgh_bits |= 0x20000000;
	KR(MACH_SEND_INVALID_HEADER, send(&n, sizeof(n.head)));
	head_init(&n.head, port, MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_COPY_SEND));
	n.head.msgh_local_port = 0x7fffff03;
	KR(MACH_SEND_INVALID_REPLY, send(&n, sizeof(n.head)));
	head_init((mach_msg_header_t *)(void *)big, port,
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0));
	KR(MACH_SEND_TOO_LARGE, send(big, sizeof(big)));
	KR(MACH_SEND_INVALID_DATA, send((void *)(uintptr_t)4096, 64));
	body_init(&b, port, 9);
	KR(MACH_SEND_INVALID_TYPE, send(&b, PORT_SIZE));
	body_init(&b, port, MACH_MSG_PORT_DESCRIPTOR);
	b.body.msgh_descriptor_count = 2;
	KR(MACH_SEND_MSG_TOO_SMALL, send(&b, PORT_SIZE));
	body_init(&b, port, MACH_MSG_PORT_DESCRIPTOR);
	b.d.port.name = dead;
	b.d.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	KR(MACH_SEND_INVALID_RIGHT, send(&b, PORT_SIZE));
	KR_OK(mach_port_deallocate(TASK, dead));
	ATF_CHECK(note_none(port));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(dispositions_are_rewritten);
ATF_TC_BODY(dispositions_are_rewritten, tc)
{
	static const struct {
		int sent, received;
	} table[] = {
		{ MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_PORT_SEND },
		{ MACH_MSG_TYPE_MAKE_SEND, MACH_MSG_TYPE_PORT_SEND },
		{ MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_PORT_SEND },
		{ MACH_MSG_TYPE_MAKE_SEND_ONCE, MACH_MSG_TYPE_PORT_SEND_ONCE },
		{ MACH_MSG_TYPE_MOVE_RECEIVE, MACH_MSG_TYPE_PORT_RECEIVE },
	};
	mach_port_t carried, port;
	struct body b;
	size_t i;

	counters_start();
	port = port_make();
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		carried = port_make_send();
		body_init(&b, port, MACH_MSG_PORT_DESCRIPTOR);
		b.d.port.name = carried;
		b.d.port.disposition = table[i].sent;
		KR_OK(send(&b, PORT_SIZE));
		KR_OK(receive(&b, sizeof(b), port, 0));
		ATF_CHECK_EQ(table[i].received, b.d.port.disposition);
		if (table[i].received == MACH_MSG_TYPE_PORT_SEND_ONCE)
			KR_OK(mach_port_deallocate(TASK, b.d.port.name));
		else
			ATF_CHECK_EQ(carried, b.d.port.name);
		KR_OK(mach_port_destroy(TASK, carried));
	}
	KR_OK(mach_port_destroy(TASK, port));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(null_and_dead_travel);
ATF_TC_BODY(null_and_dead_travel, tc)
{
	mach_port_t port;
	struct body b;

	counters_start();
	port = port_make();
	body_init(&b, port, MACH_MSG_PORT_DESCRIPTOR);
	b.d.port.disposition = MACH_MSG_TYPE_COPY_SEND;
	KR_OK(send(&b, PORT_SIZE));
	KR_OK(receive(&b, sizeof(b), port, 0));
	ATF_CHECK_EQ(MACH_PORT_NULL, b.d.port.name);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND, b.d.port.disposition);
	body_init(&b, port, MACH_MSG_PORT_DESCRIPTOR);
	b.d.port.name = MACH_PORT_DEAD;
	b.d.port.disposition = MACH_MSG_TYPE_MOVE_SEND_ONCE;
	KR_OK(send(&b, PORT_SIZE));
	KR_OK(receive(&b, sizeof(b), port, 0));
	ATF_CHECK_EQ(MACH_PORT_DEAD, b.d.port.name);
	KR_OK(mach_port_destroy(TASK, port));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(too_large_for_the_receiver);
ATF_TC_BODY(too_large_for_the_receiver, tc)
{
	mach_port_t port;
	struct note n;

	counters_start();
	port = port_make_send();
	note_send(port, 9);
	/* With MACH_RCV_LARGE it stays. */
	memset(&n, 0, sizeof(n));
	KR(MACH_RCV_TOO_LARGE, receive(&n, 0, port, MACH_RCV_LARGE));
	KR(MACH_RCV_TOO_LARGE, receive(&n, sizeof(n.head), port,
	    MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY));
	ATF_CHECK_EQ(NOTE_SIZE, n.head.msgh_size);
	ATF_CHECK_EQ(port, n.head.msgh_local_port);
	ATF_CHECK_EQ(9, note_take(port));
	/* Without, it is gone. */
	note_send(port, 10);
	KR(MACH_RCV_TOO_LARGE, receive(&n, sizeof(n.head) + 8, port, 0));
	ATF_CHECK_EQ(10, n.head.msgh_id);
	ATF_CHECK_EQ(NOTE_SIZE, n.head.msgh_size);
	ATF_CHECK_EQ(MACH_PORT_NULL, n.head.msgh_remote_port);
	ATF_CHECK(note_none(port));
	port_drop(port);
	counters_check();
}

static void *
blocked_peek(void *arg)
{
	mach_port_t port = *(mach_port_t *)arg;
	mach_msg_header_t h;

	KR(MACH_RCV_TOO_LARGE, mach_msg(&h, MACH_RCV_MSG | MACH_RCV_LARGE, 0,
	    sizeof(h), port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
	return (NULL);
}

/* The message is not lost to a receiver that was there before it. */
ATF_TC_WITHOUT_HEAD(too_large_for_a_blocked_receiver);
ATF_TC_BODY(too_large_for_a_blocked_receiver, tc)
{
	pthread_t thread;
	mach_port_t port;
	int i;

	counters_start();
	port = port_make_send();
	for (i = 0; i < 50; i++) {
		ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, blocked_peek,
		    &port));
		/* Now and then it is left to chance who is first. */
		if (i % 5 != 0)
			counters_waiting(1);
		note_send(port, i);
		ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
		ATF_CHECK_EQ(i, note_take(port));
	}
	port_drop(port);
	counters_check();
}

static void *
blocked_take(void *arg)
{
	mach_port_t port = *(mach_port_t *)arg;
	struct note n;

	memset(&n, 0, sizeof(n));
	KR_OK(mach_msg(&n.head, MACH_RCV_MSG, 0, sizeof(n), port,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
	ATF_CHECK_EQ(8, n.head.msgh_id);
	return (NULL);
}

/* Nor to one that has room for it, and waits behind one that has not. */
ATF_TC_WITHOUT_HEAD(too_large_for_the_first_of_two);
ATF_TC_BODY(too_large_for_the_first_of_two, tc)
{
	pthread_t large, small;
	mach_port_t port;

	counters_start();
	port = port_make_send();
	ATF_REQUIRE_EQ(0, pthread_create(&small, NULL, blocked_peek, &port));
	counters_waiting(1);
	ATF_REQUIRE_EQ(0, pthread_create(&large, NULL, blocked_take, &port));
	counters_waiting(2);
	note_send(port, 8);
	ATF_REQUIRE_EQ(0, pthread_join(small, NULL));
	ATF_REQUIRE_EQ(0, pthread_join(large, NULL));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(trailers);
ATF_TC_BODY(trailers, tc)
{
	static const struct {
		int element;
		unsigned int size;
	} table[] = { { 0, 8 }, { 1, 12 }, { 2, 20 }, { 3, 52 }, { 4, 60 },
		{ 5, 68 }, { 6, 68 }, { 7, 68 }, { 8, 68 }, { 15, 68 } };
	unsigned char buf[256];
	const mach_msg_max_trailer_t *t;
	mach_port_t port;
	size_t i, j;

	counters_start();
	port = port_make_send();
	KR_OK(mach_port_set_context(TASK, port, 0x42424242));
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		note_send(port, 1);
		memset(buf, 0xff, sizeof(buf));
		KR_OK(receive(buf, sizeof(buf), port,
		    MACH_RCV_TRAILER_ELEMENTS(table[i].element)));
		t = (const void *)(buf + NOTE_SIZE);
		ATF_CHECK_EQ(0, t->msgh_trailer_type);
		ATF_CHECK_EQ(table[i].size, t->msgh_trailer_size);
		for (j = NOTE_SIZE + table[i].size; j < sizeof(buf); j++)
			ATF_REQUIRE_EQ(0xff, buf[j]);
		if (table[i].size >= 12)
			ATF_CHECK_EQ(i, t->msgh_seqno);
		if (table[i].size >= 52)
			ATF_CHECK_EQ((unsigned int)getpid(),
			    t->msgh_audit.val[5]);
		if (table[i].size >= 60)
			ATF_CHECK_EQ(0x42424242, t->msgh_context);
	}
	KR(MACH_RCV_INVALID_TRAILER, receive(buf, sizeof(buf), port,
	    MACH_RCV_TRAILER_TYPE(1)));
	port_drop(port);
	counters_check();
}

static long
elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((now.tv_sec - since->tv_sec) * 1000 +
	    (now.tv_nsec - since->tv_nsec) / 1000000);
}

ATF_TC_WITHOUT_HEAD(timeouts_are_milliseconds);
ATF_TC_BODY(timeouts_are_milliseconds, tc)
{
	struct timespec start;
	mach_port_t port;
	struct note n;
	long ms;

	counters_start();
	port = port_make();
	clock_gettime(CLOCK_MONOTONIC, &start);
	KR(MACH_RCV_TIMED_OUT, mach_msg(&n.head, MACH_RCV_MSG |
	    MACH_RCV_TIMEOUT, 0, sizeof(n), port, 250, MACH_PORT_NULL));
	ms = elapsed_ms(&start);
	ATF_CHECK_MSG(ms >= 249 && ms < 2500, "250 ms took %ld", ms);
	KR_OK(mach_port_destroy(TASK, port));
	counters_check();
}

/* Fills a port's queue, whose limit is 1. */
static mach_port_t
full_port(void)
{
	mach_port_limits_t limits = { 1 };
	mach_port_t port;

	port = port_make_send();
	KR_OK(mach_port_set_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	note_send(port, 1);
	return (port);
}

ATF_TC_WITHOUT_HEAD(timed_out_send_gives_back);
ATF_TC_BODY(timed_out_send_gives_back, tc)
{
	mach_port_t carried, port;
	struct body b;
	char *memory;

	counters_start();
	port = full_port();
	carried = port_make_send();
	body_init(&b, port, MACH_MSG_PORT_DESCRIPTOR);
	b.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	b.d.port.name = carried;
	b.d.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	KR(MACH_SEND_TIMED_OUT, send(&b, PORT_SIZE));
	ATF_CHECK(MACH_MSGH_BITS_IS_COMPLEX(b.head.msgh_bits));
	ATF_CHECK_EQ(port, b.head.msgh_remote_port);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND,
	    MACH_MSGH_BITS_REMOTE(b.head.msgh_bits));
	ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(carried, b.d.port.name);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_RECEIVE, b.d.port.disposition);
	ATF_CHECK_EQ(1, port_refs(carried, MACH_PORT_RIGHT_RECEIVE));
	mach_msg_destroy(&b.head);
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_destroy(TASK, carried));

	memory = malloc(100001);
	memset(memory, 'm', 100001);
	body_init(&b, port, MACH_MSG_OOL_DESCRIPTOR);
	b.d.ool.address = memory + 1;
	b.d.ool.size = 100000;
	KR(MACH_SEND_TIMED_OUT, send(&b, OOL_SIZE));
	ATF_CHECK(b.d.ool.address != NULL);
	ATF_CHECK_EQ(0, memcmp(b.d.ool.address, memory + 1, 100000));
	mach_msg_destroy(&b.head);
	free(memory);
	port_drop(port);
	counters_check();
}

static void *
blocked_send(void *arg)
{
	note_send(*(mach_port_t *)arg, 2);
	return (NULL);
}

ATF_TC_WITHOUT_HEAD(room_wakes_a_blocked_sender);
ATF_TC_BODY(room_wakes_a_blocked_sender, tc)
{
	mach_port_limits_t limits = { 2 };
	pthread_t thread;
	mach_port_t port;

	counters_start();
	port = full_port();
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, blocked_send, &port));
	counters_waiting(1);
	KR_OK(mach_port_set_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK_EQ(1, note_take(port));
	ATF_CHECK_EQ(2, note_take(port));
	limits.mpl_qlimit = MACH_PORT_QLIMIT_MAX + 1;
	KR(KERN_INVALID_VALUE, mach_port_set_attributes(TASK, port,
	    MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
	    MACH_PORT_LIMITS_INFO_COUNT));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(unwritable_buffer_keeps_nothing);
ATF_TC_BODY(unwritable_buffer_keeps_nothing, tc)
{
	mach_port_t carried, port;
	struct body b;

	counters_start();
	port = port_make();
	carried = port_make();
	body_init(&b, port, MACH_MSG_PORT_DESCRIPTOR);
	b.d.port.name = carried;
	b.d.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	KR_OK(send(&b, PORT_SIZE));
	KR(MACH_RCV_INVALID_DATA, mach_msg((void *)(uintptr_t)4096,
	    MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(b), port, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(0, port_refs(carried, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_port_destroy(TASK, carried));
	KR_OK(mach_port_destroy(TASK, port));
	counters_check();
}

static void
ool_round_trip(mach_port_t port, const char *memory, mach_msg_size_t size)
{
	struct body b;

	body_init(&b, port, MACH_MSG_OOL_DESCRIPTOR);
	b.d.ool.address = (void *)(uintptr_t)memory;
	b.d.ool.size = size;
	b.d.ool.copy = MACH_MSG_VIRTUAL_COPY;
	KR_OK(send(&b, OOL_SIZE));
	memset(&b.d, 0, sizeof(b.d));
	KR_OK(receive(&b, sizeof(b), port, 0));
	ATF_CHECK_EQ(size, b.d.ool.size);
	ATF_CHECK_EQ(TRUE, b.d.ool.deallocate);
	if (size == 0) {
		ATF_CHECK_EQ(NULL, b.d.ool.address);
		return;
	}
	ATF_CHECK_EQ(0, (uintptr_t)b.d.ool.address & 4095);
	ATF_CHECK_EQ(0, memcmp(b.d.ool.address, memory, size));
	mach_msg_destroy(&b.head);
	ATF_CHECK(!is_mapped(b.d.ool.address));
}

ATF_TC_WITHOUT_HEAD(out_of_line_memory);
ATF_TC_BODY(out_of_line_memory, tc)
{
	const mach_msg_size_t large = 16 * 1024 * 1024;
	mach_port_t port;
	struct body b;
	char *memory;
	size_t i;

	counters_start();
	port = port_make();
	memory = malloc(large + 1);
	for (i = 0; i <= large; i++)
		memory[i] = (char)(i * 31 >> 3);
	ool_round_trip(port, NULL, 0);
	ool_round_trip(port, memory + 1, 1);
	ool_round_trip(port, memory + 3, 4096);
	ool_round_trip(port, memory + 1, 1024 * 1024);
	ool_round_trip(port, memory, large);
	free(memory);
	body_init(&b, port, MACH_MSG_OOL_DESCRIPTOR);
	b.d.ool.address = (void *)(uintptr_t)4096;
	b.d.ool.size = 10;
	KR(MACH_SEND_INVALID_MEMORY, send(&b, OOL_SIZE));
	KR_OK(mach_port_destroy(TASK, port));
	counters_check();
}

/* Sends one descriptor to itself, its padding and all else of it not zero. */
static void
pass_descriptor(struct body *b, mach_port_t port, size_t size)
{
	KR_OK(send(b, sizeof(mach_msg_base_t) + size));
	memset(&b->d, 0xee, sizeof(b->d));
	KR_OK(receive(b, sizeof(*b), port, 0));
}

/* What is received has what is in it for a purpose, and zeroes. */
ATF_TC_WITHOUT_HEAD(padding_arrives_as_zeroes);
ATF_TC_BODY(padding_arrives_as_zeroes, tc)
{
	mach_msg_ool_descriptor_t memory;
	mach_msg_ool_ports_descriptor_t ports;
	mach_msg_port_descriptor_t right;
	mach_port_t port;
	struct body b;
	char byte;

	counters_start();
	port = port_make_send();
	body_init(&b, port, 0);
	memset(&b.d, 0xff, sizeof(b.d));
	b.d.port.name = port;
	b.d.port.disposition = MACH_MSG_TYPE_COPY_SEND;
	b.d.port.type = MACH_MSG_PORT_DESCRIPTOR;
	pass_descriptor(&b, port, sizeof(right));
	memset(&right, 0, sizeof(right));
	right.name = port;
	right.disposition = MACH_MSG_TYPE_PORT_SEND;
	right.type = MACH_MSG_PORT_DESCRIPTOR;
	ATF_CHECK_EQ(0, memcmp(&right, &b.d, sizeof(right)));
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_SEND, -1));

	body_init(&b, port, 0);
	memset(&b.d, 0xff, sizeof(b.d));
	b.d.ool.address = &byte;
	b.d.ool.deallocate = FALSE;
	b.d.ool.copy = MACH_MSG_VIRTUAL_COPY;
	b.d.ool.type = MACH_MSG_OOL_DESCRIPTOR;
	b.d.ool.size = 0;
	pass_descriptor(&b, port, sizeof(memory));
	memset(&memory, 0, sizeof(memory));
	memory.deallocate = TRUE;
	memory.copy = MACH_MSG_VIRTUAL_COPY;
	memory.type = MACH_MSG_OOL_DESCRIPTOR;
	ATF_CHECK_EQ(0, memcmp(&memory, &b.d, sizeof(memory)));

	body_init(&b, port, 0);
	memset(&b.d, 0xff, sizeof(b.d));
	b.d.ports.address = NULL;
	b.d.ports.deallocate = FALSE;
	b.d.ports.copy = MACH_MSG_PHYSICAL_COPY;
	b.d.ports.disposition = MACH_MSG_TYPE_COPY_SEND;
	b.d.ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	b.d.ports.count = 0;
	pass_descriptor(&b, port, sizeof(ports));
	memset(&ports, 0, sizeof(ports));
	ports.deallocate = TRUE;
	ports.copy = MACH_MSG_PHYSICAL_COPY;
	ports.disposition = MACH_MSG_TYPE_PORT_SEND;
	ports.type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	ATF_CHECK_EQ(0, memcmp(&ports, &b.d, sizeof(ports)));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(deallocate_unmaps);
ATF_TC_BODY(deallocate_unmaps, tc)
{
	vm_address_t memory;
	mach_port_t port;
	struct body b;

	counters_start();
	port = port_make();
	KR_OK(vm_allocate(TASK, &memory, 8192, VM_FLAGS_ANYWHERE));
	memset((void *)memory, 'd', 8192);
	body_init(&b, port, MACH_MSG_OOL_DESCRIPTOR);
	b.d.ool.address = (void *)memory;
	b.d.ool.size = 8192;
	b.d.ool.deallocate = TRUE;
	KR_OK(send(&b, OOL_SIZE));
	ATF_CHECK(!is_mapped((void *)memory));
	KR_OK(receive(&b, sizeof(b), port, 0));
	ATF_CHECK_EQ('d', *((char *)b.d.ool.address + 8191));
	mach_msg_destroy(&b.head);
	KR_OK(mach_port_destroy(TASK, port));
	counters_check();
}

ATF_TC_WITHOUT_HEAD(arrays_of_ports);
ATF_TC_BODY(arrays_of_ports, tc)
{
	mach_port_t a, port;
	mach_port_t names[4];
	const mach_port_t *got;
	struct body b;

	counters_start();
	port = port_make();
	a = port_make_send();
	names[0] = a;
	names[1] = MACH_PORT_NULL;
	names[2] = MACH_PORT_DEAD;
	names[3] = a;
	body_init(&b, port, MACH_MSG_OOL_PORTS_DESCRIPTOR);
	b.d.ports.address = names;
	b.d.ports.count = 4;
	b.d.ports.disposition = MACH_MSG_TYPE_COPY_SEND;
	KR_OK(send(&b, OOL_SIZE));
	KR_OK(receive(&b, sizeof(b), port, 0));
	ATF_REQUIRE_EQ(4, b.d.ports.count);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND, b.d.ports.disposition);
	got = b.d.ports.address;
	ATF_CHECK_EQ(a, got[0]);
	ATF_CHECK_EQ(MACH_PORT_NULL, got[1]);
	ATF_CHECK_EQ(MACH_PORT_DEAD, got[2]);
	ATF_CHECK_EQ(a, got[3]);
	ATF_CHECK_EQ(3, port_refs(a, MACH_PORT_RIGHT_SEND));
	mach_msg_destroy(&b.head);
	ATF_CHECK_EQ(1, port_refs(a, MACH_PORT_RIGHT_SEND));
	port_drop(a);
	KR_OK(mach_port_destroy(TASK, port));
	counters_check();
}

/* A receive right that travels to itself, or round a ring, is gone. */
ATF_TC_WITHOUT_HEAD(loops_do_not_leak);
ATF_TC_BODY(loops_do_not_leak, tc)
{
	mach_port_t a, z;
	struct body b;

	counters_start();
	a = port_make_send();
	body_init(&b, a, MACH_MSG_PORT_DESCRIPTOR);
	b.d.port.name = a;
	b.d.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	KR_OK(send(&b, PORT_SIZE));
	KR_OK(mach_port_destroy(TASK, a));

	a = port_make_send();
	z = port_make_send();
	body_init(&b, a, MACH_MSG_PORT_DESCRIPTOR);
	b.d.port.name = z;
	b.d.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	KR_OK(send(&b, PORT_SIZE));
	body_init(&b, z, MACH_MSG_PORT_DESCRIPTOR);
	b.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	b.d.port.name = a;
	b.d.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	KR_OK(send(&b, PORT_SIZE));
	KR_OK(mach_port_destroy(TASK, a));
	KR_OK(mach_port_destroy(TASK, z));
	counters_check();
}

/* A chain of ports, each queued on the one before, goes without recursion. */
ATF_TC_WITHOUT_HEAD(long_chain_is_destroyed);
ATF_TC_BODY(long_chain_is_destroyed, tc)
{
	mach_port_t head, next;
	struct body b;
	uint64_t old;
	int i;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("max_queued", &old));
	if (mach_sysctl_set("max_queued", old + 100000) != 0)
		atf_tc_skip("may not set kern.mach.max_queued");
	head = port_make();
	for (i = 0; i < 100000; i++) {
		next = port_make();
		body_init(&b, next, MACH_MSG_PORT_DESCRIPTOR);
		b.d.port.name = head;
		b.d.port.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
		KR_OK(send(&b, PORT_SIZE));
		head = next;
	}
	KR_OK(mach_port_destroy(TASK, head));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_queued", old));
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, header_is_reversed);
	ATF_TP_ADD_TC(tp, header_rights_are_taken_together);
	ATF_TP_ADD_TC(tp, bad_messages);
	ATF_TP_ADD_TC(tp, dispositions_are_rewritten);
	ATF_TP_ADD_TC(tp, null_and_dead_travel);
	ATF_TP_ADD_TC(tp, too_large_for_the_receiver);
	ATF_TP_ADD_TC(tp, too_large_for_a_blocked_receiver);
	ATF_TP_ADD_TC(tp, too_large_for_the_first_of_two);
	ATF_TP_ADD_TC(tp, trailers);
	ATF_TP_ADD_TC(tp, timeouts_are_milliseconds);
	ATF_TP_ADD_TC(tp, timed_out_send_gives_back);
	ATF_TP_ADD_TC(tp, room_wakes_a_blocked_sender);
	ATF_TP_ADD_TC(tp, unwritable_buffer_keeps_nothing);
	ATF_TP_ADD_TC(tp, out_of_line_memory);
	ATF_TP_ADD_TC(tp, padding_arrives_as_zeroes);
	ATF_TP_ADD_TC(tp, deallocate_unmaps);
	ATF_TP_ADD_TC(tp, arrays_of_ports);
	ATF_TP_ADD_TC(tp, loops_do_not_leak);
	ATF_TP_ADD_TC(tp, long_chain_is_destroyed);
	return (atf_no_error());
}
