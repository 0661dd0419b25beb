/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_SIGNALVAR_H_
#define	_HOSTED_SYS_SIGNALVAR_H_

/* Signals: whoever runs processes sets hosted_signal to reach them. */

#include <signal.h>
#include <sys/proc.h>

extern void (*hosted_signal)(struct proc *, int);

#define	kern_psignal(p, sig)						\
	do {								\
		if (hosted_signal != NULL)				\
			hosted_signal((p), (sig));			\
	} while (0)

#endif /* !_HOSTED_SYS_SIGNALVAR_H_ */
