/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Values as people read them.
 */

#ifndef _DESCRIBE_H_
#define	_DESCRIBE_H_

#include <stdio.h>

#include <plist/plist.h>

/*
 * Prints a value without a newline behind it: a string as it is, TRUE and
 * FALSE, a number in decimal, "<data> 0x..." in hexadecimal, a date in local
 * time, and collections with one "key : value" a line.
 */
void	describe(FILE *, plist_t);

#endif /* !_DESCRIBE_H_ */
