// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first write to each page of a private file mapping copies it from the
 * page cache and counts as file, whether the page was mapped before or not.
 */
#include "cow_sizes.h"

TEST_F(pcstats, read_then_written)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_read, n),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, FILE_COPIED(n), 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

TEST_F(pcstats, written_unread)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, FILE_COPIED(n), 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_end(&p);
}

/* A page that the file does not have yet is made first, then copied. */
TEST_F(pcstats, hole_written)
{
	const size_t n = nr_pages(variant);
	int fd = memfd_create("pcstats", MFD_CLOEXEC);
	struct puppet p;

	ASSERT_EQ(0, ftruncate(fd, n * PAGE));
	region = region_map(n, MAP_PRIVATE, fd);
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, FILE_COPIED(n), 0, NOTHING);
	puppet_end(&p);
}

/* Once copied, the pages are anonymous: fork shares them as such. */
TEST_F(pcstats, copies_are_anonymous)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED_AS(n, why_mapped, in_file),
		       parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, REUSED(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

/* The page cache page is not the parent's: each of the two copies it. */
TEST_F(pcstats, child_and_parent_write)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&parent);
	puppet_call(&parent, do_read, n);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, FILE_COPIED(n), parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, FILE_COPIED(n), child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
