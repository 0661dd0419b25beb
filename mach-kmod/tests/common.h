/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the tests of the module share: the commonplace of ports and messages,
 * done by the current thread.  Everything here fails the test when it cannot do
 * what it says.
 */

#ifndef _COMMON_H_
#define	_COMMON_H_

#include "machkern.h"

#define	COPY_SEND	19
#define	MAKE_SEND	20
#define	BOOTSTRAP	4

struct message {
	mach_msg_header_t h;
	char	room[sizeof(mach_msg_max_trailer_t)];
};

/* A variable, by its full name. */
uint64_t	variable(const char *);

mach_port_name_t task_self(void);

/* A receive right with a send right under the same name. */
mach_port_name_t make_port(void);

/* Sends a header with this id; takes one that must be there. */
void		send_empty(mach_port_name_t, int);
int		take_empty(mach_port_name_t);

/* The task's bootstrap port, a new reference; sets it. */
mach_port_name_t get_bootstrap(void);
void		set_bootstrap(mach_port_name_t);

#endif /* !_COMMON_H_ */
