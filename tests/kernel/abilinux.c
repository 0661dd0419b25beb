/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A Linux program without a library, for FreeBSD on amd64.  The numbers of the
 * module's calls mean something else to it, and what it does with processes and
 * threads goes through other code of the kernel than a FreeBSD program's does.
 *
 *	abilinux
 * tries the numbers and waits for the end of its standard input;
 *	abilinux program id id
 * does everything else.  The program is one of FreeBSD, which a child runs with
 * the first id, and which this becomes with the second.
 *
 * Exits with the number of what went wrong, or 0.
 */

#define	SYS_read		0
#define	SYS_write		1
#define	SYS_pause		34
#define	SYS_clone		56
#define	SYS_fork		57
#define	SYS_execve		59
#define	SYS_exit		60
#define	SYS_wait4		61
#define	SYS_gettid		186
#define	SYS_futex		202
#define	SYS_set_tid_address	218
#define	SYS_exit_group		231

#define	FUTEX_WAIT		0

/* CLONE_VM, _FS, _FILES, _SIGHAND, _THREAD, _PARENT_SETTID, _CHILD_CLEARTID. */
#define	THREAD_FLAGS		0x310f00

/* The numbers a module's calls can have. */
#define	FIRST_CALL		210
#define	LAST_CALL		219

#define	STACK_SIZE		16384

/*
 * What makes it a Linux program, whatever the linker thinks.  There is an empty
 * note after it because FreeBSD does not look at the last one.
 */
__asm__(
    ".pushsection .note.ABI-tag, \"a\", @note\n\t.balign 4\n\t"
    ".long 4, 16, 1\n\t.asciz \"GNU\"\n\t.long 0, 3, 2, 0\n\t"
    ".long 4, 0, 0\n\t.asciz \"GNU\"\n\t.popsection");

static long
call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = 0;
	register long r9 __asm__("r9") = 0;
	long result;

	__asm__ volatile("syscall" : "=a" (result)
	    : "0" (number), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8),
	    "r" (r9)
	    : "rcx", "r11", "memory");
	return (result);
}

/* Of Linux's calls only one of these does anything when all it gets is zero. */
static int
try_calls(void)
{
	long n, result;

	for (n = FIRST_CALL; n <= LAST_CALL; n++) {
		result = call(n, n == 217 ? -1 : 0, 0, 0, 0);
		if (n == SYS_set_tid_address ? result != call(SYS_gettid, 0, 0,
		    0, 0) : result >= 0)
			return (1);
	}
	return (0);
}

/* A thread runs what its stack holds, and ends with what that returns. */
static long
start_thread(long (*function)(void), char *stack, volatile int *tidp)
{
	long (**top)(void) = (long (**)(void))(stack + STACK_SIZE) - 1;
	register long r10 __asm__("r10") = (long)tidp;
	register long r8 __asm__("r8") = 0;
	long result;

	*top = function;
	__asm__ volatile("syscall\n\t"
	    "testq %%rax, %%rax\n\tjnz 1f\n\t"
	    "xorl %%ebp, %%ebp\n\tpopq %%rax\n\tcall *%%rax\n\t"
	    "movl %%eax, %%edi\n\tmovl %7, %%eax\n\tsyscall\n1:"
	    : "=a" (result)
	    : "0" ((long)SYS_clone), "D" ((long)THREAD_FLAGS), "S" (top),
	    "d" (tidp), "r" (r10), "r" (r8), "i" (SYS_exit)
	    : "rcx", "r11", "memory");
	return (result);
}

static volatile int threads_ran;

static long
count(void)
{
	threads_ran++;
	return (0);
}

static long
wait_for_ever(void)
{
	return (call(SYS_pause, 0, 0, 0, 0));
}

/* One thread that ends, and one that is there until the program is another. */
static int
try_threads(void)
{
	static char stacks[2][STACK_SIZE] __attribute__((aligned(16)));
	static volatile int ids[2];
	int id;

	if (start_thread(count, stacks[0], &ids[0]) < 0)
		return (2);
	while ((id = ids[0]) != 0)
		(void)call(SYS_futex, (long)&ids[0], FUTEX_WAIT, id, 0);
	if (threads_ran != 1)
		return (3);
	return (start_thread(wait_for_ever, stacks[1], &ids[1]) < 0 ? 4 : 0);
}

/* Runs a program in a child; returns how that ended, as wait4(2) tells it. */
static int
run_child(const char *path, char **argv, char **env)
{
	long pid;
	int status;

	status = -1;
	pid = call(SYS_fork, 0, 0, 0, 0);
	if (pid == 0) {
		(void)call(SYS_execve, (long)path, (long)argv, (long)env, 0);
		(void)call(SYS_exit_group, 127, 0, 0, 0);
	}
	if (pid < 0 || call(SYS_wait4, pid, (long)&status, 0, 0) != pid)
		return (-1);
	return (status);
}

static int
try_everything(char **argv, char **env)
{
	char *self[] = { argv[0], (char *)0 };
	char *first[] = { argv[1], argv[2], (char *)0 };
	char *second[] = { argv[1], argv[3], (char *)0 };
	int status;

	status = try_threads();
	if (status != 0)
		return (status);
	if (run_child(argv[0], self, env) != 0)
		return (5);
	if (run_child(argv[1], first, env) != 0)
		return (6);
	(void)call(SYS_execve, (long)argv[1], (long)second, (long)env, 0);
	return (7);
}

void	run(long *);

/* The stack is argc, argv and env. */
void
run(long *stack)
{
	char **argv = (char **)(stack + 1), **env = argv + stack[0] + 1;
	char byte;
	int status;

	status = try_calls();
	if (status == 0 && stack[0] > 1)
		status = try_everything(argv, env);
	if (status == 0 && call(SYS_write, 1, (long)"", 1, 0) != 1)
		status = 8;
	while (status == 0 && call(SYS_read, 0, (long)&byte, 1, 0) > 0)
		;
	for (;;)
		(void)call(SYS_exit_group, status, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tmovq %rsp, %rdi\n\t"
    "andq $-16, %rsp\n\tcall run");
