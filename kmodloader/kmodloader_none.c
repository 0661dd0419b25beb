/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A system without FreeBSD's kernel modules.
 */

#include <errno.h>

#include "kmodloader.h"

int
kmod_load(const char *name)
{

	(void)name;
	return (ENOSYS);
}
