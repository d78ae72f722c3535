// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel itself counts for the whole system agrees when the measured
 * task is the only one that faults: vmstat's pgreuse is reused, exclusive and
 * shared_write together.
 */
#include "cow_sizes.h"
#include "tracking.h"

static unsigned long long pgreuse(void)
{
	return file_number("/proc/vmstat", "pgreuse ");
}

/* As EXPECT_COUNTED() for one task, which keeps @kept pages. */
#define EXPECT_PGREUSE(act, pid, tallies, kept)				      \
do {									      \
	struct pcstats_task row_ = task_row(pid), now_;			      \
	unsigned long long before_;					      \
									      \
	wait_for_rest();						      \
	before_ = pgreuse();						      \
	act;								      \
	EXPECT_EQ(before_ + (kept), pgreuse());				      \
	now_ = task_row(pid);						      \
	EXPECT_STREQ("", all_tallies(&row_, &now_, tallies));		      \
} while (0)

TEST_F(pcstats, reused)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	inner_start(&parent, SIGCHLD);
	inner_end(&parent);
	EXPECT_PGREUSE(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), n);
	puppet_end(&parent);
}

TEST_F(pcstats, exclusive)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	write_protect(p.pid);
	puppet_settle(&p);
	EXPECT_PGREUSE(puppet_call(&p, do_write, n), p.pid, EXCLUSIVE(n), n);
	puppet_end(&p);
}

TEST_F(pcstats, shared_write)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	region = region_map(n, MAP_SHARED, -1);
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	write_protect(p.pid);
	puppet_settle(&p);
	EXPECT_PGREUSE(puppet_call(&p, do_write, n),
		       p.pid, SHARED_WRITES(n), n);
	puppet_end(&p);
}

/* A copy keeps nothing. */
TEST_F(pcstats, copied)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	inner_start(&parent, SIGCHLD);
	EXPECT_PGREUSE(puppet_call(&parent, do_write, n),
		       parent.pid, COPIED(n), 0);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
