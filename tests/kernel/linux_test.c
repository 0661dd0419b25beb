/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Linux programs, which FreeBSD runs when the module for their ABI is loaded:
 * they have no part in Mach, and carry a bootstrap port on as any other does.
 */

#include <sys/sysctl.h>

#include <atf-c.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "test_path.h"

/* The program, to be freed; skips the test if it cannot be run. */
static char *
linux_program(void)
{
	char *path;
	size_t len;
	int enabled;

	len = sizeof(enabled);
	if (sysctlbyname("kern.features.linux64", &enabled, &len, NULL,
	    0) == -1)
		atf_tc_skip("this kernel runs no Linux programs");
	path = test_path("abilinux");
	if (access(path, X_OK) == -1)
		atf_tc_skip("there is no Linux program for this machine");
	return (path);
}

ATF_TC(no_part_in_it);
ATF_TC_HEAD(no_part_in_it, tc)
{
	atf_tc_set_md_var(tc, "descr", "The module's calls are not there for a "
	    "Linux program, and it keeps nothing of one");
}
ATF_TC_BODY(no_part_in_it, tc)
{
	posix_spawn_file_actions_t actions;
	char name[] = "abilinux", *argv[] = { name, NULL }, *env[] = { NULL };
	char byte, *path;
	pid_t pid;
	int in[2], out[2];

	path = linux_program();
	counters_start();
	ATF_REQUIRE_EQ(0, pipe2(in, O_CLOEXEC));
	ATF_REQUIRE_EQ(0, pipe2(out, O_CLOEXEC));
	ATF_REQUIRE_EQ(0, posix_spawn_file_actions_init(&actions));
	ATF_REQUIRE_EQ(0, posix_spawn_file_actions_adddup2(&actions, in[0],
	    STDIN_FILENO));
	ATF_REQUIRE_EQ(0, posix_spawn_file_actions_adddup2(&actions, out[1],
	    STDOUT_FILENO));
	/* Nothing of libmach's runs in the child, as it would after fork(2). */
	ATF_REQUIRE_EQ(0, posix_spawn(&pid, path, &actions, NULL, argv, env));
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(in[0]);
	(void)close(out[1]);
	ATF_CHECK_EQ(1, read(out[0], &byte, 1));
	/* It is there and has made its calls. */
	counters_check();
	(void)close(in[1]);
	ATF_CHECK_EQ(0, child_status(pid));
	free(path);
}

/* In a child: becomes the Linux program, with rights that end here. */
static void
become(char *path)
{
	char first[] = "11", second[] = "12";
	char *argv[] = { path, test_path("probe"), first, second, NULL };
	mach_port_t port;
	int null;

	port = port_make_send();
	note_send(port, 1);
	null = open("/dev/null", O_RDWR);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1)
		_exit(126);
	(void)execv(path, argv);
	_exit(127);
}

ATF_TC(between_abis);
ATF_TC_HEAD(between_abis, tc)
{
	atf_tc_set_md_var(tc, "descr", "A program of FreeBSD becomes one of "
	    "Linux, and that one of FreeBSD again, with the bootstrap port");
}
ATF_TC_BODY(between_abis, tc)
{
	mach_port_t port;
	char *path;
	pid_t pid;

	path = linux_program();
	counters_start();
	port = bootstrap_make();
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		become(path);
	ATF_CHECK_EQ(0, child_status(pid));
	/* From a child of the Linux program, and from what that became. */
	ATF_CHECK_EQ(11, note_take(port));
	expect_note(port, 12, pid);
	bootstrap_drop(port);
	counters_check();
	free(path);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_part_in_it);
	ATF_TP_ADD_TC(tp, between_abis);
	return (atf_no_error());
}
