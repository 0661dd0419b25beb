/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Sessions of netconfigd: one per configopen, each with a receive right of its
 * own whose send right the client holds.  A session ends when that send right
 * is gone, which the kernel reports to the session's own port.
 */

#ifndef _SESSION_H_
#define	_SESSION_H_

#include <sys/queue.h>
#include <sys/types.h>
#include <stdbool.h>

#include <mach/mach.h>

#include "store.h"

/* Limits; an open beyond one fails with SC_FAILED. */
#define	SESSIONS_MAX		4096	/* in all */
#define	SESSIONS_UID_MAX	256	/* of one effective user other than 0 */

/* All sessions of an effective user. */
struct session_user {
	LIST_ENTRY(session_user) link;
	uid_t		 euid;
	unsigned int	 sessions;
	struct store_share share;
};

struct session {
	LIST_ENTRY(session) link;
	struct store_client client;	/* its id is the port's name */
	mach_port_t	 port;
	uid_t		 euid;		/* of the opener, when it opened */
	struct session_user *user;	/* that is */
	mach_port_t	 notify_port;	/* send right, or MACH_PORT_NULL */
	mach_msg_id_t	 notify_id;	/* not 0 */
	bool		 full;		/* until its queue has room */
};

/* Where the kernel is to tell of room in a notifier's queue. */
void		session_room_port(mach_port_t port);
/*
 * Makes a session for `euid' whose port is in the set `pset'.  *right is a send
 * right to it for the caller to move to the client; when that right dies,
 * MACH_NOTIFY_NO_SENDERS arrives at the session's port.
 */
enum sc_status	session_open(struct store *, mach_port_t pset, uid_t euid,
		    bool session_keys, struct session **, mach_port_t *right);
/* Drops watches, keys and ports of a session, and the session. */
void		session_close(struct store *, struct session *);
void		session_close_all(struct store *);
/* The session that receives on `port', or NULL. */
struct session *session_find(mach_port_t port);

/*
 * The notifier.  start adds a reference to the send right `port' if it returns
 * SC_OK; SC_NOTIFIER_ACTIVE when there is one, SC_INVALID_ARGUMENT for what is
 * no send right, or one to the server itself.
 */
enum sc_status	session_notifier_start(struct session *, mach_port_t port);
void		session_notifier_stop(struct session *);
/* There is room in the queue of a notifier's port. */
void		session_notifier_ready(mach_port_t port);
/* Sends a notification to each session with changes it was not told of. */
void		session_announce_all(void);

#endif /* !_SESSION_H_ */
