/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the stubs made from config.defs and those who use them share.
 */

#ifndef _CONFIG_TYPES_H_
#define	_CONFIG_TYPES_H_

#include <mach/mach.h>

/* Out-of-line data of a request, which is borrowed, and of a reply. */
typedef const char *xmlData_t;
typedef char *xmlDataOut_t;

#define	CONFIG_SERVICE_NAME	"org.freebsd.netconfigd"
/* Environment variable with another name to use, for server and clients. */
#define	CONFIG_SERVICE_ENV	"SCD_SERVER"

/* Key of the options dictionary of configopen: a boolean. */
#define	CONFIG_OPTION_SESSION_KEYS	"UseSessionKeys"

#endif /* !_CONFIG_TYPES_H_ */
