/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mig: what a .defs file says, as the parser leaves it.
 *
 *	cpp.c		runs the C preprocessor
 *	lexer.l		words; most are keywords only where one can stand
 *	parser.y	the grammar
 *	ast.c		what the parser builds, and the rules of the language
 *	type.c		types: what they are in C and in a message
 *	routine.c	arguments, and the layout of the two messages
 *	gen*.c		the files made
 *	depend.c	dependency files
 *	diag.c		errors and warnings
 *	main.c		the command line
 *
 * Memory is of one arena, freed as a whole when a file is done.
 */

#ifndef _MIG_H_
#define	_MIG_H_

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define	MIG_VERSION	"1.0"

/* What fits into one message. */
#define	MAX_BYTES	(64 * 1024 * 1024)
#define	MAX_ARGS	256

#define	nitems(x)	(sizeof(x) / sizeof((x)[0]))

/* Where something stands: in the user's file, and in what cpp made of it. */
struct pos {
	const char	*file;
	unsigned int	line;
	size_t		offset;
};

struct token {
	struct pos	pos;
	struct symbol	*sym;		/* the word, of names and strings */
	uint32_t	number;
};

/* Every name that is read, once. */
struct symbol {
	struct symbol	*next;		/* of the hash chain */
	struct type	*type;		/* declared under the name */
	struct routine	*routine;	/* of the name */
	struct arg	*arg;		/* of the name, last seen */
	size_t		length;
	char		text[];
};

enum type_kind {
	TYPE_SCALAR,
	TYPE_PORT,
	TYPE_STRUCT,
	TYPE_ARRAY,
	TYPE_STRING
};

/* What becomes of an argument of a type in a message. */
enum wire {
	WIRE_DATA,		/* a scalar or structure */
	WIRE_ARRAY,		/* so many elements */
	WIRE_STRING,		/* characters, the rest of them unused */
	WIRE_VARRAY,		/* up to so many; what follows moves up */
	WIRE_VSTRING,		/* the same, of characters */
	WIRE_PORT,		/* a descriptor */
	WIRE_PORTS,		/* so many descriptors */
	WIRE_OOL,		/* a descriptor of memory */
	WIRE_OOL_PORTS		/* a descriptor of an array of ports */
};

/* The right that is sent, or that has arrived. */
struct disposition {
	const char	*name;		/* MACH_MSG_TYPE_...; NULL: any */
};

/* A function the server's side applies: "intran: to name(from)". */
struct translation {
	const char	*to;
	const char	*name;		/* NULL: none */
	const char	*from;
};

struct type {
	struct pos	pos;
	struct symbol	*sym;		/* as declared; NULL: in place */
	enum type_kind	kind;
	bool		ool;		/* ^, or an array without a bound */
	bool		counted;	/* carries a count of elements */
	bool		wide;		/* C aligns it to eight bytes */
	bool		broken;		/* an error has been reported */
	uint32_t	max;		/* elements; 0: no bound */
	uint32_t	size;		/* bytes, of an element of an array */
	unsigned int	depth;		/* of types within */
	struct type	*element;
	const char	*cuser;		/* C types; NULL: derived */
	const char	*cserver;
	bool		cuser_given;	/* not only implied by the name */
	bool		cserver_given;
	struct disposition send;
	struct disposition receive;
	struct translation intran;
	struct translation outtran;
	struct translation destructor;	/* no `to' */
};

enum arg_kind {
	ARG_IN,
	ARG_OUT,
	ARG_INOUT,
	ARG_REQUEST_PORT,
	ARG_REPLY_PORT,
	ARG_SREPLY_PORT,
	ARG_WAIT_TIME,
	ARG_MSG_OPTION,
	ARG_SERVER_SECURITY,
	ARG_SERVER_AUDIT,
	ARG_USER_AUDIT,
	ARG_SEQNO
};
#define	NARG_KINDS	(ARG_SEQNO + 1)

enum arg_flag {
	FLAG_DEALLOC		= 0x01,
	FLAG_DEALLOC_ASK	= 0x02,		/* dealloc[] */
	FLAG_CONST		= 0x04,
	FLAG_SAME_COUNT		= 0x08,
	FLAG_RET_CODE		= 0x10,
	FLAG_PHYSICAL_COPY	= 0x20,
	FLAG_COUNT_INOUT	= 0x40
};

struct arg {
	struct arg	*next;
	struct pos	pos;
	struct symbol	*sym;
	const char	*name;
	enum arg_kind	kind;
	struct type	*type;
	unsigned int	flags;
	struct routine	*routine;
	struct arg	*counter;	/* whose count is this one's too */
	unsigned int	request_count;	/* base of its count's field */
	unsigned int	reply_count;
};

enum field_kind {
	FIELD_VALUE,		/* as the argument's type says */
	FIELD_COUNT,
	FIELD_OFFSET,		/* of a variable string; always 0 */
	FIELD_RET_CODE
};

struct field {
	enum field_kind	kind;
	struct arg	*arg;		/* NULL: the RetCode of a reply */
	unsigned int	base;		/* variable fields before it */
};

struct message {
	struct field	*fields;	/* descriptors first */
	unsigned int	nfields;
	unsigned int	ndescriptors;
	unsigned int	nvariable;
	uint32_t	variable;	/* bytes of those at most */
	bool		complex;
	bool		ndr;
};

struct routine {
	struct pos	pos;
	const char	*name;
	uint32_t	id;
	bool		oneway;
	struct arg	*args;
	unsigned int	nargs;		/* of the server's function */
	struct arg	*special[NARG_KINDS];	/* the one of its kind */
	struct arg	*retcode;		/* flagged RetCode */
	const char	*waittime;		/* of the file; NULL: none */
	const char	*msgoption;
	bool		special_reply_port;
	struct message	request;
	struct message	reply;
};

enum import_side {
	IMPORT_USER	= 1,
	IMPORT_SERVER	= 2,
	IMPORT_BOTH	= 3
};

struct import {
	struct import	*next;
	enum import_side side;
	const char	*file;		/* with its quotes or brackets */
};

struct arena {
	struct chunk	*chunks;
	struct symbol	**symbols;
	size_t		nbuckets;
	size_t		nsymbols;
};

struct diag {
	FILE		*stream;	/* NULL: only count */
	bool		quiet;		/* no warnings */
	bool		show_lines;	/* read the user's files to show them */
	bool		gave_up;	/* of too many errors */
	unsigned int	errors;
	unsigned int	warnings;
	const char	*text;		/* all that cpp made */
	size_t		length;
	const char	*cached_file;	/* the user's file read last */
	char		*cached;
	size_t		cached_length;
};

/* One .defs file. */
struct mig {
	struct arena	arena;
	struct diag	diag;
	const char	*file;		/* its name */

	const char	*subsystem;	/* NULL: none yet */
	struct pos	subsystem_pos;
	uint32_t	base;
	const char	*userprefix;
	const char	*serverprefix;
	const char	*serverdemux;	/* NULL: <subsystem>_server */
	const char	*waittime;
	const char	*msgoption;
	bool		special_reply_port;
	struct import	*imports;
	struct import	**imports_end;

	struct routine	**slots;	/* by message id; NULL: skipped */
	uint32_t	nslots;
	uint32_t	slots_size;
	unsigned int	nroutines;

	const char	**sources;	/* files read, each once */
	unsigned int	nsources;
	unsigned int	sources_size;
};

/* arena.c */
void	arena_init(struct arena *);
void	arena_free(struct arena *);
void	*arena_alloc(struct arena *, size_t);
char	*arena_printf(struct arena *, const char *, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
char	*arena_vprintf(struct arena *, const char *, va_list)
	    __attribute__((__format__(__printf__, 2, 0)));
struct symbol *arena_symbol(struct arena *, const char *, size_t);

/* diag.c */
void	diag_error(struct mig *, const struct pos *, const char *, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
void	diag_warning(struct mig *, const struct pos *, const char *, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
void	diag_unsupported(struct mig *, const struct pos *, const char *);
void	diag_free(struct mig *);

/* cpp.c */
struct cpp {
	const char	*compiler;	/* and its first arguments */
	const char	**args;
	unsigned int	nargs;
};
char	*cpp_run(const struct cpp *, const char *, size_t *);

/* ast.c */
void	mig_init(struct mig *, const char *);
void	mig_free(struct mig *);
bool	mig_parse(struct mig *, const char *, size_t);
const char *mig_demux(struct mig *);
void	source_add(struct mig *, const char *);
void	subsystem_declare(struct mig *, const struct token *, uint32_t);
void	routine_declare(struct mig *, const struct token *, bool, struct arg *);
void	routine_skip(struct mig *, const struct pos *, uint32_t);
void	import_add(struct mig *, enum import_side, const struct token *);
struct arg *arg_make(struct mig *, enum arg_kind, const struct token *,
	    struct type *, unsigned int);
uint32_t number_combine(struct mig *, const struct pos *, uint32_t, int,
	    uint32_t);

/* type.c */
struct type *type_primitive(struct mig *, const struct token *,
	    const struct token *);
struct type *type_named(struct mig *, const struct token *);
struct type *type_array(struct mig *, const struct pos *, bool, uint32_t,
	    struct type *);
struct type *type_struct(struct mig *, const struct pos *, uint32_t,
	    struct type *);
struct type *type_string(struct mig *, const struct pos *, bool, uint32_t);
struct type *type_pointer(struct mig *, const struct pos *, struct type *);
struct type *type_variant(struct mig *, struct type *);
struct type *type_declare(struct mig *, const struct token *, struct type *);
void	type_ctype(struct type *, const struct token *, bool, bool);
void	type_register(struct mig *, struct type *);
struct type *type_broken(struct mig *, const struct pos *);
enum wire type_wire(const struct type *);
bool	type_is_descriptor(const struct type *);
uint32_t type_bytes(const struct type *);
uint32_t type_padding(const struct type *);
const char *type_c(struct mig *, const struct type *, bool);
const char *type_element_c(struct mig *, const struct type *, bool);

/* routine.c */
void	routine_check(struct mig *, struct routine *);
bool	arg_has_value(const struct arg *);
bool	arg_in_request(const struct arg *);
bool	arg_in_reply(const struct arg *);
bool	arg_of_user(const struct arg *);
bool	arg_of_server(const struct arg *);
bool	arg_is_pointer(const struct arg *);
bool	arg_has_count(const struct arg *);

bool	arg_has_poly(const struct arg *, bool);
bool	arg_has_dealloc(const struct arg *, bool);

/* lexer.l */
void	lexer_begin(struct mig *, const char *, size_t);
void	lexer_statement(void);
void	lexer_end(void);
int	yylex(void);

/* depend.c */
int	depend_write(struct mig *, const char *, const char *const *, size_t);

#endif /* !_MIG_H_ */
