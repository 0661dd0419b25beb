/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Exceptions as messages: KERN_NOT_SUPPORTED, a crash is a signal here.
 */

#ifndef _MACH_EXC_H_
#define	_MACH_EXC_H_

#include <sys/cdefs.h>

#include <mach/exception_types.h>
#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t exception_raise(mach_port_t, thread_t, task_t, exception_type_t,
	    integer_t *, mach_msg_type_number_t);
kern_return_t mach_exception_raise(mach_port_t, thread_t, task_t,
	    exception_type_t, int64_t *, mach_msg_type_number_t);
__END_DECLS

#endif /* !_MACH_EXC_H_ */
