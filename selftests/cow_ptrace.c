// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a debugger writes into a program is counted for the debugger, as what it
 * is; the program is told of it as remote.
 */
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "cow_sizes.h"

static pid_t program;

static long do_attach(long arg)
{
	if (ptrace(PTRACE_ATTACH, program, 0, 0) ||
	    waitpid(program, NULL, __WALL) != program)
		fail_errno("PTRACE_ATTACH");
	return 0;
}

static long do_detach(long arg)
{
	if (ptrace(PTRACE_DETACH, program, 0, 0))
		fail_errno("PTRACE_DETACH");
	return 0;
}

static long do_poke(long pages)
{
	long i;

	for (i = 0; i < pages; i++)
		if (ptrace(PTRACE_POKEDATA, program, region + i * PAGE, 1L))
			fail_errno("PTRACE_POKEDATA");
	return 0;
}

static long do_make_text(long pages)
{
	if (mprotect(region, pages * PAGE, PROT_READ | PROT_EXEC))
		fail_errno("mprotect");
	return 0;
}

static void debugger_start(struct puppet *debugger, pid_t pid)
{
	program = pid;
	puppet_start(debugger);
	puppet_call(debugger, do_attach, 0);
}

static void debugger_end(struct puppet *debugger)
{
	puppet_call(debugger, do_detach, 0);
	puppet_end(debugger);
}

TEST_F(pcstats, data_written)
{
	const size_t n = nr_pages(variant);
	struct puppet parent, debugger;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	debugger_start(&debugger, child);
	EXPECT_COUNTED(puppet_call(&debugger, do_poke, n),
		       debugger.pid, COPIED(n), child, REMOTE(n));
	EXPECT_COUNTED(puppet_call(&debugger, do_poke, n),
		       debugger.pid, NOTHING, child, NOTHING);
	debugger_end(&debugger);
	inner_end(&parent);
	puppet_end(&parent);
}

/* A breakpoint in code that has not run yet. */
TEST_F(pcstats, text_not_mapped)
{
	const size_t n = nr_pages(variant);
	struct puppet p, debugger;

	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&p);
	puppet_call(&p, do_make_text, n);
	debugger_start(&debugger, p.pid);
	EXPECT_COUNTED(puppet_call(&debugger, do_poke, n),
		       debugger.pid, FILE_COPIED(n), p.pid, REMOTE(n));
	/* Read-only still, and the program's own: not even a fault. */
	EXPECT_COUNTED(puppet_call(&debugger, do_poke, n),
		       debugger.pid, NOTHING, p.pid, NOTHING);
	debugger_end(&debugger);
	puppet_end(&p);
}

TEST_F(pcstats, text_mapped)
{
	const size_t n = nr_pages(variant);
	struct puppet p, debugger;

	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&p);
	puppet_call(&p, do_make_text, n);
	puppet_call(&p, do_read, n);
	debugger_start(&debugger, p.pid);
	EXPECT_COUNTED(puppet_call(&debugger, do_poke, n),
		       debugger.pid, FILE_COPIED(n), p.pid, REMOTE(n));
	debugger_end(&debugger);
	puppet_end(&p);
}

/* The vdso: private pages of the kernel's own, and of no file that has a name. */
TEST_F(pcstats, vdso)
{
	struct puppet p, debugger;

	region = (char *)getauxval(AT_SYSINFO_EHDR);
	ASSERT_NE(NULL, region);
	puppet_start(&p);
	debugger_start(&debugger, p.pid);
	EXPECT_COUNTED(puppet_call(&debugger, do_poke, 1),
		       debugger.pid, COPY_OF(1, file, in_anon),
		       p.pid, REMOTE(1));
	debugger_end(&debugger);
	puppet_kill(&p, SIGKILL);
	puppet_reap(&p);
}

/* What counts for the program is in its leader's row, whichever thread. */
TEST_F(pcstats, thread)
{
	const size_t n = nr_pages(variant);
	struct puppet p, debugger;
	pid_t tid;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	inner_call(&p, do_read, n);
	debugger_start(&debugger, tid);
	EXPECT_COUNTED(puppet_call(&debugger, do_poke, n),
		       debugger.pid, ZEROED(n), p.pid, REMOTE(n));
	EXPECT_EQ(0, task_row(tid).tally[PCSTATS_remote]);
	debugger_end(&debugger);
	inner_end(&p);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
