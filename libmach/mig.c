/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What MIG-made stubs call.
 *
 * A thread has one reply port, made at its first call and freed with it.  A
 * stub gives it back after an error that leaves no reply on its way; after one
 * that may, it has the port destroyed, so that a late reply cannot be taken for
 * the next one.
 */

#include <pthread.h>
#include <string.h>

#include <mach/mach.h>
#include <mach/mach_sync_ipc.h>
#include <mach/mig.h>

#include "trap.h"

NDR_record_t NDR_record = { .int_rep = NDR_INT_LITTLE_ENDIAN };

/* Four bytes of what every program has to spare, and found without a call. */
static _Thread_local mach_port_t reply_port
    __attribute__((__tls_model__("initial-exec")));
static pthread_key_t reply_key;
static pthread_once_t reply_once = PTHREAD_ONCE_INIT;

static void
reply_port_free(void *arg)
{
	(void)arg;
	if (reply_port != MACH_PORT_NULL)
		mig_dealloc_reply_port(reply_port);
}

static void
reply_setup(void)
{
	(void)pthread_key_create(&reply_key, reply_port_free);
}

/* A receive right for a reply, the caller's own; MACH_PORT_NULL if refused. */
mach_port_t
mach_reply_port(void)
{
	struct mach_name_args args = { MACH_PORT_NULL };

	if (mach_trap(MACH_TRAP_REPLY_PORT, &args, sizeof(args)) !=
	    KERN_SUCCESS)
		return (MACH_PORT_NULL);
	return (args.name);
}

/* The calling thread's reply port, which stays libmach's. */
mach_port_t
mig_get_reply_port(void)
{
	if (reply_port == MACH_PORT_NULL) {
		pthread_once(&reply_once, reply_setup);
		reply_port = mach_reply_port();
		(void)pthread_setspecific(reply_key, &reply_port);
	}
	return (reply_port);
}

/* The port can be used again. */
void
mig_put_reply_port(mach_port_t port)
{
	(void)port;
}

/* The port may still get a reply: it dies. */
void
mig_dealloc_reply_port(mach_port_t port)
{
	if (port == MACH_PORT_NULL || port != reply_port)
		return;
	reply_port = MACH_PORT_NULL;
	(void)mach_port_mod_refs(mach_task_self(), port,
	    MACH_PORT_RIGHT_RECEIVE, -1);
}

/* In a forked child the name means nothing. */
void
mig_atfork_child(void)
{
	reply_port = MACH_PORT_NULL;
}

/* There is no priority to hand over: an ordinary reply port serves. */
mach_port_t
mig_get_special_reply_port(void)
{
	return (mig_get_reply_port());
}

void
mig_dealloc_special_reply_port(mach_port_t port)
{
	mig_dealloc_reply_port(port);
}

mach_port_t
thread_get_special_reply_port(void)
{
	return (mig_get_reply_port());
}

/* Prepares an error reply to a request. */
void
mig_reply_setup(mach_msg_header_t *request, mach_msg_header_t *reply)
{
	mig_reply_error_t *error;

	error = (mig_reply_error_t *)(void *)reply;
	error->Head.msgh_bits = MACH_MSGH_BITS(
	    MACH_MSGH_BITS_REMOTE(request->msgh_bits), 0);
	error->Head.msgh_size = sizeof(*error);
	error->Head.msgh_remote_port = request->msgh_remote_port;
	error->Head.msgh_local_port = MACH_PORT_NULL;
	error->Head.msgh_voucher_port = MACH_PORT_NULL;
	/* The number is the sender's choice, and may be the largest. */
	error->Head.msgh_id = (mach_msg_id_t)((uint32_t)request->msgh_id +
	    100u);
	error->NDR = NDR_record;
	error->RetCode = MIG_BAD_ID;
}

/* Memory as out-of-line data comes in; *addrp is 0 if there is none. */
void
mig_allocate(vm_address_t *addrp, vm_size_t size)
{
	if (vm_allocate(mach_task_self(), addrp, size, VM_FLAGS_ANYWHERE) !=
	    KERN_SUCCESS)
		*addrp = 0;
}

void
mig_deallocate(vm_address_t addr, vm_size_t size)
{
	(void)vm_deallocate(mach_task_self(), addr, size);
}

/*
 * Copies at most `len' bytes of a string, the last of which is always NUL.
 * Returns the bytes copied, NUL included.
 */
int
mig_strncpy(char *dst, const char *src, int len)
{
	size_t n;

	if (len <= 0 || dst == NULL || src == NULL)
		return (0);
	n = strnlen(src, (size_t)len - 1);
	memcpy(dst, src, n);
	dst[n] = '\0';
	return ((int)n + 1);
}

/* The same, with the rest of the buffer zeroed. */
int
mig_strncpy_zerofill(char *dst, const char *src, int len)
{
	int n;

	n = mig_strncpy(dst, src, len);
	if (n > 0)
		memset(dst + n, 0, (size_t)(len - n));
	return (n);
}
