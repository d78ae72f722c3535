// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning a page of hugetlbfs for reading copies it while it is shared
 * (unshared), and leaves it alone when it is the owner's; one that is pinned
 * when its owner forks is copied for the child.
 */
#include "hugetlb.h"
#include "procstat.h"
#include "tracking.h"
#include "uring.h"

TEST_F(hugetlb, shared)
{
	struct puppet parent, reader;
	pid_t child;

	pool_set(2);
	child = hugetlb_family(&parent);
	stranger_start(&reader, &parent, child);
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&reader, do_read_victims, 0)),
		       reader.pid, HUGETLB_COPY_OF(unshared), child, REMOTE(1));
	EXPECT_COUNTED(inner_call(&parent, do_write_huge, 0),
		       child, HUGE_EXCLUSIVE, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, HUGETLB_REUSED, child, NOTHING);
	puppet_end(&reader);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(hugetlb, last_owner)
{
	struct puppet parent, reader;

	pool_set(1);
	hugetlb_family(&parent);
	inner_end(&parent);
	stranger_start(&reader, &parent, parent.pid);
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&reader, do_read_victims, 0)),
		       reader.pid, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, HUGE_EXCLUSIVE, 0, NOTHING);
	puppet_end(&reader);
	puppet_end(&parent);
}

static long do_read_victims_and_write(long arg)
{
	long err = do_read_victims(0);

	region_write(region, 1);
	return err;
}

/*
 * To make the page its owner's is no write, and no fault in 6.1's
 * follow_hugetlb_page(): the next fault is not taken for what came of it.
 */
TEST_F(hugetlb, last_owner_then_fault)
{
	struct puppet parent, reader;

	NEEDS_SOFT_DIRTY();
	pool_set(1);
	hugetlb_family(&parent);
	inner_end(&parent);
	region = region_map(1, MAP_PRIVATE, -1);
	stranger_start(&reader, &parent, parent.pid);
	puppet_call(&reader, do_write, 1);
	write_protect(reader.pid);
	puppet_settle(&reader);
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&reader,
						do_read_victims_and_write, 0)),
		       reader.pid, EXCLUSIVE(1), parent.pid, NOTHING);
	puppet_end(&reader);
	puppet_end(&parent);
}

/* False if there is no io_uring. */
static long do_pin(long arg)
{
	if (!uring_open())
		return false;
	uring_register_buffer(huge, HUGETLB_SIZE);
	return true;
}

/* At its exit that would take the kernel a while. */
static long do_unpin(long arg)
{
	uring_unregister_buffers();
	return 0;
}

TEST_F(hugetlb, at_fork)
{
	struct pcstats_task before, after;
	struct puppet parent;
	pid_t child;

	pool_set(2);
	puppet_start(&parent);
	puppet_call(&parent, do_map, MAP_PRIVATE);
	puppet_call(&parent, do_write_huge, 0);
	if (!puppet_call(&parent, do_pin, 0)) {
		puppet_end(&parent);
		SKIP(return, "no io_uring");
	}
	before = task_row(parent.pid);
	child = inner_start(&parent, SIGCHLD);
	after = task_row(parent.pid);
	EXPECT_EQ(before.tally[PCSTATS_fork_copied] + 1,
		  after.tally[PCSTATS_fork_copied]);
	EXPECT_EQ(before.tally[PCSTATS_in_file] + 1,
		  after.tally[PCSTATS_in_file]);
	/* Beside it the parent has copied base pages of its own. */
	EXPECT_EQ(before.tally[PCSTATS_bytes] + HUGETLB_SIZE +
		  (after.tally[PCSTATS_copied] -
		   before.tally[PCSTATS_copied]) * PAGE,
		  after.tally[PCSTATS_bytes]);
	/* Nothing is shared. */
	EXPECT_COUNTED(inner_call(&parent, do_write_huge, 0),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, NOTHING, child, NOTHING);
	puppet_call(&parent, do_unpin, 0);
	inner_end(&parent);
	puppet_end(&parent);
}

HUGETLB_TEST_MAIN
