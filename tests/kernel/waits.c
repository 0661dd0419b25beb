/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#include <sys/param.h>
#include <sys/sysctl.h>
#include <sys/user.h>

#include <atf-c.h>
#include <sched.h>
#include <string.h>

#include "waits.h"

void
get_wait_message(pid_t pid, char buf[WAIT_MESSAGE_MAX])
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, pid };
	struct kinfo_proc kp;
	size_t len;

	do {
		(void)sched_yield();
		len = sizeof(kp);
		ATF_REQUIRE_EQ(0, sysctl(mib, 4, &kp, &len, NULL, 0));
	} while (strncmp(kp.ki_wmesg, "mach", 4) != 0);
	strlcpy(buf, kp.ki_wmesg, WAIT_MESSAGE_MAX);
}
