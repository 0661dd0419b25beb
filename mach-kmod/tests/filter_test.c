/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What kqueue(9) and poll(9) call, called as they do, where there is neither:
 * the filter for ports and the file operations of a handle.
 */

#include <sys/event.h>
#include <sys/file.h>
#include <sys/filedesc.h>
#include <sys/selinfo.h>
#include <sys/user.h>

#include <atf-c.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machkern.h"

#define	RIGHT_RECEIVE	1
#define	RIGHT_SET	3
#define	MAKE_SEND	20

static uint64_t
variable(const char *name)
{
	return (hosted_sysctl_get(hosted_sysctl_find(name)));
}

static mach_port_name_t
task_self(void)
{
	struct mach_name_args args = { 0 };

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_TASK_SELF, &args, sizeof(args)));
	return (args.name);
}

static mach_port_name_t
allocate(mach_port_name_t task, uint32_t right)
{
	struct mach_port_allocate_args a = { task, right, 0 };

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_ALLOCATE, &a, sizeof(a)));
	return (a.name);
}

static void
destroy(mach_port_name_t task, mach_port_name_t name)
{
	struct mach_port_name_args a = { task, name };

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_DESTROY, &a, sizeof(a)));
}

static void
join(mach_port_name_t task, mach_port_name_t port, mach_port_name_t set)
{
	struct mach_port_member_args a = { task, port, set };

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_INSERT_MEMBER, &a, sizeof(a)));
}

static void
send_empty(mach_port_name_t port)
{
	mach_msg_header_t h;

	memset(&h, 0, sizeof(h));
	h.msgh_bits = MACH_MSGH_BITS(MAKE_SEND, 0);
	h.msgh_remote_port = port;
	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS,
	    machkern_msg(&h, MACH_SEND_MSG, sizeof(h), 0, 0, 0));
}

static void
take(mach_port_name_t port)
{
	struct {
		mach_msg_header_t h;
		char	room[sizeof(mach_msg_max_trailer_t)];
	} m;

	ATF_REQUIRE_EQ(MACH_MSG_SUCCESS,
	    machkern_msg(&m, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(m),
	    port, 0));
}

static int
evaluate(struct knote *kn)
{
	int result;

	mtx_lock(kn->kn_knlist->kl_lock);
	result = kn->kn_fop->f_event(kn, 0);
	mtx_unlock(kn->kn_knlist->kl_lock);
	return (result);
}

static struct knote
note_of(uintptr_t ident)
{
	struct knote kn;

	memset(&kn, 0, sizeof(kn));
	kn.kn_id = ident;
	kn.kn_filter = (short)hosted_free_filter;
	kn.kn_fop = hosted_filter;
	return (kn);
}

/* Whether a kqueue has been told to look at a note since the last time. */
static bool
told(struct knote *kn)
{
	bool was;

	mtx_lock(kn->kn_knlist->kl_lock);
	was = kn->h_told != 0;
	kn->h_told = 0;
	mtx_unlock(kn->kn_knlist->kl_lock);
	return (was);
}

static void
load(struct machkern_thread *mt, struct proc *p)
{
	hosted_free_filter = -12;
	ATF_REQUIRE_EQ(0, hosted_kldload());
	ATF_REQUIRE_EQ(-12, (int)variable("kern.mach.evfilt"));
	ATF_REQUIRE_EQ(0, machkern_attach(mt, p, 0));
}

static void
unload(struct machkern_thread *mt, struct proc *p)
{
	hosted_exit(p);
	ATF_CHECK_EQ(0, variable("kern.mach.watches"));
	machkern_detach(mt);
	ATF_REQUIRE_EQ(0, hosted_kldunload());
	ATF_CHECK(hosted_filter == NULL);
}

ATF_TC_WITHOUT_HEAD(filter);
ATF_TC_BODY(filter, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	struct knote of_port, of_set;
	mach_port_name_t port, set, task;

	load(&mt, &p);
	task = task_self();
	port = allocate(task, RIGHT_RECEIVE);
	set = allocate(task, RIGHT_SET);
	join(task, port, set);
	send_empty(port);
	of_port = note_of(port);
	of_set = note_of(set);
	ATF_REQUIRE_EQ(0, hosted_filter->f_attach(&of_port));
	ATF_REQUIRE_EQ(0, hosted_filter->f_attach(&of_set));
	ATF_CHECK_EQ(2, variable("kern.mach.watches"));
	ATF_CHECK_EQ(1, evaluate(&of_port));
	ATF_CHECK_EQ((int64_t)port, of_port.kn_data);
	ATF_CHECK_EQ(1, evaluate(&of_set));
	ATF_CHECK_EQ((int64_t)port, of_set.kn_data);
	take(set);
	ATF_CHECK_EQ(0, evaluate(&of_port));
	ATF_CHECK_EQ(0, evaluate(&of_set));
	/* The end of one is not the end of the other. */
	destroy(task, port);
	ATF_CHECK_EQ(1, evaluate(&of_port));
	ATF_CHECK((of_port.kn_flags & EV_EOF) != 0);
	ATF_CHECK_EQ((uintptr_t)port, of_port.kn_id);
	ATF_CHECK_EQ(0, evaluate(&of_set));
	ATF_CHECK((of_set.kn_flags & EV_EOF) == 0);
	destroy(task, set);
	ATF_CHECK_EQ(1, evaluate(&of_set));
	ATF_CHECK((of_set.kn_flags & EV_EOF) != 0);
	hosted_filter->f_detach(&of_port);
	hosted_filter->f_detach(&of_set);
	unload(&mt, &p);
}

ATF_TC_WITHOUT_HEAD(filter_refused);
ATF_TC_BODY(filter_refused, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	mach_port_name_t port, task;
	struct knote kn;

	load(&mt, &p);
	task = task_self();
	port = allocate(task, RIGHT_RECEIVE);
	kn = note_of(task);
	ATF_CHECK_EQ(EINVAL, hosted_filter->f_attach(&kn));
	kn = note_of(port | (uintptr_t)1 << 32);
	ATF_CHECK_EQ(EINVAL, hosted_filter->f_attach(&kn));
	kn = note_of(port);
	kn.kn_sfflags = MACH_RCV_MSG;
	ATF_CHECK_EQ(EINVAL, hosted_filter->f_attach(&kn));
	unload(&mt, &p);
}

/* A module that is watched by a task that is gone does not unload. */
ATF_TC_WITHOUT_HEAD(holds_the_module);
ATF_TC_BODY(holds_the_module, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	struct knote kn;

	load(&mt, &p);
	kn = note_of(allocate(task_self(), RIGHT_RECEIVE));
	ATF_REQUIRE_EQ(0, hosted_filter->f_attach(&kn));
	hosted_exit(&p);
	ATF_CHECK_EQ(EBUSY, hosted_kldunload());
	ATF_CHECK(hosted_filter != NULL);
	hosted_filter->f_detach(&kn);
	unload(&mt, &p);
}

/* The file behind a descriptor of mach_port_fd(3). */
static struct file *
handle(mach_port_name_t task, mach_port_name_t name, int *fdp)
{
	struct mach_fd_args a = { .task = task, .name = name };
	struct filecaps caps;
	struct file *fp;
	uint8_t flags;

	ATF_REQUIRE_EQ(KERN_SUCCESS,
	    machkern_trap(MACH_TRAP_PORT_FD, &a, sizeof(a)));
	*fdp = a.fd;
	ATF_REQUIRE_EQ(0, fget_cap(curthread, a.fd, NULL, &flags, &fp, &caps));
	return (fp);
}

ATF_TC_WITHOUT_HEAD(file_operations);
ATF_TC_BODY(file_operations, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	mach_port_name_t port, task;
	struct kinfo_file kif;
	struct knote kn;
	struct stat st;
	struct file *fp;
	int fd;

	load(&mt, &p);
	task = task_self();
	port = allocate(task, RIGHT_RECEIVE);
	fp = handle(task, port, &fd);
	ATF_CHECK_EQ(0, fp->f_ops->fo_flags & DFLAG_PASSABLE);
	ATF_CHECK_EQ(EOPNOTSUPP, fp->f_ops->fo_read(fp));
	ATF_CHECK_EQ(0, fp->f_ops->fo_stat(fp, &st, NULL));
	ATF_CHECK(S_ISFIFO(st.st_mode));
	ATF_CHECK_EQ(0, fp->f_ops->fo_fill_kinfo(fp, &kif, NULL));
	ATF_CHECK_STREQ("mach port", kif.kf_path);
	kn = note_of(0);
	kn.kn_filter = EVFILT_READ - 1;
	ATF_CHECK_EQ(EINVAL, fp->f_ops->fo_kqfilter(fp, &kn));
	ATF_CHECK_EQ(0, fp->f_ops->fo_poll(fp, POLLIN, NULL, curthread));
	send_empty(port);
	ATF_CHECK_EQ(POLLIN, fp->f_ops->fo_poll(fp, POLLIN | POLLOUT, NULL,
	    curthread));
	ATF_CHECK_EQ(0, fp->f_ops->fo_poll(fp, POLLOUT, NULL, curthread));
	destroy(task, port);
	ATF_CHECK_EQ(POLLHUP, fp->f_ops->fo_poll(fp, POLLIN, NULL, curthread));
	fdrop(fp, curthread);
	close(fd);
	unload(&mt, &p);
}

/* Whoever sleeps in poll is woken when a message waits, and at the end. */
ATF_TC_WITHOUT_HEAD(wakes_pollers);
ATF_TC_BODY(wakes_pollers, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	mach_port_name_t port, task;
	struct selinfo *sel;
	struct file *fp;
	int fd;

	load(&mt, &p);
	task = task_self();
	port = allocate(task, RIGHT_RECEIVE);
	fp = handle(task, port, &fd);
	sel = __containerof(fp->h_note.kn_knlist, struct selinfo, si_note);
	ATF_CHECK_EQ(0, fp->f_ops->fo_poll(fp, POLLIN, NULL, curthread));
	ATF_CHECK(SEL_WAITING(sel));
	send_empty(port);
	ATF_CHECK(!SEL_WAITING(sel));
	take(port);
	ATF_CHECK_EQ(0, fp->f_ops->fo_poll(fp, POLLIN, NULL, curthread));
	ATF_CHECK(SEL_WAITING(sel));
	destroy(task, port);
	ATF_CHECK(!SEL_WAITING(sel));
	fdrop(fp, curthread);
	close(fd);
	unload(&mt, &p);
}

/* Who sleeps in kevent(2) sleeps on if nobody says that there is news. */
ATF_TC_WITHOUT_HEAD(news_is_told);
ATF_TC_BODY(news_is_told, tc)
{
	struct machkern_thread mt;
	struct proc p = { .p_pid = 10 };
	struct knote of_port, of_set;
	mach_port_name_t port, set, task;

	load(&mt, &p);
	task = task_self();
	port = allocate(task, RIGHT_RECEIVE);
	set = allocate(task, RIGHT_SET);
	of_port = note_of(port);
	of_set = note_of(set);
	ATF_REQUIRE_EQ(0, hosted_filter->f_attach(&of_port));
	ATF_REQUIRE_EQ(0, hosted_filter->f_attach(&of_set));
	ATF_CHECK(!told(&of_port) && !told(&of_set));
	send_empty(port);
	ATF_CHECK(told(&of_port));
	ATF_CHECK(!told(&of_set));
	join(task, port, set);
	ATF_CHECK(told(&of_set));
	take(set);
	send_empty(port);
	ATF_CHECK(told(&of_port));
	ATF_CHECK(told(&of_set));
	destroy(task, port);
	ATF_CHECK(told(&of_port));
	destroy(task, set);
	ATF_CHECK(told(&of_set));
	hosted_filter->f_detach(&of_port);
	hosted_filter->f_detach(&of_set);
	unload(&mt, &p);
}

ATF_TP_ADD_TCS(tp)
{
	signal(SIGPIPE, SIG_IGN);
	ATF_TP_ADD_TC(tp, news_is_told);
	ATF_TP_ADD_TC(tp, filter);
	ATF_TP_ADD_TC(tp, filter_refused);
	ATF_TP_ADD_TC(tp, holds_the_module);
	ATF_TP_ADD_TC(tp, file_operations);
	ATF_TP_ADD_TC(tp, wakes_pollers);
	return (atf_no_error());
}
