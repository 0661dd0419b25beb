/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The server of language.defs.
 */

#ifndef _ROUTINES_H_
#define	_ROUTINES_H_

#include <stdbool.h>

/* What tell() makes of its number, where it is none of these: remembers it. */
#define	TELL_FINISH	(-1)	/* end with 0 if nothing has leaked */
#define	TELL_DIE	(-2)	/* end at the next call of nothing() */
#define	TELL_FAIL	(-3)	/* fail the next call of any other routine */
#define	TELL_CALL_BACK	(-4)	/* answer who called call_back() */

#define	FAILURE		4711	/* the code of one that fails */

/* Rights and memory of requests are made up: they must not be touched. */
extern bool routines_dry;
/* How many more elements than there are routines say they return. */
extern unsigned int routines_excess_ints, routines_excess_bytes;
/* How many routines have been called, and translated values destroyed. */
extern unsigned int routines_called;
extern unsigned int routines_gone;

/* Before the first request: counts what the server has. */
void	routines_start(void);

#endif /* !_ROUTINES_H_ */
