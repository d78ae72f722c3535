// SPDX-License-Identifier: GPL-2.0-only
/* pcstats show: the tasks and what they did, as a table. */
#include <stdlib.h>

#include "command.h"
#include "document.h"
#include "source.h"
#include "table.h"

enum {
	COLUMN_PID,
	COLUMN_TGID,
	COLUMN_PPID,
	COLUMN_STATE,
	COLUMN_MM,
	COLUMN_FIRST_TALLY,
	COLUMN_COMM = COLUMN_FIRST_TALLY + PCSTATS_NR_TALLIES,
	NR_COLUMNS
};

#define TALLY(tally, sources, text) \
	[COLUMN_FIRST_TALLY + PCSTATS_##tally] = { #tally, text },

static const struct column columns[NR_COLUMNS] = {
	[COLUMN_PID] = { "pid", "the task's id" },
	[COLUMN_TGID] = { "tgid", "that of its process" },
	[COLUMN_PPID] = { "ppid", "that of the parent process" },
	[COLUMN_STATE] = { "state", "as in ps(1); X and the wait status if exited", .text = true },
	[COLUMN_MM] = { "mm", "its address space" },
	PCSTATS_COUNTERS(TALLY)
	[COLUMN_COMM] = { "comm", "name of the program or thread", .text = true, .trunc = true },
};

struct options {
	const char *file;
	enum format format;
	const char *columns, *sort;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		state->child_inputs[1] = &options->file;
		return 0;
	case 'o':
		options->columns = arg;
		return 0;
	case 's':
		options->sort = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{ "output", 'o', "LIST", 0, "Show these columns; +LIST: these too" },
	{ "sort", 's', "LIST", 0, "Sort by these columns; -COLUMN: largest first" },
	{ }
};

static const struct argp_child children[] = {
	{ &format_argp }, { &file_argp }, { }
};

static const struct argp argp = {
	argp_options, parse, NULL, "The tasks and what they did.", children,
};

static void add_task(struct table *table, const struct pcstats_task *task)
{
	struct row *row = table_add(table, NULL);
	char comm[ESCAPED_SIZE], state[STATE_SIZE];
	size_t i;

	row_unsigned(row, COLUMN_PID, task->pid);
	row_unsigned(row, COLUMN_TGID, task->tgid);
	row_unsigned(row, COLUMN_PPID, task->ppid);
	row_string(row, COLUMN_STATE, state_text(&task->state, state));
	row_unsigned(row, COLUMN_MM, task->mm);
	for (i = 0; i < PCSTATS_NR_TALLIES; i++)
		row_unsigned(row, COLUMN_FIRST_TALLY + i, task->tally[i]);
	row_string(row, COLUMN_COMM, escape(task->comm, comm));
}

static void print(const struct table *table, enum format format)
{
	json_t *document;

	switch (format) {
	case FORMAT_TEXT:
		table_print_text(table, stdout);
		break;
	case FORMAT_CSV:
		table_print_csv(table, stdout);
		break;
	case FORMAT_JSON:
		document = document_new("show");
		json_object_set_new(document, "tasks", table_json(table));
		document_print(document, stdout, false);
		break;
	}
}

static int show(int argc, char **argv)
{
	struct options options = { };
	struct pcstats_snapshot snap;
	struct table *table;
	int status;
	size_t i;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	table = table_new(columns, NR_COLUMNS);
	status = table_select(table, options.columns) ?: read_snapshot(&snap, options.file);
	if (!status) {
		for (i = 0; i < snap.nr_tasks; i++)
			add_task(table, &snap.tasks[i]);
		pcstats_free(&snap);
		status = table_sort(table, options.sort);
	}
	if (!status)
		print(table, options.format);
	table_free(table);
	return status;
}

const struct subcommand subcommand_show = {
	"show", "the tasks and what they did, as a table", show,
};
