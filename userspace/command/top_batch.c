// SPDX-License-Identifier: GPL-2.0-only
/* pcstats top --batch: for pipes and files, as text or as lines of JSON. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "command.h"
#include "document.h"
#include "interval.h"
#include "tasks.h"
#include "top.h"

static void print_line(char *text)
{
	size_t len = strlen(text);

	while (len && text[len - 1] == ' ')
		len--;
	printf("%.*s\n", (int)len, text);
}

static void print_text(const struct top *top)
{
	struct top_place places[TOP_NR_COLUMNS];
	struct top_line lines[TOP_HEAD_LINES];
	size_t nr_lines = top_head(top, INT_MAX, lines);
	size_t nr = top_fit(top, 0, INT_MAX, places), row, i;
	char line[TOP_NR_COLUMNS * TOP_CELL_SIZE];

	for (i = 0; i < nr_lines; i++)
		print_line(lines[i].text);
	putchar('\n');
	for (i = 0, *line = '\0'; i < nr; i++) {
		top_heading(&places[i], line + strlen(line));
		strcat(line, " ");
	}
	print_line(line);
	for (row = 0; row < top->nr_rows; row++) {
		for (i = 0, *line = '\0'; i < nr; i++) {
			top_cell(top, &top->rows[row], &places[i],
				 line + strlen(line));
			strcat(line, " ");
		}
		print_line(line);
	}
	putchar('\n');
}

/* ---- JSON ---- */

#define DECIMALS	3	/* of a rate: an event in a quarter of an hour */

static char *shown_columns(const struct top *top)
{
	char *list = xstrdup("");
	size_t c;

	for (c = 0; c < TOP_NR_COLUMNS; c++) {
		char *more;

		if (!top->set.shown[c])
			continue;
		more = xasprintf("%s%s%s", list, *list ? "," : "",
				 top_columns[c].name);
		free(list);
		list = more;
	}
	return list;
}

static void set_tally(const struct top *top, struct row *to,
		      const struct top_row *row, enum pcstats_tally tally)
{
	size_t column = TOP_FIRST_TALLY + tally;

	if (top->set.cumulative)
		row_signed(to, column, row->tally[tally]);
	else
		row_real(to, column, top_value(top, row, tally), DECIMALS);
}

static void add_row(const struct top *top, struct table *table,
		    const struct top_row *row)
{
	const struct pcstats_task *task = row->task;
	struct row *to = table_add(table, NULL);
	char comm[ESCAPED_SIZE], state[STATE_SIZE];
	size_t t;

	row_unsigned(to, TOP_PID, top->set.threads ? task->pid : task->tgid);
	row_unsigned(to, TOP_TGID, task->tgid);
	row_unsigned(to, TOP_PPID, task->ppid);
	row_string(to, TOP_USER, *row->user ? row->user : NULL);
	row_string(to, TOP_STATE, state_text(&task->state, state));
	row_unsigned(to, TOP_MM, task->mm);
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		set_tally(top, to, row, t);
	row_string(to, TOP_COMM, escape(task->comm, comm));
}

static json_t *rows_json(const struct top *top)
{
	struct table *table = table_new(top_columns, TOP_NR_COLUMNS);
	char *list = shown_columns(top);
	json_t *array;
	size_t i;

	table_select(table, list);
	for (i = 0; i < top->nr_rows; i++)
		add_row(top, table, &top->rows[i]);
	array = table_json(table);
	table_free(table);
	free(list);
	return array;
}

static json_t *so_far_json(const struct pcstats_snapshot *snap)
{
	long long tally[PCSTATS_NR_TALLIES];
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		tally[t] = pcstats_delta(0, snap->total.tally[t]);
	return tallies_json(tally, 0);
}

static void print_json(const struct top *top)
{
	json_t *document = document_new("top");

	json_object_set_new(document, "seconds", json_real(top->seconds));
	json_object_set_new(document, "cumulative",
			    json_boolean(top->set.cumulative));
	json_object_set_new(document, "by", json_string(top->set.threads ?
							"thread" : "process"));
	json_object_set_new(document, "unseen", json_integer(top->nr_unseen));
	json_object_set_new(document, "totals", top->set.cumulative ?
			    so_far_json(&top->after) :
			    tallies_json(top->diff.total, top->seconds));
	json_object_set_new(document, "tasks", rows_json(top));
	document_print(document, stdout, true);
}

/* ---- one interval after the other ---- */

static void print(const struct top *top, bool json)
{
	if (top->trouble)
		fail("%s", top->trouble);
	else if (!top_has_rows(top))
		fail("the tallies were set back to zero; counting anew");
	else if (json)
		print_json(top);
	else
		print_text(top);
}

int top_batch(struct top *top, bool json, unsigned long long times)
{
	struct interval interval;
	unsigned long long done = 0;

	top_read(top);
	if (top->trouble)
		return fail("%s", top->trouble);
	interval_begin(&interval, top->set.delay, false);
	while (!interval_wait(&interval)) {
		top_read(top);
		top_arrange(top);
		print(top, json);
		if (fflush(stdout))
			return STATUS_FAILED;
		if (times && ++done == times)
			break;
	}
	return STATUS_OK;
}
