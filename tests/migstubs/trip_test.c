/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The stubs of language.defs between two processes: every type there and back,
 * and what becomes of rights and memory, whatever the routine says.  The server
 * ends with an error if it has more names than it began with; the counters of
 * the kernel are looked at when it has ended.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsm/libbsm.h>

#include "counters.h"
#include "fixture.h"
#include "language.h"
#include "languageServer.h"
#include "routines.h"

#define	TASK	mach_task_self()

static mach_port_t server;
static pid_t server_pid;
static mach_port_t own;		/* what the server's first word came to */

static void
serve(void)
{
	mach_msg_header_t hello;
	mach_port_t port;

	port = port_make();
	memset(&hello, 0, sizeof(hello));
	hello.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND);
	hello.msgh_remote_port = bootstrap_port;
	hello.msgh_local_port = port;
	if (mach_msg(&hello, MACH_SEND_MSG, sizeof(hello), 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
		_exit(2);
	routines_start();
	(void)mach_msg_server(language_server, 4096, port,
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT));
	_exit(3);
}

static void
server_start(void)
{
	struct note note;

	counters_start();
	own = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, own));
	server_pid = fork();
	ATF_REQUIRE(server_pid != -1);
	if (server_pid == 0)
		serve();
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	KR_OK(mach_msg(&note.head, MACH_RCV_MSG, 0, sizeof(note), own, 0,
	    MACH_PORT_NULL));
	server = note.head.msgh_remote_port;
	/* The reply port stays until the end, so it is there from the start. */
	(void)mig_get_reply_port();
}

static void
server_gone(void)
{
	ATF_CHECK_EQ(0, child_status(server_pid));
	KR_OK(mach_port_deallocate(TASK, server));
	port_drop(own);
	mig_dealloc_reply_port(mig_get_reply_port());
	counters_check();
}

static void
server_stop(void)
{
	KR_OK(call_tell(server, TELL_FINISH));
	server_gone();
}

static void
fail_next(void)
{
	KR_OK(call_tell(server, TELL_FAIL));
}

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	int32_t both, number;
	int64_t sum;

	server_start();
	both = 1000;
	KR_OK(call_numbers(server, -7, 100, (int64_t)1 << 40, &both, &sum));
	ATF_CHECK_EQ(~1000, both);
	ATF_CHECK_EQ(((int64_t)1 << 40) + 1093, sum);
	both = 1;
	fail_next();
	KR(FAILURE, call_numbers(server, 0, 0, 0, &both, &sum));
	ATF_CHECK_EQ(1, both);
	KR_OK(call_tell(server, 5));
	KR_OK(call_elsewhere(37, server, &number));
	ATF_CHECK_EQ(42, number);
	KR_OK(call_nothing(server));
	fail_next();
	KR(FAILURE, call_nothing(server));
	server_stop();
}

ATF_TC_WITHOUT_HEAD(arrays);
ATF_TC_BODY(arrays, tc)
{
	triple_t triple = { 1, 2, 3 }, triple_out;
	seven_t seven = { 'a', 'b', 'c', 'd', 'e', 'f', 'g' }, seven_out;
	five_t five = { 1, -2, 3, -4, 5 }, five_out;
	wide_t wide = { { 1, 2, 3 }, { 4, 5, 6 } }, wide_out;
	mach_msg_type_number_t n;

	server_start();
	KR_OK(call_fixed(server, triple, seven, five, &triple_out, seven_out,
	    five_out));
	ATF_CHECK(triple_out.x == 3 && triple_out.y == 2 && triple_out.z == 1);
	ATF_CHECK(memcmp(seven_out, "gfedcba", 7) == 0);
	ATF_CHECK(five_out[0] == 5 && five_out[1] == -4 && five_out[4] == 1);
	n = 4;
	KR_OK(call_wide(server, wide, 2, wide_out, &n));
	ATF_REQUIRE_EQ(2, n);
	ATF_CHECK(wide_out[0].y == 5 && wide_out[1].z == 3);
	server_stop();
}

/* Every pair of lengths of two arrays, one of bytes: what follows is found. */
ATF_TC_WITHOUT_HEAD(bounded_arrays);
ATF_TC_BODY(bounded_arrays, tc)
{
	some_ints_t ints, ints_out;
	some_bytes_t bytes, bytes_out;
	mach_msg_type_number_t n, m, n_out, m_out;
	unsigned int i;
	int32_t after;
	bool same;

	server_start();
	for (i = 0; i < 10; i++)
		ints[i] = (int32_t)(i * 1000003);
	for (i = 0; i < 64; i++)
		bytes[i] = (uint8_t)(i * 37);
	for (n = 0; n <= 10; n++) {
		for (m = 0; m <= 64; m++) {
			KR_OK(call_bounded(server, ints, n, bytes, m,
			    (int32_t)(n * 100 + m), ints_out, &n_out,
			    bytes_out, &m_out, &after));
			same = n_out == n && m_out == m;
			for (i = 0; i < n; i++)
				same &= ints_out[i] == ints[n - 1 - i];
			for (i = 0; i < m; i++)
				same &= bytes_out[i] == bytes[m - 1 - i];
			ATF_REQUIRE_MSG(same && after ==
			    (int32_t)(n * 100 + m), "%u and %u", n, m);
		}
	}
	KR(MIG_ARRAY_TOO_LARGE, call_bounded(server, ints, 11, bytes, 0, 0,
	    ints_out, &n_out, bytes_out, &m_out, &after));
	KR(MIG_ARRAY_TOO_LARGE, call_bounded(server, ints, 0, bytes, 65, 0,
	    ints_out, &n_out, bytes_out, &m_out, &after));
	server_stop();
}

ATF_TC_WITHOUT_HEAD(counts);
ATF_TC_BODY(counts, tc)
{
	some_ints_t left = { 1, 2, 3 }, right = { 4, 5, 6 }, ints;
	mach_msg_type_number_t n;
	int64_t sum;

	server_start();
	for (n = 0; n <= 10; n++) {
		memset(ints, 0xff, sizeof(ints));
		KR_OK(call_counted(server, ints, &n));
		ATF_CHECK(n == 0 || ints[n - 1] == (int32_t)((n - 1) *
		    (n - 1)));
		ATF_CHECK(n == 10 || ints[n] == -1);
	}
	KR_OK(call_paired(server, left, 3, right, &sum));
	ATF_CHECK_EQ(32, sum);
	KR_OK(call_paired(server, left, 0, right, &sum));
	ATF_CHECK_EQ(0, sum);
	server_stop();
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	word_t word, word_out;
	text_t text, text_out;
	unsigned int i, j;
	int32_t after;

	server_start();
	for (i = 0; i < 20; i++) {
		for (j = 0; j < 200; j += 7) {
			memset(word, 'w', i);
			word[i] = '\0';
			memset(text, 't', j);
			text[j] = '\0';
			KR_OK(call_strings(server, word, text, (int32_t)j,
			    word_out, text_out, &after));
			ATF_CHECK_EQ(j < 19 ? j : 19, strlen(word_out));
			ATF_CHECK_STREQ(word, text_out);
			ATF_CHECK_EQ((int32_t)j, after);
		}
	}
	server_stop();
}

ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	const unsigned int count = 100000;
	mach_msg_type_number_t n;
	ints_t ints, out;
	page_t page;
	int64_t sum;
	unsigned int i;
	bool same;

	server_start();
	ints = malloc(count * sizeof(*ints));
	ATF_REQUIRE(ints != NULL);
	for (i = 0; i < count; i++)
		ints[i] = (int32_t)i;
	KR_OK(call_memory(server, ints, count, &out, &n));
	ATF_REQUIRE_EQ(count, n);
	for (i = 0, same = true; i < count; i++)
		same &= out[i] == (int32_t)i + 1;
	ATF_CHECK(same);
	KR_OK(vm_deallocate(TASK, (vm_address_t)out, n * sizeof(*out)));
	/* From anywhere, and nothing at all. */
	KR_OK(call_memory(server, ints + 3, 1, &out, &n));
	ATF_CHECK(n == 1 && out[0] == 4);
	KR_OK(vm_deallocate(TASK, (vm_address_t)out, sizeof(*out)));
	KR_OK(call_memory(server, NULL, 0, &out, &n));
	ATF_CHECK(n == 0 && out == NULL);
	KR_OK(call_borrowed(server, ints, 10, &sum));
	ATF_CHECK_EQ(45, sum);
	fail_next();
	KR(FAILURE, call_memory(server, ints, count, &out, &n));
	page = calloc(1, 4096);
	ATF_REQUIRE(page != NULL);
	page[0] = page[4095] = 3;
	KR_OK(call_memory_sized(server, page, ints, 100, &sum));
	ATF_CHECK_EQ(4956, sum);
	KR(MIG_ARRAY_TOO_LARGE, call_memory_sized(server, page, ints, 101,
	    &sum));
	free(page);
	free(ints);
	server_stop();
}

/* Memory that is given away is gone, whether the routine likes it or not. */
ATF_TC_WITHOUT_HEAD(memory_given);
ATF_TC_BODY(memory_given, tc)
{
	vm_address_t address;
	int64_t sum;
	int i;

	server_start();
	for (i = 0; i < 2; i++) {
		KR_OK(vm_allocate(TASK, &address, 65536, VM_FLAGS_ANYWHERE));
		memset((void *)address, 0, 65536);
		*(int32_t *)(address + 65532) = 9;
		if (i == 0) {
			KR_OK(call_memory_given(server, (ints_t)address,
			    16384, &sum));
			ATF_CHECK_EQ(9, sum);
		} else {
			fail_next();
			KR(FAILURE, call_memory_given(server, (ints_t)address,
			    16384, &sum));
		}
		ATF_CHECK(!is_mapped((void *)address));
	}
	server_stop();
}

static mach_port_t
port_of_type(mach_port_t port, mach_port_type_t expected)
{
	mach_port_type_t type;

	KR_OK(mach_port_type(TASK, port, &type));
	ATF_CHECK_EQ(expected, type);
	return (port);
}

ATF_TC_WITHOUT_HEAD(rights);
ATF_TC_BODY(rights, tc)
{
	mach_port_t copied, made, moved, once, received, out[4];
	mach_msg_header_t head;

	server_start();
	copied = port_make_send();
	made = port_make();
	moved = port_make_send();
	once = port_make();
	received = port_make_send();
	note_send(received, 15);
	KR_OK(mach_port_deallocate(TASK, received));
	KR_OK(call_rights(server, copied, made, moved, once, received, &out[0],
	    &out[1], &out[2], &out[3]));
	ATF_CHECK_EQ(11, note_take(copied));
	ATF_CHECK_EQ(12, note_take(made));
	ATF_CHECK_EQ(13, note_take(moved));
	ATF_CHECK_EQ(14, note_take(once));
	ATF_CHECK_EQ(copied, out[0]);
	ATF_CHECK_EQ(2, port_refs(copied, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(0, port_refs(moved, MACH_PORT_RIGHT_SEND));
	(void)port_of_type(out[3], MACH_PORT_TYPE_RECEIVE);
	note_send(port_of_type(out[1], MACH_PORT_TYPE_SEND), 21);
	KR_OK(mach_port_deallocate(TASK, out[1]));
	memset(&head, 0, sizeof(head));
	head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
	head.msgh_remote_port = port_of_type(out[2], MACH_PORT_TYPE_SEND_ONCE);
	head.msgh_id = 22;
	KR_OK(mach_msg(&head, MACH_SEND_MSG, sizeof(head), 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
	KR_OK(mach_port_mod_refs(TASK, copied, MACH_PORT_RIGHT_SEND, -1));
	port_drop(copied);
	port_drop(made);
	port_drop(moved);
	port_drop(once);
	port_drop(out[3]);
	server_stop();
}

/* A routine that fails keeps nothing of what it was sent. */
ATF_TC_WITHOUT_HEAD(rights_refused);
ATF_TC_BODY(rights_refused, tc)
{
	mach_port_t sent, once, received, out[4];

	server_start();
	sent = port_make_send();
	once = port_make();
	received = port_make();
	fail_next();
	KR(FAILURE, call_rights(server, sent, sent, sent, once, received,
	    &out[0], &out[1], &out[2], &out[3]));
	/* The unused right says so. */
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(once));
	/* One was moved, and the port given away is destroyed. */
	ATF_CHECK_EQ(0, port_refs(sent, MACH_PORT_RIGHT_SEND));
	KR(KERN_INVALID_NAME, mach_port_mod_refs(TASK, received,
	    MACH_PORT_RIGHT_RECEIVE, -1));
	port_drop(sent);
	port_drop(once);
	server_stop();
}

ATF_TC_WITHOUT_HEAD(right_arrays);
ATF_TC_BODY(right_arrays, tc)
{
	mach_port_t ports[20];
	mach_msg_type_number_t n;
	ports_t out;
	unsigned int i;

	server_start();
	for (i = 0; i < 20; i++)
		ports[i] = port_make_send();
	KR_OK(call_right_arrays(server, ports, 20, &out, &n));
	ATF_REQUIRE_EQ(20, n);
	for (i = 0; i < 20; i++) {
		ATF_CHECK_EQ(ports[19 - i], out[i]);
		ATF_CHECK_EQ(2, port_refs(out[i], MACH_PORT_RIGHT_SEND));
		KR_OK(mach_port_deallocate(TASK, out[i]));
	}
	KR_OK(vm_deallocate(TASK, (vm_address_t)out, n * sizeof(*out)));
	KR_OK(call_right_arrays(server, ports, 0, &out, &n));
	ATF_CHECK_EQ(0, n);
	fail_next();
	KR(FAILURE, call_right_arrays(server, ports, 20, &out, &n));
	for (i = 0; i < 20; i++)
		port_drop(ports[i]);
	server_stop();
}

ATF_TC_WITHOUT_HEAD(few_rights);
ATF_TC_BODY(few_rights, tc)
{
	mach_msg_type_number_t n, i;
	few_t few, few_out;

	server_start();
	for (i = 0; i < 3; i++)
		few[i] = port_make_send();
	for (n = 0; n <= 3; n++) {
		KR_OK(call_few_rights(server, few, n, few_out, &i));
		ATF_REQUIRE_EQ(n, i);
		for (i = 0; i < n; i++) {
			ATF_CHECK_EQ(few[i], few_out[i]);
			KR_OK(mach_port_deallocate(TASK, few_out[i]));
		}
	}
	KR(MIG_ARRAY_TOO_LARGE, call_few_rights(server, few, 4, few_out, &i));
	for (i = 0; i < 3; i++) {
		ATF_CHECK_EQ(1, port_refs(few[i], MACH_PORT_RIGHT_SEND));
		port_drop(few[i]);
	}
	server_stop();
}

ATF_TC_WITHOUT_HEAD(polymorphic);
ATF_TC_BODY(polymorphic, tc)
{
	mach_msg_type_name_t disposition;
	mach_port_t port, out;
	int32_t kind;

	server_start();
	port = port_make_send();
	KR_OK(call_polymorph(server, port, MACH_MSG_TYPE_COPY_SEND, &kind,
	    &out, &disposition));
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND, kind);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND, disposition);
	ATF_CHECK_EQ(port, out);
	KR_OK(mach_port_deallocate(TASK, out));
	KR_OK(call_polymorph(server, port, MACH_MSG_TYPE_MAKE_SEND_ONCE, &kind,
	    &out, &disposition));
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE, kind);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE, disposition);
	KR_OK(mach_port_deallocate(TASK, out));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(port));
	KR_OK(call_polymorph(server, port, MACH_MSG_TYPE_MOVE_RECEIVE, &kind,
	    &out, &disposition));
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_RECEIVE, kind);
	ATF_CHECK_EQ(port, out);
	port_drop(port);
	server_stop();
}

ATF_TC_WITHOUT_HEAD(translations);
ATF_TC_BODY(translations, tc)
{
	int32_t inside;

	server_start();
	KR_OK(call_translated(server, 20, &inside));
	ATF_CHECK_EQ(41, inside);
	server_stop();
}

ATF_TC_WITHOUT_HEAD(tokens);
ATF_TC_BODY(tokens, tc)
{
	audit_token_t answerer;

	server_start();
	KR_OK(call_tokens(server, &answerer));
	ATF_CHECK_EQ(server_pid, audit_token_to_pid(answerer));
	KR_OK(call_tokens(server, &answerer));
	server_stop();
}

ATF_TC_WITHOUT_HEAD(answered_by_hand);
ATF_TC_BODY(answered_by_hand, tc)
{
	int32_t number;

	server_start();
	KR_OK(call_later(server, 1, &number));
	ATF_CHECK_EQ(2, number);
	fail_next();
	KR(FAILURE, call_later(server, 1, &number));
	/* The outcome of something: a code alone, or what goes with success. */
	KR_OK(call_outcome(server, KERN_SUCCESS, 3));
	KR_OK(call_elsewhere(0, server, &number));
	ATF_CHECK_EQ(3, number);
	KR_OK(call_outcome(server, KERN_NO_SPACE, 4));
	KR_OK(call_elsewhere(0, server, &number));
	ATF_CHECK_EQ(KERN_NO_SPACE, number);
	server_stop();
}

/*
 * Of one way and with a reply port: success is no answer, or the routine would
 * find the port used up; an error is.
 */
ATF_TC_WITHOUT_HEAD(reply_port_kept);
ATF_TC_BODY(reply_port_kept, tc)
{
	struct {
		mig_reply_error_t error;
		mach_msg_max_trailer_t trailer;
	} answer;
	mach_port_t reply;

	server_start();
	reply = port_make();
	KR_OK(call_call_back(server, reply, 7));
	/* When this is answered, that has been served. */
	KR_OK(call_nothing(server));
	ATF_CHECK(note_none(reply));
	KR_OK(call_tell(server, TELL_CALL_BACK));
	KR_OK(call_nothing(server));
	ATF_CHECK_EQ(7, note_take(reply));
	fail_next();
	KR_OK(call_call_back(server, reply, 8));
	KR_OK(mach_msg(&answer.error.Head, MACH_RCV_MSG, 0, sizeof(answer),
	    reply, 0, MACH_PORT_NULL));
	ATF_CHECK_EQ(5024 + 100, answer.error.Head.msgh_id);
	ATF_CHECK_EQ(FAILURE, answer.error.RetCode);
	port_drop(reply);
	server_stop();
}

ATF_TC_WITHOUT_HEAD(timeout);
ATF_TC_BODY(timeout, tc)
{
	mach_port_t deaf;
	int32_t number;
	int i;

	server_start();
	KR_OK(call_tell_soon(server, 60000, 6));
	KR_OK(call_elsewhere(0, server, &number));
	ATF_CHECK_EQ(6, number);
	deaf = port_make_send();
	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		KR_OK(call_tell_soon(deaf, 0, i));
	KR(MACH_SEND_TIMED_OUT, call_tell_soon(deaf, 0, i));
	port_drop(deaf);
	server_stop();
}

ATF_TC_WITHOUT_HEAD(dead_server);
ATF_TC_BODY(dead_server, tc)
{
	int64_t sum;

	server_start();
	KR_OK(call_tell(server, TELL_DIE));
	KR(MIG_SERVER_DIED, call_nothing(server));
	/* What is sent to nobody stays where it is. */
	KR(MACH_SEND_INVALID_DEST, call_nothing(server));
	KR(MACH_SEND_INVALID_DEST, call_memory_given(server, NULL, 0, &sum));
	server_gone();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, arrays);
	ATF_TP_ADD_TC(tp, bounded_arrays);
	ATF_TP_ADD_TC(tp, counts);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, memory_given);
	ATF_TP_ADD_TC(tp, rights);
	ATF_TP_ADD_TC(tp, rights_refused);
	ATF_TP_ADD_TC(tp, right_arrays);
	ATF_TP_ADD_TC(tp, few_rights);
	ATF_TP_ADD_TC(tp, polymorphic);
	ATF_TP_ADD_TC(tp, translations);
	ATF_TP_ADD_TC(tp, tokens);
	ATF_TP_ADD_TC(tp, answered_by_hand);
	ATF_TP_ADD_TC(tp, reply_port_kept);
	ATF_TP_ADD_TC(tp, timeout);
	ATF_TP_ADD_TC(tp, dead_server);
	return (atf_no_error());
}
