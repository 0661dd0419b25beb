/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A program to be started by the tests of processes: sends a message, with its
 * argument as the id, to the bootstrap port it has inherited, and ends when its
 * standard input does.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mach.h>

#ifdef __SANITIZE_ADDRESS__
/* With another user's id it hears nothing of ASAN_OPTIONS. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return ("detect_leaks=0");
}
#endif

int
main(int argc, char **argv)
{
	mach_msg_header_t head;
	mach_msg_return_t mr;

	if (argc != 2) {
		fprintf(stderr, "usage: probe id\n");
		return (64);
	}
	memset(&head, 0, sizeof(head));
	head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	head.msgh_remote_port = bootstrap_port;
	head.msgh_size = sizeof(head);
	head.msgh_id = atoi(argv[1]);
	mr = mach_msg_send(&head);
	if (mr != MACH_MSG_SUCCESS)
		fprintf(stderr, "probe: %s\n", mach_error_string(mr));
	while (getchar() != EOF)
		;
	return (mr != MACH_MSG_SUCCESS);
}
