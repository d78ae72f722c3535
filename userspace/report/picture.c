// SPDX-License-Identifier: GPL-2.0-only
/* The series of a lab: as a picture, as a table, and as CSV beside the page. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* As a table below the picture, not more than that. */
#define MAX_TABLE	64

/* How a series is drawn: by @script (NULL: as a table), values from @first on. */
static const struct kind {
	const char *lab, *series;	/* no lab: of any */
	const char *script, *title, *x, *y;
	int first;
	enum merge { NO_MERGE, ROWS, COLUMNS } merge;	/* with those of other machines */
} kinds[] = {
	{ NULL, "creation", "log", "What making a task takes in the kernel",
	  "resident memory of the creator (MiB)", "microseconds", 1 },
	{ NULL, "call", "log", "What the call takes, as its caller sees it",
	  "resident memory of the creator (MiB)", "microseconds", 1 },
	{ NULL, "copied", "diagonal", "Pages copied, by pages written",
	  "pages written by the child", "pages copied", 1 },
	{ NULL, "objects", "lines", "Pages copied, by objects read",
	  "objects that the child reads", "pages copied", 1 },
	{ NULL, "snapshot", "lines", "The course of a snapshot",
	  "writes while the child lives", "pages", 1 },
	{ NULL, "timeline", "timeline", "When each job began and ended", "milliseconds", "", 0 },
	{ "cpubound", "speedup", "speedup", "Times as fast as one after the other", "CPUs",
	  "times as fast", 2, ROWS },
	{ "cpubound", "busy", "speedup", "How many compute at once, on average", "CPUs",
	  "compute at once", 2, ROWS },
	{ NULL, "speedup", "clusters", "Times as fast as one after the other",
	  "times as fast", "", 1 },
	{ NULL, "cores", "speedup", "Times as fast as on one CPU", "CPUs that it may use",
	  "times as fast", 1, COLUMNS },
	{ NULL, "iobound", "speedup", "Times as fast as one after the other", "workers",
	  "times as fast", 1 },
	{ NULL, "iowrite", "clusters", "Times as fast as one writer", "times as fast", "", 0 },
	{ NULL, "switch", "clusters", "What a switch takes, by what is touched in between",
	  "nanoseconds", "", 1 },
	{ NULL, "limits", NULL, "How many tasks there can be, by what limits them", "", "", 0 },
	{ NULL, "sharing", "matrix", "What a new task shares with its creator", "", "", 0 },
	{ NULL, "channels", "bars", "How long a message took, by channel", "microseconds", "", 2 },
	{ NULL, "wordcount-memory", "bars", "Memory of all workers together", "KiB", "", 0 },
};

#define NR_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *find_kind(const char *lab, const char *series)
{
	size_t i;

	for (i = 0; i < NR_KINDS; i++)
		if (!strcmp(kinds[i].series, series) &&
		    (!kinds[i].lab || !strcmp(kinds[i].lab, lab)))
			return &kinds[i];
	return NULL;
}

/* ---- the same series from other machines -------------------------------------- */

static json_t *find_named(const json_t *array, const char *name)
{
	json_t *object;
	size_t i;

	json_array_foreach(array, i, object) {
		if (!strcmp(string_of(object, "name"), name))
			return object;
	}
	return NULL;
}

/* The series of that lab in document @nr; NULL: it has none. */
static json_t *series_in(const struct report *report, size_t nr, const char *lab,
			 const char *series)
{
	const json_t *document = json_array_get(report->documents, nr);

	return find_named(json_object_get(find_named(json_object_get(document, "labs"), lab),
					  "series"), series);
}

static json_t *value_at(const json_t *point, size_t column)
{
	return json_array_get(json_object_get(point, "values"), column);
}

static double first_value(const json_t *point)
{
	return json_number_value(value_at(point, 0));
}

/* The point of that first value, which is made if there is none, in order. */
static json_t *point_at(json_t *points, double x)
{
	json_t *point;
	size_t i;

	json_array_foreach(points, i, point) {
		if (first_value(point) == x)
			return point;
		if (first_value(point) > x)
			break;
	}
	point = json_pack("{s:s, s:[f]}", "label", "", "values", x);
	json_array_insert_new(points, i, point);
	return point;
}

static void pad(json_t *point, size_t length)
{
	json_t *values = json_object_get(point, "values");

	while (json_array_size(values) < length)
		json_array_append_new(values, json_null());
}

/* All points of all machines; of two with the same first value, the first. */
static json_t *merge_rows(const struct report *report, const char *lab, json_t *series)
{
	json_t *points = json_array(), *point;
	size_t nr, i;

	for (nr = 0; nr < json_array_size(report->documents); nr++) {
		const json_t *other = series_in(report, nr, lab, string_of(series, "name"));

		json_array_foreach(json_object_get(other, "points"), i, point) {
			json_t *to = point_at(points, first_value(point));

			if (json_array_size(json_object_get(to, "values")) == 1)
				json_object_set(to, "values", json_object_get(point, "values"));
		}
	}
	return json_pack("{s:O, s:O, s:o}", "name", json_object_get(series, "name"),
			 "columns", json_object_get(series, "columns"), "points", points);
}

/* The second column of each machine, which is called by its number of CPUs. */
static json_t *merge_columns(const struct report *report, const char *lab, json_t *series)
{
	json_t *columns = json_array(), *points = json_array(), *point;
	size_t nr, i;

	json_array_append(columns, json_array_get(json_object_get(series, "columns"), 0));
	for (nr = 0; nr < json_array_size(report->documents); nr++) {
		const json_t *document = json_array_get(report->documents, nr);
		json_int_t cpus = json_integer_value(json_object_get(json_object_get(document,
							"machine"), "cpus"));
		const json_t *other = series_in(report, nr, lab, string_of(series, "name"));
		size_t column = json_array_size(columns);

		if (!json_array_size(json_object_get(other, "points")))
			continue;
		json_array_append_new(columns, json_sprintf("machine with %d CPU%s", (int)cpus,
							    cpus == 1 ? "" : "s"));
		json_array_foreach(json_object_get(other, "points"), i, point) {
			json_t *to = point_at(points, first_value(point));

			pad(to, column);
			json_array_append(json_object_get(to, "values"), value_at(point, 1));
		}
	}
	json_array_foreach(points, i, point) {
		pad(point, json_array_size(columns));
	}
	return json_pack("{s:O, s:o, s:o}", "name", json_object_get(series, "name"),
			 "columns", columns, "points", points);
}

/* A new reference. */
static json_t *merged(const struct report *report, const char *lab, json_t *series,
		      const struct kind *kind)
{
	if (kind && kind->merge == ROWS)
		return merge_rows(report, lab, series);
	if (kind && kind->merge == COLUMNS)
		return merge_columns(report, lab, series);
	return json_incref(series);
}

/* ---- CSV ----------------------------------------------------------------------- */

static void csv_text(FILE *csv, const char *text)
{
	putc('"', csv);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', csv);
		putc(*text, csv);
	}
	putc('"', csv);
}

static void csv_value(FILE *csv, const json_t *value)
{
	putc(',', csv);
	if (json_is_number(value))
		fprintf(csv, "%.10g", json_number_value(value));
}

static void csv_rows(FILE *csv, const json_t *series)
{
	json_t *point, *value;
	size_t i, column;

	csv_text(csv, "label");
	json_array_foreach(json_object_get(series, "columns"), column, value) {
		putc(',', csv);
		csv_text(csv, json_string_value(value));
	}
	putc('\n', csv);
	json_array_foreach(json_object_get(series, "points"), i, point) {
		csv_text(csv, string_of(point, "label"));
		json_array_foreach(json_object_get(point, "values"), column, value) {
			csv_value(csv, value);
		}
		putc('\n', csv);
	}
}

static void write_csv(const struct report *report, const char *name, const json_t *series)
{
	char *path = xasprintf("%s/%s", report->directory, name);
	FILE *csv = fopen(path, "we");

	if (!csv)
		die("%s: %s", path, strerror(errno));
	csv_rows(csv, series);
	if (ferror(csv) | fclose(csv))
		die("%s: cannot be written", path);
	free(path);
}

/* ---- a table -------------------------------------------------------------------- */

static bool has_labels(const json_t *points)
{
	json_t *point;
	size_t i;

	json_array_foreach(points, i, point) {
		if (*string_of(point, "label"))
			return true;
	}
	return false;
}

static void table_row(FILE *page, const json_t *point, bool label)
{
	json_t *value;
	size_t column;

	html(page, "<tr>");
	if (label)
		html(page, "<th scope=\"row\">%s</th>", string_of(point, "label"));
	json_array_foreach(json_object_get(point, "values"), column, value) {
		html(page, "<td class=\"number\">");
		if (json_is_number(value))
			html_number(page, json_number_value(value));
		html(page, "</td>");
	}
	html(page, "</tr>\n");
}

static void write_table(FILE *page, const json_t *series, const char *title, bool open)
{
	const json_t *points = json_object_get(series, "points");
	bool label = has_labels(points);
	json_t *column, *point;
	size_t i;

	html(page, "<details%s><summary>As a table</summary>\n<div class=\"scroll\" tabindex=\"0\" "
	     "role=\"region\" aria-label=\"%s, as a table\"><table>\n"
	     "<caption>%s</caption>\n<thead><tr>", open ? " open" : "", title, title);
	if (label)
		html(page, "<td></td>");
	json_array_foreach(json_object_get(series, "columns"), i, column) {
		html(page, "<th scope=\"col\" class=\"number\">%s</th>", json_string_value(column));
	}
	html(page, "</tr></thead>\n<tbody>\n");
	json_array_foreach(points, i, point) {
		table_row(page, point, label);
	}
	html(page, "</tbody></table></div></details>\n");
}

/* ---- a picture ------------------------------------------------------------------ */

/* For who cannot see it: what is drawn, and where each line ends. */
static char *description(const json_t *series, const struct kind *kind)
{
	const json_t *points = json_object_get(series, "points");
	const json_t *columns = json_object_get(series, "columns");
	size_t i, last = json_array_size(points) - 1;
	char *text = xasprintf("%zu points.", last + 1);

	if (!*kind->y)
		return text;
	for (i = kind->first; i < json_array_size(columns); i++) {
		json_t *from = value_at(json_array_get(points, 0), i);
		json_t *to = value_at(json_array_get(points, last), i);
		char *longer = xasprintf("%s %s: from %g to %g.", text,
					 json_string_value(json_array_get(columns, i)),
					 json_number_value(from), json_number_value(to));

		if (!json_is_number(from) || !json_is_number(to)) {
			free(longer);
			continue;
		}
		free(text);
		text = longer;
	}
	return text;
}

static bool draw(struct report *report, const json_t *series, const struct kind *kind,
		 const char *csv, const char *id)
{
	char *text = description(series, kind);
	char *variables = xasprintf("data='%s/%s'; xtext='%s'; ytext='%s'; first=%d; "
				    "columns=%zu; rows=%zu",
				    report->directory, csv, kind->x, kind->y, kind->first + 2,
				    json_array_size(json_object_get(series, "columns")),
				    json_array_size(json_object_get(series, "points")));
	bool drawn = plot(report, kind->script, variables, id, kind->title, text);

	free(variables);
	free(text);
	return drawn;
}

static void write_picture(struct report *report, const json_t *lab, json_t *found)
{
	const char *name = string_of(found, "name");
	const struct kind *kind = find_kind(string_of(lab, "name"), name);
	json_t *series = merged(report, string_of(lab, "name"), found, kind);
	const char *title = kind ? kind->title : name;
	bool drawn = kind && kind->script;
	FILE *page = report->page;
	char *id, *csv;

	if (!json_array_size(json_object_get(series, "points"))) {
		json_decref(series);
		return;
	}
	id = xasprintf("%s-%s", string_of(lab, "name"), name);
	csv = xasprintf("%s.csv", id);
	write_csv(report, csv, series);
	html(page, "<figure id=\"%s\">\n", id);
	if (drawn) {
		html(page, "<div class=\"picture\">");
		if (!draw(report, series, kind, csv, id)) {
			html(page, "<p>It could not be drawn.</p>");
			report->failed = true;
		}
		html(page, "</div>\n");
	}
	html(page, "<figcaption>%s. Data: <a href=\"%s\">%s</a></figcaption>\n", title, csv, csv);
	if (json_array_size(json_object_get(series, "points")) <= MAX_TABLE)
		write_table(page, series, title, !drawn);
	html(page, "</figure>\n");
	free(csv);
	free(id);
	json_decref(series);
}

void write_pictures(struct report *report, const json_t *lab)
{
	json_t *series;
	size_t i;

	json_array_foreach(json_object_get(lab, "series"), i, series) {
		write_picture(report, lab, series);
	}
}
