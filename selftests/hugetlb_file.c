// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first write to a page of a hugetlbfs file that is mapped privately copies
 * it, once, whether it was mapped before or not.
 */
#include "hugetlb.h"

static int fd;

static long do_map_file(long flags)
{
	huge = mmap(NULL, HUGETLB_SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (huge == MAP_FAILED)
		fail_errno("mmap of the file");
	leave_unsettled(huge);
	return 0;
}

/* With one page in the file and another one to copy it to. */
static void file_map(struct puppet *p)
{
	pool_set(2);
	fd = memfd_create("pcstats", MFD_CLOEXEC | MFD_HUGETLB);
	if (fd < 0 || ftruncate(fd, HUGETLB_SIZE))
		fail_errno("memfd");
	puppet_start(p);
	puppet_call(p, do_map_file, MAP_SHARED);
	puppet_call(p, do_write_huge, 0);
	puppet_call(p, do_map_file, MAP_PRIVATE);
}

static void file_end(struct puppet *p)
{
	puppet_end(p);
	/* The pool cannot shrink before. */
	close(fd);
}

TEST_F(hugetlb, mapped_before)
{
	struct puppet p;

	file_map(&p);
	EXPECT_COUNTED(puppet_call(&p, do_read_huge, 0),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, HUGETLB_COPIED, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, NOTHING, 0, NOTHING);
	file_end(&p);
}

TEST_F(hugetlb, not_mapped_before)
{
	struct puppet p;

	file_map(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, HUGETLB_COPIED, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, NOTHING, 0, NOTHING);
	file_end(&p);
}

/* The copy is the task's own, and shared by the next fork. */
TEST_F(hugetlb, copied_and_forked)
{
	struct puppet p;
	pid_t child;

	file_map(&p);
	pool_set(3);
	puppet_call(&p, do_write_huge, 0);
	child = inner_start(&p, SIGCHLD);
	EXPECT_COUNTED(inner_call(&p, do_write_huge, 0),
		       child, HUGETLB_COPIED, p.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write_huge, 0),
		       p.pid, HUGETLB_REUSED, child, NOTHING);
	inner_end(&p);
	file_end(&p);
}

HUGETLB_TEST_MAIN
