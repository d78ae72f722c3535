/* SPDX-License-Identifier: GPL-2.0-only */
/* A table as table.c keeps it, for those who print it. */
#ifndef PCSTATS_TABLE_PRIVATE_H
#define PCSTATS_TABLE_PRIVATE_H

#include "table.h"

struct cell {
	enum {
		CELL_ABSENT,
		CELL_STRING,
		CELL_UNSIGNED,
		CELL_SIGNED,
		CELL_REAL,
		CELL_LIST,
	} kind;
	int decimals;
	union {
		char *string;
		unsigned long long value;
		long long delta;
		double real;
		struct {
			unsigned long long *values;
			size_t nr;
		} list;
	};
};

struct row {
	struct row *parent;
	size_t nr;		/* in the order of table_add() */
	struct row *child, *next;	/* as table_tree() left them */
	void *print;		/* who prints: what it made of the row */
	struct cell cells[];
};

struct table {
	const struct column *columns;
	size_t nr_columns;
	size_t *shown;		/* columns, in the order that they are shown */
	size_t nr_shown;
	bool *asked;		/* columns that the user has named */
	struct row **rows;	/* in the order that they are shown */
	size_t nr_rows, room;
};

/*
 * The rows as a tree has them: each before those below it, which follow it in
 * the order that they are shown.  free() it.
 */
struct row **table_tree(const struct table *table);

/* As text, malloc()ed; NULL: absent. */
char *cell_text(const struct cell *cell);

#endif /* PCSTATS_TABLE_PRIVATE_H */
