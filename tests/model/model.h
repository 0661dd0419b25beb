/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Mach IPC as simply as it can be said: arrays, no locks, no speed.  What the
 * kernel does is compared with this.
 *
 * Names are the kernel's choice; the model is told them.  Everything else is
 * the model's own: who has which right how often, what is in which queue, what
 * each call returns.
 */

#ifndef _MODEL_H_
#define	_MODEL_H_

#include <stdbool.h>
#include <stdint.h>

#define	MODEL_TASKS	3
#define	MODEL_PORTS	200
#define	MODEL_ENTRIES	100
#define	MODEL_QUEUE	96
#define	MODEL_DESC	3
#define	MODEL_QLIMIT	5

/* A right in a message or on its way; port -1 is MACH_PORT_NULL or _DEAD. */
struct m_right {
	int		port;
	uint32_t	special;	/* the name, if port is -1 */
	int		type;		/* MACH_MSG_TYPE_PORT_*, 0 for none */
};

struct m_message {
	bool		notification;	/* a send-once right has died */
	struct m_right	dest, reply;
	int		ndesc;
	struct m_right	desc[MODEL_DESC];
};

struct m_port {
	bool		used;		/* something still refers to it */
	bool		alive;
	int		task;		/* holder of the receive right, or -1 */
	uint32_t	mscount;
	int		transit;	/* where its right travels to, or -1 */
	int		count;
	struct m_message queue[MODEL_QUEUE];
};

enum m_kind { M_FREE, M_PORT, M_ONCE, M_DEAD };

struct m_entry {
	enum m_kind	kind;
	uint32_t	name;
	int		port;
	bool		receive;
	uint32_t	urefs;		/* of send rights, or of a dead name */
};

struct model {
	struct m_port	ports[MODEL_PORTS];
	struct m_entry	entries[MODEL_TASKS][MODEL_ENTRIES];
	bool		full;		/* a table above is too small */
};

/* What a task wants to send. */
struct m_wish {
	uint32_t	name;
	int		disposition;
};

struct m_send {
	struct m_wish	dest, reply;	/* reply.disposition 0: none */
	int		ndesc;
	struct m_wish	desc[MODEL_DESC];
};

void	model_init(struct model *);

/* Each returns what the kernel must, and changes the model as it must. */
int	model_allocate(struct model *, int task, struct m_entry **);
int	model_deallocate(struct model *, int task, uint32_t name);
int	model_destroy(struct model *, int task, uint32_t name);
int	model_mod_refs(struct model *, int task, uint32_t name, int right,
	    int delta);
int	model_make_send(struct model *, int task, uint32_t name);
int	model_extract(struct model *, int task, uint32_t name, int disposition,
	    struct m_right *);
/* True if the queue is full, in which case nothing has changed. */
bool	model_would_block(const struct model *, int task,
	    const struct m_send *);
int	model_send(struct model *, int task, const struct m_send *);
/* Takes a message; its rights are to be named with model_give(). */
int	model_receive(struct model *, int task, uint32_t name,
	    struct m_message *);
/*
 * Puts a right into a task; `name' is the kernel's.  False if the kernel's
 * choice is not one it may make.
 */
bool	model_give(struct model *, int task, const struct m_right *,
	    uint32_t name);
void	model_exit(struct model *, int task);

const struct m_entry *model_find(const struct model *, int task,
	    uint32_t name);
uint32_t model_type(const struct m_entry *);
uint32_t model_refs(const struct m_entry *, int right);
int	model_senders(const struct model *, int port);
int	model_onces(const struct model *, int port);

#endif /* !_MODEL_H_ */
