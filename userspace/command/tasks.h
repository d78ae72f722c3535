/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of tasks that show and diff print: a row for what a task did, in
 * all or between two snapshots, in the form of a struct pcstats_change.
 */
#ifndef PCSTATS_TASKS_H
#define PCSTATS_TASKS_H

#include "../reader.h"
#include "document.h"
#include "filter.h"
#include "table.h"

enum task_column {
	TASK_TIME,
	TASK_PID,
	TASK_TGID,
	TASK_PPID,
	TASK_USER,
	TASK_CGROUP,
	TASK_STATE,
	TASK_LIFE,
	TASK_MM,
	TASK_FIRST_TALLY,
	TASK_ID = TASK_FIRST_TALLY + PCSTATS_NR_TALLIES,
	TASK_CREATOR,
	TASK_CALL,
	TASK_BORN_PAGES,
	TASK_BORN_NS,
	TASK_COMM,
	NR_TASK_COLUMNS
};

void tasks_columns(struct column columns[NR_TASK_COLUMNS]);

/* What the tasks of @snap have done so far; nr_tasks of it.  To be freed. */
struct pcstats_change *changes_so_far(const struct pcstats_snapshot *snap);

/* The functions below leave out some of the @nr changes: how many are left. */

/* What @filter accepts, going by the later row of a task. */
size_t changes_filter(struct pcstats_change *changes, size_t nr,
		      const struct filter *filter);
/* Those with a tally that is neither 0 nor unwatched, and those that are gone. */
size_t changes_active(struct pcstats_change *changes, size_t nr);
/*
 * One for each process: the sum of its threads, that is, of the rows with one
 * tgid and one address space, be they live or exited.  It has the row of the
 * thread group leader if that is there, else of the last thread.  Threads that
 * are gone are one of their own.
 */
size_t changes_by_process(struct pcstats_change *changes, size_t nr);

/* How a table of tasks is to look, and what is in it. */
struct task_view {
	/* options of show and diff */
	const char *columns, *sort;
	bool all_columns, processes;
	enum format format;

	bool compared;		/* changes between snapshots */
	bool live;		/* user and cgroup can be looked up */
	double seconds;		/* for rates: tallies are divided by it; or 0 */
	double time;		/* of the later snapshot, since 1970; or 0 */
};

/* An argp child: -o, -O, --sort, -P, --json, --csv into a struct task_view. */
extern const struct argp view_argp;

/* A table for @view; NULL, having said why, if it has a column that is none. */
struct table *tasks_table(const struct task_view *view,
			  const struct column columns[NR_TASK_COLUMNS]);
/* Add a row for each change. */
void tasks_add(struct table *table, const struct task_view *view,
	       const struct pcstats_change *changes, size_t nr);
/* Add one for the totals; sorting comes before that. */
void tasks_add_total(struct table *table, const struct task_view *view,
		     const long long total[PCSTATS_NR_TALLIES]);

/* An object with every total, or null where readers are not shown them. */
json_t *totals_json(const struct pcstats_total *total);
/* An object with every tally, divided by @seconds if that is not 0. */
json_t *tallies_json(const long long tally[PCSTATS_NR_TALLIES], double seconds);

/* help_filter of struct argp: puts the columns in front of the examples. */
char *tasks_help(int key, const char *text, void *input);

/* Say on stderr which tallies are not watched, and how many events are lost. */
void warn_incomplete(const struct pcstats_snapshot *snap);

#endif /* PCSTATS_TASKS_H */
