// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page that is pinned for writing must stay its owner's: it is copied before
 * it is pinned if it was shared, and a later fork copies it for the child.
 *
 * Registered buffers of io_uring are pinned until they are unregistered.
 */
#include "cow_sizes.h"
#include "uring.h"

static long do_open(long arg)
{
	return !uring_open();
}

static long do_pin(long pages)
{
	uring_register_buffer(region, pages * PAGE);
	return 0;
}

static long do_unpin(long arg)
{
	uring_unregister_buffers();
	return 0;
}

/* With N pages and a ring; false if there is no ring. */
static bool owner_start(struct puppet *p, size_t pages)
{
	region = region_map(pages, MAP_PRIVATE, -1);
	puppet_start(p);
	puppet_call(p, do_write, pages);
	return !puppet_call(p, do_open, 0);
}

TEST_F(pcstats, shared_then_pinned)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;
	pid_t child;

	if (!owner_start(&parent, n))
		SKIP(return, "no io_uring");
	child = inner_start(&parent, SIGCHLD);
	EXPECT_COUNTED(puppet_call(&parent, do_pin, n),
		       parent.pid, COPIED(n), child, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, NOTHING, child, NOTHING);
	puppet_call(&parent, do_unpin, 0);
	inner_end(&parent);
	puppet_end(&parent);
}

/* A page that the kernel may write to need not be copied, only kept. */
TEST_F(pcstats, last_owner_pins)
{
	const size_t n = nr_pages(variant);
	struct puppet parent;

	if (!owner_start(&parent, n))
		SKIP(return, "no io_uring");
	inner_start(&parent, SIGCHLD);
	inner_end(&parent);
	EXPECT_COUNTED(puppet_call(&parent, do_pin, n),
		       parent.pid, REUSED(n), 0, NOTHING);
	puppet_call(&parent, do_unpin, 0);
	puppet_end(&parent);
}

/*
 * The window has a fork in it, so both sides copy pages of their own: a number
 * that fork_copied and the columns that have it besides are apart from.
 */
TEST_F(pcstats, pinned_then_forked)
{
	const size_t n = nr_pages(variant);
	struct pcstats_task before, after;
	unsigned long long resident;
	struct puppet parent;
	long long copied;
	pid_t child;

	if (!owner_start(&parent, n))
		SKIP(return, "no io_uring");
	puppet_call(&parent, do_pin, n);
	before = task_row(parent.pid);
	resident = anon_pages(parent.pid);
	child = inner_start(&parent, SIGCHLD);
	after = task_row(parent.pid);
	copied = after.tally[PCSTATS_copied] - before.tally[PCSTATS_copied];
	EXPECT_EQ(n, after.tally[PCSTATS_fork_copied] -
		     before.tally[PCSTATS_fork_copied]);
	EXPECT_EQ((n + copied) * PAGE, after.tally[PCSTATS_bytes] -
				       before.tally[PCSTATS_bytes]);
	EXPECT_EQ(0, task_row(child).tally[PCSTATS_fork_copied]);
	EXPECT_EQ(resident - n, fork_row(child).shared);
	/* Each has pages of its own, and may write to them at once. */
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, NOTHING, parent.pid, NOTHING);
	EXPECT_COUNTED(puppet_call(&parent, do_write, n),
		       parent.pid, NOTHING, child, NOTHING);
	puppet_call(&parent, do_unpin, 0);
	inner_end(&parent);
	puppet_end(&parent);
}

/* Fork shares them again once they are not pinned any more. */
TEST_F(pcstats, unpinned_then_forked)
{
	const size_t n = nr_pages(variant);
	unsigned long long before;
	struct puppet parent;
	pid_t child;

	if (!owner_start(&parent, n))
		SKIP(return, "no io_uring");
	puppet_call(&parent, do_pin, n);
	puppet_call(&parent, do_unpin, 0);
	before = task_row(parent.pid).tally[PCSTATS_fork_copied];
	child = inner_start(&parent, SIGCHLD);
	EXPECT_EQ(before, task_row(parent.pid).tally[PCSTATS_fork_copied]);
	EXPECT_COUNTED(inner_call(&parent, do_write, n),
		       child, COPIED(n), parent.pid, NOTHING);
	inner_end(&parent);
	puppet_end(&parent);
}

PCSTATS_TEST_MAIN
