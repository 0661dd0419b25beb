/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A message in plain words: what is to be sent, or what was received.
 */

#ifndef _LETTER_H_
#define	_LETTER_H_

#include <stdbool.h>
#include <stdint.h>

#include <mach/message.h>

#define	LETTER_DESCS	3
#define	LETTER_NAMES	3	/* in an array of rights */
#define	LETTER_WORDS	6	/* behind the descriptors */
#define	LETTER_ROOM	512	/* for any, with its trailer */

/* Of every message received; the trailer has sequence number to context. */
#define	LETTER_TRAILER							\
	(MACH_RCV_TRAILER_TYPE(MACH_MSG_TRAILER_FORMAT_0) |		\
	    MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_CTX))

/* A name, and MACH_MSG_TYPE_...: a disposition, or what right it came as. */
struct letter_right {
	uint32_t	name;
	int		type;
};

enum letter_kind {
	LETTER_RIGHT,
	LETTER_GUARDED,			/* a receive right */
	LETTER_MEMORY,
	LETTER_RIGHTS			/* an array in memory */
};

struct letter_desc {
	enum letter_kind kind;
	int		type;		/* of the right, or of all of them */
	int		n;		/* how many rights */
	uint32_t	names[LETTER_NAMES];
	int		flags;		/* guarded: MACH_MSG_GUARD_FLAGS_* */
	uint64_t	context;	/* guarded */
	uint32_t	size;		/* of memory, which counts on from */
	uint8_t		first;		/* this */
	bool		deallocate;
};

/* Who sends, as the audit token tells it; all zero is the kernel. */
struct letter_sender {
	uint32_t	pid, version;
};

struct letter {
	int		id;
	uint32_t	size;		/* received: of the message */
	struct letter_right dest, reply;
	int		ndescs;
	bool		complex;	/* with descriptors, or could have */
	struct letter_desc descs[LETTER_DESCS];
	int		nwords;
	uint32_t	word;		/* the first of them */

	/* Received only. */
	uint32_t	seqno;
	uint64_t	context;
	struct letter_sender sender;
	uint64_t	buffer;		/* where the message is */
	bool		damaged;	/* not what was sent */
};

/* How long the message is that says it. */
static inline uint32_t
letter_size(const struct letter *l)
{
	uint32_t size;
	int i;

	size = sizeof(mach_msg_header_t) + 4 * (uint32_t)l->nwords;
	if (!l->complex)
		return (size);
	size += sizeof(mach_msg_body_t);
	for (i = 0; i < l->ndescs; i++)
		size += l->descs[i].kind == LETTER_RIGHT ? 12 : 16;
	return (size);
}

#endif /* !_LETTER_H_ */
