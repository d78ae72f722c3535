// SPDX-License-Identifier: GPL-2.0-only
/* Tables: their rows and cells. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../reader.h"
#include "command.h"
#include "table_private.h"

struct table *table_new(const struct column *columns, size_t nr_columns)
{
	struct table *table = xcalloc(1, sizeof(*table));
	size_t i;

	table->columns = columns;
	table->nr_columns = nr_columns;
	table->shown = xcalloc(nr_columns, sizeof(*table->shown));
	table->asked = xcalloc(nr_columns, sizeof(*table->asked));
	for (i = 0; i < nr_columns; i++)
		if (!columns[i].hidden)
			table->shown[table->nr_shown++] = i;
	return table;
}

static void cell_clear(struct cell *c)
{
	if (c->kind == CELL_STRING)
		free(c->string);
	else if (c->kind == CELL_LIST)
		free(c->list.values);
	c->kind = CELL_ABSENT;
}

void table_free(struct table *table)
{
	size_t i, c;

	if (!table)
		return;
	for (i = 0; i < table->nr_rows; i++) {
		for (c = 0; c < table->nr_columns; c++)
			cell_clear(&table->rows[i]->cells[c]);
		free(table->rows[i]);
	}
	free(table->rows);
	free(table->asked);
	free(table->shown);
	free(table);
}

struct row *table_add(struct table *table, struct row *parent)
{
	struct row *row = xcalloc(1, sizeof(*row) +
				  table->nr_columns * sizeof(row->cells[0]));

	if (table->nr_rows == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->rows = xreallocarray(table->rows, table->room,
					    sizeof(table->rows[0]));
	}
	row->parent = parent;
	row->nr = table->nr_rows;
	table->rows[table->nr_rows++] = row;
	return row;
}

size_t table_rows(const struct table *table)
{
	return table->nr_rows;
}

static struct cell *cell(struct row *row, size_t column)
{
	struct cell *c = &row->cells[column];

	cell_clear(c);
	return c;
}

void row_string(struct row *row, size_t column, const char *string)
{
	struct cell *c = cell(row, column);

	if (!string)
		return;
	c->string = xstrdup(string);
	c->kind = CELL_STRING;
}

void row_unsigned(struct row *row, size_t column, unsigned long long value)
{
	struct cell *c = cell(row, column);

	if (value == PCSTATS_UNWATCHED)
		return;
	c->value = value;
	c->kind = CELL_UNSIGNED;
}

void row_signed(struct row *row, size_t column, long long value)
{
	struct cell *c = cell(row, column);

	if (value == PCSTATS_DELTA_UNWATCHED)
		return;
	c->delta = value;
	c->kind = CELL_SIGNED;
}

void row_real(struct row *row, size_t column, double value, int decimals)
{
	struct cell *c = cell(row, column);

	if (isnan(value))
		return;
	c->real = value;
	c->decimals = decimals;
	c->kind = CELL_REAL;
}

void row_list(struct row *row, size_t column, const unsigned long long *values,
	      size_t nr)
{
	struct cell *c = cell(row, column);

	c->list.values = xcalloc(nr, sizeof(*values));
	memcpy(c->list.values, values, nr * sizeof(*values));
	c->list.nr = nr;
	c->kind = CELL_LIST;
}

static char *list_text(const struct cell *cell)
{
	const unsigned long long *values = cell->list.values;
	/* Two numbers and what is between them and the next two. */
	char *text = xcalloc(cell->list.nr + 1, 22), *at = text;
	size_t i, end;

	for (i = 0; i < cell->list.nr; i = end) {
		for (end = i + 1; end < cell->list.nr; end++)
			if (values[end] != values[end - 1] + 1)
				break;
		at += sprintf(at, "%s%llu", i ? "," : "", values[i]);
		if (end > i + 1)
			at += sprintf(at, "%c%llu", end > i + 2 ? '-' : ',',
				      values[end - 1]);
	}
	return text;
}

char *cell_text(const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_ABSENT:
		break;
	case CELL_STRING:
		return xstrdup(cell->string);
	case CELL_UNSIGNED:
		return xasprintf("%llu", cell->value);
	case CELL_SIGNED:
		return xasprintf("%lld", cell->delta);
	case CELL_REAL:
		return xasprintf("%.*f", cell->decimals, cell->real);
	case CELL_LIST:
		return list_text(cell);
	}
	return NULL;
}

/* The row behind @row in the tree that table_tree() has linked. */
static struct row *next_in_tree(struct row *row)
{
	if (row->child)
		return row->child;
	while (row && !row->next)
		row = row->parent;
	return row ? row->next : NULL;
}

struct row **table_tree(const struct table *table)
{
	struct row **order = xcalloc(table->nr_rows, sizeof(*order));
	struct row *roots = NULL, **list, *row;
	size_t i;

	for (i = 0; i < table->nr_rows; i++)
		table->rows[i]->child = NULL;
	for (i = table->nr_rows; i-- > 0;) {
		row = table->rows[i];
		list = row->parent ? &row->parent->child : &roots;
		row->next = *list;
		*list = row;
	}
	i = 0;
	for (row = roots; row; row = next_in_tree(row))
		order[i++] = row;
	return order;
}
