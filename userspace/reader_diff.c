// SPDX-License-Identifier: GPL-2.0-only
/* The difference of two snapshots. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

long long pcstats_delta(unsigned long long before, unsigned long long after)
{
	if (before == PCSTATS_UNWATCHED || after == PCSTATS_UNWATCHED)
		return PCSTATS_DELTA_UNWATCHED;
	if (after >= before)
		return after - before <= LLONG_MAX ?
		       (long long)(after - before) : PCSTATS_DELTA_UNWATCHED;
	return before - after <= LLONG_MAX ?
	       -(long long)(before - after) : PCSTATS_DELTA_UNWATCHED;
}

/* Rows of one snapshot by pid, tgid, live before exited, order of the text. */
static int compare_rows(const void *a, const void *b)
{
	const struct pcstats_task *x = *(const struct pcstats_task *const *)a;
	const struct pcstats_task *y = *(const struct pcstats_task *const *)b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	if (x->state.exited != y->state.exited)
		return x->state.exited ? 1 : -1;
	return x < y ? -1 : x > y;
}

static int compare_ids(const void *a, const void *b)
{
	const struct pcstats_task *x = *(const struct pcstats_task *const *)a;
	const struct pcstats_task *y = *(const struct pcstats_task *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static bool has_ids(const struct pcstats_snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++)
		if (snap->tasks[i].id != PCSTATS_UNWATCHED)
			return true;
	return false;
}

/*
 * Rows of a snapshot in an order to match them by.  Those with an id come
 * first, by it; the others, or all if @ids is false, by pid.
 */
struct order {
	const struct pcstats_task **rows;
	size_t nr_ids, nr;
};

static bool set_order(struct order *order, const struct pcstats_snapshot *snap,
		      bool ids)
{
	size_t i, last = snap->nr_tasks;

	order->nr = snap->nr_tasks;
	order->nr_ids = 0;
	order->rows = calloc(order->nr + 1, sizeof(*order->rows));
	if (!order->rows)
		return false;
	for (i = 0; i < snap->nr_tasks; i++) {
		if (ids && snap->tasks[i].id != PCSTATS_UNWATCHED)
			order->rows[order->nr_ids++] = &snap->tasks[i];
		else
			order->rows[--last] = &snap->tasks[i];
	}
	qsort(order->rows, last, sizeof(*order->rows), compare_ids);
	qsort(order->rows + last, order->nr - last, sizeof(*order->rows),
	      compare_rows);
	return true;
}

/* Both rows can be of one task: exec gives a new mm id, and counts. */
static bool same_task(const struct pcstats_task *before,
		      const struct pcstats_task *after)
{
	return before->mm == after->mm ||
	       (after->tally[PCSTATS_execs] != PCSTATS_UNWATCHED &&
		after->tally[PCSTATS_execs] > before->tally[PCSTATS_execs]);
}

static bool same_exit(const struct pcstats_task *a,
		      const struct pcstats_task *b)
{
	return a->mm == b->mm && a->state.exit_code == b->state.exit_code &&
	       a->state.signal == b->state.signal && !strcmp(a->comm, b->comm);
}

/*
 * Match the rows of one pid and tgid: at most one live row first, then exited
 * ones, oldest first.  An exited row stays what it was, and the oldest leave
 * first, so what was there before is what the new list begins with.  The next
 * row is the end of the task that was live, be it that a later task has its
 * pid, or that one of its threads has called execve and taken it.
 */
static void match(const struct pcstats_task **old, size_t nr_old,
		  const struct pcstats_task **new, size_t nr_new,
		  const struct pcstats_task **before)
{
	const struct pcstats_task *live = NULL;
	size_t o = 0, n = 0, kept;

	if (nr_old && !old[0]->state.exited)
		live = old[o++];
	if (nr_new && !new[0]->state.exited)
		n++;
	/* Skip the old rows that history has dropped. */
	for (; o < nr_old; o++) {
		for (kept = 0; o + kept < nr_old && n + kept < nr_new; kept++)
			if (!same_exit(old[o + kept], new[n + kept]))
				break;
		if (o + kept == nr_old)
			break;
	}
	for (; o < nr_old; o++)
		before[n++] = old[o];
	if (live && n < nr_new && same_task(live, new[n]))
		before[n] = live;
	else if (live && nr_new && !new[0]->state.exited &&
		 same_task(live, new[0]))
		before[0] = live;
}

static void set_change(struct pcstats_change *change,
		       const struct pcstats_task *before,
		       const struct pcstats_task *after)
{
	size_t t;

	change->before = before;
	change->after = after;
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		change->tally[t] = after ?
			pcstats_delta(before ? before->tally[t] : 0,
				      after->tally[t]) :
			PCSTATS_DELTA_UNWATCHED;
}

static bool same_pid(const struct pcstats_task *a, const struct pcstats_task *b)
{
	return a->pid == b->pid && a->tgid == b->tgid;
}

/* before[i] becomes the row of @old that new[i] continues, or stays NULL. */
static void match_ids(const struct pcstats_task **old, size_t nr_old,
		      const struct pcstats_task **new, size_t nr_new,
		      const struct pcstats_task **before)
{
	size_t o = 0, n;

	for (n = 0; n < nr_new; n++) {
		while (o < nr_old && old[o]->id < new[n]->id)
			o++;
		if (o < nr_old && old[o]->id == new[n]->id)
			before[n] = old[o++];
	}
}

/* The same by pid. */
static void match_pids(const struct pcstats_task **old, size_t nr_old,
		      const struct pcstats_task **new, size_t nr_new,
		      const struct pcstats_task **before)
{
	size_t o = 0, n, end, end_old;

	for (n = 0; n < nr_new; n = end) {
		for (end = n; end < nr_new && same_pid(new[n], new[end]);)
			end++;
		while (o < nr_old && !same_pid(old[o], new[n]) &&
		       compare_rows(&old[o], &new[n]) < 0)
			o++;
		for (end_old = o; end_old < nr_old &&
		     same_pid(old[end_old], new[n]);)
			end_old++;
		match(old + o, end_old - o, new + n, end - n, before + n);
		o = end_old;
	}
}

/* Live rows of @old that nothing continues, behind the others in @diff. */
static void add_gone(struct pcstats_diff *diff,
		     const struct pcstats_snapshot *old, const bool *continued)
{
	size_t i;

	for (i = 0; i < old->nr_tasks; i++)
		if (!continued[i] && !old->tasks[i].state.exited)
			set_change(&diff->tasks[diff->nr_tasks++],
				   &old->tasks[i], NULL);
}

static void match_all(struct pcstats_diff *diff, const struct order *old,
		      const struct order *new, const struct pcstats_task **matches,
		      const struct pcstats_snapshot *before,
		      const struct pcstats_snapshot *after, bool *continued)
{
	size_t i;

	match_ids(old->rows, old->nr_ids, new->rows, new->nr_ids, matches);
	match_pids(old->rows + old->nr_ids, old->nr - old->nr_ids,
		   new->rows + new->nr_ids, new->nr - new->nr_ids,
		   matches + new->nr_ids);
	for (i = 0; i < new->nr; i++) {
		set_change(&diff->tasks[new->rows[i] - after->tasks],
			   matches[i], new->rows[i]);
		if (matches[i])
			continued[matches[i] - before->tasks] = true;
	}
	diff->nr_tasks = new->nr;
}

int pcstats_diff(struct pcstats_diff *diff,
		 const struct pcstats_snapshot *before,
		 const struct pcstats_snapshot *after)
{
	bool ids = has_ids(before) && has_ids(after), *continued;
	const struct pcstats_task **matches;
	struct order old = { }, new = { };
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		diff->total[t] = pcstats_delta(before->total.tally[t],
					       after->total.tally[t]);
	diff->nr_tasks = 0;
	diff->tasks = calloc(before->nr_tasks + after->nr_tasks + 1,
			     sizeof(*diff->tasks));
	matches = calloc(after->nr_tasks + 1, sizeof(*matches));
	continued = calloc(before->nr_tasks + 1, sizeof(*continued));
	if (set_order(&old, before, ids) && set_order(&new, after, ids) &&
	    matches && continued && diff->tasks) {
		match_all(diff, &old, &new, matches, before, after, continued);
		add_gone(diff, before, continued);
	} else {
		pcstats_diff_free(diff);
	}
	free(continued);
	free(matches);
	free(new.rows);
	free(old.rows);
	return diff->tasks ? 0 : -ENOMEM;
}

void pcstats_diff_free(struct pcstats_diff *diff)
{
	free(diff->tasks);
	memset(diff, 0, sizeof(*diff));
}

const struct pcstats_change *
pcstats_diff_find(const struct pcstats_diff *diff, pid_t pid)
{
	const struct pcstats_change *found = NULL;
	size_t i;

	for (i = 0; i < diff->nr_tasks; i++) {
		const struct pcstats_change *c = &diff->tasks[i];
		const struct pcstats_task *row = c->after ? c->after : c->before;

		if (row->pid != pid)
			continue;
		if (!row->state.exited)
			return c;
		found = c;
	}
	return found;
}
