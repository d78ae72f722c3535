/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reader of /proc/pcstats: text in, structs out.
 *
 * Plain C over libc (GNU mode: reallocarray), no global state.  Compile
 * reader.c, reader_word.c, reader_table.c, reader_join.c and reader_find.c into
 * the program, and reader_diff.c if it compares snapshots.  The form that is
 * read is module/ABI; tallies and the tables that they are in are those of
 * counters.h, so one added there needs no change here.
 *
 * What is not known is skipped: records, columns, `total` and `hook` words
 * added under the same version.  A tally that the text lacks (the module is
 * older than this reader) reads PCSTATS_UNWATCHED, as does "-".  A missing
 * column of another kind (pid, state, comm, ...) is an error, and so is a text
 * without a task, mm or cow table.
 *
 * Functions that return int return 0 or a negative errno:
 *   -ENOENT           no such file: pcstats is not loaded
 *   -EPROTONOSUPPORT  the text says a version newer than this reader
 *   -EPROTO           malformed or cut off; struct pcstats_error says where
 *   -ENOMEM           and whatever open(2) and read(2) give
 * After a failure the snapshot is empty and need not be freed, but may be.
 */
#ifndef PCSTATS_READER_H
#define PCSTATS_READER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../module/counters.h"

#define PCSTATS_PATH		"/proc/pcstats"

/* A tally whose event source is off: "not watched", never "none". */
#define PCSTATS_UNWATCHED	ULLONG_MAX
/* The same for a difference of two tallies. */
#define PCSTATS_DELTA_UNWATCHED	LLONG_MIN

/*
 * Of a comm or a name, unescaped, with the terminator; the module's own limits
 * are 16 and 28.
 */
#define PCSTATS_COMM_SIZE	64

#define PCSTATS_ENUM(name, sources, help) PCSTATS_##name,

/* PCSTATS_forks, PCSTATS_vforks, ... : the index into every tally[]. */
enum pcstats_tally {
	PCSTATS_TASK_COUNTERS(PCSTATS_ENUM)
	PCSTATS_NR_TASK_TALLIES,
	/* so that the first cow tally takes the number of the line above */
	PCSTATS_LAST_TASK_TALLY = PCSTATS_NR_TASK_TALLIES - 1,
	PCSTATS_ALL_COW_COUNTERS(PCSTATS_ENUM)
	PCSTATS_NR_TALLIES
};

#define PCSTATS_TABLE_ENUM(record, RECORD) PCSTATS_TABLE_##record,

/* PCSTATS_TABLE_cow, ... : the tables of copy-on-write tallies. */
enum pcstats_cow_table {
	PCSTATS_COW_TABLES(PCSTATS_TABLE_ENUM)
	PCSTATS_NR_COW_TABLES
};

/* The state column.  A live task: letter alone, exit_code and signal -1. */
struct pcstats_state {
	char letter;		/* as in /proc/PID/stat; 'X' if exited */
	bool exited;		/* the task is gone, its row kept */
	int exit_code;		/* 0..255, or -1 */
	int signal;		/* that killed it, or -1 */
};

/* The call that made a task. */
enum pcstats_call {
	PCSTATS_CALL_UNKNOWN,	/* it is older than the module, or than the text */
	PCSTATS_CALL_FORK,
	PCSTATS_CALL_VFORK,
	PCSTATS_CALL_THREAD,
	PCSTATS_CALL_CLONE,
};

/*
 * One row of the task table.  The copy-on-write tallies come from its rows of
 * their tables; without a row they are 0 if watched, else PCSTATS_UNWATCHED.
 * id to call are from its row of the born table: UNWATCHED, or
 * PCSTATS_CALL_UNKNOWN, without one.
 */
struct pcstats_task {
	pid_t pid, tgid, ppid;
	struct pcstats_state state;
	unsigned long long mm;	/* 0: kernel thread; UNWATCHED: no record */
	unsigned long long tally[PCSTATS_NR_TALLIES];
	unsigned long long id;		/* its own number, never used twice */
	unsigned long long creator;	/* id of who made it; 0: not known */
	unsigned long long born_pages;	/* shared with it by its fork */
	unsigned long long born_ns;	/* what making it cost */
	enum pcstats_call call;
	char comm[PCSTATS_COMM_SIZE];
};

/* One row of the mm table; a column that the text lacks: PCSTATS_UNWATCHED. */
struct pcstats_mm {
	unsigned long long id;
	unsigned long long users, tasks, procs, files, fs, sighand;
	char comm[PCSTATS_COMM_SIZE];
};

/* The task that a row of the other tables is about, as it was by then. */
struct pcstats_identity {
	pid_t pid, tgid;
	struct pcstats_state state;
	unsigned long long mm;	/* UNWATCHED if the text lacks the column */
	char comm[PCSTATS_COMM_SIZE];
};

/*
 * One row of a table of copy-on-write tallies as it stands; the tallies that
 * are not of its table are UNWATCHED.
 */
struct pcstats_cow {
	struct pcstats_identity task;
	unsigned long long tally[PCSTATS_NR_TALLIES];
};

/* One row of the map table: pages that a task copied in a named mapping. */
struct pcstats_map {
	struct pcstats_identity task;
	unsigned long long copies;
	char name[PCSTATS_COMM_SIZE];
};

/* One row of the fork table: the last fork that a process took part in. */
struct pcstats_fork {
	struct pcstats_identity task;
	bool child;			/* on the child's side of it */
	unsigned long long other;	/* mm of the other side */
	unsigned long long shared, copied, other_copied;
};

/* One row of the born table: how a task came to be. */
struct pcstats_born {
	struct pcstats_identity task;
	unsigned long long id, creator, pages, ns;
	enum pcstats_call call;
};

/*
 * One row of the most table: a process of the job, live or gone, with the
 * tallies that the table has; the others are UNWATCHED.
 */
struct pcstats_most {
	pid_t pid;			/* of the process, its tgid */
	unsigned long long tally[PCSTATS_NR_TALLIES];
	char name[PCSTATS_COMM_SIZE];	/* the file with most copies; "": none */
	char comm[PCSTATS_COMM_SIZE];
};

struct pcstats_hook {
	char name[64];
	char mechanism[32];
	bool on;
	unsigned long long missed;
	char reason[128];		/* of off, cut to fit; else "" */
};

/* `total` records; all PCSTATS_UNWATCHED in a PID namespace, present false. */
struct pcstats_total {
	bool present;
	unsigned long long tally[PCSTATS_NR_TALLIES];
	unsigned long long tasks, exited, lost;
};

/*
 * `job` records: of the job that belongs to the open file that was read
 * (module/ioctl.h).  All PCSTATS_UNWATCHED without one, present false.
 */
struct pcstats_job {
	bool present;
	unsigned long long tally[PCSTATS_NR_TALLIES];
	unsigned long long tasks, peak, members, processes, lost;
};

struct pcstats_snapshot {
	struct pcstats_total total;
	struct pcstats_job job;
	struct pcstats_hook *hooks;
	size_t nr_hooks;
	struct pcstats_task *tasks;	/* in the order of the text */
	size_t nr_tasks;
	struct pcstats_mm *mms;
	size_t nr_mms;
	struct {
		struct pcstats_cow *rows;
		size_t nr;
	} cow[PCSTATS_NR_COW_TABLES];
	size_t nr_cows;			/* in all of these tables */
	struct pcstats_map *maps;
	size_t nr_maps;
	struct pcstats_fork *forks;
	size_t nr_forks;
	struct pcstats_born *borns;
	size_t nr_borns;
	struct pcstats_most *most;
	size_t nr_most;
};

struct pcstats_error {
	unsigned long line;		/* from 1; 0 if it is not about a line */
	char reason[160];		/* never empty after a failure */
};

/* Column names, indexed by enum pcstats_tally. */
extern const char *const pcstats_tally_names[PCSTATS_NR_TALLIES];

/*
 * Parse @len bytes.  @text need not be terminated and may hold any bytes.
 * @snap is overwritten: free an earlier one first.  @err may be NULL.
 */
int pcstats_parse(struct pcstats_snapshot *snap, const char *text, size_t len,
		  struct pcstats_error *err);

/* Read @path (NULL: PCSTATS_PATH) to its end and parse it. */
int pcstats_read(struct pcstats_snapshot *snap, const char *path,
		 struct pcstats_error *err);

/* Read what is open as @fd, from its beginning if that can be had. */
int pcstats_read_fd(struct pcstats_snapshot *snap, int fd,
		    struct pcstats_error *err);

void pcstats_free(struct pcstats_snapshot *snap);

/*
 * Rows by pid (of the thread), NULL if there is none.  _exited finds the one
 * that left last, _task prefers the live row to an exited one of its pid.
 */
const struct pcstats_task *
pcstats_find_live(const struct pcstats_snapshot *snap, pid_t pid);
const struct pcstats_task *
pcstats_find_exited(const struct pcstats_snapshot *snap, pid_t pid);
const struct pcstats_task *
pcstats_find_task(const struct pcstats_snapshot *snap, pid_t pid);
const struct pcstats_mm *
pcstats_find_mm(const struct pcstats_snapshot *snap, unsigned long long id);
const struct pcstats_hook *
pcstats_find_hook(const struct pcstats_snapshot *snap, const char *name);
/* The row in @table of @task, which is one of @snap's; NULL: it has none. */
const struct pcstats_cow *
pcstats_find_cow(const struct pcstats_snapshot *snap,
		 enum pcstats_cow_table table, const struct pcstats_task *task);

/*
 * The first row of @task in the map table if @last is NULL, else the next one
 * behind @last; NULL: no more.  Exited threads of one process that differ in
 * nothing, their pid having been used again, have each other's rows.
 */
const struct pcstats_map *
pcstats_next_map(const struct pcstats_snapshot *snap,
		 const struct pcstats_task *task,
		 const struct pcstats_map *last);
/* The fork row of @task, who must be the one that owns the memory; or NULL. */
const struct pcstats_fork *
pcstats_find_fork(const struct pcstats_snapshot *snap,
		  const struct pcstats_task *task);

/* @after - @before; unwatched if either is or the difference does not fit. */
long long pcstats_delta(unsigned long long before, unsigned long long after);

/*
 * What one task did between two snapshots.  New: @before is NULL and the
 * tallies are all that it did.  Gone without a row: @after is NULL and the
 * tallies are unwatched, since what it did last is not known.  A task that
 * was live and now has an exited row has both.  Negative after a reset.
 * An exited row that history has dropped is not a change.
 */
struct pcstats_change {
	const struct pcstats_task *before, *after;
	long long tally[PCSTATS_NR_TALLIES];
};

struct pcstats_diff {
	long long total[PCSTATS_NR_TALLIES];
	struct pcstats_change *tasks;	/* in the order of @after, then the gone */
	size_t nr_tasks;
};

/*
 * Rows are matched by the task's id, which is exact.  Where one of the texts
 * has none, by pid and tgid; a reused pid is then told by its mm id, so a
 * thread id reused within one process is taken for the same thread, and a
 * thread that execs is new under its leader's pid.  @diff points into both
 * snapshots, which must stay as long as it is used.  -ENOMEM or 0.
 */
int pcstats_diff(struct pcstats_diff *diff,
		 const struct pcstats_snapshot *before,
		 const struct pcstats_snapshot *after);
void pcstats_diff_free(struct pcstats_diff *diff);
/* The change of @pid: its live row's rather than an exited one's; or NULL. */
const struct pcstats_change *
pcstats_diff_find(const struct pcstats_diff *diff, pid_t pid);

#endif /* PCSTATS_READER_H */
