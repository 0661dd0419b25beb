/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The C types of language.defs.
 */

#ifndef _LANGUAGE_TYPES_H_
#define	_LANGUAGE_TYPES_H_

#include <mach/mach.h>

typedef struct {
	int32_t	x, y, z;
} triple_t;

typedef char seven_t[7];
typedef int32_t five_t[5];
typedef int32_t some_ints_t[10];
typedef uint8_t some_bytes_t[64];
typedef triple_t wide_t[4];
typedef int32_t *ints_t;
typedef uint8_t *page_t;
typedef mach_port_t *ports_t;
typedef mach_port_t few_t[3];
typedef char word_t[20];
typedef char text_t[200];

/* Outside a number of degrees, in the server another kind of them. */
typedef int32_t celsius_t;
typedef struct {
	int32_t	degrees;
} fahrenheit_t;

fahrenheit_t celsius_in(celsius_t);
celsius_t celsius_out(fahrenheit_t);
void celsius_gone(fahrenheit_t);

#endif /* !_LANGUAGE_TYPES_H_ */
