/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The server: one thread that receives requests on its service port and the
 * sessions' ports, answers each, and then tells the watchers what changed.
 */

#ifndef _SERVER_H_
#define	_SERVER_H_

#include <mach/mach.h>

#include "store.h"

struct server {
	struct store	*store;
	mach_port_t	 service;	/* receive right of the service name */
	mach_port_t	 pset;		/* all ports served */
	mach_port_t	 events;	/* where events.c wakes the server */
	mach_port_t	 room;		/* told that a queue has room again */
};

/*
 * Takes the service name from launchd and makes the ports.  Prints what is
 * wrong and returns -1 when that fails.
 */
int	server_init(struct server *, struct store *, const char *service);
/* Serves until a signal asks to stop (0) or the ports are unusable (-1). */
int	server_run(struct server *);
void	server_fini(struct server *);

/* routines.c: the store that requests work on. */
void	routines_init(struct server *);
struct store *server_store(void);

#endif /* !_SERVER_H_ */
