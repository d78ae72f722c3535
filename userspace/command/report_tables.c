// SPDX-License-Identifier: GPL-2.0-only
/* What pcstats report shows: the intervals, the sums, the tasks. */
#include <limits.h>
#include <stdlib.h>

#include "command.h"
#include "report.h"
#include "source.h"

/* The three tables have the same tallies behind columns of their own. */
enum {
	COLUMN_TIME,
	COLUMN_SUM = COLUMN_TIME,
	COLUMN_PID = COLUMN_TIME,
	COLUMN_STATE,
	COLUMN_SECONDS = COLUMN_STATE,
	COLUMN_FIRST_TALLY,
	COLUMN_COMM = COLUMN_FIRST_TALLY + PCSTATS_NR_TALLIES,
	NR_COLUMNS
};

#define TALLY(tally, sources, text) \
	[COLUMN_FIRST_TALLY + PCSTATS_##tally] = { #tally, text, .spare = 1 },

static const struct column interval_columns[] = {
	[COLUMN_TIME] = { "time", "its end, in seconds after the first snapshot" },
	[COLUMN_SECONDS] = { "seconds", "how long it was", .spare = 2 },
	PCSTATS_COUNTERS(TALLY)
};

static const struct column sum_columns[] = {
	[COLUMN_SUM] = { "sum", "total: of the system; tasks: of the rows below; unseen: the rest",
			 .text = true },
	[COLUMN_STATE] = { "tasks", "how many of them did something", .spare = 2 },
	PCSTATS_COUNTERS(TALLY)
};

static const struct column task_columns[] = {
	[COLUMN_PID] = { "pid", "the task's id" },
	[COLUMN_STATE] = { "state", "at the end; - if it left without a row", .text = true,
			   .spare = 2 },
	PCSTATS_COUNTERS(TALLY)
	[COLUMN_COMM] = { "comm", "name of the program or thread", .text = true,
			  .trunc = true },
};

#define DEFAULT_TALLIES	"forks,threads,execs,copied,reused,file,bytes"
#define DEFAULT_SORT	"-bytes,-fork_ns"

char *report_columns_help(void)
{
	return columns_help(interval_columns + COLUMN_FIRST_TALLY,
			    PCSTATS_NR_TALLIES);
}

/* With columns @before and @behind those that the options choose; or NULL. */
static struct table *new_table(const struct column *columns, size_t nr,
			       const struct report_options *options,
			       const char *before, const char *behind)
{
	struct table *table = table_new(columns, nr);
	const char *chosen = options->tallies ?: DEFAULT_TALLIES;
	char *list = *chosen == '+' ?
		     xasprintf("%s,%s,%s%s", before, DEFAULT_TALLIES, chosen + 1,
			       behind) :
		     xasprintf("%s,%s%s", before, chosen, behind);

	if (!options->tallies) {
		table_preset(table, list);
	} else if (table_select(table, list)) {
		table_free(table);
		table = NULL;
	}
	free(list);
	return table;
}

/* ---- intervals ---- */

struct table *report_intervals(const struct report_options *options)
{
	return new_table(interval_columns, COLUMN_COMM, options, "time,seconds",
			 "");
}

void report_add_interval(struct recording *r, unsigned long long before_ns,
			 const struct pcstats_diff *diff)
{
	const struct pcstats_change *change = NULL;
	double length = report_seconds(before_ns, r->last_ns);
	const long long *tally = diff->total;
	struct row *row;
	size_t t;

	if (r->options->pid) {
		change = pcstats_diff_find(diff, r->options->pid);
		tally = change ? change->tally : NULL;
	}
	row = table_add(r->intervals, NULL);
	row_real(row, COLUMN_TIME, report_seconds(r->first_ns, r->last_ns), 3);
	row_real(row, COLUMN_SECONDS, length, 3);
	for (t = 0; tally && t < PCSTATS_NR_TALLIES; t++) {
		if (r->options->counts)
			row_signed(row, COLUMN_FIRST_TALLY + t, tally[t]);
		else if (tally[t] != PCSTATS_DELTA_UNWATCHED && length > 0)
			row_real(row, COLUMN_FIRST_TALLY + t,
				 tally[t] / length, 1);
	}
}

/* ---- sums ---- */

static bool idle(const long long *tally)
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		if (tally[t] && tally[t] != PCSTATS_DELTA_UNWATCHED)
			return false;
	return true;
}

static void set_tallies(struct row *row, const long long *tally)
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		row_signed(row, COLUMN_FIRST_TALLY + t, tally[t]);
}

static struct row *add_sum(struct table *table, const char *name,
			   const long long *tally)
{
	struct row *row = table_add(table, NULL);

	row_string(row, COLUMN_SUM, name);
	set_tallies(row, tally);
	return row;
}

struct table *report_tasks(const struct recording *r)
{
	struct table *table = new_table(task_columns, NR_COLUMNS, r->options,
					"pid,state", ",comm");
	char comm[ESCAPED_SIZE], state[STATE_SIZE];
	struct row *row;
	size_t i;

	for (i = 0; table && i < r->sums.nr; i++) {
		const struct sum *sum = &r->sums.at[i];

		if (r->options->pid ? (pid_t)r->options->pid != sum->pid :
				      idle(sum->tally))
			continue;
		row = table_add(table, NULL);
		row_unsigned(row, COLUMN_PID, sum->pid);
		row_string(row, COLUMN_STATE,
			   sum->gone ? NULL : state_text(&sum->state, state));
		set_tallies(row, sum->tally);
		row_string(row, COLUMN_COMM, escape(sum->comm, comm));
	}
	if (table && table_sort(table, r->options->sort ?: DEFAULT_SORT)) {
		table_free(table);
		table = NULL;
	}
	return table;
}

struct table *report_sums(const struct recording *r)
{
	struct table *table = new_table(sum_columns, COLUMN_COMM, r->options,
					"sum,tasks", "");
	long long tasks[PCSTATS_NR_TALLIES] = { }, unseen[PCSTATS_NR_TALLIES];
	size_t nr = 0, i, t;

	if (!table)
		return NULL;
	for (i = 0; i < r->sums.nr; i++) {
		nr += !idle(r->sums.at[i].tally);
		for (t = 0; t < PCSTATS_NR_TALLIES; t++)
			tasks[t] = report_add(tasks[t], r->sums.at[i].tally[t]);
	}
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		unseen[t] = tasks[t] == PCSTATS_DELTA_UNWATCHED ? tasks[t] :
			    report_add(r->sums.total[t], -tasks[t]);
	add_sum(table, "total", r->sums.total);
	row_unsigned(add_sum(table, "tasks", tasks), COLUMN_STATE, nr);
	add_sum(table, "unseen", unseen);
	return table;
}
