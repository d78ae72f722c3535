// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fork table counts in base pages: a huge page that fork shared is 512 of
 * them, and each that a write into it copied is one.
 */
#include "huge.h"

TEST_F(pcstats, base_pages)
{
	struct pcstats_fork before_parent, before_child, row;
	unsigned long long bare;
	struct puppet parent;
	pid_t child;

	huge_map();
	puppet_start(&parent);
	bare = anon_pages(parent.pid);
	puppet_call(&parent, do_make_huge, 0);
	ASSERT_EQ(1, huge_mapped(parent.pid));
	child = inner_start(&parent, SIGCHLD);

	before_parent = fork_row(parent.pid);
	before_child = fork_row(child);
	EXPECT_FALSE(before_parent.child);
	EXPECT_TRUE(before_child.child);
	EXPECT_EQ(bare + HUGE_PAGES, before_parent.shared);
	EXPECT_EQ(bare + HUGE_PAGES, before_child.shared);

	inner_call(&parent, do_write_first, 3);
	row = fork_row(child);
	EXPECT_EQ(before_child.copied + 3, row.copied);
	EXPECT_EQ(before_child.other_copied, row.other_copied);
	row = fork_row(parent.pid);
	EXPECT_EQ(before_parent.copied, row.copied);
	EXPECT_EQ(before_parent.other_copied + 3, row.other_copied);

	/* All others by the parent; three are kept in the end. */
	puppet_call(&parent, do_write_last, HUGE_PAGES - 3);
	row = fork_row(parent.pid);
	EXPECT_EQ(before_parent.copied + HUGE_PAGES - 3, row.copied);
	EXPECT_EQ(before_parent.shared, row.shared);
	row = fork_row(child);
	EXPECT_EQ(before_child.other_copied + HUGE_PAGES - 3, row.other_copied);
	inner_end(&parent);
	puppet_end(&parent);
}

THP_TEST_MAIN
