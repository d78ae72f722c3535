/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pcstats lab: lab.c has the options, lab_print.c the output of one lab, lab_summary.c
 * that of all, lab_machine.c says on what they ran; the labs and their frame are in
 * ../labs.
 */
#ifndef PCSTATS_COMMAND_LAB_H
#define PCSTATS_COMMAND_LAB_H

#include <jansson.h>

#include "../labs/sheet.h"

struct table;

/*
 * Exit statuses: as the workloads have them.  2 is that of wrong usage in all
 * subcommands; 1 that of what has failed.
 */
enum {
	LAB_AS_PREDICTED = 0,
	LAB_DIFFERS = 1,
	LAB_BROKEN = 2,
	LAB_UNJUDGED = 4,
};

/* Of what came out; how bad it is grows in the order 0, 4, 1, 2. */
int lab_exit_status(const struct sheet *sheet);
int lab_worse(int status, int other);

/* Claim and prediction; and, when it is done, table, verdict and where to read on. */
void lab_print_head(const struct lab *lab);
void lab_print_result(const struct lab *lab, const struct sheet *sheet);
/* What was found, as JSON; @sabotage may be NULL.  A new reference. */
json_t *lab_json(const struct lab *lab, const struct sheet *sheet,
		 const char *sabotage);

/* Kernel, processor and memory; a new reference. */
json_t *lab_machine(void);

/*
 * lab_summary.c.  @results: an array of lab_json().
 * A line for each; table_free() it.
 */
struct table *lab_summary(const json_t *results);
/*
 * Whether each verdict is one that a line "NAME: VERDICT" of the file @path allows,
 * and nothing came out other than predicted.  Says what is wrong; the exit status.
 */
int lab_compare(const json_t *results, const char *path);

#endif /* PCSTATS_COMMAND_LAB_H */
