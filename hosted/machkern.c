/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The kernel inside a test program.
 */

#include "machkern.h"

#include <sys/jail.h>
#include <sys/systm.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* The system call does the copying, and so survives any address. */
static int
local_copyin(struct thread *td __unused, vm_offset_t uaddr, void *kaddr,
    size_t len)
{
	struct iovec local, remote;

	local = (struct iovec){ kaddr, len };
	remote = (struct iovec){ (void *)uaddr, len };
	return (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) ==
	    (ssize_t)len ? 0 : EFAULT);
}

static int
local_copyout(struct thread *td __unused, const void *kaddr,
    vm_offset_t uaddr, size_t len)
{
	struct iovec local, remote;

	local = (struct iovec){ (void *)(uintptr_t)kaddr, len };
	remote = (struct iovec){ (void *)uaddr, len };
	return (process_vm_writev(getpid(), &local, 1, &remote, 1, 0) ==
	    (ssize_t)len ? 0 : EFAULT);
}

static int
local_map(struct thread *td __unused, vm_size_t size, vm_offset_t *uaddrp)
{
	void *p;

	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return (ENOMEM);
	*uaddrp = (vm_offset_t)p;
	return (0);
}

static void
local_unmap(struct thread *td __unused, vm_offset_t uaddr, vm_size_t size)
{
	vm_offset_t mask;

	mask = (vm_offset_t)sysconf(_SC_PAGESIZE) - 1;
	size = ((uaddr + size + mask) & ~mask) - (uaddr & ~mask);
	(void)munmap((void *)(uaddr & ~mask), size);
}

static int
local_fd(struct thread *td __unused, int fd, int *newp)
{
	*newp = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return (*newp == -1 ? errno : 0);
}

static bool
take_interrupt(struct machkern_thread *mt)
{
	return (__atomic_exchange_n(&mt->mt_interrupted, false,
	    __ATOMIC_SEQ_CST));
}

static int
local_sleep(struct thread *td, sbintime_t when)
{
	struct machkern_thread *mt = td->h_private;
	struct pollfd pfd = { td->h_wakefd, POLLIN, 0 };
	uint64_t count;
	sbintime_t left;
	int ms, n;

	for (;;) {
		if (take_interrupt(mt))
			return (EINTR);
		left = when != 0 ? when - sbinuptime() : 0;
		if (when != 0 && left <= 0)
			return (EWOULDBLOCK);
		ms = when != 0 ? (int)(left / SBT_1MS) + 1 : -1;
		n = poll(&pfd, 1, ms);
		if (n != 1 || read(td->h_wakefd, &count, sizeof(count)) !=
		    (ssize_t)sizeof(count))
			continue;
		/* An interrupt comes the same way; a wake-up is h_woken. */
		if (!take_interrupt(mt))
			return (0);
		return (EINTR);
	}
}

static const struct hosted_vm local_vm = {
	.hv_copyin = local_copyin,
	.hv_copyout = local_copyout,
	.hv_map = local_map,
	.hv_unmap = local_unmap,
	.hv_getfd = local_fd,
	.hv_putfd = local_fd,
	.hv_sleep = local_sleep,
};

int
machkern_attach(struct machkern_thread *mt, struct proc *p, uid_t uid)
{
	memset(mt, 0, sizeof(*mt));
	mt->mt_cred.cr_uid = mt->mt_cred.cr_ruid = uid;
	mt->mt_cred.cr_gid = mt->mt_cred.cr_rgid = uid;
	mt->mt_cred.cr_prison = &prison0;
	return (hosted_thread_init(&mt->mt_thread, p, &mt->mt_cred, &local_vm,
	    mt));
}

void
machkern_detach(struct machkern_thread *mt)
{
	hosted_thread_fini(&mt->mt_thread);
}

void
machkern_interrupt(struct machkern_thread *mt)
{
	const uint64_t one = 1;

	__atomic_store_n(&mt->mt_interrupted, true, __ATOMIC_SEQ_CST);
	(void)!write(mt->mt_thread.h_wakefd, &one, sizeof(one));
}

static int
syscall_of(const char *name)
{
	return ((int)hosted_sysctl_get(hosted_sysctl_find(name)));
}

kern_return_t
machkern_trap(int op, void *args, size_t size)
{
	struct { uint64_t op, args, size; } uap;

	uap.op = (uint64_t)op;
	uap.args = (uintptr_t)args;
	uap.size = size;
	if (hosted_syscall(syscall_of("kern.mach.syscall_trap"), &uap) != 0)
		return (KERN_NOT_SUPPORTED);
	return ((kern_return_t)curthread->td_retval[0]);
}

mach_msg_return_t
machkern_msg(void *msg, mach_msg_option_t option, mach_msg_size_t send_size,
    mach_msg_size_t rcv_size, mach_port_name_t rcv_name, uint32_t timeout)
{
	struct mach_msg_trap_args uap;

	uap.msg = (uintptr_t)msg;
	uap.option = (uint32_t)option;
	uap.sizes = MACH_MSG_SIZES(send_size, rcv_size);
	uap.rcv_name = rcv_name;
	uap.timeout = timeout;
	uap.rcv_msg = 0;
	if (hosted_syscall(syscall_of("kern.mach.syscall_msg"), &uap) != 0)
		return (MACH_SEND_INVALID_DEST);
	return ((mach_msg_return_t)curthread->td_retval[0]);
}
