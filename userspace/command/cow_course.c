// SPDX-License-Identifier: GPL-2.0-only
/* What pcstats cow --watch prints: a line for each interval, and the end. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "cow.h"
#include "source.h"

static double mib(double pages)
{
	return pages * sysconf(_SC_PAGESIZE) / (1 << 20);
}

static double since(const struct cow_watch *w)
{
	return (w->now_ns - w->began_ns) / 1e9;
}

/* ---- a line ---- */

enum {
	LINE_TIME,
	LINE_SHARED,
	LINE_BY_PARENT,
	LINE_BY_CHILD,
	LINE_LEFT,
	LINE_RATE,
	LINE_MIB,
	LINE_EXACT,
	NR_LINE_COLUMNS
};

static const struct column line_columns[NR_LINE_COLUMNS] = {
	[LINE_TIME] = { "time", "seconds since the first line" },
	[LINE_SHARED] = { "shared", "anonymous pages that the fork shared" },
	[LINE_BY_PARENT] = { "by_parent", "of these, copied by writes in the parent" },
	[LINE_BY_CHILD] = { "by_child", "the same in the child" },
	[LINE_LEFT] = { "left", "copied by neither" },
	[LINE_RATE] = { "pages_per_s", "copied by both since the last line" },
	[LINE_MIB] = { "mib_per_s", "the same in MiB" },
	[LINE_EXACT] = { "exact", "no if a side has forked since", .text = true },
};

static struct table *line_table(const struct cow_watch *w)
{
	struct table *table = table_new(line_columns, NR_LINE_COLUMNS);
	struct row *row = table_add(table, NULL);

	row_real(row, LINE_TIME, since(w), 3);
	row_unsigned(row, LINE_SHARED, w->fork.shared);
	row_unsigned(row, LINE_BY_PARENT, w->fork.parent.copied);
	row_unsigned(row, LINE_BY_CHILD, w->fork.child.copied);
	row_unsigned(row, LINE_LEFT, cow_left(&w->fork));
	row_real(row, LINE_RATE, w->rate, 1);
	row_real(row, LINE_MIB, mib(w->rate), 2);
	row_string(row, LINE_EXACT, w->fork.exact ? "yes" : "no");
	return table;
}

static void print_number(unsigned long long value)
{
	if (value == PCSTATS_UNWATCHED)
		printf(" %9s", "-");
	else
		printf(" %9llu", value);
}

static void print_real(double value, int decimals)
{
	if (isnan(value))
		printf(" %9s", "-");
	else
		printf(" %9.*f", decimals, value);
}

static void print_line(const struct cow_watch *w)
{
	printf("%8.3f", since(w));
	print_number(w->fork.shared);
	print_number(w->fork.parent.copied);
	print_number(w->fork.child.copied);
	print_number(cow_left(&w->fork));
	print_real(w->rate, 1);
	print_real(mib(w->rate), 2);
	putchar('\n');
}

/* ---- the summary ---- */

enum {
	END_SECONDS,
	END_SHARED,
	END_BY_PARENT,
	END_BY_CHILD,
	END_LEFT,
	END_PERCENT,
	END_BYTES,
	END_PEAK,
	END_PEAK_MIB,
	END_EXACT,
	END_HOW,
	NR_END_COLUMNS
};

static const struct column end_columns[NR_END_COLUMNS] = {
	[END_SECONDS] = { "seconds", "from the first line to the last" },
	[END_SHARED] = { "shared", "anonymous pages that the fork shared" },
	[END_BY_PARENT] = { "by_parent", "of these, copied by writes in the parent" },
	[END_BY_CHILD] = { "by_child", "the same in the child" },
	[END_LEFT] = { "left", "copied by neither" },
	[END_PERCENT] = { "left_pct", "that in per cent of shared" },
	[END_BYTES] = { "bytes", "memory that the copies took at most" },
	[END_PEAK] = { "peak_per_s", "most pages copied in a second, by interval" },
	[END_PEAK_MIB] = { "peak_mib", "the same in MiB" },
	[END_EXACT] = { "exact", "no if a side has forked since", .text = true },
	[END_HOW] = { "end", "how the watch ended", .text = true, .hidden = true },
};

static struct table *end_table(const struct cow_watch *w, const char *how)
{
	struct table *table = table_new(end_columns, NR_END_COLUMNS);
	struct row *row = table_add(table, NULL);

	row_real(row, END_SECONDS, since(w), 3);
	row_unsigned(row, END_SHARED, w->fork.shared);
	row_unsigned(row, END_BY_PARENT, w->fork.parent.copied);
	row_unsigned(row, END_BY_CHILD, w->fork.child.copied);
	row_unsigned(row, END_LEFT, cow_left(&w->fork));
	row_real(row, END_PERCENT, cow_left_percent(&w->fork), 1);
	row_unsigned(row, END_BYTES, cow_bytes(cow_copied(&w->fork)));
	row_real(row, END_PEAK, w->peak, 1);
	row_real(row, END_PEAK_MIB, mib(w->peak), 2);
	row_string(row, END_EXACT, w->fork.exact ? "yes" : "no");
	row_string(row, END_HOW, how);
	return table;
}

enum {
	SIDE_NAME,
	SIDE_PID,
	SIDE_SINCE,
	SIDE_FIRST_TALLY,
	NR_SIDE_COLUMNS = SIDE_FIRST_TALLY + PCSTATS_NR_TALLIES
};

#define HIDDEN(tally, sources, text) \
	[SIDE_FIRST_TALLY + PCSTATS_##tally] = { #tally, text, .hidden = true, .spare = 1 },
#define NAME(tally, sources, text) "," #tally
#define REGIONS	"+pid" PCSTATS_WHERE_COUNTERS(NAME)

static const struct column side_columns[NR_SIDE_COLUMNS] = {
	[SIDE_NAME] = { "side", "parent or child", .text = true },
	[SIDE_PID] = { "pid", "the process" },
	[SIDE_SINCE] = { "since", "the fork, or the watch began after it", .text = true },
	PCSTATS_COUNTERS(HIDDEN)
};

static void add_side(struct table *table, const struct cow_watch *w,
		     bool child)
{
	unsigned long long now[PCSTATS_NR_TALLIES];
	pid_t pid = child ? w->child : w->parent;
	struct row *row;
	size_t t;

	if (!(child ? w->fork.child.task : w->fork.parent.task))
		return;
	cow_tallies(&w->snap, child ? w->child_mm : w->parent_mm, now);
	row = table_add(table, NULL);
	row_string(row, SIDE_NAME, child ? "child" : "parent");
	row_unsigned(row, SIDE_PID, pid);
	row_string(row, SIDE_SINCE, child || w->from_fork ? "fork" : "watch");
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		row_signed(row, SIDE_FIRST_TALLY + t,
			   pcstats_delta(child ? 0 : w->before[t], now[t]));
}

static struct table *side_table(const struct cow_watch *w)
{
	struct table *table = table_new(side_columns, NR_SIDE_COLUMNS);

	add_side(table, w, false);
	add_side(table, w, true);
	table_preset(table, REGIONS);
	return table;
}

/* ---- as documents ---- */

static json_t *document(const struct cow_watch *w)
{
	json_t *object = document_new("cow"), *fork = json_object();

	json_object_set_new(fork, "parent",
			    w->parent ? json_integer(w->parent) : json_null());
	json_object_set_new(fork, "child",
			    w->child ? json_integer(w->child) : json_null());
	json_object_set_new(fork, "parent_mm", json_integer(w->parent_mm));
	json_object_set_new(fork, "child_mm", json_integer(w->child_mm));
	json_object_set_new(object, "fork", fork);
	return object;
}

static json_t *only_row(const struct table *table)
{
	json_t *rows = table_json(table);
	json_t *row = json_incref(json_array_get(rows, 0));

	json_decref(rows);
	return row;
}

void cow_course_line(const struct cow_watch *w, bool first)
{
	struct table *table = line_table(w);
	json_t *object;

	switch (w->options->format) {
	case FORMAT_TEXT:
		if (first)
			printf("%8s %9s %9s %9s %9s %9s %9s\n", "time", "shared",
			       "by_parent", "by_child", "left", "pages/s",
			       "MiB/s");
		print_line(w);
		break;
	case FORMAT_CSV:
		if (first)
			table_print_csv(table, stdout);
		else
			table_print_csv_rows(table, stdout);
		break;
	case FORMAT_JSON:
		object = document(w);
		json_object_set_new(object, "interval", only_row(table));
		document_print(object, stdout, true);
		break;
	}
	table_free(table);
	fflush(stdout);
}

void cow_course_end(const struct cow_watch *w, const char *how)
{
	struct table *end = end_table(w, how), *sides = side_table(w);
	/* CSV is one table. */
	FILE *to = w->options->format == FORMAT_CSV ? stderr : stdout;
	json_t *object;

	if (w->options->format == FORMAT_JSON) {
		table_select(end, "+end");
		object = document(w);
		json_object_set_new(object, "summary", only_row(end));
		json_object_set_new(object, "copies", table_json(sides));
		document_print(object, stdout, true);
	} else {
		fprintf(to, "\n%s\n\n", how);
		table_print_text(end, to);
		if (table_rows(sides)) {
			fputs("\nCopied, by region:\n", to);
			table_print_text(sides, to);
		}
	}
	table_free(end);
	table_free(sides);
}
