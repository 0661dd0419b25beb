/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The layouts and numbers that programs and messages depend on, checked by the
 * compiler of each host.
 */

#include <stddef.h>

#include <mach/mach.h>

#define	SIZE(type, n)							\
	_Static_assert(sizeof(type) == (n), "size of " #type)
#define	OFFSET(type, field, n)						\
	_Static_assert(offsetof(type, field) == (n),			\
	    "offset of " #type "." #field)
#define	VALUE(name, n)							\
	_Static_assert((name) == (n), "value of " #name)

SIZE(mach_msg_header_t, 24);
SIZE(mach_msg_body_t, 4);
SIZE(mach_msg_base_t, 28);
SIZE(mach_msg_type_descriptor_t, 12);
SIZE(mach_msg_port_descriptor_t, 12);
SIZE(mach_msg_ool_descriptor_t, 16);
SIZE(mach_msg_ool_ports_descriptor_t, 16);
SIZE(mach_msg_guarded_port_descriptor_t, 16);
SIZE(mach_msg_descriptor_t, 16);
SIZE(mach_msg_trailer_t, 8);
SIZE(mach_msg_seqno_trailer_t, 12);
SIZE(mach_msg_security_trailer_t, 20);
SIZE(mach_msg_audit_trailer_t, 52);
SIZE(mach_msg_context_trailer_t, 60);
SIZE(mach_msg_mac_trailer_t, 68);
SIZE(mach_port_options_t, 24);
SIZE(mach_port_status_t, 40);
SIZE(mach_port_limits_t, 4);
SIZE(mach_port_info_ext_t, 68);
SIZE(mig_reply_error_t, 36);
SIZE(NDR_record_t, 8);

OFFSET(mach_msg_header_t, msgh_size, 4);
OFFSET(mach_msg_header_t, msgh_remote_port, 8);
OFFSET(mach_msg_header_t, msgh_local_port, 12);
OFFSET(mach_msg_header_t, msgh_voucher_port, 16);
OFFSET(mach_msg_header_t, msgh_id, 20);
OFFSET(mach_msg_ool_descriptor_t, size, 12);
OFFSET(mach_msg_ool_ports_descriptor_t, count, 12);
OFFSET(mach_msg_guarded_port_descriptor_t, name, 12);
OFFSET(mach_msg_mac_trailer_t, msgh_audit, 20);
OFFSET(mach_msg_mac_trailer_t, msgh_context, 52);
OFFSET(mach_msg_mac_trailer_t, msgh_ad, 60);
OFFSET(mach_msg_mac_trailer_t, msgh_labels, 64);
OFFSET(mach_no_senders_notification_t, not_count, 32);
OFFSET(mach_port_destroyed_notification_t, not_port, 28);
OFFSET(mach_port_destroyed_notification_t, trailer, 40);
OFFSET(mach_dead_name_notification_t, not_port, 32);
OFFSET(mig_reply_error_t, RetCode, 32);

VALUE(MACH_PORT_TYPE_SEND_RIGHTS, 0x50000);
VALUE(MACH_PORT_TYPE_PORT_RIGHTS, 0x70000);
VALUE(MACH_PORT_TYPE_PORT_OR_DEAD, 0x170000);
VALUE(MACH_PORT_TYPE_ALL_RIGHTS, 0x1f0000);
VALUE(MACH_MSG_TYPE_PORT_SEND, 17);
VALUE(MACH_NOTIFY_NO_SENDERS, 70);
VALUE(MACH_NOTIFY_DEAD_NAME, 72);
VALUE(MACH_PORT_INFO_EXT_COUNT, 17);
VALUE(MACH_PORT_RECEIVE_STATUS_COUNT, 10);
