// SPDX-License-Identifier: GPL-2.0-only
/* pcstats top: the options. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "document.h"
#include "top.h"

enum {
	KEY_COLUMNS = 0x200,
};

struct options {
	struct top top;
	enum format format;
	bool batch;
	unsigned long long times;
};

static void set_sort(struct top_settings *set, const char *name,
		     struct argp_state *state)
{
	char sign = *name == '+' || *name == '-' ? *name++ : 0;

	set->sort = top_find_column(name);
	if (set->sort == TOP_NR_COLUMNS)
		argp_error(state, "-o: no column \"%s\"; --help lists them", name);
	set->shown[set->sort] = true;
	/* As in top: + is high to low. */
	set->reverse = sign && top_ascends(set->sort) == (sign == '+');
}

static void set_columns(struct top_settings *set, const char *list,
			struct argp_state *state)
{
	char *copy, *rest, *name;

	if (*list == '+')
		list++;
	else
		memset(set->shown, 0, sizeof(set->shown));
	copy = xstrdup(list);
	rest = copy;
	while ((name = strsep(&rest, ","))) {
		size_t column = top_find_column(name);

		if (column == TOP_NR_COLUMNS)
			argp_error(state, "--columns: no column \"%s\"; --help lists them",
				   name);
		set->shown[column] = true;
	}
	free(copy);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	struct top_settings *set = &options->top.set;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &set->filter;
		state->child_inputs[1] = &set->filter;
		state->child_inputs[2] = &options->format;
		state->child_inputs[3] = &set->file;
		return 0;
	case 'b':
		options->batch = true;
		return 0;
	case 'd':
		if (!parse_seconds(arg, &set->delay))
			argp_error(state, "-d: \"%s\" is not 0.1 to 86400 seconds", arg);
		return 0;
	case 'n':
		if (!parse_number(arg, ULLONG_MAX, &options->times) || !options->times)
			argp_error(state, "-n: \"%s\" is not a number from 1", arg);
		return 0;
	case 'o':
		set_sort(set, arg, state);
		return 0;
	case KEY_COLUMNS:
		set_columns(set, arg, state);
		return 0;
	case 'H':
		set->threads = true;
		return 0;
	case 'i':
		set->idle = true;
		return 0;
	case 'S':
		set->cumulative = true;
		return 0;
	case ARGP_KEY_END:
		if (options->format == FORMAT_JSON && !options->batch)
			argp_error(state, "--json needs --batch");
		if (set->file && !strcmp(set->file, "-"))
			argp_error(state, "--file: stdin cannot be read again and again");
		if (set->file && filter_needs_live(&set->filter))
			argp_error(state, "--user and --cgroup are not about saved texts");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{ "batch", 'b', NULL, 0, "Print plain text, one interval after the other" },
	{ "delay", 'd', "SECONDS", 0, "Length of an interval (default: 3)" },
	{ "iterations", 'n', "N", 0, "End after so many intervals" },
	{ "sort", 'o', "COLUMN", 0, "Sort by this; +COLUMN: high to low, -COLUMN: low to high" },
	{ "columns", KEY_COLUMNS, "LIST", 0, "Show these columns; +LIST: these too" },
	{ "threads", 'H', NULL, 0, "A row for each thread, not for each process" },
	{ "idle", 'i', NULL, 0, "Those too that did nothing" },
	{ "cumulative", 'S', NULL, 0, "Counts since the module was loaded, not rates" },
	{ }
};

static const struct argp_child children[] = {
	{ &filter_argp }, { &filter_live_argp }, { &without_csv_argp },
	{ &file_argp }, { }
};

static char *help(int key, const char *text, void *input)
{
	char *columns, *all;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	columns = columns_help(top_columns, TOP_NR_COLUMNS);
	all = xasprintf("Columns, tallies per second:\n%s\n%s", columns, text);
	free(columns);
	return all;
}

static const struct argp argp = {
	argp_options, parse, NULL,
	"What tasks do, live, by rate; the key h says what other keys do.  With --file the file is read anew for each interval.\v"
	"Exited tasks are in the interval in which they did something, as long as the module keeps their rows.\n\n"
	"Examples:\n"
	"  pcstats top                          who copies most\n"
	"  pcstats top -o forks -d 1            who forks most, each second\n"
	"  pcstats top -H -p 412                the threads of 412\n"
	"  pcstats top -b -n 5 -u www-data      five intervals as text\n"
	"  pcstats top -b -n 1 -d 10 --json     one of ten seconds as JSON",
	children, help,
};

static int main_top(int argc, char **argv)
{
	struct options options = { };
	int status;

	top_init(&options.top);
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.batch)
		status = top_batch(&options.top, options.format == FORMAT_JSON,
				   options.times);
	else
		status = top_screen(&options.top, options.times);
	top_free(&options.top);
	return status;
}

const struct subcommand subcommand_top = {
	"top", "what tasks do, live, by rate", main_top,
};
