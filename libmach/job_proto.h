/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The messages between libmach and launchd: Darwin's "job" subsystem, as far as
 * bootstrap needs it.  Layouts are those MIG gives to
 *
 *	check_in2	name_t, out receive right, uuid, flags
 *	register2	name_t, send right, flags
 *	look_up2	name_t, out send right, pid, uuid, flags
 */

#ifndef _JOB_PROTO_H_
#define	_JOB_PROTO_H_

#include <mach/mach.h>
#include <mach/mig.h>

#include <servers/bootstrap.h>

#define	JOB_CHECK_IN2	402
#define	JOB_REGISTER2	403
#define	JOB_LOOK_UP2	404
#define	JOB_REPLY(id)	((id) + 100)

#pragma pack(push, 4)

struct job_check_in2 {
	mach_msg_header_t Head;
	NDR_record_t	NDR;
	name_t		servicename;
	uint8_t		instanceid[16];
	uint64_t	flags;
};

struct job_register2 {
	mach_msg_header_t Head;
	mach_msg_body_t	msgh_body;
	mach_msg_port_descriptor_t serviceport;
	NDR_record_t	NDR;
	name_t		servicename;
	uint64_t	flags;
};

struct job_look_up2 {
	mach_msg_header_t Head;
	NDR_record_t	NDR;
	name_t		servicename;
	int32_t		targetpid;
	uint8_t		instanceid[16];
	uint64_t	flags;
};

/* The reply of check_in2 and look_up2; register2 has mig_reply_error_t. */
struct job_port_reply {
	mach_msg_header_t Head;
	mach_msg_body_t	msgh_body;
	mach_msg_port_descriptor_t serviceport;
};

#pragma pack(pop)

_Static_assert(sizeof(struct job_check_in2) == 184, "check_in2");
_Static_assert(sizeof(struct job_register2) == 184, "register2");
_Static_assert(sizeof(struct job_look_up2) == 188, "look_up2");
_Static_assert(sizeof(struct job_port_reply) == 40, "reply");

#endif /* !_JOB_PROTO_H_ */
