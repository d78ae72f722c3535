// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables behind the task table: each tally comes from the table that
 * counters.h has it in, and the rows of a task are its own.
 */
#include <stdio.h>

#include "tap.h"

#define NUMBER(name, sources, help) PCSTATS_##name,
#define TABLE(record, RECORD)			\
	[PCSTATS_TABLE_##record] =		\
		{ #record, { PCSTATS_##RECORD##_COUNTERS(NUMBER) 0 } },

/* What a text has in each table.  0, a task tally, ends a list. */
static const struct {
	const char *record;
	enum pcstats_tally tallies[32];
} tables[PCSTATS_NR_COW_TABLES] = { PCSTATS_COW_TABLES(TABLE) };

#define IDENTITY	"pid tgid state mm"

/* Two rows in each table, of tasks 5 and 6; no two numbers are the same. */
static void write_tables(char *text, size_t room)
{
	const enum pcstats_tally *tally;
	size_t len, i;
	int pid;

	len = snprintf(text, room, VERSION TASK_COLUMNS TASK_ROW("5 5 1 S 3", "a")
		       TASK_ROW("6 6 1 S 4", "b") MM_COLUMNS);
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		len += snprintf(text + len, room - len, "# %s " IDENTITY,
				tables[i].record);
		for (tally = tables[i].tallies; *tally; tally++)
			len += snprintf(text + len, room - len, " %s",
					pcstats_tally_names[*tally]);
		len += snprintf(text + len, room - len, " comm\n");
		for (pid = 5; pid <= 6; pid++) {
			len += snprintf(text + len, room - len, "%s %d %d S %d",
					tables[i].record, pid, pid, pid - 2);
			for (tally = tables[i].tallies; *tally; tally++)
				len += snprintf(text + len, room - len, " %d",
						pid * 1000 + (int)*tally);
			len += snprintf(text + len, room - len, " c\n");
		}
	}
}

/* That @row has the tallies of table @i as written for @pid, and no others. */
static bool row_is(const struct pcstats_cow *row, size_t i, int pid)
{
	unsigned int left = PCSTATS_NR_TALLIES;
	const enum pcstats_tally *tally;
	size_t t;

	if (!row || row->task.pid != pid)
		return false;
	for (tally = tables[i].tallies; *tally; tally++, left--)
		if (row->tally[*tally] != pid * 1000ULL + *tally)
			return false;
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		left -= row->tally[t] == PCSTATS_UNWATCHED;
	return !left;
}

static void check_each_tally(void)
{
	const struct pcstats_task *task;
	struct pcstats_snapshot snap;
	char text[16384];
	size_t i, wrong;
	int t;

	write_tables(text, sizeof(text));
	takes(&snap, text, "every tally of counters.h");
	is(snap.nr_cows, 2 * ARRAY_SIZE(tables), "two rows in each table");
	for (task = snap.tasks; task < snap.tasks + snap.nr_tasks; task++) {
		wrong = 0;
		for (t = PCSTATS_NR_TASK_TALLIES; t < PCSTATS_NR_TALLIES; t++)
			wrong += task->tally[t] != task->pid * 1000ULL + t;
		is(wrong, 0, "task %d has those of all tables", task->pid);
		for (i = 0; i < ARRAY_SIZE(tables); i++)
			ok(row_is(pcstats_find_cow(&snap, i, task), i, task->pid),
			   "and its row of table %s", tables[i].record);
	}
	pcstats_free(&snap);
}

#define RARE_COLUMNS	"# rare " IDENTITY " ksm remote comm\n"
#define WHERE_COLUMNS	"# where " IDENTITY " in_heap in_anon comm\n"

/* What task 5 has where a table, a column or its row is missing. */
static void check_missing(void)
{
	static const char with_totals[] =
		VERSION "total copied 9\ntotal ksm -\ntotal remote 9\n"
		"total in_heap 9\ntotal why_ref 9\n"
		FORKS_COLUMNS FORKS_ROW("5 5 1 S 3", "0", "0", "a") MM_COLUMNS
		COPIED_COLUMNS COPIED_ROW("5 5 S", "7", "0", "a")
		RARE_COLUMNS WHERE_COLUMNS "where 5 5 S 3 4 - a\n";
	static const char without_totals[] =
		VERSION "hook a ftrace on missed 0\n"
		FORKS_COLUMNS FORKS_ROW("5 5 1 S 3", "0", "0", "a") MM_COLUMNS
		COPIED_COLUMNS RARE_COLUMNS "rare 6 6 S 4 - 2 b\n"
		WHERE_COLUMNS;
	struct pcstats_snapshot snap;
	const unsigned long long *tally;

	takes(&snap, with_totals, "rows in some tables");
	tally = snap.tasks[0].tally;
	is(tally[PCSTATS_copied], 7, "one table has its row");
	is(tally[PCSTATS_in_heap], 4, "another too");
	is(tally[PCSTATS_in_anon], PCSTATS_UNWATCHED, "its \"-\" is unwatched");
	is(tally[PCSTATS_remote], 0, "no row in a third: 0 if the total is watched");
	is(tally[PCSTATS_ksm], PCSTATS_UNWATCHED, "unwatched if it is not");
	is(tally[PCSTATS_exclusive], PCSTATS_UNWATCHED,
	   "unwatched without a column");
	is(tally[PCSTATS_why_ref], PCSTATS_UNWATCHED,
	   "unwatched without a table, whatever the total says");
	ok(!pcstats_find_cow(&snap, PCSTATS_TABLE_rare, snap.tasks) &&
	   !pcstats_find_cow(&snap, PCSTATS_TABLE_why, snap.tasks),
	   "no row is found where there is none");
	pcstats_free(&snap);

	takes(&snap, without_totals, "tables as a PID namespace is shown them");
	tally = snap.tasks[0].tally;
	is(tally[PCSTATS_remote], 0, "0 if another task's is watched");
	is(tally[PCSTATS_ksm], PCSTATS_UNWATCHED, "unwatched if that is not");
	is(tally[PCSTATS_in_heap], 0, "no rows at all: 0 if all sources are on");
	is(tally[PCSTATS_huge_split], PCSTATS_UNWATCHED,
	   "but unwatched without a table");
	pcstats_free(&snap);
}

/* A module of the time before the tables behind cow. */
static void check_older(void)
{
	static const char older[] =
		VERSION "total copied 9\nhook a ftrace on missed 0\n"
		FORKS_COLUMNS FORKS_ROW("5 5 1 S 3", "1", "0", "a") MM_COLUMNS
		COPIED_COLUMNS COPIED_ROW("5 5 S", "7", "0", "a");
	struct pcstats_snapshot snap;
	size_t i, unwatched = 0, others = 0;

	takes(&snap, older, "a text without the newer tables");
	is(snap.tasks[0].tally[PCSTATS_copied], 7, "the cow table is read");
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		const enum pcstats_tally *tally = tables[i].tallies;

		for (; i != PCSTATS_TABLE_cow && *tally; tally++, others++)
			unwatched += snap.tasks[0].tally[*tally] ==
				     PCSTATS_UNWATCHED;
	}
	is(unwatched, others, "no tally of the others is watched");
	is(snap.nr_maps + snap.nr_forks, 0, "no named mappings, no forks");
	ok(!pcstats_next_map(&snap, snap.tasks, NULL) &&
	   !pcstats_find_fork(&snap, snap.tasks), "nor of a task");
	pcstats_free(&snap);
}

/* Rows of exited tasks with one pid, apart in each table by itself. */
static void check_twins(void)
{
	static const char text[] =
		VERSION FORKS_COLUMNS FORKS_ROW("5 5 1 X0 3", "0", "0", "a")
		FORKS_ROW("5 5 1 X0 4", "0", "0", "a") MM_COLUMNS
		"# cow " IDENTITY " copied comm\n"
		"cow 5 5 X0 3 1 a\ncow 5 5 X0 4 2 a\n"
		RARE_COLUMNS "rare 5 5 X0 4 3 0 a\n"
		WHERE_COLUMNS "where 5 5 X0 3 4 0 a\n"
		"# fork " IDENTITY " side other shared copied other_copied comm\n"
		"fork 5 5 X0 4 child 2 1 1 1 a\n"
		"# map " IDENTITY " copies name comm\n"
		"map 5 5 X0 4 6 f a\n";
	struct pcstats_snapshot snap;
	const struct pcstats_task *task;

	takes(&snap, text, "two tasks that had one pid");
	task = snap.tasks;
	is(task[0].tally[PCSTATS_copied], 1, "the first one's of the first table");
	is(task[0].tally[PCSTATS_ksm], 0, "it has none of the second");
	is(task[0].tally[PCSTATS_in_heap], 4, "its of the third");
	ok(!pcstats_find_fork(&snap, &task[0]) &&
	   !pcstats_next_map(&snap, &task[0], NULL), "no fork and no map row");
	is(task[1].tally[PCSTATS_copied], 2, "the second one's of the first table");
	is(task[1].tally[PCSTATS_ksm], 3, "its of the second");
	is(task[1].tally[PCSTATS_in_heap], 0, "it has none of the third");
	ok(pcstats_find_fork(&snap, &task[1]) == snap.forks &&
	   pcstats_next_map(&snap, &task[1], NULL) == snap.maps,
	   "a fork and a map row");
	pcstats_free(&snap);
}

int main(void)
{
	check_each_tally();
	check_missing();
	check_older();
	check_twins();
	return tap_end();
}
