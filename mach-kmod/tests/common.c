/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#include <atf-c.h>
#include <string.h>

#include "common.h"

#define	RIGHT_RECEIVE	1

uint64_t
variable(const char *name)
{
	return (hosted_sysctl_get(hosted_sysctl_find(name)));
}

mach_port_name_t
task_self(void)
{
	struct mach_name_args args = { 0 };

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_TASK_SELF, &args, sizeof(args)));
	return (args.name);
}

mach_port_name_t
make_port(void)
{
	struct mach_port_allocate_args a = { task_self(), RIGHT_RECEIVE, 0 };
	struct mach_port_right_args r;

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_ALLOCATE, &a, sizeof(a)));
	r = (struct mach_port_right_args){ a.task, a.name, a.name,
	    MAKE_SEND };
	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_INSERT_RIGHT, &r, sizeof(r)));
	return (a.name);
}

void
send_empty(mach_port_name_t port, int id)
{
	mach_msg_header_t h;

	memset(&h, 0, sizeof(h));
	h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	h.msgh_remote_port = port;
	h.msgh_id = id;
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS,
	    machkern_msg(&h, MACH_SEND_MSG, sizeof(h), 0, 0, 0));
}

int
take_empty(mach_port_name_t port)
{
	struct message m;

	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, machkern_msg(&m, MACH_RCV_MSG |
	    MACH_RCV_TIMEOUT, 0, sizeof(m), port, 0));
	return (m.h.msgh_id);
}

mach_port_name_t
get_bootstrap(void)
{
	struct mach_special_port_args a = { task_self(), BOOTSTRAP, 0 };

	ATF_REQUIRE_EQ(KERN_SUCCESS, machkern_trap(
	    MACH_TRAP_TASK_GET_SPECIAL_PORT, &a, sizeof(a)));
	return (a.port);
}

void
set_bootstrap(mach_port_name_t port)
{
	struct mach_special_port_args a = { task_self(), BOOTSTRAP, port };

	ATF_REQUIRE_EQ(KERN_SUCCESS, machkern_trap(
	    MACH_TRAP_TASK_SET_SPECIAL_PORT, &a, sizeof(a)));
}
