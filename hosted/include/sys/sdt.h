/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SDT_H_
#define	_HOSTED_SYS_SDT_H_

/*
 * sdt(9): whoever sets hosted_probe sees every probe that is passed, with its
 * name as the module writes it and its arguments.  It is called with locks
 * held.
 */

#include <sys/param.h>

typedef void hosted_probe_fn(const char *, const uintptr_t *);

extern hosted_probe_fn *hosted_probe;

#define	SDT_PROVIDER_DECLARE(provider)	struct hosted_swallow_semicolon
#define	SDT_PROVIDER_DEFINE(provider)	struct hosted_swallow_semicolon
#define	SDT_PROBE_DEFINE2(provider, module, function, name, type0, type1) \
	struct hosted_swallow_semicolon
#define	SDT_PROBE_DEFINE3(provider, module, function, name, type0, type1, \
	    type2)							\
	struct hosted_swallow_semicolon
#define	SDT_PROBE_DEFINE4(provider, module, function, name, type0, type1, \
	    type2, type3)						\
	struct hosted_swallow_semicolon

#define	HOSTED_PROBE(name, ...)						\
	do {								\
		hosted_probe_fn *hosted_fn;				\
									\
		hosted_fn = __atomic_load_n(&hosted_probe,		\
		    __ATOMIC_RELAXED);					\
		if (__builtin_expect(hosted_fn != NULL, 0))		\
			hosted_fn(#name, (const uintptr_t[]){		\
			    __VA_ARGS__ });				\
	} while (0)

#define	SDT_PROBE2(provider, module, function, name, a0, a1)		\
	HOSTED_PROBE(name, (uintptr_t)(a0), (uintptr_t)(a1))
#define	SDT_PROBE3(provider, module, function, name, a0, a1, a2)	\
	HOSTED_PROBE(name, (uintptr_t)(a0), (uintptr_t)(a1),		\
	    (uintptr_t)(a2))
#define	SDT_PROBE4(provider, module, function, name, a0, a1, a2, a3)	\
	HOSTED_PROBE(name, (uintptr_t)(a0), (uintptr_t)(a1),		\
	    (uintptr_t)(a2), (uintptr_t)(a3))

#endif /* !_HOSTED_SYS_SDT_H_ */
