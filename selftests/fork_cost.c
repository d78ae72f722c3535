// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork_pages grows by the anonymous pages that were resident at each fork, and
 * by none for other creations; fork_ns by some of the time that they took.
 */
#include <signal.h>
#include <time.h>

#include "cow_sizes.h"

static long do_fork(long n)
{
	pid_t pid;

	while (n--) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid)
			fail_errno("fork");
	}
	return 0;
}

static long do_vfork(long n)
{
	pid_t pid;

	while (n--) {
		pid = vfork();
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid)
			fail_errno("vfork");
	}
	return 0;
}

static unsigned long long pages_of(struct puppet *p, puppet_fn fn, long n)
{
	unsigned long long before = task_row(p->pid).tally[PCSTATS_fork_pages];

	puppet_call(p, fn, n);
	return task_row(p->pid).tally[PCSTATS_fork_pages] - before;
}

TEST_F(pcstats, anonymous_pages)
{
	const size_t n = nr_pages(variant);
	unsigned long long bare;
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	bare = anon_pages(p.pid);
	EXPECT_EQ(bare, pages_of(&p, do_fork, 1));
	puppet_call(&p, do_write, n);
	EXPECT_EQ(bare + n, pages_of(&p, do_fork, 1));
	EXPECT_EQ(3 * (bare + n), pages_of(&p, do_fork, 3));
	EXPECT_EQ(0, pages_of(&p, do_vfork, 3));
	puppet_end(&p);
}

TEST_F(pcstats, zero_page)
{
	const size_t n = nr_pages(variant);
	unsigned long long bare;
	struct puppet p;

	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&p);
	bare = anon_pages(p.pid);
	puppet_call(&p, do_read, n);
	EXPECT_EQ(bare, pages_of(&p, do_fork, 1));
	puppet_end(&p);
}

TEST_F(pcstats, shared_memory)
{
	const size_t n = nr_pages(variant);
	unsigned long long bare;
	struct puppet p;

	region = region_map(n, MAP_SHARED, -1);
	puppet_start(&p);
	bare = anon_pages(p.pid);
	puppet_call(&p, do_write, n);
	EXPECT_EQ(bare, pages_of(&p, do_fork, 1));
	puppet_end(&p);
}

/* Pages of a private file mapping are anonymous once they are written. */
TEST_F(pcstats, private_file)
{
	const size_t n = nr_pages(variant);
	int fd = memfd_create("pcstats", MFD_CLOEXEC);
	unsigned long long bare;
	struct puppet p;

	ASSERT_EQ(0, ftruncate(fd, n * PAGE));
	region = region_map(n, MAP_PRIVATE, fd);
	puppet_start(&p);
	bare = anon_pages(p.pid);
	puppet_call(&p, do_read, n);
	EXPECT_EQ(bare, pages_of(&p, do_fork, 1));
	puppet_call(&p, do_write, n);
	EXPECT_EQ(bare + n, pages_of(&p, do_fork, 1));
	puppet_end(&p);
}

static unsigned long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

TEST_F(pcstats, time)
{
	unsigned long long ns, wall;
	struct puppet p;

	puppet_start(&p);
	ns = task_row(p.pid).tally[PCSTATS_fork_ns];
	ASSERT_EQ(0, ns);
	wall = now_ns();
	puppet_call(&p, do_fork, 3);
	wall = now_ns() - wall;
	ns = task_row(p.pid).tally[PCSTATS_fork_ns];
	EXPECT_LT(0, ns);
	EXPECT_GT(wall, ns);
	puppet_call(&p, do_vfork, 3);
	EXPECT_LT(ns, task_row(p.pid).tally[PCSTATS_fork_ns]);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
