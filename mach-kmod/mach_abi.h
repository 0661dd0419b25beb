/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The boundary between libmach and the kernel: two system calls and the
 * structures they carry.  Both sides include this file; nothing else is shared
 * but the public <mach/...> headers.
 *
 * mach_msg(2) is one system call of six register arguments, because it is the
 * path every message takes.  Everything else goes through mach_trap(2):
 *
 *	kern_return_t mach_trap(int op, struct mach_..._args *args, size_t size)
 *
 * The kernel copies *args in, runs the operation, and copies the whole
 * structure back if the operation has out fields (marked "out" or "in/out"
 * below).  `size' must be the size the kernel expects for `op'; a mismatch is
 * KERN_INVALID_ARGUMENT and means libmach and the module differ.  An unreadable
 * structure is KERN_INVALID_ADDRESS, an unknown op KERN_NOT_SUPPORTED.
 *
 * `task' in every structure is the name under which the caller holds a send
 * right to its own task port (mach_task_self()).
 */

#ifndef _MACH_ABI_H_
#define	_MACH_ABI_H_

#include <sys/types.h>

/* Published as kern.mach.abi; libmach refuses any other value. */
#define	MACH_ABI_VERSION	1

/* Options and sizes of mach_msg(2). */
#define	MACH_MSG_SIZES(send, rcv)					\
	((uint64_t)(send) << 32 | (uint32_t)(rcv))
#define	MACH_MSG_SEND_SIZE(sizes)	((uint32_t)((sizes) >> 32))
#define	MACH_MSG_RCV_SIZE(sizes)	((uint32_t)(sizes))

/*
 * The registers of mach_msg(2).  A timeout is in milliseconds.  `rcv_msg' is
 * mach_msg_overwrite()'s receive buffer, or 0 to receive where `msg' was sent
 * from.
 */
struct mach_msg_trap_args {
	uint64_t	msg;
	uint64_t	option;
	uint64_t	sizes;
	uint64_t	rcv_name;
	uint64_t	timeout;
	uint64_t	rcv_msg;
};

enum mach_trap_op {
	MACH_TRAP_TASK_SELF = 1,	/* mach_name_args */
	MACH_TRAP_HOST_SELF,		/* mach_name_args */
	MACH_TRAP_REPLY_PORT,		/* mach_name_args */
	MACH_TRAP_PORT_ALLOCATE,	/* mach_port_allocate_args */
	MACH_TRAP_PORT_DEALLOCATE,	/* mach_port_name_args */
	MACH_TRAP_PORT_DESTROY,		/* mach_port_name_args */
	MACH_TRAP_PORT_MOD_REFS,	/* mach_port_refs_args */
	MACH_TRAP_PORT_GET_REFS,	/* mach_port_refs_args */
	MACH_TRAP_PORT_TYPE,		/* mach_port_type_args */
	MACH_TRAP_PORT_NAMES,		/* mach_port_names_args */
	MACH_TRAP_PORT_INSERT_RIGHT,	/* mach_port_right_args */
	MACH_TRAP_PORT_EXTRACT_RIGHT,	/* mach_port_right_args */
	MACH_TRAP_PORT_REQUEST_NOTIFICATION, /* mach_port_notification_args */
	MACH_TRAP_PORT_CONSTRUCT,	/* mach_port_construct_args */
	MACH_TRAP_PORT_DESTRUCT,	/* mach_port_destruct_args */
	MACH_TRAP_PORT_GUARD,		/* mach_port_guard_args */
	MACH_TRAP_PORT_UNGUARD,		/* mach_port_guard_args */
	MACH_TRAP_PORT_SWAP_GUARD,	/* mach_port_guard_args */
	MACH_TRAP_PORT_GET_CONTEXT,	/* mach_port_guard_args */
	MACH_TRAP_PORT_SET_CONTEXT,	/* mach_port_guard_args */
	MACH_TRAP_PORT_GET_ATTRIBUTES,	/* mach_port_attributes_args */
	MACH_TRAP_PORT_SET_ATTRIBUTES,	/* mach_port_attributes_args */
	MACH_TRAP_PORT_SET_MSCOUNT,	/* mach_port_refs_args */
	MACH_TRAP_PORT_SET_SEQNO,	/* mach_port_refs_args */
	MACH_TRAP_PORT_INSERT_MEMBER,	/* mach_port_member_args */
	MACH_TRAP_PORT_EXTRACT_MEMBER,	/* mach_port_member_args */
	MACH_TRAP_PORT_MOVE_MEMBER,	/* mach_port_member_args */
	MACH_TRAP_PORT_GET_SET_STATUS,	/* mach_port_names_args */
	MACH_TRAP_TASK_GET_SPECIAL_PORT, /* mach_special_port_args */
	MACH_TRAP_TASK_SET_SPECIAL_PORT, /* mach_special_port_args */
	MACH_TRAP_HOST_GET_SPECIAL_PORT, /* mach_special_port_args */
	MACH_TRAP_HOST_SET_SPECIAL_PORT, /* mach_special_port_args */
	MACH_TRAP_PID_FOR_TASK,		/* mach_pid_args */
	MACH_TRAP_TASK_TOKENS,		/* mach_tokens_args */
	MACH_TRAP_THREAD_SELF,		/* mach_name_args */
	MACH_TRAP_PORT_FD,		/* mach_fd_args */
	MACH_TRAP_FILEPORT_MAKEPORT,	/* mach_fd_args */
	MACH_TRAP_FILEPORT_MAKEFD,	/* mach_fd_args */
	MACH_TRAP_SPAWN_BOOTSTRAP,	/* mach_port_name_args */
	MACH_TRAP_INSPECT,		/* mach_inspect_args */
	MACH_TRAP_OP_MAX
};

/* A trap that only returns a name. */
struct mach_name_args {
	uint32_t	name;		/* out */
};

struct mach_port_allocate_args {
	uint32_t	task;
	uint32_t	right;		/* mach_port_right_t */
	uint32_t	name;		/* out */
};

struct mach_port_name_args {
	uint32_t	task;
	uint32_t	name;
};

/* mod_refs, get_refs, set_mscount and set_seqno: value in or out. */
struct mach_port_refs_args {
	uint32_t	task;
	uint32_t	name;
	uint32_t	right;
	int32_t		value;		/* delta, count; in/out */
};

struct mach_port_type_args {
	uint32_t	task;
	uint32_t	name;
	uint32_t	type;		/* out */
};

/*
 * names (all of the task's) and get_set_status (of the set `name').  The kernel
 * writes at most `capacity' words to each of `names' and `types' (types may be
 * 0) and always sets `count' to how many there were; the caller retries with a
 * larger buffer when count > capacity.
 */
struct mach_port_names_args {
	uint32_t	task;
	uint32_t	name;
	uint64_t	names;		/* user address of uint32_t[capacity] */
	uint64_t	types;		/* user address of uint32_t[capacity] */
	uint32_t	capacity;
	uint32_t	count;		/* out */
};

/* insert_right and extract_right. */
struct mach_port_right_args {
	uint32_t	task;
	uint32_t	name;
	uint32_t	right;		/* insert: in, extract: out */
	uint32_t	disposition;	/* extract: out, the type acquired */
};

struct mach_port_notification_args {
	uint32_t	task;
	uint32_t	name;
	int32_t		msgid;
	uint32_t	sync;
	uint32_t	notify;
	uint32_t	disposition;
	uint32_t	previous;	/* out */
};

struct mach_port_construct_args {
	uint32_t	task;
	uint32_t	flags;		/* MPO_* */
	uint32_t	qlimit;
	uint32_t	name;		/* out */
	uint64_t	context;
};

struct mach_port_destruct_args {
	uint32_t	task;
	uint32_t	name;
	int32_t		srdelta;
	uint32_t	pad;
	uint64_t	guard;
};

/* guard (strict or flags), unguard, swap_guard, get_context, set_context. */
struct mach_port_guard_args {
	uint32_t	task;
	uint32_t	name;
	uint64_t	guard;		/* swap: the old; out: context */
	uint64_t	new_guard;
	uint64_t	flags;		/* MPG_* */
};

#define	MACH_ATTRIBUTE_WORDS	17	/* the largest flavour, INFO_EXT */

struct mach_port_attributes_args {
	uint32_t	task;
	uint32_t	name;
	uint32_t	flavor;
	uint32_t	count;		/* words; get: in/out */
	uint32_t	info[MACH_ATTRIBUTE_WORDS]; /* get: out */
};

/* insert_member, extract_member; move_member with pset 0 leaves all sets. */
struct mach_port_member_args {
	uint32_t	task;
	uint32_t	name;
	uint32_t	pset;
};

/* A special port of a task, or of the host (`task' is then the host port). */
struct mach_special_port_args {
	uint32_t	task;
	uint32_t	which;
	uint32_t	port;		/* in/out */
};

/* A name and a descriptor, one of them out; error explains KERN_FAILURE. */
struct mach_fd_args {
	uint32_t	task;
	uint32_t	name;
	int32_t		fd;
	int32_t		error;		/* out: errno */
};

/*
 * The names of a process, or, with pid 0, the processes that use Mach and may
 * be looked into.  The kernel writes at most `capacity' elements to `buffer',
 * struct mach_port_info or pid_t, and sets `count' to how many there were.
 */
struct mach_inspect_args {
	uint32_t	task;
	int32_t		pid;
	uint64_t	buffer;
	uint32_t	capacity;
	uint32_t	count;		/* out */
	int32_t		error;		/* out: errno, explains KERN_FAILURE */
	uint32_t	pad;
};

struct mach_pid_args {
	uint32_t	task;		/* any task port, not only one's own */
	int32_t		pid;		/* out */
};

struct mach_tokens_args {
	uint32_t	task;
	uint32_t	security[2];	/* out: euid, egid */
	uint32_t	audit[8];	/* out: audit_token_t */
};

#endif /* !_MACH_ABI_H_ */
