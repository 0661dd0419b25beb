/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_FILEDESC_H_
#define	_HOSTED_SYS_FILEDESC_H_

/* Descriptors; there are no capability rights here to go with them. */

#include <sys/file.h>

struct filecaps {
	int		fc_none;
};

#define	UF_RESOLVE_BENEATH	0x02
#define	O_RESOLVE_BENEATH	0

#define	filecaps_init(caps)		((void)(caps))
#define	filecaps_free(caps)		((void)(caps))
#define	filecaps_copy(from, to, locked)	((void)(from), (void)(to), true)

int	falloc_noinstall(struct thread *, struct file **);
int	finstall(struct thread *, struct file *, int *, int,
	    struct filecaps *);
int	fget_cap(struct thread *, int, const int *, uint8_t *, struct file **,
	    struct filecaps *);

#endif /* !_HOSTED_SYS_FILEDESC_H_ */
