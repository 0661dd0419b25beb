/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the threads of the tasks do for the test: one call each time.
 *
 * There are two hosts for tasks.  In host_inside.c they are made up, in this
 * program and with the kernel in it; in host_outside.c they are processes, and
 * the kernel is whatever libmach finds.
 */

#ifndef _AGENT_H_
#define	_AGENT_H_

#include <stddef.h>
#include <stdint.h>

#include <mach/port.h>

#include "letter.h"

#define	VIEW_NAMES	80
#define	VIEW_MEMBERS	200

/* All a task can find out about its names. */
struct view {
	uint32_t	count;
	struct view_name {
		uint32_t	name, type;
		uint32_t	refs[5];	/* by MACH_PORT_RIGHT_* */
		mach_port_status_t status;	/* of a receive right */
		uint64_t	context;
		uint32_t	member, nmembers; /* of a set, in members[] */
	}		names[VIEW_NAMES];
	uint32_t	nmembers;
	uint32_t	members[VIEW_MEMBERS];
};

enum call_kind {
	CALL_TRAP,
	CALL_SEND,		/* letter, option */
	CALL_RECEIVE,		/* name, room, option; gives letter */
	CALL_SELF,		/* gives name and sender */
	CALL_VIEW,		/* gives view */

	/* Outside only. */
	CALL_FORK,		/* name: the mailbox of the child */
	CALL_EXEC,
	CALL_INTERRUPT		/* name: the thread */
};

struct call {
	enum call_kind	kind;
	int		result;
	int		op;		/* of a trap */
	size_t		size;
	uint64_t	args[12];
	int		option;
	uint32_t	name;
	uint32_t	room;
	uint32_t	self;
	struct letter	letter;
	struct view	view;
};

/* Does a call; for the calling thread. */
void	agent_run(struct call *);

/* The two system calls, as the host makes them. */
int	agent_trap(int op, void *args, size_t size);
int	agent_msg(void *msg, int option, uint32_t send_size, uint32_t rcv_size,
	    uint32_t rcv_name);

/*
 * Hosts.  Tasks and threads have numbers, and a task's first thread, which
 * host_call() uses, none.
 */
void	host_begin(void);
/* Between runs, each of which is a process: waits until nothing is left. */
void	host_settle(void);
/* After a difference: ends what would go on. */
void	host_abandon(void);
/* Seconds after which what has not come never will. */
extern int host_patience;
void	host_task_begin(int task);
void	host_fork(int parent, int child);
void	host_exec(int task);
void	host_exit(int task);
/* False if the call does not return. */
bool	host_call(int task, struct call *);
void	host_start(int task, int thread, const struct call *);
bool	host_finish(int task, int thread, struct call *);
void	host_interrupt(int task, int thread);
/* Waits until that many threads sleep in mach_msg; false if it does not end. */
bool	host_asleep(int threads);
/* The first counter that is not what it was, when all tasks have ended. */
const char *host_end(void);

#endif /* !_AGENT_H_ */
