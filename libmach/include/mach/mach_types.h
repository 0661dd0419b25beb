/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_TYPES_H_
#define	_MACH_MACH_TYPES_H_

#include <sys/types.h>

#include <mach/boolean.h>
#include <mach/clock_types.h>
#include <mach/exception_types.h>
#include <mach/host_info.h>
#include <mach/kern_return.h>
#include <mach/mach_voucher_types.h>
#include <mach/memory_object_types.h>
#include <mach/message.h>
#include <mach/policy.h>
#include <mach/port.h>
#include <mach/processor_info.h>
#include <mach/task_info.h>
#include <mach/task_inspect.h>
#include <mach/task_policy.h>
#include <mach/task_special_ports.h>
#include <mach/thread_info.h>
#include <mach/thread_policy.h>
#include <mach/thread_status.h>
#include <mach/time_value.h>
#include <mach/vm_attributes.h>
#include <mach/vm_behavior.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <mach/vm_purgable.h>
#include <mach/vm_region.h>
#include <mach/vm_statistics.h>
#include <mach/vm_sync.h>
#include <mach/vm_types.h>

/* Rights; see <mach/mach_types.defs> for what becomes of the sender's. */
typedef mach_port_t	task_t;
typedef mach_port_t	task_name_t;
typedef mach_port_t	task_inspect_t;
typedef mach_port_t	task_read_t;
typedef mach_port_t	task_policy_get_t;
typedef mach_port_t	task_policy_set_t;
typedef mach_port_t	task_suspension_token_t;
typedef mach_port_t	task_id_token_t;
typedef mach_port_t	ipc_space_t;
typedef mach_port_t	ipc_space_inspect_t;
typedef mach_port_t	ipc_space_read_t;
typedef mach_port_t	thread_t;
typedef mach_port_t	thread_act_t;
typedef mach_port_t	thread_act_consume_ref_t;
typedef mach_port_t	thread_inspect_t;
typedef mach_port_t	thread_read_t;
typedef mach_port_t	host_t;
typedef mach_port_t	host_priv_t;
typedef mach_port_t	host_security_t;
typedef mach_port_t	processor_t;
typedef mach_port_t	processor_set_t;
typedef mach_port_t	processor_set_name_t;
typedef mach_port_t	bootstrap_t;
typedef mach_port_t	semaphore_t;
typedef mach_port_t	semaphore_consume_ref_t;
typedef mach_port_t	lock_set_t;
typedef mach_port_t	ledger_t;
typedef mach_port_t	eventlink_t;
typedef mach_port_t	io_main_t;
typedef mach_port_t	kcdata_object_t;
typedef mach_port_t	arcade_register_t;

typedef task_t		*task_array_t;
typedef thread_t	*thread_array_t;
typedef thread_act_t	*thread_act_array_t;
typedef processor_t	*processor_array_t;
typedef processor_set_t	*processor_set_array_t;
typedef processor_set_name_t *processor_set_name_array_t;
typedef ledger_t	*ledger_array_t;
typedef mach_port_t	eventlink_port_pair_t[2];

typedef int64_t		ledger_amount_t;
typedef integer_t	ledger_item_t;
typedef char		vfs_path_t[4096];

#define	TASK_NULL	((task_t)0)
#define	THREAD_NULL	((thread_t)0)
#define	HOST_NULL	((host_t)0)

#define	VM_FLAGS_FIXED		0x0
#define	VM_FLAGS_ANYWHERE	0x1

#endif /* !_MACH_MACH_TYPES_H_ */
