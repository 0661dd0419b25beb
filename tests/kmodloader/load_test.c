/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What is asked of the kernel, in which order, and what is said of its answers.
 */

#include <atf-c.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kmodloader.h"

/* A kernel that knows some modules by their answers, and what it was asked. */
static char asked[1024];

static int
kernel(const char *name)
{

	strcat(asked, name);
	strcat(asked, " ");
	if (strcmp(name, "there") == 0)
		return (EEXIST);
	if (strcmp(name, "absent") == 0)
		return (ENOENT);
	if (strcmp(name, "foreign") == 0)
		return (ENOEXEC);
	if (strcmp(name, "forbidden") == 0)
		return (EPERM);
	return (0);
}

static void
add(struct modlist *list, const char *name, const char *where)
{
	char error[256];

	ATF_REQUIRE_MSG(modlist_add(list, name, where, error, sizeof(error)),
	    "%s", error);
}

ATF_TC_WITHOUT_HEAD(order);
ATF_TC_BODY(order, tc)
{
	struct modlist list = TAILQ_HEAD_INITIALIZER(list);

	ATF_CHECK_EQ(0, modlist_load(&list, kernel));
	ATF_CHECK_STREQ("", asked);
	add(&list, "b", "f:1");
	add(&list, "/boot/modules/a.ko", "f:2");
	add(&list, "b", "f:3");
	ATF_CHECK_EQ(0, modlist_load(&list, kernel));
	ATF_CHECK_STREQ("b /boot/modules/a.ko b ", asked);
	modlist_free(&list);
	ATF_CHECK(TAILQ_EMPTY(&list));
}

/* Each is tried and reported, and counted if it is not there at the end. */
ATF_TC_WITHOUT_HEAD(reports);
ATF_TC_BODY(reports, tc)
{
	struct modlist list = TAILQ_HEAD_INITIALIZER(list);

	add(&list, "one", "f:1");
	add(&list, "absent", "f:2");
	add(&list, "there", "f:3");
	add(&list, "foreign", "f: Modules[0]");
	add(&list, "forbidden", "f: Modules[1]");
	add(&list, "two", "f: Modules[2]");
	ATF_REQUIRE(freopen("out", "w", stdout) != NULL);
	ATF_REQUIRE(freopen("err", "w", stderr) != NULL);
	ATF_CHECK_EQ(3, modlist_load(&list, kernel));
	(void)fflush(stdout);
	(void)fflush(stderr);
	ATF_CHECK_STREQ("one absent there foreign forbidden two ", asked);
	ATF_CHECK(atf_utils_compare_file("out", "one: loaded\n"
	    "there: already loaded\ntwo: loaded\n"));
	ATF_CHECK(atf_utils_compare_file("err",
	    "f:2: absent: no such module\n"
	    "f: Modules[0]: foreign: refused by the kernel; its message "
	    "buffer says why\n"
	    "f: Modules[1]: forbidden: Operation not permitted\n"));
	modlist_free(&list);
}

static void
refused(const char *name, const char *message)
{
	struct modlist list = TAILQ_HEAD_INITIALIZER(list);
	char error[256];

	ATF_CHECK(!modlist_add(&list, name, "f:1", error, sizeof(error)));
	ATF_CHECK_STREQ(message, error);
	ATF_CHECK(TAILQ_EMPTY(&list));
}

ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	struct modlist list = TAILQ_HEAD_INITIALIZER(list);
	char name[PATH_MAX + 1];

	refused("", "f:1: a module without a name");
	refused("a b", "f:1: blanks in a name; one module a line");
	refused("a\x01", "f:1: control characters in a name");
	refused("../a", "f:1: neither a name nor an absolute path");
	refused("a/b.ko", "f:1: neither a name nor an absolute path");
	memset(name, 'x', PATH_MAX);
	name[PATH_MAX] = '\0';
	refused(name, "f:1: a name that is too long");
	name[PATH_MAX - 1] = '\0';
	add(&list, name, "f:1");
	modlist_free(&list);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, order);
	ATF_TP_ADD_TC(tp, reports);
	ATF_TP_ADD_TC(tp, names);
	return (atf_no_error());
}
