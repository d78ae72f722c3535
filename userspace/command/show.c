// SPDX-License-Identifier: GPL-2.0-only
/* pcstats show: the tasks and what they did, as a table. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "show.h"
#include "source.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct show *show = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &show->view;
		state->child_inputs[1] = &show->filter;
		state->child_inputs[2] = &show->filter;
		state->child_inputs[3] = &show->file;
		return 0;
	case 't':
		if (!show_knows_table(arg))
			argp_error(state, "-t: there is no table \"%s\"", arg);
		show->table = strcmp(arg, "task") ? arg : NULL;
		return 0;
	case 'i':
		if (!parse_seconds(arg, &show->interval))
			argp_error(state, "-i: \"%s\" is not 0.1 to 86400 seconds", arg);
		return 0;
	case 'n':
		if (!parse_number(arg, ULLONG_MAX, &show->count) || !show->count)
			argp_error(state, "-n: \"%s\" is not a number of intervals", arg);
		return 0;
	case 'd':
		show->counts = true;
		return 0;
	case ARGP_KEY_END:
		if ((show->count || show->counts) && !show->interval)
			argp_error(state, "-n and -d need --interval");
		if (show->interval && (show->file || show->table))
			argp_error(state, "--interval is for the tasks of /proc/pcstats itself");
		if (show->view.processes && show->table)
			argp_error(state, "-P is for the table of tasks");
		if (show->file && filter_needs_live(&show->filter))
			argp_error(state, "-u and --cgroup need live tasks, not a saved copy");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options[] = {
	{ "table", 't', "NAME", 0,
	  "Show another table than that of the tasks: mm, map, fork, hook, total" },
	{ "interval", 'i', "SECONDS", 0,
	  "What tasks do, per second, every SECONDS" },
	{ "count", 'n', "COUNT", 0, "End after so many intervals" },
	{ "delta", 'd', NULL, 0, "With --interval: counts instead of rates" },
	{ }
};

static const struct argp_child children[] = {
	{ &view_argp }, { &filter_argp }, { &filter_live_argp }, { &file_argp }, { }
};

static const struct argp argp = {
	options, parse, NULL,
	"The tasks and what they did since the module was loaded.\v"
	"Tables for -t; each has columns of its own, for -o and --sort:\n"
	SHOW_TABLES
	"\nWith --interval a row is a task that did something. What tasks did that have "
	"ended and left no row is in the totals alone, which then are the last row.\n"
	"\nThe exit status is 3 if there is no task that the options ask for.\n"
	"\nExamples:\n"
	"  pcstats show --sort -copied\n"
	"  pcstats show -p 412 -o +why,where\n"
	"  pcstats show -P -u postgres -o pid,fork_ns,bytes,comm\n"
	"  pcstats show -c 'cc1*' --exited --csv\n"
	"  pcstats show -i 1 -n 10 --sort -forks\n"
	"  pcstats show -t map -p 412\n",
	children, .help_filter = tasks_help,
};

static void print_tasks(struct table *table, const struct show *show,
			const struct pcstats_snapshot *snap)
{
	json_t *document = document_new("show");

	json_object_set_new(document, "totals", totals_json(&snap->total));
	document_print_table(document, "tasks", table, show->view.format);
}

static int show_tasks(const struct show *show,
		      const struct pcstats_snapshot *snap)
{
	struct pcstats_change *changes = changes_so_far(snap);
	struct column columns[NR_TASK_COLUMNS];
	struct table *table;
	int status;
	size_t nr;

	nr = changes_filter(changes, snap->nr_tasks, &show->filter);
	if (show->view.processes)
		nr = changes_by_process(changes, nr);
	tasks_columns(columns);
	table = tasks_table(&show->view, columns);
	status = STATUS_USAGE;
	if (table) {
		tasks_add(table, &show->view, changes, nr);
		status = table_sort(table, show->view.sort);
	}
	if (!status) {
		print_tasks(table, show, snap);
		if (!nr && filter_is_set(&show->filter))
			status = STATUS_NONE;
	}
	table_free(table);
	free(changes);
	return status;
}

static int show_snapshot(struct show *show)
{
	struct pcstats_snapshot snap;
	int status = read_snapshot(&snap, show->file);

	if (status)
		return status;
	show->view.live = !show->file;
	warn_incomplete(&snap);
	status = show->table ? show_table(show, &snap) : show_tasks(show, &snap);
	pcstats_free(&snap);
	return status;
}

static int show_main(int argc, char **argv)
{
	struct show show = { };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &show);
	status = show.interval ? show_intervals(&show) : show_snapshot(&show);
	filter_free(&show.filter);
	return status;
}

const struct subcommand subcommand_show = {
	"show", "the tasks and what they did, as a table", show_main,
};
