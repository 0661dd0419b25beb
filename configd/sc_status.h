/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Status codes of the dynamic store and their texts.  The numbers and texts
 * are those Darwin's clients compare with and print.
 */

#ifndef _SC_STATUS_H_
#define	_SC_STATUS_H_

enum sc_status {
	SC_OK			= 0,
	SC_FAILED		= 1001,
	SC_INVALID_ARGUMENT	= 1002,
	SC_ACCESS_ERROR		= 1003,
	SC_NO_KEY		= 1004,
	SC_KEY_EXISTS		= 1005,
	SC_LOCKED		= 1006,
	SC_NEED_LOCK		= 1007,
	SC_NO_STORE_SESSION	= 2001,
	SC_NO_STORE_SERVER	= 2002,
	SC_NOTIFIER_ACTIVE	= 2003,
	SC_NO_PREFS_SESSION	= 3001,
	SC_PREFS_BUSY		= 3002,
	SC_NO_CONFIG_FILE	= 3003,
	SC_NO_LINK		= 3004,
	SC_STALE		= 3005,
	SC_MAX_LINK		= 3006,
	SC_REACHABILITY_UNKNOWN	= 4001
};

/*
 * The text of a store status, or NULL when `status' is none.  Static storage.
 */
const char	*sc_status_string(int status);

#endif /* !_SC_STATUS_H_ */
