/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MACH_ERROR_H_
#define	_MACH_MACH_ERROR_H_

#include <sys/cdefs.h>

typedef int mach_error_t;

__BEGIN_DECLS
char	*mach_error_string(mach_error_t);
void	mach_error(const char *, mach_error_t);
__END_DECLS

#endif /* !_MACH_MACH_ERROR_H_ */
