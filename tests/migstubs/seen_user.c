/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#include "language.h"
#include "seen.h"

bool seen_user[SEEN_LINES];

#define	SEEN	seen_user
#include "seen_codes.h"

#define	mach_msg	 checks_mach_msg
#define	mach_msg_destroy checks_destroy

#include "languageUser.c"
