/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Stubs against messages that no stub would send.
 *
 * A good request and a good reply of every routine are taken on their way from
 * one stub to the other, and spoilt: every word of them, trailer included, in
 * many ways, and strings without an end.  None may be read beyond its end (the
 * sanitizers look), none that is refused may reach its routine, and in the end
 * every place in the stubs that refuses a message has done so.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "language.h"
#include "languageServer.h"
#include "routines.h"
#include "seen.h"

#define	ROOM		4096		/* of any message here */
#define	TRAILER		sizeof(mach_msg_audit_trailer_t)

/* A message as it is received. */
struct taken {
	mach_msg_size_t	size;
	uint32_t	words[ROOM / 4];	/* and then its trailer */
};

static struct taken request, reply;	/* good ones, of the last call */
static const struct taken *given;	/* what to receive in their place */
static unsigned int destroyed;

/*
 * Stubs call this in place of the kernel.
 */

static uint8_t
received_as(uint8_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return (MACH_MSG_TYPE_PORT_RECEIVE);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return (MACH_MSG_TYPE_PORT_SEND_ONCE);
	default:
		return (MACH_MSG_TYPE_PORT_SEND);
	}
}

static void
receive_descriptors(char *message)
{
	mach_msg_base_t *base = (mach_msg_base_t *)(void *)message;
	mach_msg_size_t i;
	char *d;

	d = message + sizeof(*base);
	for (i = 0; i < base->body.msgh_descriptor_count; i++) {
		mach_msg_port_descriptor_t *port = (void *)d;
		mach_msg_ool_ports_descriptor_t *ports = (void *)d;

		if (port->type == MACH_MSG_PORT_DESCRIPTOR) {
			port->disposition = received_as(port->disposition);
			d += sizeof(*port);
		} else {
			if (port->type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
				ports->disposition =
				    received_as(ports->disposition);
			d += sizeof(*ports);
		}
	}
}

static void
put_trailer(struct taken *t)
{
	mach_msg_audit_trailer_t trailer;

	memset(&trailer, 0, sizeof(trailer));
	trailer.msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
	trailer.msgh_trailer_size = sizeof(trailer);
	memcpy((char *)t->words + round_msg(t->size), &trailer,
	    sizeof(trailer));
}

static void
take(struct taken *t, const mach_msg_header_t *sent, mach_msg_size_t size)
{
	mach_msg_header_t *head = (mach_msg_header_t *)t->words;

	ATF_REQUIRE(size + TRAILER <= ROOM);
	memset(t, 0, sizeof(*t));
	t->size = size;
	memcpy(t->words, sent, size);
	head->msgh_size = size;
	head->msgh_remote_port = sent->msgh_local_port;
	head->msgh_local_port = sent->msgh_remote_port;
	if ((head->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0)
		receive_descriptors((char *)t->words);
	put_trailer(t);
}

mach_msg_return_t
checks_mach_msg(mach_msg_header_t *head, mach_msg_option_t option,
    mach_msg_size_t size, mach_msg_size_t room, mach_port_t port,
    mach_msg_timeout_t timeout, mach_port_t notify)
{
	uint32_t out[ROOM / 4];
	mach_msg_header_t *answer = (mach_msg_header_t *)out;
	const struct taken *t;
	size_t trailer;

	(void)port;
	(void)timeout;
	(void)notify;
	t = given;
	if (t == NULL) {
		take(&request, head, size);
		memset(out, 0, sizeof(out));
		ATF_REQUIRE(language_server((mach_msg_header_t *)request.words,
		    answer));
		take(&reply, answer, answer->msgh_size);
		((mach_msg_header_t *)reply.words)->msgh_remote_port =
		    MACH_PORT_NULL;
		/* The routine may have changed what it was given. */
		take(&request, head, size);
		t = &reply;
	}
	if ((option & MACH_RCV_MSG) == 0)
		return (MACH_MSG_SUCCESS);
	trailer = REQUESTED_TRAILER_SIZE(option);
	ATF_REQUIRE(trailer <= TRAILER);
	if (round_msg(t->size) + trailer > room)
		return (MACH_RCV_TOO_LARGE);
	memcpy(head, t->words, round_msg(t->size) + trailer);
	return (MACH_MSG_SUCCESS);
}

void
checks_destroy(mach_msg_header_t *head)
{
	(void)head;
	destroyed++;
}

/*
 * One good call of each routine.
 */

static kern_return_t
numbers(void)
{
	int32_t both = 1;
	int64_t sum;

	return (call_numbers(1, 2, 3, 4, &both, &sum));
}

static kern_return_t
tell(void)
{
	return (call_tell(1, 2));
}

static kern_return_t
fixed(void)
{
	triple_t triple = { 1, 2, 3 }, triple_out;
	seven_t seven = { 0 }, seven_out;
	five_t five = { 0 }, five_out;

	return (call_fixed(1, triple, seven, five, &triple_out, seven_out,
	    five_out));
}

static some_ints_t ints = { 1, 2, 3, 4 };
static some_bytes_t bytes = { 1, 2, 3, 4, 5, 6 };
static int32_t number;
static int64_t sum;

static kern_return_t
bounded_by(unsigned int n, unsigned int m)
{
	mach_msg_type_number_t n_out, m_out;
	some_ints_t ints_out;
	some_bytes_t bytes_out;

	return (call_bounded(1, ints, n, bytes, m, 5, ints_out, &n_out,
	    bytes_out, &m_out, &number));
}

static kern_return_t
bounded(void)
{
	return (bounded_by(4, 6));
}

static kern_return_t
bounded_full(void)
{
	return (bounded_by(10, 64));
}

static kern_return_t
counted(void)
{
	mach_msg_type_number_t n = 2;
	some_ints_t ints_out;

	return (call_counted(1, ints_out, &n));
}

static kern_return_t
strings(void)
{
	word_t word = "word", word_out;
	text_t text = "text and text", text_out;

	return (call_strings(1, word, text, 5, word_out, text_out, &number));
}

static kern_return_t
memory(void)
{
	mach_msg_type_number_t n;
	ints_t out;

	return (call_memory(1, ints, 4, &out, &n));
}

static kern_return_t
memory_given(void)
{
	return (call_memory_given(1, ints, 4, &sum));
}

static kern_return_t
memory_sized_by(unsigned int n)
{
	static uint8_t page[4096];
	static int32_t many[100];

	return (call_memory_sized(1, page, many, n, &sum));
}

static kern_return_t
memory_sized(void)
{
	return (memory_sized_by(100));
}

static kern_return_t
rights(void)
{
	mach_port_t out[4];

	return (call_rights(1, 2, 3, 4, 5, 6, &out[0], &out[1], &out[2],
	    &out[3]));
}

static kern_return_t
right_arrays(void)
{
	mach_port_t ports[3] = { 1, 2, 3 };
	mach_msg_type_number_t n;
	ports_t out;

	return (call_right_arrays(1, ports, 3, &out, &n));
}

static kern_return_t
few_rights_by(unsigned int n)
{
	few_t few = { 1, 2 }, few_out;
	mach_msg_type_number_t n_out;

	return (call_few_rights(1, few, n, few_out, &n_out));
}

static kern_return_t
few_rights(void)
{
	return (few_rights_by(2));
}

static kern_return_t
polymorph(void)
{
	mach_msg_type_name_t disposition;
	mach_port_t out;

	return (call_polymorph(1, 2, MACH_MSG_TYPE_COPY_SEND, &number, &out,
	    &disposition));
}

static kern_return_t
paired_by(unsigned int n)
{
	return (call_paired(1, ints, n, ints, &sum));
}

static kern_return_t
paired(void)
{
	return (paired_by(3));
}

static kern_return_t
translated(void)
{
	return (call_translated(1, 2, &number));
}

static kern_return_t
tokens(void)
{
	audit_token_t answerer;

	return (call_tokens(1, &answerer));
}

static kern_return_t
later(void)
{
	return (call_later(1, 2, &number));
}

static kern_return_t
tell_soon(void)
{
	return (call_tell_soon(1, 2, 3));
}

static kern_return_t
wide_by(unsigned int n)
{
	mach_msg_type_number_t n_out;
	static wide_t wide;
	wide_t wide_out;

	return (call_wide(1, wide, n, wide_out, &n_out));
}

static kern_return_t
wide(void)
{
	return (wide_by(3));
}

static kern_return_t
borrowed(void)
{
	return (call_borrowed(1, ints, 4, &sum));
}

static kern_return_t
elsewhere(void)
{
	return (call_elsewhere(1, 2, &number));
}

static kern_return_t
nothing(void)
{
	return (call_nothing(1));
}

static kern_return_t
outcome(void)
{
	return (call_outcome(1, KERN_SUCCESS, 2));
}

static kern_return_t
call_back(void)
{
	return (call_call_back(1, 2, 3));
}

static kern_return_t (*const calls[])(void) = {
	numbers, tell, fixed, bounded, bounded_full, counted, strings, memory,
	memory_given, memory_sized, rights, right_arrays, polymorph, paired,
	translated, tokens, later, tell_soon, wide, borrowed, elsewhere,
	nothing, outcome, few_rights, call_back
};
#define	NCALLS	(sizeof(calls) / sizeof(calls[0]))

/*
 * Spoiling.
 */

/* Hands every spoilt version of a good message to a function. */
struct spoiler {
	void	(*use)(const struct taken *);
	const struct taken *good;
};

/* With another size: what was not there is zero, and the trailer moves. */
static void
resize(const struct spoiler *s, mach_msg_size_t size)
{
	struct taken t;

	if (size < sizeof(mach_msg_header_t) || size > ROOM / 2)
		return;
	memset(&t, 0, sizeof(t));
	t.size = size;
	memcpy(t.words, s->good->words,
	    size < s->good->size ? size : s->good->size);
	((mach_msg_header_t *)t.words)->msgh_size = size;
	put_trailer(&t);
	s->use(&t);
}

static void
spoil_word(const struct spoiler *s, unsigned int i)
{
	static const uint32_t flips[] = { 1, 2, 4, 8, 0x100, 0x10000, 0x20000,
	    0x40000, 0x80000, 0x1000000, 0x2000000, 0x4000000, 0x80000000 };
	static const uint32_t values[] = { 0, 71, 0x7fffffff, 0x3fffffff,
	    0xffffffff };
	struct taken t;
	unsigned int j;
	uint32_t word;

	word = s->good->words[i];
	t = *s->good;
	for (j = 0; j < sizeof(flips) / sizeof(flips[0]); j++) {
		t.words[i] = word ^ flips[j];
		s->use(&t);
		t.words[i] = word + flips[j];
		s->use(&t);
		t.words[i] = word - flips[j];
		s->use(&t);
	}
	for (j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
		t.words[i] = values[j];
		s->use(&t);
	}
}

/* Characters without end from word i on. */
static void
spoil_text(const struct spoiler *s, unsigned int i, unsigned int length)
{
	struct taken t;

	if (i * 4 < sizeof(mach_msg_header_t) ||
	    i * 4 + length > s->good->size)
		return;
	t = *s->good;
	memset(&t.words[i], 'x', length);
	s->use(&t);
}

static void
spoil(const struct spoiler *s)
{
	const unsigned int size_word =
	    offsetof(mach_msg_header_t, msgh_size) / 4;
	mach_msg_size_t size;
	unsigned int i;

	for (size = sizeof(mach_msg_header_t); size < s->good->size + 300;
	    size += 4)
		if (size != s->good->size)
			resize(s, size);
	for (i = 0; i < (round_msg(s->good->size) + TRAILER) / 4; i++) {
		if (i == size_word)
			continue;
		spoil_word(s, i);
		spoil_text(s, i, 4);
		spoil_text(s, i, 16);
		spoil_text(s, i, 20);
	}
}

/*
 * The server's side.
 */

/* Serves a copy that ends where the message does; returns the code. */
static kern_return_t
serve(const struct taken *t)
{
	mig_reply_error_t *answer;
	unsigned int called;
	kern_return_t kr;
	void *copy;
	size_t size;

	size = round_msg(t->size) + TRAILER;
	copy = malloc(size);
	answer = calloc(1, ROOM);
	ATF_REQUIRE(copy != NULL && answer != NULL);
	memcpy(copy, t->words, size);
	called = routines_called;
	if (!language_server(copy, &answer->Head))
		ATF_CHECK_EQ(MIG_BAD_ID, answer->RetCode);
	kr = KERN_SUCCESS;
	if (routines_called == called)
		kr = answer->RetCode;
	else
		ATF_CHECK_EQ(called + 1, routines_called);
	free(copy);
	free(answer);
	return (kr);
}

static void
serve_spoilt(const struct taken *t)
{
	kern_return_t kr;

	kr = serve(t);
	ATF_CHECK_MSG(kr == KERN_SUCCESS || kr == MIG_BAD_ID ||
	    kr == MIG_BAD_ARGUMENTS || kr == MIG_TYPE_ERROR ||
	    kr == MIG_TRAILER_ERROR, "%d", kr);
}

/* What every request has to be, and what says that it is not. */
static void
check_shape(const struct taken *good)
{
	mach_msg_base_t *base;
	struct taken t;

	ATF_CHECK_EQ(KERN_SUCCESS, serve(good));
	t = *good;
	base = (mach_msg_base_t *)t.words;
	base->header.msgh_bits ^= MACH_MSGH_BITS_COMPLEX;
	ATF_CHECK_EQ(MIG_BAD_ARGUMENTS, serve(&t));
	base->header.msgh_bits ^= MACH_MSGH_BITS_COMPLEX;
	if ((base->header.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
		base->body.msgh_descriptor_count++;
		ATF_CHECK_EQ(MIG_BAD_ARGUMENTS, serve(&t));
		base->body.msgh_descriptor_count -= 2;
		ATF_CHECK_EQ(MIG_BAD_ARGUMENTS, serve(&t));
		base->body.msgh_descriptor_count++;
		/* The type of the first descriptor. */
		((uint8_t *)(base + 1))[11] ^= 4;
		ATF_CHECK_EQ(MIG_TYPE_ERROR, serve(&t));
		((uint8_t *)(base + 1))[11] ^= 4;
	}
	t.size += 300;
	base->header.msgh_size = t.size;
	put_trailer(&t);
	ATF_CHECK_EQ(MIG_BAD_ARGUMENTS, serve(&t));
	base->header.msgh_id = 5002;
	ATF_CHECK_EQ(MIG_BAD_ID, serve(&t));
}

/* A count above the limit, and a descriptor that says the same. */
static void
check_too_much_memory(void)
{
	__Request__memory_sized_t *r;
	struct taken t;

	ATF_REQUIRE_EQ(KERN_SUCCESS, memory_sized());
	t = request;
	r = (__Request__memory_sized_t *)t.words;
	r->ints.size = 404;
	r->intsCnt = 101;
	ATF_CHECK_EQ(MIG_BAD_ARGUMENTS, serve(&t));
}

/* A right that the count leaves out, and the routine would never see. */
static void
check_right_behind_count(void)
{
	__Request__few_rights_t *r;
	struct taken t;

	ATF_REQUIRE_EQ(KERN_SUCCESS, few_rights());
	t = request;
	r = (__Request__few_rights_t *)t.words;
	r->few[2].name = 3;
	ATF_CHECK_EQ(MIG_BAD_ARGUMENTS, serve(&t));
	r->fewCnt = 3;
	ATF_CHECK_EQ(KERN_SUCCESS, serve(&t));
}

static kern_return_t
answer_of(kern_return_t (*function)(void))
{
	given = NULL;
	(void)function();
	return (((mig_reply_error_t *)reply.words)->RetCode);
}

/* A routine that says it returns more than there is room for. */
static void
check_excess(void)
{
	routines_excess_ints = 100;
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, answer_of(bounded));
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, answer_of(counted));
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, answer_of(wide));
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, answer_of(few_rights));
	routines_excess_ints = 0;
	routines_excess_bytes = 100;
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, answer_of(bounded));
	routines_excess_bytes = 0;
}

/* The lines of each side's stubs that refuse a message. */
static const unsigned int server_places[] = {
#include "server_places.h"
};
static const unsigned int user_places[] = {
#include "user_places.h"
};

/* Fails unless every place was reached. */
static void
check_seen(const char *side, const unsigned int *places, size_t count,
    const bool *seen)
{
	size_t i;

	ATF_CHECK_MSG(count > 50, "only %zu checks in %s", count, side);
	for (i = 0; i < count; i++) {
		ATF_REQUIRE(places[i] < SEEN_LINES);
		ATF_CHECK_MSG(seen[places[i]], "%s:%u was never reached", side,
		    places[i]);
	}
}

ATF_TC_WITHOUT_HEAD(requests);
ATF_TC_BODY(requests, tc)
{
	struct spoiler s = { .use = serve_spoilt };
	struct taken good;
	unsigned int i;

	routines_dry = true;
	for (i = 0; i < NCALLS; i++) {
		given = NULL;
		ATF_REQUIRE_EQ(KERN_SUCCESS, calls[i]());
		good = request;
		s.good = &good;
		check_shape(&good);
		spoil(&s);
	}
	check_too_much_memory();
	check_right_behind_count();
	check_excess();
	check_seen("languageServer.c", server_places,
	    sizeof(server_places) / sizeof(server_places[0]), seen_server);
}

/* What translation made is destroyed, once each time. */
ATF_TC_WITHOUT_HEAD(destructors);
ATF_TC_BODY(destructors, tc)
{
	routines_dry = true;
	ATF_REQUIRE_EQ(KERN_SUCCESS, translated());
	ATF_CHECK_EQ(1, routines_gone);
	ATF_REQUIRE_EQ(KERN_SUCCESS, translated());
	ATF_CHECK_EQ(2, routines_gone);
}

/*
 * The user's side.
 */

static kern_return_t (*call)(void);

static void
receive_spoilt(const struct taken *t)
{
	unsigned int before;
	kern_return_t kr;

	given = t;
	before = destroyed;
	kr = call();
	/* What a stub refuses it also releases. */
	if (kr == MIG_TYPE_ERROR || kr == MIG_REPLY_MISMATCH ||
	    kr == MIG_SERVER_DIED)
		ATF_CHECK_EQ(before + 1, destroyed);
	given = NULL;
}

/* More than the caller has room for, well-formed otherwise. */
static void
check_overflow(void)
{
	__Reply__counted_t *r;
	struct taken t;

	call = counted;
	ATF_REQUIRE_EQ(KERN_SUCCESS, counted());
	t = reply;
	r = (__Reply__counted_t *)t.words;
	t.size += 4;
	r->Head.msgh_size = t.size;
	r->ints_outCnt = 3;
	put_trailer(&t);
	given = &t;
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, counted());
	given = NULL;
}

/* More than a request can hold is refused before anything is sent. */
static void
check_too_many(void)
{
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, bounded_by(11, 0));
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, bounded_by(0, 65));
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, paired_by(11));
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, wide_by(5));
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, few_rights_by(4));
	ATF_CHECK_EQ(MIG_ARRAY_TOO_LARGE, memory_sized_by(101));
}

ATF_TC_WITHOUT_HEAD(replies);
ATF_TC_BODY(replies, tc)
{
	struct spoiler s = { .use = receive_spoilt };
	struct taken good;
	unsigned int i;

	kernel_start();
	routines_dry = true;
	for (i = 0; i < NCALLS; i++) {
		given = NULL;
		call = calls[i];
		ATF_REQUIRE_EQ(KERN_SUCCESS, call());
		good = reply;
		s.good = &good;
		spoil(&s);
	}
	check_overflow();
	check_too_many();
	check_seen("languageUser.c", user_places,
	    sizeof(user_places) / sizeof(user_places[0]), seen_user);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, requests);
	ATF_TP_ADD_TC(tp, destructors);
	ATF_TP_ADD_TC(tp, replies);
	return (atf_no_error());
}
