/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What MIG stubs and programs find in every task and thread: reply ports, the
 * task and bootstrap ports, and what a forked child has of them.
 */

#include <sys/types.h>

#include <atf-c.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <bsm/libbsm.h>
#include <mach/mach_sync_ipc.h>
#include <mach/mig.h>

#include "fixture.h"

static void *
thread_port(void *arg)
{
	mach_port_t *ports = arg;

	ports[0] = mig_get_reply_port();
	ports[1] = mig_get_reply_port();
	return (NULL);
}

ATF_TC(reply_port);
ATF_TC_HEAD(reply_port, tc)
{
	atf_tc_set_md_var(tc, "descr", "A thread has one reply port, which "
	    "goes with it");
}
ATF_TC_BODY(reply_port, tc)
{
	mach_port_t mine, other[2];
	pthread_t thread;
	unsigned int before;

	kernel_start();
	mine = mig_get_reply_port();
	ATF_REQUIRE(MACH_PORT_VALID(mine));
	ATF_CHECK_EQ(1, port_refs(mine, MACH_PORT_RIGHT_RECEIVE));
	mig_put_reply_port(mine);
	ATF_CHECK_EQ(mine, mig_get_reply_port());
	ATF_CHECK_EQ(mine, mig_get_special_reply_port());
	ATF_CHECK_EQ(mine, thread_get_special_reply_port());

	before = name_count();
	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, thread_port, other));
	ATF_REQUIRE_EQ(0, pthread_join(thread, NULL));
	ATF_CHECK(MACH_PORT_VALID(other[0]));
	ATF_CHECK(other[0] != mine);
	ATF_CHECK_EQ(other[0], other[1]);
	ATF_CHECK_EQ(before, name_count());
}

ATF_TC(reply_port_dealloc);
ATF_TC_HEAD(reply_port_dealloc, tc)
{
	atf_tc_set_md_var(tc, "descr", "A reply port given up dies, and "
	    "another one takes its place");
}
ATF_TC_BODY(reply_port_dealloc, tc)
{
	mach_port_type_t type;
	mach_port_t first, own;

	kernel_start();
	first = mig_get_reply_port();
	own = mach_reply_port();
	ATF_CHECK(own != first);
	mig_dealloc_reply_port(own);
	ATF_CHECK_EQ(1, port_refs(own, MACH_PORT_RIGHT_RECEIVE));
	mig_dealloc_reply_port(first);
	KR(KERN_INVALID_NAME, mach_port_type(mach_task_self(), first, &type));
	ATF_CHECK(mig_get_reply_port() != first);
	ATF_CHECK_EQ(1, port_refs(mig_get_reply_port(),
	    MACH_PORT_RIGHT_RECEIVE));
}

/* In the child: 0 if everything is as it should be, or the step that is not. */
static int
child_checks(void)
{
	audit_token_t token;
	mach_msg_type_number_t count;
	mach_port_type_t type;
	mach_port_t port;

	if (mach_port_type(mach_task_self(), bootstrap_port, &type) !=
	    KERN_SUCCESS || type != MACH_PORT_TYPE_SEND)
		return (1);
	count = TASK_AUDIT_TOKEN_COUNT;
	if (task_info(mach_task_self(), TASK_AUDIT_TOKEN,
	    (task_info_t)&token, &count) != KERN_SUCCESS)
		return (2);
	if (audit_token_to_pid(token) != getpid() ||
	    audit_token_to_euid(token) != kernel_euid())
		return (3);
	/* The parent's port would be a name without a right here. */
	port = mig_get_reply_port();
	if (mach_port_type(mach_task_self(), port, &type) != KERN_SUCCESS ||
	    type != MACH_PORT_TYPE_RECEIVE)
		return (4);
	note_send(bootstrap_port, 1234);
	return (0);
}

ATF_TC(child);
ATF_TC_HEAD(child, tc)
{
	atf_tc_set_md_var(tc, "descr", "A forked child has a task port, a "
	    "bootstrap port and a reply port of its own at once");
}
ATF_TC_BODY(child, tc)
{
	mach_port_t reply, service;
	unsigned int before;
	pid_t pid;

	kernel_start();
	service = port_make_send();
	KR_OK(task_set_bootstrap_port(mach_task_self(), service));
	reply = mig_get_reply_port();
	/* A name is likely to mean something else there. */
	(void)port_make();
	before = name_count();
	pid = fork();
	if (pid == 0)
		_exit(child_checks());
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK_EQ(1234, note_take(service));
	ATF_CHECK_EQ(reply, mig_get_reply_port());
	ATF_CHECK_EQ(before, name_count());
	KR_OK(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL));
}

ATF_TC(grandchild);
ATF_TC_HEAD(grandchild, tc)
{
	atf_tc_set_md_var(tc, "descr", "The bootstrap port reaches the child "
	    "of a child that has used nothing");
}
ATF_TC_BODY(grandchild, tc)
{
	mach_port_t service;
	pid_t pid, pid2;

	kernel_start();
	service = port_make_send();
	KR_OK(task_set_bootstrap_port(mach_task_self(), service));
	pid = fork();
	if (pid == 0) {
		pid2 = fork();
		if (pid2 == 0)
			_exit(child_checks());
		_exit(child_status(pid2));
	}
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK_EQ(1234, note_take(service));
	KR_OK(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL));
}

ATF_TC(tokens);
ATF_TC_HEAD(tokens, tc)
{
	atf_tc_set_md_var(tc, "descr", "A task's tokens and pid, and the codes "
	    "for what cannot be had");
}
ATF_TC_BODY(tokens, tc)
{
	audit_token_t audit;
	mach_msg_type_number_t count;
	mach_port_t port;
	security_token_t security;
	au_asid_t asid;
	au_tid_t tid;
	gid_t egid, rgid;
	pid_t pid;
	uid_t auid, euid, ruid;
	int task_pid;

	kernel_start();
	count = TASK_SECURITY_TOKEN_COUNT;
	KR_OK(task_info(mach_task_self(), TASK_SECURITY_TOKEN,
	    (task_info_t)&security, &count));
	ATF_CHECK_EQ(2, count);
	count = TASK_AUDIT_TOKEN_COUNT;
	KR_OK(task_info(mach_task_self(), TASK_AUDIT_TOKEN,
	    (task_info_t)&audit, &count));
	ATF_CHECK_EQ(8, count);
	audit_token_to_au32(audit, &auid, &euid, &egid, &ruid, &rgid, &pid,
	    &asid, &tid);
	ATF_CHECK_EQ(security.val[0], euid);
	ATF_CHECK_EQ(security.val[1], egid);
	ATF_CHECK_EQ(getpid(), pid);
	ATF_CHECK_EQ(audit.val[3], ruid);
	ATF_CHECK_EQ(audit.val[4], rgid);
	audit_token_to_au32(audit, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	    NULL);
	KR_OK(pid_for_task(mach_task_self(), &task_pid));
	ATF_CHECK_EQ(getpid(), task_pid);

	count--;
	KR(KERN_INVALID_ARGUMENT, task_info(mach_task_self(),
	    TASK_AUDIT_TOKEN, (task_info_t)&audit, &count));
	KR(KERN_NOT_SUPPORTED, task_info(mach_task_self(), 1,
	    (task_info_t)&audit, &count));
	KR(KERN_NOT_SUPPORTED, task_for_pid(mach_task_self(), getpid(),
	    &port));
	KR(KERN_NOT_SUPPORTED, task_name_for_pid(mach_task_self(), getpid(),
	    &port));
	KR(KERN_NOT_SUPPORTED, task_get_special_port(mach_task_self(),
	    TASK_KERNEL_PORT, &port));
	KR(KERN_INVALID_ARGUMENT, task_get_special_port(mach_task_self(), 99,
	    &port));
	ATF_CHECK(pid_for_task(port_make(), &task_pid) != KERN_SUCCESS);
	ATF_CHECK_EQ(-1, task_pid);
}

ATF_TC(host_bootstrap);
ATF_TC_HEAD(host_bootstrap, tc)
{
	atf_tc_set_md_var(tc, "descr", "The host's bootstrap port is that of "
	    "tasks that have none, and root's to set");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(host_bootstrap, tc)
{
	mach_port_t host, port, service;

	kernel_start();
	host = mach_host_self();
	ATF_REQUIRE(MACH_PORT_VALID(host));
	KR_OK(host_get_special_port(host, -1, HOST_BOOTSTRAP_PORT, &port));
	if (port != MACH_PORT_NULL)
		atf_tc_skip("this host has a bootstrap port already");
	service = port_make_send();
	KR_OK(host_set_special_port(host, HOST_BOOTSTRAP_PORT, service));
	KR_OK(task_get_bootstrap_port(mach_task_self(), &port));
	ATF_CHECK_EQ(service, port);
	ATF_CHECK_EQ(2, port_refs(service, MACH_PORT_RIGHT_SEND));
	KR_OK(host_set_special_port(host, HOST_BOOTSTRAP_PORT,
	    MACH_PORT_NULL));
	KR_OK(host_get_special_port(host, -1, HOST_BOOTSTRAP_PORT, &port));
	ATF_CHECK_EQ(MACH_PORT_NULL, port);
	KR(KERN_INVALID_HOST, host_set_special_port(service,
	    HOST_BOOTSTRAP_PORT, service));
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	char buf[8];

	memset(buf, 'x', sizeof(buf));
	ATF_CHECK_EQ(4, mig_strncpy(buf, "abc", sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "abc\0xxxx", sizeof(buf)));
	ATF_CHECK_EQ(8, mig_strncpy(buf, "abcdefghij", sizeof(buf)));
	ATF_CHECK_STREQ("abcdefg", buf);
	ATF_CHECK_EQ(3, mig_strncpy_zerofill(buf, "ab", sizeof(buf)));
	ATF_CHECK_EQ(0, memcmp(buf, "ab\0\0\0\0\0\0", sizeof(buf)));
	ATF_CHECK_EQ(0, mig_strncpy(buf, "abc", 0));
}

ATF_TC(reply_setup);
ATF_TC_HEAD(reply_setup, tc)
{
	atf_tc_set_md_var(tc, "descr", "An error reply goes where the request "
	    "asks for it");
}
ATF_TC_BODY(reply_setup, tc)
{
	mach_msg_header_t request;
	mig_reply_error_t reply;

	memset(&request, 0, sizeof(request));
	memset(&reply, 0xff, sizeof(reply));
	request.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE,
	    MACH_MSG_TYPE_PORT_SEND);
	request.msgh_remote_port = 0x103;
	request.msgh_local_port = 0x203;
	request.msgh_id = 4000;
	mig_reply_setup(&request, &reply.Head);
	ATF_CHECK_EQ(MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0),
	    reply.Head.msgh_bits);
	ATF_CHECK_EQ(sizeof(reply), reply.Head.msgh_size);
	ATF_CHECK_EQ(0x103, reply.Head.msgh_remote_port);
	ATF_CHECK_EQ(MACH_PORT_NULL, reply.Head.msgh_local_port);
	ATF_CHECK_EQ(0, reply.Head.msgh_reserved);
	ATF_CHECK_EQ(4100, reply.Head.msgh_id);
	ATF_CHECK_EQ(MIG_BAD_ID, reply.RetCode);
	ATF_CHECK_EQ(0, memcmp(&reply.NDR, "\0\0\0\0\1\0\0\0", 8));

	/* The number is the sender's choice. */
	request.msgh_id = INT32_MAX;
	mig_reply_setup(&request, &reply.Head);
	ATF_CHECK_EQ(INT32_MIN + 99, reply.Head.msgh_id);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, reply_port);
	ATF_TP_ADD_TC(tp, reply_port_dealloc);
	ATF_TP_ADD_TC(tp, child);
	ATF_TP_ADD_TC(tp, grandchild);
	ATF_TP_ADD_TC(tp, tokens);
	ATF_TP_ADD_TC(tp, host_bootstrap);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, reply_setup);
	return (atf_no_error());
}
