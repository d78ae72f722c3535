/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pcstats run: run.c has the options and repeats; run_job.c starts the command
 * or attaches, and counts; run_wait.c waits, and has the signals; run_values.c
 * has the numbers of all runs, and prints them as CSV and JSON; run_report.c
 * prints them for people, with what run_comment.c says of them.
 */
#ifndef PCSTATS_RUN_PRIVATE_H
#define PCSTATS_RUN_PRIVATE_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "../reader.h"
#include "document.h"

/* Exit statuses where it is not that of the command, as env(1) has them. */
enum {
	RUN_FAILED = 125,	/* pcstats itself */
	RUN_CANNOT_EXEC = 126,
	RUN_NOT_FOUND = 127,
	RUN_SIGNALLED = 128,	/* + the signal that ended the command */
};

struct run_target {
	char **argv;		/* the command; NULL: none */
	pid_t *pids;		/* processes to count instead of it */
	size_t nr_pids;
	char **files;		/* saved texts to report on instead of both */
	size_t nr_files;
	bool wait;		/* for the command's descendants */
};

/* What was counted in one run. */
struct run_sample {
	int wait_status;	/* of the command; -1: there was none */
	bool interrupted;	/* Ctrl-C: no further runs */
	double elapsed;		/* seconds until the command ended; NaN: not known */
	double measured;	/* seconds until the count was taken */
	struct pcstats_job job;
	struct pcstats_most *most;
	size_t nr_most;
};

struct run_samples {
	struct run_sample *at;
	size_t nr;
};

/* run_wait.c */

struct run_signals {
	sigset_t before, blocked;
	struct sigaction child, pipe;	/* SIGCHLD's and SIGPIPE's, before */
	int fd;				/* where blocked ones arrive */
};

/*
 * From now on signals reach pcstats only where it waits.  @attach: SIGINT, too,
 * if it was ignored.
 */
void run_signals_take(struct run_signals *signals, bool attach);
/* In the vfork child of a command: as they were. */
void run_signals_restore(const struct run_signals *signals);
/*
 * Until all of @nr pidfds in @ends are those of dead processes; ends[-1] is
 * there, to be used.  Signals to pcstats are passed on to @command; if that is
 * 0 they end the wait.  Returns whether one did, or came from a terminal.
 */
bool run_wait_processes(const struct run_signals *signals, struct pollfd *ends,
			size_t nr, pid_t command);
/* Until no task of @fd's job is alive; true if a signal ended the wait. */
bool run_wait_job(const struct run_signals *signals, int fd);

/* run_job.c.  Returns 0, or the exit status, having said what went wrong. */
int run_measure(const struct run_target *target,
		const struct run_signals *signals, struct run_sample *sample);
/* The same from a saved text. */
int run_read_saved(const char *path, struct run_sample *sample);
/* The status that pcstats exits with for this one of wait(2). */
int run_exit_status(int wait_status);

/* run_values.c.  What a job has beside its tallies, which come first. */
enum {
	RUN_PROCESSES = PCSTATS_NR_TALLIES,
	RUN_PEAK,
	RUN_MEMBERS,
	RUN_TASKS,
	RUN_LOST,
	RUN_NR_COUNTS,
	RUN_ELAPSED = RUN_NR_COUNTS,
	RUN_MEASURED,
	RUN_NR_VALUES
};

const char *run_value_name(int value);
/* Of all runs; NaN if it was not watched, or is not known, in one of them. */
double run_mean(const struct run_samples *samples, int value);
/* Standard error of the mean in percent of it, as perf stat has it. */
double run_spread(const struct run_samples *samples, int value);
/* @append: without the line of names if there is something in @to. */
void run_print_csv(const struct run_samples *samples, FILE *to, bool append);
void run_print_json(const struct run_target *target,
		    const struct run_samples *samples, FILE *to);
/* @argv as one line, escaped; malloc()ed. */
char *run_command_line(char **argv);

/* run_comment.c.  What the mean of @value amounts to; malloc()ed, or NULL. */
char *run_comment(const struct run_samples *samples, int value);

/* run_report.c */
void run_print_report(const struct run_target *target,
		      const struct run_samples *samples, FILE *to);

#endif /* PCSTATS_RUN_PRIVATE_H */
