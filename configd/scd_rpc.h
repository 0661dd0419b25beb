/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The client's side of the protocol: the stubs of config.defs, with lists and
 * values as the library has them.  All functions return SC_OK, the status of
 * the reply, or the Mach error of the stub.
 */

#ifndef _SCD_RPC_H_
#define	_SCD_RPC_H_

#include <stddef.h>

#include <mach/mach.h>
#include <plist/plist.h>

#include "strset.h"

/* Bytes to be sent out of line. */
struct rpc_data {
	void	*data;
	size_t	 size;
};

/* Borrows the string. */
struct rpc_data	rpc_string(const char *);
/* Encodes a list, an empty one as nothing; the caller frees it.  0 or -1. */
int		rpc_list(const struct strset *, struct rpc_data *);

/* A key and its value; a key; a key or pattern and whether it is the latter. */
typedef int	rpc_assign(mach_port_t, struct rpc_data, struct rpc_data);
typedef int	rpc_key(mach_port_t, struct rpc_data);
typedef int	rpc_pattern(mach_port_t, struct rpc_data, int);

int	rpc_open(mach_port_t server, struct rpc_data name,
	    struct rpc_data options, mach_port_t *session);
int	rpc_list_keys(mach_port_t, struct rpc_data pattern, plist_t *);
int	rpc_get(mach_port_t, struct rpc_data key, plist_t *);
int	rpc_get_many(mach_port_t, struct rpc_data keys,
	    struct rpc_data patterns, plist_t *);
int	rpc_set_many(mach_port_t, struct rpc_data values,
	    struct rpc_data removed, struct rpc_data notified);
int	rpc_changes(mach_port_t, plist_t *);
rpc_assign rpc_add, rpc_add_session, rpc_set;
rpc_key	rpc_remove, rpc_notify;
rpc_pattern rpc_watch, rpc_unwatch;
int	rpc_watch_all(mach_port_t, struct rpc_data keys,
	    struct rpc_data patterns);
/* Gives the server a send right made from the receive right `port'. */
int	rpc_via_port(mach_port_t, mach_port_t);
int	rpc_cancel(mach_port_t);

#endif /* !_SCD_RPC_H_ */
