/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A 32-bit program without a library, for FreeBSD on amd64: tries the module's
 * system calls and filter, forks and ends.  Exits 0 if it is refused both, or
 * with the number of what went wrong.  Its argument is the filter's number.
 */

#define	SYS_exit	1
#define	SYS_fork	2
#define	SYS_wait4	7
#define	SYS_sigprocmask	340
#define	SYS_kqueue	362
#define	SYS_kevent	560

#define	EINVAL		22
#define	ENOSYS		78
#define	SIG_BLOCK	1
#define	EV_ADD		0x1

/* The numbers a module's calls can have. */
#define	FIRST_CALL	210
#define	LAST_CALL	219

struct event {
	unsigned int	ident;
	short		filter;
	unsigned short	flags;
	unsigned int	fflags;
	unsigned int	data[2];
	unsigned int	udata;
	unsigned int	ext[8];
};

/* Six arguments on the stack, above what would be a return address. */
static int
call(int number, const int args[6], int *errorp)
{
	int error, result;

	__asm__ volatile(
	    "pushl 20(%3)\n\tpushl 16(%3)\n\tpushl 12(%3)\n\t"
	    "pushl 8(%3)\n\tpushl 4(%3)\n\tpushl (%3)\n\tpushl $0\n\t"
	    "int $0x80\n\t"
	    "sbbl %1, %1\n\t"
	    "addl $28, %%esp"
	    : "=a" (result), "=&r" (error)
	    : "0" (number), "r" (args)
	    : "ecx", "edx", "cc", "memory");
	*errorp = error != 0 ? result : 0;
	return (result);
}

static int
call3(int number, int a, int b, int c, int *errorp)
{
	const int args[6] = { a, b, c, 0, 0, 0 };

	return (call(number, args, errorp));
}

/* A call that is not there also sends SIGSYS. */
static int
try_calls(void)
{
	static const unsigned int all[4] = { ~0u, ~0u, ~0u, ~0u };
	int error, n;

	(void)call3(SYS_sigprocmask, SIG_BLOCK, (int)all, 0, &error);
	if (error != 0)
		return (1);
	for (n = FIRST_CALL; n <= LAST_CALL; n++) {
		(void)call3(n, 0, 0, 0, &error);
		if (error != ENOSYS)
			return (2);
	}
	return (0);
}

static int
try_filter(short filter)
{
	struct event ev = { .ident = 0x103, .filter = filter,
	    .flags = EV_ADD };
	int args[6] = { 0, (int)&ev, 1, 0, 0, 0 };
	int error;

	args[0] = call3(SYS_kqueue, 0, 0, 0, &error);
	if (error != 0)
		return (3);
	(void)call(SYS_kevent, args, &error);
	return (error == EINVAL ? 0 : 4);
}

static int
try_fork(void)
{
	int error, pid;

	pid = call3(SYS_fork, 0, 0, 0, &error);
	if (error != 0)
		return (5);
	if (pid != 0)
		(void)call3(SYS_wait4, pid, 0, 0, &error);
	return (0);
}

void	run(const int *);

/* The stack is argc, argv[0] and so on; argv[1] is a negative number. */
void
run(const int *stack)
{
	const char *p;
	int error, filter, status;

	filter = 0;
	for (p = (const char *)stack[2] + 1; *p != '\0'; p++)
		filter = filter * 10 + (*p - '0');
	status = try_calls();
	if (status == 0)
		status = try_filter((short)-filter);
	if (status == 0)
		status = try_fork();
	for (;;)
		(void)call3(SYS_exit, status, 0, 0, &error);
}

__asm__(".globl _start\n_start:\n\tmovl %esp, %eax\n\tpushl %eax\n\tcall run");
