// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write to a shared page of hugetlbfs copies it whole, or keeps it for its
 * last owner, or, where the pool has none left, takes it from the children.
 */
#include "hugetlb.h"

TEST_F(hugetlb, first_touch)
{
	struct puppet p;

	pool_set(1);
	puppet_start(&p);
	puppet_call(&p, do_map, MAP_PRIVATE);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

/* There is no zero page of this kind: reading brings a page of its own. */
TEST_F(hugetlb, read_then_written)
{
	struct puppet p;

	pool_set(1);
	puppet_start(&p);
	puppet_call(&p, do_map, MAP_PRIVATE);
	EXPECT_COUNTED(puppet_call(&p, do_read_huge, 0),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, HUGE_EXCLUSIVE, 0, NOTHING);
	puppet_end(&p);
}

static long do_protect(long arg)
{
	if (mprotect(huge, HUGETLB_SIZE, PROT_READ) ||
	    mprotect(huge, HUGETLB_SIZE, PROT_READ | PROT_WRITE))
		fail_errno("mprotect");
	return 0;
}

/* mprotect(2) does not give private ones their permission back. */
TEST_F(hugetlb, written_after_mprotect)
{
	struct puppet p;

	pool_set(1);
	puppet_start(&p);
	puppet_call(&p, do_map, MAP_PRIVATE);
	puppet_call(&p, do_write_huge, 0);
	puppet_call(&p, do_protect, 0);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, HUGE_EXCLUSIVE, 0, NOTHING);
	puppet_end(&p);
}

TEST_F(hugetlb, child_writes)
{
	struct puppet parent;
	pid_t child;

	pool_set(2);
	child = hugetlb_family(&parent);
	EXPECT_COUNTED(inner_call(&parent, do_write_huge, 0),
		       child, HUGETLB_COPIED, parent.pid, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write_huge, 0),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, HUGETLB_REUSED, child, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, NOTHING, child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(hugetlb, parent_writes_while_child_lives)
{
	struct puppet parent;
	pid_t child;

	pool_set(2);
	child = hugetlb_family(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, HUGETLB_COPIED, child, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write_huge, 0),
		       child, HUGETLB_REUSED, parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(hugetlb, child_gone)
{
	struct puppet parent;

	pool_set(1);
	hugetlb_family(&parent);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, HUGETLB_REUSED, 0, NOTHING);
	puppet_end(&parent);
}

/* The page was reserved for the parent, so it must not fail. */
TEST_F(hugetlb, no_page_left_for_the_parent)
{
	struct puppet parent, writer;
	pid_t child;

	pool_set(1);
	child = hugetlb_family(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, HUGETLB_STOLEN, child, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, NOTHING, child, NOTHING);
	/* Which is how a child is served whose page was taken. */
	stranger_start(&writer, &parent, child);
	EXPECT_COUNTED(EXPECT_EQ(-EFAULT,
				 puppet_call(&writer, do_write_victims, 0)),
		       writer.pid, NOTHING, child, NOTHING);
	puppet_end(&writer);
	inner_end(&parent);
	puppet_end(&parent);
}

/* The child's write fails: tried, not done. */
TEST_F(hugetlb, no_page_left_for_the_child)
{
	struct puppet parent, writer;
	pid_t child;

	pool_set(1);
	child = hugetlb_family(&parent);
	stranger_start(&writer, &parent, child);
	EXPECT_COUNTED(EXPECT_EQ(-EFAULT,
				 puppet_call(&writer, do_write_victims, 0)),
		       writer.pid, NOTHING, child, NOTHING);
	puppet_end(&writer);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, HUGETLB_REUSED, 0, NOTHING);
	puppet_end(&parent);
}

TEST_F(hugetlb, another_process_writes)
{
	struct puppet parent, writer;
	pid_t child;

	pool_set(2);
	child = hugetlb_family(&parent);
	stranger_start(&writer, &parent, child);
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&writer, do_write_victims, 0)),
		       writer.pid, HUGETLB_COPIED, child, REMOTE(1));
	puppet_end(&writer);
	stranger_start(&writer, &parent, parent.pid);
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&writer, do_write_victims, 0)),
		       writer.pid, HUGETLB_REUSED, parent.pid, REMOTE(1));
	puppet_end(&writer);
	inner_end(&parent);
	puppet_end(&parent);
}

/* Nobody's own: written by both, it stays one page. */
TEST_F(hugetlb, shared_mapping)
{
	struct puppet parent;
	pid_t child;

	pool_set(1);
	puppet_start(&parent);
	puppet_call(&parent, do_map, MAP_SHARED);
	puppet_call(&parent, do_write_huge, 0);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write_huge, 0),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_huge, 0),
		       parent.pid, NOTHING, child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

HUGETLB_TEST_MAIN
