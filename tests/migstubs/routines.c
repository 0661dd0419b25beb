/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The routines of language.defs.  As with every server made by mig, what a
 * request carried belongs to the routine if it succeeds, and to the loop around
 * it if not.
 */

#include <atf-c.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsm/libbsm.h>

#include "fixture.h"
#include "languageServer.h"
#include "routines.h"

bool routines_dry;
unsigned int routines_excess_ints, routines_excess_bytes;
unsigned int routines_called;
unsigned int routines_gone;

static unsigned int names;		/* before the first request */
static mach_port_t mine;		/* what rights() gave rights to */
static mach_port_t kept;		/* what rights() gave a copy of */
static int32_t told;
static mach_port_t caller;		/* of call_back() */
static int32_t caller_number;
static bool dies, fails;

void
routines_start(void)
{
	names = name_count();
}

/* The beginning of every routine. */
static kern_return_t
enter(void)
{
	routines_called++;
	if (!fails)
		return (KERN_SUCCESS);
	fails = false;
	return (FAILURE);
}

/* Takes the notes that were sent to what rights() made of our port. */
static bool
finish_rights(void)
{
	if (mine == MACH_PORT_NULL)
		return (true);
	if (note_take(mine) != 21 || note_take(mine) != 22)
		return (false);
	return (mach_port_mod_refs(mach_task_self(), mine,
	    MACH_PORT_RIGHT_RECEIVE, -1) == KERN_SUCCESS &&
	    mach_port_deallocate(mach_task_self(), kept) == KERN_SUCCESS);
}

static void
finish(void)
{
	_exit(finish_rights() && name_count() == names ? 0 : 1);
}

/* Sends a note to who waits for it. */
static void
send_back(void)
{
	mach_msg_header_t note;

	memset(&note, 0, sizeof(note));
	note.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
	note.msgh_remote_port = caller;
	note.msgh_id = caller_number;
	KR_OK(mach_msg(&note, MACH_SEND_MSG, sizeof(note), 0, MACH_PORT_NULL,
	    0, MACH_PORT_NULL));
}

static void
release(const void *memory, size_t size)
{
	if (!routines_dry && memory != NULL)
		ATF_REQUIRE_EQ(KERN_SUCCESS, vm_deallocate(mach_task_self(),
		    (vm_address_t)memory, size));
}

static int64_t
sum_of(const int32_t *ints, unsigned int count)
{
	int64_t sum;
	unsigned int i;

	sum = 0;
	for (i = 0; i < count && !routines_dry; i++)
		sum += ints[i];
	return (sum);
}

static void *
allocate(size_t size)
{
	vm_address_t address;

	if (size == 0 || routines_dry)
		return (NULL);
	ATF_REQUIRE_EQ(KERN_SUCCESS, vm_allocate(mach_task_self(), &address,
	    size, VM_FLAGS_ANYWHERE));
	return ((void *)address);
}

kern_return_t
do_numbers(mach_port_t server, int16_t small, int32_t number, int64_t wide,
    int32_t *both, int64_t *sum)
{
	(void)server;
	*sum = (int64_t)((uint64_t)small + (uint64_t)number + (uint64_t)wide +
	    (uint64_t)*both);
	*both = ~*both;
	return (enter());
}

kern_return_t
do_tell(mach_port_t server, int32_t number)
{
	(void)server;
	routines_called++;
	if (routines_dry)
		return (KERN_SUCCESS);
	switch (number) {
	case TELL_FINISH:
		finish();
		break;
	case TELL_DIE:
		dies = true;
		break;
	case TELL_FAIL:
		fails = true;
		break;
	case TELL_CALL_BACK:
		send_back();
		break;
	default:
		told = number;
	}
	return (KERN_SUCCESS);
}

kern_return_t
do_fixed(mach_port_t server, triple_t triple, seven_t seven, five_t five,
    triple_t *triple_out, seven_t seven_out, five_t five_out)
{
	int i;

	(void)server;
	triple_out->x = triple.z;
	triple_out->y = triple.y;
	triple_out->z = triple.x;
	for (i = 0; i < 7; i++)
		seven_out[i] = seven[6 - i];
	for (i = 0; i < 5; i++)
		five_out[i] = five[4 - i];
	return (enter());
}

kern_return_t
do_bounded(mach_port_t server, some_ints_t ints,
    mach_msg_type_number_t ints_count, some_bytes_t bytes,
    mach_msg_type_number_t bytes_count, int32_t after, some_ints_t ints_out,
    mach_msg_type_number_t *ints_out_count, some_bytes_t bytes_out,
    mach_msg_type_number_t *bytes_out_count, int32_t *after_out)
{
	unsigned int i;

	(void)server;
	for (i = 0; i < ints_count; i++)
		ints_out[i] = ints[ints_count - 1 - i];
	for (i = 0; i < bytes_count; i++)
		bytes_out[i] = bytes[bytes_count - 1 - i];
	*ints_out_count = ints_count + routines_excess_ints;
	*bytes_out_count = bytes_count + routines_excess_bytes;
	*after_out = after;
	return (enter());
}

/* As many as the client has room for. */
kern_return_t
do_counted(mach_port_t server, some_ints_t ints_out,
    mach_msg_type_number_t *count)
{
	unsigned int i;

	(void)server;
	for (i = 0; i < *count; i++)
		ints_out[i] = (int32_t)(i * i);
	*count += routines_excess_ints;
	return (enter());
}

kern_return_t
do_strings(mach_port_t server, word_t word, text_t text, int32_t after,
    word_t word_out, text_t text_out, int32_t *after_out)
{
	(void)server;
	/* Each comes back in the other's kind, as far as it goes. */
	(void)mig_strncpy(word_out, text, sizeof(word_t));
	(void)mig_strncpy(text_out, word, sizeof(text_t));
	*after_out = after;
	return (enter());
}

kern_return_t
do_memory(mach_port_t server, ints_t ints, mach_msg_type_number_t count,
    ints_t *ints_out, mach_msg_type_number_t *out_count)
{
	unsigned int i;
	kern_return_t kr;

	(void)server;
	kr = enter();
	*ints_out = NULL;
	*out_count = 0;
	if (kr != KERN_SUCCESS || routines_dry)
		return (kr);
	*ints_out = allocate(count * sizeof(int32_t));
	*out_count = count;
	for (i = 0; i < count; i++)
		(*ints_out)[i] = ints[i] + 1;
	release(ints, count * sizeof(int32_t));
	return (KERN_SUCCESS);
}

kern_return_t
do_memory_given(mach_port_t server, ints_t ints, mach_msg_type_number_t count,
    int64_t *sum)
{
	kern_return_t kr;

	(void)server;
	kr = enter();
	*sum = sum_of(ints, count);
	if (kr == KERN_SUCCESS)
		release(ints, count * sizeof(int32_t));
	return (kr);
}

kern_return_t
do_memory_sized(mach_port_t server, page_t page, ints_t ints,
    mach_msg_type_number_t count, int64_t *sum)
{
	kern_return_t kr;
	int i;

	(void)server;
	kr = enter();
	*sum = sum_of(ints, count);
	for (i = 0; i < 4096 && !routines_dry; i++)
		*sum += page[i];
	if (kr == KERN_SUCCESS) {
		release(page, 4096);
		release(ints, count * sizeof(int32_t));
	}
	return (kr);
}

kern_return_t
do_borrowed(mach_port_t server, const ints_t ints,
    mach_msg_type_number_t count, int64_t *sum)
{
	return (do_memory_given(server, ints, count, sum));
}

static bool
is_of_type(mach_port_t port, mach_port_type_t type)
{
	mach_port_type_t found;

	return (mach_port_type(mach_task_self(), port, &found) ==
	    KERN_SUCCESS && found == type);
}

static void
send_once(mach_port_t port, mach_msg_id_t id)
{
	mach_msg_header_t head;

	memset(&head, 0, sizeof(head));
	head.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
	head.msgh_remote_port = port;
	head.msgh_id = id;
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, mach_msg(&head, MACH_SEND_MSG,
	    sizeof(head), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL));
}

/*
 * Uses each right as what it is, and gives back one to a port of the client,
 * two to a port of ours, and the receive right.
 */
kern_return_t
do_rights(mach_port_t server, mach_port_t copied, mach_port_t made,
    mach_port_t moved, mach_port_t once, mach_port_t received,
    mach_port_t *copied_out, mach_port_t *made_out, mach_port_t *once_out,
    mach_port_t *received_out)
{
	kern_return_t kr;

	(void)server;
	*copied_out = *made_out = *once_out = *received_out = MACH_PORT_NULL;
	kr = enter();
	if (kr != KERN_SUCCESS || routines_dry)
		return (kr);
	if (!is_of_type(copied, MACH_PORT_TYPE_SEND) ||
	    !is_of_type(made, MACH_PORT_TYPE_SEND) ||
	    !is_of_type(moved, MACH_PORT_TYPE_SEND) ||
	    !is_of_type(once, MACH_PORT_TYPE_SEND_ONCE) ||
	    !is_of_type(received, MACH_PORT_TYPE_RECEIVE) ||
	    note_take(received) != 15)
		return (KERN_INVALID_RIGHT);
	note_send(copied, 11);
	note_send(made, 12);
	note_send(moved, 13);
	send_once(once, 14);
	KR_OK(mach_port_deallocate(mach_task_self(), made));
	KR_OK(mach_port_deallocate(mach_task_self(), moved));
	mine = port_make();
	kept = copied;
	*copied_out = copied;
	*made_out = *once_out = mine;
	*received_out = received;
	return (KERN_SUCCESS);
}

/* The same rights in the opposite order. */
kern_return_t
do_right_arrays(mach_port_t server, ports_t ports,
    mach_msg_type_number_t count, ports_t *ports_out,
    mach_msg_type_number_t *out_count)
{
	kern_return_t kr;
	unsigned int i;

	(void)server;
	kr = enter();
	*ports_out = NULL;
	*out_count = 0;
	if (kr != KERN_SUCCESS || routines_dry)
		return (kr);
	*ports_out = allocate(count * sizeof(mach_port_t));
	*out_count = count;
	for (i = 0; i < count; i++)
		(*ports_out)[i] = ports[count - 1 - i];
	release(ports, count * sizeof(mach_port_t));
	return (KERN_SUCCESS);
}

/* The same rights back. */
kern_return_t
do_few_rights(mach_port_t server, few_t few, mach_msg_type_number_t count,
    few_t few_out, mach_msg_type_number_t *out_count)
{
	kern_return_t kr;
	unsigned int i;

	(void)server;
	kr = enter();
	*out_count = count + routines_excess_ints;
	for (i = 0; i < count; i++)
		few_out[i] = few[i];
	return (kr);
}

kern_return_t
do_polymorph(mach_port_t server, mach_port_t port,
    mach_msg_type_name_t disposition, int32_t *kind, mach_port_t *port_out,
    mach_msg_type_name_t *disposition_out)
{
	(void)server;
	*kind = (int32_t)disposition;
	/* A right that arrived is moved by the number it arrived with. */
	*port_out = port;
	*disposition_out = disposition;
	return (enter());
}

kern_return_t
do_paired(mach_port_t server, some_ints_t left, mach_msg_type_number_t count,
    some_ints_t right, int64_t *sum)
{
	unsigned int i;

	(void)server;
	*sum = 0;
	for (i = 0; i < count; i++)
		*sum += (int64_t)left[i] * right[i];
	return (enter());
}

fahrenheit_t
celsius_in(celsius_t outside)
{
	return ((fahrenheit_t){ (int32_t)((uint32_t)outside * 2) });
}

celsius_t
celsius_out(fahrenheit_t inside)
{
	return ((int32_t)((uint32_t)inside.degrees + 1));
}

void
celsius_gone(fahrenheit_t inside)
{
	(void)inside;
	routines_gone++;
}

kern_return_t
do_translated(mach_port_t server, fahrenheit_t outside, fahrenheit_t *inside)
{
	(void)server;
	*inside = outside;
	return (enter());
}

/* Who asked is whoever started us, and asks in order. */
kern_return_t
do_tokens(mach_port_t server, audit_token_t asker, security_token_t security,
    int seqno)
{
	static int last = -1;
	bool right;

	(void)server;
	right = audit_token_to_pid(asker) == getppid() &&
	    security.val[0] == audit_token_to_euid(asker) &&
	    security.val[1] == audit_token_to_egid(asker) && seqno > last;
	last = seqno;
	return (right || routines_dry ? enter() : KERN_INVALID_ARGUMENT);
}

/* Answers itself, as a server does that has something to wait for. */
kern_return_t
do_later(mach_port_t server, mach_port_t port, int32_t number,
    int32_t *number_out)
{
	__Reply__later_t reply;
	kern_return_t kr;

	(void)server;
	*number_out = 0;
	kr = enter();
	if (kr != KERN_SUCCESS || routines_dry)
		return (kr);
	memset(&reply, 0, sizeof(reply));
	reply.Head.msgh_bits =
	    MACH_MSGH_BITS(MACH_MSG_TYPE_MOVE_SEND_ONCE, 0);
	reply.Head.msgh_remote_port = port;
	reply.Head.msgh_id = 5016 + 100;
	reply.NDR = NDR_record;
	reply.RetCode = KERN_SUCCESS;
	reply.number_out = number + 1;
	KR_OK(mach_msg(&reply.Head, MACH_SEND_MSG, sizeof(reply), 0,
	    MACH_PORT_NULL, 0, MACH_PORT_NULL));
	return (MIG_NO_REPLY);
}

kern_return_t
do_tell_soon(mach_port_t server, int32_t number)
{
	return (do_tell(server, number));
}

kern_return_t
do_wide(mach_port_t server, wide_t wide, mach_msg_type_number_t count,
    wide_t wide_out, mach_msg_type_number_t *out_count)
{
	unsigned int i;

	(void)server;
	for (i = 0; i < count; i++)
		wide_out[i] = wide[count - 1 - i];
	*out_count = count + routines_excess_ints;
	return (enter());
}

/* Tells what it was told last. */
kern_return_t
do_elsewhere(int32_t number, mach_port_t server, int32_t *number_out)
{
	(void)server;
	*number_out = (int32_t)((uint32_t)number + (uint32_t)told);
	return (enter());
}

kern_return_t
do_nothing(mach_port_t server)
{
	(void)server;
	if (dies)
		_exit(0);
	return (enter());
}

kern_return_t
do_outcome(mach_port_t server, kern_return_t code, int32_t number)
{
	(void)server;
	routines_called++;
	told = code != KERN_SUCCESS ? code : number;
	return (KERN_SUCCESS);
}

kern_return_t
do_call_back(mach_port_t server, mach_port_t reply, int32_t number)
{
	(void)server;
	caller = reply;
	caller_number = number;
	return (enter());
}
