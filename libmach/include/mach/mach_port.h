/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_PORT_H_
#define	_MACH_MACH_PORT_H_

#include <sys/cdefs.h>

#include <mach/mach_types.h>

__BEGIN_DECLS
kern_return_t mach_port_allocate(ipc_space_t, mach_port_right_t,
	    mach_port_name_t *);
kern_return_t mach_port_allocate_name(ipc_space_t, mach_port_right_t,
	    mach_port_name_t);
kern_return_t mach_port_construct(ipc_space_t, mach_port_options_ptr_t,
	    mach_port_context_t, mach_port_name_t *);
kern_return_t mach_port_deallocate(ipc_space_t, mach_port_name_t);
kern_return_t mach_port_destroy(ipc_space_t, mach_port_name_t);
kern_return_t mach_port_destruct(ipc_space_t, mach_port_name_t,
	    mach_port_delta_t, mach_port_guard_t);
kern_return_t mach_port_extract_member(ipc_space_t, mach_port_name_t,
	    mach_port_name_t);
kern_return_t mach_port_extract_right(ipc_space_t, mach_port_name_t,
	    mach_msg_type_name_t, mach_port_t *, mach_msg_type_name_t *);
kern_return_t mach_port_get_attributes(ipc_space_t, mach_port_name_t,
	    mach_port_flavor_t, mach_port_info_t, mach_msg_type_number_t *);
kern_return_t mach_port_get_context(ipc_space_t, mach_port_name_t,
	    mach_port_context_t *);
kern_return_t mach_port_get_refs(ipc_space_t, mach_port_name_t,
	    mach_port_right_t, mach_port_urefs_t *);
kern_return_t mach_port_get_set_status(ipc_space_t, mach_port_name_t,
	    mach_port_name_array_t *, mach_msg_type_number_t *);
kern_return_t mach_port_guard(ipc_space_t, mach_port_name_t,
	    mach_port_guard_t, boolean_t);
kern_return_t mach_port_guard_with_flags(ipc_space_t, mach_port_name_t,
	    mach_port_guard_t, uint64_t);
kern_return_t mach_port_insert_member(ipc_space_t, mach_port_name_t,
	    mach_port_name_t);
kern_return_t mach_port_insert_right(ipc_space_t, mach_port_name_t,
	    mach_port_t, mach_msg_type_name_t);
kern_return_t mach_port_mod_refs(ipc_space_t, mach_port_name_t,
	    mach_port_right_t, mach_port_delta_t);
kern_return_t mach_port_move_member(ipc_space_t, mach_port_name_t,
	    mach_port_name_t);
kern_return_t mach_port_names(ipc_space_t, mach_port_name_array_t *,
	    mach_msg_type_number_t *, mach_port_type_array_t *,
	    mach_msg_type_number_t *);
kern_return_t mach_port_rename(ipc_space_t, mach_port_name_t,
	    mach_port_name_t);
kern_return_t mach_port_request_notification(ipc_space_t, mach_port_name_t,
	    mach_msg_id_t, mach_port_mscount_t, mach_port_t,
	    mach_msg_type_name_t, mach_port_t *);
kern_return_t mach_port_set_attributes(ipc_space_t, mach_port_name_t,
	    mach_port_flavor_t, mach_port_info_t, mach_msg_type_number_t);
kern_return_t mach_port_set_context(ipc_space_t, mach_port_name_t,
	    mach_port_context_t);
kern_return_t mach_port_set_mscount(ipc_space_t, mach_port_name_t,
	    mach_port_mscount_t);
kern_return_t mach_port_set_seqno(ipc_space_t, mach_port_name_t,
	    mach_port_seqno_t);
kern_return_t mach_port_swap_guard(ipc_space_t, mach_port_name_t,
	    mach_port_guard_t, mach_port_guard_t);
kern_return_t mach_port_type(ipc_space_t, mach_port_name_t,
	    mach_port_type_t *);
kern_return_t mach_port_unguard(ipc_space_t, mach_port_name_t,
	    mach_port_guard_t);
__END_DECLS

#endif /* !_MACH_MACH_PORT_H_ */
