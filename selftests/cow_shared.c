// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write fault on a page of a shared mapping counts as shared_write, and as
 * nothing that copy-on-write has to do with.
 */
#include "cow_sizes.h"
#include "procstat.h"
#include "tracking.h"

/* Anonymous memory that is shared on purpose. */
TEST_F(pcstats, write_protected)
{
	const size_t n = nr_pages(variant);
	unsigned long before;
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	region = region_map(n, MAP_SHARED, -1);
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	write_protect(p.pid);
	puppet_settle(&p);
	before = procstat(p.pid).minflt;
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, SHARED_WRITES(n), 0, NOTHING);
	EXPECT_EQ(before + n, procstat(p.pid).minflt);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
