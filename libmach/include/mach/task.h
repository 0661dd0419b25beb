/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_TASK_H_
#define	_MACH_TASK_H_

#include <sys/cdefs.h>

#include <mach/exception_types.h>
#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t task_get_special_port(task_t, int, mach_port_t *);
kern_return_t task_set_special_port(task_t, int, mach_port_t);
kern_return_t task_info(task_name_t, task_flavor_t, task_info_t,
	    mach_msg_type_number_t *);

/* KERN_NOT_SUPPORTED. */
kern_return_t task_policy_set(task_t, int, integer_t *,
	    mach_msg_type_number_t);
kern_return_t task_resume(task_t);
kern_return_t task_set_exception_ports(task_t, exception_mask_t, mach_port_t,
	    exception_behavior_t, int);
kern_return_t task_suspend(task_t);
kern_return_t task_terminate(task_t);
kern_return_t task_threads(task_t, thread_act_array_t *,
	    mach_msg_type_number_t *);
__END_DECLS

#endif /* !_MACH_TASK_H_ */
