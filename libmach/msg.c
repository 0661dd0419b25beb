/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_msg() and its variants.
 *
 * The kernel restarts nothing.  A phase cut short by a signal is restarted here
 * unless the caller asked to see that, and a receive is restarted without the
 * send that has been done.
 */

#include <stddef.h>

#include <mach/mach.h>

#include "trap.h"

/*
 * Sends and receives; mach_msg_overwrite() receives into another buffer than it
 * sent from.
 *
 * On success of the send the rights and memory the message carried are gone; on
 * failure they are still the caller's, under the names now in the message.
 * What is received belongs to the caller.  `send_size' and `rcv_limit' are in
 * bytes, `timeout' in milliseconds, for each phase anew.
 *
 * Returns MACH_MSG_SUCCESS or one of MACH_SEND_... and MACH_RCV_...
 * (mach_msg(2) of OSF, <mach/message.h>).
 */
mach_msg_return_t
mach_msg_overwrite(mach_msg_header_t *msg, mach_msg_option_t option,
    mach_msg_size_t send_size, mach_msg_size_t rcv_limit,
    mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
    mach_port_name_t notify, mach_msg_header_t *rcv_msg,
    mach_msg_size_t rcv_scatter_size)
{
	struct mach_msg_trap_args args;
	mach_msg_return_t mr;

	(void)notify;
	(void)rcv_scatter_size;
	args.msg = (uintptr_t)msg;
	args.option = (uint32_t)option;
	args.sizes = MACH_MSG_SIZES(send_size, rcv_limit);
	args.rcv_name = rcv_name;
	args.timeout = timeout;
	args.rcv_msg = (uintptr_t)rcv_msg;
	mr = mach_msg_trap(&args);
	while (mr == MACH_SEND_INTERRUPTED &&
	    (option & MACH_SEND_INTERRUPT) == 0)
		mr = mach_msg_trap(&args);
	if (mr != MACH_RCV_INTERRUPTED || (option & MACH_RCV_INTERRUPT) != 0)
		return (mr);
	args.option = (uint32_t)(option & ~(MACH_SEND_MSG |
	    MACH_RCV_SYNC_WAIT));
	args.sizes = MACH_MSG_SIZES(0, rcv_limit);
	do {
		mr = mach_msg_trap(&args);
	} while (mr == MACH_RCV_INTERRUPTED);
	return (mr);
}

/* See mach_msg_overwrite(). */
mach_msg_return_t
mach_msg(mach_msg_header_t *msg, mach_msg_option_t option,
    mach_msg_size_t send_size, mach_msg_size_t rcv_size,
    mach_port_name_t rcv_name, mach_msg_timeout_t timeout,
    mach_port_name_t notify)
{
	return (mach_msg_overwrite(msg, option, send_size, rcv_size, rcv_name,
	    timeout, notify, NULL, 0));
}

/* Sends a message of msgh_size bytes, waiting as long as it takes. */
mach_msg_return_t
mach_msg_send(mach_msg_header_t *msg)
{
	return (mach_msg(msg, MACH_SEND_MSG, msg->msgh_size, 0,
	    MACH_PORT_NULL, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
}

/* Receives from msgh_local_port into a buffer of msgh_size bytes. */
mach_msg_return_t
mach_msg_receive(mach_msg_header_t *msg)
{
	return (mach_msg(msg, MACH_RCV_MSG, 0, msg->msgh_size,
	    msg->msgh_local_port, MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL));
}
