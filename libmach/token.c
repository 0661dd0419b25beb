/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Who sent a message: the words of an audit token.
 */

#include <bsm/libbsm.h>

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
