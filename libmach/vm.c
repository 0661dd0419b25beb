/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Memory: what out-of-line data arrives in, and how it is given back.  Only the
 * caller's own; another task is KERN_INVALID_TASK.
 */

#include <sys/mman.h>

#include <unistd.h>

#include <mach/mach.h>
#include <mach/mach_vm.h>

static vm_size_t
page_mask(void)
{
	return ((vm_size_t)getpagesize() - 1);
}

/*
 * Maps zeroed pages for `size' bytes somewhere and leaves their address in
 * *addrp; size 0 gives address 0.  The pages are the caller's, who gives them
 * back with vm_deallocate().  KERN_NO_SPACE, KERN_INVALID_TASK, and
 * KERN_NOT_SUPPORTED without VM_FLAGS_ANYWHERE (vm_allocate(2) of OSF).
 */
kern_return_t
vm_allocate(vm_map_t task, vm_address_t *addrp, vm_size_t size, int flags)
{
	void *p;

	if (task != mach_task_self())
		return (KERN_INVALID_TASK);
	if ((flags & VM_FLAGS_ANYWHERE) == 0)
		return (KERN_NOT_SUPPORTED);
	if (size == 0) {
		*addrp = 0;
		return (KERN_SUCCESS);
	}
	size = (size + page_mask()) & ~page_mask();
	p = size != 0 ? mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0) : MAP_FAILED;
	if (p == MAP_FAILED)
		return (KERN_NO_SPACE);
	*addrp = (vm_address_t)p;
	return (KERN_SUCCESS);
}

/*
 * Unmaps the pages that hold [addr, addr + size), mapped or not.  Size 0 is
 * success.  KERN_INVALID_ARGUMENT for a range that wraps (vm_deallocate(2)).
 */
kern_return_t
vm_deallocate(vm_map_t task, vm_address_t addr, vm_size_t size)
{
	vm_address_t end, start;

	if (task != mach_task_self())
		return (KERN_INVALID_TASK);
	if (size == 0)
		return (KERN_SUCCESS);
	start = addr & ~page_mask();
	end = (addr + size + page_mask()) & ~page_mask();
	if (end <= start)
		return (KERN_INVALID_ARGUMENT);
	return (munmap((void *)start, end - start) == 0 ? KERN_SUCCESS :
	    KERN_INVALID_ADDRESS);
}

/* The same with 64-bit types. */
kern_return_t
mach_vm_allocate(vm_map_t task, mach_vm_address_t *addrp, mach_vm_size_t size,
    int flags)
{
	vm_address_t addr;
	kern_return_t kr;

	addr = (vm_address_t)*addrp;
	kr = vm_allocate(task, &addr, (vm_size_t)size, flags);
	*addrp = addr;
	return (kr);
}

/* The same with 64-bit types. */
kern_return_t
mach_vm_deallocate(vm_map_t task, mach_vm_address_t addr, mach_vm_size_t size)
{
	return (vm_deallocate(task, (vm_address_t)addr, (vm_size_t)size));
}
