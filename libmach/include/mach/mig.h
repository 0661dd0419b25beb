/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_MIG_H_
#define	_MACH_MIG_H_

#include <sys/cdefs.h>

#include <string.h>

#include <mach/boolean.h>
#include <mach/kern_return.h>
#include <mach/mach_types.h>
#include <mach/message.h>
#include <mach/mig_errors.h>
#include <mach/ndr.h>

#define	__MigTypeCheck		1
#define	__MigPackStructs	1
#define	_MIG_KERNEL_SPECIFIC_CODE_ 0

typedef void (*mig_stub_routine_t)(mach_msg_header_t *, mach_msg_header_t *);
typedef mig_stub_routine_t mig_routine_t;
typedef mig_routine_t (*mig_server_routine_t)(mach_msg_header_t *);
typedef kern_return_t (*mig_impl_routine_t)(void);
typedef mach_msg_type_descriptor_t routine_arg_descriptor;
typedef mach_msg_type_descriptor_t *routine_arg_descriptor_t;

struct routine_descriptor {
	mig_impl_routine_t	impl_routine;
	mig_stub_routine_t	stub_routine;
	unsigned int		argc;
	unsigned int		descr_count;
	routine_arg_descriptor_t arg_descr;
	unsigned int		max_reply_msg;
};
typedef struct routine_descriptor *routine_descriptor_t;
typedef struct routine_descriptor mig_routine_descriptor;
typedef mig_routine_descriptor *mig_routine_descriptor_t;

typedef struct mig_subsystem {
	mig_server_routine_t	server;
	mach_msg_id_t		start;
	mach_msg_id_t		end;
	mach_msg_size_t		maxsize;
	vm_address_t		reserved;
	mig_routine_descriptor	routine[1];
} *mig_subsystem_t;

#define	MIG_SUBSYSTEM_NULL	((mig_subsystem_t)0)

typedef struct mig_symtab {
	char	*ms_routine_name;
	int	ms_routine_number;
	void	(*ms_routine)(void);
} mig_symtab_t;

__BEGIN_DECLS
mach_port_t mig_get_reply_port(void);
void	mig_dealloc_reply_port(mach_port_t);
void	mig_put_reply_port(mach_port_t);
int	mig_strncpy(char *, const char *, int);
int	mig_strncpy_zerofill(char *, const char *, int);
void	mig_allocate(vm_address_t *, vm_size_t);
void	mig_deallocate(vm_address_t, vm_size_t);
__END_DECLS

#endif /* !_MACH_MIG_H_ */
