// SPDX-License-Identifier: GPL-2.0-only
/* pcstats show --interval: what tasks do, one interval after the other. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "interval.h"
#include "show.h"
#include "source.h"

struct moment {
	struct pcstats_snapshot snap;
	double time;			/* since 1970 */
	unsigned long long ns;		/* CLOCK_MONOTONIC */
};

/* The moment is that of the beginning of the read, as good as any within it. */
static int take(struct moment *moment)
{
	moment->time = clock_ns(CLOCK_REALTIME) / 1e9;
	moment->ns = clock_ns(CLOCK_MONOTONIC);
	return read_snapshot(&moment->snap, NULL);
}

struct course {
	struct show *show;
	double seconds;		/* of the interval at hand */
	size_t unseen;		/* tasks without a row, in it */
	bool begun, matched;	/* something was printed; a task was asked for */
};

static size_t leave_out_gone(struct pcstats_diff *diff)
{
	size_t gone = 0, i;

	/* They are the last ones. */
	for (i = diff->nr_tasks; i-- > 0 && !diff->tasks[i].after;)
		gone++;
	diff->nr_tasks -= gone;
	return gone;
}

/*
 * Tasks that were made and are not new in a row.  Rows and totals are not of
 * one moment: about.
 */
static size_t unseen_births(const struct pcstats_diff *diff)
{
	static const enum pcstats_tally calls[] = {
		PCSTATS_forks, PCSTATS_vforks, PCSTATS_threads, PCSTATS_clones,
	};
	long long born = 0;
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (diff->total[calls[i]] == PCSTATS_DELTA_UNWATCHED)
			return 0;
		born += diff->total[calls[i]];
	}
	for (i = 0; i < diff->nr_tasks; i++)
		born -= !diff->tasks[i].before;
	return born > 0 ? born : 0;
}

static void print_text(struct table *table, const struct course *course)
{
	time_t seconds = course->show->view.time;
	struct tm tm;
	char clock[16];

	localtime_r(&seconds, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("%s%s, %s %.2f s\n", course->begun ? "\n" : "", clock,
	       course->show->counts ? "in" : "per second, over",
	       course->seconds);
	table_print_text(table, stdout);
	if (course->unseen)
		printf("about %zu tasks ended and left no row\n",
		       course->unseen);
}

static void print_json(struct table *table, const struct course *course,
		       const struct pcstats_diff *diff)
{
	json_t *document = document_new("show");

	json_object_set_new(document, "seconds", json_real(course->seconds));
	json_object_set_new(document, "rates", json_boolean(!course->show->counts));
	json_object_set_new(document, "unseen", json_integer(course->unseen));
	json_object_set_new(document, "totals",
			    tallies_json(diff->total, course->show->view.seconds));
	json_object_set_new(document, "tasks", table_json(table));
	document_print(document, stdout, true);
}

static void print(struct table *table, struct course *course,
		  const struct pcstats_diff *diff)
{
	struct show *show = course->show;

	switch (show->view.format) {
	case FORMAT_TEXT:
		if (!filter_is_set(&show->filter))
			tasks_add_total(table, &show->view, diff->total);
		print_text(table, course);
		break;
	case FORMAT_CSV:
		if (!course->begun)
			table_print_csv(table, stdout);
		else
			table_print_csv_rows(table, stdout);
		break;
	case FORMAT_JSON:
		print_json(table, course, diff);
		break;
	}
	course->begun = true;
	fflush(stdout);
}

static int print_diff(struct course *course, struct pcstats_diff *diff)
{
	struct show *show = course->show;
	struct column columns[NR_TASK_COLUMNS];
	struct table *table;
	int status;
	size_t nr;

	course->unseen = leave_out_gone(diff);
	course->unseen += unseen_births(diff);
	nr = changes_filter(diff->tasks, diff->nr_tasks, &show->filter);
	course->matched |= nr;
	if (show->view.processes)
		nr = changes_by_process(diff->tasks, nr);
	nr = changes_active(diff->tasks, nr);
	tasks_columns(columns);
	/* Elsewhere the time is said once for all rows. */
	columns[TASK_TIME].hidden = show->view.format != FORMAT_CSV;
	table = tasks_table(&show->view, columns);
	if (!table)
		return STATUS_USAGE;
	tasks_add(table, &show->view, diff->tasks, nr);
	status = table_sort(table, show->view.sort);
	if (!status)
		print(table, course, diff);
	table_free(table);
	return status;
}

static int print_interval(struct course *course, const struct moment *before,
			  const struct moment *after)
{
	struct pcstats_diff diff;
	int status;

	course->seconds = (after->ns - before->ns) / 1e9;
	course->show->view.time = after->time;
	course->show->view.seconds = course->show->counts ? 0 : course->seconds;
	if (pcstats_diff(&diff, &before->snap, &after->snap))
		return fail("no memory");
	status = print_diff(course, &diff);
	pcstats_diff_free(&diff);
	return status;
}

int show_intervals(struct show *show)
{
	struct course course = { .show = show };
	struct moment before, after;
	struct interval interval;
	unsigned long long done;
	int status;

	show->view.compared = show->view.live = true;
	status = take(&before);
	if (status)
		return status;
	warn_incomplete(&before.snap);
	interval_begin(&interval, show->interval, false);
	for (done = 0; !show->count || done < show->count; done++) {
		if (interval_wait(&interval))
			break;
		status = take(&after);
		if (status)
			break;
		status = print_interval(&course, &before, &after);
		pcstats_free(&before.snap);
		before = after;
		if (status || ferror(stdout))
			break;
	}
	pcstats_free(&before.snap);
	if (!status && !course.matched && filter_is_set(&show->filter))
		status = STATUS_NONE;
	return status;
}
