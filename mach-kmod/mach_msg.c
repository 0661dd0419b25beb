/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_msg(2): the two phases of one trap.
 *
 * The kernel never restarts a phase; libmach does, with the send phase cut off
 * if that is done, because a system call restarted from the top would send
 * twice.
 *
 * A receive with MACH_RCV_LARGE whose buffer is too small for the message
 * leaves it queued and fills as much as fits of a header with the message's
 * size and id (and, with MACH_RCV_LARGE_IDENTITY, the port that holds it) and
 * an empty trailer.  No message fits in a bare header, so a receive of exactly
 * sizeof(mach_msg_header_t) bytes is a peek.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/proc.h>

#include <mach/mig_errors.h>
#include <mach/ndr.h>

#include "mach_abi.h"

SDT_PROBE_DEFINE4(mach, , , msg__receive, "struct mach_port *", "int32_t",
    "uint32_t", "int");

#define	RCV_TRAILER_TYPE(option)	((uint32_t)(option) >> 28)

/*
 * A message to a port that stands for a kernel object.  None of them speaks any
 * protocol: the answer is what a server gives to an id it does not know.  It
 * counts as a notification, and a client that replies by send right and reads
 * no answers gets no more of them when there are too many.
 *
 * The id is the client's choice and the port may be another's, so that the
 * answer could pass for a notification there: it has the tokens of who asked.
 */
static void
kobject_answer(struct mach_kmsg *k, struct mach_reap *reap)
{
	mig_reply_error_t *error;
	struct mach_kmsg *answer;

	if (k->k_reply.r_port != NULL &&
	    (k->k_reply.r_type == MACH_MSG_TYPE_PORT_SEND_ONCE ||
	    mach_may_notify(k->k_reply.r_port->p_user))) {
		answer = mach_notify_prepare(&k->k_reply);
		answer->k_size = sizeof(*error);
		*mach_kmsg_trailer(answer) = *mach_kmsg_trailer(k);
		error = (mig_reply_error_t *)(void *)answer->k_data;
		error->Head.msgh_id = (mach_msg_id_t)
		    ((uint32_t)k_header(k)->msgh_id + 100);
		error->NDR = (NDR_record_t){
		    .int_rep = NDR_INT_LITTLE_ENDIAN };
		error->RetCode = MIG_BAD_ID;
		STAILQ_INSERT_TAIL(&reap->rp_post, answer, k_link);
	}
	STAILQ_INSERT_TAIL(&reap->rp_destroy, k, k_link);
}

static mach_msg_return_t
send_to_port(struct mach_thread *th, struct mach_kmsg *k,
    mach_msg_option_t option, const struct mach_deadline *dl,
    struct mach_reap *reap)
{
	mach_msg_return_t mr;

	if (k->k_dest.r_port->p_kotype != MACH_KO_NONE) {
		kobject_answer(k, reap);
		return (MACH_MSG_SUCCESS);
	}
	if (!mach_transit_begin(k)) {
		STAILQ_INSERT_TAIL(&reap->rp_destroy, k, k_link);
		return (MACH_MSG_SUCCESS);
	}
	mr = mach_port_send(k, dl, reap);
	if (mr == MACH_SEND_TIMED_OUT && (option & MACH_SEND_NOTIFY) != 0)
		mach_request_arm(th->th_task->t_space, k->k_dest.r_source,
		    reap);
	return (mr);
}

static mach_msg_return_t
msg_send(struct mach_thread *th, const struct mach_msg_trap_args *uap,
    mach_msg_option_t option, struct mach_source *so, struct mach_reap *reap)
{
	struct mach_deadline dl;
	struct mach_kmsg *k;
	mach_msg_return_t mr;

	mr = mach_kmsg_copyin(th, uap->msg, MACH_MSG_SEND_SIZE(uap->sizes),
	    (option & MACH_RCV_MSG) != 0 ? uap->rcv_name : MACH_PORT_NULL, so,
	    &k, reap);
	if (mr == MACH_MSG_SUCCESS) {
		/* What names that are gone set off does not wait for room. */
		mach_reap_run(reap);
		mach_deadline_init(&dl, (option & MACH_SEND_TIMEOUT) != 0,
		    uap->timeout);
		mr = send_to_port(th, k, option, &dl, reap);
		if (mr != MACH_MSG_SUCCESS)
			mr |= mach_kmsg_giveback(th, k, uap->msg, reap);
	}
	mach_reap_run(reap);
	return (mr);
}

/*
 * MACH_RCV_LARGE: says what is queued, without taking it.
 */
static mach_msg_return_t
describe_large(const struct mach_receive *rc, vm_offset_t uaddr, uint32_t room)
{
	struct {
		mach_msg_header_t h;
		mach_msg_trailer_t t;
	} __packed __aligned(4) u;

	memset(&u, 0, sizeof(u));
	u.h.msgh_size = rc->rc_size;
	u.h.msgh_id = rc->rc_id;
	if ((rc->rc_option & MACH_RCV_LARGE_IDENTITY) != 0)
		u.h.msgh_local_port = rc->rc_identity;
	u.t.msgh_trailer_type = MACH_MSG_TRAILER_FORMAT_0;
	u.t.msgh_trailer_size = mach_trailer_size(rc->rc_option);
	if (room >= sizeof(u.h) &&
	    copyout(&u, (void *)uaddr, MIN(room, sizeof(u))) != 0)
		return (MACH_RCV_INVALID_DATA);
	return (MACH_RCV_TOO_LARGE);
}

/*
 * The send phase has looked for the source, and may have been too early.  What
 * it found and is gone by now turns the receiver away.
 */
static mach_msg_return_t
receive_from(struct mach_space *space, mach_port_name_t name,
    struct mach_source *so, struct mach_receive *rc, struct mach_reap *reap)
{
	if (mach_source_is_none(so) && !mach_space_source(space, name, so))
		return (MACH_RCV_INVALID_NAME);
	return (so->so_port != NULL ?
	    mach_port_receive(so->so_port, space, rc, reap) :
	    mach_pset_receive(so->so_pset, rc, reap));
}

static mach_msg_return_t
msg_receive(struct mach_thread *th, const struct mach_msg_trap_args *uap,
    mach_msg_option_t option, struct mach_source *so, struct mach_reap *reap)
{
	struct mach_receive rc;
	mach_msg_return_t mr;
	vm_offset_t uaddr;
	uint32_t room, trailer;

	if (RCV_TRAILER_TYPE(option) != MACH_MSG_TRAILER_FORMAT_0)
		return (MACH_RCV_INVALID_TRAILER);
	uaddr = uap->rcv_msg != 0 ? uap->rcv_msg : uap->msg;
	room = MACH_MSG_RCV_SIZE(uap->sizes);
	trailer = mach_trailer_size(option);
	rc.rc_kmsg = NULL;
	rc.rc_option = option;
	rc.rc_room = room > trailer ? rounddown2(room - trailer, 4) : 0;
	mach_deadline_init(&rc.rc_deadline, (option & MACH_RCV_TIMEOUT) != 0,
	    uap->timeout);
	mr = receive_from(th->th_task->t_space, uap->rcv_name, so, &rc,
	    reap);
	if (rc.rc_kmsg != NULL) {
		SDT_PROBE4(mach, , , msg__receive, rc.rc_kmsg->k_from,
		    k_header(rc.rc_kmsg)->msgh_id, rc.rc_kmsg->k_size, mr);
		if (mr == MACH_MSG_SUCCESS)
			mr = mach_kmsg_copyout(th, rc.rc_kmsg, uaddr, option,
			    reap);
		else
			mr = mach_kmsg_copyout_header(th, rc.rc_kmsg, uaddr,
			    room, reap);
	} else if (mr == MACH_RCV_TOO_LARGE) {
		mr = describe_large(&rc, uaddr, room);
	}
	mach_reap_run(reap);
	return (mr);
}

int
sys_mach_msg(struct thread *td, void *args)
{
	const struct mach_msg_trap_args *uap;
	struct mach_thread *th;
	struct mach_source so;
	struct mach_reap reap;
	mach_msg_option_t option;
	mach_msg_return_t mr;

	uap = args;
	option = (mach_msg_option_t)uap->option;
	th = mach_thread_current(td);
	mach_reap_init(&reap);
	so = (struct mach_source){ NULL, NULL };
	mr = MACH_MSG_SUCCESS;
	if ((option & MACH_SEND_MSG) != 0)
		mr = msg_send(th, uap, option, &so, &reap);
	if (mr == MACH_MSG_SUCCESS && (option & MACH_RCV_MSG) != 0)
		mr = msg_receive(th, uap, option, &so, &reap);
	mach_source_drop(&so);
	td->td_retval[0] = mr;
	return (0);
}
