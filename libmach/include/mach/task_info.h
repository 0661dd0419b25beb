/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_TASK_INFO_H_
#define	_MACH_TASK_INFO_H_

#include <mach/message.h>

typedef unsigned int	task_flavor_t;
typedef unsigned int	mach_task_flavor_t;
typedef int32_t		*task_info_t;

typedef uint32_t	task_corpse_forking_behavior_t;
typedef uint32_t	task_exc_guard_behavior_t;

struct vm_purgeable_stat {
	uint64_t	count;
	uint64_t	size;
};

struct vm_purgeable_info {
	struct vm_purgeable_stat fifo_data[8];
	struct vm_purgeable_stat obsolete_data;
	struct vm_purgeable_stat lifo_data[8];
};
typedef struct vm_purgeable_info task_purgable_info_t;

#define	TASK_SECURITY_TOKEN		13
#define	TASK_SECURITY_TOKEN_COUNT					\
	((mach_msg_type_number_t)(sizeof(security_token_t) / sizeof(uint32_t)))
#define	TASK_AUDIT_TOKEN		15
#define	TASK_AUDIT_TOKEN_COUNT						\
	((mach_msg_type_number_t)(sizeof(audit_token_t) / sizeof(uint32_t)))

#endif /* !_MACH_TASK_INFO_H_ */
