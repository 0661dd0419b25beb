/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What programs link against and we do not do.  None of these has a caller that
 * could not go on without; each says so instead of pretending.
 */

#include <mach/mach.h>

kern_return_t
mach_port_allocate_name(ipc_space_t a0, mach_port_right_t a1,
    mach_port_name_t a2)
{
	(void)a0;
	(void)a1;
	(void)a2;
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_port_rename(ipc_space_t a0, mach_port_name_t a1, mach_port_name_t a2)
{
	(void)a0;
	(void)a1;
	(void)a2;
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_for_pid(mach_port_name_t a0, int a1, mach_port_name_t *a2)
{
	(void)a0;
	(void)a1;
	(void)a2;
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_name_for_pid(mach_port_name_t a0, int a1, mach_port_name_t *a2)
{
	(void)a0;
	(void)a1;
	(void)a2;
	return (KERN_NOT_SUPPORTED);
}
