/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Inside a launch_data_t.
 */

#ifndef _LAUNCH_DATA_H_
#define	_LAUNCH_DATA_H_

#include <launch.h>

struct _launch_data {
	launch_data_type_t type;
	long long	number;		/* integer, bool, errno */
	double		real;
	char		*bytes;		/* string, opaque; NUL behind them */
	size_t		size;
	launch_data_t	*items;		/* array; dictionary: keys and values */
	size_t		count;
};

bool	launch_data_set_bytes(launch_data_t, const void *, size_t);
bool	launch_data_append(launch_data_t, launch_data_t);

#endif /* !_LAUNCH_DATA_H_ */
