/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The small facilities: memory, counters, variables, privileges, panic.
 */

#include <sys/param.h>
#include <sys/counter.h>
#include <sys/malloc.h>
#include <sys/jail.h>
#include <sys/priv.h>
#include <sys/proc.h>
#include <sys/sdt.h>
#include <sys/sysctl.h>
#include <sys/syslog.h>
#include <sys/systm.h>
#include <sys/time.h>

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>

#include "hosted.h"

#undef malloc
#undef free
#include <stdio.h>
#include <stdlib.h>

static _Thread_local u_int fault_countdown;
static _Thread_local bool fault_fired;

bool
hosted_fault_set(u_int n)
{
	bool fired;

	fired = fault_fired;
	fault_fired = false;
	fault_countdown = n;
	return (fired);
}

u_int
hosted_fault_pause(void)
{
	u_int left;

	left = fault_countdown;
	fault_countdown = 0;
	return (left);
}

void
hosted_fault_resume(u_int left)
{
	fault_countdown = left;
}

bool
hosted_fault(void)
{
	if (fault_countdown == 0 || --fault_countdown != 0)
		return (false);
	fault_fired = true;
	return (true);
}

struct prison prison0 = { .pr_id = 0 };

hosted_probe_fn *hosted_probe;

void
panic(const char *format, ...)
{
	va_list ap;

	fputs("panic: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void
hosted_log(int level __unused, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
}

int
ppsratecheck(struct timeval *last, int *count, int max)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	sbintime_t now;
	int n;

	now = sbinuptime() / SBT_1S;
	pthread_mutex_lock(&lock);
	if (last->tv_sec != now) {
		last->tv_sec = now;
		*count = 0;
	}
	n = ++*count;
	pthread_mutex_unlock(&lock);
	return (n <= max);
}

/* Allocations not yet freed. */
static uint64_t malloc_live;

void	(*hosted_meanwhile)(void);

/* Sleeping for memory means waiting for it for ever; here it means dying. */
void *
hosted_malloc(size_t size, struct malloc_type *type, int flags)
{
	void (*meanwhile)(void);
	void *p;

	meanwhile = hosted_meanwhile;
	if (meanwhile != NULL && (flags & M_WAITOK) != 0) {
		hosted_meanwhile = NULL;
		meanwhile();
	}
	p = (flags & M_ZERO) != 0 ? calloc(1, size) : malloc(size);
	if (p == NULL) {
		if ((flags & M_WAITOK) != 0)
			panic("malloc: no memory for %zu bytes of %s", size,
			    type->mt_name);
		return (NULL);
	}
	__atomic_fetch_add(&malloc_live, 1, __ATOMIC_RELAXED);
	return (p);
}

void
hosted_free(void *p, struct malloc_type *type __unused)
{
	if (p == NULL)
		return;
	__atomic_fetch_sub(&malloc_live, 1, __ATOMIC_RELAXED);
	free(p);
}

uint64_t
hosted_malloc_live(void)
{
	return (__atomic_load_n(&malloc_live, __ATOMIC_RELAXED));
}

counter_u64_t
counter_u64_alloc(void)
{
	counter_u64_t c;

	c = calloc(1, sizeof(*c));
	if (c == NULL)
		panic("counter_u64_alloc: no memory");
	return (c);
}

int
priv_check(struct thread *td, int priv __unused)
{
	return (td->td_ucred->cr_uid == 0 ? 0 : EPERM);
}

static struct hosted_sysctl *sysctls;

void
hosted_sysctl_register(struct hosted_sysctl *hs)
{
	struct hosted_sysctl **prev;
	char name[64], other[64];

	hosted_sysctl_name(hs, name, sizeof(name));
	for (prev = &sysctls; *prev != NULL; prev = &(*prev)->hs_next) {
		hosted_sysctl_name(*prev, other, sizeof(other));
		if (strcmp(name, other) < 0)
			break;
	}
	hs->hs_next = *prev;
	*prev = hs;
}

/* "_kern_mach" and "ports" make "kern.mach.ports". */
void
hosted_sysctl_name(const struct hosted_sysctl *hs, char *name, size_t size)
{
	char *p;

	snprintf(name, size, "%s_", hs->hs_parent + 1);
	for (p = name; *p != '\0'; p++) {
		if (*p == '_')
			*p = '.';
	}
	snprintf(p, size - (size_t)(p - name), "%s", hs->hs_name);
}

struct hosted_sysctl *
hosted_sysctl_next(const struct hosted_sysctl *previous)
{
	return (previous == NULL ? sysctls : previous->hs_next);
}

struct hosted_sysctl *
hosted_sysctl_find(const char *wanted)
{
	struct hosted_sysctl *hs;
	char name[64];

	for (hs = sysctls; hs != NULL; hs = hs->hs_next) {
		hosted_sysctl_name(hs, name, sizeof(name));
		if (strcmp(name, wanted) == 0)
			return (hs);
	}
	return (NULL);
}

uint64_t
hosted_sysctl_get(const struct hosted_sysctl *hs)
{
	hosted_files_sweep();
	switch (hs->hs_type) {
	case HS_INT:
	case HS_UINT:
		return (__atomic_load_n((u_int *)hs->hs_variable,
		    __ATOMIC_RELAXED));
	case HS_ULONG:
		return (__atomic_load_n((u_long *)hs->hs_variable,
		    __ATOMIC_RELAXED));
	default:
		return (counter_u64_fetch(*(counter_u64_t *)hs->hs_variable));
	}
}

int
hosted_sysctl_set(struct hosted_sysctl *hs, uint64_t value)
{
	if ((hs->hs_flags & CTLFLAG_WR) == 0)
		return (EPERM);
	if (hs->hs_type == HS_ULONG)
		__atomic_store_n((u_long *)hs->hs_variable, value,
		    __ATOMIC_RELAXED);
	else if (value <= UINT32_MAX)
		__atomic_store_n((u_int *)hs->hs_variable, (u_int)value,
		    __ATOMIC_RELAXED);
	else
		return (EINVAL);
	return (0);
}
