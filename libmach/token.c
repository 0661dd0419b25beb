/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Who sent a message: the words of an audit token.
 */

#include <string.h>

#include <bsm/libbsm.h>

/*
 * All words at once; any pointer may be NULL.  The terminal, which the token
 * does not carry, reads as zeroes.
 */
void
audit_token_to_au32(audit_token_t token, uid_t *auid, uid_t *euid,
    gid_t *egid, uid_t *ruid, gid_t *rgid, pid_t *pid, au_asid_t *asid,
    au_tid_t *tid)
{
	if (auid != NULL)
		*auid = audit_token_to_auid(token);
	if (euid != NULL)
		*euid = audit_token_to_euid(token);
	if (egid != NULL)
		*egid = audit_token_to_egid(token);
	if (ruid != NULL)
		*ruid = audit_token_to_ruid(token);
	if (rgid != NULL)
		*rgid = audit_token_to_rgid(token);
	if (pid != NULL)
		*pid = audit_token_to_pid(token);
	if (asid != NULL)
		*asid = audit_token_to_asid(token);
	if (tid != NULL)
		memset(tid, 0, sizeof(*tid));
}

uid_t
audit_token_to_auid(audit_token_t token)
{
	return ((uid_t)token.val[0]);
}

uid_t
audit_token_to_euid(audit_token_t token)
{
	return ((uid_t)token.val[1]);
}

gid_t
audit_token_to_egid(audit_token_t token)
{
	return ((gid_t)token.val[2]);
}

uid_t
audit_token_to_ruid(audit_token_t token)
{
	return ((uid_t)token.val[3]);
}

gid_t
audit_token_to_rgid(audit_token_t token)
{
	return ((gid_t)token.val[4]);
}

pid_t
audit_token_to_pid(audit_token_t token)
{
	return ((pid_t)token.val[5]);
}

int
audit_token_to_asid(audit_token_t token)
{
	return ((int)token.val[6]);
}

int
audit_token_to_pidversion(audit_token_t token)
{
	return ((int)token.val[7]);
}
