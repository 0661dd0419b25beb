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
 * Has a few processes do what the input says, and ends them.  Aborts with a
 * word of explanation if anything is left.
 */
void	trap_fuzz(const uint8_t *data, size_t size);

#define	FUZZ_INPUT	4096	/* bytes of the longest */

/* Makes the input of a seed, in a buffer for the longest; returns its size. */
size_t	fuzz_random(uint64_t seed, uint8_t *buf);

/* A number from the environment. */
uint64_t fuzz_setting(const char *variable, uint64_t otherwise);

#endif /* !_TRAP_FUZZ_H_ */
