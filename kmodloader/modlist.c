/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Lists of modules, and files with a module a line.
 */

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmodloader.h"

/* More than any list of names needs. */
#define	FILE_MAX	(1024 * 1024)

void
modlist_free(struct modlist *list)
{
	struct module *m;

	while ((m = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, m, m_link);
		free(m->m_name);
		free(m->m_where);
		free(m);
	}
}

/*
 * A name is looked up along the kernel's module path; a slash in it would lead
 * out of there, so that files are named from the root.
 */
static const char *
name_problem(const char *name)
{
	const char *p;

	if (name[0] == '\0')
		return ("a module without a name");
	if (strlen(name) >= PATH_MAX)
		return ("a name that is too long");
	for (p = name; *p != '\0'; p++) {
		if (isspace((unsigned char)*p))
			return ("blanks in a name; one module a line");
		if (iscntrl((unsigned char)*p))
			return ("control characters in a name");
	}
	if (name[0] != '/' && strchr(name, '/') != NULL)
		return ("neither a name nor an absolute path");
	return (NULL);
}

bool
modlist_add(struct modlist *list, const char *name, const char *where,
    char *error, size_t errsize)
{
	const char *problem;
	struct module *m;

	problem = name_problem(name);
	if (problem != NULL) {
		snprintf(error, errsize, "%s: %s", where, problem);
		return (false);
	}
	m = calloc(1, sizeof(*m));
	if (m == NULL || (m->m_name = strdup(name)) == NULL ||
	    (m->m_where = strdup(where)) == NULL) {
		snprintf(error, errsize, "%s: %s", where, strerror(ENOMEM));
		if (m != NULL)
			free(m->m_name);
		free(m);
		return (false);
	}
	TAILQ_INSERT_TAIL(list, m, m_link);
	return (true);
}

/* A line without its comment and the blanks around what is left. */
static char *
strip(char *line)
{
	char *end;

	line[strcspn(line, "#")] = '\0';
	while (isspace((unsigned char)*line))
		line++;
	end = line + strlen(line);
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return (line);
}

/* The text ends with a NUL, which is not part of it. */
static bool
modlist_text(struct modlist *list, const char *path, char *text, char *error,
    size_t errsize)
{
	char *line, *name, where[PATH_MAX + 16];
	unsigned n;

	for (n = 1; (line = strsep(&text, "\n")) != NULL; n++) {
		name = strip(line);
		if (*name == '\0')
			continue;
		snprintf(where, sizeof(where), "%s:%u", path, n);
		if (!modlist_add(list, name, where, error, errsize))
			return (false);
	}
	return (true);
}

/* Whoever writes the list decides what runs in the kernel. */
static const char *
file_problem(const struct stat *st)
{

	if (!S_ISREG(st->st_mode))
		return ("not a file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return ("belongs to another user");
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return ("others may write it");
	if (st->st_size > FILE_MAX)
		return ("too large for a list of modules");
	return (NULL);
}

/* All of an open file, and a NUL; NULL with errno set. */
static char *
read_all(int fd, size_t size, size_t *lenp)
{
	char *buf;
	ssize_t n;

	buf = malloc(size + 1);
	if (buf == NULL)
		return (NULL);
	for (*lenp = 0; *lenp < size; *lenp += (size_t)n) {
		n = read(fd, buf + *lenp, size - *lenp);
		if (n == -1) {
			free(buf);
			return (NULL);
		}
		if (n == 0)
			break;
	}
	buf[*lenp] = '\0';
	return (buf);
}

/* The contents of a file that can be a list, for free(3). */
static enum modlist_status
modlist_open(const char *path, char **bufp, size_t *lenp, char *error,
    size_t errsize)
{
	enum modlist_status status;
	const char *problem;
	struct stat st;
	int fd;

	*bufp = NULL;
	status = MODLIST_NO_FILE;
	problem = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd != -1 && fstat(fd, &st) == 0) {
		problem = file_problem(&st);
		if (problem != NULL)
			status = MODLIST_BAD;
		else
			*bufp = read_all(fd, (size_t)st.st_size, lenp);
	}
	if (*bufp != NULL)
		status = MODLIST_OK;
	else
		snprintf(error, errsize, "%s: %s", path,
		    problem != NULL ? problem : strerror(errno));
	if (fd != -1)
		close(fd);
	return (status);
}

static bool
is_plist(const char *text, size_t len)
{

	if (len >= 8 && memcmp(text, "bplist00", 8) == 0)
		return (true);
	while (isspace((unsigned char)*text))
		text++;
	return (*text == '<');
}

static bool
modlist_parse(struct modlist *list, const char *path, char *buf, size_t len,
    char *error, size_t errsize)
{

	if (is_plist(buf, len))
		return (modlist_plist(list, path, buf, len, error, errsize));
	if (memchr(buf, '\0', len) != NULL) {
		snprintf(error, errsize, "%s: neither a text nor a property "
		    "list", path);
		return (false);
	}
	return (modlist_text(list, path, buf, error, errsize));
}

enum modlist_status
modlist_read(struct modlist *list, const char *path, char *error,
    size_t errsize)
{
	struct modlist mine = TAILQ_HEAD_INITIALIZER(mine);
	enum modlist_status status;
	char *buf;
	size_t len;

	status = modlist_open(path, &buf, &len, error, errsize);
	if (status != MODLIST_OK)
		return (status);
	if (modlist_parse(&mine, path, buf, len, error, errsize)) {
		TAILQ_CONCAT(list, &mine, m_link);
	} else {
		modlist_free(&mine);
		status = MODLIST_BAD;
	}
	free(buf);
	return (status);
}
