/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What fails in the tests of this directory: short programs for two processes
 * that together make every trap and carry every kind of right.
 */

#ifndef _SCENARIOS_H_
#define	_SCENARIOS_H_

#include "machkern.h"

/* The two processes; each scenario finds them new and leaves them as it may. */
struct stage {
	struct proc	proc[2];
	struct machkern_thread thread[2];
	uint32_t	self[2];	/* task port's name */
	uint32_t	link[2];	/* a port: 0 receives, 1 sends */
};

typedef void scenario_fn(struct stage *);

struct scenario {
	const char	*name;
	scenario_fn	*run;
	uid_t		uid;	/* of the first process */
};

extern const struct scenario scenarios[];

/* Makes one of the processes the one that calls. */
void	stage_on(struct stage *, int);

/*
 * A trap, or a message; every result goes through here, so that the caller can
 * see that it is one it can have had.  Both may fail, and a scenario goes on.
 */
kern_return_t stage_trap(struct stage *, int op, void *args, size_t size);
mach_msg_return_t stage_msg(struct stage *, void *msg, int option,
	    uint32_t send_size, uint32_t rcv_size, uint32_t rcv_name);

#endif /* !_SCENARIOS_H_ */
