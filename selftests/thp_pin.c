// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pinning a transparent huge page: for reading, a shared one is split and the
 * base page unshared, and one's own is left alone; one that is pinned when its
 * owner forks is copied for the child, each of its base pages.  A reference
 * alone, to any part of it, keeps its last owner from keeping it.
 */
#include "huge.h"
#include "uring.h"

TEST_F(pcstats, shared)
{
	struct puppet parent, reader;
	pid_t child = huge_family(&parent);

	victim = child;
	puppet_start(&reader);
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&reader, do_read_victim, 0)),
		       reader.pid,
		       TALLIES(SPLIT, [PCSTATS_unshared] = 1,
			       [PCSTATS_bytes] = PAGE, [PCSTATS_in_anon] = 1),
		       child, REMOTE(2));
	EXPECT_EQ(0, huge_mapped(child));
	/* Its own from now on, though not yet writable. */
	EXPECT_COUNTED(inner_call(&parent, do_write_first, 1),
		       child, EXCLUSIVE(1), parent.pid, NOTHING);
	EXPECT_COUNTED(inner_call(&parent, do_write_first, HUGE_PAGES),
		       child, COPIED(HUGE_PAGES - 1), parent.pid, NOTHING);
	puppet_end(&reader);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, last_owner)
{
	struct puppet parent, reader;

	huge_family(&parent);
	inner_end(&parent);
	victim = parent.pid;
	puppet_start(&reader);
	EXPECT_COUNTED(EXPECT_EQ(0, puppet_call(&reader, do_read_victim, 0)),
		       reader.pid, NOTHING, parent.pid, NOTHING);
	EXPECT_EQ(1, huge_mapped(parent.pid));
	/* The pin made it the parent's own, so that the write need not. */
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, HUGE_EXCLUSIVE, 0, NOTHING);
	puppet_end(&reader);
	puppet_end(&parent);
}

/* Until it exits; false if there is no io_uring. */
static long do_pin(long arg)
{
	if (!uring_open())
		return false;
	uring_register_buffer(huge, HUGE_SIZE);
	return true;
}

static unsigned long long tally(pid_t pid, enum pcstats_tally id)
{
	return task_row(pid).tally[id];
}

TEST_F(pcstats, at_fork)
{
	unsigned long long copied, split;
	struct puppet parent;
	pid_t child;

	huge_map();
	puppet_start(&parent);
	puppet_call(&parent, do_make_huge, 0);
	ASSERT_EQ(1, huge_mapped(parent.pid));
	if (!puppet_call(&parent, do_pin, 0))
		SKIP(return, "no io_uring");
	copied = tally(parent.pid, PCSTATS_fork_copied);
	split = tally(parent.pid, PCSTATS_huge_split);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_EQ(copied + HUGE_PAGES, tally(parent.pid, PCSTATS_fork_copied));
	EXPECT_EQ(split, tally(parent.pid, PCSTATS_huge_split));
	EXPECT_EQ(0, tally(child, PCSTATS_fork_copied));
	/* Nothing is shared. */
	EXPECT_COUNTED(inner_call(&parent, do_write_first, HUGE_PAGES),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, NOTHING, child, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

static int pipe_fds[2];

/* A pipe gets the first base page, by reference. */
static long do_splice(long arg)
{
	struct iovec page = { .iov_base = huge, .iov_len = PAGE };

	if (pipe2(pipe_fds, O_CLOEXEC) ||
	    vmsplice(pipe_fds[1], &page, 1, 0) != PAGE)
		fail_errno("vmsplice");
	return 0;
}

TEST_F(pcstats, referenced)
{
	struct puppet parent;

	huge_map();
	puppet_start(&parent);
	puppet_call(&parent, do_make_huge, 0);
	puppet_call(&parent, do_splice, 0);
	inner_start(&parent, SIGCHLD);
	ASSERT_EQ(1, huge_mapped(parent.pid));
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_write_first, HUGE_PAGES),
		       parent.pid, TALLIES(SPLIT, COPIES(0, HUGE_PAGES)),
		       0, NOTHING);
	puppet_end(&parent);
}

THP_TEST_MAIN
