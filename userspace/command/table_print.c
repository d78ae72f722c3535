// SPDX-License-Identifier: GPL-2.0-only
/* Tables as text, CSV and JSON. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
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

/* Parents may come behind their children: rows are sorted. */
static struct libscols_line *line_of(struct libscols_table *out, struct row *row)
{
	if (!row)
		return NULL;
	if (!row->print)
		row->print = checked(scols_table_new_line(out,
							  line_of(out, row->parent)));
	return row->print;
}

static void fill_line(const struct table *table, struct row *row)
{
	size_t i;

	for (i = 0; i < table->nr_shown; i++) {
		char *text = cell_text(&row->cells[table->shown[i]]);

		if (scols_line_refer_data(row->print, i,
					  text ? text : xstrdup("-")))
			exit(fail("no memory"));
	}
}

void table_print_text(const struct table *table, FILE *to)
{
	struct libscols_table *out = checked(scols_new_table());
	size_t i;

	scols_table_set_stream(out, to);
	/* smartcols asks stdout's terminal, which need not be @to's. */
	if (!isatty(fileno(to)))
		scols_table_set_termforce(out, SCOLS_TERMFORCE_NEVER);
	add_columns(table, out);
	for (i = 0; i < table->nr_rows; i++)
		table->rows[i]->print = NULL;
	for (i = 0; i < table->nr_rows; i++)
		line_of(out, table->rows[i]);
	for (i = 0; i < table->nr_rows; i++)
		fill_line(table, table->rows[i]);
	if (!table->nr_rows) {
		/* smartcols prints nothing at all of an empty table. */
		for (i = 0; i < table->nr_shown; i++)
			fprintf(to, "%s%s", i ? " " : "",
				table->columns[table->shown[i]].name);
		fputc('\n', to);
	} else if (scols_print_table(out)) {
		exit(fail("no memory"));
	}
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

void table_print_csv(const struct table *table, FILE *to)
{
	size_t i, c;

	for (c = 0; c < table->nr_shown; c++)
		fprintf(to, "%s%s", c ? "," : "",
			table->columns[table->shown[c]].name);
	fputs("\r\n", to);
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

/* ---- JSON ---- */

static json_t *cell_json(const struct cell *cell)
{
	double scale;

	switch (cell->kind) {
	case CELL_ABSENT:
		break;
	case CELL_STRING:
		return checked(json_string(cell->string));
	case CELL_UNSIGNED:
		return checked(json_integer(cell->value));
	case CELL_SIGNED:
		return checked(json_integer(cell->delta));
	case CELL_REAL:
		/* No digits that mean nothing. */
		scale = pow(10, cell->decimals);
		return checked(json_real(round(cell->real * scale) / scale));
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
