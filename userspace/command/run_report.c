// SPDX-License-Identifier: GPL-2.0-only
/* pcstats run: what was counted, for people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "run_private.h"
#include "source.h"
#include "table.h"

struct report {
	const struct run_target *target;
	const struct run_samples *samples;
	FILE *to;
	int width;
};

static double mean(const struct report *report, int value)
{
	return run_mean(report->samples, value);
}

/* ---- lines ---- */

static char *number_text(double number)
{
	if (isnan(number))
		return xstrdup("-");
	if (number == floor(number) || number >= 1000)
		return xasprintf("%.0f", number);
	return xasprintf("%.2f", number);
}

#define COMMENT_AT	34
#define SPREAD_AT	66

/*
 * @text at column @at, or before it if it does not fit otherwise, or in a line
 * of its own.  Returns the column behind it.
 */
static int put(const struct report *report, int column, int at, const char *text)
{
	int len = strlen(text);

	if (at > report->width - len)
		at = report->width - len;
	if (at <= column) {
		fputs("\n  ", report->to);
		at = column = 2;
	}
	fprintf(report->to, "%*s%s", at - column, "", text);
	return at + len;
}

/* As perf stat: the number, its name, # what it amounts to, ( +- spread ). */
static void print_line(const struct report *report, const char *number,
		       const char *name, const char *comment, double spread)
{
	int column = fprintf(report->to, "%16s  %s", number, name);
	char *text;

	if (comment) {
		text = xasprintf("# %s", comment);
		column = put(report, column, COMMENT_AT, text);
		free(text);
	}
	if (report->samples->nr > 1 && !isnan(spread)) {
		text = xasprintf("( +-%6.2f%% )", spread);
		put(report, column, SPREAD_AT, text);
		free(text);
	}
	fputc('\n', report->to);
}

static void print_value(const struct report *report, int value)
{
	char *number = number_text(mean(report, value));
	char *comment = run_comment(report->samples, value);

	print_line(report, number, run_value_name(value), comment,
		   run_spread(report->samples, value));
	free(comment);
	free(number);
}

static const int first_values[] = {
	PCSTATS_forks, PCSTATS_vforks, PCSTATS_threads, PCSTATS_clones,
	PCSTATS_execs, RUN_PROCESSES, RUN_PEAK, PCSTATS_fork_ns, -1,
	PCSTATS_fork_pages, PCSTATS_copied, PCSTATS_reused, PCSTATS_zeroed,
	PCSTATS_file, PCSTATS_bytes,
};

#define NR_FIRST	(sizeof(first_values) / sizeof(first_values[0]))

static bool is_first(int value)
{
	size_t i;

	for (i = 0; i < NR_FIRST; i++)
		if (first_values[i] == value)
			return true;
	return false;
}

static void print_values(const struct report *report)
{
	size_t i;
	int v;

	for (i = 0; i < NR_FIRST; i++)
		if (first_values[i] < 0)
			fputc('\n', report->to);
		else
			print_value(report, first_values[i]);
	/* Not 0, or not watched. */
	for (v = 0; v < PCSTATS_NR_TALLIES; v++)
		if (!is_first(v) && mean(report, v) != 0)
			print_value(report, v);
	if (mean(report, RUN_LOST) != 0)
		print_value(report, RUN_LOST);
}

static void print_elapsed(const struct report *report)
{
	double elapsed = mean(report, RUN_ELAPSED);
	double more = mean(report, RUN_MEASURED) - elapsed;
	char *number, *comment = NULL;

	if (isnan(elapsed))
		return;
	number = xasprintf("%.6f", elapsed);
	if (more >= 0.01)
		comment = xasprintf("and %.3f for descendants", more);
	fputc('\n', report->to);
	print_line(report, number, "seconds elapsed", comment,
		   run_spread(report->samples, RUN_ELAPSED));
	free(comment);
	free(number);
}

/* ---- which process copied most, and where ---- */

static const struct column columns[] = {
	{ "pid", "" },
	{ "copied", "" },
	{ "file", "" },
	{ "bytes", "" },
	{ "where", "", .text = true, .spare = 2 },
	{ "name", "", .text = true, .spare = 1 },
	{ "comm", "", .text = true, .trunc = true },
};

/* The region with most of the copies, and its share: "heap 67%". */
static char *where_text(const struct pcstats_most *most)
{
	int t, top = PCSTATS_in_heap;
	double sum = 0;

	for (t = PCSTATS_in_heap; t <= PCSTATS_in_file; t++) {
		if (most->tally[t] == PCSTATS_UNWATCHED)
			return NULL;
		sum += most->tally[t];
		if (most->tally[t] > most->tally[top])
			top = t;
	}
	return sum ? xasprintf("%s %.0f%%", pcstats_tally_names[top] + 3,
			       100 * most->tally[top] / sum) : NULL;
}

static void add_most(struct table *table, const struct pcstats_most *most)
{
	char *where = where_text(most), escaped[ESCAPED_SIZE];
	struct row *row = table_add(table, NULL);

	row_unsigned(row, 0, most->pid);
	row_unsigned(row, 1, most->tally[PCSTATS_copied]);
	row_unsigned(row, 2, most->tally[PCSTATS_file]);
	row_unsigned(row, 3, most->tally[PCSTATS_bytes]);
	row_string(row, 4, where);
	if (*most->name)
		row_string(row, 5, escape(most->name, escaped));
	row_string(row, 6, escape(most->comm, escaped));
	free(where);
}

static void print_most(const struct report *report)
{
	const struct run_sample *last =
		&report->samples->at[report->samples->nr - 1];
	struct table *table = table_new(columns, sizeof(columns) / sizeof(columns[0]));
	size_t i;

	for (i = 0; i < last->nr_most; i++)
		if (last->most[i].tally[PCSTATS_bytes])
			add_most(table, &last->most[i]);
	if (table_rows(table)) {
		fprintf(report->to, "\n Processes that copied most%s:\n\n",
			report->samples->nr > 1 ? " (last run)" : "");
		table_print_text(table, report->to);
	}
	table_free(table);
}

/* ---- the whole ---- */

static char *subject(const struct run_target *target)
{
	char *line, *more;
	size_t i;

	if (target->nr_files)
		return xstrdup("A saved job");
	if (!target->nr_pids) {
		line = run_command_line(target->argv);
		more = xasprintf("'%s' and its descendants", line);
		free(line);
		return more;
	}
	line = xasprintf("%s ", target->nr_pids > 1 ? "Processes" : "Process");
	for (i = 0; i < target->nr_pids; i++) {
		more = xasprintf("%s%s%d", line, i ? ", " : "", target->pids[i]);
		free(line);
		line = more;
	}
	more = xasprintf("%s and descendants", line);
	free(line);
	return more;
}

static void print_title(const struct report *report)
{
	char *what = subject(report->target);

	if (report->samples->nr > 1)
		fprintf(report->to, "\n %s (%zu runs):\n\n", what,
			report->samples->nr);
	else
		fprintf(report->to, "\n %s:\n\n", what);
	free(what);
}

static void print_end(const struct report *report, size_t run)
{
	const struct run_sample *sample = &report->samples->at[run];
	unsigned long long left = sample->job.tasks;
	int status = sample->wait_status;
	char *which = report->samples->nr > 1 ?
		xasprintf("Run %zu", run + 1) : xstrdup("The command");

	if (status > 0 && WIFSIGNALED(status))
		fprintf(report->to, "\n %s was ended by signal %d (%s).\n",
			which, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (status > 0)
		fprintf(report->to, "\n %s exited with status %d.\n", which,
			WEXITSTATUS(status));
	if (left && left != PCSTATS_UNWATCHED)
		fprintf(report->to, "\n %llu task%s still running.\n", left,
			left > 1 ? "s" : "");
	free(which);
}

static int terminal_width(FILE *to)
{
	struct winsize size;

	if (ioctl(fileno(to), TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col;
}

void run_print_report(const struct run_target *target,
		      const struct run_samples *samples, FILE *to)
{
	struct report report = { target, samples, to, terminal_width(to) };
	size_t i;

	print_title(&report);
	print_values(&report);
	print_elapsed(&report);
	print_most(&report);
	for (i = 0; i < samples->nr; i++)
		print_end(&report, i);
	fputc('\n', to);
}
