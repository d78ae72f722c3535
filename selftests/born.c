// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task has the number of the one that made it, the call that did, and what
 * that cost, as its creator's tallies have it.
 */
#include <sched.h>
#include <signal.h>

#include "cow.h"

#define PAGES 100

FIXTURE_VARIANT(pcstats) {
	int flags;		/* of the clone(2) that makes the child */
	enum pcstats_call call;
	bool shares_pages;
};

FIXTURE_VARIANT_ADD(pcstats, fork) {
	SIGCHLD, PCSTATS_CALL_FORK, true,
};

FIXTURE_VARIANT_ADD(pcstats, fork_with_files) {
	CLONE_FILES | CLONE_FS | SIGCHLD, PCSTATS_CALL_FORK, true,
};

FIXTURE_VARIANT_ADD(pcstats, thread) {
	CLONE_THREAD, PCSTATS_CALL_THREAD, false,
};

FIXTURE_VARIANT_ADD(pcstats, clone_vm) {
	CLONE_VM | SIGCHLD, PCSTATS_CALL_CLONE, false,
};

TEST_F(pcstats, child)
{
	struct pcstats_task parent, child;
	unsigned long long last;
	struct puppet p;
	pid_t pid;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&p);
	last = task_row(p.pid).id;
	EXPECT_LT(task_row(getpid()).id, last);
	EXPECT_EQ(task_row(getpid()).id, task_row(p.pid).creator);
	pid = inner_start(&p, variant->flags);
	parent = task_row(p.pid);
	child = task_row(pid);
	EXPECT_EQ(last, parent.id);
	EXPECT_EQ(last, child.creator);
	EXPECT_LT(last, child.id);
	EXPECT_EQ(variant->call, child.call);
	if (variant->shares_pages) {
		EXPECT_EQ(fork_row(pid).shared, child.born_pages);
		EXPECT_EQ(parent.tally[PCSTATS_fork_pages], child.born_pages);
		EXPECT_LE(PAGES, child.born_pages);
	} else {
		EXPECT_EQ(PCSTATS_UNWATCHED, child.born_pages);
	}
	/* Its only one. */
	EXPECT_LT(0, child.born_ns);
	EXPECT_EQ(parent.tally[PCSTATS_fork_ns], child.born_ns);
	inner_end(&p);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
