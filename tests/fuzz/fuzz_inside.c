/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Processes that are made up, and the kernel in the same program.
 */

#include <string.h>

#include "machkern.h"
#include "fuzz_host.h"

static struct process {
	struct proc	p_proc;
	struct machkern_thread p_thread;
} procs[FUZZ_PROCS];

static pid_t last_pid;

int
host_trap(int op, void *args, size_t size)
{
	return (machkern_trap(op, args, size));
}

int
host_msg(void *msg, int option, uint32_t send_size, uint32_t rcv_size,
    uint32_t rcv_name, uint32_t timeout)
{
	return (machkern_msg(msg, option, send_size, rcv_size, rcv_name,
	    timeout));
}

void
host_watch(uint32_t name __unused, uint8_t how __unused)
{
}

void
host_begin(void)
{
	last_pid = 0;
	if (hosted_kldload() != 0)
		fuzz_fail("does not load", 0);
	fuzz_open();
}

static void
attach(int proc, uid_t uid)
{
	if (machkern_attach(&procs[proc].p_thread, &procs[proc].p_proc,
	    uid) != 0)
		fuzz_fail("no thread", 0);
}

void
host_start(int proc)
{
	memset(&procs[proc], 0, sizeof(procs[proc]));
	procs[proc].p_proc.p_pid = ++last_pid;
	attach(proc, proc == 0 ? 0 : 1000);
	fuzz_introduce(proc);
}

static void
be(int proc)
{
	hosted_curthread = &procs[proc].p_thread.mt_thread;
}

void
host_exec(int proc)
{
	be(proc);
	hosted_exec(&procs[proc].p_proc);
	machkern_detach(&procs[proc].p_thread);
	attach(proc, proc == 0 ? 0 : 1000);
	fuzz_introduce(proc);
}

void
host_end(int proc)
{
	be(proc);
	hosted_exit(&procs[proc].p_proc);
	machkern_detach(&procs[proc].p_thread);
}

void
host_fork(int proc, int neighbour)
{
	host_end(neighbour);
	be(proc);
	memset(&procs[neighbour], 0, sizeof(procs[neighbour]));
	procs[neighbour].p_proc.p_pid = ++last_pid;
	hosted_fork(&procs[proc].p_proc, &procs[neighbour].p_proc);
	attach(neighbour, 1000);
	host_end(neighbour);
	host_start(neighbour);
}

size_t
host_step(int proc, const uint8_t *data, size_t size)
{
	be(proc);
	return (fuzz_step(proc, data, size));
}

static void
check(const char *name, uint64_t wanted)
{
	uint64_t value;

	value = hosted_sysctl_get(hosted_sysctl_find(name));
	if (value != wanted)
		fuzz_fail(name, value);
}

void
host_finish(void)
{
	host_start(0);
	check("kern.mach.tasks", 1);
	host_end(0);
	fuzz_close();
	check("kern.mach.tasks", 0);
	check("kern.mach.watches", 0);
	check("kern.mach.fileports", 0);
	check("kern.mach.ports", 1);
	check("kern.mach.psets", 0);
	check("kern.mach.entries", 0);
	check("kern.mach.kmsgs", 0);
	check("kern.mach.requests", 0);
	check("kern.mach.members", 0);
	check("kern.mach.queued", 0);
	check("kern.mach.bytes", 0);
	check("kern.mach.names", 0);
	check("kern.mach.notifications", 0);
	check("kern.mach.waiting", 0);
	if (hosted_kldunload() != 0)
		fuzz_fail("does not unload", 0);
}
