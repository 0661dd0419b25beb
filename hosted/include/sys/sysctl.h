/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SYSCTL_H_
#define	_HOSTED_SYS_SYSCTL_H_

/*
 * sysctl(9): variables register themselves at start-up; machd serves them.
 */

#include <sys/param.h>
#include <sys/kernel.h>

struct hosted_sysctl {
	struct hosted_sysctl *hs_next;
	const char	*hs_parent;	/* "_kern_mach" */
	const char	*hs_name;
	const char	*hs_description;
	void		*hs_variable;
	enum { HS_INT, HS_UINT, HS_ULONG, HS_COUNTER } hs_type;
	int		hs_flags;
};

void	hosted_sysctl_register(struct hosted_sysctl *);

#define	OID_AUTO	(-1)
#define	CTLFLAG_RD	0x1
#define	CTLFLAG_WR	0x2
#define	CTLFLAG_RW	(CTLFLAG_RD | CTLFLAG_WR)
#define	CTLFLAG_TUN	0x4
#define	CTLFLAG_RDTUN	(CTLFLAG_RD | CTLFLAG_TUN)
#define	CTLFLAG_RWTUN	(CTLFLAG_RW | CTLFLAG_TUN)
#define	CTLFLAG_MPSAFE	0x8
#define	CTLFLAG_CAPRD	0x10

#define	SYSCTL_DECL(name)	struct hosted_swallow_semicolon
#define	SYSCTL_NODE(parent, number, name, access, handler, description)	\
	struct hosted_swallow_semicolon

#define	HOSTED_SYSCTL(parent, name, access, variable, type, description) \
	static struct hosted_sysctl hosted_sysctl_##name = {		\
		NULL, #parent, #name, (description), (variable), (type), \
		(access)						\
	};								\
	HOSTED_INIT(hosted_sysctl_##name##_init)			\
	{								\
		hosted_sysctl_register(&hosted_sysctl_##name);		\
	}								\
	struct hosted_swallow_semicolon

#define	SYSCTL_INT(parent, number, name, access, variable, value, descr) \
	HOSTED_SYSCTL(parent, name, access, variable, HS_INT, descr)
#define	SYSCTL_UINT(parent, number, name, access, variable, value, descr) \
	HOSTED_SYSCTL(parent, name, access, variable, HS_UINT, descr)
#define	SYSCTL_ULONG(parent, number, name, access, variable, value, descr) \
	HOSTED_SYSCTL(parent, name, access, variable, HS_ULONG, descr)
#define	SYSCTL_COUNTER_U64(parent, number, name, access, variable, descr) \
	HOSTED_SYSCTL(parent, name, access, variable, HS_COUNTER, descr)

#endif /* !_HOSTED_SYS_SYSCTL_H_ */
