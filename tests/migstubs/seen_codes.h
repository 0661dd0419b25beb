/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * To be included before stubs and after their headers, with SEEN an array of
 * SEEN_LINES: each code of a refusal marks the line it is on.
 */

#undef MIG_TYPE_ERROR
#undef MIG_REPLY_MISMATCH
#undef MIG_BAD_ARGUMENTS
#undef MIG_ARRAY_TOO_LARGE
#undef MIG_SERVER_DIED
#undef MIG_TRAILER_ERROR

#define	MARK(code)		(SEEN[__LINE__] = true, (code))
#define	MIG_TYPE_ERROR		MARK(-300)
#define	MIG_REPLY_MISMATCH	MARK(-301)
#define	MIG_BAD_ARGUMENTS	MARK(-304)
#define	MIG_ARRAY_TOO_LARGE	MARK(-307)
#define	MIG_SERVER_DIED		MARK(-308)
#define	MIG_TRAILER_ERROR	MARK(-309)
