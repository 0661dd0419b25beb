/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the module does on FreeBSD 15 otherwise than on FreeBSD 16.  Of the
 * kernel interfaces it uses, none is known to differ in a way that its sources
 * notice; one that does gets its function here and in the other file, never a
 * condition in the module.  A build with the headers of another major version
 * stops here.
 */

#include <sys/param.h>

_Static_assert(__FreeBSD_version / 100000 == 15,
    "the headers are not those of FreeBSD 15");
