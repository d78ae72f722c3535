// SPDX-License-Identifier: GPL-2.0-only
/* Which columns of a table are shown, and in which order its rows. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "table_private.h"

/* The column of this name; nr_columns, having said so, if there is none. */
static size_t find_column(const struct table *table, const char *name)
{
	size_t i;

	for (i = 0; i < table->nr_columns; i++)
		if (!strcmp(table->columns[i].name, name))
			return i;
	fail("no column \"%s\"; --help lists them", name);
	return i;
}

bool table_shows(const struct table *table, size_t column)
{
	size_t i;

	for (i = 0; i < table->nr_shown; i++)
		if (table->shown[i] == column)
			return true;
	return false;
}

static void show_column(struct table *table, size_t column, bool asked)
{
	table->asked[column] |= asked;
	if (!table_shows(table, column))
		table->shown[table->nr_shown++] = column;
}

/* Returns whether there is one. */
static bool show_group(struct table *table, const char *name, bool asked)
{
	bool found = false;
	size_t i;

	for (i = 0; i < table->nr_columns; i++) {
		const char *group = table->columns[i].group;

		if (!group || strcmp(group, name))
			continue;
		show_column(table, i, asked);
		found = true;
	}
	return found;
}

static int select_columns(struct table *table, const char *list, bool asked)
{
	char *copy, *rest, *name;
	size_t c;

	if (!list)
		return STATUS_OK;
	if (*list == '+')
		list++;
	else
		table->nr_shown = 0;
	copy = rest = xstrdup(list);
	while ((name = strsep(&rest, ","))) {
		if (show_group(table, name, asked))
			continue;
		c = find_column(table, name);
		if (c == table->nr_columns) {
			free(copy);
			return STATUS_USAGE;
		}
		show_column(table, c, asked);
	}
	free(copy);
	return STATUS_OK;
}

int table_select(struct table *table, const char *list)
{
	return select_columns(table, list, true);
}

void table_preset(struct table *table, const char *list)
{
	select_columns(table, list, false);
}

void table_select_all(struct table *table)
{
	size_t i;

	table->nr_shown = 0;
	for (i = 0; i < table->nr_columns; i++)
		show_column(table, i, true);
}

/* ---- in which order ---- */

struct sort_key {
	size_t column;
	bool descending;
};

struct sort {
	struct sort_key *keys;
	size_t nr_keys;
};

static double number(const struct cell *cell)
{
	return cell->kind == CELL_LIST ? (double)cell->list.nr :
	       cell->kind == CELL_REAL ? cell->real :
	       cell->kind == CELL_SIGNED ? (double)cell->delta :
					   (double)cell->value;
}

static int compare_cells(const struct cell *a, const struct cell *b,
			 bool descending)
{
	int order;

	/* What is not there comes last, whichever the direction. */
	if (a->kind == CELL_ABSENT || b->kind == CELL_ABSENT)
		return (a->kind == CELL_ABSENT) - (b->kind == CELL_ABSENT);
	if (a->kind == CELL_STRING && b->kind == CELL_STRING)
		order = strcmp(a->string, b->string);
	else if (a->kind == CELL_STRING || b->kind == CELL_STRING)
		order = (a->kind == CELL_STRING) - (b->kind == CELL_STRING);
	else if (a->kind == CELL_UNSIGNED && b->kind == CELL_UNSIGNED)
		order = (a->value > b->value) - (a->value < b->value);
	else
		order = (number(a) > number(b)) - (number(a) < number(b));
	return descending ? -order : order;
}

static int compare_rows(const void *left, const void *right, void *arg)
{
	const struct row *a = *(struct row *const *)left;
	const struct row *b = *(struct row *const *)right;
	const struct sort *sort = arg;
	size_t i;

	for (i = 0; i < sort->nr_keys; i++) {
		const struct sort_key *key = &sort->keys[i];
		int order = compare_cells(&a->cells[key->column],
					  &b->cells[key->column],
					  key->descending);

		if (order)
			return order;
	}
	return (a->nr > b->nr) - (a->nr < b->nr);
}

int table_sort(struct table *table, const char *list)
{
	struct sort sort = { };
	char *copy, *rest, *name;
	int status = STATUS_OK;

	if (!list)
		return STATUS_OK;
	copy = rest = xstrdup(list);
	while ((name = strsep(&rest, ","))) {
		struct sort_key key = { .descending = *name == '-' };

		key.column = find_column(table, name + (*name == '-' || *name == '+'));
		if (key.column == table->nr_columns) {
			status = STATUS_USAGE;
			break;
		}
		table->asked[key.column] = true;
		sort.keys = xreallocarray(sort.keys, sort.nr_keys + 1,
					  sizeof(sort.keys[0]));
		sort.keys[sort.nr_keys++] = key;
	}
	if (!status && table->nr_rows)
		qsort_r(table->rows, table->nr_rows, sizeof(table->rows[0]),
			compare_rows, &sort);
	free(sort.keys);
	free(copy);
	return status;
}

/* ---- help ---- */

#define HELP_WIDTH	78
#define HELP_INDENT	17

/* @help, folded behind the names of the columns. */
static char *folded(const char *help)
{
	char *text = xstrdup(""), *more;

	while (strlen(help) > HELP_WIDTH - HELP_INDENT) {
		size_t len = HELP_WIDTH - HELP_INDENT;

		while (len && help[len] != ' ')
			len--;
		if (!len)
			break;
		more = xasprintf("%s%.*s\n%*s", text, (int)len, help,
				 HELP_INDENT, "");
		free(text);
		text = more;
		help += len + 1;
	}
	more = xasprintf("%s%s", text, help);
	free(text);
	return more;
}

static char *column_help(const struct column *column)
{
	char *text = folded(column->help);
	char *line = xasprintf("  %-*s %s\n", HELP_INDENT - 3, column->name, text);

	free(text);
	return line;
}

char *columns_help(const struct column *columns, size_t nr_columns)
{
	const char *group = NULL;
	char *help = NULL;
	size_t room, i;
	FILE *to;

	to = open_memstream(&help, &room);
	for (i = 0; to && i < nr_columns; i++) {
		char *line = column_help(&columns[i]);

		if (columns[i].group && columns[i].group != group)
			fprintf(to, " %s, which is all of:\n", columns[i].group);
		else if (!columns[i].group && group)
			fputs(" others:\n", to);
		group = columns[i].group;
		fputs(line, to);
		free(line);
	}
	if (!to || fclose(to))
		exit(fail("no memory"));
	return help;
}
