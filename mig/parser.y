%{
/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The grammar.  It needs nothing of bison that other yaccs lack: what was
 * expected is said by the rules with `error', each where it knows best.
 */

#include <string.h>

#include "mig.h"

static struct mig *m;

/* A syntax error that no rule has said anything about yet. */
static struct {
	bool		pending;
	struct pos	pos;
	const char	*found;		/* NULL: the end of the file */
} trouble;

void	yyerror(const char *);
int	yyparse(void);

static void	expected(const char *);
%}

%union {
	struct token	token;
	uint32_t	number;
	struct type	*type;
	struct arg	*arg;		/* the last of a list comes first */
}

%token <token> SUBSYSTEM ROUTINE SIMPLEROUTINE SKIP TYPE IMPORT
%token <token> SERVERPREFIX USERPREFIX SERVERDEMUX WAITTIME NOWAITTIME
%token <token> MSGOPTION SPECIALREPLYPORT IGNORED UNSUPPORTED MODE
%token <token> DIRECTION UNSUPPORTED_DIRECTION FLAG UNSUPPORTED_FLAG
%token <token> ARRAY STRUCT CSTRING OF SYMBOLIC UNSUPPORTED_TYPE
%token <token> CTYPE CUSERTYPE CSERVERTYPE INTRAN OUTTRAN DESTRUCTOR
%token <token> NAME STRING NUMBER
%token <token> '[' '^' '+' '-' '*' '/' ';'

%left '+' '-'
%left '*' '/'

%type <token> statement_word
%type <number> number bound flags flag
%type <type> type_plain type_spec type_named type_of_arg
%type <arg> args arg arg_list

%start file

%%

file
	: /* nothing */
	| file statement
		{
			if (m->diag.gave_up)
				YYABORT;
		}
	;

statement
	: ';'
	| subsystem
	| setting
	| TYPE type_named semi
		{ type_register(m, $2); }
	| ROUTINE NAME args semi
		{ routine_declare(m, &$2, false, $3); }
	| SIMPLEROUTINE NAME args semi
		{ routine_declare(m, &$2, true, $3); }
	| ROUTINE error ';'
		{
			expected("`routine name(arguments);'");
			lexer_statement();
			yyerrok;
		}
	| SIMPLEROUTINE error ';'
		{
			expected("`simpleroutine name(arguments);'");
			lexer_statement();
			yyerrok;
		}
	| SKIP semi
		{ routine_skip(m, &$1.pos, 1); }
	| SKIP number semi
		{ routine_skip(m, &$1.pos, $2); }
	| IMPORT STRING semi
		{ import_add(m, $1.number, &$2); }
	| IMPORT error ';'
		{ expected("a header, \"file\" or <file>"); yyerrok; }
	| IGNORED words semi
		{
			diag_warning(m, &$1.pos,
			    "%s has no effect and is ignored", $1.sym->text);
		}
	| UNSUPPORTED words semi
		{ diag_unsupported(m, &$1.pos, $1.sym->text); }
	| error ';'
		{
			expected("a statement, such as `type' or `routine'");
			lexer_statement();
			yyerrok;
		}
	;

semi
	: ';'
	| error
		{ expected("`;'"); }
	  ';'
		{ yyerrok; }
	;

/* What a statement without meaning to us consists of. */
words
	: /* nothing */
	| words statement_word
	;

statement_word
	: NAME
	| STRING
	| NUMBER
	;

subsystem
	: SUBSYSTEM modes NAME number semi
		{ subsystem_declare(m, &$3, $4); }
	| SUBSYSTEM error ';'
		{ expected("`subsystem name number;'"); yyerrok; }
	;

modes
	: /* nothing */
	| modes MODE
		{
			diag_warning(m, &$2.pos, "%s is ignored: "
			    "what is made runs in user space",
			    $2.sym->text);
		}
	;

setting
	: SERVERPREFIX NAME semi
		{ m->serverprefix = $2.sym->text; }
	| USERPREFIX NAME semi
		{ m->userprefix = $2.sym->text; }
	| SERVERDEMUX NAME semi
		{ m->serverdemux = $2.sym->text; }
	| WAITTIME NAME semi
		{ m->waittime = $2.sym->text; }
	| NOWAITTIME semi
		{ m->waittime = NULL; }
	| MSGOPTION NAME semi
		{
			m->msgoption = strcmp($2.sym->text,
			    "MACH_MSG_OPTION_NONE") == 0 ? NULL :
			    $2.sym->text;
		}
	| SPECIALREPLYPORT number semi
		{ m->special_reply_port = $2 != 0; }
	| SERVERPREFIX error ';'
		{ expected("a prefix for the server's functions"); yyerrok; }
	| USERPREFIX error ';'
		{ expected("a prefix for the user's functions"); yyerrok; }
	| SERVERDEMUX error ';'
		{ expected("the name of the server's function"); yyerrok; }
	| WAITTIME error ';'
		{ expected("a time in milliseconds, or a name for it"); yyerrok; }
	| MSGOPTION error ';'
		{ expected("an option of mach_msg"); yyerrok; }
	| SPECIALREPLYPORT error ';'
		{ expected("0 or 1"); yyerrok; }
	;

/* Types. */

type_named
	: NAME '=' type_spec
		{ $$ = type_declare(m, &$1, $3); }
	| NAME '=' error
		{
			expected("a type");
			$$ = type_declare(m, &$1,
			    type_broken(m, &$1.pos));
		}
	| NAME error
		{
			expected("`='");
			$$ = type_declare(m, &$1,
			    type_broken(m, &$1.pos));
		}
	| error
		{
			expected("a name");
			$$ = type_broken(m, &trouble.pos);
		}
	;

type_spec
	: type_plain
	| type_spec CTYPE ':' NAME
		{
			$$ = type_variant(m, $1);
			type_ctype($$, &$4, true, true);
		}
	| type_spec CUSERTYPE ':' NAME
		{
			$$ = type_variant(m, $1);
			type_ctype($$, &$4, true, false);
		}
	| type_spec CSERVERTYPE ':' NAME
		{
			$$ = type_variant(m, $1);
			type_ctype($$, &$4, false, true);
		}
	| type_spec INTRAN ':' NAME NAME '(' NAME ')'
		{
			$$ = type_variant(m, $1);
			$$->intran.to = $4.sym->text;
			$$->intran.name = $5.sym->text;
			$$->intran.from = $7.sym->text;
		}
	| type_spec OUTTRAN ':' NAME NAME '(' NAME ')'
		{
			$$ = type_variant(m, $1);
			$$->outtran.to = $4.sym->text;
			$$->outtran.name = $5.sym->text;
			$$->outtran.from = $7.sym->text;
		}
	| type_spec DESTRUCTOR ':' NAME '(' NAME ')'
		{
			$$ = type_variant(m, $1);
			$$->destructor.name = $4.sym->text;
			$$->destructor.from = $6.sym->text;
		}
	| type_spec CTYPE ':' error
		{ expected("the name of a C type"); $$ = $1; }
	| type_spec CUSERTYPE ':' error
		{ expected("the name of a C type"); $$ = $1; }
	| type_spec CSERVERTYPE ':' error
		{ expected("the name of a C type"); $$ = $1; }
	| type_spec INTRAN ':' error
		{ expected("`to name(from)'"); $$ = $1; }
	| type_spec OUTTRAN ':' error
		{ expected("`to name(from)'"); $$ = $1; }
	| type_spec DESTRUCTOR ':' error
		{ expected("`name(type)'"); $$ = $1; }
	;

type_plain
	: NAME
		{ $$ = type_named(m, &$1); }
	| SYMBOLIC
		{ $$ = type_primitive(m, &$1, &$1); }
	| SYMBOLIC '|' SYMBOLIC
		{ $$ = type_primitive(m, &$1, &$3); }
	| '^' type_plain
		{ $$ = type_pointer(m, &$1.pos, $2); }
	| ARRAY '[' ']' OF type_plain
		{ $$ = type_array(m, &$1.pos, true, 0, $5); }
	| ARRAY '[' '*' ']' OF type_plain
		{ $$ = type_array(m, &$1.pos, true, 0, $6); }
	| ARRAY '[' '*' ':' bound ']' OF type_plain
		{ $$ = type_array(m, &$1.pos, true, $5, $8); }
	| ARRAY '[' bound ']' OF type_plain
		{ $$ = type_array(m, &$1.pos, false, $3, $6); }
	| STRUCT '[' bound ']' OF type_plain
		{ $$ = type_struct(m, &$1.pos, $3, $6); }
	| CSTRING '[' bound ']'
		{ $$ = type_string(m, &$1.pos, false, $3); }
	| CSTRING '[' '*' ':' bound ']'
		{ $$ = type_string(m, &$1.pos, true, $5); }
	| UNSUPPORTED_TYPE '(' type_words ')'
		{
			diag_unsupported(m, &$1.pos, $1.sym->text);
			$$ = type_broken(m, &$1.pos);
		}
	| ARRAY '[' bound error
		{
			expected("`]'");
			$$ = type_broken(m, &$1.pos);
		}
	| STRUCT '[' bound error
		{
			expected("`]'");
			$$ = type_broken(m, &$1.pos);
		}
	| CSTRING '[' bound error
		{
			expected("`]'");
			$$ = type_broken(m, &$1.pos);
		}
	| ARRAY '[' error
		{
			expected("`*' or a number, then `]'");
			$$ = type_broken(m, &$1.pos);
		}
	| STRUCT '[' error
		{
			expected("a number, then `]'");
			$$ = type_broken(m, &$1.pos);
		}
	| CSTRING '[' error
		{
			expected("a number or `*:' and a number, "
			    "then `]'");
			$$ = type_broken(m, &$1.pos);
		}
	| '^' error
		{
			expected("a type");
			$$ = type_broken(m, &$1.pos);
		}
	;

type_words
	: /* nothing */
	| type_words NAME
	| type_words NUMBER
	| type_words ','
	;

bound
	: number
		{
			$$ = $1;
			if ($$ == 0) {
				diag_error(m, &yylval.token.pos,
				    "there must be room for one at least");
				$$ = 1;
			}
		}
	;

number
	: NUMBER
		{ $$ = $1.number; }
	| number '+' number
		{ $$ = number_combine(m, &$2.pos, $1, '+', $3); }
	| number '-' number
		{ $$ = number_combine(m, &$2.pos, $1, '-', $3); }
	| number '*' number
		{ $$ = number_combine(m, &$2.pos, $1, '*', $3); }
	| number '/' number
		{ $$ = number_combine(m, &$2.pos, $1, '/', $3); }
	| '(' number ')'
		{ $$ = $2; }
	;

/* Arguments. */

args
	: '(' ')'
		{ $$ = NULL; }
	| '(' arg_list ')'
		{ $$ = $2; }
	| '(' arg_list ';' ')'
		{ $$ = $2; }
	;

arg_list
	: arg
		{ $$ = $1; }
	| arg_list ';' arg
		{
			$$ = $3;
			if ($$ == NULL)
				$$ = $1;
			else
				$$->next = $1;
		}
	| arg_list error
		{
			expected("`;' or `)'");
			$$ = $1;
		}
	;

arg
	: NAME type_of_arg flags
		{ $$ = arg_make(m, NARG_KINDS, &$1, $2, $3); }
	| DIRECTION NAME type_of_arg flags
		{ $$ = arg_make(m, $1.number, &$2, $3, $4); }
	| UNSUPPORTED_DIRECTION NAME type_of_arg flags
		{
			diag_unsupported(m, &$1.pos, $1.sym->text);
			$$ = NULL;
		}
	| error
		{
			expected("an argument, `direction name : type'");
			$$ = NULL;
		}
	;

type_of_arg
	: ':' type_spec
		{ $$ = $2; }
	| ':' NAME '=' type_spec
		{ $$ = type_declare(m, &$2, $4); }
	| ':' error
		{
			expected("a type, then `,', `;' or `)'");
			$$ = type_broken(m, &trouble.pos);
		}
	| error
		{
			expected("`:' and a type");
			$$ = type_broken(m, &trouble.pos);
		}
	;

flags
	: /* nothing */
		{ $$ = 0; }
	| flags flag
		{ $$ = $1 | $2; }
	;

flag
	: ',' FLAG
		{ $$ = $2.number; }
	| ',' FLAG '[' ']'
		{
			$$ = FLAG_DEALLOC_ASK;
			if ($2.number != FLAG_DEALLOC)
				diag_error(m, &$2.pos,
				    "only dealloc can have `[]'");
		}
	| ',' UNSUPPORTED_FLAG
		{
			diag_unsupported(m, &$2.pos, $2.sym->text);
			$$ = 0;
		}
	| ',' error
		{
			expected("a flag: dealloc, const, SameCount, RetCode, "
			    "PhysicalCopy or CountInOut");
			$$ = 0;
		}
	;

%%

/* Called by the parser, before it looks for a rule with `error'. */
void
yyerror(const char *message)
{
	if (strstr(message, "syntax") == NULL) {
		diag_error(m, &yylval.token.pos, "nested too deeply");
		return;
	}
	trouble.pending = true;
	trouble.pos = yylval.token.pos;
	trouble.found = yychar <= 0 ? NULL : yylval.token.sym->text;
}

static void
expected(const char *what)
{
	if (!trouble.pending)
		return;
	trouble.pending = false;
	if (trouble.found == NULL)
		diag_error(m, &trouble.pos,
		    "expected %s, found the end of the file", what);
	else
		diag_error(m, &trouble.pos, "expected %s, found `%s'", what,
		    trouble.found);
}

/*
 * Parses what the preprocessor made.  The text stays the caller's and must
 * last as long as errors may be reported.  True if there was no error.
 */
bool
mig_parse(struct mig *mig, const char *text, size_t length)
{
	m = mig;
	m->diag.text = text;
	m->diag.length = length;
	memset(&trouble, 0, sizeof(trouble));
	lexer_begin(m, text, length);
	if (yyparse() != 0)
		expected("the rest of a statement");
	lexer_end();
	if (m->subsystem == NULL && m->diag.errors == 0)
		diag_error(m, NULL, "there is no subsystem statement");
	return (m->diag.errors == 0);
}
