/* SPDX-License-Identifier: GPL-2.0-only */
/* pcstats report: what is shared between its parts. */
#ifndef PCSTATS_REPORT_H
#define PCSTATS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "../reader.h"
#include "document.h"
#include "series.h"
#include "table.h"

struct report_options {
	const char *path, *tallies, *sort;
	enum format format;
	unsigned long long at, pid;	/* 0: not given */
	bool counts, only_intervals, only_tasks;
};

/* ---- report_sums.c: what its tasks did, summed up snapshot by snapshot ---- */

struct sum {
	pid_t pid, tgid;
	struct pcstats_state state;
	bool gone;		/* left no row: what it did last is not in here */
	long long tally[PCSTATS_NR_TALLIES];
	char comm[PCSTATS_COMM_SIZE];
};

struct sums {
	struct sum *at;
	size_t nr, room;
	size_t *of;		/* the sum of each task of the last snapshot */
	long long total[PCSTATS_NR_TALLIES];
};

/*
 * The difference of two snapshots.  If the tallies were reset between them it
 * counts from the reset on, and *@reset becomes true.
 */
void report_diff(struct pcstats_diff *diff,
		 const struct pcstats_snapshot *before,
		 const struct pcstats_snapshot *after, bool *reset);
/* Add @diff of the last snapshot and @after, which is then the last one. */
void sums_add(struct sums *sums, const struct pcstats_diff *diff,
	      const struct pcstats_snapshot *before,
	      const struct pcstats_snapshot *after);
void sums_free(struct sums *sums);

/* @a + @b; unwatched if either is. */
long long report_add(long long a, long long b);
/* 0 if they are in the wrong order, as in no file of ours. */
double report_seconds(unsigned long long from_ns, unsigned long long to_ns);

/* ---- report_read.c ---- */

struct recording {
	const struct report_options *options;
	FILE *file;
	const char *path;
	struct series_frame frame;
	unsigned long nr;		/* snapshots so far */
	unsigned long long began_ns, first_ns, last_ns;
	bool complete;
	struct table *intervals;
	struct sums sums;
	bool pid_seen;
};

/*
 * Read the whole recording, from behind its first line.  What is wrong with it
 * is said; what came before that is there.  Returns the exit status.
 */
int report_read(struct recording *recording);
/* Print the text of the snapshot that the options name. */
int report_print_at(struct recording *recording);

/* ---- report_tables.c ---- */

struct table *report_intervals(const struct report_options *options);
/* The interval that ended with the last snapshot. */
void report_add_interval(struct recording *recording,
			 unsigned long long before_ns,
			 const struct pcstats_diff *diff);
/* Of the whole recording; NULL if an option is wrong, which was said then. */
struct table *report_sums(const struct recording *recording);
struct table *report_tasks(const struct recording *recording);
char *report_columns_help(void);

#endif /* PCSTATS_REPORT_H */
