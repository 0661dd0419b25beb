/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * See parcel.h.
 */

#include <atf-c.h>
#include <string.h>

#include "parcel.h"

#define	TASK	mach_task_self()

/* Each descriptor is of its own size. */
static mach_msg_size_t
parcel_size(const struct parcel *p)
{
	return (sizeof(mach_msg_base_t) +
	    (p->d.port.type == MACH_MSG_PORT_DESCRIPTOR ? sizeof(p->d.port) :
	    sizeof(p->d.memory)));
}

void
parcel_init(struct parcel *p, mach_port_t to, int type)
{
	memset(p, 0, sizeof(*p));
	p->head.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MAKE_SEND, 0);
	p->head.msgh_remote_port = to;
	p->body.msgh_descriptor_count = 1;
	p->d.port.type = type;
}

void
parcel_right(struct parcel *p, mach_port_t to, mach_port_t right,
    mach_msg_type_name_t disposition)
{
	parcel_init(p, to, MACH_MSG_PORT_DESCRIPTOR);
	p->d.port.name = right;
	p->d.port.disposition = disposition;
}

void
parcel_memory(struct parcel *p, mach_port_t to, void *memory, size_t size)
{
	parcel_init(p, to, MACH_MSG_OOL_DESCRIPTOR);
	p->d.memory.address = memory;
	p->d.memory.size = size;
}

mach_msg_return_t
parcel_send(struct parcel *p)
{
	return (mach_msg(&p->head, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
	    parcel_size(p), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

mach_msg_return_t
parcel_receive(struct parcel *p, mach_port_t from)
{
	return (mach_msg(&p->head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(*p), from, 0, MACH_PORT_NULL));
}

void
head_init(mach_msg_header_t *h, mach_port_t to)
{
	memset(h, 0, sizeof(*h));
	h->msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	h->msgh_remote_port = to;
}

mach_msg_return_t
head_send(mach_msg_header_t *h)
{
	return (mach_msg(h, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(*h), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

mach_port_status_t
port_status(mach_port_t port)
{
	mach_msg_type_number_t count;
	mach_port_status_t st;

	count = MACH_PORT_RECEIVE_STATUS_COUNT;
	KR_OK(mach_port_get_attributes(TASK, port, MACH_PORT_RECEIVE_STATUS,
	    (mach_port_info_t)&st, &count));
	return (st);
}

void
port_limit(mach_port_t port, mach_port_msgcount_t qlimit)
{
	mach_port_limits_t limits = { .mpl_qlimit = qlimit };

	KR_OK(mach_port_set_attributes(TASK, port, MACH_PORT_LIMITS_INFO,
	    (mach_port_info_t)&limits, MACH_PORT_LIMITS_INFO_COUNT));
}

mach_port_t
make_set(void)
{
	mach_port_t set;

	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
	return (set);
}

mach_port_t
make_once(mach_port_t port)
{
	mach_msg_type_name_t type;
	mach_port_t once;

	KR_OK(mach_port_extract_right(TASK, port, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &once, &type));
	return (once);
}

mach_port_t
make_dead(void)
{
	mach_port_t port;

	KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_DEAD_NAME, &port));
	return (port);
}
