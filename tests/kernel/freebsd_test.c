/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What only a FreeBSD kernel has: jails, capability mode, wait messages,
 * traces, core dumps, 32-bit programs, others' filters of kqueue(2), and a
 * module that is not to be unloaded.
 */

#include <sys/param.h>
#include <sys/capsicum.h>
#include <sys/event.h>
#include <sys/jail.h>
#include <sys/ktrace.h>
#include <sys/linker.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <aio.h>
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <mach/mach_host.h>
#include <mach/mach_port_fd.h>
#include <mach/mach_port_info.h>

#include "counters.h"
#include "fixture.h"
#include "test_path.h"
#include "trap.h"
#include "waits.h"

#define	TASK	mach_task_self()

/*
 * Goes into a new jail, which ends with its last process; jid 0 is any.  The
 * number of a jail that ended is taken until the kernel gets round to it.
 */
static int
jail_enter(int jid)
{
	const struct timespec pause = { 0, 5000000 };
	char path[] = "/", name[] = "path", id[] = "jid";
	struct iovec iov[4];
	int result, tries;

	iov[0] = (struct iovec){ name, sizeof(name) };
	iov[1] = (struct iovec){ path, sizeof(path) };
	iov[2] = (struct iovec){ id, sizeof(id) };
	iov[3] = (struct iovec){ &jid, sizeof(jid) };
	for (tries = 0; tries < 2000; tries++) {
		result = jail_set(iov, jid == 0 ? 2 : 4,
		    JAIL_CREATE | JAIL_ATTACH);
		if (result != -1 || errno != EEXIST)
			break;
		(void)nanosleep(&pause, NULL);
	}
	return (result);
}

static mach_port_t
get_bootstrap(void)
{
	mach_port_t port;

	KR_OK(task_get_bootstrap_port(TASK, &port));
	return (port);
}

/* In a child that has the parent's bootstrap port: 0, or what is wrong. */
static int
inside_a_jail(void)
{
	mach_port_t host, port;
	pid_t pid;

	if (jail_enter(0) == -1)
		return (1);
	if (get_bootstrap() != MACH_PORT_NULL)
		return (2);
	/* What it holds it keeps, as it keeps its descriptors. */
	note_send(bootstrap_port, 7);
	pid = fork();
	if (pid == 0)
		_exit(bootstrap_port == MACH_PORT_NULL ? 0 : 1);
	if (child_status(pid) != 0)
		return (3);
	/* The jail's own default is for those in it. */
	port = port_make_send();
	host = mach_host_self();
	if (host_set_special_port(host, HOST_BOOTSTRAP_PORT, port) !=
	    KERN_SUCCESS)
		return (4);
	if (get_bootstrap() != port)
		return (5);
	pid = fork();
	if (pid == 0) {
		note_send(bootstrap_port, 8);
		_exit(0);
	}
	if (child_status(pid) != 0 || note_take(port) != 8)
		return (6);
	return (0);
}

ATF_TC(jails);
ATF_TC_HEAD(jails, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(jails, tc)
{
	mach_port_t port;
	pid_t pid;

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(inside_a_jail());
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK_EQ(7, note_take(port));
	ATF_CHECK_EQ(port, get_bootstrap());
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* In a child: a jail of a given number, and perhaps a default for it. */
static int
numbered_jail(int jid, mach_port_t port)
{
	if (jail_enter(jid) == -1)
		return (1);
	if (get_bootstrap() != MACH_PORT_NULL)
		return (2);
	if (port == MACH_PORT_NULL)
		return (0);
	return (host_set_special_port(mach_host_self(), HOST_BOOTSTRAP_PORT,
	    port) == KERN_SUCCESS ? 0 : 3);
}

/* Whether root has a share of the ports once it is in a jail. */
static int
limited_in_a_jail(void)
{
	mach_port_t port;

	if (mach_port_allocate(TASK, MACH_PORT_RIGHT_RECEIVE, &port) !=
	    KERN_SUCCESS)
		return (1);
	if (jail_enter(0) == -1)
		return (2);
	return (mach_port_allocate(TASK, MACH_PORT_RIGHT_RECEIVE, &port) ==
	    KERN_RESOURCE_SHORTAGE ? 0 : 3);
}

ATF_TC(root_of_a_jail);
ATF_TC_HEAD(root_of_a_jail, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(root_of_a_jail, tc)
{
	uint64_t old;
	pid_t pid;

	counters_start();
	ATF_REQUIRE_EQ(0, mach_sysctl("max_ports_per_user", &old));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_ports_per_user", 0));
	pid = fork();
	if (pid == 0)
		_exit(limited_in_a_jail());
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_REQUIRE_EQ(0, mach_sysctl_set("max_ports_per_user", old));
	counters_check();
}

#define	SOME_JAIL	4711

/* The next jail of the same number begins with nothing. */
ATF_TC(jail_numbers);
ATF_TC_HEAD(jail_numbers, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(jail_numbers, tc)
{
	mach_port_t port;
	pid_t pid;
	int i;

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	for (i = 0; i < 2; i++) {
		pid = fork();
		ATF_REQUIRE(pid != -1);
		/* The port outlives the jail: it is the parent's. */
		if (pid == 0)
			_exit(numbered_jail(SOME_JAIL, bootstrap_port));
		ATF_CHECK_EQ(0, child_status(pid));
	}
	/* And nobody holds it any more. */
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

static int
in_capability_mode(void)
{
	static const char *const needed[] = { "abi", "syscall_msg",
	    "syscall_trap", "evfilt" };
	struct mach_port_info info[8];
	mach_port_t port;
	uint64_t value;
	pid_t pid;
	unsigned int n;

	if (cap_enter() == -1)
		return (1);
	for (n = 0; n < nitems(needed); n++) {
		if (mach_sysctl(needed[n], &value) != 0)
			return (5);
	}
	port = port_make_send();
	note_send(port, 9);
	if (note_take(port) != 9)
		return (2);
	note_send(bootstrap_port, 10);
	n = 8;
	if (mach_port_info(getpid(), info, &n) == -1)
		return (3);
	/* There are no processes but this one. */
	n = 8;
	if (mach_port_info(getppid(), info, &n) != -1 || errno != ECAPMODE)
		return (6);
	n = 1;
	if (mach_port_info_pids(&pid, &n) == -1 || n != 1 || pid != getpid())
		return (7);
	return (mach_port_fd(port) != -1 ? 0 : 4);
}

ATF_TC_WITHOUT_HEAD(capability_mode);
ATF_TC_BODY(capability_mode, tc)
{
	mach_port_t port;
	pid_t pid;

	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(in_capability_mode());
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK_EQ(10, note_take(port));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* In a child: the jail's bootstrap port leads to names that all know. */
static int
no_default_in_capability_mode(void)
{
	mach_port_t host, port;

	if (jail_enter(0) == -1)
		return (1);
	port = port_make_send();
	host = mach_host_self();
	if (host_set_special_port(host, HOST_BOOTSTRAP_PORT, port) !=
	    KERN_SUCCESS || get_bootstrap() != port)
		return (2);
	if (cap_enter() == -1)
		return (3);
	if (get_bootstrap() != MACH_PORT_NULL)
		return (4);
	return (host_set_special_port(host, HOST_BOOTSTRAP_PORT, port) ==
	    KERN_NO_ACCESS ? 0 : 5);
}

ATF_TC(capability_mode_default);
ATF_TC_HEAD(capability_mode_default, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(capability_mode_default, tc)
{
	pid_t pid;

	counters_start();
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(no_default_in_capability_mode());
	ATF_CHECK_EQ(0, child_status(pid));
	counters_check();
}

/* In a child: waits for ever in one way. */
static void
wait_in(const char *what)
{
	struct note note;
	mach_port_t port, set;
	int i;

	port = port_make_send();
	if (strcmp(what, "machset") == 0) {
		KR_OK(mach_port_allocate(TASK, MACH_PORT_RIGHT_PORT_SET, &set));
		KR_OK(mach_port_insert_member(TASK, port, set));
		port = set;
	}
	if (strcmp(what, "machsnd") == 0) {
		for (i = 0; i <= MACH_PORT_QLIMIT_DEFAULT; i++)
			note_send(port, i);
	}
	(void)mach_msg(&note.head, MACH_RCV_MSG, 0, sizeof(note), port, 0,
	    MACH_PORT_NULL);
	_exit(1);
}

static void
check_wait_message(const char *what)
{
	char message[WAIT_MESSAGE_MAX];
	pid_t pid;
	int status;

	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		wait_in(what);
	get_wait_message(pid, message);
	ATF_CHECK_STREQ(what, message);
	ATF_REQUIRE_EQ(0, kill(pid, SIGKILL));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
}

ATF_TC_WITHOUT_HEAD(wait_messages);
ATF_TC_BODY(wait_messages, tc)
{
	counters_start();
	check_wait_message("machrcv");
	check_wait_message("machset");
	check_wait_message("machsnd");
	counters_check();
}

#define	TRACE	"trace"

/* In a child: waits for a message that does not come, and is traced. */
static int
wait_traced(void)
{
	struct note note;
	mach_port_t port;

	port = port_make_send();
	if (ktrace(TRACE, KTROP_SET, KTRFAC_CSW, getpid()) == -1)
		return (1);
	return (mach_msg(&note.head, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0,
	    sizeof(note), port, 1, MACH_PORT_NULL) == MACH_RCV_TIMED_OUT ?
	    0 : 2);
}

/* How often the trace says that a thread went to sleep with a wait message. */
static int
count_sleeps(const char *what)
{
	struct ktr_header head;
	struct ktr_csw csw;
	FILE *file;
	int n;

	n = 0;
	file = fopen(TRACE, "r");
	ATF_REQUIRE(file != NULL);
	while (fread(&head, sizeof(head), 1, file) == 1) {
		if ((head.ktr_type & ~KTR_TYPE) == KTR_CSW) {
			ATF_REQUIRE_EQ(sizeof(csw), head.ktr_len);
			ATF_REQUIRE_EQ(1, fread(&csw, sizeof(csw), 1, file));
			if (csw.out == 1 && strcmp(csw.wmesg, what) == 0)
				n++;
		} else {
			ATF_REQUIRE_EQ(0, fseek(file, head.ktr_len, SEEK_CUR));
		}
	}
	(void)fclose(file);
	return (n);
}

ATF_TC(traced);
ATF_TC_HEAD(traced, tc)
{
	atf_tc_set_md_var(tc, "descr", "ktrace(1) shows a thread go to sleep");
}
ATF_TC_BODY(traced, tc)
{
	pid_t pid;
	int enabled;
	size_t len;

	len = sizeof(enabled);
	if (sysctlbyname("kern.features.ktrace", &enabled, &len, NULL, 0) ==
	    -1)
		atf_tc_skip("this kernel has no ktrace(2)");
	counters_start();
	(void)close(open(TRACE, O_WRONLY | O_CREAT, 0600));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(wait_traced());
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK_EQ(1, count_sleeps("machrcv"));
	counters_check();
}

static void *
receive_for_ever(void *arg)
{
	wait_in(arg);
	return (NULL);
}

/* In a child: dumps core while threads wait. */
static void
dump_core(void)
{
	static char receive[] = "machrcv", send[] = "machsnd";
	const struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };
	pthread_t thread;

	(void)setrlimit(RLIMIT_CORE, &core);
	(void)pthread_create(&thread, NULL, receive_for_ever, receive);
	(void)pthread_create(&thread, NULL, receive_for_ever, send);
	note_send(bootstrap_port, 3);
	(void)signal(SIGABRT, SIG_DFL);
	(void)raise(SIGABRT);
	_exit(1);
}

ATF_TC(core_dump);
ATF_TC_HEAD(core_dump, tc)
{
	atf_tc_set_md_var(tc, "descr", "A process dumps core while its threads "
	    "wait for messages and for room");
}
ATF_TC_BODY(core_dump, tc)
{
	mach_port_t port;
	size_t len;
	pid_t pid;
	int enabled, status;

	len = sizeof(enabled);
	if (sysctlbyname("kern.coredump", &enabled, &len, NULL, 0) == -1 ||
	    enabled == 0)
		atf_tc_skip("this system does not dump core");
	counters_start();
	port = port_make_send();
	KR_OK(task_set_bootstrap_port(TASK, port));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		dump_core();
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFSIGNALED(status));
	ATF_CHECK_EQ(SIGABRT, WTERMSIG(status));
	ATF_CHECK(WCOREDUMP(status));
	ATF_CHECK_EQ(3, note_take(port));
	KR_OK(task_set_bootstrap_port(TASK, MACH_PORT_NULL));
	port_drop(port);
	counters_check();
}

/* 32-bit programs have no part in it, and are not harmed. */
ATF_TC_WITHOUT_HEAD(program_of_32_bits);
ATF_TC_BODY(program_of_32_bits, tc)
{
	char *path, filter[8];
	size_t len;
	pid_t pid;
	int enabled;

	len = sizeof(enabled);
	if (sysctlbyname("kern.features.compat_freebsd_32bit", &enabled, &len,
	    NULL, 0) == -1)
		atf_tc_skip("this kernel runs no 32-bit programs");
	path = test_path("abi32");
	if (access(path, X_OK) == -1)
		atf_tc_skip("there is no 32-bit program for this machine");
	counters_start();
	/* A number that is never used, if the module has none. */
	snprintf(filter, sizeof(filter), "%d",
	    EVFILT_MACHPORT != 0 ? EVFILT_MACHPORT : -99);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		execl(path, "abi32", filter, (char *)NULL);
		_exit(127);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	counters_check();
}

/*
 * A module that the boot loader loads is there before aio(4) is, and finds its
 * filter's number free.
 */
ATF_TC(aio);
ATF_TC_HEAD(aio, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "The kqueue filters of aio(4) have the numbers that are theirs");
}
ATF_TC_BODY(aio, tc)
{
	struct aiocb cb = { 0 };
	struct kevent event;
	char byte = 'x';
	int evfilt;
	size_t size;

	size = sizeof(evfilt);
	ATF_REQUIRE_EQ(0, sysctlbyname("kern.mach.evfilt", &evfilt, &size,
	    NULL, 0));
	ATF_CHECK(evfilt != EVFILT_AIO && evfilt != EVFILT_LIO);
	/* Of files, aio(4) takes regular ones only, unless told otherwise. */
	cb.aio_fildes = open("file", O_RDWR | O_CREAT, 0600);
	ATF_REQUIRE_EQ(1, write(cb.aio_fildes, &byte, 1));
	cb.aio_buf = &byte;
	cb.aio_nbytes = 1;
	cb.aio_sigevent.sigev_notify = SIGEV_KEVENT;
	cb.aio_sigevent.sigev_notify_kqueue = kqueue();
	ATF_REQUIRE_MSG(aio_read(&cb) == 0, "aio_read: %s", strerror(errno));
	ATF_REQUIRE_EQ(1, kevent(cb.aio_sigevent.sigev_notify_kqueue, NULL, 0,
	    &event, 1, NULL));
	ATF_CHECK_EQ(EVFILT_AIO, event.filter);
	ATF_CHECK_EQ((uintptr_t)&cb, event.ident);
	ATF_CHECK_EQ(1, aio_return(&cb));
}

/* The test itself uses the module. */
ATF_TC(not_unloaded);
ATF_TC_HEAD(not_unloaded, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(not_unloaded, tc)
{
	mach_port_t port;
	int id;

	counters_start();
	id = kldfind("mach.ko");
	if (id == -1)
		atf_tc_skip("the module is part of the kernel");
	port = port_make_send();
	ATF_CHECK_ERRNO(EBUSY, kldunload(id) == -1);
	note_send(port, 1);
	ATF_CHECK_EQ(1, note_take(port));
	port_drop(port);
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, jails);
	ATF_TP_ADD_TC(tp, jail_numbers);
	ATF_TP_ADD_TC(tp, root_of_a_jail);
	ATF_TP_ADD_TC(tp, capability_mode);
	ATF_TP_ADD_TC(tp, capability_mode_default);
	ATF_TP_ADD_TC(tp, wait_messages);
	ATF_TP_ADD_TC(tp, traced);
	ATF_TP_ADD_TC(tp, core_dump);
	ATF_TP_ADD_TC(tp, program_of_32_bits);
	ATF_TP_ADD_TC(tp, aio);
	ATF_TP_ADD_TC(tp, not_unloaded);
	return (atf_no_error());
}
