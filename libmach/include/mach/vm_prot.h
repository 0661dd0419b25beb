/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#ifndef _MACH_VM_PROT_H_
#define	_MACH_VM_PROT_H_

typedef int		vm_prot_t;

#define	VM_PROT_NONE	((vm_prot_t)0)
#define	VM_PROT_READ	((vm_prot_t)1)
#define	VM_PROT_WRITE	((vm_prot_t)2)
#define	VM_PROT_EXECUTE	((vm_prot_t)4)
#define	VM_PROT_DEFAULT	(VM_PROT_READ | VM_PROT_WRITE)
#define	VM_PROT_ALL	(VM_PROT_DEFAULT | VM_PROT_EXECUTE)

#endif /* !_MACH_VM_PROT_H_ */
