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

enum {
	EXIT_AGREED = 0,	/* every prediction came true */
	EXIT_DIFFERED = 1,
	EXIT_BROKEN = 2,	/* could not be run: usage or a failed call */
	EXIT_SKIPPED = 4,	/* not loaded, or a predicted tally unwatched */
};

/* An option --NAME N; the array of a workload ends with a NULL name. */
struct setting {
	const char *name;
	unsigned long *value;		/* holds the default */
	unsigned long min, max;
	const char *help;
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

/* ---- in the subject: doing things (subject.c) -------------------------- */

#define __printf(a, b)	__attribute__((format(printf, a, b)))

/* Say what failed, with errno if it is not 0, and exit with EXIT_BROKEN. */
_Noreturn void die(const char *format, ...) __printf(1, 2);

/*
 * Write to each private page of this process except those of regions, and
 * grow the stack first: after it no access of the process' own (stack, data,
 * libc) takes a copy-on-write fault until the next fork.
 */
void settle(void);

/* @pages of private anonymous memory, none present; settle() passes it by. */
char *region(unsigned long pages);
/* The same, a private mapping of a file in memory whose pages are filled. */
char *file_region(unsigned long pages);
/* Write to, or read, a byte of each page. */
void write_pages(char *at, unsigned long pages, char value);
void read_pages(const char *at, unsigned long pages);
/* Die unless each page of the region still holds @value. */
void check_pages(const char *at, unsigned long pages, char value);

size_t page_size(void);

/*
 * A child with a line to its parent.  On both sides child_tell() sends a byte
 * and child_hear() waits for one (false: the other side is gone).
 */
struct child {
	pid_t pid;		/* 0 in the child itself */
	int in, out;
};

/*
 * Fork; parent and child have both settled when it returns, and the child
 * waits in its first child_hear().  @run is what the child does; it exits
 * with 0 when that returns.
 */
struct child fork_child(void (*run)(const struct child *self));
void child_tell(const struct child *child);
bool child_hear(const struct child *child);
/* Wait until @pid has exited with status 0. */
void reap(pid_t pid);

/* A child that vfork made, and that exited at once. */
pid_t vfork_exit(void);

/*
 * Where many children, or threads, say that they have arrived, and wait until
 * they are released.  @own_files: the task has a file table of its own.
 */
struct gate {
	int arrived[2], held[2];
};

void gate_init(struct gate *gate);
void gate_pass(struct gate *gate, bool own_files);
void gate_gather(struct gate *gate, unsigned long n);
void gate_release(struct gate *gate);

/* Arguments that make execve() of workload_path() run @continued(@left). */
char **workload_exec_args(unsigned long left);
const char *workload_path(void);

#endif /* PCSTATS_WORKLOAD_H */
