// SPDX-License-Identifier: GPL-2.0-only
/*
 * A huge page of a file that is mapped privately is not shared by fork: writing
 * it copies a base page of the file, and its mapping goes uncounted.
 */
#include "huge.h"

#define SHMEM_ENABLED	THP "shmem_enabled"

static int fd;

/* In the puppet: settle() leaves it alone there. */
static long do_map_file(long arg)
{
	char *room = mmap(NULL, 2 * HUGE_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	huge = (char *)(((unsigned long)room + HUGE_SIZE - 1) & -HUGE_SIZE);
	if (mmap(huge, HUGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_FIXED, fd, 0) != huge)
		fail_errno("mmap");
	region_read(huge, 1);
	return 0;
}

static unsigned long long huge_file_mapped(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	return file_number(path, "ShmemPmdMapped:") / (HUGE_SIZE / 1024);
}

TEST_F(pcstats, private_write)
{
	struct puppet p;
	int err;

	err = file_write(SHMEM_ENABLED, "always");
	if (err == -ENOENT)
		SKIP(return, "no huge pages in shared memory");
	ASSERT_EQ(0, err);
	fd = memfd_create("pcstats", MFD_CLOEXEC);
	/* The first page brings the huge one. */
	ASSERT_EQ(0, ftruncate(fd, HUGE_SIZE));
	ASSERT_EQ(1, pwrite(fd, "", 1, 0));
	EXPECT_EQ(0, file_write(SHMEM_ENABLED, "never"));

	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_map_file, 0),
		       p.pid, NOTHING, 0, NOTHING);
	ASSERT_EQ(1, huge_file_mapped(p.pid));
	EXPECT_COUNTED(puppet_call(&p, do_write_first, 1),
		       p.pid, FILE_COPIED(1), 0, NOTHING);
	EXPECT_EQ(0, huge_file_mapped(p.pid));
	EXPECT_COUNTED(puppet_call(&p, do_write_first, HUGE_PAGES),
		       p.pid, FILE_COPIED(HUGE_PAGES - 1), 0, NOTHING);
	puppet_end(&p);
	close(fd);
}

THP_TEST_MAIN
