// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork returns twice, and both go on from the same point; buffered output appears
 * twice.
 *
 * copy_thread() gives the child the registers of its parent, with 0 as the result
 * of the call, and ret_from_fork() as the place where it begins to run; from there
 * it returns to the same instruction of the program.  So what stands behind the
 * fork is done by both.
 *
 * printf(3) and the like write into a buffer, which is memory of the process.  What
 * is still in it at the fork is in both buffers after it, and each process writes
 * its own out when it ends.  The kernel has copied no output: what has been written
 * out before comes once.  A terminal is written to at the end of each line, a file
 * or pipe when the buffer is full; so the doubling shows when output is redirected.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define LINE		"a line of text\n"
#define MAX_LINES	1000

static unsigned long before = 3, after = 2;

static const struct setting settings[] = {
	{ "before", &before, 1, MAX_LINES, "lines printed before the fork" },
	{ "after", &after, 1, MAX_LINES, "lines printed after it" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "no-fork", "the program does not fork" },
	{ "start-over", "the child begins with the first line, as after an exec" },
	{ "flush", "the buffer is written out before each fork" },
	{ "no-flush", "and never before" },
	{ NULL }
};

/* What both sides of the fork tell; shared memory. */
static struct {
	unsigned long returns, lines;
	pid_t pids[2];
} *told;

/* How the program deals with its output. */
struct manner {
	int mode;			/* of setvbuf(3) */
	bool flush;			/* before the fork */
	bool drop;			/* the child leaves by _exit(2) */
};

static void print_lines(FILE *out, unsigned long nr)
{
	for (; nr; nr--) {
		if (fputs(LINE, out) < 0)
			die("fputs");
		__atomic_add_fetch(&told->lines, 1, __ATOMIC_RELAXED);
	}
}

static void tell_return(void)
{
	unsigned long i = __atomic_fetch_add(&told->returns, 1, __ATOMIC_RELAXED);

	told->pids[i] = getpid();
}

/* The program: lines, a fork, lines, the end.  Both sides do what follows the fork. */
static void program(FILE *out, const struct manner *manner)
{
	pid_t pid;

	print_lines(out, before);
	if (!broken("no-flush") && (manner->flush || broken("flush")))
		fflush(out);
	pid = broken("no-fork") ? getpid() : fork();
	if (pid < 0)
		die("fork");
	tell_return();
	if (!pid && broken("start-over"))
		print_lines(out, before);
	print_lines(out, after);
	if (pid) {
		if (!broken("no-fork"))
			reap(pid);
		fflush(out);
		return;
	}
	/* What exit(3) does for each stream. */
	if (!manner->drop)
		fclose(out);
	_exit(0);
}

/* Bytes that arrive. */
static unsigned long output_of(struct manner manner)
{
	static char buffer[2 * MAX_LINES * sizeof(LINE)];
	int fd = memfd_create("pcstats", MFD_CLOEXEC);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	struct stat stat;

	/* Two write to it: a file from memfd_create() has no lock on its position. */
	if (!out || fcntl(fd, F_SETFL, O_APPEND))
		die("a file in memory");
	if (broken("no-flush"))
		manner.mode = _IOFBF;
	if (setvbuf(out, buffer, manner.mode, sizeof(buffer)))
		die("setvbuf");
	*told = (typeof(*told)){ };
	program(out, &manner);
	if (fstat(fd, &stat))
		die("fstat");
	fclose(out);
	return stat.st_size;
}

static void run(void)
{
	unsigned long once = strlen(LINE) * (before + 2 * after);
	int forks, returns, processes, lines, full, drop, flush, line;
	unsigned long long forks_before;
	unsigned long bytes;

	part("fork returns twice");
	forks = expect(1, "forks", "by the kernel's count");
	returns = expect(2, "returns", "of this one call");
	processes = expect(2, "pids", "of the processes that it returns in");
	part("both go on from the same point");
	lines = expect(before + 2 * after, "lines",
		       "printed: %lu before the fork by one, %lu after it by each", before,
		       after);
	part("output that is in a buffer at the fork appears twice");
	full = expect(strlen(LINE) * 2 * (before + after), "bytes",
		      "arrive if all of it is in the buffer");
	drop = expect(strlen(LINE) * (before + after), "bytes",
		      "arrive if the child leaves by _exit(), and drops its buffer");
	part("output that was written out before it appears once");
	flush = expect(once, "bytes", "arrive if fflush() stands before the fork");
	line = expect(once, "bytes", "arrive if each line is written out, as to a terminal");

	told = shared_memory(sizeof(*told));
	doing("a program prints %lu lines, forks, and prints %lu lines", before, after);
	forks_before = job_tally(PCSTATS_forks);
	bytes = output_of((struct manner){ .mode = _IOFBF });
	measured(forks, job_tally(PCSTATS_forks) - forks_before);
	measured(returns, told->returns);
	measured(processes, told->returns == 2 && told->pids[0] != told->pids[1] ? 2 : 1);
	measured(lines, told->lines);
	measured(full, bytes);
	doing("the same, in other manners");
	measured(drop, output_of((struct manner){ .mode = _IOFBF, .drop = true }));
	measured(flush, output_of((struct manner){ .mode = _IOFBF, .flush = true }));
	measured(line, output_of((struct manner){ .mode = _IOLBF }));
}

static const char *const next[] = {
	"arch/x86/kernel/process.c: copy_thread(); arch/x86/entry/entry_64.S: ret_from_fork",
	"(6.12: ret_from_fork_asm there, and ret_from_fork() in process.c)",
	"fork(2); setvbuf(3), fflush(3); exit(3) beside _exit(2)",
	"pcstats lab memory: the buffer is doubled by copy-on-write, like all memory",
	NULL
};

const struct lab lab_forkout = {
	.name = "forkout",
	.claim = "fork returns twice and both go on from the same point; buffered output appears twice",
	.prediction = "One fork by the kernel's count, and two processes that return from it; what "
		"stands behind it is done twice. Output that is still in the buffer of the program "
		"at the fork is in two buffers then, and arrives twice; what was written out before "
		"arrives once.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
