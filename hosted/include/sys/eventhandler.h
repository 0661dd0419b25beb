/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_EVENTHANDLER_H_
#define	_HOSTED_SYS_EVENTHANDLER_H_

/* EVENTHANDLER(9) for the three events of a process. */

#include <sys/param.h>

struct hosted_handler;
typedef struct hosted_handler *eventhandler_tag;

#define	EVENTHANDLER_PRI_ANY	10000

eventhandler_tag hosted_handler_register(const char *, void *, void *);
void	hosted_handler_deregister(eventhandler_tag);

#define	EVENTHANDLER_REGISTER(name, function, argument, priority)	\
	hosted_handler_register(#name, (void *)(function), (argument))
#define	EVENTHANDLER_DEREGISTER(name, tag)	hosted_handler_deregister(tag)

#endif /* !_HOSTED_SYS_EVENTHANDLER_H_ */
