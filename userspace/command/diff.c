// SPDX-License-Identifier: GPL-2.0-only
/* pcstats diff: what each task did between two saved snapshots. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "source.h"
#include "tasks.h"

struct options {
	const char *files[2];
	unsigned int nr_files;
	struct task_view view;
	struct filter filter;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->view;
		state->child_inputs[1] = &options->filter;
		return 0;
	case ARGP_KEY_ARG:
		if (options->nr_files == 2)
			argp_error(state, "more than two files");
		options->files[options->nr_files++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->nr_files != 2)
			argp_error(state, "two files are needed");
		if (!strcmp(options->files[0], "-") &&
		    !strcmp(options->files[1], "-"))
			argp_error(state, "stdin can be one of them only");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {
	{ &view_argp }, { &filter_argp }, { }
};

static const struct argp argp = {
	NULL, parse, "BEFORE AFTER",
	"What each task did between two saved copies of /proc/pcstats; - is stdin.\v"
	"A row is a task that did something, or that is gone: it was there and left no "
	"row, so that it is not known what it did in the end. The last row, without "
	"options that choose tasks, is that of the system's totals, where nothing is "
	"missing. Negative numbers come from a reset in between.\n"
	"\nThe exit status is 3 if there is no task that the options ask for.\n"
	"\nExamples:\n"
	"  cat /proc/pcstats >before; make; cat /proc/pcstats | pcstats diff before -\n"
	"  pcstats diff -P --sort -bytes before after\n"
	"  pcstats diff -o +fork_pages,why --csv before after\n",
	children, .help_filter = tasks_help,
};

static void print(struct table *table, const struct options *options,
		  const struct pcstats_diff *diff)
{
	enum format format = options->view.format;
	json_t *document = document_new("diff");

	if (format == FORMAT_TEXT && !filter_is_set(&options->filter))
		tasks_add_total(table, &options->view, diff->total);
	json_object_set_new(document, "totals", tallies_json(diff->total, 0));
	document_print_table(document, "tasks", table, format);
}

static int print_diff(const struct options *options, struct pcstats_diff *diff)
{
	struct column columns[NR_TASK_COLUMNS];
	size_t nr, matched;
	struct table *table;
	int status;

	nr = matched = changes_filter(diff->tasks, diff->nr_tasks,
				      &options->filter);
	if (options->view.processes)
		nr = changes_by_process(diff->tasks, nr);
	nr = changes_active(diff->tasks, nr);
	tasks_columns(columns);
	columns[TASK_LIFE].hidden = false;
	columns[TASK_LIFE].spare = 11;
	table = tasks_table(&options->view, columns);
	if (!table)
		return STATUS_USAGE;
	tasks_add(table, &options->view, diff->tasks, nr);
	status = table_sort(table, options->view.sort);
	if (!status) {
		print(table, options, diff);
		if (!matched && filter_is_set(&options->filter))
			status = STATUS_NONE;
	}
	table_free(table);
	return status;
}

static int diff_snapshots(const struct options *options,
			  const struct pcstats_snapshot *before,
			  const struct pcstats_snapshot *after)
{
	struct pcstats_diff diff;
	int status;

	warn_incomplete(after);
	if (pcstats_diff(&diff, before, after))
		return fail("no memory");
	status = print_diff(options, &diff);
	pcstats_diff_free(&diff);
	return status;
}

static int diff_main(int argc, char **argv)
{
	struct options options = { .view.compared = true };
	struct pcstats_snapshot before, after;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	status = read_snapshot(&before, options.files[0]);
	if (!status) {
		status = read_snapshot(&after, options.files[1]);
		if (!status) {
			status = diff_snapshots(&options, &before, &after);
			pcstats_free(&after);
		}
		pcstats_free(&before);
	}
	filter_free(&options.filter);
	return status;
}

const struct subcommand subcommand_diff = {
	"diff", "what each task did between two saved snapshots", diff_main,
};
