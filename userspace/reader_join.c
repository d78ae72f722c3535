// SPDX-License-Identifier: GPL-2.0-only
/* Which rows of the other tables are those of a row of the task table. */
#include <stdlib.h>
#include <string.h>

#include "reader_private.h"

/*
 * What makes a row of another table and one of the task table the same task.
 * A pid can be live once, and its address space be another one by the time of
 * the other table, but exited many times; those differ in the address space, or
 * are threads of one process that had the same pid one after the other.  The
 * latter are paired in order from the end, which is exact when each of them has
 * a row in both tables.
 */
static int compare_identity(const struct pcstats_identity *a,
			    const struct pcstats_identity *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->state.exited != b->state.exited)
		return a->state.exited ? 1 : -1;
	if (!a->state.exited)
		return 0;
	if (a->mm != b->mm)
		return a->mm < b->mm ? -1 : 1;
	if (a->state.exit_code != b->state.exit_code)
		return a->state.exit_code < b->state.exit_code ? -1 : 1;
	if (a->state.signal != b->state.signal)
		return a->state.signal < b->state.signal ? -1 : 1;
	return strcmp(a->comm, b->comm);
}

static struct pcstats_identity identity(const struct pcstats_task *task)
{
	struct pcstats_identity key = {
		.pid = task->pid, .tgid = task->tgid, .state = task->state,
		.mm = task->mm,
	};

	memcpy(key.comm, task->comm, sizeof(key.comm));
	return key;
}

/* As the rows of @table have it. */
static struct pcstats_identity cow_identity(const struct pcstats_snapshot *snap,
					    int table,
					    const struct pcstats_task *task)
{
	struct pcstats_identity key = identity(task);

	/* In a text whose table has no such column it tells nothing. */
	if (snap->cow[table].nr &&
	    snap->cow[table].rows[0].task.mm == PCSTATS_UNWATCHED)
		key.mm = PCSTATS_UNWATCHED;
	return key;
}

/* By identity, then in the order of the text. */
static int compare_rows(const void *a, const void *b)
{
	const struct pcstats_cow *x = *(const struct pcstats_cow *const *)a;
	const struct pcstats_cow *y = *(const struct pcstats_cow *const *)b;
	int order = compare_identity(&x->task, &y->task);

	return order ? order : x < y ? -1 : x > y;
}

/* The index behind the last of the sorted @rows that is not after @key. */
static size_t upper_bound(const struct pcstats_cow **rows, size_t nr,
			  const struct pcstats_identity *key)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_identity(&rows[mid]->task, key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool all_hooks_on(const struct pcstats_snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nr_hooks; i++)
		if (!snap->hooks[i].on)
			return false;
	return snap->nr_hooks;
}

/*
 * What a task without a row in @table has of @tally: 0 needs a proof that it is
 * watched.  Totals are the proof; where a reader is not shown them, any row of
 * the table; without rows, that no source at all is off.
 */
static unsigned long long without_row(const struct pcstats_snapshot *snap,
				      int table, int tally)
{
	unsigned long long seen;

	if (snap->total.present)
		seen = snap->total.tally[tally];
	else if (snap->cow[table].nr)
		seen = snap->cow[table].rows[0].tally[tally];
	else
		seen = all_hooks_on(snap) ? 0 : PCSTATS_UNWATCHED;
	return seen == PCSTATS_UNWATCHED ? PCSTATS_UNWATCHED : 0;
}

/*
 * Only what the text has a column for: the others of a task are unwatched since
 * its row was read, which is what they are for a module that is older.  @rows
 * and @taken have room for the rows of @table and one more; @taken is zeroed.
 */
static void join_table(const struct parser *p, struct pcstats_snapshot *snap,
		       int table, const struct pcstats_cow **rows,
		       size_t *taken)
{
	unsigned long long none[PCSTATS_NR_TALLIES];
	size_t nr = snap->cow[table].nr, nr_columns = 0, i, c;
	int columns[PCSTATS_NR_TALLIES], t;

	for (t = PCSTATS_NR_TASK_TALLIES; t < PCSTATS_NR_TALLIES; t++) {
		if (!reader_has_tally(p, READER_COW + table, t))
			continue;
		none[t] = without_row(snap, table, t);
		columns[nr_columns++] = t;
	}
	for (i = 0; i < nr; i++)
		rows[i] = &snap->cow[table].rows[i];
	qsort(rows, nr, sizeof(*rows), compare_rows);
	for (i = snap->nr_tasks; i-- > 0;) {
		struct pcstats_identity key =
			cow_identity(snap, table, &snap->tasks[i]);
		size_t bound = upper_bound(rows, nr, &key);
		const struct pcstats_cow *row = NULL;

		/* By upper bound: rows of that identity that later tasks have. */
		if (bound > taken[bound])
			row = rows[bound - taken[bound] - 1];
		if (row && compare_identity(&row->task, &key))
			row = NULL;
		taken[bound] += !!row;
		for (c = 0; c < nr_columns; c++) {
			t = columns[c];
			snap->tasks[i].tally[t] = row ? row->tally[t] : none[t];
		}
	}
}

int reader_join(const struct parser *p, struct pcstats_snapshot *snap)
{
	const struct pcstats_cow **rows;
	size_t *taken;
	int table;

	for (table = 0; table < PCSTATS_NR_COW_TABLES; table++) {
		rows = calloc(snap->cow[table].nr + 1, sizeof(*rows));
		taken = calloc(snap->cow[table].nr + 1, sizeof(*taken));
		if (rows && taken)
			join_table(p, snap, table, rows, taken);
		free(taken);
		free(rows);
		if (!rows || !taken)
			return -1;
	}
	return 0;
}

const struct pcstats_cow *
pcstats_find_cow(const struct pcstats_snapshot *snap,
		 enum pcstats_cow_table table, const struct pcstats_task *task)
{
	struct pcstats_identity key = cow_identity(snap, table, task), other;
	const struct pcstats_task *t;
	size_t later = 0, i;

	for (t = task + 1; t < snap->tasks + snap->nr_tasks; t++) {
		other = cow_identity(snap, table, t);
		later += !compare_identity(&other, &key);
	}
	for (i = snap->cow[table].nr; i-- > 0;)
		if (!compare_identity(&snap->cow[table].rows[i].task, &key) &&
		    !later--)
			return &snap->cow[table].rows[i];
	return NULL;
}

const struct pcstats_map *
pcstats_next_map(const struct pcstats_snapshot *snap,
		 const struct pcstats_task *task,
		 const struct pcstats_map *last)
{
	struct pcstats_identity key = identity(task);
	size_t i;

	for (i = last ? last - snap->maps + 1 : 0; i < snap->nr_maps; i++)
		if (!compare_identity(&snap->maps[i].task, &key))
			return &snap->maps[i];
	return NULL;
}

const struct pcstats_fork *
pcstats_find_fork(const struct pcstats_snapshot *snap,
		  const struct pcstats_task *task)
{
	struct pcstats_identity key = identity(task);
	size_t i;

	/* No two exited tasks that had memory of their own had the same. */
	for (i = 0; i < snap->nr_forks; i++)
		if (!compare_identity(&snap->forks[i].task, &key))
			return &snap->forks[i];
	return NULL;
}
