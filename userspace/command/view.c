// SPDX-License-Identifier: GPL-2.0-only
/* What show and diff have in common: how the table of tasks is to look. */
#include <math.h>
#include <stdlib.h>

#include "command.h"
#include "tasks.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct task_view *view = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &view->format;
		return 0;
	case 'o':
		view->columns = arg;
		return 0;
	case 'O':
		view->all_columns = true;
		return 0;
	case 's':
		view->sort = arg;
		return 0;
	case 'P':
		view->processes = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "output", 'o', "LIST", 0,
	  "Show these columns, or groups of columns; +LIST: these too", 10 },
	{ "output-all", 'O', NULL, 0, "Show all columns", 10 },
	{ "sort", 's', "LIST", 0,
	  "Sort by these columns; -COLUMN: largest first", 10 },
	{ "processes", 'P', NULL, 0,
	  "A row for each process: the sum of its threads, those included that have exited and whose rows are kept",
	  10 },
	{ }
};

static const struct argp_child children[] = { { &format_argp }, { } };

const struct argp view_argp = { options, parse, .children = children };

struct table *tasks_table(const struct task_view *view,
			  const struct column columns[NR_TASK_COLUMNS])
{
	struct table *table = table_new(columns, NR_TASK_COLUMNS);

	if (view->all_columns)
		table_select_all(table);
	if (!table_select(table, view->columns))
		return table;
	table_free(table);
	return NULL;
}

json_t *tallies_json(const long long tally[PCSTATS_NR_TALLIES], double seconds)
{
	json_t *object = json_object(), *value;
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++) {
		if (tally[t] == PCSTATS_DELTA_UNWATCHED)
			value = json_null();
		else if (seconds)
			value = json_real(round(tally[t] / seconds * 10) / 10);
		else
			value = json_integer(tally[t]);
		if (json_object_set_new(object, pcstats_tally_names[t], value))
			exit(fail("no memory"));
	}
	return object;
}

static json_t *count_json(unsigned long long value)
{
	return value == PCSTATS_UNWATCHED ? json_null() : json_integer(value);
}

json_t *totals_json(const struct pcstats_total *total)
{
	long long tally[PCSTATS_NR_TALLIES];
	json_t *object;
	size_t t;

	if (!total->present)
		return json_null();
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		tally[t] = pcstats_delta(0, total->tally[t]);
	object = tallies_json(tally, 0);
	json_object_set_new(object, "tasks", count_json(total->tasks));
	json_object_set_new(object, "exited", count_json(total->exited));
	json_object_set_new(object, "lost", count_json(total->lost));
	return object;
}

void warn_incomplete(const struct pcstats_snapshot *snap)
{
	const struct pcstats_hook *hook;
	unsigned long long missed = 0;

	for (hook = snap->hooks; hook < snap->hooks + snap->nr_hooks; hook++) {
		if (!hook->on)
			fail("%s is off%s%s: what needs it is not watched (\"-\")",
			     hook->name, *hook->reason ? ": " : "", hook->reason);
		if (hook->missed != PCSTATS_UNWATCHED)
			missed += hook->missed;
	}
	if (missed)
		fail("%llu events are in no tally: there was no memory, or the task was exiting",
		     missed);
}

char *tasks_help(int key, const char *text, void *input)
{
	struct column columns[NR_TASK_COLUMNS];
	char *help, *both;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	tasks_columns(columns);
	help = columns_help(columns, NR_TASK_COLUMNS);
	both = xasprintf("Columns, and groups of them:\n%s\n%s", help, text);
	free(help);
	return both;
}
