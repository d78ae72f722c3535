// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process's row of the fork table lives from one fork, exec or exit to the
 * next.
 */
#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cat.h"
#include "cow.h"

#define PAGES 256

static struct cat cat;

static long do_exec(long arg)
{
	char *const argv[] = { "/bin/cat", NULL };

	cat_exec(&cat, argv);
}

static bool same(const struct pcstats_fork *a, const struct pcstats_fork *b)
{
	return a->child == b->child && a->other == b->other &&
	       a->shared == b->shared && a->copied == b->copied &&
	       a->other_copied == b->other_copied;
}

/* The child has a new memory that nobody shares; the parent's copies stand. */
TEST_F(pcstats, child_executes)
{
	unsigned long long copied;
	struct puppet child;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	cat_prepare(&cat);
	puppet_start(&child);
	puppet_call(&child, do_write, PAGES);
	copied = fork_row(child.pid).copied;
	EXPECT_LE(PAGES, copied);
	puppet_post(&child, do_exec, 0);
	cat_wait(&cat);
	EXPECT_FALSE(has_fork_row(child.pid));
	EXPECT_EQ(copied, fork_row(getpid()).other_copied);
	cat_close(&cat);
	puppet_reap(&child);
}

/* Its last row stays with it, for as long as history does. */
TEST_F(pcstats, child_exits)
{
	const struct pcstats_fork *found;
	struct pcstats_snapshot snap;
	struct pcstats_fork row;
	struct puppet child;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&child);
	puppet_call(&child, do_write, PAGES);
	settle();
	row = fork_row(child.pid);
	puppet_exit(&child, 0);
	puppet_reap(&child);
	snap = snapshot();
	found = pcstats_find_fork(&snap, pcstats_find_exited(&snap, child.pid));
	ASSERT_NE(NULL, found);
	EXPECT_TRUE(found->child);
	EXPECT_EQ(row.other, found->other);
	EXPECT_EQ(row.shared, found->shared);
	EXPECT_EQ(row.copied, found->copied);
	pcstats_free(&snap);
	EXPECT_EQ(row.copied, fork_row(getpid()).other_copied);
}

/* The parent's row is of its last fork, its first child's of its own. */
TEST_F(pcstats, several_children)
{
	unsigned long long first_other, second_other;
	struct puppet first, second;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&first);
	EXPECT_EQ(mm_id(first.pid), fork_row(getpid()).other);
	puppet_start(&second);
	EXPECT_EQ(mm_id(second.pid), fork_row(getpid()).other);
	EXPECT_EQ(mm_id(getpid()), fork_row(first.pid).other);
	EXPECT_EQ(mm_id(getpid()), fork_row(second.pid).other);

	/* Each shares the pages with the parent, and is told what it copies. */
	wait_for_rest();
	first_other = fork_row(first.pid).other_copied;
	second_other = fork_row(second.pid).other_copied;
	region_write(region, PAGES);
	EXPECT_EQ(first_other + PAGES, fork_row(first.pid).other_copied);
	EXPECT_EQ(second_other + PAGES, fork_row(second.pid).other_copied);
	puppet_end(&second);
	puppet_end(&first);
}

/* From its own fork on, it is a parent. */
TEST_F(pcstats, child_forks)
{
	struct pcstats_fork row;
	struct puppet p;
	pid_t child;

	puppet_start(&p);
	EXPECT_TRUE(fork_row(p.pid).child);
	child = inner_start(&p, SIGCHLD);
	row = fork_row(p.pid);
	EXPECT_FALSE(row.child);
	EXPECT_EQ(mm_id(child), row.other);
	EXPECT_EQ(mm_id(p.pid), fork_row(child).other);
	inner_end(&p);
	/* It was the last fork, though that child has gone. */
	EXPECT_EQ(row.other, fork_row(p.pid).other);
	puppet_end(&p);
}

static long do_vfork(long arg)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	if (waitpid(pid, NULL, 0) != pid)
		fail_errno("vfork");
	return 0;
}

/* Threads and vfork share the memory itself. */
TEST_F(pcstats, no_fork)
{
	struct pcstats_fork before, after;
	struct puppet p;

	puppet_start(&p);
	/* The other side is this test, which copies nothing from now on. */
	wait_for_rest();
	before = fork_row(p.pid);
	puppet_call(&p, do_vfork, 0);
	inner_start(&p, CLONE_THREAD);
	inner_end(&p);
	after = fork_row(p.pid);
	EXPECT_TRUE(same(&before, &after));
	puppet_end(&p);
}

/* The number is taken: refused when the memory has been copied already. */
static long do_fail_to_fork(long arg)
{
	pid_t taken = getpid();
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)&taken,
		.set_tid_size = 1,
	};

	return syscall(SYS_clone3, &args, sizeof(args)) < 0 ? errno : 0;
}

/* The pages were shared for a moment: they are to be their owner's own again. */
TEST_F(pcstats, failed_fork)
{
	struct pcstats_fork before, after;
	struct puppet p;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_start(&p);
	puppet_call(&p, do_write, PAGES);
	wait_for_rest();
	before = fork_row(p.pid);
	EXPECT_EQ(EEXIST, puppet_call(&p, do_fail_to_fork, 0));
	after = fork_row(p.pid);
	EXPECT_TRUE(same(&before, &after));
	puppet_settle(&p);
	EXPECT_COUNTED(puppet_call(&p, do_write, PAGES),
		       p.pid, REUSED(PAGES), 0, NOTHING);
	puppet_end(&p);
}

TEST_F(pcstats, reset_leaves_it)
{
	struct pcstats_fork before, after;
	struct puppet p;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&p);
	puppet_call(&p, do_write, PAGES);
	settle();
	before = fork_row(p.pid);
	ASSERT_EQ(0, file_write(PCSTATS_PATH, "reset"));
	after = fork_row(p.pid);
	EXPECT_EQ(0, task_row(p.pid).tally[PCSTATS_copied]);
	EXPECT_EQ(before.copied, after.copied);
	EXPECT_EQ(before.shared, after.shared);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
