/* SPDX-License-Identifier: GPL-2.0-only */
/* pcstats cow: what is shared between its parts. */
#ifndef PCSTATS_COW_H
#define PCSTATS_COW_H

#include <stdbool.h>

#include "../reader.h"
#include "document.h"
#include "interval.h"
#include "table.h"

struct cow_options {
	pid_t pid;
	const char *file, *columns, *sort;
	enum format format;
	bool watch, next;
	double seconds;
};

/* ---- cow_fork.c: forks, as the rows of both sides tell of them ---- */

struct cow_side {
	unsigned long long mm;
	const struct pcstats_task *task;	/* NULL: no row is left */
	unsigned long long copied;
	bool alive;		/* somebody still uses this memory */
};

struct cow_fork {
	struct cow_side parent, child;
	unsigned long long shared;
	/*
	 * Neither side has forked since, by its row.  Of what one that has
	 * copied, some may have been shared with later children only.
	 */
	bool exact;
};

/* The fork by which @parent_mm made @child_mm; false: no row tells of it. */
bool cow_find(const struct pcstats_snapshot *snap, unsigned long long parent_mm,
	      unsigned long long child_mm, struct cow_fork *fork);
/*
 * All that memory @mm is known to have taken part in: the one that made it, then
 * those that it made, oldest first.  free() the list.
 */
size_t cow_forks(const struct pcstats_snapshot *snap, unsigned long long mm,
		 struct cow_fork **list);

/* It has no memory any more, zombie or not. */
bool cow_gone(const struct pcstats_state *state);

/* Copied by both; what neither has copied; unwatched if either's is. */
unsigned long long cow_copied(const struct cow_fork *fork);
unsigned long long cow_left(const struct cow_fork *fork);
double cow_left_percent(const struct cow_fork *fork);
unsigned long long cow_bytes(unsigned long long pages);

/* What all tasks that have @mm, live or kept, have done. */
void cow_tallies(const struct pcstats_snapshot *snap, unsigned long long mm,
		 unsigned long long tally[PCSTATS_NR_TALLIES]);

/* ---- cow_tables.c ---- */

/* Says what is wrong with an option and returns the exit status, or 0. */
int cow_print(const struct cow_options *options,
	      const struct pcstats_snapshot *snap,
	      const struct cow_fork *forks, size_t nr_forks);
char *cow_columns_help(void);

/* ---- cow_watch.c ---- */

struct cow_watch {
	const struct cow_options *options;
	struct interval interval;
	struct pcstats_snapshot snap;	/* of the last look */
	unsigned long long now_ns;	/* when that was */
	unsigned long long last_ns;	/* the one before; 0: none that counts */
	unsigned long long began_ns;	/* the first look at the fork */
	pid_t parent, child;		/* 0: not known */
	unsigned long long parent_mm, child_mm;
	struct cow_fork fork;		/* at the last look that found it */
	bool from_fork;			/* the watch began before the fork */
	/* What the parent had copied before the fork, or the first look. */
	unsigned long long before[PCSTATS_NR_TALLIES];
	unsigned long long last_copied;
	double rate, peak;		/* pages per second; NaN: not known */
};

int cow_watch(const struct cow_options *options);

/* ---- cow_course.c: what a watch prints ---- */

void cow_course_line(const struct cow_watch *watch, bool first);
/* The summary; @how the watch ended is a sentence. */
void cow_course_end(const struct cow_watch *watch, const char *how);

#endif /* PCSTATS_COW_H */
