/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the reader share with each other and with nobody else. */
#ifndef PCSTATS_READER_PRIVATE_H
#define PCSTATS_READER_PRIVATE_H

#include "reader.h"

/*
 * reader_word.c: words and their values.  A value function takes the whole
 * word or refuses it: no sign, no leading or trailing byte, nothing beyond
 * its range.
 */

/* A stretch of the text; never terminated. */
struct word {
	const char *at;
	size_t len;
};

/* Cut the next word, ended by a space, off @line; false: there is none. */
bool word_next(struct word *line, struct word *w);
bool word_is(struct word w, const char *name);
/* For %.*s in a message: enough of a word to recognise it. */
int word_shown(struct word w);

/* @max is at least 9. */
bool word_number(struct word w, unsigned long long max,
		 unsigned long long *value);
/* A number or "-"; PCSTATS_UNWATCHED itself is not a number. */
bool word_tally(struct word w, unsigned long long *value);
bool word_state(struct word w, struct pcstats_state *state);
/* Unescaped into @to, terminated; NULL, or what is wrong with it. */
const char *word_comm(struct word w, char to[PCSTATS_COMM_SIZE]);

#define READER_MAX_COLUMNS	256

/* A table of enum pcstats_cow_table is READER_COW + its number. */
enum {
	READER_TASK,
	READER_MM,
	READER_COW,
	READER_MAP = READER_COW + PCSTATS_NR_COW_TABLES,
	READER_FORK,
	READER_BORN,
	READER_MOST,
	READER_NR_TABLES
};

struct rows {
	char *at;
	size_t nr, room;
};

struct column;

/* A table as the text has it: column i is fields[i], NULL if not known. */
struct table {
	const struct column *fields[READER_MAX_COLUMNS];
	size_t nr_fields;		/* 0: no "#" line yet */
	struct rows rows;
};

struct parser {
	struct pcstats_snapshot *snap;	/* only what is no table is in it yet */
	struct rows hooks;
	struct table tables[READER_NR_TABLES];
	struct pcstats_error *err;
	unsigned long line;		/* 0: not about a line */
};

/* reader.c.  Returns @error, having filled p->err. */
int reader_fail(struct parser *p, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* A zeroed row of @size bytes at the end of @rows; NULL: no memory. */
void *reader_add_row(struct rows *rows, size_t size);

/* reader_table.c.  A table's index by its record's name, or -1. */
int reader_find_table(struct word record);
int reader_columns_line(struct parser *p, struct word line);
/* @line is what follows the record's name. */
int reader_row_line(struct parser *p, int t, struct word line);
/* That the text had the "#" line of every table that it must have. */
int reader_check_tables(struct parser *p);
/* The text has a column of this copy-on-write tally in table @t. */
bool reader_has_tally(const struct parser *p, int t, int tally);

/*
 * reader_join.c.  Give each task what its rows have in the born table and the
 * tables of copy-on-write tallies, or what it has without one.  0, or -1: no
 * memory.
 */
int reader_join(const struct parser *p, struct pcstats_snapshot *snap);

#endif /* PCSTATS_READER_PRIVATE_H */
