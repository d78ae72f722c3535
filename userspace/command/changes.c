// SPDX-License-Identifier: GPL-2.0-only
/* What tasks did: which of them, and whole processes. */
#include <stdlib.h>

#include "command.h"
#include "tasks.h"

static const struct pcstats_task *latest(const struct pcstats_change *change)
{
	return change->after ? change->after : change->before;
}

struct pcstats_change *changes_so_far(const struct pcstats_snapshot *snap)
{
	struct pcstats_change *changes = xcalloc(snap->nr_tasks,
						 sizeof(*changes));
	size_t i, t;

	for (i = 0; i < snap->nr_tasks; i++) {
		changes[i].after = &snap->tasks[i];
		for (t = 0; t < PCSTATS_NR_TALLIES; t++)
			changes[i].tally[t] =
				pcstats_delta(0, snap->tasks[i].tally[t]);
	}
	return changes;
}

static bool accepted(const struct pcstats_change *change,
		     const struct filter *filter)
{
	struct pcstats_task task = *latest(change);

	/* Who is gone has exited, although no row says so. */
	task.state.exited |= !change->after;
	return filter_accepts(filter, &task);
}

size_t changes_filter(struct pcstats_change *changes, size_t nr,
		      const struct filter *filter)
{
	size_t i, left = 0;

	for (i = 0; i < nr; i++)
		if (accepted(&changes[i], filter))
			changes[left++] = changes[i];
	return left;
}

static bool active(const struct pcstats_change *change)
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		if (change->tally[t] &&
		    change->tally[t] != PCSTATS_DELTA_UNWATCHED)
			return true;
	return false;
}

size_t changes_active(struct pcstats_change *changes, size_t nr)
{
	size_t i, left = 0;

	for (i = 0; i < nr; i++)
		if (!changes[i].after || active(&changes[i]))
			changes[left++] = changes[i];
	return left;
}

/* ---- processes ---- */

/* By process, then in the order of the rows. */
static int compare_processes(const void *left, const void *right)
{
	const struct pcstats_change *a = *(struct pcstats_change *const *)left;
	const struct pcstats_change *b = *(struct pcstats_change *const *)right;
	const struct pcstats_task *x = latest(a), *y = latest(b);

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	if (x->mm != y->mm)
		return x->mm < y->mm ? -1 : 1;
	if (!a->after != !b->after)
		return a->after ? -1 : 1;
	return a < b ? -1 : a > b;
}

static bool same_process(const struct pcstats_change *a,
			 const struct pcstats_change *b)
{
	const struct pcstats_task *x = latest(a), *y = latest(b);

	/*
	 * A kernel thread has no others; without a record nothing is known.  Nor
	 * is it of those that are gone, who would make the others' sum unknown.
	 */
	return !a->after == !b->after && x->tgid == y->tgid && x->mm == y->mm && x->mm &&
	       x->mm != PCSTATS_UNWATCHED;
}

static bool leads(const struct pcstats_change *change)
{
	return latest(change)->pid == latest(change)->tgid;
}

static void add_tallies(struct pcstats_change *to,
			const struct pcstats_change *from)
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		if (to->tally[t] == PCSTATS_DELTA_UNWATCHED ||
		    from->tally[t] == PCSTATS_DELTA_UNWATCHED ||
		    __builtin_add_overflow(to->tally[t], from->tally[t],
					   &to->tally[t]))
			to->tally[t] = PCSTATS_DELTA_UNWATCHED;
}

/* The sum into the first of them; the others are rows of nobody after that. */
static void merge(struct pcstats_change **threads, size_t nr)
{
	struct pcstats_change *sum = threads[0], leader = *sum;
	size_t i;

	for (i = 1; i < nr; i++) {
		if (!leads(&leader))
			leader = *threads[i];
		add_tallies(sum, threads[i]);
		threads[i]->before = threads[i]->after = NULL;
	}
	sum->before = leader.before;
	sum->after = leader.after;
}

size_t changes_by_process(struct pcstats_change *changes, size_t nr)
{
	struct pcstats_change **sorted = xcalloc(nr, sizeof(struct pcstats_change *));
	size_t i, end, left = 0;

	for (i = 0; i < nr; i++)
		sorted[i] = &changes[i];
	if (nr)
		qsort(sorted, nr, sizeof(*sorted), compare_processes);
	for (i = 0; i < nr; i = end) {
		for (end = i + 1; end < nr; end++)
			if (!same_process(sorted[i], sorted[end]))
				break;
		merge(sorted + i, end - i);
	}
	for (i = 0; i < nr; i++)
		if (changes[i].before || changes[i].after)
			changes[left++] = changes[i];
	free(sorted);
	return left;
}
