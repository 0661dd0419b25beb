/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Many messages, many clients, and clients that are killed.  The full numbers
 * are for an environment with MACH_SOAK in it; ordinarily there are fewer.
 */

#include <sys/wait.h>

#include <atf-c.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"

#define	TASK	mach_task_self()

struct port_message {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

#define	PORT_SIZE	__builtin_offsetof(struct port_message, trailer)

struct ool_message {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	mach_msg_ool_descriptor_t ool;
	mach_msg_port_descriptor_t port;
	mach_msg_max_trailer_t trailer;
};

#define	OOL_SIZE	__builtin_offsetof(struct ool_message, trailer)

static int
how_many(int soak, int otherwise)
{
	return (getenv("MACH_SOAK") != NULL ? soak : otherwise);
}

/* One call of the child's: a right goes along and one comes back. */
static bool
call(mach_port_t server, mach_port_t reply, int id)
{
	struct port_message m;

	memset(&m, 0, sizeof(m));
	m.head.msgh_bits = MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(
	    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	m.head.msgh_remote_port = server;
	m.head.msgh_local_port = reply;
	m.head.msgh_id = id;
	m.body.msgh_descriptor_count = 1;
	m.port.name = reply;
	m.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	m.port.type = MACH_MSG_PORT_DESCRIPTOR;
	return (mach_msg(&m.head, MACH_SEND_MSG | MACH_RCV_MSG, PORT_SIZE,
	    sizeof(m), reply, 0, MACH_PORT_NULL) == MACH_MSG_SUCCESS &&
	    m.head.msgh_id == id + 100 &&
	    m.port.disposition == MACH_MSG_TYPE_PORT_SEND &&
	    m.port.name == reply &&
	    mach_port_deallocate(TASK, reply) == KERN_SUCCESS);
}

static void
answer(mach_port_t server)
{
	struct port_message m;

	KR_OK(mach_msg(&m.head, MACH_RCV_MSG, 0, sizeof(m), server, 0,
	    MACH_PORT_NULL));
	m.head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
	m.head.msgh_local_port = MACH_PORT_NULL;
	m.head.msgh_id += 100;
	m.port.disposition = MACH_MSG_TYPE_MOVE_SEND;
	KR_OK(mach_msg(&m.head, MACH_SEND_MSG, PORT_SIZE, 0, MACH_PORT_NULL, 0,
	    MACH_PORT_NULL));
}

ATF_TC(million_calls);
ATF_TC_HEAD(million_calls, tc)
{
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(million_calls, tc)
{
	mach_port_t reply, server;
	pid_t pid;
	int calls, i;

	counters_start();
	calls = how_many(1000000, 10000);
	server = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, server));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		reply = mach_reply_port();
		for (i = 0; i < calls; i++) {
			if (!call(bootstrap_port, reply, i))
				_exit(1);
		}
		_exit(0);
	}
	for (i = 0; i < calls; i++)
		answer(server);
	ATF_CHECK_EQ(0, child_status(pid));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(server);
	counters_check();
}

/* Sends rights and memory to the bootstrap port until killed. */
static void
pester(int ready)
{
	static char memory[200001];
	struct ool_message m;
	mach_port_t carried, own;
	mach_msg_return_t mr;
	int i;

	own = mach_reply_port();
	(void)!write(ready, "x", 1);
	for (i = 0;; i++) {
		carried = mach_reply_port();
		memset(&m, 0, sizeof(m));
		m.head.msgh_bits = MACH_MSGH_BITS_COMPLEX | MACH_MSGH_BITS(
		    MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND_ONCE);
		m.head.msgh_remote_port = bootstrap_port;
		m.head.msgh_local_port = own;
		m.body.msgh_descriptor_count = 2;
		m.ool.address = memory + 1;
		m.ool.size = i % 3 == 0 ? 0 : sizeof(memory) - 1;
		m.ool.type = MACH_MSG_OOL_DESCRIPTOR;
		m.port.name = carried;
		m.port.disposition = i % 2 == 0 ? MACH_MSG_TYPE_MAKE_SEND :
		    MACH_MSG_TYPE_MOVE_RECEIVE;
		mr = mach_msg(&m.head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
		    OOL_SIZE, 0, MACH_PORT_NULL, 20, MACH_PORT_NULL);
		if (mr != MACH_MSG_SUCCESS)
			mach_msg_destroy(&m.head);
		(void)mach_port_mod_refs(TASK, carried,
		    MACH_PORT_RIGHT_RECEIVE, -1);
		(void)mach_msg(&m.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		    sizeof(m), own, i % 5, MACH_PORT_NULL);
	}
}

/* Takes and destroys a message; false if there is none soon. */
static bool
swallow(mach_port_t port, mach_msg_timeout_t timeout)
{
	struct ool_message m;

	if (mach_msg(&m.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(m),
	    port, timeout, MACH_PORT_NULL) != MACH_MSG_SUCCESS)
		return (false);
	mach_msg_destroy(&m.head);
	return (true);
}

static void
end(pid_t *pid)
{
	ATF_REQUIRE_EQ(0, kill(*pid, SIGKILL));
	ATF_REQUIRE_EQ(*pid, waitpid(*pid, NULL, 0));
	*pid = 0;
}

ATF_TC(killed_clients);
ATF_TC_HEAD(killed_clients, tc)
{
	atf_tc_set_md_var(tc, "timeout", "1800");
}
ATF_TC_BODY(killed_clients, tc)
{
	mach_port_limits_t limits = { 16 };
	mach_port_t server;
	unsigned int seed;
	int clients, i, killed, kills, pick, ready[2];
	pid_t *pids;
	char c;

	counters_start();
	clients = how_many(1000, 30);
	kills = how_many(200, 20);
	seed = (unsigned int)time(NULL);
	printf("seed %u\n", seed);
	srandom(seed);
	server = port_make_send();
	KR_OK(mach_port_set_attributes(TASK, server, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
	KR_OK(task_set_bootstrap_port(TASK, server));
	ATF_REQUIRE_EQ(0, pipe(ready));
	pids = calloc((size_t)clients, sizeof(*pids));
	ATF_REQUIRE(pids != NULL);
	for (i = 0; i < clients; i++) {
		pids[i] = fork();
		ATF_REQUIRE(pids[i] != -1);
		if (pids[i] == 0)
			pester(ready[1]);
	}
	for (i = 0; i < clients; i++)
		ATF_REQUIRE_EQ(1, read(ready[0], &c, 1));
	for (killed = 0; killed < kills;) {
		for (i = 0; i < (int)(random() % 4); i++)
			(void)swallow(server, 1000);
		pick = (int)(random() % clients);
		if (pids[pick] != 0) {
			end(&pids[pick]);
			killed++;
		}
	}
	for (i = 0; i < clients; i++) {
		if (pids[i] != 0)
			end(&pids[i]);
	}
	free(pids);
	while (swallow(server, 0))
		;
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(server);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, million_calls);
	ATF_TP_ADD_TC(tp, killed_clients);
	return (atf_no_error());
}
