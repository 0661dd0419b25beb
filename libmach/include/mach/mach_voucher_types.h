/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_VOUCHER_TYPES_H_
#define	_MACH_MACH_VOUCHER_TYPES_H_

#include <mach/vm_types.h>

typedef mach_port_t	ipc_voucher_t;
typedef mach_port_t	mach_voucher_t;
typedef mach_port_name_t mach_voucher_name_t;
typedef mach_port_t	ipc_voucher_attr_control_t;
typedef mach_port_t	mach_voucher_attr_control_t;
typedef mach_port_t	mach_voucher_attr_manager_t;

typedef uint32_t	mach_voucher_selector_t;
typedef uint32_t	mach_voucher_attr_key_t;
typedef uint32_t	mach_voucher_attr_command_t;
typedef uint32_t	mach_voucher_attr_recipe_command_t;
typedef uint8_t		*mach_voucher_attr_content_t;
typedef uint8_t		*mach_voucher_attr_content_array_t;
typedef uint32_t	mach_voucher_attr_content_size_t;
typedef uint8_t		*mach_voucher_attr_raw_recipe_t;
typedef uint8_t		*mach_voucher_attr_raw_recipe_array_t;
typedef uint32_t	mach_voucher_attr_raw_recipe_size_t;
typedef uint64_t	mach_voucher_attr_value_handle_t;
typedef mach_voucher_attr_value_handle_t
			*mach_voucher_attr_value_handle_array_t;
typedef uint32_t	mach_voucher_attr_value_reference_t;

#endif /* !_MACH_MACH_VOUCHER_TYPES_H_ */
