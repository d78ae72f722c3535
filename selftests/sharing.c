// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mm table counts who uses an address space, and how many distinct tables
 * of files, file system structs and signal handlers they have among them;
 * all of it rises and falls with the sharing.
 */
#include <sched.h>
#include <signal.h>

#include "pcstats.h"

struct sharing {
	unsigned int tasks, procs, files, fs, sighand;
};

#define EXPECT_SHARING(pid, ...)					\
do {									\
	const struct sharing expected_ = { __VA_ARGS__ };		\
	struct pcstats_mm row_ = mm_row(pid);				\
									\
	EXPECT_EQ(expected_.tasks, row_.tasks);				\
	/* No task but these holds the address space. */		\
	EXPECT_EQ(expected_.tasks, row_.users);				\
	EXPECT_EQ(expected_.procs, row_.procs);				\
	EXPECT_EQ(expected_.files, row_.files);				\
	EXPECT_EQ(expected_.fs, row_.fs);				\
	EXPECT_EQ(expected_.sighand, row_.sighand);			\
} while (0)

static long do_unshare(long flags)
{
	return unshare(flags) ? errno : 0;
}

TEST_F(pcstats, alone)
{
	struct puppet p;

	puppet_start(&p);
	EXPECT_SHARING(p.pid, 1, 1, 1, 1, 1);
	EXPECT_STREQ("sharing", mm_row(p.pid).comm);
	puppet_end(&p);
}

TEST_F(pcstats, threads)
{
	struct puppet p;

	puppet_start(&p);
	inner_start(&p, CLONE_THREAD);
	EXPECT_SHARING(p.pid, .tasks = 2, .procs = 1, .files = 1, .fs = 1,
		       .sighand = 1);
	inner_end(&p);
	EXPECT_SHARING(p.pid, 1, 1, 1, 1, 1);
	puppet_end(&p);
}

/* Each clone flag takes one column from two down to one. */
FIXTURE(shared) {
	struct puppet p;
	int klog;
};

FIXTURE_VARIANT(shared) {
	int flags;
	struct sharing expected;
};

FIXTURE_VARIANT_ADD(shared, vm) {
	.flags = CLONE_VM,
	.expected = { 2, 2, 2, 2, 2 },
};

FIXTURE_VARIANT_ADD(shared, files) {
	.flags = CLONE_VM | CLONE_FILES,
	.expected = { 2, 2, 1, 2, 2 },
};

FIXTURE_VARIANT_ADD(shared, fs) {
	.flags = CLONE_VM | CLONE_FS,
	.expected = { 2, 2, 2, 1, 2 },
};

FIXTURE_VARIANT_ADD(shared, sighand) {
	.flags = CLONE_VM | CLONE_SIGHAND,
	.expected = { 2, 2, 2, 2, 1 },
};

FIXTURE_VARIANT_ADD(shared, all) {
	.flags = CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND,
	.expected = { 2, 2, 1, 1, 1 },
};

FIXTURE_SETUP(shared)
{
	frame_pin(0);
	self->klog = klog_open();
	puppet_start(&self->p);
}

FIXTURE_TEARDOWN(shared)
{
	puppet_end(&self->p);
	EXPECT_STREQ("", klog_complaint(self->klog));
}

TEST_F(shared, rises_and_falls)
{
	pid_t pid = inner_start(&self->p, variant->flags | SIGCHLD);
	const struct sharing *e = &variant->expected;

	EXPECT_SHARING(self->p.pid, e->tasks, e->procs, e->files, e->fs,
		       e->sighand);
	EXPECT_EQ(mm_id(self->p.pid), mm_id(pid));
	inner_end(&self->p);
	EXPECT_SHARING(self->p.pid, 1, 1, 1, 1, 1);
}

TEST_F(shared, unshared_later)
{
	const int later = CLONE_FILES | CLONE_FS;
	const struct sharing *e = &variant->expected;

	inner_start(&self->p, variant->flags | SIGCHLD);
	EXPECT_EQ(0, inner_call(&self->p, do_unshare, later));
	EXPECT_SHARING(self->p.pid, 2, 2, 2, 2, e->sighand);
	inner_end(&self->p);
	EXPECT_SHARING(self->p.pid, 1, 1, 1, 1, 1);
}

/* A thread can have files and a file system struct of its own. */
TEST_F(pcstats, unshared_by_thread)
{
	struct puppet p;

	puppet_start(&p);
	inner_start(&p, CLONE_THREAD);
	EXPECT_EQ(0, inner_call(&p, do_unshare, CLONE_FILES));
	EXPECT_SHARING(p.pid, .tasks = 2, .procs = 1, .files = 2, .fs = 1,
		       .sighand = 1);
	EXPECT_EQ(0, inner_call(&p, do_unshare, CLONE_FS));
	EXPECT_SHARING(p.pid, .tasks = 2, .procs = 1, .files = 2, .fs = 2,
		       .sighand = 1);
	inner_end(&p);
	EXPECT_SHARING(p.pid, 1, 1, 1, 1, 1);
	puppet_end(&p);
}

/* Files and the rest shared without the memory: two rows, each alone in it. */
TEST_F(pcstats, not_the_memory)
{
	struct puppet p;
	pid_t pid;

	puppet_start(&p);
	pid = inner_start(&p, CLONE_FILES | CLONE_FS | SIGCHLD);
	EXPECT_NE(mm_id(p.pid), mm_id(pid));
	EXPECT_SHARING(p.pid, 1, 1, 1, 1, 1);
	EXPECT_SHARING(pid, 1, 1, 1, 1, 1);
	inner_end(&p);
	puppet_end(&p);
}

TEST_F(pcstats, row_goes_with_the_last_task)
{
	struct pcstats_snapshot snap;
	unsigned long long id;
	struct puppet p;

	puppet_start(&p);
	id = mm_id(p.pid);
	puppet_exit(&p, 0);
	/* A zombie has no memory any more. */
	snap = snapshot();
	EXPECT_EQ(NULL, pcstats_find_mm(&snap, id));
	pcstats_free(&snap);
	puppet_reap(&p);
}

PCSTATS_TEST_MAIN
