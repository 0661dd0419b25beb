/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_msg_server_once(): what becomes of requests and replies.
 */

#include <atf-c.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mig.h>

#include "fixture.h"

#define	REQUEST		500
#define	BIG		20000

/* A request with a right in it, which may be long. */
struct request {
	mach_msg_header_t	head;
	mach_msg_body_t		body;
	mach_msg_port_descriptor_t port;
	char			text[BIG];
};
#define	SMALL_SIZE	(offsetof(struct request, text) + 4)

static int served;

/* Answers with success and the last byte of the request. */
static boolean_t
demux_answer(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	mig_reply_error_t *error;

	served++;
	mig_reply_setup(request, reply);
	error = (mig_reply_error_t *)(void *)reply;
	error->RetCode = KERN_SUCCESS;
	error->NDR.float_rep = ((unsigned char *)request)[
	    request->msgh_size - 1];
	return (TRUE);
}

static boolean_t
demux_no_reply(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	served++;
	mig_reply_setup(request, reply);
	((mig_reply_error_t *)(void *)reply)->RetCode = MIG_NO_REPLY;
	return (TRUE);
}

/* Says nothing at all. */
static boolean_t
demux_refuse(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	(void)request;
	(void)reply;
	served++;
	return (FALSE);
}

static void
request_send(mach_port_t dest, mach_port_t reply, mach_msg_size_t size)
{
	struct request *r;

	r = calloc(1, sizeof(*r));
	ATF_REQUIRE(r != NULL);
	r->head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE) | MACH_MSGH_BITS_COMPLEX;
	r->head.msgh_remote_port = dest;
	r->head.msgh_local_port = reply;
	r->head.msgh_id = REQUEST;
	r->body.msgh_descriptor_count = 1;
	r->port.name = reply;
	r->port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	r->port.type = MACH_MSG_PORT_DESCRIPTOR;
	((unsigned char *)r)[size - 1] = 77;
	KR_OK(mach_msg(&r->head, MACH_SEND_MSG, size, 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
	free(r);
}

static void
reply_take(mach_port_t port, kern_return_t code, int last)
{
	struct {
		mig_reply_error_t	error;
		mach_msg_max_trailer_t	trailer;
	} r;

	memset(&r, 0, sizeof(r));
	KR_OK(mach_msg(&r.error.Head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(r), port, 0, MACH_PORT_NULL));
	ATF_CHECK_EQ(REQUEST + 100, r.error.Head.msgh_id);
	ATF_CHECK_EQ(sizeof(r.error), r.error.Head.msgh_size);
	ATF_CHECK_EQ(code, r.error.RetCode);
	ATF_CHECK_EQ(last, r.error.NDR.float_rep);
}

ATF_TC(answer);
ATF_TC_HEAD(answer, tc)
{
	atf_tc_set_md_var(tc, "descr", "One request is answered, however much "
	    "larger than was guessed");
}
ATF_TC_BODY(answer, tc)
{
	mach_port_t client, server;

	kernel_start();
	client = port_make();
	server = port_make();
	request_send(server, client, SMALL_SIZE);
	request_send(server, client, sizeof(struct request));
	KR_OK(mach_msg_server_once(demux_answer, 64, server,
	    MACH_MSG_OPTION_NONE));
	ATF_CHECK_EQ(1, served);
	reply_take(client, KERN_SUCCESS, 77);
	ATF_CHECK(note_none(client));
	KR_OK(mach_msg_server_once(demux_answer, 64, server,
	    MACH_MSG_OPTION_NONE));
	ATF_CHECK_EQ(2, served);
	reply_take(client, KERN_SUCCESS, 77);
	/* The routine succeeded: the rights of the requests were its own. */
	ATF_CHECK_EQ(2, port_refs(client, MACH_PORT_RIGHT_SEND));
}

ATF_TC(no_reply);
ATF_TC_HEAD(no_reply, tc)
{
	atf_tc_set_md_var(tc, "descr", "A routine that answers later keeps the "
	    "right to reply");
}
ATF_TC_BODY(no_reply, tc)
{
	mach_port_t client, server;
	unsigned int before;

	kernel_start();
	client = port_make();
	server = port_make();
	before = name_count();
	request_send(server, client, SMALL_SIZE);
	KR_OK(mach_msg_server_once(demux_no_reply, 64, server,
	    MACH_MSG_OPTION_NONE));
	ATF_CHECK_EQ(1, served);
	ATF_CHECK(note_none(client));
	ATF_CHECK_EQ(before + 1, name_count());
}

ATF_TC(refuse);
ATF_TC_HEAD(refuse, tc)
{
	atf_tc_set_md_var(tc, "descr", "A refused request is told so and what "
	    "it carried is released");
}
ATF_TC_BODY(refuse, tc)
{
	mach_port_t client, server;
	unsigned int before;

	kernel_start();
	client = port_make();
	server = port_make();
	before = name_count();
	request_send(server, client, SMALL_SIZE);
	KR_OK(mach_msg_server_once(demux_refuse, 64, server,
	    MACH_MSG_OPTION_NONE));
	ATF_CHECK_EQ(1, served);
	reply_take(client, MIG_BAD_ID, 0);
	ATF_CHECK_EQ(0, port_refs(client, MACH_PORT_RIGHT_SEND));
	ATF_CHECK_EQ(before, name_count());
}

ATF_TC(client_gone);
ATF_TC_HEAD(client_gone, tc)
{
	atf_tc_set_md_var(tc, "descr", "A client that is gone is no error and "
	    "leaves nothing behind");
}
ATF_TC_BODY(client_gone, tc)
{
	mach_port_t client, server;
	unsigned int before;

	kernel_start();
	server = port_make();
	before = name_count();
	client = port_make();
	request_send(server, client, SMALL_SIZE);
	port_drop(client);
	KR_OK(mach_msg_server_once(demux_refuse, 64, server,
	    MACH_MSG_OPTION_NONE));
	ATF_CHECK_EQ(1, served);
	ATF_CHECK_EQ(before, name_count());
}

ATF_TC(loop);
ATF_TC_HEAD(loop, tc)
{
	atf_tc_set_md_var(tc, "descr", "mach_msg_server() goes on until a "
	    "receive fails, and returns why");
}
ATF_TC_BODY(loop, tc)
{
	mach_port_t client, server;
	int i;

	kernel_start();
	client = port_make();
	server = port_make();
	for (i = 0; i < 3; i++)
		request_send(server, client, SMALL_SIZE);
	KR(MACH_RCV_TIMED_OUT, mach_msg_server(demux_answer, 64, server,
	    MACH_RCV_TIMEOUT));
	ATF_CHECK_EQ(3, served);
	for (i = 0; i < 3; i++)
		reply_take(client, KERN_SUCCESS, 77);
	port_drop(server);
	KR(MACH_RCV_INVALID_NAME, mach_msg_server(demux_answer, 64, server,
	    MACH_MSG_OPTION_NONE));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, answer);
	ATF_TP_ADD_TC(tp, no_reply);
	ATF_TP_ADD_TC(tp, refuse);
	ATF_TP_ADD_TC(tp, client_gone);
	ATF_TP_ADD_TC(tp, loop);
	return (atf_no_error());
}
