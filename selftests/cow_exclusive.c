// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write fault on an anonymous page that nobody else ever had counts as
 * exclusive: the kernel took the permission away for a purpose of its own.
 */
#include "cow_sizes.h"
#include "procstat.h"
#include "tracking.h"

/* Soft-dirty tracking. */
TEST_F(pcstats, write_protected)
{
	const size_t n = nr_pages(variant);
	unsigned long before;
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	write_protect(p.pid);
	puppet_settle(&p);
	before = procstat(p.pid).minflt;
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, EXCLUSIVE(n), 0, NOTHING);
	EXPECT_EQ(before + n, procstat(p.pid).minflt);
	/* Once: the permission is back. */
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

/* A private copy of a file's page is as much the task's own. */
TEST_F(pcstats, write_protected_file_copy)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	write_protect(p.pid);
	puppet_settle(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, EXCLUSIVE(n), 0, NOTHING);
	puppet_end(&p);
}

/* Copied or kept since the fork, a page is its writer's own on both sides. */
TEST_F(pcstats, write_protected_after_fork)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	NEEDS_SOFT_DIRTY();
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	inner_call(&parent, do_write, n);
	puppet_call(&parent, do_write, n);
	write_protect(parent.pid);
	write_protect(child);
	puppet_settle(&parent);
	inner_settle(&parent);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, EXCLUSIVE(n), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, EXCLUSIVE(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
