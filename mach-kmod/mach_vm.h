/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Out-of-line memory.  A mach_vm_copy is a private copy of some bytes of user
 * memory on its way from one process to another: filled once at send, mapped
 * once at receive, never shared with the sender.  All calls may sleep; none
 * may be made with a lock held.
 */

#ifndef _MACH_VM_H_
#define	_MACH_VM_H_

struct mach_vm_copy;
struct thread;

/* What a copy of `size' bytes takes, in bytes: whole pages. */
vm_size_t mach_vm_copy_takes(vm_size_t size);

/*
 * Copies `size' (not 0) bytes at user address `uaddr' of the calling process.
 * Returns 0, EFAULT for unreadable memory or ENOMEM.
 */
int	mach_vm_copyin(struct thread *td, vm_offset_t uaddr, vm_size_t size,
	    struct mach_vm_copy **copyp);

/* Makes a zero-filled copy of `size' (not 0) bytes.  Returns 0 or ENOMEM. */
int	mach_vm_copy_zero(vm_size_t size, struct mach_vm_copy **copyp);

/*
 * Maps the copy at a fresh, page-aligned address of the calling process, as
 * vm_allocate() would, and consumes it.  Returns 0, or ENOMEM with the copy
 * still owned by the caller.
 */
int	mach_vm_copyout(struct thread *td, struct mach_vm_copy *copy,
	    vm_offset_t *uaddrp);

/* Gives up a copy that was not mapped. */
void	mach_vm_copy_free(struct mach_vm_copy *copy);

/*
 * Removes the pages holding [uaddr, uaddr + size) from the calling process, as
 * vm_deallocate() would.
 */
void	mach_vm_unmap(struct thread *td, vm_offset_t uaddr, vm_size_t size);

#endif /* !_MACH_VM_H_ */
