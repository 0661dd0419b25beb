/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the tests of libmach share: a kernel to talk to, and the commonplace of
 * ports and messages.  Everything here fails the test that calls it when it
 * cannot do what it says.
 */

#ifndef _FIXTURE_H_
#define	_FIXTURE_H_

#include <sys/types.h>

#include <stdbool.h>

#include <mach/mach.h>

#define	KR(code, expression)	ATF_CHECK_EQ((code), (expression))
#define	KR_OK(expression)	ATF_REQUIRE_EQ(KERN_SUCCESS, (expression))

/* A message with room for whatever comes back. */
struct note {
	mach_msg_header_t	head;
	uint32_t		word;
	mach_msg_max_trailer_t	trailer;
};
#define	NOTE_SIZE	(sizeof(mach_msg_header_t) + sizeof(uint32_t))

/*
 * Connects to the kernel.  Where that is machd, one is started in the test's
 * directory, which ends when the test does.
 */
void		kernel_start(void);

/* As whom the kernel sees the test: its machd takes who starts it for root. */
uid_t		kernel_euid(void);
gid_t		kernel_egid(void);

/* A new receive right, alone or with one send right under the same name. */
mach_port_t	port_make(void);
mach_port_t	port_make_send(void);
void		port_drop(mach_port_t);
mach_port_urefs_t port_refs(mach_port_t, mach_port_right_t);

/* How many names the task has. */
unsigned int	name_count(void);

/* Sends a note with a number, with a port's send right to be copied. */
void		note_send(mach_port_t, mach_msg_id_t);
/* Takes a note that must be there; returns its number. */
mach_msg_id_t	note_take(mach_port_t);
/* Whether nothing is queued. */
bool		note_none(mach_port_t);

/* Receives a message with the credentials of its sender; returns its number. */
mach_msg_id_t	take_with_audit(mach_port_t, audit_token_t *);
/* Takes a note that must be there, of a number and from a process. */
void		expect_note(mach_port_t, mach_msg_id_t, pid_t);

/* A port that children find as their bootstrap port. */
mach_port_t	bootstrap_make(void);
void		bootstrap_drop(mach_port_t);

/* Whether the page that holds an address is mapped. */
bool		is_mapped(const void *);

/* Waits for a child and returns its exit status. */
int		child_status(pid_t);

#endif /* !_FIXTURE_H_ */
