// SPDX-License-Identifier: GPL-2.0-only
/* pcstats run: the numbers of all runs, their mean and spread, CSV and JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "run_private.h"
#include "source.h"
#include "table.h"

enum {
	COLUMN_RUN,
	COLUMN_STATUS,
	COLUMN_FIRST_VALUE,
	NR_COLUMNS = COLUMN_FIRST_VALUE + RUN_NR_VALUES
};

#define TALLY(tally, sources, text) \
	[COLUMN_FIRST_VALUE + PCSTATS_##tally] = { #tally, text },
#define VALUE(value, name, text) \
	[COLUMN_FIRST_VALUE + (value)] = { name, text }

static const struct column columns[NR_COLUMNS] = {
	[COLUMN_RUN] = { "run", "1, 2, ..." },
	[COLUMN_STATUS] = { "status", "of the command, as pcstats exits with it" },
	PCSTATS_COUNTERS(TALLY)
	VALUE(RUN_PROCESSES, "processes", "how many there have been"),
	VALUE(RUN_PEAK, "peak", "most tasks alive at once"),
	VALUE(RUN_MEMBERS, "members", "tasks that there have been"),
	VALUE(RUN_TASKS, "tasks", "tasks still alive"),
	VALUE(RUN_LOST, "lost", "children not recorded for want of memory"),
	VALUE(RUN_ELAPSED, "elapsed", "seconds until the command ended"),
	VALUE(RUN_MEASURED, "measured", "seconds until the last descendant ended"),
};

const char *run_value_name(int value)
{
	return columns[COLUMN_FIRST_VALUE + value].name;
}

static unsigned long long run_count(const struct run_sample *sample, int value)
{
	switch (value) {
	case RUN_PROCESSES:
		return sample->job.processes;
	case RUN_PEAK:
		return sample->job.peak;
	case RUN_MEMBERS:
		return sample->job.members;
	case RUN_TASKS:
		return sample->job.tasks;
	case RUN_LOST:
		return sample->job.lost;
	}
	return sample->job.tally[value];
}

static double run_value(const struct run_sample *sample, int value)
{
	unsigned long long nr;

	if (value == RUN_ELAPSED)
		return sample->elapsed;
	if (value == RUN_MEASURED)
		return sample->measured;
	nr = run_count(sample, value);
	return nr == PCSTATS_UNWATCHED ? NAN : nr;
}

double run_mean(const struct run_samples *samples, int value)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < samples->nr; i++)
		sum += run_value(&samples->at[i], value);
	return sum / samples->nr;
}

double run_spread(const struct run_samples *samples, int value)
{
	double mean = run_mean(samples, value), squares = 0, off;
	size_t i;

	if (samples->nr < 2 || mean == 0)
		return 0 * mean;
	for (i = 0; i < samples->nr; i++) {
		off = run_value(&samples->at[i], value) - mean;
		squares += off * off;
	}
	return 100 * sqrt(squares / (samples->nr - 1) / samples->nr) / mean;
}

/* ---- all runs ---- */

static struct table *table_of_runs(const struct run_samples *samples)
{
	struct table *table = table_new(columns, NR_COLUMNS);
	size_t i;
	int v;

	for (i = 0; i < samples->nr; i++) {
		const struct run_sample *sample = &samples->at[i];
		struct row *row = table_add(table, NULL);

		row_unsigned(row, COLUMN_RUN, i + 1);
		if (sample->wait_status >= 0)
			row_unsigned(row, COLUMN_STATUS,
				     run_exit_status(sample->wait_status));
		for (v = 0; v < RUN_NR_COUNTS; v++)
			row_unsigned(row, COLUMN_FIRST_VALUE + v,
				     run_count(sample, v));
		for (; v < RUN_NR_VALUES; v++)
			row_real(row, COLUMN_FIRST_VALUE + v,
				 run_value(sample, v), 6);
	}
	return table;
}

void run_print_csv(const struct run_samples *samples, FILE *to, bool append)
{
	struct table *table = table_of_runs(samples);

	if (append && ftello(to) > 0)
		table_print_csv_rows(table, to);
	else
		table_print_csv(table, to);
	table_free(table);
}

/* ---- JSON ---- */

static const struct column most_columns[] = {
	{ "pid", "of the process" },
#define MOST_TALLY(tally, sources, text) { #tally, text },
	PCSTATS_COW_COUNTERS(MOST_TALLY)
	PCSTATS_WHERE_COUNTERS(MOST_TALLY)
	{ "name", "the file of which most pages were copied", .text = true },
	{ "comm", "name of the program", .text = true },
};

static const int most_tallies[] = {
#define MOST_NUMBER(tally, sources, text) PCSTATS_##tally,
	PCSTATS_COW_COUNTERS(MOST_NUMBER)
	PCSTATS_WHERE_COUNTERS(MOST_NUMBER)
};

#define NR_MOST_TALLIES	(sizeof(most_tallies) / sizeof(most_tallies[0]))

static json_t *most_json(const struct run_sample *sample)
{
	struct table *table = table_new(most_columns, NR_MOST_TALLIES + 3);
	char name[ESCAPED_SIZE];
	json_t *array;
	size_t i, t;

	for (i = 0; i < sample->nr_most; i++) {
		const struct pcstats_most *most = &sample->most[i];
		struct row *row = table_add(table, NULL);

		row_unsigned(row, 0, most->pid);
		for (t = 0; t < NR_MOST_TALLIES; t++)
			row_unsigned(row, 1 + t, most->tally[most_tallies[t]]);
		if (*most->name)
			row_string(row, t + 1, escape(most->name, name));
		row_string(row, t + 2, escape(most->comm, name));
	}
	array = table_json(table);
	table_free(table);
	return array;
}

/* An object of each value's @number, as in a row of the runs. */
static json_t *values_json(const struct run_samples *samples,
			   double (*number)(const struct run_samples *, int))
{
	struct table *table = table_new(columns + COLUMN_FIRST_VALUE, RUN_NR_VALUES);
	struct row *row = table_add(table, NULL);
	json_t *array, *object;
	int v;

	for (v = 0; v < RUN_NR_VALUES; v++)
		row_real(row, v, number(samples, v), 6);
	array = table_json(table);
	object = json_incref(json_array_get(array, 0));
	json_decref(array);
	table_free(table);
	return object;
}

char *run_command_line(char **argv)
{
	char part[PCSTATS_COMM_SIZE], escaped[ESCAPED_SIZE];
	const char *from;
	char *line, **arg;
	size_t len, size;
	FILE *to = open_memstream(&line, &size);

	if (!to)
		exit(fail("no memory"));
	for (arg = argv; *arg; arg++) {
		if (arg != argv)
			fputc(' ', to);
		/* In parts that escape() takes whole. */
		for (from = *arg; *from; from += len) {
			len = strnlen(from, sizeof(part) - 1);
			memcpy(part, from, len);
			part[len] = '\0';
			fputs(escape(part, escaped), to);
		}
	}
	if (fclose(to))
		exit(fail("no memory"));
	return line;
}

static json_t *target_json(const struct run_target *target)
{
	json_t *object = json_object(), *array = json_array();
	char *one[] = { NULL, NULL }, **arg, *escaped;
	size_t i;

	for (arg = target->argv; arg && *arg; arg++) {
		one[0] = *arg;
		escaped = run_command_line(one);
		json_array_append_new(array, json_string(escaped));
		free(escaped);
	}
	json_object_set_new(object, "argv", array);
	array = json_array();
	for (i = 0; i < target->nr_pids; i++)
		json_array_append_new(array, json_integer(target->pids[i]));
	json_object_set_new(object, "pids", array);
	return object;
}

void run_print_json(const struct run_target *target,
		    const struct run_samples *samples, FILE *to)
{
	json_t *document = document_new("run"), *runs;
	struct table *table = table_of_runs(samples);
	size_t i;

	json_object_set_new(document, "target", target_json(target));
	runs = table_json(table);
	for (i = 0; i < samples->nr; i++)
		json_object_set_new(json_array_get(runs, i), "most",
				    most_json(&samples->at[i]));
	json_object_set_new(document, "runs", runs);
	if (samples->nr > 1) {
		json_object_set_new(document, "mean",
				    values_json(samples, run_mean));
		json_object_set_new(document, "spread",
				    values_json(samples, run_spread));
	}
	table_free(table);
	document_print(document, to, false);
}
