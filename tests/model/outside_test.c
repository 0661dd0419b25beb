/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The kernel of this machine, or a machd, against the model; model_user.c.
 */

#include <atf-c.h>
#include <unistd.h>

#include "fixture.h"
#include "test_path.h"

ATF_TC_WITHOUT_HEAD(processes_do_as_the_model);
ATF_TC_BODY(processes_do_as_the_model, tc)
{
	const char *path;
	pid_t pid;

	kernel_start();
	path = test_path("model_user");
	pid = fork();
	if (pid == 0) {
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	ATF_CHECK_EQ_MSG(0, child_status(pid),
	    "the kernel and the model differ");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, processes_do_as_the_model);
	return (atf_no_error());
}
