// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are put together to a huge page (MADV_COLLAPSE, khugepaged) leave
 * what a fork shared, without a write: nothing is counted then, and the other
 * side keeps its pages.
 */
#include "huge.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/* 0 or a negative errno. */
static long do_collapse(long arg)
{
	int err;

	huge_advise(MADV_HUGEPAGE);
	err = madvise(huge, HUGE_SIZE, MADV_COLLAPSE) ? -errno : 0;
	huge_advise(MADV_NOHUGEPAGE);
	return err;
}

TEST_F(pcstats, own_pages)
{
	struct puppet p;

	huge_map();
	puppet_start(&p);
	puppet_call(&p, do_write_first, HUGE_PAGES);
	EXPECT_EQ(0, huge_mapped(p.pid));
	EXPECT_COUNTED(ASSERT_EQ(0, puppet_call(&p, do_collapse, 0)),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_EQ(1, huge_mapped(p.pid));
	EXPECT_COUNTED(puppet_call(&p, do_write_first, HUGE_PAGES),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

/* The kernel wants one page at least to be writable. */
TEST_F(pcstats, shared_pages)
{
	struct puppet parent;
	pid_t child;

	huge_map();
	puppet_start(&parent);
	puppet_call(&parent, do_write_first, HUGE_PAGES);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write_first, 1),
		       child, COPIED(1), parent.pid, NOTHING);
	EXPECT_COUNTED(ASSERT_EQ(0, inner_call(&parent, do_collapse, 0)),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_EQ(1, huge_mapped(child));
	EXPECT_EQ(0, huge_mapped(parent.pid));
	EXPECT_COUNTED(inner_call(&parent, do_write_first, HUGE_PAGES),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, REUSED(HUGE_PAGES), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

THP_TEST_MAIN
