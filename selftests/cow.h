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

/* What N anonymous pages copied, or N file pages, count. */
#define COPIED(n) \
	TALLIES([PCSTATS_copied] = (n), [PCSTATS_bytes] = (n) * PAGE)
#define FILE_COPIED(n) \
	TALLIES([PCSTATS_file] = (n), [PCSTATS_bytes] = (n) * PAGE)
#define REUSED(n) TALLIES([PCSTATS_reused] = (n))
#define ZEROED(n) TALLIES([PCSTATS_zeroed] = (n))
#define NOTHING TALLIES(0)

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
