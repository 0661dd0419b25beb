/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Keeping a group of keys in the store equal to a description of them.
 */

#ifndef _PUBLISH_H_
#define	_PUBLISH_H_

#include <plist/plist.h>

#include "store.h"

/*
 * `keys' is a dictionary from key to value; `published' holds the keys of the
 * last call for this group and is brought up to date.  Keys whose value is
 * unchanged are left alone, keys no longer described are removed.
 */
void	publish_keys(struct store *, plist_t keys, struct strset *published);

#endif /* !_PUBLISH_H_ */
