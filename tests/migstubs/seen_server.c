/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#include "languageServer.h"
#include "seen.h"

bool seen_server[SEEN_LINES];

#define	SEEN	seen_server
#include "seen_codes.h"

#include "languageServer.c"
