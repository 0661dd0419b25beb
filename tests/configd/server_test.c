/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * netconfigd over Mach: every routine, its errors, and what becomes of clients
 * and servers that die.
 */

#include <sys/wait.h>
#include <atf-c.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/mig.h>

#include "check.h"
#include "wire.h"
#include "scd.h"
#include "scd_rpc.h"
#include "stack.h"
#include "value.h"

/* No wait of these tests is longer than this, in milliseconds. */
#define	PATIENCE	20000

/* A request of any form, and the reply to it. */
struct raw {
	union {
		union config_request	request;
		union config_reply	reply;
		char			bytes[512];
	};
	mach_msg_max_trailer_t	trailer;
};

static void
raw_data(struct raw *raw, unsigned int count, const char *first)
{
	unsigned int i;

	memset(raw, 0, sizeof(*raw));
	raw->request.head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	raw->request.data.body.msgh_descriptor_count = count;
	for (i = 0; i < count; i++) {
		raw->request.data3.data[i].type = MACH_MSG_OOL_DESCRIPTOR;
		raw->request.data3.data[i].copy = MACH_MSG_VIRTUAL_COPY;
	}
	raw->request.data.data[0].address = (void *)(uintptr_t)first;
	raw->request.data.data[0].size = (mach_msg_size_t)strlen(first);
	/* The counts follow the NDR record, wherever that is. */
	memcpy((char *)&raw->request.data3.data[count] + sizeof(NDR_record_t),
	    &raw->request.data.data[0].size, sizeof(mach_msg_size_t));
}

static void
raw_call(mach_port_t port, mach_msg_id_t id, size_t size, struct raw *raw)
{
	mach_msg_return_t mr;
	mach_port_t reply_port;

	reply_port = mig_get_reply_port();
	raw->request.head.msgh_bits |= MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	raw->request.head.msgh_size = (mach_msg_size_t)size;
	raw->request.head.msgh_remote_port = port;
	raw->request.head.msgh_local_port = reply_port;
	raw->request.head.msgh_id = id;
	mr = mach_msg(&raw->request.head, MACH_SEND_MSG | MACH_RCV_MSG |
	    MACH_RCV_TIMEOUT, (mach_msg_size_t)size, sizeof(*raw), reply_port,
	    PATIENCE, MACH_PORT_NULL);
	ATF_REQUIRE_EQ_MSG(MACH_MSG_SUCCESS, mr, "mach_msg: %s",
	    mach_error_string(mr));
}

/* The request is answered with a MIG error. */
static void
check_error(mach_port_t port, mach_msg_id_t id, size_t size, struct raw *raw,
    kern_return_t expected)
{

	raw_call(port, id, size, raw);
	ATF_CHECK_EQ(id + CONFIG_REPLY_OFFSET, raw->reply.head.msgh_id);
	ATF_CHECK_EQ(sizeof(mig_reply_error_t), raw->reply.head.msgh_size);
	ATF_CHECK_EQ_MSG(expected, raw->reply.error.RetCode,
	    "id %d, %zu bytes: %d instead of %d", id, size,
	    raw->reply.error.RetCode, expected);
	mach_msg_destroy(&raw->reply.head);
}

static mach_port_t
session_open(mach_port_t service)
{
	struct rpc_data none = { NULL, 0 };
	mach_port_t session;

	ATF_REQUIRE_EQ(SC_OK, rpc_open(service, rpc_string("test"), none,
	    &session));
	ATF_REQUIRE(MACH_PORT_VALID(session));
	return (session);
}

static int
assign(mach_port_t port, rpc_assign *function, const char *key,
    const char *text)
{
	struct rpc_data data;
	plist_t value;
	int error;

	value = plist_new_string(text);
	data.data = value_encode(value, &data.size);
	plist_free(value);
	error = function(port, rpc_string(key), data);
	free(data.data);
	return (error);
}

static void
set_ok(mach_port_t port, const char *key, const char *text)
{

	ATF_REQUIRE_EQ(SC_OK, assign(port, rpc_set, key, text));
}

static void
check_value(mach_port_t port, const char *key, const char *text)
{
	plist_t value;

	ATF_REQUIRE_EQ(SC_OK, rpc_get(port, rpc_string(key), &value));
	ATF_CHECK_STREQ(text, value_string(value));
	plist_free(value);
}

/* The array is `text', each string followed by a space; it is freed. */
static void
check_array(plist_t array, const char *text)
{
	struct strset set = STRSET_INITIALIZER;
	char found[1024];
	size_t i;

	ATF_REQUIRE(value_to_strset(array, &set));
	found[0] = '\0';
	for (i = 0; i < set.count; i++) {
		strcat(found, set.items[i]);
		strcat(found, " ");
	}
	ATF_CHECK_STREQ(text, found);
	strset_clear(&set);
	plist_free(array);
}

static void
check_changes(mach_port_t session, const char *text)
{
	plist_t array;

	ATF_REQUIRE_EQ(SC_OK, rpc_changes(session, &array));
	check_array(array, text);
}

static mach_port_t
notify_port(mach_port_t session)
{
	mach_port_t port;

	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_allocate(mach_task_self(),
	    MACH_PORT_RIGHT_RECEIVE, &port));
	ATF_REQUIRE_EQ(SC_OK, rpc_via_port(session, port));
	return (port);
}

/* Receives a notification: true, or false when none came in time. */
static bool
notified(mach_port_t port, mach_msg_timeout_t timeout)
{
	struct raw raw;
	mach_msg_return_t mr;

	mr = mach_msg(&raw.request.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(raw), port, timeout, MACH_PORT_NULL);
	if (mr == MACH_RCV_TIMED_OUT)
		return (false);
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, mr);
	ATF_CHECK_EQ(sizeof(mach_msg_header_t), raw.request.head.msgh_size);
	ATF_CHECK(raw.request.head.msgh_id != 0);
	ATF_CHECK_EQ(MACH_PORT_NULL, raw.request.head.msgh_remote_port);
	mach_msg_destroy(&raw.request.head);
	return (true);
}

/*
 * Notifications are sent after the reply to what caused them; after the reply
 * to one more request they have all been sent.
 */
static void
settle(mach_port_t port)
{
	plist_t value;

	(void)rpc_get(port, rpc_string("nothing"), &value);
}

ATF_TC_WITHOUT_HEAD(keys);
ATF_TC_BODY(keys, tc)
{
	mach_port_t service, session;
	plist_t value;

	stack_start(true);
	service = stack_service();
	session = session_open(service);
	ATF_CHECK_EQ(SC_NO_KEY, rpc_get(session, rpc_string("k"), &value));
	ATF_CHECK_EQ(SC_NO_KEY, rpc_remove(session, rpc_string("k")));
	ATF_CHECK_EQ(SC_OK, assign(session, rpc_add, "k", "1"));
	ATF_CHECK_EQ(SC_KEY_EXISTS, assign(session, rpc_add, "k", "2"));
	check_value(session, "k", "1");
	set_ok(session, "k", "3");
	check_value(session, "k", "3");
	check_value(service, "k", "3");
	ATF_CHECK_EQ(SC_OK, rpc_notify(session, rpc_string("k")));
	check_value(session, "k", "3");
	ATF_CHECK_EQ(SC_OK, rpc_remove(session, rpc_string("k")));
	ATF_CHECK_EQ(SC_NO_KEY, rpc_get(session, rpc_string("k"), &value));

	set_ok(session, "t/b", "");
	set_ok(session, "t/a", "");
	ATF_REQUIRE_EQ(SC_OK, rpc_list_keys(session, rpc_string("t/.*"),
	    &value));
	check_array(value, "t/a t/b ");
	ATF_REQUIRE_EQ(SC_OK, rpc_list_keys(session, rpc_string("u/.*"),
	    &value));
	check_array(value, "");
	ATF_CHECK_EQ(SC_FAILED, rpc_list_keys(session, rpc_string("("),
	    &value));
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT, assign(session, rpc_set, "", ""));
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT,
	    assign(session, rpc_set, "\xff", ""));
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(service_port);
ATF_TC_BODY(service_port, tc)
{
	struct rpc_data none = { NULL, 0 };
	mach_port_t port, service;
	plist_t value;

	stack_start(true);
	service = stack_service();
	set_ok(service, "k", "1");
	check_value(service, "k", "1");
	ATF_CHECK_EQ(SC_OK, rpc_list_keys(service, rpc_string("k"), &value));
	check_array(value, "k ");
	ATF_CHECK_EQ(SC_OK, rpc_remove(service, rpc_string("k")));

	/* What belongs to a session needs one. */
	ATF_CHECK_EQ(SC_NO_STORE_SESSION,
	    assign(service, rpc_add_session, "k", "1"));
	ATF_CHECK_EQ(SC_NO_STORE_SESSION,
	    rpc_watch(service, rpc_string("k"), 0));
	ATF_CHECK_EQ(SC_NO_STORE_SESSION,
	    rpc_unwatch(service, rpc_string("k"), 0));
	ATF_CHECK_EQ(SC_NO_STORE_SESSION, rpc_watch_all(service, none, none));
	ATF_CHECK_EQ(SC_NO_STORE_SESSION, rpc_changes(service, &value));
	ATF_CHECK_EQ(SC_NO_STORE_SESSION, rpc_cancel(service));
	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_allocate(mach_task_self(),
	    MACH_PORT_RIGHT_RECEIVE, &port));
	ATF_CHECK_EQ(SC_NO_STORE_SESSION, rpc_via_port(service, port));
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(wire_sizes);
ATF_TC_BODY(wire_sizes, tc)
{
	static const struct {
		mach_msg_id_t	id;
		unsigned int	count;		/* data descriptors */
		mach_msg_size_t	request, reply;
	} routines[] = {
		{ 20000, 2, 76, 52 }, { 20008, 1, 60, 60 },
		{ 20009, 2, 76, 44 }, { 20010, 1, 56, 64 },
		{ 20011, 2, 80, 44 }, { 20012, 1, 56, 40 },
		{ 20014, 2, 76, 44 }, { 20015, 1, 56, 40 },
		{ 20016, 2, 76, 60 }, { 20017, 3, 96, 40 },
		{ 20018, 1, 60, 40 }, { 20019, 1, 60, 40 },
		{ 20020, 0, 24, 60 }, { 20024, 0, 24, 40 },
		{ 20025, 2, 76, 40 }, { 20029, 0, 24, 40 },
	};
	mach_port_t session;
	struct raw raw;
	size_t i;

	stack_start(true);
	session = session_open(stack_service());
	for (i = 0; i < sizeof(routines) / sizeof(routines[0]); i++) {
		if (routines[i].count == 0)
			memset(&raw, 0, sizeof(raw));
		else
			raw_data(&raw, routines[i].count,
			    routines[i].id == 20016 || routines[i].id ==
			    20017 || routines[i].id == 20025 ? "" : "x");
		raw_call(session, routines[i].id, routines[i].request, &raw);
		ATF_CHECK_EQ(routines[i].id + 100, raw.reply.head.msgh_id);
		ATF_CHECK_EQ_MSG(routines[i].reply, raw.reply.head.msgh_size,
		    "id %d: %u bytes", routines[i].id,
		    raw.reply.head.msgh_size);
		ATF_CHECK_EQ(KERN_SUCCESS, check_reply(&raw.reply,
		    routines[i].id));
		mach_msg_destroy(&raw.reply.head);
	}
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(bad_messages);
ATF_TC_BODY(bad_messages, tc)
{
	mach_port_t service, session;
	struct raw raw;
	mach_msg_id_t id;
	int i;

	stack_start(true);
	service = stack_service();
	session = session_open(service);

	/* No such routine: around the subsystem, and its gaps. */
	for (id = 19999; id <= 20031; id++) {
		if (id == 20000 || (id >= 20008 && id <= 20012) ||
		    (id >= 20014 && id <= 20021) ||
		    (id >= 20023 && id <= 20026) || id == 20029)
			continue;
		memset(&raw, 0, sizeof(raw));
		check_error(session, id, 24, &raw, MIG_BAD_ID);
	}
	/* Another size, descriptors missing, or there where none belong. */
	raw_data(&raw, 1, "x");
	check_error(session, CONFIG_GET, 60, &raw, MIG_BAD_ARGUMENTS);
	raw_data(&raw, 1, "x");
	check_error(session, CONFIG_GET, 52, &raw, MIG_BAD_ARGUMENTS);
	raw_data(&raw, 2, "x");
	check_error(session, CONFIG_LIST, 60, &raw, MIG_BAD_ARGUMENTS);
	memset(&raw, 0, sizeof(raw));
	check_error(session, CONFIG_GET, 56, &raw, MIG_BAD_ARGUMENTS);
	memset(&raw, 0, sizeof(raw));
	check_error(session, CONFIG_GET, 24, &raw, MIG_BAD_ARGUMENTS);
	memset(&raw, 0, sizeof(raw));
	check_error(session, CONFIG_CHANGES, 28, &raw, MIG_BAD_ARGUMENTS);
	raw_data(&raw, 1, "x");
	check_error(session, CONFIG_CHANGES, 56, &raw, MIG_BAD_ARGUMENTS);

	/* A right where data belongs and the other way round. */
	memset(&raw, 0, sizeof(raw));
	raw.request.head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	raw.request.port_int.body.msgh_descriptor_count = 1;
	raw.request.port_int.port.name = service;
	raw.request.port_int.port.disposition = MACH_MSG_TYPE_COPY_SEND;
	raw.request.port_int.port.type = MACH_MSG_PORT_DESCRIPTOR;
	check_error(session, CONFIG_GET, 56, &raw, MIG_TYPE_ERROR);
	raw_data(&raw, 1, "x");
	check_error(session, CONFIG_VIA_PORT, 52, &raw, MIG_TYPE_ERROR);

	/* A send-once right where a send right belongs. */
	memset(&raw, 0, sizeof(raw));
	raw.request.head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	raw.request.port_int.body.msgh_descriptor_count = 1;
	raw.request.port_int.port.name = mig_get_reply_port();
	raw.request.port_int.port.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE;
	raw.request.port_int.port.type = MACH_MSG_PORT_DESCRIPTOR;
	raw_call(session, CONFIG_VIA_PORT, 52, &raw);
	/* It comes back when the request is released, before the reply. */
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, raw.reply.head.msgh_id);
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, mach_msg(&raw.reply.head,
	    MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(raw),
	    mig_get_reply_port(), PATIENCE, MACH_PORT_NULL));
	ATF_CHECK_EQ(MIG_TYPE_ERROR, raw.reply.error.RetCode);

	/* A count that is not the descriptor's. */
	raw_data(&raw, 1, "x");
	raw.request.data.count[0] = 2;
	check_error(session, CONFIG_GET, 56, &raw, MIG_TYPE_ERROR);

	/* None of this may cost the server anything. */
	for (i = 0; i < 200; i++) {
		raw_data(&raw, 1, "x");
		raw.request.data.count[0] = 2;
		check_error(session, CONFIG_GET, 56, &raw, MIG_TYPE_ERROR);
	}
	set_ok(session, "alive", "yes");
	check_value(session, "alive", "yes");
	stack_stop();
}

/* Only the kernel says that a session's client is gone. */
ATF_TC_WITHOUT_HEAD(forged_no_senders);
ATF_TC_BODY(forged_no_senders, tc)
{
	mach_port_t session;
	struct raw raw;

	stack_start(true);
	session = session_open(stack_service());
	memset(&raw, 0, sizeof(raw));
	check_error(session, MACH_NOTIFY_NO_SENDERS, 36, &raw, MIG_BAD_ID);
	set_ok(session, "k", "1");
	check_value(session, "k", "1");
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(sizes_of_data);
ATF_TC_BODY(sizes_of_data, tc)
{
	struct rpc_data none = { NULL, 0 }, data;
	mach_port_t session;
	const char *bytes;
	struct raw raw;
	plist_t value;
	uint64_t size;
	size_t i;
	char *big;

	stack_start(true);
	session = session_open(stack_service());

	/* Nothing at all is a value. */
	ATF_CHECK_EQ(SC_OK, rpc_set(session, rpc_string("empty"), none));
	raw_data(&raw, 1, "empty");
	raw_call(session, CONFIG_GET, 56, &raw);
	ATF_CHECK_EQ(KERN_SUCCESS, check_reply(&raw.reply, CONFIG_GET));
	ATF_CHECK_EQ(SC_OK, raw.reply.data_int.status);
	ATF_CHECK_EQ(0, raw.reply.data_int.count);
	ATF_CHECK(raw.reply.data_int.data.address == NULL);

	/* A megabyte and a bit, from and to unaligned addresses. */
	big = malloc((1 << 20) + 3);
	ATF_REQUIRE(big != NULL);
	for (i = 0; i < (1 << 20) + 3; i++)
		big[i] = (char)(i * 7 + (i >> 12));
	value = plist_new_data(big, (1 << 20) + 3);
	data.data = value_encode(value, &data.size);
	plist_free(value);
	ATF_CHECK_EQ(SC_OK, rpc_set(session, rpc_string("big"), data));
	free(data.data);
	ATF_REQUIRE_EQ(SC_OK, rpc_get(session, rpc_string("big"), &value));
	size = 0;
	bytes = plist_get_data_ptr(value, &size);
	ATF_REQUIRE_EQ((1 << 20) + 3, size);
	ATF_CHECK(memcmp(bytes, big, size) == 0);
	plist_free(value);
	free(big);
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(many);
ATF_TC_BODY(many, tc)
{
	struct strset gone = STRSET_INITIALIZER, told = STRSET_INITIALIZER;
	mach_port_t session;
	struct scd *store;
	plist_t values;

	stack_start(true);
	ATF_REQUIRE_EQ(SC_OK, scd_open("test", false, &store));
	session = session_open(stack_service());
	ATF_REQUIRE_EQ(SC_OK, rpc_watch(session, rpc_string("m/.*"), 1));
	set_ok(session, "m/old", "1");
	check_changes(session, "m/old ");

	values = plist_new_dict();
	plist_dict_set_item(values, "m/a", plist_new_string("1"));
	plist_dict_set_item(values, "m/b", plist_new_string("2"));
	strset_add(&gone, "m/old");
	strset_add(&told, "m/none");
	ATF_CHECK_EQ(SC_OK, scd_set_many(store, values, &gone, &told));
	plist_free(values);
	check_changes(session, "m/a m/b m/none m/old ");
	ATF_REQUIRE_EQ(SC_OK, scd_get_matching(store, "m/.*", &values));
	ATF_CHECK_EQ(2, plist_dict_get_size(values));
	ATF_CHECK_STREQ("2", value_string(value_member(values, "m/b")));
	plist_free(values);
	ATF_REQUIRE_EQ(SC_OK, scd_get_matching(store, "none", &values));
	ATF_CHECK_EQ(0, plist_dict_get_size(values));
	plist_free(values);
	strset_clear(&gone);
	strset_clear(&told);
	scd_close(store);
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(watch);
ATF_TC_BODY(watch, tc)
{
	mach_port_t port, session, writer;

	stack_start(true);
	session = session_open(stack_service());
	writer = stack_service();
	ATF_CHECK_EQ(SC_OK, rpc_watch(session, rpc_string("a"), 0));
	ATF_CHECK_EQ(SC_KEY_EXISTS, rpc_watch(session, rpc_string("a"), 0));
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT,
	    rpc_watch(session, rpc_string("("), 1));
	ATF_CHECK_EQ(SC_NO_KEY, rpc_unwatch(session, rpc_string("b"), 0));
	check_changes(session, "");

	/* One notification for each event, whatever it changed. */
	port = notify_port(session);
	set_ok(writer, "a", "1");
	settle(writer);
	ATF_CHECK(notified(port, PATIENCE));
	ATF_CHECK(!notified(port, 0));
	check_changes(session, "a ");
	check_changes(session, "");

	ATF_CHECK_EQ(SC_OK, rpc_unwatch(session, rpc_string("a"), 0));
	set_ok(writer, "a", "2");
	settle(writer);
	ATF_CHECK(!notified(port, 0));
	check_changes(session, "");
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(notifier);
ATF_TC_BODY(notifier, tc)
{
	mach_port_t other, port, session;
	struct raw raw;

	stack_start(true);
	session = session_open(stack_service());
	ATF_REQUIRE_EQ(SC_OK, rpc_watch(session, rpc_string("a"), 0));
	/* What happened before there was a notifier is told at once. */
	set_ok(session, "a", "1");
	port = notify_port(session);
	settle(session);
	ATF_CHECK(notified(port, PATIENCE));

	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_allocate(mach_task_self(),
	    MACH_PORT_RIGHT_RECEIVE, &other));
	ATF_CHECK_EQ(SC_NOTIFIER_ACTIVE, rpc_via_port(session, other));
	ATF_CHECK_EQ(SC_OK, rpc_cancel(session));
	set_ok(session, "a", "2");
	settle(session);
	ATF_CHECK(!notified(port, 0));
	ATF_CHECK_EQ(SC_OK, rpc_via_port(session, other));
	settle(session);
	ATF_CHECK(notified(other, PATIENCE));
	ATF_CHECK_EQ(SC_OK, rpc_cancel(session));

	/* No port, and an identifier. */
	memset(&raw, 0, sizeof(raw));
	raw.request.head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	raw.request.port_int.body.msgh_descriptor_count = 1;
	raw.request.port_int.port.disposition = MACH_MSG_TYPE_COPY_SEND;
	raw.request.port_int.port.type = MACH_MSG_PORT_DESCRIPTOR;
	raw_call(session, CONFIG_VIA_PORT, 52, &raw);
	ATF_CHECK_EQ(KERN_SUCCESS, check_reply(&raw.reply, CONFIG_VIA_PORT));
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT, raw.reply.status.status);
	memset(&raw, 0, sizeof(raw));
	raw.request.head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	raw.request.port_int.body.msgh_descriptor_count = 1;
	raw.request.port_int.port.name = port;
	raw.request.port_int.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	raw.request.port_int.port.type = MACH_MSG_PORT_DESCRIPTOR;
	raw.request.port_int.value = 1;
	raw_call(session, CONFIG_VIA_PORT, 52, &raw);
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT, raw.reply.status.status);
	/* The session itself, which would then never end. */
	memset(&raw, 0, sizeof(raw));
	raw.request.head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	raw.request.port_int.body.msgh_descriptor_count = 1;
	raw.request.port_int.port.name = session;
	raw.request.port_int.port.disposition = MACH_MSG_TYPE_COPY_SEND;
	raw.request.port_int.port.type = MACH_MSG_PORT_DESCRIPTOR;
	raw_call(session, CONFIG_VIA_PORT, 52, &raw);
	ATF_CHECK_EQ(SC_INVALID_ARGUMENT, raw.reply.status.status);
	stack_stop();
}

/* Its queue overflows; what it finds when it looks must be everything. */
ATF_TC_WITHOUT_HEAD(slow_watcher);
ATF_TC_BODY(slow_watcher, tc)
{
	mach_port_limits_t limits;
	mach_port_t port, session, writer;
	int i, messages;

	stack_start(true);
	session = session_open(stack_service());
	writer = stack_service();
	ATF_REQUIRE_EQ(SC_OK, rpc_watch(session, rpc_string("[ab]"), 1));
	port = notify_port(session);
	limits.mpl_qlimit = 1;
	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_set_attributes(mach_task_self(),
	    port, MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
	    MACH_PORT_LIMITS_INFO_COUNT));
	for (i = 0; i < 50; i++)
		set_ok(writer, "a", "1");
	set_ok(writer, "b", "1");
	settle(writer);
	/* The first of two requests makes the server try what is owed again. */
	for (messages = 0; notified(port, 0); messages++) {
		settle(writer);
		settle(writer);
	}
	ATF_CHECK(messages >= 1 && messages <= 2);
	check_changes(session, "a b ");
	/* Nothing is owed now, and the next change is told again. */
	settle(writer);
	ATF_CHECK(!notified(port, 0));
	set_ok(writer, "b", "2");
	settle(writer);
	ATF_CHECK(notified(port, PATIENCE));
	check_changes(session, "b ");
	stack_stop();
}

/* The client's port is full, and then is not: everyone who waits is told. */
ATF_TC_WITHOUT_HEAD(shared_notifier);
ATF_TC_BODY(shared_notifier, tc)
{
	mach_port_limits_t limits;
	mach_port_t port, sessions[3], writer;
	int i, told;

	stack_start(true);
	writer = stack_service();
	for (i = 0; i < 3; i++) {
		sessions[i] = session_open(stack_service());
		ATF_REQUIRE_EQ(SC_OK, rpc_watch(sessions[i],
		    rpc_string("[ab]"), 1));
	}
	port = notify_port(sessions[0]);
	for (i = 1; i < 3; i++)
		ATF_REQUIRE_EQ(SC_OK, rpc_via_port(sessions[i], port));
	limits.mpl_qlimit = 1;
	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_set_attributes(mach_task_self(),
	    port, MACH_PORT_LIMITS_INFO, (mach_port_info_t)&limits,
	    MACH_PORT_LIMITS_INFO_COUNT));
	set_ok(writer, "a", "1");
	settle(writer);
	/* One who waits goes; the others do not wait for it. */
	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_deallocate(mach_task_self(),
	    sessions[1]));
	for (told = 0; told < 2 && notified(port, PATIENCE); told++)
		;
	ATF_CHECK_EQ(2, told);
	/* If it was the first to be told, there is one more. */
	do {
		settle(writer);
		settle(writer);
	} while (notified(port, 0));
	/* A port that dies while it is full ends its notifiers, no more. */
	set_ok(writer, "b", "1");
	settle(writer);
	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_destroy(mach_task_self(),
	    port));
	settle(writer);
	set_ok(writer, "b", "2");
	check_changes(sessions[0], "a b ");
	check_changes(sessions[2], "a b ");
	stack_stop();
}

/* Runs `function' in a child, and waits until it has written a byte. */
static pid_t
spawn(void (*function)(int))
{
	struct pollfd pfd;
	pid_t pid;
	int fds[2];
	char byte;

	ATF_REQUIRE_EQ(0, pipe(fds));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		close(fds[0]);
		function(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	pfd.fd = fds[0];
	pfd.events = POLLIN;
	ATF_REQUIRE_EQ(1, poll(&pfd, 1, PATIENCE));
	ATF_REQUIRE_EQ_MSG(1, read(fds[0], &byte, 1), "the child failed");
	close(fds[0]);
	return (pid);
}

static void
temporary_child(int fd)
{
	struct scd *store;
	plist_t value;

	value = plist_new_string("x");
	if (scd_open("child", false, &store) != SC_OK ||
	    scd_add_session(store, "temporary", value) != SC_OK ||
	    scd_add(store, "lasting", value) != SC_OK ||
	    write(fd, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

ATF_TC_WITHOUT_HEAD(client_death);
ATF_TC_BODY(client_death, tc)
{
	mach_port_t port, service, session;
	long long ports;
	plist_t value;
	pid_t pid;

	stack_start(true);
	service = stack_service();
	session = session_open(service);
	ATF_REQUIRE_EQ(SC_OK, rpc_watch(session, rpc_string("temporary"), 0));
	port = notify_port(session);
	settle(service);
	ports = stack_counter("ports");
	pid = spawn(temporary_child);
	settle(service);
	ATF_CHECK(notified(port, PATIENCE));
	check_value(session, "temporary", "x");
	check_changes(session, "temporary ");
	kill(pid, SIGKILL);
	ATF_CHECK(notified(port, PATIENCE));
	check_changes(session, "temporary ");
	ATF_CHECK_EQ(SC_NO_KEY, rpc_get(session, rpc_string("temporary"),
	    &value));
	check_value(session, "lasting", "x");
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	ATF_CHECK(stack_counter_becomes("ports", ports));
	stack_stop();
}

/* Sessions cost nothing once they are closed. */
ATF_TC_WITHOUT_HEAD(session_churn);
ATF_TC_BODY(session_churn, tc)
{
	mach_port_t service, session;
	long long ports;
	int i;

	stack_start(true);
	service = stack_service();
	settle(service);
	ports = stack_counter("ports");
	ATF_REQUIRE(ports > 0);
	for (i = 0; i < 500; i++) {
		session = session_open(service);
		ATF_REQUIRE_EQ(SC_OK, rpc_watch(session, rpc_string(".*"), 1));
		ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_deallocate(
		    mach_task_self(), session));
	}
	ATF_CHECK(stack_counter_becomes("ports", ports));
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(session_keys_option);
ATF_TC_BODY(session_keys_option, tc)
{
	struct scd *mine, *other;
	plist_t value, read;

	stack_start(true);
	value = plist_new_string("x");
	ATF_REQUIRE_EQ(SC_OK, scd_open("test", true, &mine));
	ATF_REQUIRE_EQ(SC_OK, scd_open("test", false, &other));
	ATF_CHECK_EQ(SC_OK, scd_set(mine, "k", value));
	ATF_CHECK_EQ(SC_OK, scd_set(other, "l", value));
	ATF_CHECK_EQ(SC_KEY_EXISTS, scd_set(mine, "l", value));
	ATF_REQUIRE_EQ(SC_OK, scd_get(other, "k", &read));
	plist_free(read);
	scd_close(mine);
	/* The kernel tells the server before it delivers this request. */
	ATF_CHECK_EQ(SC_NO_KEY, scd_get(other, "k", &read));
	scd_close(other);
	plist_free(value);
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(server_death);
ATF_TC_BODY(server_death, tc)
{
	struct strset keys = STRSET_INITIALIZER, none = STRSET_INITIALIZER;
	struct scd *store, *writer;
	plist_t value, read;
	pid_t pid;

	stack_start(true);
	value = plist_new_string("x");
	ATF_REQUIRE_EQ(SC_OK, scd_open("test", false, &store));
	ATF_REQUIRE_EQ(SC_OK, scd_open("test", false, &writer));
	strset_add(&keys, "k");
	ATF_REQUIRE_EQ(SC_OK, scd_watch(store, &keys, &none));
	strset_clear(&keys);
	ATF_REQUIRE_EQ(SC_OK, scd_notifier_start(store));
	ATF_CHECK_EQ(SC_NOTIFIER_ACTIVE, scd_notifier_start(store));
	ATF_CHECK_EQ(SCD_WAIT_TIMED_OUT, scd_notifier_wait(store, 0));

	pid = stack_netconfigd();
	ATF_REQUIRE(pid > 0);
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_CHECK_EQ(SCD_WAIT_RECONNECTED, scd_notifier_wait(store,
	    PATIENCE));
	ATF_CHECK(stack_netconfigd() != pid);
	/* Both sessions work again, and the watch is in place. */
	ATF_CHECK_EQ(SC_OK, scd_set(writer, "k", value));
	ATF_CHECK_EQ(SCD_WAIT_CHANGED, scd_notifier_wait(store, PATIENCE));
	ATF_CHECK_EQ(SC_OK, scd_changes(store, &keys));
	ATF_CHECK(strset_contains(&keys, "k"));
	ATF_CHECK_EQ(SC_OK, scd_get(store, "k", &read));
	plist_free(read);
	plist_free(value);
	strset_clear(&keys);
	scd_close(store);
	scd_close(writer);
	stack_stop();
}

ATF_TC_WITHOUT_HEAD(sigterm);
ATF_TC_BODY(sigterm, tc)
{
	mach_port_t service;
	pid_t pid;

	stack_start(true);
	service = stack_service();
	set_ok(service, "k", "1");
	pid = stack_netconfigd();
	ATF_REQUIRE_EQ(0, kill(pid, SIGTERM));
	/* The service's port lives on in launchd and gets a new server. */
	while (stack_netconfigd() == pid)
		continue;
	ATF_CHECK_EQ(SC_OK, assign(service, rpc_add, "k", "1"));
	stack_stop();
}

/* Sends a request and leaves the reply to come to a port of its own. */
static mach_port_t
send_list(mach_port_t service)
{
	mach_msg_return_t mr;
	mach_port_t port;
	struct raw raw;

	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_port_allocate(mach_task_self(),
	    MACH_PORT_RIGHT_RECEIVE, &port));
	raw_data(&raw, 1, "Setup:/System");
	raw.request.head.msgh_bits |= MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	raw.request.head.msgh_size = sizeof(struct config_data_int);
	raw.request.head.msgh_remote_port = service;
	raw.request.head.msgh_local_port = port;
	raw.request.head.msgh_id = CONFIG_LIST;
	mr = mach_msg(&raw.request.head, MACH_SEND_MSG,
	    sizeof(struct config_data_int), 0, MACH_PORT_NULL,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL);
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, mr);
	return (port);
}

/*
 * Of two requests to a server that is stopped, the first may be in its hands
 * and go with it; the second is in the queue, and the next server answers it.
 */
ATF_TC_WITHOUT_HEAD(queued_request);
ATF_TC_BODY(queued_request, tc)
{
	mach_port_t first, second, service;
	struct raw raw;
	pid_t pid;

	stack_start(true);
	service = stack_service();
	pid = stack_netconfigd();
	ATF_REQUIRE_EQ(0, kill(pid, SIGSTOP));
	first = send_list(service);
	second = send_list(service);
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, mach_msg(&raw.reply.head,
	    MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(raw), second, PATIENCE,
	    MACH_PORT_NULL));
	ATF_CHECK_EQ(KERN_SUCCESS, check_reply(&raw.reply, CONFIG_LIST));
	ATF_CHECK_EQ(SC_OK, raw.reply.data.status);
	ATF_CHECK(raw.reply.data.count > 0);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, mach_msg(&raw.reply.head,
	    MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(raw), first, PATIENCE,
	    MACH_PORT_NULL));
	ATF_CHECK(raw.reply.head.msgh_id == MACH_NOTIFY_SEND_ONCE ||
	    raw.reply.head.msgh_id == CONFIG_LIST + CONFIG_REPLY_OFFSET);
	ATF_CHECK(stack_netconfigd() != pid);
	stack_stop();
}

static void
check_denied(mach_port_t port)
{
	struct rpc_data none = { NULL, 0 };
	plist_t value;

	if (assign(port, rpc_add, "k", "1") != SC_ACCESS_ERROR ||
	    assign(port, rpc_set, "k", "1") != SC_ACCESS_ERROR ||
	    rpc_remove(port, rpc_string("root")) !=
	    SC_ACCESS_ERROR ||
	    rpc_notify(port, rpc_string("root")) !=
	    SC_ACCESS_ERROR ||
	    rpc_set_many(port, none, none, none) !=
	    SC_ACCESS_ERROR ||
	    rpc_get(port, rpc_string("State:/Network/Interface"), &value) !=
	    SC_OK) {
		fprintf(stderr, "a request was not answered as it should\n");
		_exit(1);
	}
}

/* As a user that is not root, on its own session and on the service. */
static void
nobody_child(int fd)
{
	struct rpc_data none = { NULL, 0 };
	mach_port_t service, session;

	if (setgid(65534) != 0 || setuid(65534) != 0)
		_exit(1);
	service = stack_service();
	if (rpc_open(service, rpc_string("nobody"), none, &session) != SC_OK)
		_exit(1);
	check_denied(service);
	check_denied(session);
	if (assign(session, rpc_add_session, "k", "1") != SC_ACCESS_ERROR ||
	    rpc_watch(session, rpc_string("k"), 0) != SC_OK ||
	    write(fd, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

ATF_TC(access_control);
ATF_TC_HEAD(access_control, tc)
{

	/* To become somebody else. */
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(access_control, tc)
{
	mach_port_t service;
	pid_t pid;

	stack_start(true);
	service = stack_service();
	set_ok(service, "root", "1");
	pid = spawn(nobody_child);
	check_value(service, "root", "1");
	kill(pid, SIGKILL);
	ATF_REQUIRE_EQ(pid, waitpid(pid, NULL, 0));
	stack_stop();
}

ATF_TP_ADD_TCS(tp)
{

	ATF_TP_ADD_TC(tp, keys);
	ATF_TP_ADD_TC(tp, service_port);
	ATF_TP_ADD_TC(tp, wire_sizes);
	ATF_TP_ADD_TC(tp, bad_messages);
	ATF_TP_ADD_TC(tp, forged_no_senders);
	ATF_TP_ADD_TC(tp, sizes_of_data);
	ATF_TP_ADD_TC(tp, many);
	ATF_TP_ADD_TC(tp, watch);
	ATF_TP_ADD_TC(tp, notifier);
	ATF_TP_ADD_TC(tp, slow_watcher);
	ATF_TP_ADD_TC(tp, shared_notifier);
	ATF_TP_ADD_TC(tp, client_death);
	ATF_TP_ADD_TC(tp, session_churn);
	ATF_TP_ADD_TC(tp, session_keys_option);
	ATF_TP_ADD_TC(tp, server_death);
	ATF_TP_ADD_TC(tp, sigterm);
	ATF_TP_ADD_TC(tp, queued_request);
	ATF_TP_ADD_TC(tp, access_control);
	return (atf_no_error());
}
