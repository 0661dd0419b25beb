/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The client's side of each message.  All functions return SC_OK, the status of
 * the reply, or a Mach error.
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

int	rpc_open(mach_port_t server, struct rpc_data name,
	    struct rpc_data options, mach_port_t *session);
int	rpc_list_keys(mach_port_t, struct rpc_data pattern, plist_t *);
int	rpc_get(mach_port_t, struct rpc_data key, plist_t *);
int	rpc_get_many(mach_port_t, struct rpc_data keys,
	    struct rpc_data patterns, plist_t *);
int	rpc_changes(mach_port_t, plist_t *);
/* CONFIG_ADD, CONFIG_ADD_SESSION, CONFIG_SET. */
int	rpc_assign(mach_port_t, mach_msg_id_t, struct rpc_data key,
	    struct rpc_data value);
/* CONFIG_REMOVE, CONFIG_NOTIFY. */
int	rpc_key(mach_port_t, mach_msg_id_t, struct rpc_data key);
/* CONFIG_WATCH, CONFIG_UNWATCH. */
int	rpc_data_int(mach_port_t, mach_msg_id_t, struct rpc_data, int);
/* CONFIG_WATCH_ALL. */
int	rpc_data2(mach_port_t, mach_msg_id_t, struct rpc_data,
	    struct rpc_data);
/* CONFIG_SET_MANY. */
int	rpc_data3(mach_port_t, mach_msg_id_t, struct rpc_data,
	    struct rpc_data, struct rpc_data);
/* Gives the server a send right made from the receive right `port'. */
int	 rpc_via_port(mach_port_t, mach_port_t);
int	rpc_cancel(mach_port_t);

#endif /* !_SCD_RPC_H_ */
