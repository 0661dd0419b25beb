/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_msg_destroy(): gives up everything a message holds.
 */

#include <stddef.h>

#include <mach/mach.h>

/*
 * Releases one right.  A message that could not be sent, or has been received,
 * holds rights under the dispositions PORT_RECEIVE, PORT_SEND and
 * PORT_SEND_ONCE; one that was never sent may hold rights to be made or copied,
 * of which only the moved ones are the message's own.
 */
static void
destroy_right(mach_port_t name, mach_msg_type_name_t disposition)
{
	if (!MACH_PORT_VALID(name))
		return;
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		(void)mach_port_deallocate(mach_task_self(), name);
		break;
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		(void)mach_port_mod_refs(mach_task_self(), name,
		    MACH_PORT_RIGHT_RECEIVE, -1);
		break;
	default:
		break;
	}
}

/*
 * A receive right that has arrived is guarded with the context given beside it;
 * one that was never sent may have no guard.
 */
static void
destroy_guarded(const mach_msg_guarded_port_descriptor_t *d)
{
	if (MACH_PORT_VALID(d->name) && mach_port_destruct(mach_task_self(),
	    d->name, 0, d->context) != KERN_SUCCESS)
		destroy_right(d->name, d->disposition);
}

static void
destroy_memory(void *address, vm_size_t size, boolean_t deallocate)
{
	if (deallocate && size != 0)
		(void)vm_deallocate(mach_task_self(), (vm_address_t)address,
		    size);
}

static void
destroy_ool_ports(const mach_msg_ool_ports_descriptor_t *d)
{
	const mach_port_t *names;
	mach_msg_size_t i;

	names = d->address;
	if (names == NULL)
		return;
	for (i = 0; i < d->count; i++)
		destroy_right(names[i], d->disposition);
	destroy_memory(d->address, d->count * sizeof(*names), d->deallocate);
}

/* Destroys what a descriptor holds; returns the one after it. */
static const mach_msg_descriptor_t *
destroy_descriptor(const mach_msg_descriptor_t *d)
{
	switch (d->type.type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		destroy_right(d->port.name, d->port.disposition);
		return ((const void *)(&d->port + 1));
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		destroy_guarded(&d->guarded_port);
		return ((const void *)(&d->guarded_port + 1));
	case MACH_MSG_OOL_PORTS_DESCRIPTOR:
		destroy_ool_ports(&d->ool_ports);
		return ((const void *)(&d->ool_ports + 1));
	default:
		destroy_memory(d->out_of_line.address, d->out_of_line.size,
		    d->out_of_line.deallocate);
		return ((const void *)(&d->out_of_line + 1));
	}
}

/*
 * The local port of a received message names the receive right it came through,
 * which is not the message's, whatever the disposition says.  That of a message
 * that could not be sent is a right to reply; a send-once right cannot be
 * mistaken for the other case, because it always has a name of its own.
 */
static void
destroy_local(const mach_msg_header_t *msg)
{
	mach_port_type_t type;

	if (MACH_MSGH_BITS_LOCAL(msg->msgh_bits) ==
	    MACH_MSG_TYPE_PORT_SEND_ONCE &&
	    MACH_PORT_VALID(msg->msgh_local_port) &&
	    mach_port_type(mach_task_self(), msg->msgh_local_port, &type) ==
	    KERN_SUCCESS && (type & MACH_PORT_TYPE_SEND_ONCE) != 0)
		(void)mach_port_deallocate(mach_task_self(),
		    msg->msgh_local_port);
}

/*
 * Releases the rights and the out-of-line memory of a message that was received
 * or that could not be sent.  The message itself is left alone.  Source of the
 * rule: mach_msg_destroy(3) of OSF.
 */
void
mach_msg_destroy(mach_msg_header_t *msg)
{
	const mach_msg_descriptor_t *d;
	const mach_msg_base_t *base;
	mach_msg_size_t i;

	destroy_right(msg->msgh_remote_port,
	    MACH_MSGH_BITS_REMOTE(msg->msgh_bits));
	destroy_local(msg);
	if ((msg->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0)
		return;
	base = (const mach_msg_base_t *)msg;
	d = (const void *)(base + 1);
	for (i = 0; i < base->body.msgh_descriptor_count; i++)
		d = destroy_descriptor(d);
}
