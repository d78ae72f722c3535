// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies in a private mapping of a file are listed under the file's name, for
 * the task that made them.
 */
#include <fcntl.h>

#include "cow.h"
#include "tracking.h"

#define PAGES 256
#define DIRECTORY "/dev/shm/"
/* Names that are kept for a task, and their length. */
#define NAMES 16
#define LENGTH 27

/* A file of N pages with this name. */
static int named_file(const char *name, size_t pages)
{
	char path[sizeof(DIRECTORY) + 255];
	int fd;

	snprintf(path, sizeof(path), DIRECTORY "%s", name);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, pages * PAGE))
		fail_errno(path);
	/* A mapping keeps the name. */
	unlink(path);
	return fd;
}

static pid_t victim;

static long do_write_victim(long pages)
{
	char path[32];
	long i;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", victim);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	for (i = 0; i < pages; i++)
		if (pwrite(fd, path, 1, (off_t)region + i * PAGE) != 1)
			fail_errno(path);
	close(fd);
	return 0;
}

/* Copies of the file's pages, and later of the anonymous ones in their place. */
TEST_F(pcstats, file)
{
	const size_t n = PAGES;
	struct puppet parent;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, named_file("pcstats-file", n));
	puppet_start(&parent);
	EXPECT_EQ(0, map_copies(parent.pid, "pcstats-file"));
	puppet_call(&parent, do_write, n);
	EXPECT_EQ(n, map_copies(parent.pid, "pcstats-file"));
	child = inner_start(&parent, SIGCHLD);
	EXPECT_EQ(0, map_copies(child, "pcstats-file"));
	inner_call(&parent, do_write, n);
	EXPECT_EQ(n, map_copies(child, "pcstats-file"));
	/* Kept pages are no copies. */
	puppet_call(&parent, do_write, n);
	EXPECT_EQ(n, map_copies(parent.pid, "pcstats-file"));
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, memfd)
{
	const size_t n = PAGES;
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, file_with(n));
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	EXPECT_EQ(n, map_copies(p.pid, "memfd:pcstats"));
	puppet_end(&p);
}

/* For who copies, not for whose memory it is. */
TEST_F(pcstats, remote)
{
	const size_t n = PAGES;
	struct puppet p, writer;

	region = region_map(n, MAP_PRIVATE, named_file("pcstats-file", n));
	puppet_start(&p);
	victim = p.pid;
	puppet_start(&writer);
	puppet_call(&writer, do_write_victim, n);
	EXPECT_EQ(n, map_copies(writer.pid, "pcstats-file"));
	EXPECT_EQ(0, map_copies(p.pid, "pcstats-file"));
	puppet_end(&writer);
	puppet_end(&p);
}

/* A name that could forge a row, and one with what a row is made of. */
TEST_F(pcstats, escaped)
{
	static const char name[] = "a b\\\n\tmap\"\x01\xc3\xa9";
	const size_t n = PAGES;
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, named_file(name, n));
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	EXPECT_EQ(n, map_copies(p.pid, name));
	puppet_end(&p);
}

TEST_F(pcstats, long_name)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const size_t n = PAGES;
	char cut[LENGTH + 1] = "";
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, named_file(name, n));
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	memcpy(cut, name, LENGTH);
	EXPECT_EQ(n, map_copies(p.pid, cut));
	puppet_end(&p);
}

static char *regions[NAMES + 1];

static long do_write_all(long pages)
{
	int i;

	for (i = 0; i < NAMES + 1; i++)
		region_write(regions[i], pages);
	return 0;
}

/* What its program and libraries are called has been kept before. */
TEST_F(pcstats, more_names_than_are_kept)
{
	const size_t n = PAGES;
	size_t i, before;
	char name[16];
	struct puppet p;

	for (i = 0; i < NAMES + 1; i++) {
		snprintf(name, sizeof(name), "pcstats-%zu", i);
		regions[i] = region_map(n, MAP_PRIVATE, named_file(name, n));
	}
	puppet_start(&p);
	before = map_rows(p.pid);
	ASSERT_GT(NAMES, before);
	EXPECT_COUNTED(puppet_call(&p, do_write_all, n),
		       p.pid, FILE_COPIED((NAMES + 1) * n), 0, NOTHING);
	EXPECT_EQ(NAMES, map_rows(p.pid));
	for (i = 0; i < NAMES + 1; i++) {
		snprintf(name, sizeof(name), "pcstats-%zu", i);
		EXPECT_EQ(i < NAMES - before ? n : 0,
			  map_copies(p.pid, name));
	}
	puppet_end(&p);
}

/* An anonymous mapping that nobody has given a name has none. */
TEST_F(pcstats, no_name)
{
	const size_t n = PAGES;
	struct puppet p;
	size_t before;

	region = region_map(n, MAP_PRIVATE, -1);
	region_write(region, n);
	puppet_start(&p);
	before = map_rows(p.pid);
	EXPECT_COUNTED(puppet_call(&p, do_write, n),
		       p.pid, COPIED(n), 0, NOTHING);
	EXPECT_EQ(before, map_rows(p.pid));
	puppet_end(&p);
}

TEST_F(pcstats, reset)
{
	const size_t n = PAGES;
	struct puppet p;

	NEEDS_SOFT_DIRTY();
	region = region_map(n, MAP_PRIVATE, file_with(2 * n));
	puppet_start(&p);
	puppet_call(&p, do_write, n);
	ASSERT_EQ(0, file_write(PCSTATS_PATH, "reset"));
	EXPECT_EQ(0, map_rows(p.pid));
	write_protect(p.pid);
	puppet_call(&p, do_write, n);
	EXPECT_EQ(0, map_copies(p.pid, "memfd:pcstats"));
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
