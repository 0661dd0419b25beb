/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What wakes the server besides requests: signals that ask it to stop, and the
 * host's word that an interface, address or route changed.
 */

#ifndef _EVENTS_H_
#define	_EVENTS_H_

#include <mach/mach.h>

#define	EVENT_STOP	0x1
#define	EVENT_NETWORK	0x2

/*
 * Blocks the signals events_start() waits for; to be called before any thread
 * is made.
 */
void		events_block_signals(void);
/*
 * Starts waiting; each event sends an empty message to `port', of which the
 * caller holds the receive right.  Returns an errno value.
 */
int		events_start(mach_port_t port);
/* The events since the last call. */
unsigned int	events_take(void);

#endif /* !_EVENTS_H_ */
