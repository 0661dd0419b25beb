/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Processors as ports: KERN_NOT_SUPPORTED; see sysctl(3), hw.ncpu.
 */

#ifndef _MACH_PROCESSOR_H_
#define	_MACH_PROCESSOR_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t processor_info(processor_t, int, host_t *, integer_t *,
	    mach_msg_type_number_t *);
__END_DECLS

#endif /* !_MACH_PROCESSOR_H_ */
