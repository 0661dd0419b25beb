/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What a request must look like before a routine may read it.
 */

#ifndef _CHECK_H_
#define	_CHECK_H_

#include "config_proto.h"

/*
 * KERN_SUCCESS, or the code a MIG server answers such a message with:
 * MIG_BAD_ID, MIG_BAD_ARGUMENTS, MIG_TYPE_ERROR.  The message is at least a
 * header long and readable up to its msgh_size.
 */
kern_return_t	check_request(const union config_request *);
/*
 * The same for the reply to request `id': the codes a MIG client returns, or
 * the error code of an error reply.
 */
kern_return_t	check_reply(const union config_reply *, mach_msg_id_t id);

#endif /* !_CHECK_H_ */
