/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What the fuzzer needs of the processes that do what an input says.  There are
 * two hosts: fuzz_inside.c makes them up, with the kernel in the program;
 * fuzz_outside.c has real ones, and whatever kernel libmach finds.
 */

#ifndef _FUZZ_HOST_H_
#define	_FUZZ_HOST_H_

#include <stddef.h>
#include <stdint.h>

#define	FUZZ_PROCS	3

/* The life of the processes, which have numbers. */
void	host_begin(void);
void	host_start(int proc);
void	host_exec(int proc);
void	host_end(int proc);
/* The child of a process ends at once, and a neighbour with it, who is new. */
void	host_fork(int proc, int neighbour);
/* All have ended: nothing is left. */
void	host_finish(void);

/* Has a process do a step of an input; returns how much of it that took. */
size_t	host_step(int proc, const uint8_t *data, size_t size);

/* The calls, by the process that runs. */
int	host_trap(int op, void *args, size_t size);
int	host_msg(void *msg, int option, uint32_t send_size, uint32_t rcv_size,
	    uint32_t rcv_name, uint32_t timeout);

/*
 * Looks what kqueue says, and adds a watch of a name or takes one away, where
 * there is a filter for that.
 */
void	host_watch(uint32_t name, uint8_t how);

/*
 * In trap_fuzz.c.  fuzz_introduce() finds out what a new process, or a new
 * program in one, needs to know, and fuzz_step() does its next step.
 */
void	fuzz_introduce(int proc);
size_t	fuzz_step(int proc, const uint8_t *data, size_t size);
/* The descriptors that steps make and use. */
void	fuzz_open(void);
void	fuzz_close(void);
void	fuzz_fail(const char *what, uint64_t value)
	    __attribute__((__noreturn__));

#endif /* !_FUZZ_HOST_H_ */
