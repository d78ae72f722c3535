// SPDX-License-Identifier: GPL-2.0-only
/* pcstats report: what a recording tells. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "report.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		return 0;
	case 'f':
		options->path = arg;
		return 0;
	case 'o':
		options->tallies = arg;
		return 0;
	case 's':
		options->sort = arg;
		return 0;
	case 'c':
		options->counts = true;
		return 0;
	case 'i':
		options->only_intervals = true;
		return 0;
	case 't':
		options->only_tasks = true;
		return 0;
	case 'p':
		if (!parse_pid(arg, &options->pid))
			argp_error(state, "\"%s\" is no pid", arg);
		return 0;
	case 'a':
		if (!parse_number(arg, ULLONG_MAX, &options->at) || !options->at)
			argp_error(state, "\"%s\": not the number of a snapshot", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one FILE only");
		options->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->only_intervals && options->only_tasks)
			argp_error(state, "--intervals and --tasks exclude each other");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{ "file", 'f', "FILE", 0, "The recording; - is stdin (default " SERIES_PATH ")" },
	{ "pid", 'p', "PID", 0, "Of this task alone" },
	{ "output", 'o', "LIST", 0,
	  "Show these tallies; +LIST: these too" },
	{ "sort", 's', "LIST", 0,
	  "Sort the tasks; -COLUMN: largest first (by bytes, if not given)" },
	{ "counts", 'c', NULL, 0, "What was done in an interval, not the rate per second" },
	{ "intervals", 'i', NULL, 0, "The intervals only" },
	{ "tasks", 't', NULL, 0, "The tasks only" },
	{ "at", 'a', "N", 0, "Print the text of snapshot N, the first being 1" },
	{ }
};

static char *help_filter(int key, const char *text, void *input)
{
	char *tallies, *help;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	tallies = report_columns_help();
	help = xasprintf("Tallies:\n%s\n%s", tallies, text);
	free(tallies);
	return help;
}

static const struct argp_child children[] = { { &format_argp }, { } };

static const struct argp argp = {
	argp_options, parse, "[FILE]",
	"What a recording tells (pcstats record): how much of what was done per second, in each interval; and what each task did in all of it."
	"\v"
	"The sum of a task is exact: a task that was born and ended between two snapshots is in it if its row was kept "
	"(see the module's parameter history). What no row tells of is in the line `unseen`, from the totals of the "
	"system; it may be off by what happened during the first and the last read.\n\n"
	"CSV has the intervals, with --tasks the tasks.\n\n"
	"Examples:\n"
	"  pcstats report -c -o forks,fork_ns,copied night.data\n"
	"  pcstats report --tasks --csv >tasks.csv\n"
	"  pcstats report --at 3 | pcstats show -f -",
	children, help_filter,
};

/* ---- output ---- */

static void print_heading(const struct recording *r)
{
	time_t began = r->began_ns / 1000000000;
	char date[32] = "-";
	struct tm tm;

	if (localtime_r(&began, &tm))
		strftime(date, sizeof(date), "%F %T", &tm);
	printf("%lu snapshots in %.3f s\nsince %s%s\n", r->nr,
	       report_seconds(r->first_ns, r->last_ns), date,
	       r->complete ? "" : "; not complete");
}

static void print_text(const struct recording *r, const struct table *sums,
		       const struct table *tasks)
{
	print_heading(r);
	if (!r->options->only_tasks) {
		putchar('\n');
		table_print_text(r->intervals, stdout);
	}
	if (r->options->only_intervals)
		return;
	if (!r->options->pid) {
		putchar('\n');
		table_print_text(sums, stdout);
	}
	putchar('\n');
	table_print_text(tasks, stdout);
}

static void print_json(const struct recording *r, const struct table *sums,
		       const struct table *tasks)
{
	json_t *document = document_new("report");
	json_t *recording;

	recording = json_pack("{s:I,s:f,s:f,s:b,s:b}",
			      "snapshots", (json_int_t)r->nr,
			      "began", r->began_ns / 1000000 / 1e3,
			      "seconds", report_seconds(r->first_ns, r->last_ns),
			      "complete", (int)r->complete,
			      "rates", (int)!r->options->counts);
	json_object_set_new(document, "recording", recording);
	if (!r->options->only_tasks)
		json_object_set_new(document, "intervals", table_json(r->intervals));
	if (!r->options->only_intervals && !r->options->pid)
		json_object_set_new(document, "sums", table_json(sums));
	if (!r->options->only_intervals)
		json_object_set_new(document, "tasks", table_json(tasks));
	document_print(document, stdout, false);
}

static int print(const struct recording *r)
{
	struct table *sums = report_sums(r), *tasks = report_tasks(r);

	if (sums && tasks) {
		switch (r->options->format) {
		case FORMAT_TEXT:
			print_text(r, sums, tasks);
			break;
		case FORMAT_JSON:
			print_json(r, sums, tasks);
			break;
		case FORMAT_CSV:
			table_print_csv(r->options->only_tasks ? tasks :
					r->intervals, stdout);
			break;
		}
	}
	table_free(sums);
	table_free(tasks);
	return sums && tasks ? STATUS_OK : STATUS_USAGE;
}

static int report_opened(struct recording *r)
{
	int status, failed;

	if (r->options->at)
		return report_print_at(r);
	r->intervals = report_intervals(r->options);
	if (!r->intervals)
		return STATUS_USAGE;
	failed = report_read(r);
	if (!r->nr)
		return failed ?: fail("%s: no snapshot in it", r->path);
	if (r->options->pid && !r->pid_seen) {
		fail("%s: no task %llu in it", r->path, r->options->pid);
		return failed ?: STATUS_NONE;
	}
	status = print(r);
	return status ?: failed;
}

static int open_recording(struct recording *r)
{
	bool is_stdin = !strcmp(r->options->path, "-");

	r->path = is_stdin ? "stdin" : r->options->path;
	r->file = is_stdin ? stdin : fopen(r->options->path, "re");
	if (!r->file)
		return fail("%s: %s", r->path, strerror(errno));
	switch (series_open(r->file)) {
	case SERIES_FRAME:
		return STATUS_OK;
	case SERIES_VERSION_NEWER:
		return fail("%s: a newer pcstats command is needed", r->path);
	case SERIES_FAILED:
		return fail("%s: %s", r->path, strerror(errno));
	default:
		return fail("%s: not a recording of pcstats record", r->path);
	}
}

static int report(int argc, char **argv)
{
	struct report_options options = { .path = SERIES_PATH };
	struct recording r = { .options = &options };
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	status = open_recording(&r) ?: report_opened(&r);
	if (r.file)
		fclose(r.file);
	table_free(r.intervals);
	sums_free(&r.sums);
	series_free(&r.frame);
	return status;
}

const struct subcommand subcommand_report = {
	"report", "what a recording tells", report,
};
