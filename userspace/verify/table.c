// SPDX-License-Identifier: GPL-2.0-only
/*
 * The comparison.  Where the kernel's number means something else than ours by
 * its own code (mm/memory.c, mm/hugetlb.c; 6.1, 6.12), a rule names that and has
 * a count of its own, which is a witness' and neither of the two sides'.  What
 * remains is unexplained.  It is taken task by task, so that a surplus here does
 * not make up for a lack there.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "verify.h"

#define MAX_RULES 6

/* ---- by task ---- */

typedef long long (*number)(const struct task *task);

/* kernel = ours + rules, for each task that was born and died meanwhile. */
struct by_task {
	const char *what;
	number kernel, ours;
	bool timed;		/* explained by WITNESS_timed */
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
	{ "taskstats wpcopy_count", wpcopy, filled, true, {
		{ "file page not mapped before: no attempt", not_unmapped },
		{ "breakpoint: no attempt", not_uprobe },
		{ "attempt: another thread was faster", not_needed },
		{ "attempt: given up for the mmap lock", retried },
		{ "attempt: hugetlb page kept, or new", kept_hugetlb },
		{ "attempt: took no time by the clock", not_timed },
	} },
	{ "  the same, seen by kprobes", wpcopy, timed, true },
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
		compare_rule(c->rules[i].what, count[i]);
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

#define NR_TOTALS 3

static const struct total {
	const char *what;
	size_t kernel;		/* in struct kernel_totals */
	int ours[5];		/* the sum of these; -1: no more */
} totals[NR_TOTALS] = {
	{ "/proc/stat processes", offsetof(struct kernel_totals, processes),
	  { PCSTATS_forks, PCSTATS_vforks, PCSTATS_threads, PCSTATS_clones, -1 } },
	{ "vmstat pgreuse", offsetof(struct kernel_totals, pgreuse),
	  { PCSTATS_reused, PCSTATS_exclusive, PCSTATS_shared_write, -1 } },
	{ "vmstat cow_ksm", offsetof(struct kernel_totals, cow_ksm),
	  { PCSTATS_ksm, -1 } },
};

static long long kernel_total(const struct moment *moment, const struct total *t)
{
	return *(const unsigned long long *)((const char *)&moment->kernel + t->kernel);
}

static long long our_total(const struct moment *moment, const struct total *t)
{
	long long sum = 0;
	int i;

	for (i = 0; t->ours[i] >= 0; i++)
		sum += moment->ours.total.tally[t->ours[i]];
	return sum;
}

static void compare_totals(const struct moment *begin, const struct moment *end)
{
	const struct total *t;

	for (t = totals; t < totals + NR_TOTALS; t++)
		compare_equal(t->what, kernel_total(end, t) - kernel_total(begin, t),
			      our_total(end, t) - our_total(begin, t));
	compare_equal("/proc/loadavg tasks", end->kernel.tasks,
		      end->ours.total.tasks);
	compare_equal("events lost", 0, end->ours.total.lost);
}

void compare_drift(const struct moment *begin, const struct moment *end)
{
	long long kernel = 0, ours = 0, drift = 0, k, o;
	const struct total *t;

	for (t = totals; t < totals + NR_TOTALS; t++) {
		k = kernel_total(end, t) - kernel_total(begin, t);
		o = our_total(end, t) - our_total(begin, t);
		kernel += k;
		ours += o;
		drift += llabs(k - o);
	}
	compare("these, from the first moment to the last", kernel, ours, drift);
}

/* All that was born is alive or dead: the kernel's births, and its deaths. */
static void compare_lives(const struct moment *begin, const struct moment *end)
{
	long long dead = 0;
	int pid;

	for (pid = 0; pid <= MAX_PID; pid++)
		dead += tasks[pid].records;
	compare_equal("born, and died or still alive",
		      end->kernel.processes - begin->kernel.processes,
		      dead + end->ours.total.tasks - begin->ours.total.tasks);
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

void compare_all(const struct moment *begin, const struct moment *end,
		 const struct pcstats_diff *diff)
{
	size_t i;

	compare_totals(begin, end);
	compare_lives(begin, end);
	for (i = 0; i < sizeof(by_tasks) / sizeof(by_tasks[0]); i++) {
		if (by_tasks[i].timed && !probes_can_time())
			printf("# no /proc/kcore: not compared: %s\n", by_tasks[i].what);
		else
			compare_tasks(&by_tasks[i]);
	}
	compare_faults();
	compare_rows(diff);
}
