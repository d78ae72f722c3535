// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing N anonymous pages that were shared, and whose last owner the task has
 * become, keeps N pages and copies none, however the others went.
 */
#include "cow_sizes.h"

static long do_unmap(long pages)
{
	region_unmap(region, pages);
	return 0;
}

static long do_discard(long pages)
{
	if (madvise(region, pages * PAGE, MADV_DONTNEED))
		fail_errno("MADV_DONTNEED");
	return 0;
}

static pid_t family(struct puppet *parent, size_t pages)
{
	region = region_map(pages, MAP_PRIVATE, -1);
	puppet_start(parent);
	puppet_call(parent, do_write, pages);
	return inner_start(parent, SIGCHLD);
}

TEST_F(pcstats, child_gone)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;

	family(&parent, n);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), 0, NOTHING);
	/* Once; then they are exclusively its own. */
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, NOTHING, 0, NOTHING);
	puppet_end(&parent);
}

TEST_F(pcstats, child_has_copied)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED(n), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, parent_has_copied)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, COPIED(n), child, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, REUSED(n), parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, child_has_unmapped)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	inner_call(&parent, do_unmap, n);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

/* The child's pages are gone; its next writes are first touches. */
TEST_F(pcstats, child_has_discarded)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	inner_call(&parent, do_discard, n);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), child, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, NOTHING, parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
