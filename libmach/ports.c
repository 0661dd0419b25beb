/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_port_...(): names and the rights under them.
 *
 * `task' is the caller's own task port in every call; any other name gives
 * KERN_INVALID_TASK.  KERN_INVALID_NAME is for a name that denotes nothing,
 * KERN_INVALID_RIGHT for one that denotes another kind of right.  The rules are
 * those of the OSF manual pages of the same names; each function names only
 * what is particular to it.
 */

#include <string.h>
#include <unistd.h>

#include <mach/mach.h>

#include "trap.h"

/*
 * Makes a receive right, a port set or a dead name with one reference.
 * KERN_INVALID_VALUE for other kinds, KERN_NO_SPACE when the task has as many
 * names as it may, KERN_RESOURCE_SHORTAGE when the system has as many ports.
 */
kern_return_t
mach_port_allocate(ipc_space_t task, mach_port_right_t right,
    mach_port_name_t *name)
{
	struct mach_port_allocate_args args = { task, right, 0 };
	kern_return_t kr;

	kr = mach_trap(MACH_TRAP_PORT_ALLOCATE, &args, sizeof(args));
	if (kr == KERN_SUCCESS)
		*name = args.name;
	return (kr);
}

/*
 * Makes a receive right with a context and options (MPO_...).  With
 * MPO_CONTEXT_AS_GUARD the context must be shown to destroy the right, and the
 * right cannot move.  KERN_NOT_SUPPORTED for options without a meaning here;
 * also see mach_port_allocate().
 */
kern_return_t
mach_port_construct(ipc_space_t task, mach_port_options_ptr_t options,
    mach_port_context_t context, mach_port_name_t *name)
{
	struct mach_port_construct_args args;
	kern_return_t kr;

	memset(&args, 0, sizeof(args));
	args.task = task;
	args.context = context;
	if (options != NULL) {
		args.flags = options->flags;
		args.qlimit = options->mpl.mpl_qlimit;
	}
	kr = mach_trap(MACH_TRAP_PORT_CONSTRUCT, &args, sizeof(args));
	if (kr == KERN_SUCCESS)
		*name = args.name;
	return (kr);
}

/* Gives up one reference to a send, send-once or dead name, or a port set. */
kern_return_t
mach_port_deallocate(ipc_space_t task, mach_port_name_t name)
{
	struct mach_port_name_args args = { task, name };

	return (mach_trap(MACH_TRAP_PORT_DEALLOCATE, &args, sizeof(args)));
}

/* Gives up all rights under a name; KERN_INVALID_RIGHT if it is guarded. */
kern_return_t
mach_port_destroy(ipc_space_t task, mach_port_name_t name)
{
	struct mach_port_name_args args = { task, name };

	return (mach_trap(MACH_TRAP_PORT_DESTROY, &args, sizeof(args)));
}

/*
 * Destroys a receive right, showing its guard (0 if it has none), and -srdelta
 * references to the send right of the same name.  KERN_INVALID_ARGUMENT for the
 * wrong guard, KERN_INVALID_VALUE for a delta that does not fit.
 */
kern_return_t
mach_port_destruct(ipc_space_t task, mach_port_name_t name,
    mach_port_delta_t srdelta, mach_port_guard_t guard)
{
	struct mach_port_destruct_args args = { task, name, srdelta, 0,
	    guard };

	return (mach_trap(MACH_TRAP_PORT_DESTRUCT, &args, sizeof(args)));
}

static kern_return_t
member(int op, ipc_space_t task, mach_port_name_t name, mach_port_name_t pset)
{
	struct mach_port_member_args args = { task, name, pset };

	return (mach_trap(op, &args, sizeof(args)));
}

/*
 * KERN_ALREADY_IN_SET, KERN_INVALID_CAPABILITY if `name' is no receive right.
 */
kern_return_t
mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
    mach_port_name_t pset)
{
	return (member(MACH_TRAP_PORT_INSERT_MEMBER, task, name, pset));
}

/* KERN_NOT_IN_SET. */
kern_return_t
mach_port_extract_member(ipc_space_t task, mach_port_name_t name,
    mach_port_name_t pset)
{
	return (member(MACH_TRAP_PORT_EXTRACT_MEMBER, task, name, pset));
}

/* Out of all sets and into one, or with MACH_PORT_NULL into none. */
kern_return_t
mach_port_move_member(ipc_space_t task, mach_port_name_t name,
    mach_port_name_t after)
{
	return (member(MACH_TRAP_PORT_MOVE_MEMBER, task, name, after));
}

/*
 * Takes a right out of the space as a message would, under a name of its own:
 * *port is the caller's, *type what it is.
 */
kern_return_t
mach_port_extract_right(ipc_space_t task, mach_port_name_t name,
    mach_msg_type_name_t disposition, mach_port_t *port,
    mach_msg_type_name_t *type)
{
	struct mach_port_right_args args = { task, name, 0, disposition };
	kern_return_t kr;

	kr = mach_trap(MACH_TRAP_PORT_EXTRACT_RIGHT, &args, sizeof(args));
	if (kr == KERN_SUCCESS) {
		*port = args.right;
		*type = args.disposition;
	}
	return (kr);
}

/*
 * Puts a right under a name of the caller's choice.  KERN_RIGHT_EXISTS if the
 * task has rights to that port under another name, KERN_NAME_EXISTS if the name
 * denotes another port, KERN_INVALID_CAPABILITY for a null or dead right,
 * KERN_INVALID_VALUE or KERN_FAILURE for a name that cannot be one.  On failure
 * nothing has moved.
 */
kern_return_t
mach_port_insert_right(ipc_space_t task, mach_port_name_t name,
    mach_port_t right, mach_msg_type_name_t disposition)
{
	struct mach_port_right_args args = { task, name, right, disposition };

	return (mach_trap(MACH_TRAP_PORT_INSERT_RIGHT, &args, sizeof(args)));
}

/*
 * Reads limits or state; *count is in words, in and out.  KERN_FAILURE if it is
 * too small, KERN_INVALID_ARGUMENT for an unknown flavour.
 */
kern_return_t
mach_port_get_attributes(ipc_space_t task, mach_port_name_t name,
    mach_port_flavor_t flavor, mach_port_info_t info,
    mach_msg_type_number_t *count)
{
	struct mach_port_attributes_args args;
	kern_return_t kr;

	memset(&args, 0, sizeof(args));
	args.task = task;
	args.name = name;
	args.flavor = (uint32_t)flavor;
	args.count = *count;
	kr = mach_trap(MACH_TRAP_PORT_GET_ATTRIBUTES, &args, sizeof(args));
	if (kr == KERN_SUCCESS) {
		*count = args.count;
		memcpy(info, args.info, args.count * sizeof(*info));
	}
	return (kr);
}

/*
 * Sets limits; launchd's hints TEMPOWNER, IMPORTANCE_RECEIVER and
 * DENAP_RECEIVER are taken note of in no way.  No more of `info' is read than
 * there is to the flavour: launchd counts bytes and not words.
 */
kern_return_t
mach_port_set_attributes(ipc_space_t task, mach_port_name_t name,
    mach_port_flavor_t flavor, mach_port_info_t info,
    mach_msg_type_number_t count)
{
	struct mach_port_attributes_args args;

	memset(&args, 0, sizeof(args));
	args.task = task;
	args.name = name;
	args.flavor = (uint32_t)flavor;
	args.count = count;
	if (flavor == MACH_PORT_LIMITS_INFO &&
	    count >= MACH_PORT_LIMITS_INFO_COUNT)
		memcpy(args.info, info, sizeof(mach_port_limits_t));
	return (mach_trap(MACH_TRAP_PORT_SET_ATTRIBUTES, &args, sizeof(args)));
}

static kern_return_t
guard(int op, ipc_space_t task, mach_port_name_t name, uint64_t value,
    uint64_t new_value, uint64_t flags)
{
	struct mach_port_guard_args args = { task, name, value, new_value,
	    flags };

	return (mach_trap(op, &args, sizeof(args)));
}

kern_return_t
mach_port_get_context(ipc_space_t task, mach_port_name_t name,
    mach_port_context_t *context)
{
	struct mach_port_guard_args args = { task, name, 0, 0, 0 };
	kern_return_t kr;

	kr = mach_trap(MACH_TRAP_PORT_GET_CONTEXT, &args, sizeof(args));
	if (kr == KERN_SUCCESS)
		*context = args.guard;
	return (kr);
}

/* KERN_INVALID_ARGUMENT if the port is strictly guarded. */
kern_return_t
mach_port_set_context(ipc_space_t task, mach_port_name_t name,
    mach_port_context_t context)
{
	return (guard(MACH_TRAP_PORT_SET_CONTEXT, task, name, context, 0, 0));
}

/* KERN_INVALID_ARGUMENT if the port has a guard. */
kern_return_t
mach_port_guard_with_flags(ipc_space_t task, mach_port_name_t name,
    mach_port_guard_t value, uint64_t flags)
{
	return (guard(MACH_TRAP_PORT_GUARD, task, name, value, 0, flags));
}

kern_return_t
mach_port_guard(ipc_space_t task, mach_port_name_t name,
    mach_port_guard_t value, boolean_t strict)
{
	return (mach_port_guard_with_flags(task, name, value,
	    strict ? MPG_STRICT : 0));
}

/* KERN_INVALID_ARGUMENT for the wrong guard, or none to remove. */
kern_return_t
mach_port_unguard(ipc_space_t task, mach_port_name_t name,
    mach_port_guard_t value)
{
	return (guard(MACH_TRAP_PORT_UNGUARD, task, name, value, 0, 0));
}

/* KERN_INVALID_ARGUMENT for the wrong guard, or a strict one. */
kern_return_t
mach_port_swap_guard(ipc_space_t task, mach_port_name_t name,
    mach_port_guard_t old, mach_port_guard_t new)
{
	return (guard(MACH_TRAP_PORT_SWAP_GUARD, task, name, old, new, 0));
}

/* User references of one kind of right; 0 if the name has no such right. */
kern_return_t
mach_port_get_refs(ipc_space_t task, mach_port_name_t name,
    mach_port_right_t right, mach_port_urefs_t *refs)
{
	struct mach_port_refs_args args = { task, name, right, 0 };
	kern_return_t kr;

	kr = mach_trap(MACH_TRAP_PORT_GET_REFS, &args, sizeof(args));
	if (kr == KERN_SUCCESS)
		*refs = (mach_port_urefs_t)args.value;
	return (kr);
}

/*
 * Adds references (send rights and dead names only) or takes them away.
 * KERN_INVALID_VALUE if there are not so many, KERN_UREFS_OVERFLOW.
 */
kern_return_t
mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
    mach_port_right_t right, mach_port_delta_t delta)
{
	struct mach_port_refs_args args = { task, name, right, delta };

	return (mach_trap(MACH_TRAP_PORT_MOD_REFS, &args, sizeof(args)));
}

kern_return_t
mach_port_set_mscount(ipc_space_t task, mach_port_name_t name,
    mach_port_mscount_t mscount)
{
	struct mach_port_refs_args args = { task, name, 0, (int32_t)mscount };

	return (mach_trap(MACH_TRAP_PORT_SET_MSCOUNT, &args, sizeof(args)));
}

kern_return_t
mach_port_set_seqno(ipc_space_t task, mach_port_name_t name,
    mach_port_seqno_t seqno)
{
	struct mach_port_refs_args args = { task, name, 0, (int32_t)seqno };

	return (mach_trap(MACH_TRAP_PORT_SET_SEQNO, &args, sizeof(args)));
}

/* The kinds of right under a name, and requests outstanding on it. */
kern_return_t
mach_port_type(ipc_space_t task, mach_port_name_t name, mach_port_type_t *type)
{
	struct mach_port_type_args args = { task, name, 0 };
	kern_return_t kr;

	kr = mach_trap(MACH_TRAP_PORT_TYPE, &args, sizeof(args));
	if (kr == KERN_SUCCESS)
		*type = args.type;
	return (kr);
}

/* Room for names to begin with, and for those made while we look. */
#define	NAMES_GUESS	64u

/*
 * Makes an array as large as the caller will believe it is when he frees it:
 * gives back the pages behind its last word, all if there is no word.
 */
static uint32_t *
trim(ipc_space_t task, vm_address_t array, vm_size_t size, uint32_t count)
{
	vm_size_t mask, used;

	mask = (vm_size_t)getpagesize() - 1;
	used = (count * sizeof(uint32_t) + mask) & ~mask;
	size = (size + mask) & ~mask;
	(void)vm_deallocate(task, array + used, size - used);
	return (count != 0 ? (uint32_t *)array : NULL);
}

/*
 * Fills one or two arrays of the caller's, to be freed with vm_deallocate().
 */
static kern_return_t
list_names(int op, ipc_space_t task, mach_port_name_t name, uint32_t **names,
    uint32_t **types, mach_msg_type_number_t *count)
{
	struct mach_port_names_args args;
	vm_address_t a, b;
	vm_size_t size;
	uint32_t capacity;
	kern_return_t kr;

	for (capacity = NAMES_GUESS;; capacity = args.count + NAMES_GUESS) {
		a = b = 0;
		size = capacity * sizeof(uint32_t);
		kr = vm_allocate(task, &a, size, VM_FLAGS_ANYWHERE);
		if (kr == KERN_SUCCESS && types != NULL)
			kr = vm_allocate(task, &b, size, VM_FLAGS_ANYWHERE);
		memset(&args, 0, sizeof(args));
		args.task = task;
		args.name = name;
		args.names = a;
		args.types = b;
		args.capacity = capacity;
		if (kr == KERN_SUCCESS)
			kr = mach_trap(op, &args, sizeof(args));
		if (kr == KERN_SUCCESS && args.count <= capacity)
			break;
		if (a != 0)
			(void)vm_deallocate(task, a, size);
		if (b != 0)
			(void)vm_deallocate(task, b, size);
		if (kr != KERN_SUCCESS)
			return (kr);
	}
	*count = args.count;
	*names = trim(task, a, size, args.count);
	if (types != NULL)
		*types = trim(task, b, size, args.count);
	return (KERN_SUCCESS);
}

/*
 * All names of the task and their types, in two arrays the caller frees with
 * vm_deallocate().
 */
kern_return_t
mach_port_names(ipc_space_t task, mach_port_name_array_t *names,
    mach_msg_type_number_t *ncount, mach_port_type_array_t *types,
    mach_msg_type_number_t *tcount)
{
	kern_return_t kr;

	kr = list_names(MACH_TRAP_PORT_NAMES, task, MACH_PORT_NULL, names,
	    types, ncount);
	if (kr == KERN_SUCCESS)
		*tcount = *ncount;
	return (kr);
}

/* The members of a set, in an array the caller frees with vm_deallocate(). */
kern_return_t
mach_port_get_set_status(ipc_space_t task, mach_port_name_t name,
    mach_port_name_array_t *members, mach_msg_type_number_t *count)
{
	return (list_names(MACH_TRAP_PORT_GET_SET_STATUS, task, name, members,
	    NULL, count));
}

/*
 * Asks for a notification to a send-once right, made or moved; MACH_PORT_NULL
 * cancels.  *previous, which may be NULL if nothing is expected there, is the
 * send-once right of the request this one replaces, or MACH_PORT_NULL.
 * KERN_INVALID_CAPABILITY for a bad `notify', KERN_INVALID_VALUE for a bad
 * `msgid' or `sync', KERN_INVALID_ARGUMENT for a name dead already with sync 0,
 * KERN_UREFS_OVERFLOW.
 */
kern_return_t
mach_port_request_notification(ipc_space_t task, mach_port_name_t name,
    mach_msg_id_t msgid, mach_port_mscount_t sync, mach_port_t notify,
    mach_msg_type_name_t disposition, mach_port_t *previous)
{
	struct mach_port_notification_args args = { task, name, msgid, sync,
	    notify, disposition, 0 };
	kern_return_t kr;

	kr = mach_trap(MACH_TRAP_PORT_REQUEST_NOTIFICATION, &args,
	    sizeof(args));
	if (kr != KERN_SUCCESS)
		return (kr);
	if (previous != NULL)
		*previous = args.previous;
	else if (args.previous != MACH_PORT_NULL)
		(void)mach_port_deallocate(task, args.previous);
	return (KERN_SUCCESS);
}
