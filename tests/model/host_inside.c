/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Tasks that are made up, with the kernel in this program.  A call of a task's
 * first thread is made by the test's own; only those that sleep need others.
 */

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machkern.h"
#include "model.h"
#include "agent.h"

struct sleeper {
	pthread_t	s_thread;
	sem_t		s_go, s_done;
	struct proc	*s_proc;
	struct machkern_thread s_kern;
	struct call	s_call;
};

static struct task {
	struct proc	t_proc;
	struct machkern_thread t_thread;
	struct sleeper	t_sleepers[MODEL_THREADS];
} tasks[MODEL_TASKS];

int host_patience = 30;

static pid_t last_pid;
static int syscall_trap, syscall_msg;

/*
 * Every address here is a good one, so that copying takes no system call: half
 * of all time would be theirs.
 */

static int
direct_copyin(struct thread *td, vm_offset_t from, void *to, size_t size)
{
	(void)td;
	memcpy(to, (const void *)from, size);
	return (0);
}

static int
direct_copyout(struct thread *td, const void *from, vm_offset_t to,
    size_t size)
{
	(void)td;
	memcpy((void *)to, from, size);
	return (0);
}

static struct hosted_vm direct;

static void
attach(struct machkern_thread *mt, struct proc *p)
{
	if (machkern_attach(mt, p, 0) != 0)
		abort();
	if (direct.hv_copyin == NULL) {
		direct = *mt->mt_thread.h_vm;
		direct.hv_copyin = direct_copyin;
		direct.hv_copyout = direct_copyout;
	}
	mt->mt_thread.h_vm = &direct;
}

static uint64_t
variable(const char *name)
{
	return (hosted_sysctl_get(hosted_sysctl_find(name)));
}

static void
fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

int
agent_trap(int op, void *args, size_t size)
{
	struct { uint64_t op, args, size; } uap = { (uint64_t)op,
		(uintptr_t)args, size };

	if (hosted_syscall(syscall_trap, &uap) != 0)
		return (KERN_NOT_SUPPORTED);
	return ((int)curthread->td_retval[0]);
}

int
agent_msg(void *msg, int option, uint32_t send_size, uint32_t rcv_size,
    uint32_t rcv_name)
{
	struct mach_msg_trap_args uap = { (uintptr_t)msg, (uint32_t)option,
		MACH_MSG_SIZES(send_size, rcv_size), rcv_name, 0, 0 };

	if (hosted_syscall(syscall_msg, &uap) != 0)
		return (MACH_SEND_INVALID_DEST);
	return ((int)curthread->td_retval[0]);
}

static void *
sleeper_main(void *arg)
{
	struct sleeper *s = arg;

	for (;;) {
		while (sem_wait(&s->s_go) != 0)
			;
		attach(&s->s_kern, s->s_proc);
		agent_run(&s->s_call);
		machkern_detach(&s->s_kern);
		sem_post(&s->s_done);
	}
	return (NULL);
}

void
host_settle(void)
{
}

void
host_abandon(void)
{
}

void
host_begin(void)
{
	struct sleeper *s;
	int i, t;

	if (hosted_kldload() != 0)
		fail("the module does not load");
	syscall_trap = (int)variable("kern.mach.syscall_trap");
	syscall_msg = (int)variable("kern.mach.syscall_msg");
	for (t = 0; t < MODEL_TASKS; t++) {
		for (i = 0; i < MODEL_THREADS; i++) {
			s = &tasks[t].t_sleepers[i];
			s->s_proc = &tasks[t].t_proc;
			if (sem_init(&s->s_go, 0, 0) != 0 ||
			    sem_init(&s->s_done, 0, 0) != 0 ||
			    pthread_create(&s->s_thread, NULL, sleeper_main,
			    s) != 0)
				fail("no thread");
		}
	}
}

static void
be(int task)
{
	hosted_curthread = &tasks[task].t_thread.mt_thread;
}

static void
new_proc(int task)
{
	memset(&tasks[task].t_proc, 0, sizeof(tasks[task].t_proc));
	tasks[task].t_proc.p_pid = ++last_pid;
}

void
host_task_begin(int task)
{
	new_proc(task);
	attach(&tasks[task].t_thread, &tasks[task].t_proc);
}

void
host_fork(int parent, int child)
{
	new_proc(child);
	be(parent);
	hosted_fork(&tasks[parent].t_proc, &tasks[child].t_proc);
	attach(&tasks[child].t_thread, &tasks[child].t_proc);
}

void
host_exec(int task)
{
	be(task);
	hosted_exec(&tasks[task].t_proc);
}

void
host_exit(int task)
{
	be(task);
	hosted_exit(&tasks[task].t_proc);
	machkern_detach(&tasks[task].t_thread);
}

bool
host_call(int task, struct call *c)
{
	be(task);
	agent_run(c);
	return (true);
}

void
host_start(int task, int thread, const struct call *c)
{
	struct sleeper *s;

	s = &tasks[task].t_sleepers[thread];
	s->s_call = *c;
	sem_post(&s->s_go);
}

bool
host_finish(int task, int thread, struct call *c)
{
	struct sleeper *s;
	struct timespec ts;

	s = &tasks[task].t_sleepers[thread];
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += host_patience;
	if (sem_timedwait(&s->s_done, &ts) != 0)
		return (false);
	*c = s->s_call;
	return (true);
}

void
host_interrupt(int task, int thread)
{
	machkern_interrupt(&tasks[task].t_sleepers[thread].s_kern);
}

bool
host_asleep(int threads)
{
	const struct timespec pause = { 0, 20000 };
	time_t start;

	start = time(NULL);
	while (variable("kern.mach.waiting") != (uint64_t)threads) {
		if (time(NULL) > start + host_patience)
			return (false);
		(void)nanosleep(&pause, NULL);
	}
	return (true);
}

const char *
host_end(void)
{
	static const char *const zero[] = { "kern.mach.tasks",
		"kern.mach.psets", "kern.mach.entries", "kern.mach.kmsgs",
		"kern.mach.requests", "kern.mach.members", "kern.mach.queued",
		"kern.mach.bytes", "kern.mach.names",
		"kern.mach.notifications" };
	size_t i;

	for (i = 0; i < nitems(zero); i++) {
		if (variable(zero[i]) != 0)
			return (zero[i]);
	}
	if (variable("kern.mach.ports") != 1)
		return ("kern.mach.ports");
	return (hosted_kldunload() == 0 ? NULL : "the load count");
}
