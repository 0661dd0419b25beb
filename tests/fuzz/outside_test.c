/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Hostile traps of real processes, against the kernel of this machine or a
 * machd; fuzz_outside.c.
 */

#include <atf-c.h>
#include <unistd.h>

#include "fixture.h"
#include "test_path.h"

ATF_TC_WITHOUT_HEAD(random_inputs_of_processes);
ATF_TC_BODY(random_inputs_of_processes, tc)
{
	const char *path;
	pid_t pid;

	kernel_start();
	path = test_path("trap_fuzz_user");
	pid = fork();
	if (pid == 0) {
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	ATF_CHECK_EQ(0, child_status(pid));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, random_inputs_of_processes);
	return (atf_no_error());
}
