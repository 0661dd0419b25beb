/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * kmodloader: lists of kernel modules, and loading what is on them.
 */

#ifndef _KMODLOADER_H_
#define	_KMODLOADER_H_

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

/* A module to load: a name, or the absolute path of a file. */
struct module {
	TAILQ_ENTRY(module) m_link;
	char		*m_name;
	char		*m_where;	/* for messages: file and line */
};
TAILQ_HEAD(modlist, module);

enum modlist_status {
	MODLIST_OK,
	MODLIST_NO_FILE,	/* it could not be opened or read */
	MODLIST_BAD		/* it is not what it should be */
};

/*
 * Appends what a file lists, which may be a text or a property list, XML or
 * binary.  Otherwise the reason is in `error', and of this file nothing was
 * appended.
 */
enum modlist_status modlist_read(struct modlist *, const char *path,
	    char *error, size_t errsize);

/* Frees what is on the list. */
void	modlist_free(struct modlist *);

/*
 * Appends a module of this name; false with the reason in `error' if it cannot
 * be one.  Both strings are copied.
 */
bool	modlist_add(struct modlist *, const char *name, const char *where,
	    char *error, size_t errsize);

/* Appends what a property list in memory lists; as modlist_read(). */
bool	modlist_plist(struct modlist *, const char *path, const char *buf,
	    size_t size, char *error, size_t errsize);

/* Asks a kernel for a module; 0, or an error of errno(2). */
typedef int kmod_load_fn(const char *name);

/* This system's. */
kmod_load_fn kmod_load;

/*
 * Loads modules in order and reports each on standard output, or on standard
 * error with the place it was listed.  One that cannot be loaded does not keep
 * the next from being tried.  Returns how many could not.
 */
unsigned modlist_load(const struct modlist *, kmod_load_fn *);

#endif /* !_KMODLOADER_H_ */
