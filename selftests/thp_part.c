// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a transparent huge page that is not mapped as a whole any more are
 * copied, also for their last owner (why_large); what took it apart, other than
 * a write, counts nothing.
 */
#include "huge.h"
#include "tracking.h"

#define HALF (HUGE_PAGES / 2)

/* All up to the end of the region: one mapping is left. */
static long do_unmap_half(long arg)
{
	char *half = huge + HALF * PAGE;

	if (munmap(half, region + (2 * HUGE_PAGES - 1) * PAGE - half))
		fail_errno("munmap");
	return 0;
}

static long do_discard_half(long arg)
{
	if (madvise(huge + HALF * PAGE, HALF * PAGE, MADV_DONTNEED))
		fail_errno("MADV_DONTNEED");
	return 0;
}

static long do_protect_half(long arg)
{
	if (mprotect(huge + HALF * PAGE, HALF * PAGE, PROT_READ) ||
	    mprotect(huge + HALF * PAGE, HALF * PAGE, PROT_READ | PROT_WRITE))
		fail_errno("mprotect");
	return 0;
}

static char *moved;

static long do_move_half(long arg)
{
	moved = mremap(huge + HALF * PAGE, HALF * PAGE, HALF * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED,
		       mmap(NULL, HALF * PAGE, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	if (moved == MAP_FAILED)
		fail_errno("mremap");
	return 0;
}

static long do_write_moved(long pages)
{
	region_write(moved, pages);
	return 0;
}

/* Taken apart before the fork, while it was the parent's own. */
static pid_t half_family(struct puppet *parent)
{
	huge_map();
	puppet_start(parent);
	puppet_call(parent, do_make_huge, 0);
	if (huge_mapped(parent->pid) != 1)
		fail("no transparent huge page");
	puppet_call(parent, do_unmap_half, 0);
	return inner_start(parent, SIGCHLD);
}

TEST_F(pcstats, taken_apart_by_its_owner)
{
	const puppet_fn by[] = {
		do_unmap_half, do_discard_half, do_protect_half, do_move_half,
	};
	struct puppet p;
	size_t i;

	for (i = 0; i < sizeof(by) / sizeof(*by); i++) {
		huge_map();
		puppet_start(&p);
		puppet_call(&p, do_make_huge, 0);
		EXPECT_EQ(1, huge_mapped(p.pid));
		EXPECT_COUNTED(puppet_call(&p, by[i], 0),
			       p.pid, NOTHING, 0, NOTHING);
		EXPECT_EQ(0, huge_mapped(p.pid)) TH_LOG("way %zu", i);
		/* Its own, and so writable. */
		EXPECT_COUNTED(puppet_call(&p, do_write_first, HALF),
			       p.pid, NOTHING, 0, NOTHING);
		puppet_end(&p);
	}
}

/* No write: no huge_split, though the page is shared. */
TEST_F(pcstats, taken_apart_while_shared)
{
	struct puppet parent;
	pid_t child = huge_family(&parent);

	EXPECT_COUNTED(inner_call(&parent, do_move_half, 0),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_EQ(0, huge_mapped(child));
	EXPECT_COUNTED(inner_call(&parent, do_write_moved, HALF),
		       child, COPIED(HALF), parent.pid, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write_first, HALF),
		       child, COPIED(HALF), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, HUGE_REUSED, child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, child_gone)
{
	struct puppet parent;

	half_family(&parent);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HALF),
		       parent.pid, LARGE_COPIED(HALF), 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HALF),
		       parent.pid, NOTHING, 0, NOTHING);
	puppet_end(&parent);
}

TEST_F(pcstats, both_write)
{
	struct puppet parent;
	pid_t child = half_family(&parent);

	EXPECT_COUNTED(inner_call(&parent, do_write_first, HALF),
		       child, COPIED(HALF), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HALF),
		       parent.pid, LARGE_COPIED(HALF), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

/* The parent's split outlives the child: there is no way back to a whole. */
TEST_F(pcstats, child_gone_after_parents_copy)
{
	struct puppet parent;

	huge_family(&parent);
	puppet_call(&parent, do_write_first, 1);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_last, HUGE_PAGES - 1),
		       parent.pid, LARGE_COPIED(HUGE_PAGES - 1), 0, NOTHING);
	puppet_end(&parent);
}

/* The parent's own pages, write-protected one by one. */
TEST_F(pcstats, write_protected)
{
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	huge_map();
	puppet_start(&p);
	puppet_call(&p, do_make_huge, 0);
	puppet_call(&p, do_unmap_half, 0);
	write_protect(p.pid);
	puppet_settle(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write_first, HALF),
		       p.pid, EXCLUSIVE(HALF), 0, NOTHING);
	puppet_end(&p);
}

THP_TEST_MAIN
