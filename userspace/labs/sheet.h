/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What reader and subject share: a mapping that the subject fills, and a pair of
 * pipes by which it asks the reader, one request at a time.
 */
#ifndef PCSTATS_SHEET_H
#define PCSTATS_SHEET_H

#include <stdio.h>

#include "lab.h"

#define MAX_PARTS	8
#define MAX_ROWS	48
#define MAX_SERIES	4
#define MAX_COLUMNS	10
#define MAX_POINTS	2048
#define TEXT		160

struct part {
	char text[TEXT];
};

struct finding {
	int part;
	char what[TEXT], unit[16];
	double low, high;
	bool exact, against;
	bool timed;			/* it comes from times */
	bool measured;
	double value;
	char unjudged[TEXT];		/* why; "": it was */
};

struct series {
	char name[32];
	int nr_columns;
	char columns[MAX_COLUMNS][32];
	int nr_points;
	struct point {
		char label[32];
		double values[MAX_COLUMNS];
	} points[MAX_POINTS];
};

enum request {
	REQUEST_DOING = 'd',
	REQUEST_TASK = 't',		/* or NULL */
	REQUEST_LIVE = 'l',
	REQUEST_PROCESS = 'p',		/* the sum of a tally */
	REQUEST_JOB = 'j',
	REQUEST_MM = 'm',
	REQUEST_FORK = 'f',
	REQUEST_MEMORY = 'k',
};

struct sheet {
	const char *sabotage;		/* of the lab's own; NULL: none */
	int nr_parts, nr_rows, nr_series;
	struct part parts[MAX_PARTS];
	struct finding rows[MAX_ROWS];
	struct series series[MAX_SERIES];
	double progress;
	char doing[TEXT];
	bool complete;			/* run() has returned */
	char skipped[TEXT], failed[TEXT];	/* why; "": it was not */
	/* A request's arguments and its answer. */
	unsigned long long id;
	enum pcstats_tally tally;
	char field[32];
	bool found;
	unsigned long long number;
	struct pcstats_task task;
	struct pcstats_mm mm;
	struct pcstats_fork fork;
	struct pcstats_job job;
};

enum row_state {
	ROW_AGREES,
	ROW_DIFFERS,
	ROW_UNJUDGED,
};

enum verdict {
	VERDICT_HOLDS,
	VERDICT_IN_PART,
	VERDICT_FAILS,
	VERDICT_NONE,			/* could not be judged */
};

/* rounds.c: for qsort(3). */
int compare_doubles(const void *a, const void *b);

/*
 * noise.c.  The share of a CPU's time that others have now, of the busiest one that
 * the caller may use: 0 to 1.  Takes a tenth of a second; 0 if it cannot be told.
 */
double time_lost(void);

/* verdict.c */
enum row_state row_state(const struct finding *row);
/* What its rows say of a part of the claim; never VERDICT_IN_PART. */
enum verdict part_verdict(const struct sheet *sheet, int part);
enum verdict verdict(const struct sheet *sheet);

/*
 * subject.c.  @value, unless a bound of the prediction lies between @low and
 * @high, where half of all that was measured is.
 */
void measured_range(int row, double value, double low, double high);
/* The subject, from the fork to its end. */
_Noreturn void subject_run(const struct lab *lab, struct sheet *sheet, int from,
			   int to, int job);

/*
 * reader.c.  Run @lab, @sabotage being NULL or one of its own, for at most
 * @seconds, and say meanwhile what is being done: to @tell, which may be NULL.
 * Returns the sheet, to be given to lab_free(); NULL if it could not be started,
 * which has been said.
 */
struct sheet *lab_run(const struct lab *lab, const char *sabotage,
		      unsigned int seconds, FILE *tell);
void lab_free(struct sheet *sheet);

#endif /* PCSTATS_SHEET_H */
