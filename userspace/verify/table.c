// SPDX-License-Identifier: GPL-2.0-only
/*
 * The comparison.  Where the kernel's number means something else than ours by
 * its own code (mm/memory.c, mm/hugetlb.c; 6.1, 6.12), a rule names that and has
 * a count of its own, which is a witness' and neither of the two sides'.  What
 * remains is unexplained.  It is taken task by task, so that a surplus here does
 * not make up for a lack there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "verify.h"

#define MAX_RULES 6

static int passed, failed;

static void print_rule(const char *what, long long count)
{
	printf("  %-50s %+12lld\n", what, count);
}

void compare(const char *what, long long kernel, long long ours,
	     long long unexplained)
{
	if (!passed && !failed)
		printf("%-40s %12s %12s %12s\n", "", "kernel", "pcstats", "unexplained");
	printf("%-40s %12lld %12lld %12lld%s\n", what, kernel, ours, unexplained,
	       unexplained ? "  <--" : "");
	if (unexplained)
		failed++;
	else
		passed++;
}

void compare_equal(const char *what, long long kernel, long long ours)
{
	compare(what, kernel, ours, kernel - ours);
}

bool compare_end(void)
{
	printf("\n%d passed, %d failed, 0 skipped\n", passed, failed);
	return !failed;
}

/* ---- by task ---- */

typedef long long (*number)(const struct task *task);

/* kernel = ours + rules, for each task that was born and died meanwhile. */
struct by_task {
	const char *what;
	number kernel, ours;
	struct {
		const char *what;
		number count;
	} rules[MAX_RULES];
};

#define x(name)								\
	static long long name(const struct task *task)			\
	{								\
		return task->witness[WITNESS_##name];			\
	}
WITNESSES(x)
#undef x

#define OURS(name)							\
	static long long ours_##name(const struct task *task)		\
	{								\
		return task->tally[PCSTATS_##name];			\
	}
OURS(fork_copied)
OURS(hugetlb_copied)

static long long records(const struct task *task)
{
	return task->records;
}

static long long rows(const struct task *task)
{
	return task->rows;
}

static long long wpcopy(const struct task *task)
{
	return task->wpcopy;
}

static long long all_placed(const struct task *task)
{
	return placed(task) + placed_hugetlb(task) + placed_unmapped(task) +
	       placed_uprobe(task);
}

/* Pages filled in a fault, or for a pin or a breakpoint. */
static long long filled(const struct task *task)
{
	return task->tally[PCSTATS_copied] + task->tally[PCSTATS_zeroed] +
	       task->tally[PCSTATS_file] + task->tally[PCSTATS_ksm] +
	       task->tally[PCSTATS_unshared] + task->tally[PCSTATS_hugetlb_copied];
}

static long long not_unmapped(const struct task *task)
{
	return -placed_unmapped(task);
}

static long long not_uprobe(const struct task *task)
{
	return -placed_uprobe(task);
}

static long long kept_hugetlb(const struct task *task)
{
	return tried_hugetlb(task) - placed_hugetlb(task);
}

static long long not_timed(const struct task *task)
{
	return timed(task) - tried(task) - tried_hugetlb(task);
}

static const struct by_task by_tasks[] = {
	{ "tasks that have exited", records, rows },
	{ "taskstats wpcopy_count", wpcopy, filled, {
		{ "file page not mapped before: no attempt", not_unmapped },
		{ "breakpoint: no attempt", not_uprobe },
		{ "attempt: another thread was faster", not_needed },
		{ "attempt: given up for the mmap lock", retried },
		{ "attempt: hugetlb page kept, or new", kept_hugetlb },
		{ "attempt: took no time by the clock", not_timed },
	} },
	{ "  the same, seen by kprobes", wpcopy, timed },
	{ "pages filled, seen by kprobes", all_placed, filled },
	{ "  of hugetlbfs", placed_hugetlb, ours_hugetlb_copied },
	{ "pages copied by fork, seen by kprobes", placed_fork, ours_fork_copied },
};

static void compare_tasks(const struct by_task *c)
{
	long long kernel = 0, ours = 0, unexplained = 0, count[MAX_RULES] = { 0 };
	long long rest, n;
	int pid, i;

	for (pid = 0; pid <= MAX_PID; pid++) {
		if (tasks[pid].older)
			continue;
		kernel += c->kernel(&tasks[pid]);
		ours += c->ours(&tasks[pid]);
		rest = c->kernel(&tasks[pid]) - c->ours(&tasks[pid]);
		for (i = 0; i < MAX_RULES && c->rules[i].what; i++) {
			n = c->rules[i].count(&tasks[pid]);
			count[i] += n;
			rest -= n;
		}
		unexplained += llabs(rest);
		if (rest)
			printf("# task %d: %s: %lld, pcstats %lld, unexplained %lld\n",
			       pid, c->what, c->kernel(&tasks[pid]),
			       c->ours(&tasks[pid]), rest);
	}
	compare(c->what, kernel, ours, unexplained);
	for (i = 0; i < MAX_RULES && c->rules[i].what; i++)
		print_rule(c->rules[i].what, count[i]);
}

/*
 * Each of these events is a fault that has come to an end, which the kernel
 * counts for the task; most of its other faults are none of ours.  A huge page
 * that is split goes on as a base page in the same fault.
 */
static void compare_faults(void)
{
	static const enum pcstats_tally events[] = {
		PCSTATS_copied, PCSTATS_reused, PCSTATS_zeroed, PCSTATS_exclusive,
		PCSTATS_shared_write, PCSTATS_ksm, PCSTATS_unshared,
		PCSTATS_huge_reused, PCSTATS_huge_exclusive,
		PCSTATS_hugetlb_copied, PCSTATS_hugetlb_reused,
		PCSTATS_hugetlb_stolen, PCSTATS_file,
	};
	long long faults = 0, ours = 0, missing = 0, n;
	const struct task *task;
	size_t i;

	for (task = tasks; task <= &tasks[MAX_PID]; task++) {
		if (task->older)
			continue;
		for (n = not_uprobe(task), i = 0; i < sizeof(events) / sizeof(events[0]); i++)
			n += task->tally[events[i]];
		faults += task->faults;
		ours += n;
		if (n > (long long)task->faults)
			missing += n - task->faults;
	}
	compare("faults (ru_minflt + ru_majflt), at least", faults, ours, missing);
}

/* ---- totals ---- */

static long long total(const struct pcstats_diff *ours, enum pcstats_tally id)
{
	return ours->total[id];
}

static void compare_totals(const struct kernel_totals *kernel,
			   const struct pcstats_diff *ours)
{
	compare_equal("/proc/stat processes", kernel->processes,
		      total(ours, PCSTATS_forks) + total(ours, PCSTATS_vforks) +
		      total(ours, PCSTATS_threads) + total(ours, PCSTATS_clones));
	compare_equal("vmstat pgreuse", kernel->pgreuse,
		      total(ours, PCSTATS_reused) + total(ours, PCSTATS_exclusive) +
		      total(ours, PCSTATS_shared_write));
	compare_equal("vmstat cow_ksm", kernel->cow_ksm,
		      total(ours, PCSTATS_ksm));
}

/* Our own: each event is in the row of a task, and in the total. */
static void compare_rows(const struct pcstats_diff *ours)
{
	long long in_rows = 0, in_total = 0, wrong = 0, sum;
	size_t i;
	int id;

	for (id = PCSTATS_NR_TASK_TALLIES; id < PCSTATS_NR_TALLIES; id++) {
		/* Follows from others, and is no event. */
		if (id == PCSTATS_bytes)
			continue;
		for (sum = 0, i = 0; i < ours->nr_tasks; i++)
			sum += ours->tasks[i].tally[id];
		in_rows += sum;
		in_total += ours->total[id];
		wrong += llabs(sum - ours->total[id]);
	}
	compare("events in rows and in totals", in_total, in_rows, wrong);
}

void compare_all(const struct kernel_totals *kernel,
		 const struct pcstats_diff *ours, unsigned long long lost)
{
	size_t i;

	compare_totals(kernel, ours);
	for (i = 0; i < sizeof(by_tasks) / sizeof(by_tasks[0]); i++)
		compare_tasks(&by_tasks[i]);
	compare_faults();
	compare_rows(ours);
	compare_equal("events lost", 0, lost);
}
