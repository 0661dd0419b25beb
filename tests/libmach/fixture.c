/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * See fixture.h.
 */

#include <sys/mman.h>
#include <sys/wait.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <atf-c.h>
#include <bsm/libbsm.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "test_path.h"
#include "trap.h"

#ifdef __linux__

#define	SOCKET	"machd.sock"

/* Becomes machd, which dies with its parent and tells `ready' it is there. */
static void
machd_exec(int ready)
{
	const char *path;
	char fd[16];

	path = getenv("MACHD");
	if (path == NULL)
		path = test_path("../bin/machd");
	snprintf(fd, sizeof(fd), "%d", ready);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	execl(path, "machd", "-s", SOCKET, "-r", "-f", fd, (char *)NULL);
	perror(path);
	_exit(127);
}

static pid_t machd_pid, test_pid;

/* A test is not over until machd has ended as it should. */
static void
kernel_stop(void)
{
	int status;

	if (getpid() != test_pid)
		return;
	(void)kill(machd_pid, SIGTERM);
	if (waitpid(machd_pid, &status, 0) == machd_pid && status == 0)
		return;
	fprintf(stderr, "machd ended with wait status %#x\n", status);
	_exit(99);
}

void
kernel_start(void)
{
	char byte;
	int fds[2];
	pid_t pid;

	ATF_REQUIRE_EQ(0, pipe(fds));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		close(fds[0]);
		machd_exec(fds[1]);
	}
	machd_pid = pid;
	test_pid = getpid();
	ATF_REQUIRE_EQ(0, atexit(kernel_stop));
	close(fds[1]);
	ATF_REQUIRE_EQ_MSG(1, read(fds[0], &byte, 1), "machd did not start");
	close(fds[0]);
	ATF_REQUIRE_EQ(0, setenv("MACHD_SOCKET", SOCKET, 1));
	ATF_REQUIRE_EQ(0, mach_init());
}

uid_t
kernel_euid(void)
{
	return (0);
}

gid_t
kernel_egid(void)
{
	return (0);
}

#else

void
kernel_start(void)
{
	uint64_t abi;

	if (mach_sysctl("abi", &abi) != 0)
		atf_tc_skip("the mach module is not loaded");
	ATF_REQUIRE_EQ(0, mach_init());
}

uid_t
kernel_euid(void)
{
	return (geteuid());
}

gid_t
kernel_egid(void)
{
	return (getegid());
}

#endif

mach_port_t
port_make(void)
{
	mach_port_t port;

	KR_OK(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
	    &port));
	return (port);
}

mach_port_t
port_make_send(void)
{
	mach_port_t port;

	port = port_make();
	KR_OK(mach_port_insert_right(mach_task_self(), port, port,
	    MACH_MSG_TYPE_MAKE_SEND));
	return (port);
}

void
port_drop(mach_port_t port)
{
	KR_OK(mach_port_destroy(mach_task_self(), port));
}

mach_port_urefs_t
port_refs(mach_port_t port, mach_port_right_t right)
{
	mach_port_urefs_t refs;

	KR_OK(mach_port_get_refs(mach_task_self(), port, right, &refs));
	return (refs);
}

unsigned int
name_count(void)
{
	mach_msg_type_number_t nnames, ntypes;
	mach_port_name_array_t names;
	mach_port_type_array_t types;

	KR_OK(mach_port_names(mach_task_self(), &names, &nnames, &types,
	    &ntypes));
	ATF_REQUIRE_EQ(nnames, ntypes);
	KR_OK(vm_deallocate(mach_task_self(), (vm_address_t)names,
	    nnames * sizeof(*names)));
	KR_OK(vm_deallocate(mach_task_self(), (vm_address_t)types,
	    ntypes * sizeof(*types)));
	return (nnames);
}

void
note_send(mach_port_t port, mach_msg_id_t id)
{
	struct note note;

	memset(&note, 0, sizeof(note));
	note.head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	note.head.msgh_remote_port = port;
	note.head.msgh_size = NOTE_SIZE;
	note.head.msgh_id = id;
	KR_OK(mach_msg_send(&note.head));
}

mach_msg_id_t
note_take(mach_port_t port)
{
	struct note note;

	KR_OK(mach_msg(&note.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(note), port, 0, MACH_PORT_NULL));
	return (note.head.msgh_id);
}

bool
note_none(mach_port_t port)
{
	struct note note;

	return (mach_msg(&note.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(note), port, 0, MACH_PORT_NULL) == MACH_RCV_TIMED_OUT);
}

bool
is_mapped(const void *address)
{
	uintptr_t page;

	page = (uintptr_t)address & ~((uintptr_t)getpagesize() - 1);
	return (msync((void *)page, (size_t)getpagesize(), MS_ASYNC) == 0 ||
	    errno != ENOMEM);
}

int
child_status(pid_t pid)
{
	int status;

	ATF_REQUIRE(pid != -1);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status), "wait status %#x", status);
	return (WEXITSTATUS(status));
}

mach_msg_id_t
take_with_audit(mach_port_t port, audit_token_t *token)
{
	struct note note;

	KR_OK(mach_msg(&note.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
	    MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0, sizeof(note),
	    port, 60000, MACH_PORT_NULL));
	*token = ((mach_msg_audit_trailer_t *)((char *)&note +
	    note.head.msgh_size))->msgh_audit;
	return (note.head.msgh_id);
}

mach_port_t
bootstrap_make(void)
{
	mach_port_t port;

	port = port_make_send();
	KR_OK(task_set_bootstrap_port(mach_task_self(), port));
	return (port);
}

void
bootstrap_drop(mach_port_t port)
{
	KR_OK(task_set_bootstrap_port(mach_task_self(), MACH_PORT_NULL));
	port_drop(port);
}

void
expect_note(mach_port_t port, mach_msg_id_t id, pid_t pid)
{
	audit_token_t token;

	ATF_CHECK_EQ(id, take_with_audit(port, &token));
	ATF_CHECK_EQ(pid, audit_token_to_pid(token));
}
