/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Out-of-line memory, hosted: a copy is ordinary memory of this process, mapped
 * into a client by asking the client to map some of its own and filling that.
 */

#include <sys/param.h>
#include <sys/malloc.h>
#include <sys/proc.h>
#include <sys/systm.h>

#include <errno.h>

#include "hosted.h"
#include "mach_vm.h"

static MALLOC_DEFINE(M_VMCOPY, "vmcopy", "Out-of-line memory in flight");

struct mach_vm_copy {
	vm_size_t	mc_size;
	char		mc_data[];
};

/* As on FreeBSD, so that limits mean the same. */
vm_size_t
mach_vm_copy_takes(vm_size_t size)
{
	return (roundup2(size, 4096));
}

int
mach_vm_copy_zero(vm_size_t size, struct mach_vm_copy **copyp)
{
	*copyp = hosted_fault() ? NULL :
	    malloc(sizeof(**copyp) + size, M_VMCOPY, M_NOWAIT | M_ZERO);
	if (*copyp == NULL)
		return (ENOMEM);
	(*copyp)->mc_size = size;
	return (0);
}

int
mach_vm_copyin(struct thread *td __unused, vm_offset_t uaddr, vm_size_t size,
    struct mach_vm_copy **copyp)
{
	int error;

	error = mach_vm_copy_zero(size, copyp);
	if (error != 0)
		return (error);
	error = copyin((const void *)uaddr, (*copyp)->mc_data, size);
	if (error != 0) {
		mach_vm_copy_free(*copyp);
		*copyp = NULL;
	}
	return (error);
}

int
mach_vm_copyout(struct thread *td, struct mach_vm_copy *copy,
    vm_offset_t *uaddrp)
{
	vm_offset_t uaddr;

	if (hosted_fault() || td->h_vm->hv_map(td, copy->mc_size, &uaddr) != 0)
		return (ENOMEM);
	if (copyout(copy->mc_data, (void *)uaddr, copy->mc_size) != 0) {
		td->h_vm->hv_unmap(td, uaddr, copy->mc_size);
		return (ENOMEM);
	}
	mach_vm_copy_free(copy);
	*uaddrp = uaddr;
	return (0);
}

void
mach_vm_copy_free(struct mach_vm_copy *copy)
{
	free(copy, M_VMCOPY);
}

void
mach_vm_unmap(struct thread *td, vm_offset_t uaddr, vm_size_t size)
{
	td->h_vm->hv_unmap(td, uaddr, size);
}
