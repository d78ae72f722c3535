// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a file on a disk: a private one is copied once, however long the page
 * takes to come; a shared one is written to with the file system's leave; and
 * memory that the disk is to write to is copied as for a write.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "cow_sizes.h"
#include "procstat.h"

#define MOUNT "/tmp/pcstats-disk"

/* A new ext4 on a disk in memory; false if there is no such thing. */
static bool disk_begin(void)
{
	if (system("modprobe brd rd_nr=1 rd_size=65536 && modprobe ext4 && "
		   "mkfs.ext4 -q -F /dev/ram0"))
		return false;
	umount(MOUNT);
	mkdir(MOUNT, 0700);
	if (mount("/dev/ram0", MOUNT, "ext4", 0, NULL))
		fail_errno(MOUNT);
	return true;
}

static void disk_end(void)
{
	if (umount(MOUNT) || rmdir(MOUNT))
		fail_errno(MOUNT);
	/* And with it the memory. */
	if (system("modprobe -r brd"))
		fail("modprobe -r brd");
}

/* Of N pages, all on the disk and none in memory. */
static int file_on_disk(size_t pages)
{
	int fd = open(MOUNT "/file", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		      0600);
	char page[PAGE];
	size_t i;

	memset(page, 1, sizeof(page));
	for (i = 0; i < pages; i++)
		if (write(fd, page, sizeof(page)) != sizeof(page))
			fail_errno(MOUNT "/file");
	if (fsync(fd))
		fail_errno("fsync");
	if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		fail("posix_fadvise");
	return fd;
}

static void map_file(int mmap_flags, size_t pages)
{
	int fd = file_on_disk(pages);

	region = region_map(pages, mmap_flags, fd);
	close(fd);
}

/* What keeps the file busy is the test's own mapping. */
static void end(struct puppet *p, size_t pages)
{
	puppet_end(p);
	region_unmap(region, pages);
	disk_end();
}

TEST_F(pcstats, private_unread)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (!disk_begin())
		SKIP(return, "no disk in memory");
	map_file(MAP_PRIVATE, n);
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, FILE_COPIED(n), 0, NOTHING);
	end(&p, n);
}

TEST_F(pcstats, private_read)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (!disk_begin())
		SKIP(return, "no disk in memory");
	map_file(MAP_PRIVATE, n);
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_read, n),
		       p.pid, NOTHING, 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, FILE_COPIED(n), 0, NOTHING);
	end(&p, n);
}

/* Mapped for writing at once: nothing that was there is kept or copied. */
TEST_F(pcstats, shared_unread)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (!disk_begin())
		SKIP(return, "no disk in memory");
	map_file(MAP_SHARED, n);
	puppet_start(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	end(&p, n);
}

static long do_sync(long pages)
{
	if (msync(region, pages * PAGE, MS_SYNC))
		fail_errno("msync");
	return 0;
}

/* And after each time that it was written back: the file system wants to know. */
TEST_F(pcstats, shared_read)
{
	const size_t n = nr_pages(variant);
	struct puppet p;

	if (!disk_begin())
		SKIP(return, "no disk in memory");
	map_file(MAP_SHARED, n);
	puppet_start(&p);
	puppet_call(&p, do_read, n);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, SHARED_WRITES(n), 0, NOTHING);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, NOTHING, 0, NOTHING);
	puppet_call(&p, do_sync, n);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, SHARED_WRITES(n), 0, NOTHING);
	end(&p, n);
}

static long do_read_direct(long pages)
{
	int fd = open(MOUNT "/file", O_RDONLY | O_DIRECT | O_CLOEXEC);

	if (fd < 0 || read(fd, region, pages * PAGE) != pages * PAGE)
		fail_errno(MOUNT "/file");
	close(fd);
	return 0;
}

/* The disk writes to the memory itself: what was shared is copied beforehand. */
TEST_F(pcstats, read_directly)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	if (!disk_begin())
		SKIP(return, "no disk in memory");
	close(file_on_disk(n));
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(inner_call(&parent, do_read_direct, n),
		       child, COPIED(n), parent.pid, NOTHING);
	inner_end(&parent);
	end(&parent, n);
}

PCSTATS_TEST_MAIN
