/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of the workloads.  A workload is three tasks or more:
 *
 *   reader    the process that was started; reads /proc/pcstats, judges
 *   subject   its child, in which the workload's own code runs
 *   ...       what the subject makes
 *
 * The subject says which tasks are measured and what it predicts of them,
 * opens the window, acts, and closes it.  Opening and closing are handshakes
 * with the reader, which takes a snapshot at each while the subject waits; so
 * neither reading nor printing happens in a task that is measured.
 *
 * Everything the subject calls here is checked: on a failure it says what
 * failed and ends with EXIT_BROKEN.
 */
#ifndef PCSTATS_WORKLOAD_H
#define PCSTATS_WORKLOAD_H

#include <sys/types.h>
#include <unistd.h>

#include "../reader.h"
#include "setting.h"
#include "subject.h"

enum {
	EXIT_AGREED = 0,	/* every prediction came true */
	EXIT_DIFFERED = 1,
	EXIT_BROKEN = 2,	/* could not be run: usage or a failed call */
	EXIT_SKIPPED = 4,	/* not loaded, or a predicted tally unwatched */
};

struct workload {
	const char *name;
	const char *about;		/* what it does, and what must be counted */
	const struct setting *settings;
	/* Runs in the subject, pinned to one CPU, and returns when all is over. */
	void (*subject)(void);
	/* What an image started by workload_exec_args() runs; or NULL. */
	void (*continued)(unsigned long left);
};

/* The whole of main(); returns an exit status from above. */
int workload_main(int argc, char **argv, const struct workload *w);

/* ---- in the subject: what is measured, and what is predicted ---------- */

/* Numbers of the mm table at the end, as if they were tallies. */
enum {
	MM_TASKS = PCSTATS_NR_TALLIES,
	MM_PROCS,
	NR_PREDICTABLE,
};

enum role_flags {
	ROLE_LIVE = 0,
	ROLE_NEW = 1,		/* its counts began in the window, at zero */
	ROLE_EXITED = 2,	/* its row is an exited one in the end; implies NEW */
};

/* A kind of task that is measured; every prediction is of each of its tasks. */
int role(const char *name, enum role_flags flags);
void role_task(int role, pid_t pid);

void predict(int role, int what, unsigned long long n);
enum tables { TASK_TABLE = 1, COW_TABLE = 2, BOTH_TABLES = 3 };

/* 0 for each tally of @tables that has no prediction of its own. */
void predict_rest_zero(int role, enum tables tables);
/* fork_ns: more than nothing, less than the window lasted. */
void predict_fork_ns(int role);

/* Anonymous pages of @pid by its smaps; @pid is to be at rest. */
unsigned long long anon_pages(pid_t pid);

void window_open(void);
void window_close(void);

/* ---- in the subject: exec ------------------------------------------------- */

/* Arguments that make execve() of workload_path() run @continued(@left). */
char **workload_exec_args(unsigned long left);
const char *workload_path(void);

#endif /* PCSTATS_WORKLOAD_H */
