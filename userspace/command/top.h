/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pcstats top: top_model.c takes snapshots and makes rows of two of them;
 * top_columns.c and top_head.c put these into words for a given width;
 * top_batch.c prints them, top_screen.c draws them, and top_keys.c, top_ask.c
 * and top_dialog.c let users change what is shown.  Those that include
 * top_screen.h know curses, nobody else does.
 */
#ifndef PCSTATS_TOP_H
#define PCSTATS_TOP_H

#include <stdbool.h>
#include <stddef.h>

#include "../reader.h"
#include "filter.h"
#include "source.h"
#include "table.h"

enum {
	TOP_PID,
	TOP_TGID,
	TOP_PPID,
	TOP_USER,
	TOP_STATE,
	TOP_MM,
	TOP_FIRST_TALLY,
	TOP_COMM = TOP_FIRST_TALLY + PCSTATS_NR_TALLIES,
	TOP_NR_COLUMNS
};

#define TOP_TALLY(name)	(TOP_FIRST_TALLY + PCSTATS_##name)

extern const struct column top_columns[TOP_NR_COLUMNS];

struct top_row {
	const struct pcstats_task *task;	/* that it bears the name of */
	long long tally[PCSTATS_NR_TALLIES];
	char user[33];				/* "": not known */
};

/* What users may change. */
struct top_settings {
	const char *file;	/* NULL: /proc/pcstats */
	double delay;
	bool threads;		/* a row for each thread, not process */
	bool idle;		/* rows of those that did nothing, too */
	bool cumulative;	/* since the module was loaded, not by rate */
	size_t sort;		/* a column */
	bool reverse;		/* not in the column's own direction */
	bool shown[TOP_NR_COLUMNS];
	size_t max_rows;	/* 0: all */
	struct filter filter;
};

struct top {
	struct top_settings set;
	/* after is there if nr_snapshots is 1, before and diff if it is 2. */
	int nr_snapshots;
	struct pcstats_snapshot before, after;
	struct pcstats_diff diff;
	unsigned long long read_ns;	/* when after was read, monotonic */
	double seconds;			/* between the two */
	bool reset;			/* tallies have gone back to zero */
	char *trouble;			/* why the last read failed; or NULL */
	struct top_row *rows;		/* those to be shown, in order */
	size_t nr_rows;
	size_t nr_unseen;		/* tasks that ended and left no row */
};

/* ---- top_model.c ---- */

void top_init(struct top *top);
void top_free(struct top *top);
/* Another snapshot; what went wrong is in top->trouble. */
void top_read(struct top *top);
/* Make the rows anew, after a read or a change of the settings. */
void top_arrange(struct top *top);
/* Is there something to show in rows: a rate, or a total if these are shown? */
bool top_has_rows(const struct top *top);
/*
 * Per second, or since the module was loaded; NaN if it is not known.  That of
 * the whole system, or of one row.
 */
double top_total(const struct top *top, enum pcstats_tally tally);
double top_value(const struct top *top, const struct top_row *row,
		 enum pcstats_tally tally);

/* ---- top_columns.c ---- */

void top_show_defaults(bool shown[TOP_NR_COLUMNS]);
/* The column of this name, else TOP_NR_COLUMNS. */
size_t top_find_column(const char *name);
/* It is text, or numbers of which the small ones come first. */
bool top_ascends(size_t column);
int top_compare(const struct top *top, const struct top_row *a,
		const struct top_row *b);

struct top_place {
	size_t column;
	int x, width;
};

/*
 * Which columns fit into @width, from left to right, the first @skip behind the
 * pid left out: those that matter least go first.  Returns how many.
 */
size_t top_fit(const struct top *top, size_t skip, int width,
	       struct top_place places[TOP_NR_COLUMNS]);

#define TOP_CELL_SIZE	ESCAPED_SIZE
/* The text of a cell, cut and padded to the width of its place. */
void top_cell(const struct top *top, const struct top_row *row,
	      const struct top_place *place, char to[TOP_CELL_SIZE]);
void top_heading(const struct top_place *place, char to[TOP_CELL_SIZE]);
/*
 * At most 6 characters: events with one decimal (none if @whole), from a million
 * on with M, G; bytes with K, M, G of 1024.
 */
void top_number(double value, bool whole, bool bytes, char *to, size_t size);

/* ---- top_head.c ---- */

struct top_line {
	char text[256];
	bool alarm;
};

#define TOP_HEAD_LINES	10
/* The lines above the rows, the most important first; returns how many. */
size_t top_head(const struct top *top, int width,
		struct top_line lines[TOP_HEAD_LINES]);

/* ---- top_batch.c, top_screen.c ---- */

/* Show @times intervals, 0: until a signal.  Both return an exit status. */
int top_batch(struct top *top, bool json, unsigned long long times);
int top_screen(struct top *top, unsigned long long times);

#endif /* PCSTATS_TOP_H */
