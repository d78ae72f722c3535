// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program whose numbers are known beforehand: a parent writes PAGES pages,
 * forks, and the child writes the first CHILD of them, which are copied.  Then
 * the parent writes those that the child has left to it, which it keeps, and
 * PARENT more, which are copied.
 *
 * The kernel tells the same in two ways: each write is one fault (getrusage),
 * and smaps tells whose pages are still shared.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verify.h"

#define PAGE	4096UL
#define PAGES	256
#define CHILD	100
#define PARENT	70
#define STILL_SHARED (PAGES - CHILD - PARENT)

#define TEXT_SIZE (1 << 20)

/* One's writes: in memory that fork does not make copy-on-write. */
struct side {
	struct rusage before, after;
	size_t before_len, after_len;
	char before_text[TEXT_SIZE], after_text[TEXT_SIZE];
	unsigned long private_kb, shared_kb;	/* of smaps, at the end */
	pid_t pid;
};

static struct side *parent, *child;
static char *region;

static size_t read_text(char *text)
{
	int fd = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	if (fd < 0)
		_exit(1);
	while ((n = read(fd, text + len, TEXT_SIZE - len)) > 0)
		len += n;
	close(fd);
	return n || len == TEXT_SIZE ? 0 : len;
}

static void act(struct side *side, size_t first, size_t n)
{
	size_t i;

	side->before_len = read_text(side->before_text);
	getrusage(RUSAGE_SELF, &side->before);
	for (i = first; i < first + n; i++)
		region[i * PAGE]++;
	getrusage(RUSAGE_SELF, &side->after);
	side->after_len = read_text(side->after_text);
}

/* Once for nothing, so that only the pages are left to be written. */
static void warm_up(struct side *side)
{
	memset(side, 0, sizeof(*side));
	side->pid = getpid();
	act(side, 0, 0);
}

static void read_smaps(struct side *side)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	unsigned long start, kb;
	bool inside = false;
	char line[512];

	if (!file)
		_exit(1);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%*x %*4s %*x", &start) == 1)
			inside = start == (unsigned long)region;
		else if (inside && (sscanf(line, "Private_Clean: %lu", &kb) == 1 ||
				    sscanf(line, "Private_Dirty: %lu", &kb) == 1))
			side->private_kb += kb;
		else if (inside && (sscanf(line, "Shared_Clean: %lu", &kb) == 1 ||
				    sscanf(line, "Shared_Dirty: %lu", &kb) == 1))
			side->shared_kb += kb;
	}
	fclose(file);
}

static void run_child(int done, int go)
{
	char byte;

	warm_up(child);
	act(child, 0, CHILD);
	if (write(done, "", 1) != 1 || read(go, &byte, 1) != 1)
		_exit(1);
	read_smaps(child);
	_exit(0);
}

static void run_parent(void)
{
	int done[2], go[2], status;
	cpu_set_t cpu;
	pid_t pid;
	char byte;

	/* A page in the LRU batch of another CPU would be copied, not kept. */
	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu) || pipe(done) || pipe(go))
		_exit(1);
	memset(region, 1, PAGES * PAGE);
	pid = fork();
	if (!pid)
		run_child(done[1], go[0]);
	warm_up(parent);
	if (pid < 0 || read(done[0], &byte, 1) != 1)
		_exit(1);
	act(parent, 0, CHILD + PARENT);
	read_smaps(parent);
	if (write(go[1], "", 1) != 1 || waitpid(pid, &status, 0) != pid || status)
		_exit(1);
	_exit(0);
}

static long long counted(const struct side *side, enum pcstats_tally id)
{
	const struct pcstats_task *before, *after;
	struct pcstats_snapshot a, b;
	long long n;

	if (pcstats_parse(&a, side->before_text, side->before_len, NULL) ||
	    pcstats_parse(&b, side->after_text, side->after_len, NULL))
		die("scripted: cannot read " PCSTATS_PATH);
	before = pcstats_find_live(&a, side->pid);
	after = pcstats_find_live(&b, side->pid);
	if (!before || !after)
		die("scripted: no row");
	n = pcstats_delta(before->tally[id], after->tally[id]);
	pcstats_free(&a);
	pcstats_free(&b);
	return n;
}

static long long faults(const struct side *side)
{
	return side->after.ru_minflt - side->before.ru_minflt +
	       side->after.ru_majflt - side->before.ru_majflt;
}

static void *map(size_t size, int flags)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		die("scripted: no memory");
	return p;
}

/* A mapping apart, by pages that cannot be touched: a line of smaps. */
static char *map_apart(void)
{
	char *p = map((PAGES + 2) * PAGE, MAP_PRIVATE);

	if (mprotect(p, PAGE, PROT_NONE) ||
	    mprotect(p + (PAGES + 1) * PAGE, PAGE, PROT_NONE) ||
	    madvise(p + PAGE, PAGES * PAGE, MADV_NOHUGEPAGE))
		die("scripted: no memory");
	return p + PAGE;
}

void scripted(void)
{
	int status;
	pid_t pid;

	parent = map(sizeof(*parent), MAP_SHARED);
	child = map(sizeof(*child), MAP_SHARED);
	region = map_apart();
	pid = fork();
	if (!pid)
		run_parent();
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("scripted: failed");
	munmap(region - PAGE, (PAGES + 2) * PAGE);

	compare_equal("scripted child, faults: copied", faults(child),
		      counted(child, PCSTATS_copied));
	compare_equal("  as it was written", CHILD, counted(child, PCSTATS_copied));
	compare_equal("scripted parent, faults: copied, reused", faults(parent),
		      counted(parent, PCSTATS_copied) +
		      counted(parent, PCSTATS_reused));
	compare_equal("  as it was written: copied", PARENT,
		      counted(parent, PCSTATS_copied));
	compare_equal("  as it was written: reused", CHILD,
		      counted(parent, PCSTATS_reused));
	/* Private are those that either side has copied. */
	compare_equal("  smaps of the parent, private pages",
		      parent->private_kb / (PAGE / 1024),
		      counted(child, PCSTATS_copied) +
		      counted(parent, PCSTATS_copied));
	compare_equal("  smaps of the child, private pages",
		      child->private_kb / (PAGE / 1024),
		      counted(child, PCSTATS_copied) +
		      counted(parent, PCSTATS_copied));
	compare_equal("  smaps of both, shared pages", STILL_SHARED,
		      (parent->shared_kb + child->shared_kb) / 2 / (PAGE / 1024));
	munmap(parent, sizeof(*parent));
	munmap(child, sizeof(*child));
}
