// SPDX-License-Identifier: GPL-2.0-only
/*
 * What modules on real kernels have written.  Each task that there ever was has
 * its row in these texts, so totals are the sum of the rows; and what
 * module/ABI says of the tallies of one task holds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define NUMBER(name, sources, help) PCSTATS_##name,

static const enum pcstats_tally why[] = { PCSTATS_WHY_COUNTERS(NUMBER) };
static const enum pcstats_tally where[] = { PCSTATS_WHERE_COUNTERS(NUMBER) };

/* Tallies whose rows do not add up to the total; unwatched ones are not. */
static size_t wrong_totals(const struct pcstats_snapshot *snap, size_t *watched)
{
	unsigned long long all;
	size_t i, t, wrong = 0;

	*watched = 0;
	for (t = 0; t < PCSTATS_NR_TALLIES; t++) {
		if (snap->total.tally[t] == PCSTATS_UNWATCHED)
			continue;
		++*watched;
		for (all = i = 0; i < snap->nr_tasks; i++)
			all += snap->tasks[i].tally[t];
		if (all == snap->total.tally[t])
			continue;
		printf("# %s: %llu, not %llu\n", pcstats_tally_names[t], all,
		       snap->total.tally[t]);
		wrong++;
	}
	return wrong;
}

static void check_rows(const char *dir, const char *name, size_t nr_watched)
{
	const struct pcstats_task *task;
	struct pcstats_snapshot snap;
	size_t len, watched, i;
	unsigned int lines = 0;
	char *text = load(dir, name, &len);

	for (i = 0; i < len; i++)
		lines += i && text[i - 1] == '\n' && !strncmp(text + i, "task ", 5);
	takes(&snap, text, name);
	is(snap.nr_tasks, lines, "each task line is a row");
	is(snap.total.tasks + snap.total.exited, lines,
	   "as many as the totals say");
	is(wrong_totals(&snap, &watched), 0, "totals are the sum of the rows");
	is(watched, nr_watched, "those of all tallies that the module had");
	task = pcstats_find_task(&snap, 1);
	if (ok(task, "pid 1"))
		is_text(task->comm, "init", "which is init");
	task = pcstats_find_task(&snap, 2);
	if (ok(task, "pid 2")) {
		is_text(task->comm, "kthreadd", "which is kthreadd");
		is(task->mm, 0, "and has no mm");
	}
	pcstats_free(&snap);
	free(text);
}

static unsigned long long sum(const struct pcstats_task *task,
			      const enum pcstats_tally *which, size_t nr)
{
	unsigned long long n = 0;

	while (nr--)
		n += task->tally[which[nr]];
	return n;
}

/* Pages that were copied, by the tallies of the cow and of other tables. */
static bool adds_up(const struct pcstats_task *task)
{
	const unsigned long long *tally = task->tally;

	return sum(task, why, ARRAY_SIZE(why)) == tally[PCSTATS_copied] &&
	       sum(task, where, ARRAY_SIZE(where)) ==
	       tally[PCSTATS_copied] + tally[PCSTATS_file] +
	       tally[PCSTATS_ksm] + tally[PCSTATS_unshared] +
	       tally[PCSTATS_fork_copied] + tally[PCSTATS_hugetlb_copied];
}

static unsigned long long mapped_copies(const struct pcstats_snapshot *snap,
					const struct pcstats_task *task)
{
	const struct pcstats_map *map = NULL;
	unsigned long long copies = 0;

	while ((map = pcstats_next_map(snap, task, map)))
		copies += map->copies;
	return copies;
}

/* The process, live or exited, that has this address space; none: NULL. */
static const struct pcstats_task *owner(const struct pcstats_snapshot *snap,
					unsigned long long mm)
{
	const struct pcstats_task *t;

	for (t = snap->tasks; t < snap->tasks + snap->nr_tasks; t++)
		if (t->mm == mm && t->pid == t->tgid)
			return t;
	return NULL;
}

/*
 * A child that has not forked, as all are whose row says "child": what it
 * copied since is all that it ever copied.  Its parent has not forked again, so
 * each knows what the other has copied.
 */
static bool forked(const struct pcstats_snapshot *snap,
		   const struct pcstats_task *task,
		   const struct pcstats_fork *fork)
{
	const struct pcstats_task *parent = owner(snap, fork->other);
	const struct pcstats_fork *other;

	if (fork->copied != task->tally[PCSTATS_copied] ||
	    fork->copied > fork->shared || !parent || parent->pid != task->ppid)
		return false;
	other = pcstats_find_fork(snap, parent);
	return other && !other->child && other->other == task->mm &&
	       other->shared == fork->shared &&
	       other->copied == fork->other_copied &&
	       other->other_copied == fork->copied;
}

/* What the workloads are: cow-child, cow-file and thread-exec. */
static void check_tables(const char *dir, const char *name)
{
	size_t len, i, bad_sums = 0, bad_maps = 0, bad_forks = 0, children = 0;
	char *text = load(dir, name, &len);
	struct pcstats_snapshot snap;

	takes(&snap, text, name);
	for (i = 0; i < snap.nr_tasks; i++) {
		const struct pcstats_task *task = &snap.tasks[i];
		const struct pcstats_fork *fork = pcstats_find_fork(&snap, task);

		bad_sums += !adds_up(task);
		bad_maps += mapped_copies(&snap, task) !=
			    task->tally[PCSTATS_in_file];
		if (!fork || !fork->child)
			continue;
		children++;
		bad_forks += !forked(&snap, task, fork);
	}
	is(bad_sums, 0, "why and where are those of the pages copied");
	is(bad_maps, 0, "the named mappings are those of in_file");
	is(children, 3, "children: that of cow-child and two subjects");
	is(bad_forks, 0, "parent and child tell the same of their fork");
	pcstats_free(&snap);
	free(text);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	check_rows(argv[1], "capture-6.1.txt", PCSTATS_NR_TALLIES);
	check_tables(argv[1], "capture-6.1.txt");
	check_rows(argv[1], "capture-6.12.txt", PCSTATS_NR_TALLIES);
	check_tables(argv[1], "capture-6.12.txt");
	/* Seven tallies in the task table and five in the cow table. */
	check_rows(argv[1], "older.txt", 12);
	return tap_end();
}
