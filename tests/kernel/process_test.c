/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Bootstrap ports of programs: a set-user-ID one keeps its caller's, a child
 * can be given its own, and the host's is gone with its server.
 */

#include <atf-c.h>
#include <bsm/libbsm.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counters.h"
#include "fixture.h"
#include "test_path.h"

static void
copy_program(const char *from, const char *to)
{
	char buf[65536];
	ssize_t n;
	int in, out;

	in = open(from, O_RDONLY);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ATF_REQUIRE(in != -1 && out != -1);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ATF_REQUIRE_EQ(n, write(out, buf, (size_t)n));
	ATF_REQUIRE_EQ(0, n);
	close(in);
	close(out);
}

/* Whether any user may pass through all directories above a file. */
static bool
for_everyone(const char *file)
{
	char *path, *slash;
	struct stat st;
	bool all;

	path = strdup(file);
	ATF_REQUIRE(path != NULL);
	all = true;
	while ((slash = strrchr(path, '/')) != NULL && slash != path) {
		*slash = '\0';
		all = all && stat(path, &st) == 0 &&
		    (st.st_mode & S_IXOTH) != 0;
	}
	free(path);
	return (all);
}

/*
 * A set-user-ID program is its owner at once, and has its caller's bootstrap
 * port.
 */
ATF_TC(set_user_id);
ATF_TC_HEAD(set_user_id, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(set_user_id, tc)
{
	audit_token_t token;
	char *probe;
	mach_port_t port;
	pid_t pid;

	counters_start();
	port = bootstrap_make();
	probe = test_path("probe");
	if (!for_everyone(probe))
		atf_tc_skip("another user cannot reach what the program loads");
	copy_program(probe, "probe");
	ATF_REQUIRE_EQ(0, chown("probe", 65534, 65533));
	ATF_REQUIRE_EQ(0, chmod("probe", S_ISUID | S_ISGID | 0755));
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		close(STDIN_FILENO);
		execl("./probe", "probe", "9", (char *)NULL);
		_exit(127);
	}
	ATF_CHECK_EQ(0, child_status(pid));
	ATF_CHECK_EQ(9, take_with_audit(port, &token));
	ATF_CHECK_EQ(65534, audit_token_to_euid(token));
	ATF_CHECK_EQ(0, audit_token_to_ruid(token));
	ATF_CHECK_EQ(65533, audit_token_to_egid(token));
	ATF_CHECK_EQ(pid, audit_token_to_pid(token));
	bootstrap_drop(port);
	counters_check();
}

/* Of this thread's next child only, and of no use to the parent. */
ATF_TC_WITHOUT_HEAD(spawn_bootstrap);
ATF_TC_BODY(spawn_bootstrap, tc)
{
	mach_port_t port, spawned;
	pid_t first, second;

	counters_start();
	port = bootstrap_make();
	spawned = port_make_send();
	KR_OK(mach_spawn_bootstrap_port(spawned));
	first = fork();
	ATF_REQUIRE(first != -1);
	if (first == 0) {
		close(STDIN_FILENO);
		execl(test_path("probe"), "probe", "1", (char *)NULL);
		_exit(127);
	}
	second = fork();
	ATF_REQUIRE(second != -1);
	if (second == 0) {
		note_send(bootstrap_port, 2);
		_exit(0);
	}
	ATF_CHECK_EQ(0, child_status(first));
	ATF_CHECK_EQ(0, child_status(second));
	expect_note(spawned, 1, first);
	expect_note(port, 2, second);
	KR(KERN_INVALID_CAPABILITY,
	    mach_spawn_bootstrap_port(mach_task_self()));
	port_drop(spawned);
	bootstrap_drop(port);
	counters_check();
}

/*
 * In a child: whether its bootstrap port is dead, and that of the child's
 * child, which inherits it.
 */
static int
find_dead(void)
{
	pid_t pid;
	int status;

	if (bootstrap_port != MACH_PORT_DEAD)
		return (1);
	pid = fork();
	if (pid == 0)
		_exit(bootstrap_port == MACH_PORT_DEAD ? 0 : 1);
	return (waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 2);
}

/*
 * A child that was to have a server of its own is not handed to another when
 * that has died.
 */
ATF_TC_WITHOUT_HEAD(dead_spawn_bootstrap);
ATF_TC_BODY(dead_spawn_bootstrap, tc)
{
	mach_port_t port, spawned;
	pid_t pid;

	counters_start();
	port = bootstrap_make();
	spawned = port_make_send();
	KR_OK(mach_spawn_bootstrap_port(spawned));
	port_drop(spawned);
	pid = fork();
	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		_exit(find_dead());
	ATF_CHECK_EQ(0, child_status(pid));
	bootstrap_drop(port);
	counters_check();
}

/* Nobody has to ask for it before the host lets go of a dead one. */
ATF_TC(dead_default);
ATF_TC_HEAD(dead_default, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(dead_default, tc)
{
	mach_port_t got, host, port;

	counters_start();
	host = mach_host_self();
	KR_OK(host_get_special_port(host, -1, HOST_BOOTSTRAP_PORT, &got));
	if (got != MACH_PORT_NULL)
		atf_tc_skip("this host has a bootstrap port already");
	port = port_make_send();
	KR_OK(host_set_special_port(host, HOST_BOOTSTRAP_PORT, port));
	KR_OK(mach_port_destroy(mach_task_self(), port));
	KR_OK(mach_port_deallocate(mach_task_self(), host));
	counters_check();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, set_user_id);
	ATF_TP_ADD_TC(tp, spawn_bootstrap);
	ATF_TP_ADD_TC(tp, dead_spawn_bootstrap);
	ATF_TP_ADD_TC(tp, dead_default);
	return (atf_no_error());
}
