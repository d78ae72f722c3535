/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables: rows of typed cells under named columns, which the user may choose
 * and sort by, printed as text (libsmartcols), CSV (RFC 4180) or JSON (jansson).
 *
 * A column's name is its heading in text, its field in CSV and its key in JSON,
 * the same name in all three, and that of /proc/pcstats where it comes from
 * there.  A cell that is never set, or is not known (PCSTATS_UNWATCHED), is "-"
 * in text, empty in CSV and null in JSON.
 *
 * Nothing here fails for want of memory: the program ends.
 */
#ifndef PCSTATS_TABLE_H
#define PCSTATS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

struct column {
	const char *name;
	const char *help;	/* for --help, and the man page */
	bool text;		/* left-aligned, sorted as text */
	bool hidden;		/* shown only if asked for */
	bool tree;		/* the text table draws the tree here */
	bool trunc;		/* may be cut to fit the terminal */
	const char *group;	/* a name in LISTs for all columns that have it */
	/*
	 * If not 0, and if nobody has asked for it by name, left out on a
	 * terminal too narrow for all; the highest goes first.
	 */
	unsigned int spare;
};

struct table;
struct row;

/* @columns stays the caller's, and must stay. */
struct table *table_new(const struct column *columns, size_t nr_columns);
void table_free(struct table *table);

/* Add a row; @parent is another row of this table, or NULL. */
struct row *table_add(struct table *table, struct row *parent);
size_t table_rows(const struct table *table);
/* Whether @column is among those that are shown. */
bool table_shows(const struct table *table, size_t column);

/* @column is an index into the columns.  The string is copied; NULL: absent. */
void row_string(struct row *row, size_t column, const char *string);
/* Absent if it is PCSTATS_UNWATCHED or PCSTATS_DELTA_UNWATCHED. */
void row_unsigned(struct row *row, size_t column, unsigned long long value);
void row_signed(struct row *row, size_t column, long long value);
/* Printed with @decimals digits behind the point; NaN: absent. */
void row_real(struct row *row, size_t column, double value, int decimals);
/*
 * Numbers, copied: 4,7-9 in text and CSV, and [4, 7, 8, 9] in JSON.
 * They sort by how many they are.
 */
void row_list(struct row *row, size_t column, const unsigned long long *values,
	      size_t nr);

/*
 * The columns shown, and their order: "pid,comm,copied"; with a "+" in front
 * these are added to those that are shown anyway.  The name of a group stands for
 * all of its columns.  NULL: no change.  Returns 0,
 * or says what is wrong and returns STATUS_USAGE.
 */
int table_select(struct table *table, const char *list);
/* The same of columns that nobody has asked for. */
void table_preset(struct table *table, const char *list);
void table_select_all(struct table *table);

/*
 * As `ps --sort`: "-copied,pid" sorts by copied, largest first, then by pid.  In
 * a tree, among the children of one row.  Absent cells come last.  NULL: no
 * change.  Returns as table_select().
 */
int table_sort(struct table *table, const char *list);

/* Text: as wide as the terminal, or as needed where @to is none. */
void table_print_text(const struct table *table, FILE *to);
void table_print_csv(const struct table *table, FILE *to);
/* The same without the line of names: what comes next in a series. */
void table_print_csv_rows(const struct table *table, FILE *to);
/*
 * An array with an object for each row, and, in a table with a tree column, the
 * rows below it as its "children".  A new reference.
 */
json_t *table_json(const struct table *table);

/* A line for each column, for a subcommand's --help.  malloc()ed. */
char *columns_help(const struct column *columns, size_t nr_columns);

#endif /* PCSTATS_TABLE_H */
