/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of the copy-on-write tests: one region, puppets that touch it. */
#ifndef PCSTATS_COW_H
#define PCSTATS_COW_H

#include <signal.h>

#include "pcstats.h"

/* Mapped by the test before it makes puppets, so that all have it. */
static char *region;

static inline long do_write(long pages)
{
	region_write(region, pages);
	return 0;
}

static inline long do_read(long pages)
{
	region_read(region, pages);
	return 0;
}

/*
 * What N pages count in the row of the task that did it; nothing in any other
 * column.  A copy has a region, that of an anonymous page a reason as well.
 */
#define COPIED_AS(n, why, where)					      \
	TALLIES([PCSTATS_copied] = (n), [PCSTATS_bytes] = (n) * PAGE,	      \
		[PCSTATS_##why] = (n), [PCSTATS_##where] = (n))
#define COPY_OF(n, kind, where)						      \
	TALLIES([PCSTATS_##kind] = (n), [PCSTATS_bytes] = (n) * PAGE,	      \
		[PCSTATS_##where] = (n))
#define COPIED(n)	COPIED_AS(n, why_mapped, in_anon)
#define FILE_COPIED(n)	COPY_OF(n, file, in_file)
#define KSM_COPIED(n)	COPY_OF(n, ksm, in_anon)
#define UNSHARED(n)	COPY_OF(n, unshared, in_anon)
#define REUSED(n)	TALLIES([PCSTATS_reused] = (n))
#define ZEROED(n)	TALLIES([PCSTATS_zeroed] = (n))
#define EXCLUSIVE(n)	TALLIES([PCSTATS_exclusive] = (n))
#define SHARED_WRITES(n) TALLIES([PCSTATS_shared_write] = (n))
#define NOTHING		TALLIES(0)

/* What another task's N events count in the row of the memory's owner. */
#define REMOTE(n)	TALLIES([PCSTATS_remote] = (n))

/*
 * Run @act, then compare what the tasks counted meanwhile, in every column;
 * the second task may be 0 for none.
 */
#define EXPECT_COUNTED(act, first, first_tallies, second, second_tallies)     \
do {									      \
	struct pcstats_task first_row_ = task_row(first);		      \
	struct pcstats_task second_row_ = task_row((second) ? : (first));     \
	struct pcstats_task now_;					      \
									      \
	act;								      \
	now_ = task_row(first);						      \
	EXPECT_STREQ("", all_tallies(&first_row_, &now_, first_tallies));     \
	if (second) {							      \
		now_ = task_row(second);				      \
		EXPECT_STREQ("", all_tallies(&second_row_, &now_,	      \
					     second_tallies));		      \
	}								      \
} while (0)

#endif /* PCSTATS_COW_H */
