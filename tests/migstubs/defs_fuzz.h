/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _DEFS_FUZZ_H_
#define	_DEFS_FUZZ_H_

#include <stdbool.h>
#include <stddef.h>

/*
 * Has mig read a text as the preprocessor might leave it, and make all files if
 * it has no errors, which is what is returned.
 */
bool	defs_fuzz(const char *, size_t);

#endif /* !_DEFS_FUZZ_H_ */
