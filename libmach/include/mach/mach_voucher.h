/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Vouchers: KERN_NOT_SUPPORTED.  A message's voucher port is always
 * MACH_PORT_NULL.
 */

#ifndef _MACH_MACH_VOUCHER_H_
#define	_MACH_MACH_VOUCHER_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t host_create_mach_voucher(host_t, uint8_t *,
	    mach_msg_type_number_t, ipc_voucher_t *);
kern_return_t mach_voucher_deallocate(ipc_voucher_t);
kern_return_t mach_voucher_extract_attr_recipe(ipc_voucher_t, uint32_t,
	    uint8_t *, mach_msg_type_number_t *);
__END_DECLS

#endif /* !_MACH_MACH_VOUCHER_H_ */
