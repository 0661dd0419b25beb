/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mig: the command line.  For each .defs file the outputs are made in memory,
 * and written when the file is found to be without error.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "gen.h"

/* Where <mach/std_types.defs> and the others are installed. */
#ifndef MIG_INCLUDEDIR
#define	MIG_INCLUDEDIR	"/usr/local/include"
#endif

struct options {
	struct cpp	cpp;
	const char	*user;		/* NULL: <subsystem>User.c */
	const char	*server;	/* NULL: <subsystem>Server.c */
	const char	*header;	/* NULL: <subsystem>.h */
	const char	*sheader;	/* NULL: none */
	const char	*prefix;	/* of a file for each user routine */
	const char	**files;
	unsigned int	nfiles;
	bool		depend;
	bool		quiet;
};

/* A file to be made. */
struct output {
	char		*path;		/* NULL: not wanted */
	char		*data;
	size_t		length;
};

enum option_kind {
	OPTION_STRING,		/* sets one of the options above */
	OPTION_NONE,		/* accepted with a value, which is ignored */
	OPTION_NONE_BARE,	/* accepted without a value, and ignored */
	OPTION_NULL,		/* a file mig cannot make: only /dev/null */
	OPTION_CPP		/* goes to the preprocessor, with its value */
};

struct option {
	const char	*name;
	enum option_kind kind;
	size_t		offset;
	bool		silent;		/* ignored for good reason */
};

static const struct option option_table[] = {
	{ "-user", OPTION_STRING, offsetof(struct options, user), false },
	{ "-server", OPTION_STRING, offsetof(struct options, server), false },
	{ "-header", OPTION_STRING, offsetof(struct options, header), false },
	{ "-sheader", OPTION_STRING, offsetof(struct options, sheader), false },
	{ "-i", OPTION_STRING, offsetof(struct options, prefix), false },
	{ "-cc", OPTION_STRING, offsetof(struct options, cpp.compiler), false },
	{ "-iheader", OPTION_NULL, 0, false },
	{ "-dheader", OPTION_NULL, 0, false },
	{ "-isysroot", OPTION_CPP, 0, false },
	{ "-target", OPTION_CPP, 0, false },
	{ "-I", OPTION_CPP, 0, false },
	{ "-D", OPTION_CPP, 0, false },
	{ "-U", OPTION_CPP, 0, false },
	{ "-include", OPTION_CPP, 0, false },
	{ "-isystem", OPTION_CPP, 0, false },
	{ "-idirafter", OPTION_CPP, 0, false },
	{ "-imacros", OPTION_CPP, 0, false },
	{ "-arch", OPTION_NONE, 0, false },
	{ "-maxonstack", OPTION_NONE, 0, false },
	{ "-cpp", OPTION_NONE, 0, true },
	{ "-migcom", OPTION_NONE, 0, true },
	{ "-max_descrs", OPTION_NONE, 0, false },
	{ "-max_reply_descrs", OPTION_NONE, 0, false },
	{ "-mach_msg2", OPTION_NONE_BARE, 0, false },
	{ "-split", OPTION_NONE_BARE, 0, true },
	{ "-novouchers", OPTION_NONE_BARE, 0, true }
};

static void
usage(void)
{
	(void)fprintf(stderr,
	    "usage: mig [-user file] [-server file] [-header file]\n"
	    "           [-sheader file] [-i prefix] [-MD] [-q] [-cc command]\n"
	    "           [preprocessor option ...] file ...\n"
	    "       mig -version\n");
	exit(EX_USAGE);
}

static void *
must(void *p)
{
	if (p == NULL)
		err(EX_OSERR, "memory");
	return (p);
}

static const struct option *
option_find(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(option_table); i++)
		if (strcmp(option_table[i].name, name) == 0)
			return (&option_table[i]);
	return (NULL);
}

static void
option_ignored(const struct options *o, const char *name)
{
	if (!o->quiet)
		warnx("warning: %s has no effect and is ignored", name);
}

/* An option that takes a value; returns what follows. */
static char **
option_with_value(struct options *o, const struct option *option, char **argv)
{
	if (argv[1] == NULL) {
		warnx("%s needs a value", argv[0]);
		usage();
	}
	switch (option->kind) {
	case OPTION_STRING:
		*(const char **)(void *)((char *)o + option->offset) = argv[1];
		break;
	case OPTION_CPP:
		o->cpp.args[o->cpp.nargs++] = argv[0];
		o->cpp.args[o->cpp.nargs++] = argv[1];
		break;
	case OPTION_NULL:
		if (strcmp(argv[1], "/dev/null") != 0)
			errx(EX_USAGE, "%s: feature not supported", argv[0]);
		break;
	default:
		if (!option->silent)
			option_ignored(o, argv[0]);
	}
	return (argv + 2);
}

/* One letter: most choose between ways of generating code that are one here. */
static void
option_letter(struct options *o, const char *name)
{
	switch (name[1]) {
	case 'q':
		o->quiet = true;
		break;
	case 'Q':
		o->quiet = false;
		break;
	case 'd':
	case 'k':
	case 'v':
	case 't':
	case 'r':
	case 's':
	case 'l':
	case 'x':
	case 'n':
	case 'b':
		option_ignored(o, name);
		break;
	default:
		/* The capital letters say what is so anyway. */
		break;
	}
}

static char **
option_parse(struct options *o, char **argv)
{
	const struct option *option;

	if (strcmp(argv[0], "-version") == 0) {
		printf("mig %s\n", MIG_VERSION);
		exit(EX_OK);
	}
	option = option_find(argv[0]);
	if (option != NULL && option->kind == OPTION_NONE_BARE) {
		if (!option->silent)
			option_ignored(o, argv[0]);
		return (argv + 1);
	}
	if (option != NULL)
		return (option_with_value(o, option, argv));
	if (strcmp(argv[0], "-MD") == 0)
		o->depend = true;
	else if (argv[0][1] != '\0' && argv[0][2] == '\0' &&
	    strchr("dtqkKQvVtTrRsSlLxXnNbB", argv[0][1]) != NULL)
		option_letter(o, argv[0]);
	else
		o->cpp.args[o->cpp.nargs++] = argv[0];
	return (argv + 1);
}

static bool
is_file(const char *path)
{
	return (path != NULL && strcmp(path, "/dev/null") != 0);
}

static void
options_parse(struct options *o, int argc, char **argv)
{
	const char *env;

	memset(o, 0, sizeof(*o));
	env = getenv("MIGCC");
	o->cpp.compiler = env != NULL ? env : "cc";
	o->cpp.args = must(calloc((size_t)argc + 3, sizeof(*o->cpp.args)));
	o->files = must(calloc((size_t)argc, sizeof(*o->files)));
	for (argv++; *argv != NULL;) {
		if (argv[0][0] == '-' && argv[0][1] != '\0')
			argv = option_parse(o, argv);
		else
			o->files[o->nfiles++] = *argv++;
	}
	o->cpp.args[o->cpp.nargs++] = "-idirafter";
	o->cpp.args[o->cpp.nargs++] = MIG_INCLUDEDIR;
	if (o->nfiles == 0)
		usage();
	if (o->nfiles > 1 && (is_file(o->user) || is_file(o->server) ||
	    is_file(o->header) || is_file(o->sheader))) {
		warnx("one name cannot be that of several files' output");
		usage();
	}
}

static const char *
base_name(const char *path)
{
	const char *slash;

	slash = strrchr(path, '/');
	return (slash != NULL ? slash + 1 : path);
}

/* A path as given, or made of the subsystem's name; NULL if not wanted. */
static char *
output_path(const char *given, const char *subsystem, const char *suffix)
{
	size_t size;
	char *path;

	if (given != NULL)
		return (is_file(given) ? must(strdup(given)) : NULL);
	size = strlen(subsystem) + strlen(suffix) + 1;
	path = must(malloc(size));
	(void)snprintf(path, size, "%s%s", subsystem, suffix);
	return (path);
}

static FILE *
output_open(struct output *out)
{
	return (must(open_memstream(&out->data, &out->length)));
}

static void
output_free(struct output *out)
{
	free(out->path);
	free(out->data);
}

/* Returns 0, or -1 having said why. */
static int
output_write(const struct output *out)
{
	FILE *f;

	f = fopen(out->path, "w");
	if (f == NULL || fwrite(out->data, 1, out->length, f) != out->length ||
	    fclose(f) != 0) {
		warn("%s", out->path);
		return (-1);
	}
	return (0);
}

/* Makes one output with a function of gen.h. */
static int
output_make(struct gen *g, struct output *out, void (*make)(struct gen *))
{
	int error;

	if (out->path == NULL)
		return (0);
	g->f = output_open(out);
	make(g);
	if (ferror(g->f) != 0 || fclose(g->f) != 0)
		err(EX_OSERR, "memory");
	error = output_write(out);
	return (error);
}

static void
make_header(struct gen *g)
{
	gen_user_header(g, "Header of the user's side");
}

static void
make_server_header(struct gen *g)
{
	gen_server_header(g, "Header of the server's side");
}

/* A file for each routine of the user's side. */
static int
outputs_individual(struct gen *g, const char *prefix)
{
	struct routine *rt;
	uint32_t i;
	int error;

	error = 0;
	foreach_routine(g, rt, i) {
		struct output out = { NULL, NULL, 0 };

		out.path = must(strdup(text(g, "%s%s.c", prefix, rt->name)));
		g->f = output_open(&out);
		gen_user_routine(g, rt);
		if (ferror(g->f) != 0 || fclose(g->f) != 0)
			err(EX_OSERR, "memory");
		if (output_write(&out) != 0)
			error = -1;
		output_free(&out);
	}
	return (error);
}

/* <output>.d for every output: what it is made of. */
static int
outputs_depend(struct mig *m, const struct output *out, size_t n)
{
	size_t i;
	int error;

	error = 0;
	for (i = 0; i < n; i++) {
		const char *path = out[i].path;

		if (path != NULL && depend_write(m, arena_printf(&m->arena,
		    "%s.d", path), &path, 1) != 0)
			error = -1;
	}
	return (error);
}

/* Makes what was asked for of a file without errors. */
static int
outputs_make(const struct options *o, struct mig *m)
{
	enum { HEADER, SHEADER, USER, SERVER, N };
	struct output out[N] = { { NULL, NULL, 0 } };
	struct gen g = { .m = m };
	int error, i;

	out[HEADER].path = output_path(o->header, m->subsystem, ".h");
	if (o->sheader != NULL)
		out[SHEADER].path = output_path(o->sheader, m->subsystem,
		    "Server.h");
	if (o->prefix == NULL)
		out[USER].path = output_path(o->user, m->subsystem, "User.c");
	out[SERVER].path = output_path(o->server, m->subsystem, "Server.c");

	error = output_make(&g, &out[HEADER], make_header);
	if (out[HEADER].path != NULL)
		g.header = base_name(out[HEADER].path);
	if (error == 0)
		error = output_make(&g, &out[USER], gen_user);
	if (error == 0 && o->prefix != NULL)
		error = outputs_individual(&g, o->prefix);
	g.server = true;
	if (error == 0)
		error = output_make(&g, &out[SHEADER], make_server_header);
	g.header = out[SHEADER].path != NULL ?
	    base_name(out[SHEADER].path) : NULL;
	if (error == 0)
		error = output_make(&g, &out[SERVER], gen_server);
	if (error == 0 && o->depend)
		error = outputs_depend(m, out, N);
	for (i = 0; i < N; i++)
		output_free(&out[i]);
	return (error);
}

/* Returns 0, or -1 having said why. */
static int
file_compile(const struct options *o, const char *file)
{
	struct mig m;
	size_t length;
	char *defs;
	int error;

	defs = cpp_run(&o->cpp, file, &length);
	if (defs == NULL)
		return (-1);
	mig_init(&m, file);
	m.diag.quiet = o->quiet;
	error = -1;
	if (mig_parse(&m, defs, length))
		error = outputs_make(o, &m);
	mig_free(&m);
	free(defs);
	return (error);
}

int
main(int argc, char **argv)
{
	struct options options;
	unsigned int i;
	int status;

	options_parse(&options, argc, argv);
	status = EX_OK;
	for (i = 0; i < options.nfiles; i++)
		if (file_compile(&options, options.files[i]) != 0)
			status = 1;
	free(options.cpp.args);
	free(options.files);
	return (status);
}
