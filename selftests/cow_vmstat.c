// SPDX-License-Identifier: GPL-2.0-only
/*
 * What counts as reused is what the kernel itself calls a page reused, when the
 * measured task is the only one that faults: vmstat's pgreuse.
 */
#include "cow_sizes.h"

static unsigned long long pgreuse(void)
{
	return file_number("/proc/vmstat", "pgreuse ");
}

TEST_F(pcstats, pgreuse)
{
	const size_t n = variant->pages;
	unsigned long long before;
	struct pcstats_task row, now;
	struct puppet parent;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	inner_start(&parent, SIGCHLD);
	inner_end(&parent);
	row = task_row(parent.pid);

	wait_for_rest();
	before = pgreuse();
	puppet_call(&parent, do_write, n);
	EXPECT_EQ(before + n, pgreuse());
	now = task_row(parent.pid);
	EXPECT_STREQ("", all_tallies(&row, &now, REUSED(n)));
	puppet_end(&parent);
}

/* A copy reuses nothing. */
TEST_F(pcstats, copies)
{
	const size_t n = variant->pages;
	unsigned long long before;
	struct puppet parent;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	inner_start(&parent, SIGCHLD);

	wait_for_rest();
	before = pgreuse();
	puppet_call(&parent, do_write, n);
	EXPECT_EQ(before, pgreuse());
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
