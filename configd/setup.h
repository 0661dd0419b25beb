/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The machine's names in the store: Setup:/System and
 * Setup:/Network/HostNames.
 */

#ifndef _SETUP_H_
#define	_SETUP_H_

#include "store.h"

/*
 * Publishes the names of the preferences file and, for those it lacks, ones
 * derived from the host name.
 */
void	setup_publish(struct store *);

#endif /* !_SETUP_H_ */
