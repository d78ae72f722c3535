/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pcstats command: main.c finds the subcommand, one file each, that does
 * the work.  Each parses its options with argp, reads one or more snapshots
 * (source.h), makes tables of them (table.h) and prints these as text, CSV or
 * JSON (document.h).
 *
 * Output goes to stdout (that of `run` to stderr, or where -o says), errors to
 * stderr as "pcstats: what: why".
 */
#ifndef PCSTATS_COMMAND_H
#define PCSTATS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, also in pcstats(1).  Those of `run` are in run.c. */
enum status {
	STATUS_OK,
	STATUS_FAILED,	/* not loaded, no permission, malformed, disk full */
	STATUS_USAGE,	/* an option or argument that is none */
	STATUS_NONE,	/* nothing that was asked for exists, as pgrep's 1 */
};

struct subcommand {
	const char *name;
	const char *summary;	/* a line of `pcstats --help` */
	/* argv[0] is "pcstats NAME", for argp.  Returns the exit status. */
	int (*main)(int argc, char **argv);
};

extern const struct subcommand
	subcommand_cow, subcommand_diff, subcommand_lab, subcommand_record,
	subcommand_report, subcommand_run, subcommand_share, subcommand_show, subcommand_top,
	subcommand_tree;

/* Say "pcstats: ..." on stderr; returns STATUS_FAILED. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What malloc(3) and friends give, or the end of the program. */
void *xcalloc(size_t nr, size_t size);
void *xreallocarray(void *at, size_t nr, size_t size);
char *xstrdup(const char *string);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * @word as a whole decimal number of at most @max into *@value; false if it is
 * none.
 */
bool parse_number(const char *word, unsigned long long max,
		  unsigned long long *value);
/* The same of a process id, which is not 0. */
bool parse_pid(const char *word, unsigned long long *pid);
/* Seconds, with a fraction if one likes: 0.1 to a day. */
bool parse_seconds(const char *word, double *value);

#endif /* PCSTATS_COMMAND_H */
