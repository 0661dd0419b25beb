/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Errors and warnings: file, line, column, what is wrong, and the line.
 *
 * What is parsed came through the preprocessor, which leaves out comments and
 * blanks.  The line shown is the user's; the column is found by stepping
 * through both.  Where a macro made them differ, the preprocessor's is shown.
 */

#include <sys/stat.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mig.h"

#define	MAX_ERRORS	20
#define	MAX_WARNINGS	100
#define	MAX_SOURCE	(16 * 1024 * 1024)
#define	MAX_SHOWN	200

struct span {
	const char	*start;
	size_t		length;
};

/* Reads the user's file, unless it is the one read last or no plain file. */
static bool
source_load(struct diag *d, const char *file)
{
	struct stat sb;
	FILE *f;
	bool ok;

	if (d->cached_file == file)
		return (d->cached != NULL);
	free(d->cached);
	d->cached = NULL;
	d->cached_file = file;
	if (stat(file, &sb) != 0 || !S_ISREG(sb.st_mode) ||
	    sb.st_size > MAX_SOURCE)
		return (false);
	f = fopen(file, "r");
	if (f == NULL)
		return (false);
	d->cached = malloc((size_t)sb.st_size + 1);
	ok = d->cached != NULL;
	if (ok)
		d->cached_length = fread(d->cached, 1, (size_t)sb.st_size, f);
	(void)fclose(f);
	return (ok);
}

/* The line of a text that begins at `offset'. */
static struct span
line_at(const char *text, size_t length, size_t offset)
{
	struct span line = { text + offset, 0 };
	const char *end;

	end = memchr(line.start, '\n', length - offset);
	line.length = end != NULL ? (size_t)(end - line.start) :
	    length - offset;
	if (line.length > 0 && line.start[line.length - 1] == '\r')
		line.length--;
	return (line);
}

static bool
source_line(struct diag *d, const struct pos *pos, struct span *line)
{
	size_t offset;
	unsigned int n;

	if (!d->show_lines || !source_load(d, pos->file))
		return (false);
	offset = 0;
	for (n = 1; n < pos->line; n++) {
		const char *end;

		end = memchr(d->cached + offset, '\n',
		    d->cached_length - offset);
		if (end == NULL)
			return (false);
		offset = (size_t)(end - d->cached) + 1;
	}
	*line = line_at(d->cached, d->cached_length, offset);
	return (true);
}

static void
skip_blank(struct span line, size_t *at)
{
	while (*at < line.length) {
		if (isspace((unsigned char)line.start[*at])) {
			(*at)++;
		} else if (line.length - *at >= 2 &&
		    strncmp(line.start + *at, "/*", 2) == 0) {
			*at += 2;
			while (*at < line.length && (line.start[*at] != '/' ||
			    line.start[*at - 1] != '*'))
				(*at)++;
			if (*at < line.length)
				(*at)++;
		} else {
			break;
		}
	}
}

/*
 * Where in `theirs' the column `at' of `ours' is, if both have the same words
 * up to there.
 */
static bool
column_find(struct span ours, size_t at, struct span theirs, size_t *found)
{
	size_t i, j;

	for (i = 0, j = 0;;) {
		while (i < at && isspace((unsigned char)ours.start[i]))
			i++;
		skip_blank(theirs, &j);
		if (i >= at)
			break;
		if (j >= theirs.length || ours.start[i] != theirs.start[j])
			return (false);
		i++;
		j++;
	}
	/* At the end of the line there is no character to compare. */
	if (at < ours.length &&
	    (j >= theirs.length || theirs.start[j] != ours.start[at]))
		return (false);
	*found = j;
	return (true);
}

static void
show_line(FILE *f, struct span line, size_t column)
{
	size_t i, n;

	n = line.length < MAX_SHOWN ? line.length : MAX_SHOWN;
	fputs("    ", f);
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)line.start[i];

		(void)fputc(c == '\t' || isprint(c) || c >= 0x80 ? c : '?', f);
	}
	fputs("\n    ", f);
	for (i = 0; i < column && i < n; i++)
		(void)fputc(line.start[i] == '\t' ? '\t' : ' ', f);
	fputs("^\n", f);
}

static void
report(struct mig *m, const struct pos *pos, const char *kind,
    const char *format, va_list ap)
{
	struct diag *d = &m->diag;
	struct span ours, line;
	size_t start, column;

	if (d->stream == NULL)
		return;
	if (pos == NULL) {
		fprintf(d->stream, "%s: %s: ", m->file, kind);
		vfprintf(d->stream, format, ap);
		(void)fputc('\n', d->stream);
		return;
	}
	start = pos->offset;
	while (start > 0 && d->text[start - 1] != '\n')
		start--;
	ours = line_at(d->text, d->length, start);
	line = ours;
	column = pos->offset - start;
	if (source_line(d, pos, &line) &&
	    !column_find(ours, column, line, &column))
		line = ours;
	fprintf(d->stream, "%s:%u:%zu: %s: ", pos->file, pos->line, column + 1,
	    kind);
	vfprintf(d->stream, format, ap);
	(void)fputc('\n', d->stream);
	show_line(d->stream, line, column);
}

/* After MAX_ERRORS there is silence, and the parser stops. */
void
diag_error(struct mig *m, const struct pos *pos, const char *format, ...)
{
	va_list ap;

	if (m->diag.gave_up)
		return;
	m->diag.errors++;
	va_start(ap, format);
	report(m, pos, "error", format, ap);
	va_end(ap);
	if (m->diag.errors >= MAX_ERRORS) {
		m->diag.gave_up = true;
		if (m->diag.stream != NULL)
			fprintf(m->diag.stream,
			    "%s: %u errors; there may be more\n", m->file,
			    m->diag.errors);
	}
}

void
diag_warning(struct mig *m, const struct pos *pos, const char *format, ...)
{
	va_list ap;

	if (m->diag.quiet || m->diag.gave_up ||
	    m->diag.warnings == MAX_WARNINGS)
		return;
	m->diag.warnings++;
	va_start(ap, format);
	report(m, pos, "warning", format, ap);
	va_end(ap);
}

/* The language has it, no known interface uses it, and mig does not do it. */
void
diag_unsupported(struct mig *m, const struct pos *pos, const char *what)
{
	diag_error(m, pos, "%s: feature not supported", what);
}

void
diag_free(struct mig *m)
{
	free(m->diag.cached);
	m->diag.cached = NULL;
}
