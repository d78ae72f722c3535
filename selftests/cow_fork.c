// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a fork shared, and what each side has copied of it since, is told to
 * both sides, exactly.
 *
 * Both copy pages of their own before they are idle: differences are exact.
 */
#include <sys/uio.h>

#include "cat.h"
#include "cow_sizes.h"
#include "swap.h"

/* Run @act, by which @pid's side copies @here pages and the other one @there. */
#define EXPECT_SINCE_FORK(act, pid, here, there)			      \
do {									      \
	struct pcstats_fork before_ = fork_row(pid), after_;		      \
									      \
	act;								      \
	after_ = fork_row(pid);						      \
	EXPECT_EQ(before_.child, after_.child);				      \
	EXPECT_EQ(before_.other, after_.other);				      \
	EXPECT_EQ(before_.shared, after_.shared);			      \
	EXPECT_EQ(before_.copied + (here), after_.copied);		      \
	EXPECT_EQ(before_.other_copied + (there), after_.other_copied);	      \
} while (0)

static pid_t family(struct puppet *parent, size_t pages)
{
	region = region_map(pages, MAP_PRIVATE, -1);
	puppet_start(parent);
	puppet_call(parent, do_write, pages);
	return inner_start(parent, SIGCHLD);
}

TEST_F(pcstats, sides)
{
	struct pcstats_fork of_parent, of_child;
	struct puppet parent;
	pid_t child = family(&parent, nr_pages(variant));

	of_parent = fork_row(parent.pid);
	of_child = fork_row(child);
	EXPECT_FALSE(of_parent.child);
	EXPECT_TRUE(of_child.child);
	EXPECT_EQ(mm_id(child), of_parent.other);
	EXPECT_EQ(mm_id(parent.pid), of_child.other);
	EXPECT_EQ(of_parent.shared, of_child.shared);
	EXPECT_EQ(of_parent.copied, of_child.other_copied);
	EXPECT_EQ(of_parent.other_copied, of_child.copied);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, child_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_SINCE_FORK(EXPECT_SINCE_FORK(inner_call(&parent, do_write, n),
					    child, n, 0), parent.pid, 0, n);
	/* The parent keeps them: they are not copied. */
	EXPECT_SINCE_FORK(puppet_call(&parent, do_write, n), parent.pid, 0, 0);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, parent_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child = family(&parent, n);

	EXPECT_SINCE_FORK(EXPECT_SINCE_FORK(puppet_call(&parent, do_write, n),
					    child, 0, n), parent.pid, n, 0);
	inner_end(&parent);
	puppet_end(&parent);
}

/* From the first instruction: what it has copied is all that it ever did. */
TEST_F(pcstats, counts_from_the_fork)
{
	const size_t n = nr_pages(variant);
	unsigned long long before;
	struct puppet parent;
	pid_t child;

	region = region_map(n, MAP_PRIVATE, -1);
	region_write(region, n);
	puppet_start(&parent);
	/* Not of the fork that is to come. */
	puppet_call(&parent, do_write, n);
	before = task_row(parent.pid).tally[PCSTATS_copied];
	child = inner_start(&parent, SIGCHLD);
	EXPECT_EQ(task_row(parent.pid).tally[PCSTATS_copied] - before,
		  fork_row(parent.pid).copied);
	EXPECT_EQ(task_row(child).tally[PCSTATS_copied],
		  fork_row(child).copied);
	inner_end(&parent);
	puppet_end(&parent);
}

static long do_swap_out(long pages)
{
	swap_out(region, pages);
	return 0;
}

/* All that is anonymous and resident; the zero page is not. */
TEST_F(pcstats, shared)
{
	const size_t n = nr_pages(variant);
	unsigned long long resident;
	struct puppet parent;
	char *zeros;

	region = region_map(n, MAP_PRIVATE, -1);
	zeros = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	resident = anon_pages(parent.pid);
	puppet_call(&parent, do_write, n);
	region = zeros;
	puppet_call(&parent, do_read, n);
	EXPECT_EQ(resident + n, anon_pages(parent.pid));
	inner_start(&parent, SIGCHLD);
	EXPECT_EQ(resident + n, fork_row(parent.pid).shared);
	inner_end(&parent);
	puppet_end(&parent);
}

TEST_F(pcstats, shared_swapped_out)
{
	const size_t n = nr_pages(variant);
	unsigned long long resident;
	struct puppet parent;
	pid_t child;

	if (!swap_begin())
		SKIP(return, "no zram");
	region = region_map(n, MAP_PRIVATE, -1);
	puppet_start(&parent);
	puppet_call(&parent, do_write, n);
	puppet_call(&parent, do_swap_out, n);
	resident = anon_pages(parent.pid);
	child = inner_start(&parent, SIGCHLD);
	EXPECT_EQ(resident + n, fork_row(parent.pid).shared);
	EXPECT_SINCE_FORK(inner_call(&parent, do_write, n), child, n, 0);
	inner_end(&parent);
	puppet_end(&parent);
	swap_end();
}

/* Whoever makes the copy: the memory is the child's. */
static pid_t owner;

static long do_touch_owner(long pages)
{
	static char byte[1];
	struct iovec local = { .iov_base = byte, .iov_len = 1 };
	struct iovec remote = { .iov_len = 1 };
	long i;

	/* The odd pages are read, which unshares them, the even ones written. */
	for (i = 0; i < pages; i++) {
		remote.iov_base = region + i * PAGE;
		if ((i & 1 ? process_vm_readv : process_vm_writev)
		    (owner, &local, 1, &remote, 1, 0) != 1)
			fail_errno("process_vm");
	}
	return 0;
}

TEST_F(pcstats, others_pin_and_write)
{
	const size_t n = nr_pages(variant);
	struct puppet parent, other;
	pid_t child = family(&parent, n);

	owner = child;
	puppet_start(&other);
	EXPECT_SINCE_FORK(EXPECT_SINCE_FORK(puppet_call(&other, do_touch_owner,
							n),
					    child, n, 0), parent.pid, 0, n);
	puppet_end(&other);
	inner_end(&parent);
	puppet_end(&parent);
}

/* The process has one row, its leader's; its threads have none. */
TEST_F(pcstats, thread_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet p;
	pid_t tid;

	region = region_map(n, MAP_PRIVATE, -1);
	region_write(region, n);
	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	/* The other side is this test, which copies nothing from now on. */
	wait_for_rest();
	EXPECT_SINCE_FORK(inner_call(&p, do_write, n), p.pid, n, 0);
	EXPECT_FALSE(has_fork_row(tid));
	inner_end(&p);
	puppet_end(&p);
}

/* Nor has a process that borrows the memory, as vfork's child does. */
TEST_F(pcstats, borrower_writes)
{
	const size_t n = nr_pages(variant);
	struct puppet p;
	pid_t pid;

	region = region_map(n, MAP_PRIVATE, -1);
	region_write(region, n);
	puppet_start(&p);
	pid = inner_start(&p, CLONE_VM | SIGCHLD);
	wait_for_rest();
	EXPECT_SINCE_FORK(EXPECT_COUNTED(inner_call(&p, do_write, n),
					 pid, COPIED(n), p.pid, NOTHING),
			  p.pid, n, 0);
	EXPECT_FALSE(has_fork_row(pid));
	inner_end(&p);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
