/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * FreeBSD's kernel modules.
 */

#include <sys/param.h>
#include <sys/linker.h>

#include <errno.h>

#include "kmodloader.h"

int
kmod_load(const char *name)
{

	return (kldload(name) == -1 ? errno : 0);
}
