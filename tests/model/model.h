/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Mach IPC as simply as it can be said: arrays, no locks, no speed.  What the
 * kernel does is compared with this.
 *
 * Names, the member of a set that is received from, and the order in which what
 * comes of one operation arrives are the kernel's choice; the model is told
 * them and says whether they may be.  Everything else is the model's own: who
 * has which right how often, what is in which queue, who waits for what, what
 * each call returns.  How many rights to a port there are is not kept anywhere
 * but counted where they are.
 *
 * model.c has tasks, names and rights; model_msg.c messages, queues and those
 * who wait for them.
 */

#ifndef _MODEL_H_
#define	_MODEL_H_

#include <stdbool.h>
#include <stdint.h>

#include "letter.h"

#define	MODEL_TASKS	3
#define	MODEL_THREADS	2	/* of each task, that may be asleep */
#define	MODEL_PORTS	100
#define	MODEL_SETS	12
#define	MODEL_ENTRIES	64	/* of each task */
#define	MODEL_MESSAGES	200

/* A right in a message or on its way; port -1 is MACH_PORT_NULL or _DEAD. */
struct m_right {
	int		port;
	uint32_t	special;	/* the name, if port is -1 */
	int		type;		/* MACH_MSG_TYPE_PORT_*, 0 for none */
};

/* A notification somebody asked for. */
struct m_request {
	int		id;		/* MACH_NOTIFY_*, 0 for none */
	int		notify;		/* its send-once right's port, or -1 */
	uint32_t	sync;		/* no-senders: how many at least */
	bool		armed;		/* send-possible: a send has failed */
};

struct m_port {
	bool		alive;
	int		task;		/* holder of the receive right, or -1 */
	int		transit;	/* port its right travels to, or -1 */
	uint32_t	mscount, seqno, qlimit;
	uint64_t	context;
	bool		guarded, strict, immovable;
	struct m_request no_senders, destroyed;
	bool		member[MODEL_SETS];
	uint32_t	passed[MODEL_SETS]; /* times another was served */
};

struct m_set {
	bool		alive;
	uint32_t	most;		/* members it ever had at once */
};

enum m_kind { M_FREE, M_PORT, M_ONCE, M_DEAD, M_SET };

struct m_entry {
	enum m_kind	kind;
	uint32_t	name;
	int		port;		/* or set */
	bool		receive;
	uint32_t	urefs;		/* of send rights, or of a dead name */
	struct m_request request;	/* dead-name or send-possible */
};

enum m_place {
	M_NOWHERE,
	M_QUEUED,			/* on the port it was sent to */
	M_HELD,				/* its sender waits for room */
	M_HANDED,			/* a receiver has it */
	M_RETURNED,			/* its sender gets it back */
	M_POSTED,			/* a notification on its way */
	M_DOOMED			/* about to be destroyed */
};

/*
 * A message: what it says is a letter, whose names mean nothing here; each has
 * its right in `rights', in order.
 */
struct m_message {
	enum m_place	place;
	uint32_t	order;		/* among those in the same place */
	uint32_t	step;		/* operation that sent it */
	struct letter	letter;
	struct m_right	dest, reply;
	int		nrights;
	struct m_right	rights[LETTER_DESCS * LETTER_NAMES];
};

/* A thread asleep in mach_msg, or awake again and not yet asked about. */
struct m_waiter {
	bool		used, done;
	bool		sends;
	uint32_t	order;
	int		port, set;	/* what it waits for, or -1 */
	int		message;	/* held, handed or returned, or -1 */
	struct m_want	{
		uint32_t	room;	/* receive buffer */
		int		option;
	} want;
	int		result;
	struct letter	large;		/* what MACH_RCV_TOO_LARGE tells */
};

struct m_task {
	uint32_t	self;		/* name of its own port */
	struct m_right	bootstrap;
	struct letter_sender who;
	struct m_entry	entries[MODEL_ENTRIES];
	struct m_waiter	waiters[MODEL_THREADS];
};

struct model {
	uint32_t	step;
	uint32_t	order;
	bool		full;		/* a table above is too small */
	bool		race;		/* what comes of this is chance */
	char		why[160];	/* what the kernel may not have done */
	struct m_task	tasks[MODEL_TASKS];
	struct m_port	ports[MODEL_PORTS];
	struct m_set	sets[MODEL_SETS];
	struct m_message messages[MODEL_MESSAGES];
};

void	model_init(struct model *);
/* Begins an operation; what those before it sent is older. */
void	model_step(struct model *);

/*
 * Operations.  Each returns what the kernel must, and changes the model as it
 * must.  `name' is at last the name the kernel has given.
 */
int	model_allocate(struct model *, int task, int right, struct m_entry **);
int	model_construct(struct model *, int task, int flags, uint32_t qlimit,
	    uint64_t context, struct m_entry **);
int	model_deallocate(struct model *, int task, uint32_t name);
int	model_destroy(struct model *, int task, uint32_t name);
int	model_mod_refs(struct model *, int task, uint32_t name, int right,
	    int delta);
int	model_destruct(struct model *, int task, uint32_t name, int srdelta,
	    uint64_t guard);
int	model_insert_right(struct model *, int task, uint32_t name,
	    uint32_t right, int disposition);
/* The right is to be named with model_give(). */
int	model_extract_right(struct model *, int task, uint32_t name,
	    int disposition, struct m_right *);
int	model_guard(struct model *, int task, uint32_t name, uint64_t guard,
	    int flags);
int	model_unguard(struct model *, int task, uint32_t name, uint64_t guard);
int	model_swap_guard(struct model *, int task, uint32_t name, uint64_t old,
	    uint64_t new);
int	model_set_context(struct model *, int task, uint32_t name,
	    uint64_t context);
int	model_set_mscount(struct model *, int task, uint32_t name, uint32_t);
int	model_set_seqno(struct model *, int task, uint32_t name, uint32_t);
int	model_set_qlimit(struct model *, int task, uint32_t name, uint32_t);
int	model_insert_member(struct model *, int task, uint32_t name,
	    uint32_t set);
int	model_extract_member(struct model *, int task, uint32_t name,
	    uint32_t set);
int	model_move_member(struct model *, int task, uint32_t name,
	    uint32_t set);
/* The previous request's right is to be named with model_give(). */
int	model_request(struct model *, int task, uint32_t name, int id,
	    uint32_t sync, uint32_t notify, int disposition,
	    struct m_right *previous);
int	model_get_bootstrap(struct model *, int task, struct m_right *);
int	model_set_bootstrap(struct model *, int task, uint32_t name);
void	model_fork(struct model *, int parent, int child);
void	model_exec(struct model *, int task);
void	model_exit(struct model *, int task);

/*
 * Sends the letter, whose names are the task's.  On MACH_SEND_TIMED_OUT the
 * message is the model's *back, until model_return().
 */
int	model_send(struct model *, int task, const struct letter *, int option,
	    struct m_message **back);
/* What the task gets back is in `got'. */
void	model_return(struct model *, int task, struct m_message *,
	    const struct letter *got);
/* Receives; `got' is what the kernel gave.  Returns what it must return. */
int	model_receive(struct model *, int task, uint32_t name,
	    const struct m_want *, const struct letter *got);
/*
 * The same for a thread that sleeps until it is done.  These return false, and
 * change nothing, for what would not sleep.
 */
bool	model_sleep_send(struct model *, int task, int thread,
	    const struct letter *);
bool	model_sleep_receive(struct model *, int task, int thread,
	    uint32_t name, const struct m_want *);
void	model_interrupt(struct model *, int task, int thread);
/* A thread that is done has returned with `got': what it must return. */
int	model_wake(struct model *, int task, int thread,
	    const struct letter *got);
int	model_asleep(const struct model *);

/*
 * Puts a right into a task; `name' is the kernel's.  If it may not be that one,
 * this says why not in the model.
 */
struct m_entry *model_give(struct model *, int task, const struct m_right *,
	    uint32_t name);

/* Questions. */
struct m_entry *model_find(struct model *, int task, uint32_t name);
uint32_t model_type(const struct m_entry *);
uint32_t model_refs(const struct m_entry *, int right);
int	model_queued(const struct model *, int port);
int	model_count(const struct model *, int port, int type);

/* Between model.c and model_msg.c. */
void	model_differ(struct model *, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
int	model_type_of(int disposition);
int	model_take(struct model *, int task, uint32_t name, int disposition,
	    const struct letter_desc *guarded, struct m_right *);
void	model_release(struct model *, struct m_right *);
void	model_post(struct model *, struct m_request *, int id, uint32_t word);
void	model_post_port(struct model *, int port);
void	model_doom_queue(struct model *, int port);
void	model_refuse(struct model *, int port);
void	model_wake_dead(struct model *, int port, int set);
void	model_settle(struct model *);
void	model_serve(struct model *, int port);
void	model_room(struct model *, int port);
bool	model_has_room(const struct model *, int port);

#endif /* !_MODEL_H_ */
