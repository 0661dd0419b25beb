/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_UCRED_H_
#define	_HOSTED_SYS_UCRED_H_

/* Credentials.  Constant once made; copied, not shared. */

#include <sys/param.h>

struct prison {
	int	pr_id;
};

struct ucred {
	uid_t		cr_uid;
	uid_t		cr_ruid;
	gid_t		cr_gid;
	gid_t		cr_rgid;
	struct {
		uid_t	ai_auid;
		int	ai_asid;
	} cr_audit;
	struct prison	*cr_prison;
};

#endif /* !_HOSTED_SYS_UCRED_H_ */
