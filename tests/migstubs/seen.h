/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The stubs of language.defs, compiled so that each place that refuses a
 * message leaves word that it was reached, and with a mach_msg() of the test's.
 */

#ifndef _SEEN_H_
#define	_SEEN_H_

#include <stdbool.h>

#include <mach/mach.h>

#define	SEEN_LINES	8192

extern bool seen_server[SEEN_LINES];
extern bool seen_user[SEEN_LINES];

mach_msg_return_t checks_mach_msg(mach_msg_header_t *, mach_msg_option_t,
	    mach_msg_size_t, mach_msg_size_t, mach_port_t, mach_msg_timeout_t,
	    mach_port_t);
void	checks_destroy(mach_msg_header_t *);

#endif /* !_SEEN_H_ */
