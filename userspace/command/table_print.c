// SPDX-License-Identifier: GPL-2.0-only
/* Tables as text, CSV and JSON. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <libsmartcols.h>

#include "command.h"
#include "table_private.h"

static void *checked(void *at)
{
	if (!at)
		exit(fail("no memory"));
	return at;
}

static bool has_tree(const struct table *table)
{
	size_t i;

	for (i = 0; i < table->nr_columns; i++)
		if (table->columns[i].tree)
			return true;
	return false;
}

/* ---- text ---- */

static void add_columns(const struct table *table, struct libscols_table *out)
{
	size_t i;

	for (i = 0; i < table->nr_shown; i++) {
		const struct column *c = &table->columns[table->shown[i]];
		int flags = (c->text ? 0 : SCOLS_FL_RIGHT) |
			    (c->tree ? SCOLS_FL_TREE : 0) |
			    (c->trunc ? SCOLS_FL_TRUNC : 0);

		checked(scols_table_new_column(out, c->name, 0, flags));
	}
}

static void add_line(const struct table *table, struct row *row,
		     struct libscols_table *out)
{
	size_t i;

	row->print = checked(scols_table_new_line(out, row->parent ?
						  row->parent->print : NULL));
	for (i = 0; i < table->nr_shown; i++) {
		char *text = cell_text(&row->cells[table->shown[i]]);

		if (scols_line_refer_data(row->print, i,
					  text ? text : xstrdup("-")))
			exit(fail("no memory"));
	}
}

/* ---- what fits ---- */

/* Where there is room for so much of a column that may be cut, it fits. */
#define TRUNC_WIDTH	12

/* What smartcols draws in front of a name; it never cuts that. */
static size_t tree_width(const struct row *row)
{
	size_t width = 0;

	while ((row = row->parent))
		width += 2;
	return width;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t drawn = 0, width = strlen(table->columns[column].name), len, i;

	for (i = 0; i < table->nr_rows; i++) {
		char *text = cell_text(&table->rows[i]->cells[column]);

		len = text ? strlen(text) : 1;
		width = len > width ? len : width;
		free(text);
		if (table->columns[column].tree) {
			len = tree_width(table->rows[i]);
			drawn = len > drawn ? len : drawn;
		}
	}
	if (table->columns[column].trunc && width > TRUNC_WIDTH)
		width = TRUNC_WIDTH;
	return drawn + width;
}

/* The place among the shown ones of the next to leave out, or nr_shown. */
static size_t most_spare(const struct table *table)
{
	unsigned int most = 0;
	size_t found = table->nr_shown, i;

	for (i = 0; i < table->nr_shown; i++) {
		size_t c = table->shown[i];

		if (table->asked[c] || !table->columns[c].spare ||
		    table->columns[c].spare < most)
			continue;
		most = table->columns[c].spare;
		found = i;
	}
	return found;
}

static void leave_out(struct table *table, size_t width)
{
	size_t needed = 0, i;

	for (i = 0; i < table->nr_shown; i++)
		needed += column_width(table, table->shown[i]) + !!i;
	while (needed > width) {
		i = most_spare(table);
		if (i == table->nr_shown)
			break;
		needed -= column_width(table, table->shown[i]) + 1;
		table->nr_shown--;
		memmove(&table->shown[i], &table->shown[i + 1],
			(table->nr_shown - i) * sizeof(table->shown[0]));
	}
}

static void print_text(const struct table *table, struct libscols_table *out,
		       FILE *to)
{
	struct row **rows = table_tree(table);
	size_t i;

	add_columns(table, out);
	for (i = 0; i < table->nr_rows; i++)
		add_line(table, rows[i], out);
	free(rows);
	if (!table->nr_rows) {
		/* smartcols prints nothing at all of an empty table. */
		for (i = 0; i < table->nr_shown; i++)
			fprintf(to, "%s%s", i ? " " : "",
				table->columns[table->shown[i]].name);
		fputc('\n', to);
	} else if (scols_print_table(out)) {
		exit(fail("no memory"));
	}
}

void table_print_text(const struct table *table, FILE *to)
{
	struct libscols_table *out = checked(scols_new_table());
	struct table fitting = *table;
	struct winsize size;

	scols_table_set_stream(out, to);
	fitting.shown = xcalloc(table->nr_shown, sizeof(*fitting.shown));
	memcpy(fitting.shown, table->shown,
	       table->nr_shown * sizeof(*fitting.shown));
	/* smartcols asks stdout's terminal, which need not be @to's. */
	if (isatty(fileno(to))) {
		scols_table_set_termforce(out, SCOLS_TERMFORCE_ALWAYS);
		if (!ioctl(fileno(to), TIOCGWINSZ, &size) && size.ws_col)
			scols_table_set_termwidth(out, size.ws_col);
		leave_out(&fitting, scols_table_get_termwidth(out));
	} else {
		scols_table_set_termforce(out, SCOLS_TERMFORCE_NEVER);
	}
	print_text(&fitting, out, to);
	free(fitting.shown);
	scols_unref_table(out);
}

/* ---- CSV ---- */

static void print_field(const char *text, FILE *to)
{
	if (!text)
		return;
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, to);
		return;
	}
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

void table_print_csv_rows(const struct table *table, FILE *to)
{
	size_t i, c;

	for (i = 0; i < table->nr_rows; i++) {
		for (c = 0; c < table->nr_shown; c++) {
			char *text = cell_text(&table->rows[i]->cells[table->shown[c]]);

			if (c)
				fputc(',', to);
			print_field(text, to);
			free(text);
		}
		fputs("\r\n", to);
	}
}

void table_print_csv(const struct table *table, FILE *to)
{
	size_t c;

	for (c = 0; c < table->nr_shown; c++)
		fprintf(to, "%s%s", c ? "," : "",
			table->columns[table->shown[c]].name);
	fputs("\r\n", to);
	table_print_csv_rows(table, to);
}

/* ---- JSON ---- */

static json_t *cell_json(const struct cell *cell)
{
	json_t *array;
	double scale;
	size_t i;

	switch (cell->kind) {
	case CELL_ABSENT:
		break;
	case CELL_STRING:
		return checked(json_string(cell->string));
	case CELL_UNSIGNED:
		/* What jansson's integers cannot hold, no kernel has counted. */
		if (cell->value > LLONG_MAX)
			return checked(json_real(cell->value));
		return checked(json_integer(cell->value));
	case CELL_SIGNED:
		return checked(json_integer(cell->delta));
	case CELL_REAL:
		/* No digits that mean nothing. */
		scale = pow(10, cell->decimals);
		return checked(json_real(round(cell->real * scale) / scale));
	case CELL_LIST:
		array = checked(json_array());
		for (i = 0; i < cell->list.nr; i++)
			if (json_array_append_new(array, json_integer(cell->list.values[i])))
				exit(fail("no memory"));
		return array;
	}
	return json_null();
}

static json_t *row_json(const struct table *table, const struct row *row)
{
	json_t *object = checked(json_object());
	size_t i;

	for (i = 0; i < table->nr_shown; i++) {
		size_t c = table->shown[i];

		if (json_object_set_new(object, table->columns[c].name,
					cell_json(&row->cells[c])))
			exit(fail("no memory"));
	}
	return object;
}

json_t *table_json(const struct table *table)
{
	json_t *array = checked(json_array());
	bool tree = has_tree(table);
	size_t i;

	for (i = 0; i < table->nr_rows; i++) {
		json_t *object = row_json(table, table->rows[i]);

		table->rows[i]->print = object;
		if (tree)
			json_object_set_new(object, "children", json_array());
	}
	for (i = 0; i < table->nr_rows; i++) {
		const struct row *parent = table->rows[i]->parent;
		json_t *to = array;

		if (tree && parent)
			to = json_object_get(parent->print, "children");
		if (json_array_append_new(to, table->rows[i]->print))
			exit(fail("no memory"));
	}
	return array;
}
