// SPDX-License-Identifier: GPL-2.0-only
/*
 * A copy counts when it is done: what fails for want of memory counts nothing,
 * for the writer and for the owner of the memory.
 */
#include <sys/stat.h>
#include <sys/uio.h>

#include "cow.h"

#define PAGES 1024
#define LIMIT "1048576"
#define FAILURES 3

#define CGROUPS "/sys/fs/cgroup/"
#define GROUP CGROUPS "pcstats/"

static pid_t victim;

/* Write one byte to each page of the victim until some fail; how many did not. */
static long do_write_victim(long pages)
{
	static char byte[1];
	struct iovec local = { .iov_base = byte, .iov_len = 1 };
	struct iovec remote = { .iov_len = 1 };
	long i, failed = 0;

	for (i = 0; i < pages && failed < FAILURES; i++) {
		remote.iov_base = region + i * PAGE;
		if (process_vm_writev(victim, &local, 1, &remote, 1, 0) != 1)
			failed++;
	}
	return failed == FAILURES ? i - failed : -1;
}

static void write_to(const char *path, const char *text)
{
	int err = file_write(path, text);

	if (err)
		fail("%s: error %d", path, err);
}

/* In a group that has memory for some of its pages; it is not to be killed. */
static void limit(pid_t pid)
{
	char path[64], text[16];

	mkdir(GROUP, 0755);
	write_to(GROUP "memory.max", LIMIT);
	snprintf(text, sizeof(text), "%d", pid);
	write_to(GROUP "cgroup.procs", text);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	write_to(path, "-1000");
}

TEST_F(pcstats, no_memory_for_the_copy)
{
	struct puppet parent, writer;
	long done;

	if (file_write(CGROUPS "cgroup.subtree_control", "+memory"))
		SKIP(return, "no memory control groups");
	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, PAGES);
	victim = inner_start(&parent, SIGCHLD);
	puppet_start(&writer);
	limit(victim);
	EXPECT_COUNTED(done = puppet_call(&writer, do_write_victim, PAGES),
		       writer.pid, COPIED(done), victim, REMOTE(done));
	/* Some were done, and there were others. */
	EXPECT_LT(0, done);
	puppet_end(&writer);
	inner_end(&parent);
	puppet_end(&parent);
	EXPECT_EQ(0, rmdir(GROUP));
}

PCSTATS_TEST_MAIN
