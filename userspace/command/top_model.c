// SPDX-License-Identifier: GPL-2.0-only
/* What pcstats top shows: two snapshots, and the rows that follow from them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "interval.h"
#include "process.h"
#include "tasks.h"
#include "top.h"

void top_init(struct top *top)
{
	memset(top, 0, sizeof(*top));
	top->set.delay = 3;
	top->set.sort = TOP_TALLY(copied);
	top_show_defaults(top->set.shown);
}

/* Rates begin anew. */
static void drop_snapshots(struct top *top)
{
	if (top->nr_snapshots == 2) {
		pcstats_diff_free(&top->diff);
		pcstats_free(&top->before);
	}
	if (top->nr_snapshots)
		pcstats_free(&top->after);
	top->nr_snapshots = 0;
}

static void drop_rows(struct top *top)
{
	free(top->rows);
	top->rows = NULL;
	top->nr_rows = 0;
}

void top_free(struct top *top)
{
	drop_rows(top);
	drop_snapshots(top);
	free(top->trouble);
	filter_free(&top->set.filter);
}

static bool negative(const long long tally[PCSTATS_NR_TALLIES])
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		if (tally[t] < 0 && tally[t] != PCSTATS_DELTA_UNWATCHED)
			return true;
	return false;
}

/* Tallies never fall but by a reset, or by another load of the module. */
static bool was_reset(const struct pcstats_diff *diff)
{
	size_t i;

	for (i = 0; i < diff->nr_tasks; i++)
		if (negative(diff->tasks[i].tally))
			return true;
	return negative(diff->total);
}

static bool is_dead(const struct pcstats_task *task)
{
	return task->state.exited || task->state.letter == 'Z';
}

/*
 * The rows of exited tasks leave in the order in which they came: as long as one
 * of those of before is left, none has come and gone meanwhile.  The totals say
 * how many have ended, give or take those of the time that the read took.
 */
static size_t count_unseen(const struct top *top)
{
	static const enum pcstats_tally creations[] = {
		PCSTATS_forks, PCSTATS_vforks, PCSTATS_threads, PCSTATS_clones,
	};
	const struct pcstats_diff *diff = &top->diff;
	long long ended = pcstats_delta(top->after.total.tasks,
					top->before.total.tasks);
	long long gone = diff->nr_tasks - top->after.nr_tasks;
	size_t i;

	if (ended == PCSTATS_DELTA_UNWATCHED)
		return gone;
	for (i = 0; i < sizeof(creations) / sizeof(creations[0]); i++)
		ended += diff->total[creations[i]];
	for (i = 0; i < top->after.nr_tasks; i++) {
		const struct pcstats_change *change = &diff->tasks[i];

		if (change->before && change->before->state.exited)
			return 0;
		ended -= is_dead(change->after) &&
			 !(change->before && is_dead(change->before));
	}
	return ended > gone ? ended : gone;
}

static void add_snapshot(struct top *top, const struct pcstats_snapshot *snap,
			 unsigned long long now)
{
	struct pcstats_snapshot last;

	if (top->nr_snapshots == 2) {
		pcstats_diff_free(&top->diff);
		pcstats_free(&top->before);
	}
	last = top->after;
	top->after = *snap;
	top->seconds = (now - top->read_ns) / 1e9;
	top->read_ns = now;
	top->reset = false;
	top->nr_unseen = 0;
	if (!top->nr_snapshots) {
		top->nr_snapshots = 1;
		return;
	}
	top->before = last;
	top->nr_snapshots = 2;
	if (pcstats_diff(&top->diff, &top->before, &top->after))
		exit(fail("no memory"));
	top->reset = was_reset(&top->diff);
	if (top->reset) {
		pcstats_diff_free(&top->diff);
		pcstats_free(&top->before);
		top->nr_snapshots = 1;
	} else {
		top->nr_unseen = count_unseen(top);
	}
}

void top_read(struct top *top)
{
	unsigned long long now = clock_ns(CLOCK_MONOTONIC);
	struct pcstats_snapshot snap;
	struct pcstats_error err;
	int error = pcstats_read(&snap, top->set.file, &err);

	/* Rows point into the snapshots. */
	drop_rows(top);
	free(top->trouble);
	top->trouble = NULL;
	if (error) {
		top->trouble = snapshot_error(top->set.file, error, &err);
		drop_snapshots(top);
	} else {
		add_snapshot(top, &snap, now);
	}
}

bool top_has_rows(const struct top *top)
{
	return top->nr_snapshots > !top->set.cumulative;
}

/* ---- rows ---- */

/* What each task did, in an array of its own; nr_tasks of the later snapshot. */
static struct pcstats_change *all_changes(const struct top *top)
{
	size_t nr = top->after.nr_tasks;
	struct pcstats_change *changes;

	if (top->set.cumulative)
		return changes_so_far(&top->after);
	changes = xcalloc(nr, sizeof(*changes));
	/* Behind these come the tasks that have no row any more. */
	memcpy(changes, top->diff.tasks, nr * sizeof(*changes));
	return changes;
}

static void set_row(struct top_row *row, const struct pcstats_change *change,
		    bool with_user)
{
	char *name;
	uid_t uid;

	row->task = change->after;
	memcpy(row->tally, change->tally, sizeof(row->tally));
	if (!with_user || row->task->state.exited ||
	    !process_uid(row->task->pid, &uid))
		return;
	name = user_name(uid);
	snprintf(row->user, sizeof(row->user), "%s", name);
	free(name);
}

static int compare(const void *a, const void *b, void *top)
{
	return top_compare(top, a, b);
}

void top_arrange(struct top *top)
{
	const struct top_settings *set = &top->set;
	struct pcstats_change *changes;
	size_t nr = top->after.nr_tasks, i;

	drop_rows(top);
	if (!top_has_rows(top))
		return;
	changes = all_changes(top);
	if (!set->threads)
		nr = changes_by_process(changes, nr);
	if (!set->idle)
		nr = changes_active(changes, nr);
	nr = changes_filter(changes, nr, &set->filter);
	top->rows = xcalloc(nr, sizeof(top->rows[0]));
	/* The pids of a saved copy are nobody's here and now. */
	for (i = 0; i < nr; i++)
		set_row(&top->rows[i], &changes[i],
			set->shown[TOP_USER] && !set->file);
	free(changes);
	if (nr)
		qsort_r(top->rows, nr, sizeof(top->rows[0]), compare, top);
	top->nr_rows = set->max_rows && nr > set->max_rows ? set->max_rows : nr;
}

/* ---- numbers ---- */

static double shown_value(const struct top *top, long long value)
{
	if (value == PCSTATS_DELTA_UNWATCHED)
		return NAN;
	return top->set.cumulative ? value : value / top->seconds;
}

double top_total(const struct top *top, enum pcstats_tally tally)
{
	if (!top_has_rows(top))
		return NAN;
	return shown_value(top, top->set.cumulative ?
				pcstats_delta(0, top->after.total.tally[tally]) :
				top->diff.total[tally]);
}

double top_value(const struct top *top, const struct top_row *row,
		 enum pcstats_tally tally)
{
	return shown_value(top, row->tally[tally]);
}
