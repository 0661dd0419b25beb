/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Messages in and out of user space.
 *
 * On the way in the bytes are copied once, out-of-line memory next, and rights
 * last, in one transaction on the sender's space: a message is refused whole or
 * taken whole.  On the way out rights get names in one hold of the receiver's
 * space, the header and descriptors are rewritten in place, and the bytes are
 * copied once, trailer included.
 *
 * Giving a message back to a sender that could not send it (pseudo-receive) is
 * the way out with the header's rights in the places they came from.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/proc.h>
#include <sys/ucred.h>

#include "mach_vm.h"

#define	USER_BITS							\
	(MACH_MSGH_BITS_REMOTE_MASK | MACH_MSGH_BITS_LOCAL_MASK |	\
	    MACH_MSGH_BITS_VOUCHER_MASK | MACH_MSGH_BITS_COMPLEX)

#define	OOL_PORTS_MAX	16384u

#define	GUARD_FLAGS							\
	(MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE |			\
	    MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND)

/*
 * Way in: descriptors.
 */

/*
 * Reads one descriptor.  The disposition of all that carry rights, and the rest
 * of the two that point to memory, are in the same places.
 */
static mach_msg_return_t
parse_descriptor(struct mach_kdesc *d, const void *u)
{
	const mach_msg_guarded_port_descriptor_t *guarded = u;
	const mach_msg_port_descriptor_t *port = u;
	const mach_msg_ool_ports_descriptor_t *ool = u;

	if (d->d_type == MACH_MSG_PORT_DESCRIPTOR) {
		d->d_right.r_source = port->name;
	} else if (d->d_type == MACH_MSG_GUARDED_PORT_DESCRIPTOR) {
		d->d_right.r_source = guarded->name;
		d->d_guard = guarded->context;
		d->d_guard_flags = guarded->flags;
	} else {
		d->d_address = (uintptr_t)ool->address;
		d->d_count = ool->count;
		d->d_copy = ool->copy;
		d->d_deallocate = ool->deallocate != 0;
		if (d->d_type != MACH_MSG_OOL_PORTS_DESCRIPTOR)
			return (d->d_copy <= MACH_MSG_VIRTUAL_COPY ?
			    MACH_MSG_SUCCESS : MACH_SEND_INVALID_TYPE);
	}
	d->d_right.r_disposition = port->disposition;
	d->d_disposition = mach_disposition_result(port->disposition);
	if (d->d_disposition == 0 ||
	    (d->d_type == MACH_MSG_GUARDED_PORT_DESCRIPTOR &&
	    (d->d_disposition != MACH_MSG_TYPE_PORT_RECEIVE ||
	    (d->d_guard_flags & ~GUARD_FLAGS) != 0)))
		return (MACH_SEND_INVALID_TYPE);
	return (d->d_count <= OOL_PORTS_MAX ? MACH_MSG_SUCCESS :
	    MACH_SEND_NO_BUFFER);
}

CTASSERT(__offsetof(mach_msg_ool_descriptor_t, size) ==
    __offsetof(mach_msg_ool_ports_descriptor_t, count));

/* The type is the last byte of the third word in every kind of descriptor. */
static uint8_t
descriptor_type(const char *u)
{
	return (((const mach_msg_type_descriptor_t *)(const void *)u)->type);
}

/*
 * Reads the descriptors of a complex message.  Takes nothing yet.
 */
static mach_msg_return_t
parse_body(struct mach_kmsg *k)
{
	mach_msg_return_t mr;
	mach_msg_base_t *base;
	const char *u, *end;
	uint32_t i, n;
	size_t size;

	if (k->k_size < sizeof(mach_msg_base_t))
		return (MACH_SEND_MSG_TOO_SMALL);
	base = (mach_msg_base_t *)(void *)k->k_data;
	n = base->body.msgh_descriptor_count;
	u = (const char *)(base + 1);
	end = k->k_data + k->k_size;
	if (n > (size_t)(end - u) / sizeof(mach_msg_type_descriptor_t))
		return (MACH_SEND_MSG_TOO_SMALL);
	k->k_desc = n <= MACH_KMSG_INLINE_DESC ? k->k_desc0 :
	    malloc(n * sizeof(*k->k_desc), M_MACH, M_WAITOK);
	memset(k->k_desc, 0, n * sizeof(*k->k_desc));
	for (i = 0; i < n; i++) {
		if ((size_t)(end - u) < sizeof(mach_msg_type_descriptor_t))
			return (MACH_SEND_MSG_TOO_SMALL);
		k->k_desc[i].d_type = descriptor_type(u);
		size = mach_kdesc_size(k->k_desc[i].d_type);
		if (size == 0)
			return (MACH_SEND_INVALID_TYPE);
		if ((size_t)(end - u) < size)
			return (MACH_SEND_MSG_TOO_SMALL);
		k->k_ndesc = i + 1;
		mr = parse_descriptor(&k->k_desc[i], u);
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
		u += size;
	}
	return (MACH_MSG_SUCCESS);
}

/* Bytes of the kernel for a descriptor; a send-once right may notify. */
static u_long
memory_of(const struct mach_kdesc *d)
{
	u_long once;

	once = d->d_disposition == MACH_MSG_TYPE_PORT_SEND_ONCE ?
	    MACH_KMSG_LEAST : 0;
	if (mach_kdesc_is_port(d->d_type))
		return (once);
	return (d->d_type == MACH_MSG_OOL_PORTS_DESCRIPTOR ? d->d_count *
	    (sizeof(*d->d_rights) + once) : mach_vm_copy_takes(d->d_count));
}

static bool
charge_memory(struct mach_kmsg *k)
{
	u_long size;
	u_int i;

	size = k->k_desc != k->k_desc0 ? k->k_ndesc * sizeof(*k->k_desc) : 0;
	for (i = 0; i < k->k_ndesc; i++)
		size += memory_of(&k->k_desc[i]);
	if (size != 0 && !mach_charge(k->k_user, MACH_BYTES, size))
		return (false);
	k->k_charged = size;
	return (true);
}

static mach_msg_return_t
copyin_ool(struct mach_thread *th, struct mach_kdesc *d)
{
	int error;

	error = mach_vm_copyin(th->th_td, d->d_address, d->d_count,
	    &d->d_memory);
	if (error == EFAULT)
		return (MACH_SEND_INVALID_MEMORY);
	return (error == 0 ? MACH_MSG_SUCCESS : MACH_SEND_NO_BUFFER);
}

/* Reads the array of names; the rights come with the others. */
static mach_msg_return_t
copyin_ool_ports(struct mach_kdesc *d)
{
	mach_port_name_t *names;
	uint32_t i;
	int error;

	names = malloc(d->d_count * sizeof(*names), M_MACH, M_WAITOK);
	error = copyin((const void *)(uintptr_t)d->d_address, names,
	    d->d_count * sizeof(*names));
	if (error == 0) {
		d->d_rights = malloc(d->d_count * sizeof(*d->d_rights), M_MACH,
		    M_WAITOK | M_ZERO);
		for (i = 0; i < d->d_count; i++) {
			d->d_rights[i].r_source = names[i];
			d->d_rights[i].r_disposition =
			    d->d_right.r_disposition;
		}
	}
	free(names, M_MACH);
	return (error == 0 ? MACH_MSG_SUCCESS : MACH_SEND_INVALID_MEMORY);
}

static mach_msg_return_t
copyin_memory(struct mach_thread *th, struct mach_kmsg *k)
{
	struct mach_kdesc *d;
	mach_msg_return_t mr;
	u_int i;

	if (!charge_memory(k))
		return (MACH_SEND_NO_BUFFER);
	for (i = 0; i < k->k_ndesc; i++) {
		d = &k->k_desc[i];
		if (mach_kdesc_is_port(d->d_type) || d->d_count == 0)
			continue;
		if (d->d_type == MACH_MSG_OOL_PORTS_DESCRIPTOR)
			mr = copyin_ool_ports(d);
		else
			mr = copyin_ool(th, d);
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
	}
	return (MACH_MSG_SUCCESS);
}

/* Removes what a descriptor points to from the current process. */
static void
unmap_descriptor(struct mach_thread *th, struct mach_kdesc *d)
{
	vm_size_t size;

	if (d->d_address == 0 || d->d_count == 0)
		return;
	size = d->d_type == MACH_MSG_OOL_PORTS_DESCRIPTOR ?
	    d->d_count * sizeof(mach_port_name_t) : d->d_count;
	mach_vm_unmap(th->th_td, d->d_address, size);
	d->d_address = 0;
}

/* The sender asked for these pages to be gone once the message is sent. */
static void
deallocate_memory(struct mach_thread *th, struct mach_kmsg *k)
{
	u_int i;

	for (i = 0; i < k->k_ndesc; i++) {
		if (k->k_desc[i].d_deallocate)
			unmap_descriptor(th, &k->k_desc[i]);
	}
}

/*
 * Way in: rights.
 */

/*
 * Takes a right; `invalid' is what the sender is told if there is no such
 * right.
 */
static inline mach_msg_return_t
take_right(struct mach_copyin *ci, mach_port_name_t name, uint32_t disposition,
    struct mach_right *right, mach_msg_return_t invalid)
{
	kern_return_t kr;

	kr = mach_copyin_right(ci, name, disposition, right);
	if (kr == KERN_SUCCESS)
		return (MACH_MSG_SUCCESS);
	return (kr == KERN_RESOURCE_SHORTAGE ? MACH_SEND_NO_BUFFER : invalid);
}

static inline mach_msg_return_t
take_dest(struct mach_copyin *ci, struct mach_kmsg *k,
    const mach_msg_header_t *h)
{
	mach_msg_return_t mr;

	mr = take_right(ci, h->msgh_remote_port,
	    MACH_MSGH_BITS_REMOTE(h->msgh_bits), &k->k_dest,
	    MACH_SEND_INVALID_DEST);
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	return (k->k_dest.r_port != NULL ? MACH_MSG_SUCCESS :
	    MACH_SEND_INVALID_DEST);
}

static inline mach_msg_return_t
take_reply(struct mach_copyin *ci, struct mach_kmsg *k,
    const mach_msg_header_t *h)
{
	if (MACH_MSGH_BITS_LOCAL(h->msgh_bits) == 0)
		return (MACH_MSG_SUCCESS);
	return (take_right(ci, h->msgh_local_port,
	    MACH_MSGH_BITS_LOCAL(h->msgh_bits), &k->k_reply,
	    MACH_SEND_INVALID_REPLY));
}

/*
 * Both rights of the header, which may be of one name: a right that is moved
 * is taken last, so that copying or making the other still finds it.
 */
static mach_msg_return_t
take_header(struct mach_copyin *ci, struct mach_kmsg *k)
{
	const mach_msg_header_t *h;
	mach_msg_return_t mr;
	uint32_t dest;

	h = k_header(k);
	dest = MACH_MSGH_BITS_REMOTE(h->msgh_bits);
	if (dest == MACH_MSG_TYPE_MOVE_SEND ||
	    dest == MACH_MSG_TYPE_MOVE_SEND_ONCE) {
		mr = take_reply(ci, k, h);
		return (mr != MACH_MSG_SUCCESS ? mr : take_dest(ci, k, h));
	}
	mr = take_dest(ci, k, h);
	return (mr != MACH_MSG_SUCCESS ? mr : take_reply(ci, k, h));
}

static mach_msg_return_t
take_body(struct mach_copyin *ci, struct mach_kmsg *k)
{
	struct mach_right *right;
	struct mach_cursor c;
	struct mach_kdesc *d;
	mach_msg_return_t mr;

	MACH_RIGHT_FOREACH(right, d, k, c) {
		ci->ci_guarded = d->d_type == MACH_MSG_GUARDED_PORT_DESCRIPTOR ?
		    d : NULL;
		mr = take_right(ci, right->r_source, right->r_disposition,
		    right, MACH_SEND_INVALID_RIGHT);
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
	}
	return (MACH_MSG_SUCCESS);
}

static void
undo_rights(struct mach_copyin *ci, struct mach_kmsg *k)
{
	struct mach_right *right;
	struct mach_cursor c;
	struct mach_kdesc *d;

	mach_copyin_undo(ci, &k->k_dest);
	mach_copyin_undo(ci, &k->k_reply);
	MACH_RIGHT_FOREACH(right, d, k, c)
		mach_copyin_undo(ci, right);
}

static mach_msg_return_t
copyin_rights(struct mach_space *space, struct mach_kmsg *k,
    mach_port_name_t rcv_name, struct mach_source *so, struct mach_reap *reap)
{
	struct mach_copyin ci;
	mach_msg_return_t mr;

	mtx_lock(&space->s_lock);
	mach_copyin_begin(&ci, space, reap);
	mr = take_header(&ci, k);
	if (mr == MACH_MSG_SUCCESS && k->k_ndesc != 0)
		mr = take_body(&ci, k);
	if (mr != MACH_MSG_SUCCESS)
		undo_rights(&ci, k);
	mach_copyin_commit(&ci);
	if (mr == MACH_MSG_SUCCESS)
		mach_source_find(space, rcv_name, so);
	mtx_unlock(&space->s_lock);
	return (mr);
}

/*
 * Way in: the header.
 */

static bool
is_send_disposition(uint8_t disposition)
{
	return (disposition != MACH_MSG_TYPE_MOVE_RECEIVE &&
	    mach_disposition_result(disposition) != 0);
}

static mach_msg_return_t
check_header(const mach_msg_header_t *h)
{
	uint32_t reply;

	if ((h->msgh_bits & ~USER_BITS) != 0)
		return (MACH_SEND_INVALID_HEADER);
	if (!MACH_PORT_VALID(h->msgh_remote_port))
		return (MACH_SEND_INVALID_DEST);
	if (!is_send_disposition(MACH_MSGH_BITS_REMOTE(h->msgh_bits)))
		return (MACH_SEND_INVALID_HEADER);
	reply = MACH_MSGH_BITS_LOCAL(h->msgh_bits);
	return ((reply == 0 ? h->msgh_local_port == MACH_PORT_NULL :
	    is_send_disposition(reply)) ?
	    MACH_MSG_SUCCESS : MACH_SEND_INVALID_HEADER);
}

static mach_msg_return_t
copyin_all(struct mach_thread *th, struct mach_kmsg *k, vm_offset_t uaddr,
    mach_port_name_t rcv_name, struct mach_source *so, struct mach_reap *reap)
{
	mach_msg_return_t mr;

	if (copyin((const void *)uaddr, k->k_data, k->k_size) != 0)
		return (MACH_SEND_INVALID_DATA);
	mr = check_header(k_header(k));
	if (mr != MACH_MSG_SUCCESS)
		return (mr);
	if ((k_header(k)->msgh_bits & MACH_MSGH_BITS_COMPLEX) != 0) {
		mr = parse_body(k);
		if (mr == MACH_MSG_SUCCESS)
			mr = copyin_memory(th, k);
		if (mr != MACH_MSG_SUCCESS)
			return (mr);
	}
	mr = copyin_rights(th->th_task->t_space, k, rcv_name, so, reap);
	if (mr == MACH_MSG_SUCCESS && k->k_ndesc != 0)
		deallocate_memory(th, k);
	return (mr);
}

/*
 * Copies a message of `size' bytes in.  On any error nothing has been taken
 * from the sender.  While the sender's space is locked, finds what the sender
 * will receive from by `rcv_name'; that may be nothing.
 */
mach_msg_return_t
mach_kmsg_copyin(struct mach_thread *th, vm_offset_t uaddr, uint32_t size,
    mach_port_name_t rcv_name, struct mach_source *so, struct mach_kmsg **kp,
    struct mach_reap *reap)
{
	mach_msg_max_trailer_t *t;
	struct ucred *cred;
	struct mach_kmsg *k;
	mach_msg_return_t mr;

	if (size < sizeof(mach_msg_header_t) || (size & 3) != 0)
		return (MACH_SEND_MSG_TOO_SMALL);
	if (size > mach_max_inline)
		return (MACH_SEND_TOO_LARGE);
	cred = th->th_td->td_ucred;
	k = mach_kmsg_alloc(th, size);
	k->k_user = mach_task_user(th->th_task, cred);
	mr = copyin_all(th, k, uaddr, rcv_name, so, reap);
	if (mr != MACH_MSG_SUCCESS) {
		mach_kmsg_free(th, k);
		return (mr);
	}
	t = mach_kmsg_trailer(k);
	mach_task_tokens(th->th_task, cred, &t->msgh_sender, &t->msgh_audit);
	*kp = k;
	return (MACH_MSG_SUCCESS);
}

/*
 * Way out: memory.
 */

static u_int
count_rights(struct mach_kmsg *k)
{
	struct mach_right *right;
	struct mach_cursor c;
	struct mach_kdesc *d;
	u_int n;

	n = 2;
	MACH_RIGHT_FOREACH(right, d, k, c)
		n++;
	return (n);
}

/* Maps the memory of one descriptor and leaves its new address there. */
static bool
map_descriptor(struct mach_thread *th, struct mach_kdesc *d)
{
	vm_offset_t address;

	address = 0;
	if (d->d_type == MACH_MSG_OOL_PORTS_DESCRIPTOR && d->d_count != 0 &&
	    mach_vm_copy_zero(d->d_count * sizeof(mach_port_name_t),
	    &d->d_memory) != 0)
		d->d_memory = NULL;
	if (d->d_memory != NULL &&
	    mach_vm_copyout(th->th_td, d->d_memory, &address) == 0)
		d->d_memory = NULL;
	d->d_address = address;
	return (d->d_count == 0 || address != 0);
}

static mach_msg_return_t
map_memory(struct mach_thread *th, struct mach_kmsg *k)
{
	mach_msg_return_t mr;
	struct mach_kdesc *d;
	u_int i;

	mr = MACH_MSG_SUCCESS;
	for (i = 0; i < k->k_ndesc; i++) {
		d = &k->k_desc[i];
		if (mach_kdesc_is_port(d->d_type))
			continue;
		if (!map_descriptor(th, d))
			mr = MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE;
	}
	return (mr);
}

/*
 * Way out: rights.
 */

/* Names one right of a descriptor; a guarded port gets its new guard first. */
static bool
name_right(struct mach_space *space, struct mach_kdesc *d,
    struct mach_right *right, struct mach_reap *reap)
{
	mach_port_name_t name;

	if (d->d_type == MACH_MSG_GUARDED_PORT_DESCRIPTOR &&
	    right->r_port != NULL)
		mach_port_reguard(right->r_port, d->d_guard,
		    (d->d_guard_flags &
		    MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE) != 0);
	if (mach_right_copyout(space, right, &name, reap) != KERN_SUCCESS)
		return (false);
	right->r_name = name;
	return (true);
}

/*
 * Names every right of the body and leaves the names in r_name.  Rights there
 * is no room for stay, and are released later.  The new guard of a guarded port
 * is the address of the message.
 */
static mach_msg_return_t
name_body(struct mach_space *space, struct mach_kmsg *k, vm_offset_t uaddr,
    struct mach_reap *reap)
{
	struct mach_right *right;
	struct mach_cursor c;
	struct mach_kdesc *d;
	mach_msg_return_t mr;

	mr = MACH_MSG_SUCCESS;
	MACH_RIGHT_FOREACH(right, d, k, c) {
		if (d->d_type == MACH_MSG_OOL_PORTS_DESCRIPTOR &&
		    d->d_address == 0)
			continue;
		d->d_guard = uaddr;
		if (!name_right(space, d, right, reap))
			mr = MACH_RCV_BODY_ERROR | MACH_MSG_IPC_SPACE;
	}
	return (mr);
}

/* The name of a receive right that is not where it was. */
static __noinline mach_port_name_t
name_of_moved(struct mach_space *space, struct mach_port *port)
{
	mach_port_name_t name;

	mtx_lock(&port->p_lock);
	if (port->p_space == space)
		name = port->p_name;
	else
		name = port->p_dead ? MACH_PORT_DEAD : MACH_PORT_NULL;
	mtx_unlock(&port->p_lock);
	return (name);
}

/*
 * The name of the receive right a message was taken from, at this moment.  The
 * space is locked, so that a right that is still there stays.
 */
static inline mach_port_name_t
name_of_receiver(struct mach_space *space, struct mach_kmsg *k)
{
	return (mach_entry_receives(space, k->k_name, k->k_from) ? k->k_name :
	    name_of_moved(space, k->k_from));
}

/*
 * Turns the header round for the receiver: the reply right becomes the remote
 * port.  Called with the space locked.
 */
static mach_msg_return_t
reverse_header(struct mach_space *space, struct mach_kmsg *k,
    struct mach_reap *reap)
{
	mach_msg_return_t mr;
	mach_msg_header_t *h;
	uint8_t dest, reply;

	h = k_header(k);
	dest = k->k_dest.r_type;
	reply = k->k_reply.r_type;
	mr = MACH_MSG_SUCCESS;
	if (mach_right_copyout(space, &k->k_reply, &h->msgh_remote_port,
	    reap) != KERN_SUCCESS) {
		h->msgh_remote_port = MACH_PORT_NULL;
		reply = 0;
		mr = MACH_RCV_HEADER_ERROR | MACH_MSG_IPC_SPACE;
	}
	h->msgh_bits = (h->msgh_bits & MACH_MSGH_BITS_COMPLEX) |
	    MACH_MSGH_BITS(reply, dest);
	h->msgh_local_port = name_of_receiver(space, k);
	h->msgh_voucher_port = MACH_PORT_NULL;
	h->msgh_size = k->k_size;
	return (mr);
}

/*
 * Way out: the body as the receiver sees it.
 */

static void
write_names(struct mach_kdesc *d)
{
	mach_port_name_t *names;
	u_int i;

	if (d->d_rights == NULL || d->d_address == 0)
		return;
	names = malloc(d->d_count * sizeof(*names), M_MACH, M_WAITOK);
	for (i = 0; i < d->d_count; i++)
		names[i] = d->d_rights[i].r_name;
	/* Another thread may have unmapped it; then it has asked for that. */
	(void)copyout(names, (void *)(uintptr_t)d->d_address,
	    d->d_count * sizeof(*names));
	free(names, M_MACH);
}

static void
write_descriptor(struct mach_kdesc *d, void *u)
{
	mach_msg_guarded_port_descriptor_t *guarded = u;
	mach_msg_port_descriptor_t *port = u;
	mach_msg_ool_ports_descriptor_t *ool = u;

	if (d->d_type == MACH_MSG_PORT_DESCRIPTOR) {
		port->name = d->d_right.r_name;
		port->pad1 = 0;
		port->pad2 = 0;
	} else if (d->d_type == MACH_MSG_GUARDED_PORT_DESCRIPTOR) {
		guarded->context = d->d_guard;
		guarded->name = d->d_right.r_name;
	} else {
		ool->address = (void *)(uintptr_t)d->d_address;
		ool->deallocate = TRUE;
		ool->count = d->d_address != 0 ? d->d_count : 0;
		write_names(d);
	}
	/* Padding, in the descriptor of memory without rights. */
	port->disposition = d->d_disposition;
}

static void
write_body(struct mach_kmsg *k)
{
	char *u;
	u_int i;

	u = k->k_data + sizeof(mach_msg_base_t);
	for (i = 0; i < k->k_ndesc; i++) {
		write_descriptor(&k->k_desc[i], u);
		u += mach_kdesc_size(k->k_desc[i].d_type);
	}
}

/* Completes the trailer, and returns its size. */
static uint32_t
write_trailer(struct mach_kmsg *k, mach_msg_option_t option)
{
	mach_msg_max_trailer_t *t;

	t = mach_kmsg_trailer(k);
	t->msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
	t->msgh_trailer_size = mach_trailer_size(option);
	t->msgh_seqno = k->k_seqno;
	t->msgh_context = k->k_context;
	t->msgh_ad = 0;
	t->msgh_labels.sender = MACH_PORT_NULL;
	return (t->msgh_trailer_size);
}

/*
 * The receiver's buffer could not be written after all: what it was about to be
 * told of is taken back and destroyed.
 */

static void
retract_name(struct mach_space *space, mach_port_name_t name, uint8_t type,
    struct mach_reap *reap)
{
	struct mach_rights rights = { 0 };
	struct mach_entry *e;

	mtx_lock(&space->s_lock);
	e = MACH_PORT_VALID(name) ? mach_entry_lookup(space, name) : NULL;
	if (e != NULL && type != MACH_MSG_TYPE_PORT_RECEIVE &&
	    (e->e_bits & (MACH_PORT_TYPE_SEND_RIGHTS |
	    MACH_PORT_TYPE_DEAD_NAME)) != 0)
		mach_entry_drop_sends(space, e, 1, &rights, reap);
	else if (e != NULL && type == MACH_MSG_TYPE_PORT_RECEIVE &&
	    (e->e_bits & MACH_PORT_TYPE_RECEIVE) != 0)
		mach_entry_drop_receive(space, e, &rights, reap);
	mtx_unlock(&space->s_lock);
	mach_rights_release(&rights, reap);
}

static void
retract_body(struct mach_thread *th, struct mach_kmsg *k,
    struct mach_reap *reap)
{
	struct mach_right *right;
	struct mach_cursor c;
	struct mach_kdesc *d;
	u_int i;

	MACH_RIGHT_FOREACH(right, d, k, c)
		retract_name(th->th_task->t_space, right->r_name,
		    d->d_disposition, reap);
	for (i = 0; i < k->k_ndesc; i++)
		unmap_descriptor(th, &k->k_desc[i]);
}

/*
 * Delivers a message that was taken off its port to the current task's buffer,
 * which is large enough.  Consumes the message.
 */
mach_msg_return_t
mach_kmsg_copyout(struct mach_thread *th, struct mach_kmsg *k,
    vm_offset_t uaddr, mach_msg_option_t option, struct mach_reap *reap)
{
	struct mach_space *space;
	mach_msg_return_t mr, hr;
	uint32_t size;
	bool body;

	space = th->th_task->t_space;
	body = k->k_ndesc != 0;
	mr = MACH_MSG_SUCCESS;
	if (body) {
		mach_transit_end(k);
		mr = map_memory(th, k);
	}
	mach_space_reserve(space, body ? count_rights(k) : 1);
	hr = reverse_header(space, k, reap);
	if (hr == MACH_MSG_SUCCESS && body)
		mr |= name_body(space, k, uaddr, reap);
	mtx_unlock(&space->s_lock);
	if (hr != MACH_MSG_SUCCESS) {
		retract_body(th, k, reap);
		mr = hr;
	}
	if (hr != MACH_MSG_SUCCESS || body) {
		mach_kmsg_release_rights(k, reap);
		write_body(k);
	}
	size = k->k_size + write_trailer(k, option);
	if (copyout(k->k_data, (void *)uaddr, size) != 0) {
		retract_name(space, k_header(k)->msgh_remote_port,
		    MACH_MSGH_BITS_REMOTE(k_header(k)->msgh_bits), reap);
		retract_body(th, k, reap);
		mr = MACH_RCV_INVALID_DATA;
	}
	mach_kmsg_free(th, k);
	return (mr);
}

/*
 * Delivers only the header of a message that does not fit in `room' bytes and
 * is destroyed: everything in it is right but the reply port.
 */
mach_msg_return_t
mach_kmsg_copyout_header(struct mach_thread *th, struct mach_kmsg *k,
    vm_offset_t uaddr, uint32_t room, struct mach_reap *reap)
{
	struct {
		mach_msg_header_t h;
		mach_msg_max_trailer_t t;
	} __packed __aligned(4) u;
	struct mach_space *space;
	mach_msg_header_t *h;
	uint32_t size;
	int error;

	memset(&u, 0, sizeof(u));
	space = th->th_task->t_space;
	h = k_header(k);
	u.h.msgh_bits = (h->msgh_bits & MACH_MSGH_BITS_COMPLEX) |
	    MACH_MSGH_BITS(0, k->k_dest.r_type);
	u.h.msgh_size = k->k_size;
	u.h.msgh_id = h->msgh_id;
	mtx_lock(&space->s_lock);
	u.h.msgh_local_port = name_of_receiver(space, k);
	mtx_unlock(&space->s_lock);
	u.t.msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
	u.t.msgh_trailer_size = MACH_MSG_TRAILER_MINIMUM_SIZE;
	size = sizeof(u.h) + MACH_MSG_TRAILER_MINIMUM_SIZE;
	error = room < sizeof(u.h) ? 0 : copyout(&u, (void *)uaddr,
	    MIN(room, size));
	STAILQ_INSERT_TAIL(&reap->rp_destroy, k, k_link);
	return (error == 0 ? MACH_RCV_TOO_LARGE : MACH_RCV_INVALID_DATA);
}

/*
 * Pseudo-receive: gives a message that could not be sent back to its sender, in
 * the buffer it was sent from.  Returns the special bits, if any, to be set in
 * the error the sender gets.  Consumes the message.
 */
mach_msg_return_t
mach_kmsg_giveback(struct mach_thread *th, struct mach_kmsg *k,
    vm_offset_t uaddr, struct mach_reap *reap)
{
	struct mach_space *space;
	mach_msg_return_t mr;
	mach_msg_header_t *h;
	uint8_t dest, reply;

	space = th->th_task->t_space;
	h = k_header(k);
	dest = k->k_dest.r_type;
	reply = k->k_reply.r_type;
	mach_transit_end(k);
	mr = map_memory(th, k);
	mach_space_reserve(space, count_rights(k));
	h->msgh_bits = (h->msgh_bits & MACH_MSGH_BITS_COMPLEX) |
	    MACH_MSGH_BITS(dest, reply);
	if (mach_right_copyout(space, &k->k_dest, &h->msgh_remote_port,
	    reap) != KERN_SUCCESS) {
		h->msgh_remote_port = MACH_PORT_NULL;
		mr |= MACH_MSG_IPC_SPACE;
	}
	if (mach_right_copyout(space, &k->k_reply, &h->msgh_local_port,
	    reap) != KERN_SUCCESS) {
		h->msgh_local_port = MACH_PORT_NULL;
		mr |= MACH_MSG_IPC_SPACE;
	}
	mr |= name_body(space, k, uaddr, reap);
	mtx_unlock(&space->s_lock);
	mach_kmsg_release_rights(k, reap);
	write_body(k);
	h->msgh_size = k->k_size;
	if (copyout(k->k_data, (void *)uaddr, k->k_size) != 0) {
		retract_name(space, h->msgh_remote_port, dest, reap);
		retract_name(space, h->msgh_local_port, reply, reap);
		retract_body(th, k, reap);
	}
	mach_kmsg_free(th, k);
	return (mr & MACH_MSG_MASK);
}
