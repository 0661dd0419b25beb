/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _BSM_LIBBSM_H_
#define	_BSM_LIBBSM_H_

#include <sys/cdefs.h>
#include <sys/types.h>

#include <mach/message.h>

/*
 * FreeBSD's <bsm/audit.h> has these, and its header of this name what else
 * programs expect of it, which this one would hide.
 */
#ifdef __FreeBSD__
#pragma GCC system_header	/* or -Wpedantic complains of #include_next */
#include <bsm/audit.h>
#if __has_include_next(<bsm/libbsm.h>)
#include_next <bsm/libbsm.h>
#endif
#else
typedef pid_t	au_asid_t;
typedef struct au_tid {
	uint32_t	port;
	uint32_t	machine;
} au_tid_t;
#endif

__BEGIN_DECLS
void	audit_token_to_au32(audit_token_t, uid_t *, uid_t *, gid_t *, uid_t *,
	    gid_t *, pid_t *, au_asid_t *, au_tid_t *);
uid_t	audit_token_to_auid(audit_token_t);
uid_t	audit_token_to_euid(audit_token_t);
gid_t	audit_token_to_egid(audit_token_t);
uid_t	audit_token_to_ruid(audit_token_t);
gid_t	audit_token_to_rgid(audit_token_t);
pid_t	audit_token_to_pid(audit_token_t);
int	audit_token_to_asid(audit_token_t);
int	audit_token_to_pidversion(audit_token_t);
__END_DECLS

#endif /* !_BSM_LIBBSM_H_ */
