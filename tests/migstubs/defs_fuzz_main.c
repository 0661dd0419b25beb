/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The fuzzer's own main program is libFuzzer's; this is what it calls.
 */

#include <stdint.h>

#include "defs_fuzz.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)defs_fuzz((const char *)data, size);
	return (0);
}
