/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * machd: the parts and what they share.
 *
 *	machd.c		start, listen, accept, stop
 *	machd_conn.c	one client thread: its packets, its memory, its sleeps
 *	machd_wait.c	connections that have not said hello
 *	machd_proc.c	client processes: who they are, fork, exec, exit
 *	machd_linux.c	what only Linux can say about a process
 */

#ifndef _MACHD_H_
#define	_MACHD_H_

#include <sys/param.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/ucred.h>

#include "wire.h"

/* Who sent a packet, as the system vouches for it. */
struct peer {
	pid_t	pr_pid;
	uid_t	pr_uid;		/* effective */
	gid_t	pr_gid;
};

struct client;			/* a client process; machd_proc.c */

/* A connection that has not said hello. */
struct waiter {
	TAILQ_ENTRY(waiter) w_link;
	int		w_fd;
	uid_t		w_uid;
	bool		w_counted;	/* it is in the list */
};

/* Presents the user that runs machd as root. */
extern bool machd_map_root;

/* machd_conn.c */
void	conn_init(void);
void	conn_start(int);

/* machd_wait.c */
void	wait_enter(struct waiter *, int, uid_t);
void	wait_leave(struct waiter *);

/* machd_proc.c */
void	clients_init(void);
struct client *client_join(pid_t, const uint8_t *, uint64_t, int);
void	client_leave(struct client *, int);
struct proc *client_proc(struct client *);
uint64_t client_fork(struct client *, int);
void	client_cred(pid_t, const struct peer *, struct ucred *);
void	clients_stop(void);

/* machd_linux.c */
ssize_t	peer_recv(int, void *, size_t, struct peer *, int *);
int	process_open(pid_t);
int	process_signal(int, int);
pid_t	process_parent(pid_t);
void	process_real_ids(pid_t, uid_t *, gid_t *);
bool	process_image(pid_t, uint64_t *);
bool	is_pipe(int);
uid_t	peer_uid(int);

#endif /* !_MACHD_H_ */
