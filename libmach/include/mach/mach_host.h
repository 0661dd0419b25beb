/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_HOST_H_
#define	_MACH_MACH_HOST_H_

#include <sys/cdefs.h>

#include <mach/host_special_ports.h>
#include <mach/clock_types.h>
#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t host_get_special_port(host_priv_t, int, int, mach_port_t *);
kern_return_t host_set_special_port(host_priv_t, int, mach_port_t);

/* KERN_NOT_SUPPORTED. */
kern_return_t host_get_clock_service(host_t, clock_id_t, clock_serv_t *);
kern_return_t host_info(host_t, int, integer_t *, mach_msg_type_number_t *);
kern_return_t host_processor_info(host_t, int, natural_t *, integer_t **,
	    mach_msg_type_number_t *);
kern_return_t host_request_notification(host_t, int, mach_port_t);
kern_return_t host_statistics(host_t, int, integer_t *,
	    mach_msg_type_number_t *);
kern_return_t host_statistics64(host_t, int, integer_t *,
	    mach_msg_type_number_t *);
__END_DECLS

#endif /* !_MACH_MACH_HOST_H_ */
