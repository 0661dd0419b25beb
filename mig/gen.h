/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _GEN_H_
#define	_GEN_H_

#include "mig.h"

/* A file being made. */
struct gen {
	struct mig	*m;
	FILE		*f;
	bool		server;		/* whose side it is for */
	const char	*header;	/* declares the messages; or NULL */
	unsigned int	indent;		/* tabs */
};

void	gen_user_header(struct gen *, const char *);
void	gen_server_header(struct gen *, const char *);
void	gen_user(struct gen *);
void	gen_user_routine(struct gen *, struct routine *);
void	gen_server(struct gen *);

/* gen.c */
void	line(struct gen *, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
void	blank(struct gen *);
char	*text(struct gen *, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
void	gen_title(struct gen *, const char *);
void	gen_includes(struct gen *, bool);
void	gen_parameters(struct gen *, struct routine *, bool);
void	gen_types(struct gen *);
void	gen_declarations(struct gen *);
void	gen_walign(struct gen *, bool);
const char *gen_request_type(struct gen *, const struct routine *);
const char *gen_reply_type(struct gen *, const struct routine *);
const char *gen_declarator(struct gen *, const char *, const char *);
const char *gen_parameter_type(struct gen *, const struct arg *, bool);
const char *gen_count_max(struct gen *, const struct type *);
uint32_t gen_field_bytes(const struct type *);
const char *gen_used_bytes(struct gen *, const struct type *, const char *);
struct routine *gen_next(struct gen *, uint32_t *);

unsigned int gen_last_base(const struct message *);
const char *gen_tail_type(struct gen *, const char *, unsigned int);
void	gen_tails(struct gen *, const struct message *, const char *);
void	gen_rebase(struct gen *, const char *, const char *, const char *,
	    const struct field *, const char *, const char *);

bool	gen_uses_index(const struct message *);
bool	gen_has_error_request(const struct routine *);

/* gen_descriptor.c */
const char *gen_disposition(const struct type *, const char *);
void	gen_descriptor(struct gen *, const char *, const struct arg *,
	    const char *, const char *, const char *);

/* gen_header.c */
void	gen_server_declarations(struct gen *);

/* gen_check.c */
void	gen_request_check(struct gen *, struct routine *);
void	gen_reply_check(struct gen *, struct routine *);
#define	foreach_routine(g, rt, i)					\
	for ((i) = 0; ((rt) = gen_next((g), &(i))) != NULL; (i)++)

#endif /* !_GEN_H_ */
