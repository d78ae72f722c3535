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

/* As a table has it, one of whose rows is @row; NULL: it has none. */
static struct pcstats_identity identity_in(const struct pcstats_identity *row,
					   const struct pcstats_task *task)
{
	struct pcstats_identity key = identity(task);

	/* In a text whose table has no such column it tells nothing. */
	if (row && row->mm == PCSTATS_UNWATCHED)
		key.mm = PCSTATS_UNWATCHED;
	return key;
}

static struct pcstats_identity cow_identity(const struct pcstats_snapshot *snap,
					    int table,
					    const struct pcstats_task *task)
{
	return identity_in(snap->cow[table].nr ?
			   &snap->cow[table].rows[0].task : NULL, task);
}

/*
 * The rows of one table, sorted, to be given to the tasks from the last one to
 * the first.
 */
struct pairing {
	const struct pcstats_identity **rows;
	size_t *taken;	/* by upper bound: rows of that identity given away */
	size_t nr;
};

/* By identity, then in the order of the text. */
static int compare_rows(const void *a, const void *b)
{
	const struct pcstats_identity *x = *(const struct pcstats_identity *const *)a;
	const struct pcstats_identity *y = *(const struct pcstats_identity *const *)b;
	int order = compare_identity(x, y);

	return order ? order : x < y ? -1 : x > y;
}

/* @rows: @nr structs of @size bytes that begin with an identity. */
static bool pairing_start(struct pairing *pairing, const void *rows, size_t nr,
			  size_t size)
{
	size_t i;

	pairing->nr = nr;
	pairing->rows = calloc(nr + 1, sizeof(*pairing->rows));
	pairing->taken = calloc(nr + 1, sizeof(*pairing->taken));
	if (!pairing->rows || !pairing->taken)
		return false;
	for (i = 0; i < nr; i++)
		pairing->rows[i] = (const void *)((const char *)rows + i * size);
	qsort(pairing->rows, nr, sizeof(*pairing->rows), compare_rows);
	return true;
}

static void pairing_end(struct pairing *pairing)
{
	free(pairing->rows);
	free(pairing->taken);
}

/* The index behind the last of the rows that is not after @key. */
static size_t upper_bound(const struct pairing *pairing,
			  const struct pcstats_identity *key)
{
	size_t low = 0, high = pairing->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_identity(pairing->rows[mid], key) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The row of @task, which comes before those asked for so far; or NULL. */
static const void *pairing_take(struct pairing *pairing,
				const struct pcstats_task *task)
{
	struct pcstats_identity key =
		identity_in(pairing->nr ? pairing->rows[0] : NULL, task);
	size_t bound = upper_bound(pairing, &key);
	const struct pcstats_identity *row;

	if (bound <= pairing->taken[bound])
		return NULL;
	row = pairing->rows[bound - pairing->taken[bound] - 1];
	if (compare_identity(row, &key))
		return NULL;
	pairing->taken[bound]++;
	return row;
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
 * its row was read, which is what they are for a module that is older.
 */
static int join_cow(const struct parser *p, struct pcstats_snapshot *snap,
		    int table)
{
	unsigned long long none[PCSTATS_NR_TALLIES];
	int columns[PCSTATS_NR_TALLIES], t;
	struct pairing pairing;
	size_t nr_columns = 0, i, c;
	bool ok;

	for (t = PCSTATS_NR_TASK_TALLIES; t < PCSTATS_NR_TALLIES; t++) {
		if (!reader_has_tally(p, READER_COW + table, t))
			continue;
		none[t] = without_row(snap, table, t);
		columns[nr_columns++] = t;
	}
	ok = pairing_start(&pairing, snap->cow[table].rows, snap->cow[table].nr,
			   sizeof(struct pcstats_cow));
	for (i = snap->nr_tasks; ok && i-- > 0;) {
		const struct pcstats_cow *row =
			pairing_take(&pairing, &snap->tasks[i]);

		for (c = 0; c < nr_columns; c++) {
			t = columns[c];
			snap->tasks[i].tally[t] = row ? row->tally[t] : none[t];
		}
	}
	pairing_end(&pairing);
	return ok ? 0 : -1;
}

static int join_born(struct pcstats_snapshot *snap)
{
	struct pairing pairing;
	bool ok;
	size_t i;

	ok = pairing_start(&pairing, snap->borns, snap->nr_borns,
			   sizeof(struct pcstats_born));
	for (i = snap->nr_tasks; ok && i-- > 0;) {
		struct pcstats_task *task = &snap->tasks[i];
		const struct pcstats_born *row = pairing_take(&pairing, task);

		task->id = row ? row->id : PCSTATS_UNWATCHED;
		task->creator = row ? row->creator : PCSTATS_UNWATCHED;
		task->born_pages = row ? row->pages : PCSTATS_UNWATCHED;
		task->born_ns = row ? row->ns : PCSTATS_UNWATCHED;
		task->call = row ? row->call : PCSTATS_CALL_UNKNOWN;
	}
	pairing_end(&pairing);
	return ok ? 0 : -1;
}

int reader_join(const struct parser *p, struct pcstats_snapshot *snap)
{
	int table;

	for (table = 0; table < PCSTATS_NR_COW_TABLES; table++)
		if (join_cow(p, snap, table))
			return -1;
	return join_born(snap);
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
