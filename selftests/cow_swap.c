// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a page that is swapped out counts by who else has it: a swap entry
 * shares a page as a page table entry does, and an exclusive page stays so.
 */
#include "cow_sizes.h"
#include "swap.h"

static long do_swap_out(long pages)
{
	swap_out(region, pages);
	return 0;
}

static long do_discard(long pages)
{
	if (madvise(region, pages * PAGE, MADV_DONTNEED))
		fail_errno("MADV_DONTNEED");
	return 0;
}

/* A parent that has swapped out its N pages. */
static bool swapped(struct puppet *p, size_t pages)
{
	if (!swap_begin())
		return false;
	region = region_map(pages, MAP_PRIVATE, -1);
	puppet_start(p);
	puppet_call(p, do_write, pages);
	puppet_call(p, do_swap_out, pages);
	return true;
}

/* Swapped in for the write, and mapped writable at once. */
TEST_F(pcstats, exclusive_written)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (!swapped(&p, n))
		SKIP(return, "no zram");
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_EQ(0, swapped_pages(p.pid));
	puppet_end(&p);
	swap_end();
}

/* Swapped in for reading: since 6.11 mapped writable nevertheless. */
TEST_F(pcstats, exclusive_read_then_written)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (!swapped(&p, n))
		SKIP(return, "no zram");
	EXPECT_COUNTED(puppet_call(&p, do_read, n),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n), p.pid,
		       kernel_version() >= KERNEL(6, 11) ? NOTHING :
							   EXCLUSIVE(n),
		       0, NOTHING);
	puppet_end(&p);
	swap_end();
}

/* do_swap_page() goes on to do_wp_page(): the parent's swap entry remains. */
TEST_F(pcstats, child_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	if (!swapped(&parent, n))
		SKIP(return, "no zram");
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED_AS(n, why_swapped, in_anon),
		       parent.pid, NOTHING);
	/* The last to swap it in finds it its own, without a fault more. */
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, NOTHING, child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
	swap_end();
}

/* Two faults for one page: swapped in for reading, then written. */
TEST_F(pcstats, child_reads_then_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	if (!swapped(&parent, n))
		SKIP(return, "no zram");
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_read, n),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED_AS(n, why_swapped, in_anon),
		       parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
	swap_end();
}

/* Swapped in by both, it is as if it had never been swapped out. */
TEST_F(pcstats, both_read_then_child_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	if (!swapped(&parent, n))
		SKIP(return, "no zram");
	child = inner_start(&parent, SIGCHLD);
	inner_call(&parent, do_read, n);
	puppet_call(&parent, do_read, n);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED(n), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
	swap_end();
}

/* In the swap cache still, but with no swap entry left to share it. */
TEST_F(pcstats, last_owner_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	if (!swapped(&parent, n))
		SKIP(return, "no zram");
	child = inner_start(&parent, SIGCHLD);
	inner_call(&parent, do_read, n);
	puppet_call(&parent, do_discard, n);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, REUSED(n), parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
	swap_end();
}

/* swapoff(2) maps the pages again, for all who had them: no copies yet. */
TEST_F(pcstats, swapped_in_by_another)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	if (!swapped(&parent, n))
		SKIP(return, "no zram");
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(swap_end(), child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED(n), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
