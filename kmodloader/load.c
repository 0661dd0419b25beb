/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Loading, and saying how it went.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kmodloader.h"

/* The kernel's reasons that strerror(3) words misleadingly. */
static const char *
reason(int error)
{

	switch (error) {
	case ENOENT:
		return ("no such module");
	case ENOEXEC:
		return ("refused by the kernel; its message buffer says why");
	case ENOSYS:
		return ("this system has no FreeBSD kernel to load it into");
	default:
		return (strerror(error));
	}
}

unsigned
modlist_load(const struct modlist *list, kmod_load_fn *load)
{
	const struct module *m;
	unsigned failed;
	int error;

	failed = 0;
	TAILQ_FOREACH(m, list, m_link) {
		error = load(m->m_name);
		if (error == 0) {
			printf("%s: loaded\n", m->m_name);
		} else if (error == EEXIST) {
			printf("%s: already loaded\n", m->m_name);
		} else {
			fprintf(stderr, "%s: %s: %s\n", m->m_where, m->m_name,
			    reason(error));
			failed++;
		}
		/* In step with standard error, wherever both go. */
		(void)fflush(stdout);
	}
	return (failed);
}
