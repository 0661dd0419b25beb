/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Operations on threads.  There are none: a thread's port is its name.
 * Every one is KERN_NOT_SUPPORTED.
 */

#ifndef _MACH_THREAD_ACT_H_
#define	_MACH_THREAD_ACT_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t thread_abort(thread_act_t);
kern_return_t thread_get_state(thread_act_t, int, natural_t *,
	    mach_msg_type_number_t *);
kern_return_t thread_info(thread_act_t, int, integer_t *,
	    mach_msg_type_number_t *);
kern_return_t thread_policy_set(thread_act_t, int, integer_t *,
	    mach_msg_type_number_t);
kern_return_t thread_resume(thread_act_t);
kern_return_t thread_set_state(thread_act_t, int, natural_t *,
	    mach_msg_type_number_t);
kern_return_t thread_suspend(thread_act_t);
kern_return_t thread_terminate(thread_act_t);
__END_DECLS

#endif /* !_MACH_THREAD_ACT_H_ */
