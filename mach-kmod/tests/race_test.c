/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What others do in the middle of a system call: while its thread sleeps, while
 * its memory is mapped, while its result is written.  Here that is decided, not
 * left to chance: one thread plays them all, and takes another's part where the
 * kernel calls the host.
 */

#include "machkern.h"

#include <sys/jail.h>
#include <sys/mutex.h>

#include <atf-c.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach_port.h>
#include <mach/notify.h>

#define	TRAP(op, a)	machkern_trap(MACH_TRAP_##op, &(a), sizeof(a))
#define	TRAP_OK(op, a)	ATF_REQUIRE_EQ(KERN_SUCCESS, TRAP(op, a))

#define	BOOTSTRAP	4
#define	SMALL		100		/* bytes of out-of-line memory */
#define	PAGE		4096u

typedef void meanwhile_fn(void);

/* A thread of one of two processes. */
struct actor {
	struct machkern_thread thread;	/* first: h_private points here */
	struct hosted_vm vm;
	meanwhile_fn	*meanwhile;	/* when it next calls the host so */
	int		result;		/* and what that call returns */
	meanwhile_fn	*late;		/* when a sleep has ended by itself */
};

enum who {
	SERVER,		/* of the first process, which has the port */
	OTHER,		/* likewise */
	CLIENT,		/* of the second one */
	RIVAL,		/* likewise */
	NACTORS
};

static struct proc procs[2];
static struct actor actors[NACTORS];
static uint32_t task[NACTORS];

static uint32_t port;		/* the server's */
static uint32_t to;		/* the client's send right to it */
static char memory[SMALL];

struct parcel {
	mach_msg_header_t head;
	mach_msg_body_t	body;
	union {
		mach_msg_port_descriptor_t port;
		mach_msg_ool_descriptor_t memory;
	} d;
	mach_msg_max_trailer_t trailer;
};

static uint64_t
variable(const char *name)
{
	return (hosted_sysctl_get(hosted_sysctl_find(name)));
}

static uint64_t
variable_set(const char *name, uint64_t value)
{
	uint64_t old;

	old = variable(name);
	ATF_REQUIRE_EQ(0, hosted_sysctl_set(hosted_sysctl_find(name), value));
	return (old);
}

static void
be(enum who who)
{
	hosted_curthread = &actors[who].thread.mt_thread;
}

/* The others act, each as himself. */
static int
others_act(struct thread *td)
{
	struct actor *actor = td->h_private;
	meanwhile_fn *meanwhile;

	meanwhile = actor->meanwhile;
	ATF_REQUIRE_MSG(meanwhile != NULL, "nobody will wake this thread");
	actor->meanwhile = NULL;
	meanwhile();
	hosted_curthread = td;
	return (actor->result);
}

static int
act_in_sleep(struct thread *td, sbintime_t when __unused)
{
	return (others_act(td));
}

static void
act_after_sleep(struct thread *td)
{
	struct actor *actor = td->h_private;

	if (actor->late == NULL)
		return;
	actor->late();
	actor->late = NULL;
	hosted_curthread = td;
}

static int
act_in_map(struct thread *td, vm_size_t size, vm_offset_t *addressp)
{
	struct actor *actor = td->h_private;
	int error;

	error = actor->meanwhile != NULL ? others_act(td) : 0;
	return (error != 0 ? error :
	    actors[RIVAL].vm.hv_map(td, size, addressp));
}

static int
act_in_copyout(struct thread *td, const void *from, vm_offset_t address,
    size_t size)
{
	struct actor *actor = td->h_private;
	int error;

	error = actor->meanwhile != NULL ? others_act(td) : 0;
	return (error != 0 ? error :
	    actors[RIVAL].vm.hv_copyout(td, from, address, size));
}

static void
act_in_unmap(struct thread *td, vm_offset_t address, vm_size_t size)
{
	actors[RIVAL].vm.hv_unmap(td, address, size);
	(void)others_act(td);
}

static void
nothing(void)
{
}

static void
enter(enum who who, struct proc *p, uid_t uid)
{
	struct actor *actor = &actors[who];
	struct mach_name_args self = { 0 };

	memset(actor, 0, sizeof(*actor));
	ATF_REQUIRE_EQ(0, machkern_attach(&actor->thread, p, uid));
	actor->vm = *actor->thread.mt_thread.h_vm;
	actor->thread.mt_thread.h_vm = &actor->vm;
	TRAP_OK(TASK_SELF, self);
	task[who] = self.name;
}

/* A receive right, with a send right under the same name. */
static uint32_t
make_port(enum who who)
{
	struct mach_port_allocate_args a = { task[who],
		MACH_PORT_RIGHT_RECEIVE, 0 };
	struct mach_port_right_args r;

	be(who);
	TRAP_OK(PORT_ALLOCATE, a);
	r = (struct mach_port_right_args){ task[who], a.name, a.name,
		MACH_MSG_TYPE_MAKE_SEND };
	TRAP_OK(PORT_INSERT_RIGHT, r);
	return (a.name);
}

static uint32_t
refs(enum who who, uint32_t name, uint32_t right)
{
	struct mach_port_refs_args r = { task[who], name, right, 0 };

	be(who);
	TRAP_OK(PORT_GET_REFS, r);
	return ((uint32_t)r.value);
}

static void
mod_refs(enum who who, uint32_t name, uint32_t right, int32_t delta)
{
	struct mach_port_refs_args r = { task[who], name, right, delta };

	be(who);
	TRAP_OK(PORT_MOD_REFS, r);
}

static void
destroy(enum who who, uint32_t name)
{
	struct mach_port_name_args n = { task[who], name };

	be(who);
	TRAP_OK(PORT_DESTROY, n);
}

/* The second process inherits the server's port. */
static void
begin_as(uid_t server)
{
	struct mach_special_port_args b;

	memset(procs, 0, sizeof(procs));
	procs[0].p_pid = 10;
	procs[1].p_pid = 11;
	ATF_REQUIRE_EQ(0, hosted_kldload());
	enter(SERVER, &procs[0], server);
	port = make_port(SERVER);
	b = (struct mach_special_port_args){ task[SERVER], BOOTSTRAP, port };
	TRAP_OK(TASK_SET_SPECIAL_PORT, b);
	hosted_fork(&procs[0], &procs[1]);
	b.port = MACH_PORT_NULL;
	TRAP_OK(TASK_SET_SPECIAL_PORT, b);
	enter(OTHER, &procs[0], server);
	enter(CLIENT, &procs[1], 0);
	b = (struct mach_special_port_args){ task[CLIENT], BOOTSTRAP, 0 };
	TRAP_OK(TASK_GET_SPECIAL_PORT, b);
	to = b.port;
	b.port = MACH_PORT_NULL;
	TRAP_OK(TASK_SET_SPECIAL_PORT, b);
	enter(RIVAL, &procs[1], 0);
}

static void
begin(void)
{
	begin_as(0);
}

static void
end(void)
{
	be(OTHER);
	hosted_exit(&procs[0]);
	be(RIVAL);
	hosted_exit(&procs[1]);
	machkern_detach(&actors[SERVER].thread);
	machkern_detach(&actors[OTHER].thread);
	machkern_detach(&actors[CLIENT].thread);
	machkern_detach(&actors[RIVAL].thread);
	ATF_CHECK_EQ(0, variable("kern.mach.entries"));
	ATF_CHECK_EQ(0, variable("kern.mach.kmsgs"));
	ATF_CHECK_EQ(0, variable("kern.mach.bytes"));
	ATF_CHECK_EQ(1, variable("kern.mach.ports"));
	ATF_REQUIRE_EQ(0, hosted_kldunload());
}

static void
parcel_init(struct parcel *p, uint32_t name, uint32_t how)
{
	memset(p, 0, sizeof(*p));
	p->head.msgh_bits = MACH_MSGH_BITS(how, 0);
	p->head.msgh_remote_port = name;
}

static void
parcel_right(struct parcel *p, uint32_t dest, uint32_t how, uint32_t name,
    uint8_t disposition)
{
	parcel_init(p, dest, how);
	p->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	p->body.msgh_descriptor_count = 1;
	p->d.port.name = name;
	p->d.port.disposition = disposition;
	p->d.port.type = MACH_MSG_PORT_DESCRIPTOR;
}

static void
parcel_memory(struct parcel *p, uint32_t dest)
{
	parcel_init(p, dest, MACH_MSG_TYPE_COPY_SEND);
	p->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	p->body.msgh_descriptor_count = 1;
	p->d.memory.address = memory;
	p->d.memory.size = sizeof(memory);
	p->d.memory.type = MACH_MSG_OOL_DESCRIPTOR;
}

static mach_msg_return_t
parcel_send(enum who who, struct parcel *p, mach_msg_option_t option)
{
	mach_msg_size_t size;

	be(who);
	size = p->body.msgh_descriptor_count == 0 ? sizeof(p->head) :
	    sizeof(mach_msg_base_t) +
	    (p->d.port.type == MACH_MSG_PORT_DESCRIPTOR ? sizeof(p->d.port) :
	    sizeof(p->d.memory));
	return (machkern_msg(p, MACH_SEND_MSG | option, size, 0, 0, 0));
}

static mach_msg_return_t
parcel_receive(enum who who, struct parcel *p, uint32_t name,
    mach_msg_option_t option)
{
	be(who);
	return (machkern_msg(p, MACH_RCV_MSG | option, 0, sizeof(*p), name,
	    0));
}

/* An empty message with a number, from the client to the server. */
static mach_msg_return_t
note(enum who who, int id, mach_msg_option_t option)
{
	struct parcel p;
	mach_msg_return_t mr;

	parcel_init(&p, to, MACH_MSG_TYPE_COPY_SEND);
	p.head.msgh_id = id;
	mr = parcel_send(who, &p, option);
	/* Given back with one reference more. */
	if (mr != MACH_MSG_SUCCESS &&
	    p.head.msgh_remote_port != MACH_PORT_DEAD)
		mod_refs(who, to, MACH_PORT_RIGHT_SEND, -1);
	return (mr);
}

static int
next_note(void)
{
	struct parcel p;

	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, parcel_receive(SERVER, &p, port,
	    MACH_RCV_TIMEOUT));
	return (p.head.msgh_id);
}

/* Notes 0, 1, 2... until there is room for no more. */
static void
fill(void)
{
	int i;

	for (i = 0; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, note(RIVAL, i, 0));
}

/*
 * The receive right a message came from is gone before the message is there.
 */

static void
port_is_destroyed(void)
{
	destroy(OTHER, port);
}

static void
port_is_sent_away(void)
{
	struct parcel p;

	parcel_right(&p, make_port(OTHER), MACH_MSG_TYPE_COPY_SEND, port,
	    MACH_MSG_TYPE_MOVE_RECEIVE);
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, parcel_send(OTHER, &p, 0));
}

/* Out of the space and into it again, in one call. */
#define	RENAMED	0x5003

static void
port_is_renamed(void)
{
	struct mach_port_right_args r = { task[OTHER], RENAMED, port,
		MACH_MSG_TYPE_MOVE_RECEIVE };

	mod_refs(OTHER, port, MACH_PORT_RIGHT_SEND, -1);
	TRAP_OK(PORT_INSERT_RIGHT, r);
}

/* Destroyed, and its name given to another port. */
static void
name_is_used_again(void)
{
	struct mach_port_right_args r = { task[OTHER], port, make_port(OTHER),
		MACH_MSG_TYPE_MOVE_RECEIVE };

	mod_refs(OTHER, r.right, MACH_PORT_RIGHT_SEND, -1);
	destroy(OTHER, port);
	TRAP_OK(PORT_INSERT_RIGHT, r);
}

static void
deliver_while(meanwhile_fn *meanwhile, uint32_t local_port)
{
	struct parcel p;

	begin();
	parcel_memory(&p, to);
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, parcel_send(CLIENT, &p, 0));
	actors[SERVER].vm.hv_map = act_in_map;
	actors[SERVER].meanwhile = meanwhile;
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, parcel_receive(SERVER, &p, port, 0));
	ATF_CHECK_EQ(local_port, p.head.msgh_local_port);
	ATF_CHECK_EQ(sizeof(memory), p.d.memory.size);
	end();
}

ATF_TC_WITHOUT_HEAD(local_port_of_a_port_that_died);
ATF_TC_BODY(local_port_of_a_port_that_died, tc)
{
	deliver_while(port_is_destroyed, MACH_PORT_DEAD);
	deliver_while(name_is_used_again, MACH_PORT_DEAD);
}

ATF_TC_WITHOUT_HEAD(local_port_of_a_port_that_moved);
ATF_TC_BODY(local_port_of_a_port_that_moved, tc)
{
	deliver_while(port_is_sent_away, MACH_PORT_NULL);
}

ATF_TC_WITHOUT_HEAD(local_port_of_a_port_with_another_name);
ATF_TC_BODY(local_port_of_a_port_with_another_name, tc)
{
	deliver_while(port_is_renamed, RENAMED);
}

/*
 * The message cannot be written, and what it would have told of has changed
 * already: the right is not taken from somebody else.
 */

static void
name_is_destroyed(void)
{
	destroy(OTHER, port);
}

static void
right_is_dropped(void)
{
	mod_refs(OTHER, port, MACH_PORT_RIGHT_SEND, -2);
}

ATF_TC_WITHOUT_HEAD(unwritable_message_and_changed_names);
ATF_TC_BODY(unwritable_message_and_changed_names, tc)
{
	meanwhile_fn *const meanwhile[] = { right_is_dropped,
		name_is_destroyed };
	struct parcel p;
	size_t i;

	for (i = 0; i < nitems(meanwhile); i++) {
		begin();
		parcel_right(&p, to, MACH_MSG_TYPE_COPY_SEND, to,
		    MACH_MSG_TYPE_COPY_SEND);
		ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, parcel_send(CLIENT, &p, 0));
		actors[SERVER].vm.hv_copyout = act_in_copyout;
		actors[SERVER].meanwhile = meanwhile[i];
		actors[SERVER].result = EFAULT;
		ATF_CHECK_EQ(MACH_RCV_INVALID_DATA,
		    parcel_receive(SERVER, &p, port, 0));
		if (meanwhile[i] == right_is_dropped)
			ATF_CHECK_EQ(1, refs(OTHER, port,
			    MACH_PORT_RIGHT_RECEIVE));
		end();
	}
}

/* A receiver, or a sender who gets his message back, has no address left. */
ATF_TC_WITHOUT_HEAD(no_address_space);
ATF_TC_BODY(no_address_space, tc)
{
	struct parcel p;

	begin();
	parcel_memory(&p, to);
	p.head.msgh_id = 7;
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, parcel_send(CLIENT, &p, 0));
	actors[SERVER].vm.hv_map = act_in_map;
	actors[SERVER].meanwhile = nothing;
	actors[SERVER].result = ENOMEM;
	ATF_CHECK_EQ(MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE,
	    parcel_receive(SERVER, &p, port, 0));
	ATF_CHECK_EQ(7, p.head.msgh_id);
	ATF_CHECK_EQ(port, p.head.msgh_local_port);
	ATF_CHECK_EQ(NULL, p.d.memory.address);
	ATF_CHECK_EQ(0, p.d.memory.size);
	fill();
	parcel_memory(&p, to);
	actors[CLIENT].vm.hv_map = act_in_map;
	actors[CLIENT].meanwhile = nothing;
	actors[CLIENT].result = ENOMEM;
	ATF_CHECK_EQ(MACH_SEND_TIMED_OUT | MACH_MSG_VM_SPACE,
	    parcel_send(CLIENT, &p, MACH_SEND_TIMEOUT));
	ATF_CHECK_EQ(to, p.head.msgh_remote_port);
	ATF_CHECK_EQ(NULL, p.d.memory.address);
	ATF_CHECK_EQ(0, p.d.memory.size);
	end();
}

/* Nor has he a name left for the right by which he sent. */
ATF_TC_WITHOUT_HEAD(no_name_for_the_destination);
ATF_TC_BODY(no_name_for_the_destination, tc)
{
	struct parcel p;
	uint64_t old;

	begin();
	fill();
	parcel_init(&p, to, MACH_MSG_TYPE_MOVE_SEND);
	old = variable_set("kern.mach.max_names_per_task", 0);
	ATF_CHECK_EQ(MACH_SEND_TIMED_OUT | MACH_MSG_IPC_SPACE,
	    parcel_send(CLIENT, &p, MACH_SEND_TIMEOUT));
	(void)variable_set("kern.mach.max_names_per_task", old);
	ATF_CHECK_EQ(MACH_PORT_NULL, p.head.msgh_remote_port);
	end();
}

/*
 * Blocked senders.
 */

static void
sleep_while(enum who who, meanwhile_fn *meanwhile, int result)
{
	actors[who].vm.hv_sleep = act_in_sleep;
	actors[who].meanwhile = meanwhile;
	actors[who].result = result;
}

/* Its sleep ends by a signal or the deadline, and then others are faster. */
static void
oversleep_while(enum who who, meanwhile_fn *late, int error)
{
	sleep_while(who, nothing, error);
	actors[who].vm.hv_overslept = act_after_sleep;
	actors[who].late = late;
}

static void
room_is_made(void)
{
	ATF_CHECK_EQ(0, next_note());
	/* It is the sleeper's. */
	ATF_CHECK_EQ(MACH_SEND_TIMED_OUT, note(RIVAL, 99, MACH_SEND_TIMEOUT));
}

ATF_TC_WITHOUT_HEAD(newcomer_does_not_overtake);
ATF_TC_BODY(newcomer_does_not_overtake, tc)
{
	int i;

	begin();
	fill();
	sleep_while(CLIENT, room_is_made, 0);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, note(CLIENT, 50, 0));
	for (i = 1; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		ATF_CHECK_EQ(i, next_note());
	ATF_CHECK_EQ(50, next_note());
	end();
}

static void
one_note_is_taken(void)
{
	ATF_CHECK_EQ(0, next_note());
}

static void
rival_blocks_too(void)
{
	sleep_while(RIVAL, one_note_is_taken, EINTR);
	ATF_CHECK_EQ(MACH_SEND_INTERRUPTED, note(RIVAL, 51, 0));
}

/* Nor is the slot lost that is his when his time is up. */
ATF_TC_WITHOUT_HEAD(room_wins_over_signal);
ATF_TC_BODY(room_wins_over_signal, tc)
{
	int i;

	begin();
	fill();
	oversleep_while(CLIENT, room_is_made, EINTR);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, note(CLIENT, 50, 0));
	for (i = 1; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		ATF_CHECK_EQ(i, next_note());
	ATF_CHECK_EQ(50, next_note());
	end();
}

/* The one slot is for him who came first. */
ATF_TC_WITHOUT_HEAD(blocked_senders_are_in_order);
ATF_TC_BODY(blocked_senders_are_in_order, tc)
{
	int i;

	begin();
	fill();
	sleep_while(CLIENT, rival_blocks_too, 0);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, note(CLIENT, 50, 0));
	for (i = 1; i < MACH_PORT_QLIMIT_DEFAULT; i++)
		ATF_CHECK_EQ(i, next_note());
	ATF_CHECK_EQ(50, next_note());
	end();
}

static void
room_and_death(void)
{
	one_note_is_taken();
	port_is_destroyed();
}

/* Sends a receive right, which comes back with the error. */
static void
blocked_send_fails(meanwhile_fn *meanwhile, int result, mach_msg_return_t mr)
{
	struct parcel p;
	uint32_t own;

	begin();
	fill();
	own = make_port(CLIENT);
	parcel_right(&p, to, MACH_MSG_TYPE_COPY_SEND, own,
	    MACH_MSG_TYPE_MOVE_RECEIVE);
	sleep_while(CLIENT, meanwhile, result);
	ATF_CHECK_EQ(mr, parcel_send(CLIENT, &p, 0));
	ATF_CHECK_EQ(own, p.d.port.name);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_RECEIVE, p.d.port.disposition);
	ATF_CHECK_EQ(1, refs(CLIENT, own, MACH_PORT_RIGHT_RECEIVE));
	if (mr == MACH_SEND_INVALID_DEST) {
		ATF_CHECK_EQ(MACH_PORT_DEAD, p.head.msgh_remote_port);
		ATF_CHECK_EQ(1, refs(CLIENT, to, MACH_PORT_RIGHT_DEAD_NAME));
	} else {
		ATF_CHECK_EQ(to, p.head.msgh_remote_port);
		ATF_CHECK_EQ(2, refs(CLIENT, to, MACH_PORT_RIGHT_SEND));
	}
	end();
}

ATF_TC_WITHOUT_HEAD(blocked_sender_and_dead_port);
ATF_TC_BODY(blocked_sender_and_dead_port, tc)
{
	blocked_send_fails(port_is_destroyed, 0, MACH_SEND_INVALID_DEST);
	blocked_send_fails(room_and_death, 0, MACH_SEND_INVALID_DEST);
}

static void
port_is_destroyed_for_server(void)
{
	port_is_destroyed();
	be(SERVER);
}

/* What dies before it becomes the host's default is not kept for ever. */
ATF_TC_WITHOUT_HEAD(default_that_dies_first);
ATF_TC_BODY(default_that_dies_first, tc)
{
	struct mach_special_port_args d;
	struct mach_name_args host = { 0 };
	uint64_t ports;

	begin();
	ports = variable("kern.mach.ports");
	be(SERVER);
	TRAP_OK(HOST_SELF, host);
	d = (struct mach_special_port_args){ host.name, BOOTSTRAP, port };
	hosted_meanwhile = port_is_destroyed_for_server;
	TRAP_OK(HOST_SET_SPECIAL_PORT, d);
	ATF_REQUIRE(hosted_meanwhile == NULL);
	mod_refs(CLIENT, to, MACH_PORT_RIGHT_DEAD_NAME, -1);
	ATF_CHECK_EQ(ports - 1, variable("kern.mach.ports"));
	be(CLIENT);
	TRAP_OK(HOST_SELF, host);
	d = (struct mach_special_port_args){ host.name, BOOTSTRAP, 0 };
	TRAP_OK(HOST_GET_SPECIAL_PORT, d);
	ATF_CHECK_EQ(MACH_PORT_NULL, d.port);
	end();
}

static uint32_t told;		/* a port of the client's */

static void
client_is_told(void)
{
	struct parcel p;

	ATF_CHECK_EQ(MACH_MSG_SUCCESS, parcel_receive(RIVAL, &p, told,
	    MACH_RCV_TIMEOUT));
	ATF_CHECK_EQ(MACH_NOTIFY_PORT_DELETED, p.head.msgh_id);
}

/* What a name's going sets off does not wait for the message it went with. */
ATF_TC_WITHOUT_HEAD(blocked_sender_holds_nothing_up);
ATF_TC_BODY(blocked_sender_holds_nothing_up, tc)
{
	struct mach_port_notification_args n;
	struct parcel p;

	begin();
	fill();
	told = make_port(CLIENT);
	n = (struct mach_port_notification_args){ task[CLIENT], 0,
		MACH_NOTIFY_DEAD_NAME, 0, told, MACH_MSG_TYPE_MAKE_SEND_ONCE,
		0 };
	n.name = make_port(CLIENT);
	TRAP_OK(PORT_REQUEST_NOTIFICATION, n);
	mod_refs(CLIENT, n.name, MACH_PORT_RIGHT_SEND, -1);
	parcel_right(&p, to, MACH_MSG_TYPE_COPY_SEND, n.name,
	    MACH_MSG_TYPE_MOVE_RECEIVE);
	sleep_while(CLIENT, client_is_told, EINTR);
	ATF_CHECK_EQ(MACH_SEND_INTERRUPTED, parcel_send(CLIENT, &p, 0));
	end();
}

/* The port dies when the message has been taken and is not sent yet. */
ATF_TC_WITHOUT_HEAD(sender_and_dying_port);
ATF_TC_BODY(sender_and_dying_port, tc)
{
	struct parcel p;
	vm_offset_t address;

	begin();
	be(CLIENT);
	ATF_REQUIRE_EQ(0, actors[CLIENT].vm.hv_map(hosted_curthread,
	    sizeof(memory), &address));
	memcpy((void *)address, "memory", 7);
	parcel_memory(&p, to);
	p.d.memory.address = (void *)address;
	p.d.memory.deallocate = TRUE;
	actors[CLIENT].vm.hv_unmap = act_in_unmap;
	actors[CLIENT].meanwhile = port_is_destroyed;
	ATF_CHECK_EQ(MACH_SEND_INVALID_DEST, parcel_send(CLIENT, &p, 0));
	ATF_CHECK_EQ(MACH_PORT_DEAD, p.head.msgh_remote_port);
	ATF_CHECK_STREQ("memory", (char *)p.d.memory.address);
	actors[CLIENT].vm.hv_unmap = actors[RIVAL].vm.hv_unmap;
	end();
}

/*
 * While the rights of a message are taken, others take the locks of ports: the
 * next one that its sender takes is the moment.
 */
static struct actor *next_lock;

/*
 * How far a sleep has come that ends for nothing.  Relaxed, so that it orders
 * nothing that the kernel does not order itself.
 */
static enum step {
	AWAKE,
	ASLEEP,
	HALF_WOKEN,		/* the kernel is about to wake it */
	DONE
} step;

static void
step_reached(enum step at)
{
	__atomic_store_n(&step, at, __ATOMIC_RELAXED);
}

static bool
step_is(enum step at)
{
	return (__atomic_load_n(&step, __ATOMIC_RELAXED) == at);
}

static void
step_await(enum step at)
{
	while (!step_is(at))
		sched_yield();
}

void	__real_mtx_lock(struct mtx *);
void	__wrap_mtx_lock(struct mtx *);
void	__real_wakeup_one(const void *);
void	__wrap_wakeup_one(const void *);

void
__wrap_wakeup_one(const void *channel)
{
	if (step_is(ASLEEP)) {
		step_reached(HALF_WOKEN);
		step_await(DONE);
	}
	__real_wakeup_one(channel);
}

void
__wrap_mtx_lock(struct mtx *m)
{
	struct actor *actor = next_lock;

	if (actor != NULL && hosted_curthread == &actor->thread.mt_thread &&
	    strcmp(m->mtx_name, "mach port") == 0) {
		next_lock = NULL;
		(void)others_act(hosted_curthread);
	}
	/* Who needs the lock cannot go on before the wake-up either. */
	if (step_is(HALF_WOKEN) && strcmp(m->mtx_name, "mach port") == 0)
		step_reached(DONE);
	__real_mtx_lock(m);
}

/* The port dies between two of its rights, and the message is refused. */
ATF_TC_WITHOUT_HEAD(refused_sender_and_dying_port);
ATF_TC_BODY(refused_sender_and_dying_port, tc)
{
	struct {
		mach_msg_base_t base;
		mach_msg_port_descriptor_t port[4];
	} p;
	uint32_t own;
	size_t i;

	begin();
	own = make_port(CLIENT);
	mod_refs(CLIENT, to, MACH_PORT_RIGHT_SEND, 1);
	memset(&p, 0, sizeof(p));
	p.base.header.msgh_bits = MACH_MSGH_BITS_COMPLEX |
	    MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	p.base.header.msgh_remote_port = own;
	p.base.body.msgh_descriptor_count = nitems(p.port);
	for (i = 0; i < nitems(p.port); i++)
		p.port[i].type = MACH_MSG_PORT_DESCRIPTOR;
	p.port[0].name = to;
	p.port[0].disposition = MACH_MSG_TYPE_MOVE_SEND;
	p.port[1].name = own;
	p.port[1].disposition = MACH_MSG_TYPE_MAKE_SEND;
	p.port[2].name = to;
	p.port[2].disposition = MACH_MSG_TYPE_COPY_SEND;
	p.port[3].name = 0x70003;
	p.port[3].disposition = MACH_MSG_TYPE_COPY_SEND;
	actors[CLIENT].meanwhile = port_is_destroyed;
	next_lock = &actors[CLIENT];
	be(CLIENT);
	ATF_CHECK_EQ(MACH_SEND_INVALID_RIGHT, machkern_msg(&p, MACH_SEND_MSG,
	    sizeof(p), 0, 0, 0));
	ATF_CHECK_EQ(NULL, next_lock);
	ATF_CHECK_EQ(2, refs(CLIENT, to, MACH_PORT_RIGHT_DEAD_NAME));
	ATF_CHECK_EQ(0, refs(CLIENT, to, MACH_PORT_RIGHT_SEND));
	end();
}

ATF_TC_WITHOUT_HEAD(blocked_sender_and_signal);
ATF_TC_BODY(blocked_sender_and_signal, tc)
{
	blocked_send_fails(nothing, EINTR, MACH_SEND_INTERRUPTED);
	blocked_send_fails(nothing, EWOULDBLOCK, MACH_SEND_TIMED_OUT);
}

/*
 * Blocked receivers.
 */

static void
client_sends(void)
{
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, note(CLIENT, 60, 0));
}

/* The message that was handed over is not lost to a signal or a deadline. */
ATF_TC_WITHOUT_HEAD(message_wins_over_signal);
ATF_TC_BODY(message_wins_over_signal, tc)
{
	const int error[] = { EINTR, EWOULDBLOCK };
	struct parcel p;
	size_t i;

	for (i = 0; i < nitems(error); i++) {
		begin();
		sleep_while(SERVER, client_sends, error[i]);
		ATF_CHECK_EQ(MACH_MSG_SUCCESS,
		    parcel_receive(SERVER, &p, port, 0));
		ATF_CHECK_EQ(60, p.head.msgh_id);
		oversleep_while(SERVER, client_sends, error[i]);
		ATF_CHECK_EQ(MACH_MSG_SUCCESS,
		    parcel_receive(SERVER, &p, port, 0));
		ATF_CHECK_EQ(60, p.head.msgh_id);
		end();
	}
}

/* One that was told to look does so, or others would sleep on. */
ATF_TC_WITHOUT_HEAD(look_wins_over_signal);
ATF_TC_BODY(look_wins_over_signal, tc)
{
	struct parcel p;

	begin();
	sleep_while(SERVER, client_sends, EINTR);
	be(SERVER);
	ATF_CHECK_EQ(MACH_RCV_TOO_LARGE, machkern_msg(&p, MACH_RCV_MSG |
	    MACH_RCV_LARGE, 0, sizeof(p.head), port, 0));
	ATF_CHECK_EQ(60, next_note());
	oversleep_while(SERVER, client_sends, EINTR);
	be(SERVER);
	ATF_CHECK_EQ(MACH_RCV_TOO_LARGE, machkern_msg(&p, MACH_RCV_MSG |
	    MACH_RCV_LARGE, 0, sizeof(p.head), port, 0));
	ATF_CHECK_EQ(60, next_note());
	end();
}

static uint32_t set;

static void
set_is_destroyed(void)
{
	destroy(OTHER, set);
}

static void
member_joins(void)
{
	struct mach_port_member_args m = { task[OTHER], port, set };

	client_sends();
	be(OTHER);
	TRAP_OK(PORT_INSERT_MEMBER, m);
}

static void
make_set(void)
{
	struct mach_port_allocate_args a = { task[SERVER],
		MACH_PORT_RIGHT_PORT_SET, 0 };

	be(SERVER);
	TRAP_OK(PORT_ALLOCATE, a);
	set = a.name;
}

/* Whatever takes the right away ends a receive that waits for it. */
ATF_TC_WITHOUT_HEAD(blocked_receiver_and_lost_right);
ATF_TC_BODY(blocked_receiver_and_lost_right, tc)
{
	meanwhile_fn *const meanwhile[] = { port_is_destroyed,
		port_is_sent_away, set_is_destroyed };
	struct parcel p;
	size_t i;

	for (i = 0; i < nitems(meanwhile); i++) {
		begin();
		make_set();
		sleep_while(SERVER, meanwhile[i], 0);
		ATF_CHECK_EQ(MACH_RCV_PORT_DIED, parcel_receive(SERVER, &p,
		    meanwhile[i] == set_is_destroyed ? set : port, 0));
		end();
	}
}

/* The right goes between the look-up of its name and the lock of the port. */
ATF_TC_WITHOUT_HEAD(receiver_and_dying_port);
ATF_TC_BODY(receiver_and_dying_port, tc)
{
	struct parcel p;

	begin();
	actors[SERVER].meanwhile = port_is_destroyed;
	next_lock = &actors[SERVER];
	ATF_CHECK_EQ(MACH_RCV_INVALID_NAME,
	    parcel_receive(SERVER, &p, port, 0));
	ATF_CHECK(next_lock == NULL);
	end();
}

/* A receive from an empty set waits for members as well. */
ATF_TC_WITHOUT_HEAD(blocked_receiver_and_new_member);
ATF_TC_BODY(blocked_receiver_and_new_member, tc)
{
	struct parcel p;

	begin();
	make_set();
	sleep_while(SERVER, member_joins, 0);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, parcel_receive(SERVER, &p, set, 0));
	ATF_CHECK_EQ(60, p.head.msgh_id);
	ATF_CHECK_EQ(port, p.head.msgh_local_port);
	end();
}

/*
 * Limits where no other test meets them.
 */

/* What is in a queue is of the share of the port's owner too. */
ATF_TC_WITHOUT_HEAD(share_of_the_owner);
ATF_TC_BODY(share_of_the_owner, tc)
{
	struct parcel p;
	uint64_t old;

	begin_as(1000);
	old = variable_set("kern.mach.max_bytes_per_user", SMALL);
	parcel_memory(&p, to);
	ATF_CHECK_EQ(MACH_SEND_NO_BUFFER, parcel_send(CLIENT, &p, 0));
	ATF_CHECK_EQ(to, p.head.msgh_remote_port);
	ATF_CHECK(p.d.memory.address != NULL);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, note(CLIENT, 1, 0));
	(void)variable_set("kern.mach.max_bytes_per_user", old);
	/* So is their number, and it is given back with them. */
	(void)variable_set("kern.mach.max_queued_per_user", 2);
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, note(CLIENT, 2, 0));
	ATF_CHECK_EQ(MACH_SEND_NO_BUFFER, note(RIVAL, 3, 0));
	ATF_CHECK_EQ(1, next_note());
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, note(RIVAL, 4, 0));
	ATF_CHECK_EQ(2, next_note());
	ATF_CHECK_EQ(4, next_note());
	end();
}

/* A byte of memory takes a page, and is charged as one. */
ATF_TC_WITHOUT_HEAD(memory_is_charged_in_pages);
ATF_TC_BODY(memory_is_charged_in_pages, tc)
{
	struct parcel p;
	uint64_t old;

	begin();
	old = variable_set("kern.mach.max_bytes", 2 * PAGE);
	parcel_memory(&p, to);
	p.d.memory.size = 1;
	ATF_CHECK_EQ(MACH_MSG_SUCCESS, parcel_send(CLIENT, &p, 0));
	ATF_CHECK_EQ(PAGE + sizeof(mach_msg_base_t) + sizeof(p.d.memory),
	    variable("kern.mach.bytes"));
	ATF_CHECK_EQ(MACH_SEND_NO_BUFFER, parcel_send(CLIENT, &p, 0));
	(void)variable_set("kern.mach.max_bytes", old);
	end();
}

/* A name of one's own choice is a name like any other. */
ATF_TC_WITHOUT_HEAD(no_room_for_a_chosen_name);
ATF_TC_BODY(no_room_for_a_chosen_name, tc)
{
	struct mach_port_right_args r;
	uint32_t hole, last;
	uint64_t old;

	begin();
	hole = make_port(SERVER);
	(void)make_port(SERVER);
	last = make_port(SERVER);
	destroy(SERVER, hole);
	r = (struct mach_port_right_args){ task[SERVER], hole, port,
		MACH_MSG_TYPE_MAKE_SEND_ONCE };
	/* As many as there are, and this one is not beyond the last. */
	old = variable_set("kern.mach.max_names_per_task",
	    MACH_PORT_INDEX(last) - 1);
	ATF_CHECK_EQ(KERN_NO_SPACE, TRAP(PORT_INSERT_RIGHT, r));
	(void)variable_set("kern.mach.max_names_per_task", old);
	/* No memory for names up to that one. */
	old = variable_set("kern.mach.max_names", variable("kern.mach.names"));
	r.name = 0x20003;
	ATF_CHECK_EQ(KERN_NO_SPACE, TRAP(PORT_INSERT_RIGHT, r));
	(void)variable_set("kern.mach.max_names", old);
	ATF_CHECK_EQ(KERN_SUCCESS, TRAP(PORT_INSERT_RIGHT, r));
	end();
}

/* A right that moves to another name needs no more room than it had. */
ATF_TC_WITHOUT_HEAD(moved_name_beyond_the_limit);
ATF_TC_BODY(moved_name_beyond_the_limit, tc)
{
	struct mach_port_right_args r;
	uint32_t hole;
	uint64_t old;

	begin();
	hole = make_port(SERVER);
	(void)make_port(SERVER);
	r = (struct mach_port_right_args){ task[SERVER], port, 0,
		MACH_MSG_TYPE_MAKE_SEND_ONCE };
	TRAP_OK(PORT_EXTRACT_RIGHT, r);
	(void)make_port(SERVER);
	destroy(SERVER, hole);
	/* There are more already, and even without this one. */
	old = variable_set("kern.mach.max_names_per_task",
	    MACH_PORT_INDEX(hole) + 1);
	r.name = hole;
	r.disposition = MACH_MSG_TYPE_MOVE_SEND_ONCE;
	ATF_CHECK_EQ(KERN_SUCCESS, TRAP(PORT_INSERT_RIGHT, r));
	(void)variable_set("kern.mach.max_names_per_task", old);
	ATF_CHECK_EQ(1, refs(SERVER, hole, MACH_PORT_RIGHT_SEND_ONCE));
	end();
}

/* A program that is refused, and may try for ever, is found by the log. */
ATF_TC_WITHOUT_HEAD(refusal_is_in_the_log);
ATF_TC_BODY(refusal_is_in_the_log, tc)
{
	const char *said = "mach: pid 10 of uid 1000 is refused more: "
	    "kern.mach.max_ports_per_user is reached";
	struct mach_port_allocate_args a;
	char line[200];
	ssize_t n;
	uint64_t old;
	int error, log[2];

	begin_as(1000);
	old = variable_set("kern.mach.max_ports_per_user", 1);
	ATF_REQUIRE_EQ(0, pipe(log));
	error = dup(STDERR_FILENO);
	ATF_REQUIRE(dup2(log[1], STDERR_FILENO) != -1);
	a = (struct mach_port_allocate_args){ task[SERVER],
		MACH_PORT_RIGHT_RECEIVE, 0 };
	be(SERVER);
	ATF_CHECK_EQ(KERN_RESOURCE_SHORTAGE, TRAP(PORT_ALLOCATE, a));
	ATF_REQUIRE(dup2(error, STDERR_FILENO) != -1);
	n = read(log[0], line, sizeof(line) - 1);
	ATF_REQUIRE(n > 0);
	line[n] = '\0';
	ATF_CHECK_MSG(strncmp(line, said, strlen(said)) == 0, "%s", line);
	(void)variable_set("kern.mach.max_ports_per_user", old);
	end();
}

/* Each user a task has been is charged for what was done as him. */
ATF_TC_WITHOUT_HEAD(task_of_two_users);
ATF_TC_BODY(task_of_two_users, tc)
{
	int i;

	begin_as(1000);
	for (i = 0; i < 6; i++) {
		actors[SERVER].thread.mt_cred.cr_ruid = 1000 + i % 2;
		(void)make_port(SERVER);
	}
	/* Three are the second user's, and one more; the first has others. */
	(void)variable_set("kern.mach.max_ports_per_user", 4);
	actors[SERVER].thread.mt_cred.cr_ruid = 1001;
	(void)make_port(SERVER);
	ATF_CHECK_EQ(KERN_RESOURCE_SHORTAGE, TRAP(PORT_ALLOCATE,
	    ((struct mach_port_allocate_args){ task[SERVER],
	    MACH_PORT_RIGHT_RECEIVE, 0 })));
	end();
}

/* Root in a jail has a share like any user; only the host's has none. */
ATF_TC_WITHOUT_HEAD(root_of_a_jail);
ATF_TC_BODY(root_of_a_jail, tc)
{
	static struct prison jail = { .pr_id = 7 };
	struct mach_port_allocate_args a;

	begin();
	a = (struct mach_port_allocate_args){ task[SERVER],
	    MACH_PORT_RIGHT_RECEIVE, 0 };
	(void)variable_set("kern.mach.max_ports_per_user", 1);
	be(SERVER);
	ATF_CHECK_EQ(KERN_SUCCESS, TRAP(PORT_ALLOCATE, a));
	actors[SERVER].thread.mt_cred.cr_prison = &jail;
	ATF_CHECK_EQ(KERN_SUCCESS, TRAP(PORT_ALLOCATE, a));
	ATF_CHECK_EQ(KERN_RESOURCE_SHORTAGE, TRAP(PORT_ALLOCATE, a));
	actors[SERVER].thread.mt_cred.cr_prison = &prison0;
	ATF_CHECK_EQ(KERN_SUCCESS, TRAP(PORT_ALLOCATE, a));
	end();
}

static int
sleep_until_half_woken(struct thread *td __unused, sbintime_t when __unused)
{
	step_reached(ASLEEP);
	step_await(HALF_WOKEN);
	return (0);
}

static void *
receive_a_note(void *arg __unused)
{
	struct parcel p;

	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, parcel_receive(SERVER, &p, port, 0));
	ATF_REQUIRE_EQ(7, p.head.msgh_id);
	step_reached(DONE);
	return (NULL);
}

/* A sleep that ends early, with its message there but not the wake-up. */
ATF_TC_WITHOUT_HEAD(sleep_ends_before_the_wakeup);
ATF_TC_BODY(sleep_ends_before_the_wakeup, tc)
{
	pthread_t receiver;

	begin();
	actors[SERVER].vm.hv_sleep = sleep_until_half_woken;
	ATF_REQUIRE_EQ(0,
	    pthread_create(&receiver, NULL, receive_a_note, NULL));
	step_await(ASLEEP);
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS, note(CLIENT, 7, 0));
	ATF_REQUIRE_EQ(0, pthread_join(receiver, NULL));
	end();
}

/* A process that has no use for the module may come, become another and go. */
ATF_TC_WITHOUT_HEAD(process_without_mach);
ATF_TC_BODY(process_without_mach, tc)
{
	struct proc child = { .p_pid = 13 }, p = { .p_pid = 12 };

	begin();
	ATF_CHECK_EQ(2, variable("kern.mach.tasks"));
	hosted_fork(&p, &child);
	hosted_exec(&child);
	hosted_exit(&child);
	hosted_exit(&p);
	ATF_CHECK_EQ(2, variable("kern.mach.tasks"));
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, local_port_of_a_port_that_died);
	ATF_TP_ADD_TC(tp, local_port_of_a_port_that_moved);
	ATF_TP_ADD_TC(tp, default_that_dies_first);
	ATF_TP_ADD_TC(tp, local_port_of_a_port_with_another_name);
	ATF_TP_ADD_TC(tp, unwritable_message_and_changed_names);
	ATF_TP_ADD_TC(tp, no_address_space);
	ATF_TP_ADD_TC(tp, no_name_for_the_destination);
	ATF_TP_ADD_TC(tp, newcomer_does_not_overtake);
	ATF_TP_ADD_TC(tp, room_wins_over_signal);
	ATF_TP_ADD_TC(tp, blocked_senders_are_in_order);
	ATF_TP_ADD_TC(tp, blocked_sender_and_dead_port);
	ATF_TP_ADD_TC(tp, blocked_sender_holds_nothing_up);
	ATF_TP_ADD_TC(tp, sender_and_dying_port);
	ATF_TP_ADD_TC(tp, refused_sender_and_dying_port);
	ATF_TP_ADD_TC(tp, blocked_sender_and_signal);
	ATF_TP_ADD_TC(tp, message_wins_over_signal);
	ATF_TP_ADD_TC(tp, look_wins_over_signal);
	ATF_TP_ADD_TC(tp, blocked_receiver_and_lost_right);
	ATF_TP_ADD_TC(tp, receiver_and_dying_port);
	ATF_TP_ADD_TC(tp, blocked_receiver_and_new_member);
	ATF_TP_ADD_TC(tp, share_of_the_owner);
	ATF_TP_ADD_TC(tp, memory_is_charged_in_pages);
	ATF_TP_ADD_TC(tp, no_room_for_a_chosen_name);
	ATF_TP_ADD_TC(tp, moved_name_beyond_the_limit);
	ATF_TP_ADD_TC(tp, refusal_is_in_the_log);
	ATF_TP_ADD_TC(tp, task_of_two_users);
	ATF_TP_ADD_TC(tp, root_of_a_jail);
	ATF_TP_ADD_TC(tp, sleep_ends_before_the_wakeup);
	ATF_TP_ADD_TC(tp, process_without_mach);
	return (atf_no_error());
}
