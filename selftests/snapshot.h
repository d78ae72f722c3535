/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading /proc/pcstats and comparing rows of it, exactly. */
#ifndef PCSTATS_SNAPSHOT_H
#define PCSTATS_SNAPSHOT_H

#include <stdbool.h>
#include <sys/types.h>

#include "userspace/reader.h"

/* Read /proc/pcstats or fail.  To be freed with pcstats_free(). */
struct pcstats_snapshot snapshot(void);

/* The live row of @pid in a new snapshot; fails if there is none. */
struct pcstats_task task_row(pid_t pid);

/* The exited row of @pid; fails if there is none. */
struct pcstats_task exited_row(pid_t pid);

/* The row of the address space that @pid uses. */
struct pcstats_mm mm_row(pid_t pid);

/* Its id; 0 for a kernel thread. */
unsigned long long mm_id(pid_t pid);

/*
 * Return when all other user tasks sleep, the readers of this test's output
 * among them, and the caller's own memory is settled: until the caller wakes
 * one, only the kernel makes tasks, and nobody faults.
 */
void wait_for_rest(void);

/*
 * What was not recorded since the module was loaded, in words: events that a
 * source saw and found no record for.  "" if there is nothing.
 */
const char *missed_events(void);

/* The row of the live task @pid in the fork table; fails if there is none. */
struct pcstats_fork fork_row(pid_t pid);
bool has_fork_row(pid_t pid);

/* What the live task @pid copied in the mapping @name, and how many it has. */
unsigned long long map_copies(pid_t pid, const char *name);
size_t map_rows(pid_t pid);

/*
 * The pid of a row in any table whose task is not in the task table; 0 if there
 * is none.  For a time in which no task that has such rows is born or dies.
 */
pid_t stray_row(const struct pcstats_snapshot *snap);

/* Is there a row of this pid, live (or exited)? */
bool has_live_row(pid_t pid);
bool has_exited_row(pid_t pid);

/*
 * What this kernel cannot do and therefore has nothing to count by: huge pages
 * where it is built without (Debian's rt kernels).  Such a tally is not watched.
 */
bool cannot_happen(size_t tally);

/*
 * The first thing that is not watched though this kernel has it, in words; ""
 * if all is.  Valid until the next call.
 */
const char *not_watched(void);

/*
 * Over the rows of all tasks, as the total should be; a tally that is not
 * watched in one of them is not in the sum, either.
 */
unsigned long long sum_of_rows(const struct pcstats_snapshot *snap,
			       size_t tally);

/*
 * Tallies by name, the rest 0: TALLIES([PCSTATS_forks] = 2).  SOME stands for
 * a number above zero that the test cannot know, such as a time.
 */
#define TALLIES(...) \
	((const unsigned long long[PCSTATS_NR_TALLIES]) { __VA_ARGS__ })
#define SOME (PCSTATS_UNWATCHED - 1)

/*
 * Compare what was counted from @before to @after with what is @expected:
 * "" if all agree, else the first that does not, in words.  A tally that is
 * not watched never agrees.  Valid until the next call.
 *
 * all_tallies() is for windows without a creation: fork leaves the creator's
 * own pages to be copied, by a number that is not the test's business.
 */
const char *task_tallies(const struct pcstats_task *before,
			 const struct pcstats_task *after,
			 const unsigned long long *expected);
const char *cow_tallies(const struct pcstats_task *before,
			const struct pcstats_task *after,
			const unsigned long long *expected);
const char *all_tallies(const struct pcstats_task *before,
			const struct pcstats_task *after,
			const unsigned long long *expected);

/* Anonymous pages that @pid has resident, from its smaps_rollup. */
unsigned long long anon_pages(pid_t pid);

/* `processes` of /proc/stat: all creations since boot. */
unsigned long long processes(void);

#endif /* PCSTATS_SNAPSHOT_H */
