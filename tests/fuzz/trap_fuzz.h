/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _TRAP_FUZZ_H_
#define	_TRAP_FUZZ_H_

#include <stddef.h>
#include <stdint.h>

/*
 * Loads the module, has a few processes do what the input says, ends them, and
 * unloads the module.  Aborts with a word of explanation if anything is left.
 */
void	trap_fuzz(const uint8_t *data, size_t size);

#endif /* !_TRAP_FUZZ_H_ */
