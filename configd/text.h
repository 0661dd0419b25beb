/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * UTF-8, as keys and patterns carry it.
 */

#ifndef _TEXT_H_
#define	_TEXT_H_

#include <stdbool.h>
#include <stddef.h>

/* True if the bytes are well-formed UTF-8 without a NUL. */
bool	text_is_valid(const void *data, size_t length);

#endif /* !_TEXT_H_ */
