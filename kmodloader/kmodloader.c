/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * kmodloader: loads the kernel modules of lists, in order.
 */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "kmodloader.h"

/* The list if none is named, unless the build has another prefix. */
#ifndef DEFAULT_LIST
#define	DEFAULT_LIST	"/usr/local/etc/kmodloader.conf"
#endif

static void
usage(void)
{
	fprintf(stderr, "usage: kmodloader [-n] [file ...]\n");
	exit(EX_USAGE);
}

/*
 * All lists are read before anything is loaded: half of what belongs together
 * is worse than nothing.
 */
static void
read_list(struct modlist *list, const char *path)
{
	char error[PATH_MAX + 128];
	enum modlist_status status;

	status = modlist_read(list, path, error, sizeof(error));
	if (status == MODLIST_OK)
		return;
	fprintf(stderr, "kmodloader: %s\n", error);
	exit(status == MODLIST_NO_FILE ? EX_NOINPUT : EX_DATAERR);
}

static void
show(const struct modlist *list)
{
	const struct module *m;

	TAILQ_FOREACH(m, list, m_link)
		printf("%s: %s\n", m->m_where, m->m_name);
}

int
main(int argc, char **argv)
{
	struct modlist list = TAILQ_HEAD_INITIALIZER(list);
	bool dry;
	unsigned failed;
	int ch, i;

	dry = false;
	while ((ch = getopt(argc, argv, "n")) != -1) {
		if (ch != 'n')
			usage();
		dry = true;
	}
	for (i = optind; i < argc; i++)
		read_list(&list, argv[i]);
	if (optind == argc && access(DEFAULT_LIST, F_OK) == 0)
		read_list(&list, DEFAULT_LIST);
	failed = 0;
	if (dry)
		show(&list);
	else
		failed = modlist_load(&list, kmod_load);
	modlist_free(&list);
	return (failed == 0 ? EX_OK : EXIT_FAILURE);
}
