// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit program, for the test ia32: makes tasks by the system calls of i386,
 * says which, and ends when its standard input does.  Without a library, of which
 * there is none for 32 bits.
 */
#include <asm/unistd_32.h>
#include <linux/sched.h>
#include <linux/signal.h>

#include "ia32.h"
#include "module/ioctl.h"

static long call(long nr, long a, long b, long c)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(nr), "b"(a), "c"(b), "d"(c)
		     : "memory");
	return result;
}

/* The child is not to come back to the frame that it shares. */
#define CALL_AND_EXIT(nr, a, b)						\
({									\
	long result_;							\
									\
	asm volatile("int $0x80\n\t"					\
		     "test %%eax, %%eax\n\t"				\
		     "jnz 1f\n\t"					\
		     "xor %%ebx, %%ebx\n\t"				\
		     "mov %4, %%eax\n\t"				\
		     "int $0x80\n"					\
		     "1:"						\
		     : "=a"(result_)					\
		     : "a"(nr), "b"(a), "c"(b), "i"(__NR_exit),		\
		       "d"(0), "S"(0), "D"(0)				\
		     : "memory");					\
	result_;							\
})

static char stack[2][4096] __attribute__((aligned(16)));
static char pages[IA32_PAGES * 4096] __attribute__((aligned(4096)));

static void write_pages(int n)
{
	while (n--)
		((volatile char *)pages)[n * 4096]++;
}

/* A child that writes to so many pages of its parent's. */
static long fork_writer(int n)
{
	long pid = call(__NR_fork, 0, 0, 0);

	if (!pid) {
		write_pages(n);
		call(__NR_exit_group, 0, 0, 0);
	}
	call(__NR_waitpid, pid, 0, 0);
	return pid;
}

static void make_tasks(struct ia32_report *report)
{
	long pid;

	write_pages(IA32_PAGES);
	report->idle = fork_writer(0);
	report->writer = fork_writer(IA32_PAGES);
	pid = CALL_AND_EXIT(__NR_clone, SIGCHLD, 0);
	call(__NR_waitpid, pid, 0, 0);
	pid = CALL_AND_EXIT(__NR_vfork, 0, 0);
	call(__NR_waitpid, pid, 0, 0);
	pid = CALL_AND_EXIT(__NR_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0);
	call(__NR_waitpid, pid, 0, 0);
	pid = CALL_AND_EXIT(__NR_clone, CLONE_VM | SIGCHLD,
			    (long)(stack[0] + sizeof(stack[0])));
	call(__NR_waitpid, pid, 0, 0);
	report->thread = CALL_AND_EXIT(__NR_clone,
				       CLONE_VM | CLONE_FS | CLONE_FILES |
				       CLONE_SIGHAND | CLONE_THREAD,
				       (long)(stack[1] + sizeof(stack[1])));
}

static void join(struct ia32_report *report)
{
	long fd = call(__NR_open, (long)"/proc/pcstats", 0, 0);

	report->wait = call(__NR_ioctl, fd, PCSTATS_JOB_WAIT, 0);
	report->add_wrong = call(__NR_ioctl, fd, PCSTATS_JOB_ADD, -1);
	report->add = call(__NR_ioctl, fd, PCSTATS_JOB_ADD, 0);
	call(__NR_close, fd, 0, 0);
}

/* @at: what the kernel has put on the stack. */
__attribute__((used)) static void begin(long *at)
{
	char *again[] = { (char *)at[1], "again", 0 };
	struct ia32_report report = { 0 };
	char byte;

	if (at[0] == 1)
		call(__NR_execve, at[1], (long)again, 0);
	join(&report);
	make_tasks(&report);
	call(__NR_write, 1, (long)&report, sizeof(report));
	call(__NR_read, 0, (long)&byte, 1);
	call(__NR_exit_group, 0, 0, 0);
}

asm(".globl _start\n"
	"_start:\n\t"
	"mov %esp, %eax\n\t"
	"and $-16, %esp\n\t"
	"sub $12, %esp\n\t"
	"push %eax\n\t"
	"call begin");
