/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What a reply must look like.
 */

#ifndef _CHECK_H_
#define	_CHECK_H_

#include "wire.h"

/*
 * KERN_SUCCESS, or the code a MIG client returns for a message that is not the
 * reply to request `id', or the error code of an error reply.  The message is
 * at least a header long and readable up to its msgh_size.
 */
kern_return_t	check_reply(const union config_reply *, mach_msg_id_t id);

#endif /* !_CHECK_H_ */
