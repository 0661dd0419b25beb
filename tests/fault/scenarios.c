/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The scenarios.
 */

#include "scenarios.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mach/mach_port.h>
#include <mach/notify.h>

#define	PAGE		4096u

#define	TRAP(st, op, a)	stage_trap((st), MACH_TRAP_##op, &(a), sizeof(a))

/* A message with room for three descriptors of any kind, or one's trailer. */
struct parcel {
	mach_msg_base_t	base;
	char		body[48];
	mach_msg_max_trailer_t trailer;
};

static uint32_t
allocate(struct stage *st, int who, uint32_t right)
{
	struct mach_port_allocate_args a = { st->self[who], right, 0 };

	return (TRAP(st, PORT_ALLOCATE, a) == 0 ? a.name : MACH_PORT_NULL);
}

static uint32_t
port_with_send(struct stage *st, int who)
{
	struct mach_port_right_args r;
	uint32_t name;

	name = allocate(st, who, MACH_PORT_RIGHT_RECEIVE);
	r = (struct mach_port_right_args){ st->self[who], name, name,
	    MACH_MSG_TYPE_MAKE_SEND };
	(void)TRAP(st, PORT_INSERT_RIGHT, r);
	return (name);
}

static void
parcel_init(struct parcel *p, uint32_t dest, int how, uint32_t ndesc)
{
	memset(p, 0, sizeof(*p));
	p->base.header.msgh_bits = MACH_MSGH_BITS((uint32_t)how, 0) |
	    (ndesc != 0 ? MACH_MSGH_BITS_COMPLEX : 0);
	p->base.header.msgh_remote_port = dest;
	p->base.body.msgh_descriptor_count = ndesc;
}

static char *
put_right(char *u, uint32_t name, int how)
{
	mach_msg_port_descriptor_t *d = (void *)u;

	d->name = name;
	d->disposition = (uint8_t)how;
	d->type = MACH_MSG_PORT_DESCRIPTOR;
	return ((char *)(d + 1));
}

static char *
put_memory(char *u, void *address, uint32_t size, int copy)
{
	mach_msg_ool_descriptor_t *d = (void *)u;

	d->address = address;
	d->size = size;
	d->copy = (uint8_t)copy;
	d->deallocate = 1;
	d->type = MACH_MSG_OOL_DESCRIPTOR;
	return ((char *)(d + 1));
}

static char *
put_rights(char *u, uint32_t *names, uint32_t n, int how)
{
	mach_msg_ool_ports_descriptor_t *d = (void *)u;

	d->address = names;
	d->count = n;
	d->disposition = (uint8_t)how;
	d->type = MACH_MSG_OOL_PORTS_DESCRIPTOR;
	return ((char *)(d + 1));
}

static mach_msg_return_t
parcel_send(struct stage *st, struct parcel *p, const char *end, int option)
{
	return (stage_msg(st, p, MACH_SEND_MSG | MACH_SEND_TIMEOUT | option,
	    (uint32_t)(end - (char *)p), 0, MACH_PORT_NULL));
}

static mach_msg_return_t
parcel_take(struct stage *st, struct parcel *p, uint32_t from)
{
	return (stage_msg(st, p, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
	    (int)MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |
	    (int)MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT), 0,
	    sizeof(*p), from));
}

static void *
pages(void)
{
	return (mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

/* Pages that a send that failed has left where they were. */
static void
pages_back(void *p, mach_msg_return_t mr)
{
	if (mr != MACH_MSG_SUCCESS && p != MAP_FAILED)
		(void)munmap(p, 2 * PAGE);
}

/* The memory in a message of two descriptors, the second of them ports. */
static void
drop_memory(struct parcel *p)
{
	mach_msg_ool_descriptor_t *d = (void *)p->body;
	mach_msg_ool_ports_descriptor_t *o = (void *)(d + 1);

	if (d->address != NULL)
		(void)munmap(d->address, d->size);
	if (o->address != NULL)
		(void)munmap(o->address, o->count * sizeof(uint32_t));
}

static void
run_names(struct stage *st)
{
	struct mach_port_construct_args c = { .task = st->self[0],
		.flags = MPO_CONTEXT_AS_GUARD | MPO_INSERT_SEND_RIGHT,
		.context = 77 };
	struct mach_port_destruct_args x = { .task = st->self[0],
		.srdelta = -1, .guard = 77 };
	struct mach_port_names_args n = { .task = st->self[0] };
	struct mach_port_right_args r;
	struct mach_port_refs_args refs;
	struct mach_port_type_args t;
	struct mach_port_name_args d;
	uint32_t names[32], port;

	stage_on(st, 0);
	port = port_with_send(st, 0);
	r = (struct mach_port_right_args){ st->self[0], port, 0,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE };
	(void)TRAP(st, PORT_EXTRACT_RIGHT, r);
	d = (struct mach_port_name_args){ st->self[0], r.right };
	(void)TRAP(st, PORT_DEALLOCATE, d);
	refs = (struct mach_port_refs_args){ st->self[0], port,
	    MACH_PORT_RIGHT_SEND, 3 };
	(void)TRAP(st, PORT_MOD_REFS, refs);
	(void)TRAP(st, PORT_GET_REFS, refs);
	t = (struct mach_port_type_args){ st->self[0], port, 0 };
	(void)TRAP(st, PORT_TYPE, t);
	n.names = (uintptr_t)names;
	n.types = (uintptr_t)(names + 16);
	n.capacity = 16;
	(void)TRAP(st, PORT_NAMES, n);
	if (TRAP(st, PORT_CONSTRUCT, c) == KERN_SUCCESS) {
		x.name = c.name;
		(void)TRAP(st, PORT_DESTRUCT, x);
	}
	(void)allocate(st, 0, MACH_PORT_RIGHT_DEAD_NAME);
	d.name = port;
	(void)TRAP(st, PORT_DESTROY, d);
}

/* More names than a space has room for at first. */
static void
run_many_names(struct stage *st)
{
	int i;

	stage_on(st, 0);
	for (i = 0; i < 150; i++)
		(void)allocate(st, 0, MACH_PORT_RIGHT_DEAD_NAME);
}

static void
run_attributes(struct stage *st)
{
	struct mach_port_attributes_args a = { .task = st->self[0],
		.name = st->link[0], .flavor = MACH_PORT_RECEIVE_STATUS,
		.count = MACH_PORT_RECEIVE_STATUS_COUNT };
	struct mach_port_guard_args g = { .task = st->self[0],
		.name = st->link[0], .guard = 5 };
	struct mach_tokens_args k = { .task = st->self[0] };
	struct mach_pid_args p = { .task = st->self[0] };
	struct mach_name_args n = { 0 };

	stage_on(st, 0);
	(void)TRAP(st, PORT_GET_ATTRIBUTES, a);
	a.flavor = MACH_PORT_LIMITS_INFO;
	a.info[0] = 2;
	(void)TRAP(st, PORT_SET_ATTRIBUTES, a);
	(void)TRAP(st, PORT_GUARD, g);
	(void)TRAP(st, PORT_GET_CONTEXT, g);
	(void)TRAP(st, PORT_UNGUARD, g);
	(void)TRAP(st, TASK_TOKENS, k);
	(void)TRAP(st, PID_FOR_TASK, p);
	(void)TRAP(st, THREAD_SELF, n);
	(void)TRAP(st, HOST_SELF, n);
	(void)TRAP(st, REPLY_PORT, n);
}

static void
run_sets(struct stage *st)
{
	struct mach_port_names_args n = { .task = st->self[0] };
	struct mach_port_member_args m;
	struct parcel p;
	uint32_t names[8], one, two;

	stage_on(st, 0);
	one = allocate(st, 0, MACH_PORT_RIGHT_PORT_SET);
	two = allocate(st, 0, MACH_PORT_RIGHT_PORT_SET);
	m = (struct mach_port_member_args){ st->self[0], st->link[0], one };
	(void)TRAP(st, PORT_INSERT_MEMBER, m);
	m.pset = two;
	(void)TRAP(st, PORT_INSERT_MEMBER, m);
	n.name = one;
	n.names = (uintptr_t)names;
	n.capacity = 8;
	(void)TRAP(st, PORT_GET_SET_STATUS, n);
	stage_on(st, 1);
	parcel_init(&p, st->link[1], MACH_MSG_TYPE_COPY_SEND, 0);
	(void)parcel_send(st, &p, p.body, 0);
	stage_on(st, 0);
	(void)parcel_take(st, &p, one);
	m.pset = one;
	(void)TRAP(st, PORT_EXTRACT_MEMBER, m);
	(void)TRAP(st, PORT_MOVE_MEMBER, m);
}

/* Every disposition there is, to another process and back by reply. */
static void
run_rights(struct stage *st)
{
	uint32_t moved, once, port, reply;
	struct mach_port_right_args r;
	struct parcel p;
	char *u;

	stage_on(st, 1);
	port = port_with_send(st, 1);
	moved = port_with_send(st, 1);
	reply = port_with_send(st, 1);
	r = (struct mach_port_right_args){ st->self[1], port, 0,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE };
	(void)TRAP(st, PORT_EXTRACT_RIGHT, r);
	once = r.right;
	parcel_init(&p, st->link[1], MACH_MSG_TYPE_COPY_SEND, 3);
	p.base.header.msgh_bits |=
	    MACH_MSGH_BITS(0, MACH_MSG_TYPE_MAKE_SEND_ONCE);
	p.base.header.msgh_local_port = reply;
	u = put_right(p.body, moved, MACH_MSG_TYPE_MOVE_RECEIVE);
	u = put_right(u, once, MACH_MSG_TYPE_MOVE_SEND_ONCE);
	u = put_right(u, moved, MACH_MSG_TYPE_MOVE_SEND);
	(void)parcel_send(st, &p, u, 0);
	stage_on(st, 0);
	if (parcel_take(st, &p, st->link[0]) == MACH_MSG_SUCCESS) {
		reply = p.base.header.msgh_remote_port;
		parcel_init(&p, reply, MACH_MSG_TYPE_MOVE_SEND_ONCE, 1);
		u = put_right(p.body, st->link[0], MACH_MSG_TYPE_MAKE_SEND);
		(void)parcel_send(st, &p, u, 0);
	}
}

/* Memory of both kinds, and it comes back when the queue is full. */
static void
run_memory(struct stage *st)
{
	struct mach_port_attributes_args a = { .task = st->self[0],
		.name = st->link[0], .flavor = MACH_PORT_LIMITS_INFO,
		.count = 1, .info = { 1 } };
	uint32_t names[4], port;
	mach_msg_return_t mr;
	struct parcel p;
	void *memory;
	char *u;
	int i;

	stage_on(st, 0);
	(void)TRAP(st, PORT_SET_ATTRIBUTES, a);
	stage_on(st, 1);
	port = port_with_send(st, 1);
	for (i = 0; i < 2; i++) {
		names[0] = names[1] = port;
		names[2] = MACH_PORT_NULL;
		names[3] = port;
		memory = pages();
		parcel_init(&p, st->link[1], MACH_MSG_TYPE_COPY_SEND, 2);
		u = put_memory(p.body, memory, PAGE + 10, i == 0 ?
		    MACH_MSG_PHYSICAL_COPY : MACH_MSG_VIRTUAL_COPY);
		u = put_rights(u, names, 4, MACH_MSG_TYPE_MAKE_SEND);
		mr = parcel_send(st, &p, u, 0);
		if (mr == MACH_MSG_SUCCESS)
			continue;
		if ((mr & ~MACH_MSG_MASK) == MACH_SEND_TIMED_OUT)
			drop_memory(&p);
		else
			pages_back(memory, mr);
	}
	stage_on(st, 0);
	while ((mr = parcel_take(st, &p, st->link[0])) == MACH_MSG_SUCCESS ||
	    (mr & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR)
		drop_memory(&p);
}

static void
request(struct stage *st, int who, uint32_t name, int id, uint32_t sync,
    uint32_t notify)
{
	struct mach_port_notification_args a = { .task = st->self[who],
		.name = name, .msgid = id, .sync = sync, .notify = notify,
		.disposition = MACH_MSG_TYPE_MAKE_SEND_ONCE };

	(void)TRAP(st, PORT_REQUEST_NOTIFICATION, a);
}

/* Every notification, asked for, replaced, and sent by what it is about. */
static void
run_notifications(struct stage *st)
{
	struct mach_port_name_args d;
	struct parcel p;
	uint32_t notify, port, watched;
	int i;

	stage_on(st, 1);
	notify = allocate(st, 1, MACH_PORT_RIGHT_RECEIVE);
	port = port_with_send(st, 1);
	request(st, 1, port, MACH_NOTIFY_NO_SENDERS, 1, notify);
	request(st, 1, port, MACH_NOTIFY_NO_SENDERS, 1, notify);
	request(st, 1, port, MACH_NOTIFY_PORT_DESTROYED, 0, notify);
	request(st, 1, port, MACH_NOTIFY_DEAD_NAME, 1, notify);
	request(st, 1, port, MACH_NOTIFY_DEAD_NAME, 0, MACH_PORT_NULL);
	request(st, 1, st->link[1], MACH_NOTIFY_DEAD_NAME, 1, notify);
	watched = port_with_send(st, 1);
	request(st, 1, watched, MACH_NOTIFY_SEND_POSSIBLE, 0, notify);
	for (i = 0; i < 6; i++) {
		parcel_init(&p, watched, MACH_MSG_TYPE_COPY_SEND, 0);
		(void)parcel_send(st, &p, p.body, MACH_SEND_NOTIFY);
	}
	(void)parcel_take(st, &p, watched);
	d = (struct mach_port_name_args){ st->self[1], port };
	(void)TRAP(st, PORT_DEALLOCATE, d);
	(void)TRAP(st, PORT_DESTROY, d);
	stage_on(st, 0);
	d = (struct mach_port_name_args){ st->self[0], st->link[0] };
	(void)TRAP(st, PORT_DESTROY, d);
	stage_on(st, 1);
	for (i = 0; i < 8; i++)
		(void)parcel_take(st, &p, notify);
}

/* Buffers that are too small, with and without MACH_RCV_LARGE. */
static void
run_large(struct stage *st)
{
	struct parcel p;
	int i;

	for (i = 0; i < 2; i++) {
		stage_on(st, 1);
		parcel_init(&p, st->link[1], MACH_MSG_TYPE_COPY_SEND, 1);
		(void)put_right(p.body, st->link[1], MACH_MSG_TYPE_COPY_SEND);
		(void)parcel_send(st, &p, p.body + sizeof(p.body), 0);
		stage_on(st, 0);
		(void)stage_msg(st, &p, MACH_RCV_MSG | MACH_RCV_TIMEOUT |
		    MACH_RCV_LARGE | MACH_RCV_LARGE_IDENTITY, 0, 40,
		    st->link[0]);
		(void)stage_msg(st, &p, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
		    i == 0 ? 40 : 8, st->link[0]);
	}
}

static uint32_t
guarded_port(struct stage *st, int who)
{
	struct mach_port_construct_args c = { .task = st->self[who],
		.flags = MPO_CONTEXT_AS_GUARD, .context = 77 };

	return (TRAP(st, PORT_CONSTRUCT, c) == KERN_SUCCESS ? c.name :
	    MACH_PORT_NULL);
}

/* A guarded port that travels, and one whose message comes back. */
static void
run_guarded(struct stage *st)
{
	struct mach_port_attributes_args a = { .task = st->self[0],
		.name = st->link[0], .flavor = MACH_PORT_LIMITS_INFO,
		.count = 1, .info = { 1 } };
	mach_msg_guarded_port_descriptor_t *d;
	struct parcel p;
	int i;

	stage_on(st, 0);
	(void)TRAP(st, PORT_SET_ATTRIBUTES, a);
	stage_on(st, 1);
	for (i = 0; i < 2; i++) {
		parcel_init(&p, st->link[1], MACH_MSG_TYPE_COPY_SEND, 1);
		d = (void *)p.body;
		d->type = MACH_MSG_GUARDED_PORT_DESCRIPTOR;
		d->name = guarded_port(st, 1);
		d->context = 77;
		d->disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
		(void)parcel_send(st, &p, (char *)(d + 1), 0);
	}
	stage_on(st, 0);
	(void)parcel_take(st, &p, st->link[0]);
}

/* A port of the kernel's answers, by either kind of right. */
static void
run_kobjects(struct stage *st)
{
	static const int how[] = { MACH_MSG_TYPE_MAKE_SEND_ONCE,
		MACH_MSG_TYPE_MAKE_SEND };
	struct parcel p;
	uint32_t reply;
	int i;

	stage_on(st, 1);
	reply = allocate(st, 1, MACH_PORT_RIGHT_RECEIVE);
	for (i = 0; i < 2; i++) {
		parcel_init(&p, st->self[1], MACH_MSG_TYPE_COPY_SEND, 0);
		p.base.header.msgh_bits |=
		    MACH_MSGH_BITS(0, (uint32_t)how[i]);
		p.base.header.msgh_local_port = reply;
		(void)parcel_send(st, &p, p.body, 0);
		(void)parcel_take(st, &p, reply);
	}
}

/* The traps that set a word or two. */
static void
run_words(struct stage *st)
{
	struct mach_port_guard_args g = { .task = st->self[0],
		.name = st->link[0], .guard = 5, .new_guard = 6 };
	struct mach_port_refs_args r = { .task = st->self[0],
		.name = st->link[0], .value = 3 };

	stage_on(st, 0);
	(void)TRAP(st, PORT_SET_CONTEXT, g);
	(void)TRAP(st, PORT_GUARD, g);
	(void)TRAP(st, PORT_SWAP_GUARD, g);
	(void)TRAP(st, PORT_SET_MSCOUNT, r);
	(void)TRAP(st, PORT_SET_SEQNO, r);
}

/* What root can see of a process, and of which there are. */
static void
run_inspect(struct stage *st)
{
	static uint64_t room[512];
	struct mach_inspect_args a = { .task = st->self[0],
		.buffer = (uintptr_t)room, .capacity = 8 };

	stage_on(st, 0);
	(void)TRAP(st, INSPECT, a);
	a.pid = st->proc[1].p_pid;
	(void)TRAP(st, INSPECT, a);
}

/* A bootstrap port that a child inherits, who then becomes another program. */
static void
run_lives(struct stage *st)
{
	struct mach_special_port_args b = { st->self[0], 4, st->link[0] };
	struct mach_port_name_args s = { st->self[0], st->link[0] };
	struct machkern_thread mt;
	struct mach_name_args self = { 0 };
	struct proc child = { .p_pid = 30 };

	stage_on(st, 0);
	(void)TRAP(st, TASK_SET_SPECIAL_PORT, b);
	(void)TRAP(st, TASK_GET_SPECIAL_PORT, b);
	(void)TRAP(st, SPAWN_BOOTSTRAP, s);
	hosted_fork(&st->proc[0], &child);
	if (machkern_attach(&mt, &child, 1000) != 0)
		return;
	if (TRAP(st, TASK_SELF, self) == KERN_SUCCESS) {
		b = (struct mach_special_port_args){ self.name, 4, 0 };
		(void)TRAP(st, TASK_GET_SPECIAL_PORT, b);
	}
	hosted_exec(&child);
	(void)TRAP(st, TASK_SELF, self);
	hosted_exit(&child);
	machkern_detach(&mt);
	stage_on(st, 0);
}

static void
run_host(struct stage *st)
{
	struct mach_special_port_args b = { .which = 4 };
	struct mach_name_args host = { 0 };
	u_int left;

	stage_on(st, 0);
	if (TRAP(st, HOST_SELF, host) != KERN_SUCCESS)
		return;
	b.task = host.name;
	b.port = st->link[0];
	(void)TRAP(st, HOST_SET_SPECIAL_PORT, b);
	(void)TRAP(st, HOST_GET_SPECIAL_PORT, b);
	b.port = MACH_PORT_NULL;
	(void)TRAP(st, HOST_SET_SPECIAL_PORT, b);
	/* Whatever has failed: nobody else is to find this port. */
	left = hosted_fault_pause();
	(void)TRAP(st, HOST_SET_SPECIAL_PORT, b);
	hosted_fault_resume(left);
}

static void
run_files(struct stage *st)
{
	struct mach_fd_args w = { .task = st->self[0], .name = st->link[0] };
	struct mach_fd_args m = { .task = st->self[0], .fd = -1 };
	struct mach_fd_args f = { .task = st->self[0], .fd = -1 };
	int fd;

	stage_on(st, 0);
	if (TRAP(st, PORT_FD, w) == KERN_SUCCESS)
		close(w.fd);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	m.fd = fd;
	if (TRAP(st, FILEPORT_MAKEPORT, m) == KERN_SUCCESS) {
		f.name = m.name;
		if (TRAP(st, FILEPORT_MAKEFD, f) == KERN_SUCCESS)
			close(f.fd);
	}
	close(fd);
}

const struct scenario scenarios[] = {
	{ "names", run_names, 1000 },
	{ "many names", run_many_names, 1000 },
	{ "attributes", run_attributes, 1000 },
	{ "sets", run_sets, 1000 },
	{ "rights", run_rights, 1000 },
	{ "memory", run_memory, 1000 },
	{ "notifications", run_notifications, 1000 },
	{ "large", run_large, 1000 },
	{ "guarded", run_guarded, 1000 },
	{ "kernel objects", run_kobjects, 1000 },
	{ "words", run_words, 1000 },
	{ "inspect", run_inspect, 0 },
	{ "lives", run_lives, 1000 },
	{ "host", run_host, 0 },
	{ "files", run_files, 1000 },
	{ NULL, NULL, 0 }
};
