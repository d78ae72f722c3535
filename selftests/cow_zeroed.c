// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first write to a page that maps the shared zero page fills a page: it
 * counts as zeroed, and copies nothing.
 */
#include "cow_sizes.h"

TEST_F(pcstats, read_then_written)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_read, n),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, ZEROED(n), 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

/* The zero page has no owner: with a child or without, it is the same. */
TEST_F(pcstats, child_and_parent_write)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, -1);
	region_read(region, n);
	puppet_start(&parent);
	child = inner_start(&parent, SIGCHLD);
	/* Nothing says that fork copied the page tables: fault them in. */
	puppet_call(&parent, do_read, n);
	inner_call(&parent, do_read, n);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, ZEROED(n), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, ZEROED(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
