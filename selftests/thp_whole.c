// SPDX-License-Identifier: GPL-2.0-only
/*
 * A transparent huge page is kept whole by a task that has become its last
 * owner; as long as it is shared, a write splits the writer's mapping of it, and
 * is a copy of one base page from then on.
 */
#include "huge.h"
#include "tracking.h"

static long do_populate(long arg)
{
	if (madvise(huge, HUGE_SIZE, MADV_POPULATE_WRITE))
		fail_errno("MADV_POPULATE_WRITE");
	return 0;
}

TEST_F(pcstats, first_touch)
{
	struct puppet p;

	huge_map();
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_make_huge, 0),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_EQ(1, huge_mapped(p.pid));
	puppet_end(&p);
}

TEST_F(pcstats, child_gone)
{
	struct puppet parent;

	huge_family(&parent);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, HUGE_REUSED, 0, NOTHING);
	EXPECT_EQ(1, huge_mapped(parent.pid));
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, NOTHING, 0, NOTHING);
	puppet_end(&parent);
}

TEST_F(pcstats, child_writes)
{
	struct puppet parent;
	pid_t child = huge_family(&parent);

	EXPECT_COUNTED(inner_call(&parent, do_write_first, 1),
		       child, TALLIES(SPLIT, COPIES(1, 0)),
		       parent.pid, NOTHING);
	EXPECT_EQ(0, huge_mapped(child));
	EXPECT_EQ(1, huge_mapped(parent.pid));
	EXPECT_COUNTED(inner_call(&parent, do_write_first, HUGE_PAGES),
		       child, COPIED(HUGE_PAGES - 1), parent.pid, NOTHING);
	/* Nobody but the parent has it now, and it has it whole. */
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, HUGE_REUSED, child, NOTHING);
	EXPECT_EQ(1, huge_mapped(parent.pid));
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, parent_writes_while_child_lives)
{
	struct puppet parent;
	pid_t child = huge_family(&parent);

	EXPECT_COUNTED(puppet_call(&parent, do_write_first, 1),
		       parent.pid, TALLIES(SPLIT, COPIES(1, 0)),
		       child, NOTHING);
	EXPECT_EQ(0, huge_mapped(parent.pid));
	EXPECT_EQ(1, huge_mapped(child));
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, COPIED(HUGE_PAGES - 1), child, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write_first, HUGE_PAGES),
		       child, HUGE_REUSED, parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

/* A child that has had a part of it copied leaves the rest when it exits. */
TEST_F(pcstats, child_gone_after_a_copy)
{
	struct puppet parent;

	huge_family(&parent);
	inner_call(&parent, do_write_first, 1);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, HUGE_REUSED, 0, NOTHING);
	puppet_end(&parent);
}

TEST_F(pcstats, populate_without_a_trap)
{
	struct puppet parent;
	pid_t child = huge_family(&parent);

	EXPECT_COUNTED(inner_call(&parent, do_populate, 0),
		       child, TALLIES(SPLIT, COPIES(HUGE_PAGES, 0)),
		       parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_populate, 0),
		       parent.pid, HUGE_REUSED, child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, another_process_writes)
{
	struct puppet parent, writer;
	pid_t child = huge_family(&parent);

	/* Of two events the owner is told: a split and a copy. */
	victim = child;
	puppet_start(&writer);
	/* It has the page from the test, where it is not resident. */
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&writer, do_write_victim, 0)),
		       writer.pid, TALLIES(SPLIT, COPIES(1, 0)),
		       child, REMOTE(2));
	inner_end(&parent);
	puppet_end(&writer);

	victim = parent.pid;
	puppet_start(&writer);
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&writer, do_write_victim, 0)),
		       writer.pid, HUGE_REUSED, parent.pid, REMOTE(1));
	puppet_end(&writer);
	puppet_end(&parent);
}

TEST_F(pcstats, write_protected)
{
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	huge_map();
	puppet_start(&p);
	puppet_call(&p, do_make_huge, 0);
	write_protect(p.pid);
	puppet_settle(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write_first, HUGE_PAGES),
		       p.pid, HUGE_EXCLUSIVE, 0, NOTHING);
	EXPECT_EQ(1, huge_mapped(p.pid));
	EXPECT_COUNTED(puppet_call(&p, do_write_first, HUGE_PAGES),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

/* Pages that several share by turns: the second one to split frees the folio. */
TEST_F(pcstats, both_write)
{
	struct puppet parent;
	pid_t child = huge_family(&parent);

	puppet_call(&parent, do_write_first, 1);
	/* The parent has left page 0 and still maps the others. */
	EXPECT_COUNTED(inner_call(&parent, do_write_first, HUGE_PAGES),
		       child, TALLIES(SPLIT, COPIES(HUGE_PAGES - 1, 1)),
		       parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, LARGE_COPIED(HUGE_PAGES - 1),
		       child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

THP_TEST_MAIN
