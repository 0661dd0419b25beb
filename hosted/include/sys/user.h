/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_USER_H_
#define	_HOSTED_SYS_USER_H_

/* What a file says of itself to procstat(1). */

struct kinfo_file {
	int		kf_type;
	char		kf_path[1024];
};

#define	KF_TYPE_DEV	12

#endif /* !_HOSTED_SYS_USER_H_ */
