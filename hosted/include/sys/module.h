/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _HOSTED_SYS_MODULE_H_
#define	_HOSTED_SYS_MODULE_H_

/* module(9): one module, loaded when the host starts. */

typedef struct module *module_t;
typedef int (*modeventhand_t)(module_t, int, void *);

typedef enum modeventtype {
	MOD_LOAD,
	MOD_UNLOAD,
	MOD_SHUTDOWN,
	MOD_QUIESCE
} modeventtype_t;

typedef struct moduledata {
	const char	*name;
	modeventhand_t	evhand;
	void		*priv;
} moduledata_t;

extern const moduledata_t *hosted_module;

#define	DECLARE_MODULE(name, data, sub, order)				\
	const moduledata_t *hosted_module = &(data)
#define	MODULE_VERSION(name, version)	struct hosted_swallow_semicolon

#endif /* !_HOSTED_SYS_MODULE_H_ */
