/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of pcstats show. */
#ifndef PCSTATS_SHOW_H
#define PCSTATS_SHOW_H

#include "tasks.h"

struct show {
	const char *file;
	const char *table;	/* a record of /proc/pcstats; NULL: task */
	double interval;	/* seconds; 0: one snapshot */
	unsigned long long count;	/* of intervals; 0: no end */
	bool counts;		/* and no rates */
	struct task_view view;
	struct filter filter;
};

/* Print what was done in one interval after the other; the exit status. */
int show_intervals(struct show *show);

/* Whether there is such a table, other than that of tasks. */
bool show_knows_table(const char *name);
/* Print it; the exit status. */
int show_table(const struct show *show, const struct pcstats_snapshot *snap);
/* One line for each of these tables, for --help. */
#define SHOW_TABLES \
	"  mm     address spaces, and who shares what\n" \
	"  map    of which files pages were copied, by whom\n" \
	"  fork   what is left of what a fork shared\n" \
	"  hook   event sources\n" \
	"  total  the system's totals\n"

#endif /* PCSTATS_SHOW_H */
