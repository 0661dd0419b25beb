/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Out-of-line memory on FreeBSD: a swap-backed VM object, filled from the
 * sender's memory and mapped whole into the receiver.  One copy, pageable while
 * in flight, charged to the sender's swap limit, and no change to anyone's
 * existing map entries.
 *
 * Every call into the VM system is in this file.
 */

#include "mach_var.h"

#include <sys/systm.h>
#include <sys/errno.h>
#include <sys/proc.h>
#include <sys/resourcevar.h>
#include <sys/rwlock.h>
#include <sys/uio.h>

#include <vm/vm.h>
#include <vm/vm_param.h>
#include <vm/pmap.h>
#include <vm/vm_map.h>
#include <vm/vm_object.h>
#include <vm/vm_page.h>
#include <vm/vm_pager.h>

#include "mach_vm.h"

struct mach_vm_copy {
	vm_object_t	mc_object;
	vm_size_t	mc_size;	/* whole pages */
};

vm_size_t
mach_vm_copy_takes(vm_size_t size)
{
	return (round_page(size));
}

int
mach_vm_copy_zero(vm_size_t size, struct mach_vm_copy **copyp)
{
	struct mach_vm_copy *copy;

	copy = malloc(sizeof(*copy), M_MACH, M_WAITOK);
	copy->mc_size = round_page(size);
	copy->mc_object = vm_pager_allocate(OBJT_SWAP, NULL, copy->mc_size,
	    VM_PROT_DEFAULT, 0, curthread->td_ucred);
	if (copy->mc_object == NULL) {
		free(copy, M_MACH);
		return (ENOMEM);
	}
	*copyp = copy;
	return (0);
}

int
mach_vm_copyin(struct thread *td, vm_offset_t uaddr, vm_size_t size,
    struct mach_vm_copy **copyp)
{
	struct uio uio;
	struct iovec iov;
	int error;

	if (uaddr + size < uaddr || uaddr + size > VM_MAXUSER_ADDRESS)
		return (EFAULT);
	error = mach_vm_copy_zero(size, copyp);
	if (error != 0)
		return (error);
	iov.iov_base = (void *)uaddr;
	iov.iov_len = size;
	uio.uio_iov = &iov;
	uio.uio_iovcnt = 1;
	uio.uio_offset = 0;
	uio.uio_resid = size;
	uio.uio_segflg = UIO_USERSPACE;
	uio.uio_rw = UIO_WRITE;
	uio.uio_td = td;
	error = uiomove_object((*copyp)->mc_object, size, &uio);
	if (error == 0)
		return (0);
	mach_vm_copy_free(*copyp);
	*copyp = NULL;
	return (error == EFAULT ? EFAULT : ENOMEM);
}

/* RLIMIT_AS holds for memory that arrives in a message as for any other. */
static bool
fits_limit(struct thread *td, vm_map_t map, vm_size_t size)
{
	return (map->size + size <= (vm_size_t)lim_cur(td, RLIMIT_VMEM));
}

int
mach_vm_copyout(struct thread *td, struct mach_vm_copy *copy,
    vm_offset_t *uaddrp)
{
	vm_offset_t addr;
	vm_map_t map;
	int rv;

	map = &td->td_proc->p_vmspace->vm_map;
	if (!fits_limit(td, map, copy->mc_size))
		return (ENOMEM);
	addr = 0;
	rv = vm_map_find(map, copy->mc_object, 0, &addr, copy->mc_size, 0,
	    VMFS_OPTIMAL_SPACE, VM_PROT_RW, VM_PROT_ALL, 0);
	if (rv != KERN_SUCCESS)
		return (ENOMEM);
	free(copy, M_MACH);
	*uaddrp = addr;
	return (0);
}

void
mach_vm_copy_free(struct mach_vm_copy *copy)
{
	vm_object_deallocate(copy->mc_object);
	free(copy, M_MACH);
}

void
mach_vm_unmap(struct thread *td, vm_offset_t uaddr, vm_size_t size)
{
	vm_map_t map;

	map = &td->td_proc->p_vmspace->vm_map;
	if (uaddr + size < uaddr || uaddr + size > vm_map_max(map))
		return;
	(void)vm_map_remove(map, trunc_page(uaddr), round_page(uaddr + size));
}
