// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing N anonymous pages that another process still maps copies N pages,
 * counted for the task that took the fault, whoever forked whom.
 */
#include <fcntl.h>
#include <sys/uio.h>

#include "cow_sizes.h"

/* The kernel's own write to user memory faults like the user's. */
static long do_read_into(long pages)
{
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, region, pages * PAGE) != pages * PAGE)
		fail_errno("/dev/zero");
	close(fd);
	return 0;
}

static long do_populate(long pages)
{
	if (madvise(region, pages * PAGE, MADV_POPULATE_WRITE))
		fail_errno("MADV_POPULATE_WRITE");
	return 0;
}

static long do_lock(long pages)
{
	if (mlock(region, pages * PAGE))
		fail_errno("mlock");
	return 0;
}

static pid_t victim;

static long do_write_victim(long pages)
{
	static char bytes[PAGE];
	struct iovec local = { .iov_base = bytes, .iov_len = 1 };
	struct iovec remote = { .iov_len = 1 };
	long i;

	for (i = 0; i < pages; i++) {
		remote.iov_base = region + i * PAGE;
		if (process_vm_writev(victim, &local, 1, &remote, 1, 0) != 1)
			fail_errno("process_vm_writev");
	}
	return 0;
}

/* A parent with N pages, and its child, both idle. */
static pid_t family(struct puppet *parent, size_t pages)
{
	region = region_map(pages, MAP_PRIVATE, -1);
	puppet_start(parent);
	puppet_call(parent, do_write, pages);
	return inner_start(parent, SIGCHLD);
}

TEST_F(pcstats, child_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED(n), parent.pid, NOTHING);
	/* They are its own now. */
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, NOTHING, parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, parent_writes_while_child_lives)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, COPIED(n), child, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, NOTHING, child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

/* Of three owners two copy, and neither copies for the other. */
TEST_F(pcstats, siblings_write)
{
	const size_t n = nr_pages(variant);
	struct puppet a, b;

	region = region_map(n, MAP_PRIVATE, -1);
	region_write(region, n);
	puppet_start(&a);
	puppet_start(&b);
	EXPECT_COUNTED(puppet_call(&a, do_write, n),
		       a.pid, COPIED(n), b.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&b, do_write, n),
		       b.pid, COPIED(n), a.pid, NOTHING);
	puppet_end(&a);
	puppet_end(&b);
}

TEST_F(pcstats, kernel_writes_for_child)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_COUNTED(inner_call(&parent, do_read_into, n),
		       child, COPIED(n), parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, populate_without_a_trap)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_COUNTED(inner_call(&parent, do_populate, n),
		       child, COPIED(n), parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

/* What is to stay in memory is made ready for writing at once. */
TEST_F(pcstats, locking)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_COUNTED(inner_call(&parent, do_lock, n),
		       child, COPIED(n), parent.pid, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, NOTHING, parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, another_process_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent, writer;
	pid_t child = family(&parent, n);

	victim = child;
	puppet_start(&writer);
	EXPECT_COUNTED(puppet_call(&writer, do_write_victim, n),
		       writer.pid, COPIED(n), child, REMOTE(n));
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, NOTHING, writer.pid, NOTHING);
	puppet_end(&writer);
	inner_end(&parent);
	puppet_end(&parent);
}

/* A thread's faults are its own, not its leader's. */
TEST_F(pcstats, thread_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet p;
	pid_t tid;

	region = region_map(n, MAP_PRIVATE, -1);
	region_write(region, n);
	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	EXPECT_COUNTED(inner_call(&p, do_write, n),
		       tid, COPIED(n), p.pid, NOTHING);
	inner_end(&p);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
