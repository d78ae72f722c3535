// SPDX-License-Identifier: GPL-2.0-only
/* What came out of a lab, for people and as JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "lab.h"
#include "table.h"

#define WIDTH	100

static const char *const verdict_names[] = {
	[VERDICT_HOLDS] = "holds",
	[VERDICT_IN_PART] = "holds in part",
	[VERDICT_FAILS] = "does not hold",
	[VERDICT_NONE] = "cannot be judged",
};

int lab_exit_status(const struct sheet *sheet)
{
	int i, status = LAB_AS_PREDICTED;

	if (sheet->failed[0])
		return LAB_BROKEN;
	if (sheet->skipped[0] || !sheet->nr_rows)
		return LAB_UNJUDGED;
	for (i = 0; i < sheet->nr_rows; i++) {
		enum row_state state = row_state(&sheet->rows[i]);

		if (state == ROW_DIFFERS)
			return LAB_DIFFERS;
		if (state == ROW_UNJUDGED)
			status = LAB_UNJUDGED;
	}
	return status;
}

int lab_worse(int status, int other)
{
	static const int badness[] = {
		[LAB_AS_PREDICTED] = 0, [LAB_UNJUDGED] = 1,
		[LAB_DIFFERS] = 2, [LAB_BROKEN] = 3,
	};

	return badness[other] > badness[status] ? other : status;
}

/* @text in lines of at most WIDTH columns. */
static void print_wrapped(const char *text)
{
	while (strlen(text) > WIDTH) {
		int len = WIDTH;

		while (len && text[len] != ' ')
			len--;
		if (!len)
			break;
		printf("%.*s\n", len, text);
		text += len + 1;
	}
	puts(text);
}

void lab_print_head(const struct lab *lab)
{
	printf("%s: %s\n\n", lab->name, lab->claim);
	print_wrapped(lab->prediction);
	putchar('\n');
}

static char *number(double value, bool exact)
{
	if (isinf(value))
		return xstrdup("any");
	if (exact || value == floor(value))
		return xasprintf("%.0f", value);
	return xasprintf(fabs(value) < 10 ? "%.2f" : "%.0f", value);
}

static char *predicted(const struct finding *row)
{
	char *low = number(row->low, row->exact), *high, *text;

	if (row->exact)
		return low;
	high = number(row->high, false);
	if (isinf(row->high))
		text = xasprintf(">= %s", low);
	else if (isinf(row->low))
		text = xasprintf("<= %s", high);
	else
		text = xasprintf("%s..%s", low, high);
	free(low);
	free(high);
	return text;
}

/* The sign of a row is for what the prediction says, not for the claim. */
static const char *outcome(const struct finding *row)
{
	switch (row_state(row)) {
	case ROW_AGREES:
		return row->against ? "as predicted, against the claim" : "as predicted";
	case ROW_DIFFERS:
		return "NOT as predicted";
	default:
		return row->unjudged[0] ? row->unjudged : "not measured";
	}
}

static void add_text(struct row *row, size_t column, char *text)
{
	row_string(row, column, text);
	free(text);
}

static void print_table(const struct sheet *sheet)
{
	static const struct column columns[] = {
		{ "what", .text = true, .tree = true },
		{ "predicted" },
		{ "measured" },
		{ "unit", .text = true },
		{ "", .text = true },
	};
	struct table *table = table_new(columns, 5);
	struct row *parts[MAX_PARTS];
	int i;

	for (i = 0; i < sheet->nr_parts; i++) {
		parts[i] = table_add(table, NULL);
		row_string(parts[i], 0, sheet->parts[i].text);
		row_string(parts[i], 1, "");
		row_string(parts[i], 2, "");
		row_string(parts[i], 3, "");
		row_string(parts[i], 4, verdict_names[part_verdict(sheet, i)]);
	}
	for (i = 0; i < sheet->nr_rows; i++) {
		const struct finding *f = &sheet->rows[i];
		struct row *row = table_add(table, parts[f->part]);

		row_string(row, 0, f->what);
		add_text(row, 1, predicted(f));
		if (f->measured)
			add_text(row, 2, number(f->value, f->exact));
		row_string(row, 3, f->unit);
		row_string(row, 4, outcome(f));
	}
	putchar('\n');
	table_print_text(table, stdout);
	table_free(table);
}

/* The parts of the claim of which @wanted is true, in lines of their own. */
static void print_parts(const struct sheet *sheet, enum verdict wanted)
{
	int i;

	for (i = 0; i < sheet->nr_parts; i++)
		if (part_verdict(sheet, i) == wanted)
			printf("  %s: %s\n", verdict_names[wanted],
			       sheet->parts[i].text);
}

static void print_verdict(const struct sheet *sheet)
{
	enum verdict v = verdict(sheet);

	if (sheet->failed[0]) {
		printf("\nIt could not be run: %s\n", sheet->failed);
		return;
	}
	printf("\nVerdict: the claim %s%s%s\n", verdict_names[v],
	       sheet->skipped[0] ? ": " : "", sheet->skipped);
	if (v == VERDICT_IN_PART) {
		print_parts(sheet, VERDICT_HOLDS);
		print_parts(sheet, VERDICT_FAILS);
	}
	print_parts(sheet, VERDICT_NONE);
	switch (lab_exit_status(sheet)) {
	case LAB_AS_PREDICTED:
		puts("Everything came out as predicted.");
		break;
	case LAB_DIFFERS:
		puts("Something came out NOT as predicted.");
		break;
	}
}

void lab_print_result(const struct lab *lab, const struct sheet *sheet)
{
	const char *const *line;

	if (sheet->nr_rows)
		print_table(sheet);
	print_verdict(sheet);
	fputs("\nRead next:\n", stdout);
	for (line = lab->next; *line; line++)
		printf("  %s\n", *line);
}

static json_t *string_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

/* JSON has no infinity: without a bound. */
static json_t *real_or_null(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *row_json(const struct finding *row)
{
	static const char *const states[] = {
		[ROW_AGREES] = "agrees", [ROW_DIFFERS] = "differs",
		[ROW_UNJUDGED] = "not judged",
	};

	return json_pack("{s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:s, s:o}",
			 "what", row->what, "unit", row->unit,
			 "exact", row->exact, "against", row->against,
			 "low", real_or_null(row->low),
			 "high", real_or_null(row->high),
			 "measured", row->measured ? real_or_null(row->value) :
						     json_null(),
			 "state", states[row_state(row)],
			 "why", string_or_null(row->unjudged));
}

static json_t *part_json(const struct sheet *sheet, int part)
{
	json_t *rows = json_array();
	int i;

	for (i = 0; i < sheet->nr_rows; i++)
		if (sheet->rows[i].part == part)
			json_array_append_new(rows, row_json(&sheet->rows[i]));
	return json_pack("{s:s, s:s, s:o}", "part", sheet->parts[part].text,
			 "verdict", verdict_names[part_verdict(sheet, part)],
			 "rows", rows);
}

static json_t *series_json(const struct series *s)
{
	json_t *columns = json_array(), *points = json_array(), *values;
	int i, c;

	for (c = 0; c < s->nr_columns; c++)
		json_array_append_new(columns, json_string(s->columns[c]));
	for (i = 0; i < s->nr_points; i++) {
		values = json_array();
		for (c = 0; c < s->nr_columns; c++)
			json_array_append_new(values,
					      real_or_null(s->points[i].values[c]));
		json_array_append_new(points, json_pack("{s:s, s:o}", "label",
							s->points[i].label,
							"values", values));
	}
	return json_pack("{s:s, s:o, s:o}", "name", s->name, "columns", columns,
			 "points", points);
}

static json_t *settings_json(const struct setting *s)
{
	json_t *settings = json_object();

	for (; s && s->name; s++)
		json_object_set_new(settings, s->name, json_integer(*s->value));
	return settings;
}

json_t *lab_json(const struct lab *lab, const struct sheet *sheet,
		 const char *sabotage)
{
	json_t *parts = json_array(), *all = json_array(), *next = json_array();
	const char *const *line;
	json_t *json;
	int i;

	for (i = 0; i < sheet->nr_parts; i++)
		json_array_append_new(parts, part_json(sheet, i));
	for (i = 0; i < sheet->nr_series; i++)
		json_array_append_new(all, series_json(&sheet->series[i]));
	for (line = lab->next; *line; line++)
		json_array_append_new(next, json_string(*line));
	json = json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:i, s:o, s:o, s:o, s:o, s:o}",
			 "name", lab->name, "claim", lab->claim,
			 "prediction", lab->prediction,
			 "settings", settings_json(lab->settings),
			 "broken", string_or_null(sabotage),
			 "verdict", verdict_names[verdict(sheet)],
			 "status", lab_exit_status(sheet),
			 "skipped", string_or_null(sheet->skipped),
			 "failed", string_or_null(sheet->failed),
			 "parts", parts, "series", all, "next", next);
	if (!json)
		exit(fail("no memory"));
	return json;
}
