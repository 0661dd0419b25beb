/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Rules of sending, each named after what it says; see docs/rules.md.
 */

#include <atf-c.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "parcel.h"

#define	TASK	mach_task_self()

/* A port whose queue takes nothing more. */
static mach_port_t
full_port(void)
{
	mach_port_t port;

	port = port_make_send();
	note_send(port, 1);
	port_limit(port, 1);
	return (port);
}

static mach_msg_return_t
send_with(mach_port_t to, mach_msg_option_t option)
{
	mach_msg_header_t h;
	mach_msg_return_t mr;

	head_init(&h, to);
	mr = mach_msg(&h, MACH_SEND_MSG | option, sizeof(h), 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL);
	if (mr != MACH_MSG_SUCCESS)
		mach_msg_destroy(&h);
	return (mr);
}

/* What means something to Darwin's scheduler only, or to its kernel. */
ATF_TC_WITHOUT_HEAD(options_without_effect);
ATF_TC_BODY(options_without_effect, tc)
{
	static const mach_msg_option_t options[] = { 0x20, 0x200, 0x800,
		0x1000, 0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000,
		0x100000, 0x200000, 0x400000, 0x800000 };
	mach_port_t full, port;
	struct note n;
	size_t i;

	counters_start();
	full = full_port();
	port = port_make_send();
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		KR_OK(send_with(port, options[i]));
		KR_OK(mach_msg(&n.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
		    options[i], 0, sizeof(n), port, 0, MACH_PORT_NULL));
		/* In particular, none of them goes past the limit. */
		KR(MACH_SEND_TIMED_OUT, send_with(full,
		    MACH_SEND_TIMEOUT | options[i]));
	}
	ATF_CHECK_EQ(1, note_take(full));
	ATF_CHECK(note_none(full));
	port_drop(full);
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(neither_send_nor_receive);
ATF_TC_BODY(neither_send_nor_receive, tc)
{
	mach_port_t port;

	counters_start();
	port = port_make_send();
	note_send(port, 2);
	KR_OK(mach_msg(NULL, MACH_MSG_OPTION_NONE, 24, 64, port, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(2, note_take(port));
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(failed_send_receives_nothing);
ATF_TC_BODY(failed_send_receives_nothing, tc)
{
	mach_port_t port;
	struct note n;

	counters_start();
	port = port_make_send();
	note_send(port, 3);
	head_init(&n.head, 0x7fffff03);
	KR(MACH_SEND_INVALID_DEST, mach_msg(&n.head, MACH_SEND_MSG |
	    MACH_RCV_MSG, sizeof(n.head), sizeof(n), port, 0, MACH_PORT_NULL));
	ATF_CHECK_EQ(3, note_take(port));
	port_drop(port);
	counters_check();
}

static void *
take_one(void *arg)
{
	ATF_CHECK_EQ(1, note_take(*(mach_port_t *)arg));
	return (NULL);
}

static void *
send_one(void *arg)
{
	note_send(*(mach_port_t *)arg, 4);
	return (NULL);
}

/* One timeout, but each phase has its own bit. */
ATF_TC_WITHOUT_HEAD(each_phase_has_its_timeout);
ATF_TC_BODY(each_phase_has_its_timeout, tc)
{
	mach_port_t empty, full;
	pthread_t thread;
	struct note n;

	counters_start();
	full = full_port();
	empty = port_make_send();
	/* The send waits as long as it takes, and the receive polls. */
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, take_one, &full));
	head_init(&n.head, full);
	KR(MACH_RCV_TIMED_OUT, mach_msg(&n.head, MACH_SEND_MSG | MACH_RCV_MSG |
	    MACH_RCV_TIMEOUT, sizeof(n.head), sizeof(n), empty, 0,
	    MACH_PORT_NULL));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK_EQ(1, port_status(full).mps_msgcount);
	/* The other way round. */
	ATF_CHECK_EQ(0, note_take(full));
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, send_one, &empty));
	head_init(&n.head, full);
	KR_OK(mach_msg(&n.head, MACH_SEND_MSG | MACH_RCV_MSG |
	    MACH_SEND_TIMEOUT, sizeof(n.head), sizeof(n), empty, 0,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(4, n.head.msgh_id);
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	port_drop(full);
	port_drop(empty);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(send_once_ignores_the_limit);
ATF_TC_BODY(send_once_ignores_the_limit, tc)
{
	mach_msg_header_t h;
	mach_port_t port;

	counters_start();
	port = full_port();
	memset(&h, 0, sizeof(h));
	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
	h.msgh_remote_port = make_once(port);
	h.msgh_id = 5;
	KR_OK(head_send(&h));
	ATF_CHECK_EQ(2, port_status(port).mps_msgcount);
	ATF_CHECK_EQ(1, note_take(port));
	ATF_CHECK_EQ(5, note_take(port));
	ATF_CHECK_EQ(0, port_status(port).mps_sorights);
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(one_sender_is_in_order);
ATF_TC_BODY(one_sender_is_in_order, tc)
{
	mach_port_t port;
	int i;

	counters_start();
	port = port_make_send();
	port_limit(port, MACH_PORT_QLIMIT_LARGE);
	for (i = 0; i < MACH_PORT_QLIMIT_LARGE; i++)
		note_send(port, i);
	KR(MACH_SEND_TIMED_OUT, send_with(port, MACH_SEND_TIMEOUT));
	for (i = 0; i < MACH_PORT_QLIMIT_LARGE; i++)
		ATF_CHECK_EQ(i, note_take(port));
	port_drop(port);
	counters_check();
}

/* A dead name travels as MACH_PORT_DEAD; moving it takes a reference. */
ATF_TC_WITHOUT_HEAD(dead_names_travel);
ATF_TC_BODY(dead_names_travel, tc)
{
	static const struct {
		mach_msg_type_name_t disposition;
		mach_port_urefs_t left;
	} table[] = {
		{ MACH_MSG_TYPE_COPY_SEND, 3 },
		{ MACH_MSG_TYPE_MOVE_SEND, 2 },
		{ MACH_MSG_TYPE_MOVE_SEND_ONCE, 1 },
	};
	mach_port_type_t type;
	mach_port_t dead, port;
	struct parcel p;
	size_t i;

	counters_start();
	port = port_make();
	dead = make_dead();
	KR_OK(mach_port_mod_refs(TASK, dead, MACH_PORT_RIGHT_DEAD_NAME, 2));
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		parcel_right(&p, port, dead, table[i].disposition);
		KR_OK(parcel_send(&p));
		KR_OK(parcel_receive(&p, port));
		ATF_CHECK_EQ(MACH_PORT_DEAD, p.d.port.name);
		ATF_CHECK_EQ(table[i].left, port_refs(dead,
		    MACH_PORT_RIGHT_DEAD_NAME));
	}
	/* The last reference takes the name along. */
	parcel_right(&p, port, dead, MACH_MSG_TYPE_MOVE_SEND);
	KR_OK(parcel_send(&p));
	KR(KERN_INVALID_NAME, mach_port_type(TASK, dead, &type));
	KR_OK(parcel_receive(&p, port));
	ATF_CHECK_EQ(MACH_PORT_DEAD, p.d.port.name);
	port_drop(port);
	counters_check();
}

/* MACH_PORT_NULL and MACH_PORT_DEAD go with every disposition there is. */
ATF_TC_WITHOUT_HEAD(no_right_at_all);
ATF_TC_BODY(no_right_at_all, tc)
{
	mach_msg_type_name_t d;
	mach_port_t port;
	struct parcel p;

	counters_start();
	port = port_make();
	for (d = MACH_MSG_TYPE_MOVE_RECEIVE; d <= MACH_MSG_TYPE_MAKE_SEND_ONCE;
	    d++) {
		parcel_right(&p, port, MACH_PORT_NULL, d);
		KR_OK(parcel_send(&p));
		KR_OK(parcel_receive(&p, port));
		ATF_CHECK_EQ(MACH_PORT_NULL, p.d.port.name);
		parcel_right(&p, port, MACH_PORT_DEAD, d);
		KR_OK(parcel_send(&p));
		KR_OK(parcel_receive(&p, port));
		ATF_CHECK_EQ(MACH_PORT_DEAD, p.d.port.name);
	}
	/* What is no disposition of a right that is sent. */
	for (d = 0; d < 256; d++) {
		if (d >= MACH_MSG_TYPE_MOVE_RECEIVE &&
		    d <= MACH_MSG_TYPE_MAKE_SEND_ONCE)
			continue;
		parcel_right(&p, port, MACH_PORT_NULL, d);
		KR(MACH_SEND_INVALID_TYPE, parcel_send(&p));
	}
	port_drop(port);
	counters_check();
}

/* Each disposition takes what it says of the sender's own right. */
ATF_TC_WITHOUT_HEAD(what_a_disposition_takes);
ATF_TC_BODY(what_a_disposition_takes, tc)
{
	mach_port_t once, port, to;
	mach_port_type_t type;
	struct parcel p;

	counters_start();
	to = port_make();
	port = port_make_send();
	KR_OK(mach_port_mod_refs(TASK, port, MACH_PORT_RIGHT_SEND, 1));
	parcel_right(&p, to, port, MACH_MSG_TYPE_COPY_SEND);
	KR_OK(parcel_send(&p));
	ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_SEND));
	parcel_right(&p, to, port, MACH_MSG_TYPE_MAKE_SEND);
	KR_OK(parcel_send(&p));
	ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(2, port_status(port).mps_mscount);
	parcel_right(&p, to, port, MACH_MSG_TYPE_MOVE_SEND);
	KR_OK(parcel_send(&p));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	parcel_right(&p, to, port, MACH_MSG_TYPE_MOVE_SEND);
	KR_OK(parcel_send(&p));
	KR_OK(mach_port_type(TASK, port, &type));
	ATF_CHECK_EQ(MACH_PORT_TYPE_RECEIVE, type);
	ATF_CHECK_EQ(TRUE, port_status(port).mps_srights);
	parcel_right(&p, to, port, MACH_MSG_TYPE_MOVE_SEND);
	KR(MACH_SEND_INVALID_RIGHT, parcel_send(&p));
	once = make_once(port);
	parcel_right(&p, to, once, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	KR_OK(parcel_send(&p));
	KR(KERN_INVALID_NAME, mach_port_type(TASK, once, &type));
	ATF_CHECK_EQ(1, port_status(port).mps_sorights);
	port_drop(to);
	/* Five rights have died in the queue: four quietly, one with a note. */
	ATF_CHECK_EQ(FALSE, port_status(port).mps_srights);
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	ATF_CHECK(note_none(port));
	port_drop(port);
	counters_check();
}

/* There are no vouchers: the word may say anything, and arrives as nothing. */
ATF_TC_WITHOUT_HEAD(voucher_is_ignored);
ATF_TC_BODY(voucher_is_ignored, tc)
{
	mach_port_t port;
	struct note n;

	counters_start();
	port = port_make_send();
	head_init(&n.head, port);
	n.head.msgh_bits |= MACH_MSG_TYPE_MOVE_SEND << 16;
	n.head.msgh_voucher_port = port;
	KR_OK(head_send(&n.head));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR_OK(mach_msg(&n.head, MACH_RCV_MSG | MACH_RCV_VOUCHER, 0, sizeof(n),
	    port, 0, MACH_PORT_NULL));
	ATF_CHECK_EQ(MACH_PORT_NULL, n.head.msgh_voucher_port);
	ATF_CHECK_EQ(MACH_MSGH_BITS(0, MACH_MSG_TYPE_PORT_SEND),
	    n.head.msgh_bits);
	port_drop(port);
	counters_check();
}

/* The kernel's own bits, and every other one that is not the user's. */
ATF_TC_WITHOUT_HEAD(bits_of_the_header);
ATF_TC_BODY(bits_of_the_header, tc)
{
	mach_msg_header_t h;
	mach_port_t port;
	int bit;

	counters_start();
	port = port_make_send();
	for (bit = 0; bit < 32; bit++) {
		if ((0x801f1f1fu & 1u << bit) != 0)
			continue;
		head_init(&h, port);
		h.msgh_bits |= 1u << bit;
		KR(MACH_SEND_INVALID_HEADER, head_send(&h));
	}
	/* No right that can be sent to, and a reply right of no kind. */
	head_init(&h, port);
	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_RECEIVE, 0);
	KR(MACH_SEND_INVALID_HEADER, head_send(&h));
	head_init(&h, port);
	h.msgh_bits |= MACH_MSGH_BITS(0, MACH_MSG_TYPE_MOVE_RECEIVE);
	h.msgh_local_port = port;
	KR(MACH_SEND_INVALID_HEADER, head_send(&h));
	head_init(&h, port);
	h.msgh_local_port = port;
	KR(MACH_SEND_INVALID_HEADER, head_send(&h));
	ATF_CHECK(note_none(port));
	port_drop(port);
	counters_check();
}

/* What is given back can be sent again as it is. */
ATF_TC_WITHOUT_HEAD(given_back_and_sent_again);
ATF_TC_BODY(given_back_and_sent_again, tc)
{
	mach_port_t array[2], other, port;
	struct parcel p;

	counters_start();
	port = full_port();
	other = port_make_send();
	array[0] = other;
	array[1] = MACH_PORT_NULL;
	parcel_init(&p, port, MACH_MSG_OOL_PORTS_DESCRIPTOR);
	p.d.ports.address = array;
	p.d.ports.count = 2;
	p.d.ports.disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
	KR(MACH_SEND_TIMED_OUT, parcel_send(&p));
	/* Not turned round; the rights are what they have become. */
	ATF_CHECK_EQ(MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_PORT_SEND, 0), p.head.msgh_bits);
	ATF_CHECK_EQ(port, p.head.msgh_remote_port);
	ATF_CHECK_EQ(MACH_PORT_NULL, p.head.msgh_local_port);
	ATF_CHECK_EQ(1, p.body.msgh_descriptor_count);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_RECEIVE, p.d.ports.disposition);
	ATF_CHECK_EQ(2, p.d.ports.count);
	ATF_CHECK(p.d.ports.address != array);
	ATF_CHECK_EQ(TRUE, p.d.ports.deallocate);
	ATF_CHECK_EQ(other, ((mach_port_t *)p.d.ports.address)[0]);
	ATF_CHECK_EQ(MACH_PORT_NULL, ((mach_port_t *)p.d.ports.address)[1]);
	ATF_CHECK_EQ(1, port_refs(other, MACH_PORT_RIGHT_RECEIVE));
	ATF_CHECK_EQ(2, port_refs(port, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(1, note_take(port));
	KR_OK(parcel_send(&p));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_SEND));
	KR_OK(parcel_receive(&p, port));
	ATF_CHECK_EQ(other, ((mach_port_t *)p.d.ports.address)[0]);
	ATF_CHECK_EQ(1, port_refs(other, MACH_PORT_RIGHT_RECEIVE));
	mach_msg_destroy(&p.head);
	KR_OK(mach_port_destroy(TASK, other));
	port_drop(port);
	counters_check();
}

/* Memory, with the sender's own gone or not, and given back in either case. */
ATF_TC_WITHOUT_HEAD(memory_given_back);
ATF_TC_BODY(memory_given_back, tc)
{
	const vm_size_t size = 1024 * 1024;
	vm_address_t memory;
	mach_port_t port;
	struct parcel p;
	int deallocate;

	counters_start();
	port = full_port();
	for (deallocate = 0; deallocate < 2; deallocate++) {
		KR_OK(vm_allocate(TASK, &memory, size, VM_FLAGS_ANYWHERE));
		memset((void *)memory, 'g', size);
		parcel_memory(&p, port, (void *)memory, size);
		p.d.memory.deallocate = deallocate;
		KR(MACH_SEND_TIMED_OUT, parcel_send(&p));
		ATF_CHECK_EQ(size, p.d.memory.size);
		ATF_CHECK_EQ(TRUE, p.d.memory.deallocate);
		ATF_CHECK_EQ('g', ((char *)p.d.memory.address)[size - 1]);
		if (deallocate == 0) {
			ATF_CHECK((uintptr_t)p.d.memory.address != memory);
			KR_OK(vm_deallocate(TASK, memory, size));
		}
		mach_msg_destroy(&p.head);
	}
	port_drop(port);
	counters_check();
}

/* The array is in the buffer that the message is received into. */
ATF_TC_WITHOUT_HEAD(array_inside_the_message);
ATF_TC_BODY(array_inside_the_message, tc)
{
	mach_port_t port, *names;
	struct parcel p;

	counters_start();
	port = port_make_send();
	parcel_init(&p, port, MACH_MSG_OOL_PORTS_DESCRIPTOR);
	names = (mach_port_t *)(void *)&p.trailer;
	names[0] = port;
	names[1] = MACH_PORT_DEAD;
	p.d.ports.address = names;
	p.d.ports.count = 2;
	p.d.ports.disposition = MACH_MSG_TYPE_COPY_SEND;
	KR_OK(mach_msg(&p.head, MACH_SEND_MSG | MACH_RCV_MSG,
	    sizeof(mach_msg_base_t) + sizeof(p.d.ports), sizeof(p), port, 0,
	    MACH_PORT_NULL));
	names = p.d.ports.address;
	ATF_CHECK(names != (mach_port_t *)(void *)&p.trailer);
	ATF_CHECK_EQ(port, names[0]);
	ATF_CHECK_EQ(MACH_PORT_DEAD, names[1]);
	mach_msg_destroy(&p.head);
	port_drop(port);
	counters_check();
}

/* Rights take more memory in the kernel than they do in a program. */
ATF_TC_WITHOUT_HEAD(array_that_is_too_long);
ATF_TC_BODY(array_that_is_too_long, tc)
{
	const mach_msg_size_t most = 16384;
	mach_port_t *names, port;
	struct parcel p;

	counters_start();
	port = port_make();
	names = calloc(most + 1, sizeof(*names));
	ATF_REQUIRE(names != NULL);
	names[most - 1] = MACH_PORT_DEAD;
	parcel_init(&p, port, MACH_MSG_OOL_PORTS_DESCRIPTOR);
	p.d.ports.address = names;
	p.d.ports.count = most + 1;
	p.d.ports.disposition = MACH_MSG_TYPE_COPY_SEND;
	KR(MACH_SEND_NO_BUFFER, parcel_send(&p));
	p.d.ports.count = most;
	KR_OK(parcel_send(&p));
	KR_OK(parcel_receive(&p, port));
	ATF_CHECK_EQ(most, p.d.ports.count);
	ATF_CHECK_EQ(MACH_PORT_DEAD,
	    ((mach_port_t *)p.d.ports.address)[most - 1]);
	mach_msg_destroy(&p.head);
	free(names);
	port_drop(port);
	counters_check();
}

ATF_TC_WITHOUT_HEAD(kinds_of_copies);
ATF_TC_BODY(kinds_of_copies, tc)
{
	static char memory[100];
	mach_port_t port;
	struct parcel p;
	int copy, type;

	counters_start();
	port = port_make();
	for (copy = 0; copy < 256; copy++) {
		parcel_memory(&p, port, memory, sizeof(memory));
		p.d.memory.copy = copy;
		if (copy == MACH_MSG_PHYSICAL_COPY ||
		    copy == MACH_MSG_VIRTUAL_COPY)
			continue;
		KR(MACH_SEND_INVALID_TYPE, parcel_send(&p));
	}
	/* Either way a copy, of either kind of memory; the kind is told. */
	for (type = 0; type < 4; type++) {
		memory[0] = 'a';
		parcel_memory(&p, port, memory, sizeof(memory));
		p.d.memory.copy = type % 2;
		p.d.memory.type = type < 2 ? MACH_MSG_OOL_DESCRIPTOR :
		    MACH_MSG_OOL_VOLATILE_DESCRIPTOR;
		KR_OK(parcel_send(&p));
		memory[0] = 'b';
		KR_OK(parcel_receive(&p, port));
		ATF_CHECK_EQ('a', *(char *)p.d.memory.address);
		ATF_CHECK_EQ((unsigned int)type % 2, p.d.memory.copy);
		mach_msg_destroy(&p.head);
	}
	port_drop(port);
	counters_check();
}

/* Whole pages go, those included that the memory is only a part of. */
ATF_TC_WITHOUT_HEAD(deallocated_in_whole_pages);
ATF_TC_BODY(deallocated_in_whole_pages, tc)
{
	vm_address_t memory;
	vm_size_t page;
	mach_port_t port;
	struct parcel p;

	counters_start();
	page = (vm_size_t)getpagesize();
	port = port_make();
	KR_OK(vm_allocate(TASK, &memory, 3 * page, VM_FLAGS_ANYWHERE));
	memset((void *)memory, 'p', 3 * page);
	parcel_memory(&p, port, (char *)memory + page - 1, 2);
	p.d.memory.deallocate = TRUE;
	KR_OK(parcel_send(&p));
	ATF_CHECK(!is_mapped((char *)memory));
	ATF_CHECK(!is_mapped((char *)memory + page));
	ATF_CHECK(is_mapped((char *)memory + 2 * page));
	KR_OK(parcel_receive(&p, port));
	ATF_CHECK_EQ(0, memcmp(p.d.memory.address, "pp", 2));
	mach_msg_destroy(&p.head);
	KR_OK(vm_deallocate(TASK, memory + 2 * page, page));
	/* An array of rights, the last of which is on the next page. */
	KR_OK(vm_allocate(TASK, &memory, 2 * page, VM_FLAGS_ANYWHERE));
	parcel_init(&p, port, MACH_MSG_OOL_PORTS_DESCRIPTOR);
	p.d.ports.address = (void *)memory;
	p.d.ports.count = page / sizeof(mach_port_t) + 1;
	p.d.ports.disposition = MACH_MSG_TYPE_COPY_SEND;
	p.d.ports.deallocate = TRUE;
	KR_OK(parcel_send(&p));
	ATF_CHECK(!is_mapped((char *)memory));
	ATF_CHECK(!is_mapped((char *)memory + page));
	KR_OK(parcel_receive(&p, port));
	mach_msg_destroy(&p.head);
	port_drop(port);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, options_without_effect);
	ATF_TP_ADD_TC(tp, neither_send_nor_receive);
	ATF_TP_ADD_TC(tp, failed_send_receives_nothing);
	ATF_TP_ADD_TC(tp, each_phase_has_its_timeout);
	ATF_TP_ADD_TC(tp, send_once_ignores_the_limit);
	ATF_TP_ADD_TC(tp, one_sender_is_in_order);
	ATF_TP_ADD_TC(tp, dead_names_travel);
	ATF_TP_ADD_TC(tp, no_right_at_all);
	ATF_TP_ADD_TC(tp, what_a_disposition_takes);
	ATF_TP_ADD_TC(tp, voucher_is_ignored);
	ATF_TP_ADD_TC(tp, bits_of_the_header);
	ATF_TP_ADD_TC(tp, given_back_and_sent_again);
	ATF_TP_ADD_TC(tp, memory_given_back);
	ATF_TP_ADD_TC(tp, array_inside_the_message);
	ATF_TP_ADD_TC(tp, array_that_is_too_long);
	ATF_TP_ADD_TC(tp, kinds_of_copies);
	ATF_TP_ADD_TC(tp, deallocated_in_whole_pages);
	return (atf_no_error());
}
