// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults that no kind of copy-on-write has to do with count nothing: the page is
 * new, or shared on purpose and mapped for the first time.
 *
 * Each case shows by the task's fault count that the faults did happen.
 */
#include "cow_sizes.h"
#include "procstat.h"

static unsigned long faults(pid_t pid)
{
	return procstat(pid).minflt;
}

TEST_F(pcstats, first_touch)
{
	const size_t n = nr_pages(variant);
	unsigned long before;
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	/* The code itself is paged in at its first use. */
	puppet_call(&p, do_write, 0);
	before = faults(p.pid);
	EXPECT_COUNTED(puppet_call(&p, do_write, n), p.pid, NOTHING, 0, NOTHING);
	EXPECT_EQ(before + n, faults(p.pid));
	puppet_end(&p);
}

static long do_protect(long pages)
{
	if (mprotect(region, pages * PAGE, PROT_READ) ||
	    mprotect(region, pages * PAGE, PROT_READ | PROT_WRITE))
		fail_errno("mprotect");
	return 0;
}

/* mprotect(2) gives exclusive pages their permission back: not even a fault. */
TEST_F(pcstats, exclusive_after_mprotect)
{
	const size_t n = nr_pages(variant);
	unsigned long before;
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	EXPECT_COUNTED(puppet_call(&p, do_protect, n),
		       p.pid, NOTHING, 0, NOTHING);
	before = faults(p.pid);
	EXPECT_COUNTED(puppet_call(&p, do_write, n), p.pid, NOTHING, 0, NOTHING);
	EXPECT_EQ(before, faults(p.pid));
	puppet_end(&p);
}

TEST_F(pcstats, shared_anonymous)
{
	const size_t n = nr_pages(variant);
	unsigned long before;
	struct puppet parent;
	pid_t child;

	region = region_map(n, MAP_SHARED, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	inner_call(&parent, do_write, 0);
	before = faults(child);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, NOTHING, parent.pid, NOTHING);
	/* shmem maps around a read fault only: one fault for each page. */
	EXPECT_EQ(before + n, faults(child));
	inner_end(&parent);
	puppet_end(&parent);
}

/*
 * A file that needs no leave for a write maps it at once, a read though it was.
 * On arm64 processors without a dirty bit, a write has a fault that sets it.
 */
TEST_F(pcstats, shared_file_in_memory)
{
	const size_t n = nr_pages(variant);
	unsigned long before;
	struct puppet p;

	region = region_map(n, MAP_SHARED, file_with(n));
	puppet_start(&p);
	puppet_call(&p, do_read, n);
	puppet_call(&p, do_write, 0);
	before = faults(p.pid);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
#ifdef __aarch64__
	before += faults(p.pid) == before ? 0 : n;
#endif
	EXPECT_EQ(before, faults(p.pid));
	puppet_end(&p);
}

/* What fork shared stays shared as long as both only read. */
TEST_F(pcstats, reads_after_fork)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_read, n),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_read, n),
		       child, NOTHING, parent.pid, NOTHING);
	/* They were shared: otherwise this would not copy. */
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED(n), parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
