/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What return codes mean.
 */

#include <stdio.h>

#include <mach/mach.h>

static const struct {
	kern_return_t	code;
	const char	*text;
} errors[] = {
	{ KERN_SUCCESS, "no error" },
	{ KERN_INVALID_ADDRESS, "invalid address" },
	{ KERN_PROTECTION_FAILURE, "memory is protected" },
	{ KERN_NO_SPACE, "no space left for names or memory" },
	{ KERN_INVALID_ARGUMENT, "invalid argument" },
	{ KERN_FAILURE, "operation failed" },
	{ KERN_RESOURCE_SHORTAGE, "system limit reached" },
	{ KERN_NOT_RECEIVER, "caller does not hold the receive right" },
	{ KERN_NO_ACCESS, "not permitted" },
	{ KERN_MEMORY_FAILURE, "memory object destroyed" },
	{ KERN_MEMORY_ERROR, "memory object has no data" },
	{ KERN_ALREADY_IN_SET, "port is already in the set" },
	{ KERN_NOT_IN_SET, "port is not in the set" },
	{ KERN_NAME_EXISTS, "name already denotes a right" },
	{ KERN_ABORTED, "operation aborted" },
	{ KERN_INVALID_NAME, "name denotes no right" },
	{ KERN_INVALID_TASK, "not the caller's own task" },
	{ KERN_INVALID_RIGHT, "name denotes another kind of right" },
	{ KERN_INVALID_VALUE, "invalid value" },
	{ KERN_UREFS_OVERFLOW, "too many references" },
	{ KERN_INVALID_CAPABILITY, "invalid right" },
	{ KERN_RIGHT_EXISTS, "right exists under another name" },
	{ KERN_INVALID_HOST, "not the host port" },
	{ KERN_MEMORY_PRESENT, "memory is already present" },
	{ KERN_NOT_SUPPORTED, "not supported" },
	{ KERN_OPERATION_TIMED_OUT, "timed out" },
	{ KERN_INSUFFICIENT_BUFFER_SIZE, "buffer too small" },
	{ KERN_DENIED, "denied" },
	{ KERN_NOT_FOUND, "not found" },
	{ MACH_SEND_IN_PROGRESS, "send in progress" },
	{ MACH_SEND_INVALID_DATA, "cannot read the message to send" },
	{ MACH_SEND_INVALID_DEST, "invalid destination port" },
	{ MACH_SEND_TIMED_OUT, "send timed out" },
	{ MACH_SEND_INVALID_VOUCHER, "invalid voucher" },
	{ MACH_SEND_INTERRUPTED, "send interrupted" },
	{ MACH_SEND_MSG_TOO_SMALL, "message to send is too small" },
	{ MACH_SEND_INVALID_REPLY, "invalid reply port" },
	{ MACH_SEND_INVALID_RIGHT, "invalid right in the message" },
	{ MACH_SEND_INVALID_NOTIFY, "invalid notify port" },
	{ MACH_SEND_INVALID_MEMORY, "cannot read out-of-line memory" },
	{ MACH_SEND_NO_BUFFER, "no memory for the message" },
	{ MACH_SEND_TOO_LARGE, "message to send is too large" },
	{ MACH_SEND_INVALID_TYPE, "invalid descriptor in the message" },
	{ MACH_SEND_INVALID_HEADER, "invalid message header" },
	{ MACH_SEND_INVALID_TRAILER, "invalid trailer to send" },
	{ MACH_SEND_INVALID_CONTEXT, "guard does not match the port's" },
	{ MACH_SEND_INVALID_OPTIONS, "options exclude each other" },
	{ MACH_SEND_INVALID_RT_OOL_SIZE, "too much out-of-line memory" },
	{ MACH_SEND_NO_GRANT_DEST, "destination does not take this right" },
	{ MACH_SEND_MSG_FILTERED, "message was filtered out" },
	{ MACH_RCV_IN_PROGRESS, "receive in progress" },
	{ MACH_RCV_INVALID_NAME, "not a receive right or port set" },
	{ MACH_RCV_TIMED_OUT, "receive timed out" },
	{ MACH_RCV_TOO_LARGE, "message is larger than the buffer" },
	{ MACH_RCV_INTERRUPTED, "receive interrupted" },
	{ MACH_RCV_PORT_CHANGED, "port was put into a set during the receive" },
	{ MACH_RCV_INVALID_NOTIFY, "invalid notify port" },
	{ MACH_RCV_INVALID_DATA, "cannot write the received message" },
	{ MACH_RCV_PORT_DIED, "port or set went away during the receive" },
	{ MACH_RCV_IN_SET, "port is in a set" },
	{ MACH_RCV_HEADER_ERROR, "no room for the reply right received" },
	{ MACH_RCV_BODY_ERROR, "no room for rights or memory received" },
	{ MACH_RCV_INVALID_TYPE, "invalid type" },
	{ MACH_RCV_SCATTER_SMALL, "scatter list is too small" },
	{ MACH_RCV_INVALID_TRAILER, "unknown kind of trailer asked for" },
	{ MACH_RCV_IN_PROGRESS_TIMED, "receive with a timeout in progress" },
	{ MACH_RCV_INVALID_REPLY, "receive right is no reply port" },
	{ MIG_TYPE_ERROR, "message does not have the type expected" },
	{ MIG_REPLY_MISMATCH, "reply to another call" },
	{ MIG_REMOTE_ERROR, "server found an error in the request" },
	{ MIG_BAD_ID, "server does not know the request" },
	{ MIG_BAD_ARGUMENTS, "server does not accept the arguments" },
	{ MIG_NO_REPLY, "no reply is to be sent" },
	{ MIG_EXCEPTION, "server raised an exception" },
	{ MIG_ARRAY_TOO_LARGE, "array does not fit" },
	{ MIG_SERVER_DIED, "server died" },
	{ MIG_TRAILER_ERROR, "request has no usable trailer" },
};

/*
 * A phrase for a code of the kernel, of mach_msg() or of MIG.  The string is
 * constant.
 */
char *
mach_error_string(mach_error_t code)
{
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].code == code ||
		    ((code & MACH_MSG_MASK) != 0 &&
		    errors[i].code == (code & ~MACH_MSG_MASK)))
			return ((char *)(uintptr_t)errors[i].text);
	}
	return ((char *)(uintptr_t)"unknown error code");
}

/* Prints `what' and what a code means on standard error. */
void
mach_error(const char *what, mach_error_t code)
{
	fprintf(stderr, "%s: %s (%#x)\n", what, mach_error_string(code),
	    (unsigned int)code);
}
