// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a large folio that is smaller than a huge page are copied like
 * others while somebody else maps them, and also for their last owner.
 */
#include "huge.h"
#include "tracking.h"

#define ORDER_DIR	THP "hugepages-64kB/"
#define PAGES		16

static char *large;

static long do_write_large(long pages)
{
	region_write(large, pages);
	return 0;
}

/* Has one write brought them all? */
static bool resident(void)
{
	unsigned char in_core[PAGES];
	size_t i;

	if (mincore(large, PAGES * PAGE, in_core))
		fail_errno("mincore");
	for (i = 0; i < PAGES && in_core[i] & 1; i++)
		;
	return i == PAGES;
}

static long do_make_large(long arg)
{
	const size_t len = (2 * PAGES - 1) * PAGE;

	if (madvise(region, len, MADV_HUGEPAGE))
		fail_errno("MADV_HUGEPAGE");
	do_write_large(1);
	if (madvise(region, len, MADV_NOHUGEPAGE))
		fail_errno("MADV_NOHUGEPAGE");
	return resident();
}

static void large_start(struct puppet *p)
{
	region = region_map(2 * PAGES - 1, MAP_PRIVATE, -1);
	large = (char *)(((unsigned long)region + PAGES * PAGE - 1) &
			 -(PAGES * PAGE));
	puppet_start(p);
	if (!puppet_call(p, do_make_large, 0))
		fail("no large folio");
}

FIXTURE(large) {
	int klog;
};

FIXTURE_SETUP(large)
{
	frame_pin(0);
	self->klog = klog_open();
	ASSERT_EQ(0, file_write(ORDER_DIR "enabled", "madvise"));
}

FIXTURE_TEARDOWN(large)
{
	EXPECT_EQ(0, file_write(ORDER_DIR "enabled", "never"));
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", klog_complaint(self->klog));
}

TEST_F(large, first_touch)
{
	struct puppet p;

	large_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write_large, PAGES),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

TEST_F(large, child_gone)
{
	struct puppet parent;

	large_start(&parent);
	inner_start(&parent, SIGCHLD);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_large, PAGES),
		       parent.pid, LARGE_COPIED(PAGES), 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_large, PAGES),
		       parent.pid, NOTHING, 0, NOTHING);
	puppet_end(&parent);
}

TEST_F(large, both_write)
{
	struct puppet parent;
	pid_t child;

	large_start(&parent);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write_large, PAGES),
		       child, COPIED(PAGES), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_large, PAGES),
		       parent.pid, LARGE_COPIED(PAGES), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

/* In turn: what one has left is the other's alone. */
TEST_F(large, half_by_each)
{
	struct puppet parent;
	pid_t child;

	large_start(&parent);
	child = inner_start(&parent, SIGCHLD);
	inner_call(&parent, do_write_large, PAGES / 2);
	EXPECT_COUNTED(puppet_call(&parent, do_write_large, PAGES),
		       parent.pid, TALLIES(COPIES(PAGES / 2, PAGES / 2)),
		       child, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write_large, PAGES),
		       child, LARGE_COPIED(PAGES / 2), parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(large, write_protected)
{
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	large_start(&p);
	write_protect(p.pid);
	puppet_settle(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write_large, PAGES),
		       p.pid, EXCLUSIVE(PAGES), 0, NOTHING);
	puppet_end(&p);
}

int main(int argc, char **argv)
{
	frame_begin();
	if (access(ORDER_DIR, F_OK))
		frame_skip("no large folios of anonymous memory but huge pages");
	return run_cases(argc, argv);
}
