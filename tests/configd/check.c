/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Checks of replies, from one table of shapes written by hand, so that what mig
 * makes of config.defs is compared with something that is not its own work.
 *
 * The data or port descriptors are the first thing in a message that has any,
 * then come the NDR record, the counts of the data descriptors in their order,
 * and the rest; this holds for every message of the interface.
 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "check.h"

enum check_kind {
	CHECK_NONE,		/* no such routine */
	CHECK_SIMPLE,		/* no descriptors */
	CHECK_DATA,		/* out-of-line data */
	CHECK_PORT		/* one send right */
};

struct check_shape {
	uint8_t	kind;
	uint8_t	count;		/* descriptors */
	uint8_t	size;		/* bytes of the whole message */
};

struct check_routine {
	struct check_shape request;
	struct check_shape reply;
};

#define	EMPTY		{ CHECK_SIMPLE, 0, sizeof(struct config_empty) }
#define	DATA		{ CHECK_DATA, 1, sizeof(struct config_data) }
#define	DATA_INT	{ CHECK_DATA, 1, sizeof(struct config_data_int) }
#define	DATA2		{ CHECK_DATA, 2, sizeof(struct config_data2) }
#define	DATA2_INT	{ CHECK_DATA, 2, sizeof(struct config_data2_int) }
#define	DATA3		{ CHECK_DATA, 3, sizeof(struct config_data3) }
#define	PORT_INT	{ CHECK_PORT, 1, sizeof(struct config_port_int) }
#define	TO_STATUS	{ CHECK_SIMPLE, 0, sizeof(struct config_reply_status) }
#define	TO_INT		{ CHECK_SIMPLE, 0, sizeof(struct config_reply_int) }
#define	TO_DATA		{ CHECK_DATA, 1, sizeof(struct config_reply_data) }
#define	TO_DATA_INT	{ CHECK_DATA, 1, sizeof(struct config_reply_data_int) }
#define	TO_PORT		{ CHECK_PORT, 1, sizeof(struct config_reply_port) }
#define	AT(id)		[(id) - CONFIG_BASE]

static const struct check_routine
check_routines[CONFIG_END - CONFIG_BASE] = {
	AT(CONFIG_OPEN)		= { DATA2,	TO_PORT },
	AT(CONFIG_LIST)		= { DATA_INT,	TO_DATA },
	AT(CONFIG_ADD)		= { DATA2,	TO_INT },
	AT(CONFIG_GET)		= { DATA,	TO_DATA_INT },
	AT(CONFIG_SET)		= { DATA2_INT,	TO_INT },
	AT(CONFIG_REMOVE)	= { DATA,	TO_STATUS },
	AT(CONFIG_ADD_SESSION)	= { DATA2,	TO_INT },
	AT(CONFIG_NOTIFY)	= { DATA,	TO_STATUS },
	AT(CONFIG_GET_MANY)	= { DATA2,	TO_DATA },
	AT(CONFIG_SET_MANY)	= { DATA3,	TO_STATUS },
	AT(CONFIG_WATCH)	= { DATA_INT,	TO_STATUS },
	AT(CONFIG_UNWATCH)	= { DATA_INT,	TO_STATUS },
	AT(CONFIG_CHANGES)	= { EMPTY,	TO_DATA },
	AT(CONFIG_VIA_PORT)	= { PORT_INT,	TO_STATUS },
	AT(CONFIG_VIA_SIGNAL)	= { PORT_INT,	TO_STATUS },
	AT(CONFIG_CANCEL)	= { EMPTY,	TO_STATUS },
	AT(CONFIG_WATCH_ALL)	= { DATA2,	TO_STATUS },
	AT(CONFIG_VIA_FD)	= { PORT_INT,	TO_STATUS },
	AT(CONFIG_SNAPSHOT)	= { EMPTY,	TO_STATUS },
};

static const struct check_routine *
check_find(mach_msg_id_t id)
{
	const struct check_routine *routine;

	if (id < CONFIG_BASE || id >= CONFIG_END)
		return (NULL);
	routine = &check_routines[id - CONFIG_BASE];
	return (routine->request.kind == CHECK_NONE ? NULL : routine);
}

/* The counts follow the descriptors and the NDR record. */
static kern_return_t
check_data(const void *message, unsigned int count)
{
	const struct config_data3 *data;
	const char *counts;
	mach_msg_type_number_t size;
	unsigned int i;

	data = message;
	for (i = 0; i < count; i++) {
		if (data->data[i].type != MACH_MSG_OOL_DESCRIPTOR)
			return (MIG_TYPE_ERROR);
	}
	counts = (const char *)&data->data[count] + sizeof(NDR_record_t);
	for (i = 0; i < count; i++) {
		memcpy(&size, counts + i * sizeof(size), sizeof(size));
		if (size != data->data[i].size)
			return (MIG_TYPE_ERROR);
	}
	return (KERN_SUCCESS);
}

static kern_return_t
check_port(const void *message)
{
	const struct config_port_int *port;

	port = message;
	if (port->port.type != MACH_MSG_PORT_DESCRIPTOR ||
	    port->port.disposition != MACH_MSG_TYPE_PORT_SEND)
		return (MIG_TYPE_ERROR);
	return (KERN_SUCCESS);
}

/* `mismatch' is the code for a message of another size or kind. */
static kern_return_t
check_shape(const void *message, const struct check_shape *shape,
    kern_return_t mismatch)
{
	const struct config_data *any;
	bool is_complex;

	any = message;
	is_complex = (any->head.msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0;
	if (is_complex != (shape->kind != CHECK_SIMPLE) ||
	    any->head.msgh_size != shape->size)
		return (mismatch);
	if (shape->kind == CHECK_SIMPLE)
		return (KERN_SUCCESS);
	if (any->body.msgh_descriptor_count != shape->count)
		return (mismatch);
	if (shape->kind == CHECK_PORT)
		return (check_port(message));
	return (check_data(message, shape->count));
}

kern_return_t
check_reply(const union config_reply *reply, mach_msg_id_t id)
{
	const struct check_routine *routine;
	kern_return_t kr;

	if (reply->head.msgh_id == MACH_NOTIFY_SEND_ONCE)
		return (MIG_SERVER_DIED);
	routine = check_find(id);
	if (routine == NULL ||
	    reply->head.msgh_id != id + CONFIG_REPLY_OFFSET)
		return (MIG_REPLY_MISMATCH);
	if (reply->head.msgh_remote_port != MACH_PORT_NULL)
		return (MIG_TYPE_ERROR);
	if ((reply->head.msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0 &&
	    reply->head.msgh_size == sizeof(mig_reply_error_t))
		return (reply->error.RetCode == KERN_SUCCESS ?
		    MIG_TYPE_ERROR : reply->error.RetCode);
	kr = check_shape(reply, &routine->reply, MIG_TYPE_ERROR);
	if (kr == KERN_SUCCESS && routine->reply.kind == CHECK_SIMPLE)
		kr = reply->status.retcode;
	return (kr);
}
