/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages with rights and memory in them, as the tests of the rules send and
 * receive them.
 */

#ifndef _PARCEL_H_
#define	_PARCEL_H_

#include <mach/mach.h>

#include "fixture.h"

/* A message with one descriptor of any kind. */
struct parcel {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	union {
		mach_msg_port_descriptor_t port;
		mach_msg_ool_descriptor_t memory;
		mach_msg_ool_ports_descriptor_t ports;
	} d;
	mach_msg_max_trailer_t trailer;
};

/* Addressed by a right made for it, with a descriptor of that type. */
void	parcel_init(struct parcel *, mach_port_t to, int type);
/* The same, carrying a right, or `size' bytes of memory. */
void	parcel_right(struct parcel *, mach_port_t to, mach_port_t right,
	    mach_msg_type_name_t disposition);
void	parcel_memory(struct parcel *, mach_port_t to, void *, size_t size);

/* Polls. */
mach_msg_return_t parcel_send(struct parcel *);
mach_msg_return_t parcel_receive(struct parcel *, mach_port_t from);

/* A message without a body, to be sent with a copied right. */
void	head_init(mach_msg_header_t *, mach_port_t to);
mach_msg_return_t head_send(mach_msg_header_t *);

/* What is known of a receive right. */
mach_port_status_t port_status(mach_port_t);
void	port_limit(mach_port_t, mach_port_msgcount_t);

mach_port_t make_set(void);
mach_port_t make_once(mach_port_t);
mach_port_t make_dead(void);

#endif /* !_PARCEL_H_ */
