/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Hostile sequences of traps.
 *
 * An input is a program for three processes: bytes are taken off its beginning
 * as they are needed, and zeroes when there are none left.  Each step is one
 * process's trap, message, or end.  Names are mostly ones the kernel has given
 * out, addresses mostly ones in an arena, so that many steps succeed and the
 * rest come close.  Nothing ever blocks: every message has a time-out of 0.
 */

#include "trap_fuzz.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mach/kern_return.h>
#include <mach/message.h>

#include "fuzz_host.h"
#include "mach_abi.h"

#define	NNAMES		64
#define	NSTEPS		400
#define	ARENA		(256u * 1024)
#define	MSG_MAX		4096u
#define	PAGE		4096u
#define	NFDS		16

struct process {
	uint32_t	p_self, p_pid;
	uint32_t	p_names[NNAMES];	/* given out lately */
	u_int		p_nnames;
};

static struct process procs[FUZZ_PROCS];
static struct process *current;
static char *arena;

static int fds[NFDS];		/* made by the kernel, -1: none */
static u_int nfds;

static const uint8_t *input;
static size_t input_left;

static uint8_t
byte(void)
{
	if (input_left == 0)
		return (0);
	input_left--;
	return (*input++);
}

static uint32_t
word(void)
{
	uint32_t w;

	w = byte();
	w = w << 8 | byte();
	w = w << 8 | byte();
	return (w << 8 | byte());
}

void
fuzz_fail(const char *what, uint64_t value)
{
	fprintf(stderr, "trap_fuzz: %s: %ju\n", what, (uintmax_t)value);
	abort();
}

/* A word the kernel wrote; if it could be a name it is remembered. */
static void
learn(uint32_t w)
{
	if ((w & 3) != 3 || w >> 8 == 0 || w >> 8 > 4096)
		return;
	current->p_names[current->p_nnames++ % NNAMES] = w;
}

static uint32_t
name(void)
{
	uint8_t b;

	b = byte();
	if (b < 224)
		return (current->p_names[b % NNAMES]);
	switch (b & 3) {
	case 0:
		return (MACH_PORT_NULL);
	case 1:
		return (MACH_PORT_DEAD);
	case 2:
		return (current->p_self);
	default:
		return (word());
	}
}

static uint64_t
address(void)
{
	uint8_t b;

	b = byte();
	if (b < 224)
		return ((uintptr_t)arena + byte() * 64u + (b & 7));
	switch (b & 3) {
	case 0:
		return (0);
	case 1:
		return ((uint64_t)1 << 40);
	case 2:
		return (UINT64_MAX - byte());
	default:
		/* The end of the arena and what is not there behind it. */
		return ((uintptr_t)arena + ARENA - byte());
	}
}

/* A number that is small, or close to where something overflows. */
static uint32_t
number(void)
{
	static const uint32_t edges[] = { 0xffff, 0x10000, 0x7fffffff,
		0x80000000, 0xfffffffe, 0xffffffff, 1024, 65535 };
	uint8_t b;

	b = byte();
	return (b < 200 ? b % 24 : edges[b % 8]);
}

void
fuzz_introduce(int proc)
{
	struct mach_name_args self = { 0 };
	struct mach_tokens_args tokens = { 0 };

	current = &procs[proc];
	memset(current, 0, sizeof(*current));
	if (host_trap(MACH_TRAP_TASK_SELF, &self, sizeof(self)) != 0)
		fuzz_fail("no task port", 0);
	current->p_self = self.name;
	learn(self.name);
	tokens.task = self.name;
	if (host_trap(MACH_TRAP_TASK_TOKENS, &tokens, sizeof(tokens)) != 0)
		fuzz_fail("no tokens", 0);
	current->p_pid = tokens.audit[5];
}

/* How long the structure of each trap is; 0 for those of another length. */
static size_t
args_size(u_int op)
{
	static const uint8_t sizes[MACH_TRAP_OP_MAX] = {
		[MACH_TRAP_TASK_SELF] = 4, [MACH_TRAP_HOST_SELF] = 4,
		[MACH_TRAP_REPLY_PORT] = 4, [MACH_TRAP_PORT_ALLOCATE] = 12,
		[MACH_TRAP_PORT_DEALLOCATE] = 8, [MACH_TRAP_PORT_DESTROY] = 8,
		[MACH_TRAP_PORT_MOD_REFS] = 16, [MACH_TRAP_PORT_GET_REFS] = 16,
		[MACH_TRAP_PORT_TYPE] = 12, [MACH_TRAP_PORT_NAMES] = 32,
		[MACH_TRAP_PORT_INSERT_RIGHT] = 16,
		[MACH_TRAP_PORT_EXTRACT_RIGHT] = 16,
		[MACH_TRAP_PORT_REQUEST_NOTIFICATION] = 28,
		[MACH_TRAP_PORT_CONSTRUCT] = 24,
		[MACH_TRAP_PORT_DESTRUCT] = 24, [MACH_TRAP_PORT_GUARD] = 32,
		[MACH_TRAP_PORT_UNGUARD] = 32,
		[MACH_TRAP_PORT_SWAP_GUARD] = 32,
		[MACH_TRAP_PORT_GET_CONTEXT] = 32,
		[MACH_TRAP_PORT_SET_CONTEXT] = 32,
		[MACH_TRAP_PORT_GET_ATTRIBUTES] = 84,
		[MACH_TRAP_PORT_SET_ATTRIBUTES] = 84,
		[MACH_TRAP_PORT_SET_MSCOUNT] = 16,
		[MACH_TRAP_PORT_SET_SEQNO] = 16,
		[MACH_TRAP_PORT_INSERT_MEMBER] = 12,
		[MACH_TRAP_PORT_EXTRACT_MEMBER] = 12,
		[MACH_TRAP_PORT_MOVE_MEMBER] = 12,
		[MACH_TRAP_PORT_GET_SET_STATUS] = 32,
		[MACH_TRAP_TASK_GET_SPECIAL_PORT] = 12,
		[MACH_TRAP_TASK_SET_SPECIAL_PORT] = 12,
		[MACH_TRAP_HOST_GET_SPECIAL_PORT] = 12,
		[MACH_TRAP_HOST_SET_SPECIAL_PORT] = 12,
		[MACH_TRAP_PID_FOR_TASK] = 8, [MACH_TRAP_TASK_TOKENS] = 44,
		[MACH_TRAP_THREAD_SELF] = 4, [MACH_TRAP_PORT_FD] = 16,
		[MACH_TRAP_FILEPORT_MAKEPORT] = 16,
		[MACH_TRAP_FILEPORT_MAKEFD] = 16,
		[MACH_TRAP_SPAWN_BOOTSTRAP] = 8, [MACH_TRAP_INSPECT] = 32,
	};

	return (op < MACH_TRAP_OP_MAX ? sizes[op] : 0);
}

static const uint8_t dispositions[] = { MACH_MSG_TYPE_MOVE_RECEIVE,
	MACH_MSG_TYPE_MOVE_SEND, MACH_MSG_TYPE_MOVE_SEND_ONCE,
	MACH_MSG_TYPE_COPY_SEND, MACH_MSG_TYPE_MAKE_SEND,
	MACH_MSG_TYPE_MAKE_SEND_ONCE, MACH_MSG_TYPE_MAKE_SEND, 0 };

static uint8_t
disposition(void)
{
	uint8_t b;

	b = byte();
	return (b < 250 ? dispositions[b % 8] : b);
}

/* Fills the words of a structure that mean the same in most of them. */
static void
fill_args(u_int op, uint32_t *w, size_t size)
{
	static const int msgids[] = { 65, 66, 69, 70, 72, 70, 72, 1 };
	uint64_t u;
	size_t i;

	for (i = 0; i < size / 4; i++)
		w[i] = number();
	w[0] = byte() < 250 ? current->p_self : name();
	if (size > 4)
		w[1] = name();
	switch (op) {
	case MACH_TRAP_PORT_ALLOCATE:
		w[1] = byte() % 6;
		break;
	case MACH_TRAP_PORT_MOD_REFS:
		w[2] = byte() % 8;
		w[3] = byte() < 128 ? UINT32_MAX : number();
		break;
	case MACH_TRAP_PORT_INSERT_RIGHT:
	case MACH_TRAP_PORT_EXTRACT_RIGHT:
		w[2] = byte() < 128 ? w[1] : name();
		w[3] = disposition();
		break;
	case MACH_TRAP_PORT_REQUEST_NOTIFICATION:
		w[2] = (uint32_t)msgids[byte() % 8];
		w[3] = byte() & 1;
		w[4] = name();
		w[5] = disposition();
		break;
	case MACH_TRAP_PORT_NAMES:
	case MACH_TRAP_PORT_GET_SET_STATUS:
		u = address();
		memcpy(&w[2], &u, sizeof(u));
		u = address();
		memcpy(&w[4], &u, sizeof(u));
		break;
	case MACH_TRAP_INSPECT:
		if (byte() < 200)
			w[1] = current->p_pid;
		u = address();
		memcpy(&w[2], &u, sizeof(u));
		break;
	case MACH_TRAP_FILEPORT_MAKEPORT:
		w[2] = byte() < 250 ? (uint32_t)fds[byte() % NFDS] : number();
		break;
	case MACH_TRAP_PORT_INSERT_MEMBER:
	case MACH_TRAP_PORT_EXTRACT_MEMBER:
	case MACH_TRAP_PORT_MOVE_MEMBER:
	case MACH_TRAP_TASK_SET_SPECIAL_PORT:
	case MACH_TRAP_HOST_SET_SPECIAL_PORT:
		w[2] = name();
		break;
	default:
		break;
	}
	if (op == MACH_TRAP_TASK_SET_SPECIAL_PORT ||
	    op == MACH_TRAP_TASK_GET_SPECIAL_PORT)
		w[1] = byte() < 200 ? 4 : number();
}

/* Remembers a descriptor, in the place of one that is closed for it. */
static void
keep_fd(int fd)
{
	int *place;

	place = &fds[nfds++ % NFDS];
	if (*place != -1)
		close(*place);
	*place = fd;
}

void
fuzz_close(void)
{
	u_int i;

	for (i = 0; i < NFDS; i++)
		keep_fd(-1);
}

static void
step_trap(void)
{
	kern_return_t kr;
	uint32_t w[32];
	size_t i, size;
	u_int op;

	op = byte() % (MACH_TRAP_OP_MAX + 2);
	size = args_size(op);
	memset(w, 0, sizeof(w));
	fill_args(op, w, size);
	if (byte() > 252)
		size += 4;
	if (byte() > 252)
		kr = host_trap((int)op, (void *)address(), size);
	else
		kr = host_trap((int)op, w, size);
	if (kr == KERN_SUCCESS && (op == MACH_TRAP_PORT_FD ||
	    op == MACH_TRAP_FILEPORT_MAKEFD))
		keep_fd((int)w[2]);
	for (i = 0; i < size / 4; i++)
		learn(w[i]);
}

/* Pages of their own: the sender may ask for them to be taken away. */
static uint64_t
fresh_pages(uint32_t size)
{
	void *p;

	p = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return (p == MAP_FAILED ? 0 : (uintptr_t)p);
}

struct ool {
	uint64_t	address;
	uint8_t		deallocate;
	uint8_t		copy;
	uint8_t		disposition;
	uint8_t		type;
	uint32_t	size;
} __attribute__((__packed__, __aligned__(4)));

static bool
in_arena(uint64_t a, uint64_t len)
{
	return (a >= (uintptr_t)arena && a < (uintptr_t)arena + ARENA &&
	    len <= (uintptr_t)arena + ARENA - a);
}

/* Memory that a send with deallocate has not taken, to be given back. */
static struct { uint64_t address; uint32_t size; } pages[16];
static u_int npages;

static void
fill_memory(struct ool *d)
{
	uint32_t *names;
	uint32_t i;

	d->copy = byte() & 3;
	d->size = number() % 6000;
	d->deallocate = byte() > 128 && npages < 16;
	if (d->type == MACH_MSG_OOL_PORTS_DESCRIPTOR) {
		d->disposition = disposition();
		d->size %= 40;
	}
	if (!d->deallocate) {
		d->address = address();
		if (byte() > 250)
			d->size = number();
	} else {
		d->address = fresh_pages(PAGE * 3);
		pages[npages].address = d->address;
		pages[npages++].size = PAGE * 4;
	}
	if (d->type != MACH_MSG_OOL_PORTS_DESCRIPTOR ||
	    (!d->deallocate && !in_arena(d->address, 4 * (uint64_t)d->size)))
		return;
	names = (uint32_t *)(uintptr_t)(d->address & ~(uint64_t)3);
	d->address = (uintptr_t)names;
	for (i = 0; i < d->size; i++)
		names[i] = name();
}

static char *
fill_descriptor(char *u)
{
	static const uint8_t types[] = { MACH_MSG_PORT_DESCRIPTOR,
		MACH_MSG_PORT_DESCRIPTOR, MACH_MSG_PORT_DESCRIPTOR,
		MACH_MSG_OOL_DESCRIPTOR, MACH_MSG_OOL_PORTS_DESCRIPTOR,
		MACH_MSG_OOL_VOLATILE_DESCRIPTOR,
		MACH_MSG_GUARDED_PORT_DESCRIPTOR, 5 };
	mach_msg_guarded_port_descriptor_t *g;
	mach_msg_port_descriptor_t *p;
	struct ool *d;
	uint8_t type;

	type = types[byte() % 8];
	switch (type) {
	case MACH_MSG_PORT_DESCRIPTOR:
		p = (void *)u;
		p->name = name();
		p->disposition = disposition();
		p->type = type;
		return ((char *)(p + 1));
	case MACH_MSG_GUARDED_PORT_DESCRIPTOR:
		g = (void *)u;
		g->name = name();
		g->context = number();
		g->flags = byte() & 7;
		g->disposition = MACH_MSG_TYPE_MOVE_RECEIVE;
		g->type = type;
		return ((char *)(g + 1));
	default:
		d = (void *)u;
		d->type = type;
		fill_memory(d);
		return ((char *)(d + 1));
	}
}

static void
pages_free(void)
{
	while (npages > 0) {
		npages--;
		(void)munmap((void *)(uintptr_t)pages[npages].address,
		    pages[npages].size);
	}
}

/* What a message brought, or brought back: memory is given up. */
static void
take_message(mach_msg_header_t *h, uint32_t room)
{
	const char *end, *u;
	struct ool *d;
	uint32_t i, n;

	learn(h->msgh_remote_port);
	learn(h->msgh_local_port);
	if ((h->msgh_bits & MACH_MSGH_BITS_COMPLEX) == 0)
		return;
	n = ((mach_msg_base_t *)h)->body.msgh_descriptor_count;
	u = (const char *)((mach_msg_base_t *)h + 1);
	end = (const char *)h + room;
	for (i = 0; i < n && u + 16 <= end; i++) {
		d = (void *)(uintptr_t)u;
		if (d->type == MACH_MSG_PORT_DESCRIPTOR) {
			learn(*(const uint32_t *)(const void *)u);
			u += 12;
			continue;
		}
		u += 16;
		if (d->type == MACH_MSG_GUARDED_PORT_DESCRIPTOR) {
			learn(d->size);
			continue;
		}
		if (d->size == 0)
			continue;
		(void)munmap((void *)(uintptr_t)d->address,
		    d->type == MACH_MSG_OOL_PORTS_DESCRIPTOR ? 4 * d->size :
		    d->size);
	}
}

/* Whether a send's result means that the message has come back. */
static bool
came_back(mach_msg_return_t mr)
{
	switch (mr & ~MACH_MSG_MASK) {
	case MACH_SEND_TIMED_OUT:
	case MACH_SEND_INTERRUPTED:
		return (true);
	default:
		return (false);
	}
}

static void
step_send(void)
{
	static char buf[MSG_MAX] __attribute__((__aligned__(8)));
	mach_msg_header_t *h;
	mach_msg_option_t option;
	mach_msg_return_t mr;
	uint32_t i, n, size;
	char *u;

	memset(buf, 0, sizeof(buf));
	h = (void *)buf;
	h->msgh_bits = MACH_MSGH_BITS(disposition(), 0);
	h->msgh_remote_port = name();
	if (byte() & 1) {
		h->msgh_bits |= MACH_MSGH_BITS(0, disposition());
		h->msgh_local_port = name();
	}
	u = (char *)(h + 1);
	if (byte() & 1) {
		h->msgh_bits |= MACH_MSGH_BITS_COMPLEX;
		n = byte() % 5;
		((mach_msg_base_t *)h)->body.msgh_descriptor_count = n;
		u = (char *)((mach_msg_base_t *)h + 1);
		for (i = 0; i < n; i++)
			u = fill_descriptor(u);
	}
	if (byte() > 250)
		h->msgh_bits |= word();
	size = (uint32_t)(u - buf) + (byte() % 16) * 4;
	if (byte() > 250)
		size = number();
	if (size > MSG_MAX)
		size = MSG_MAX;
	option = MACH_SEND_MSG | MACH_SEND_TIMEOUT |
	    (byte() > 200 ? MACH_SEND_NOTIFY : 0);
	if (byte() > 250)
		option |= (int)(word() & ~(uint32_t)MACH_RCV_MSG);
	mr = host_msg(byte() > 250 ? (void *)address() : buf, option, size,
	    0, MACH_PORT_NULL, 0);
	if (came_back(mr))
		take_message(h, size);
	pages_free();
}

static void
step_receive(void)
{
	static char buf[MSG_MAX + 128] __attribute__((__aligned__(8)));
	mach_msg_option_t option;
	mach_msg_return_t mr;
	uint32_t room;
	bool bad;

	memset(buf, 0, sizeof(buf));
	room = byte() < 200 ? sizeof(buf) : number() % sizeof(buf);
	bad = byte() > 245;
	option = MACH_RCV_MSG | MACH_RCV_TIMEOUT;
	if (byte() > 200)
		option |= (int)(word() & ~(uint32_t)MACH_SEND_MSG);
	mr = host_msg(bad ? (void *)((uintptr_t)1 << 40) : buf, option, 0,
	    room, name(), 0);
	if (!bad && (mr == MACH_MSG_SUCCESS ||
	    (mr & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR))
		take_message((void *)buf, room);
}

/* What the descriptors of ports say, and watches by name. */
static void
step_watch(void)
{
	struct pollfd pfds[NFDS];
	uint32_t watched;
	u_int i;

	for (i = 0; i < NFDS; i++) {
		pfds[i].fd = fds[i];
		pfds[i].events = POLLIN;
	}
	(void)poll(pfds, NFDS, 0);
	watched = name();
	host_watch(watched, byte());
	i = byte();
	if (i < NFDS && fds[i] != -1) {
		close(fds[i]);
		fds[i] = -1;
	}
}

size_t
fuzz_step(int proc, const uint8_t *data, size_t size)
{
	uint8_t b;

	if (arena == NULL) {
		arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (arena == MAP_FAILED)
			fuzz_fail("no memory", ARENA);
	}
	current = &procs[proc];
	input = data;
	input_left = size;
	b = byte();
	if (b < 110)
		step_trap();
	else if (b < 178)
		step_send();
	else if (b < 184)
		step_watch();
	else
		step_receive();
	return (size - input_left);
}

/* A step of a process, or what becomes of it. */
static void
step(void)
{
	const uint8_t *data;
	size_t n, size;
	int proc;
	uint8_t b;

	proc = byte() % FUZZ_PROCS;
	b = input_left > 0 ? *input : 0;
	if (b < 240) {
		/* The one who does it may be this very process. */
		data = input;
		size = input_left;
		n = host_step(proc, data, size);
		input = data + n;
		input_left = size - n;
		return;
	}
	(void)byte();
	if (b < 246) {
		host_end(proc);
		host_start(proc);
	} else if (b < 250) {
		host_exec(proc);
	} else {
		host_fork(proc, (proc + 1) % FUZZ_PROCS);
	}
}

void
fuzz_open(void)
{
	u_int op;

	for (op = MACH_TRAP_TASK_SELF; op < MACH_TRAP_OP_MAX; op++) {
		if (args_size(op) == 0)
			fuzz_fail("knows nothing of trap", op);
	}
	memset(fds, 0xff, sizeof(fds));
	keep_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
}

void
trap_fuzz(const uint8_t *data, size_t size)
{
	int i;

	signal(SIGPIPE, SIG_IGN);
	input = data;
	input_left = size;
	host_begin();
	for (i = 0; i < FUZZ_PROCS; i++)
		host_start(i);
	for (i = 0; i < NSTEPS && input_left > 0; i++)
		step();
	for (i = 0; i < FUZZ_PROCS; i++)
		host_end(i);
	host_finish();
}

uint64_t
fuzz_setting(const char *variable, uint64_t otherwise)
{
	const char *value;

	value = getenv(variable);
	return (value != NULL ? strtoull(value, NULL, 0) : otherwise);
}

size_t
fuzz_random(uint64_t seed, uint8_t *buf)
{
	uint64_t state;
	size_t i, size;

	state = seed * 0x9e3779b97f4a7c15u | 1;
	size = 256;
	for (i = 0; i < 17 + size; i++) {
		/* xorshift64 */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		if (i == 16)
			size += (uint8_t)(state >> 32) * 15u;
		else if (i > 16)
			buf[i - 17] = (uint8_t)(state >> 32);
	}
	return (size);
}
