/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _DRIVER_H_
#define	_DRIVER_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * Compares the kernel with the model for `ops' operations from a seed.  Returns
 * false after printing a short sequence of operations that shows a difference.
 */
bool	driver_run(uint64_t seed, long ops);

/* A number from the environment. */
uint64_t driver_setting(const char *name, uint64_t otherwise);

#endif /* !_DRIVER_H_ */
