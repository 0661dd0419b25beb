/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Sets of processors: KERN_NOT_SUPPORTED; see cpuset(2) and getloadavg(3).
 */

#ifndef _MACH_PROCESSOR_SET_H_
#define	_MACH_PROCESSOR_SET_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t processor_set_default(host_t, processor_set_t *);
kern_return_t processor_set_info(processor_set_t, int, host_t *, integer_t *,
	    mach_msg_type_number_t *);
kern_return_t processor_set_statistics(processor_set_t, int, integer_t *,
	    mach_msg_type_number_t *);
__END_DECLS

#endif /* !_MACH_PROCESSOR_SET_H_ */
