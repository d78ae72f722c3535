// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reader in another PID namespace sees the tasks of it and of those below, by
 * their numbers there, and no totals; also where it was handed a file, or looks
 * through a mount of proc, that could show more.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include "pcstats.h"
#include "viewpoint.h"

/* What a reader in a namespace tells of what it sees. */
struct view {
	size_t tasks;
	size_t exited;
	size_t mms;
	bool totals;
	bool self, child, stranger;	/* is there such a row? */
	pid_t child_ppid;
};

static struct view *view;	/* shared with the puppets */
static pid_t stranger;		/* a number that the namespace has not */
static int handed_fd;

static void view_map(void)
{
	view = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (view == MAP_FAILED)
		fail_errno("mmap");
}

/* Looks from process 1 of a namespace, whose inner puppet is @child. */
static void look(const struct pcstats_snapshot *snap, pid_t child)
{
	const struct pcstats_task *row;
	size_t i;

	memset(view, 0, sizeof(*view));
	for (i = 0; i < snap->nr_tasks; i++) {
		view->tasks += !snap->tasks[i].state.exited;
		view->exited += snap->tasks[i].state.exited;
	}
	view->mms = snap->nr_mms;
	view->totals = snap->total.present;
	if (stray_row(snap))
		fail("a row of hidden task %d", stray_row(snap));
	view->self = pcstats_find_live(snap, getpid());
	view->stranger = pcstats_find_task(snap, stranger);
	row = pcstats_find_live(snap, child);
	view->child = row;
	view->child_ppid = row ? row->ppid : -1;
}

static long do_look(long child)
{
	struct pcstats_snapshot snap = snapshot();

	look(&snap, child);
	pcstats_free(&snap);
	return 0;
}

static long do_look_at_handed(long child)
{
	struct pcstats_snapshot snap;
	static char text[1 << 20];
	ssize_t len, got;

	for (len = 0; (got = read(handed_fd, text + len,
				  sizeof(text) - len)) > 0; len += got)
		;
	if (got < 0 || pcstats_parse(&snap, text, len, NULL))
		fail("the handed file does not read well");
	look(&snap, child);
	pcstats_free(&snap);
	return 0;
}

/* A namespace with process 1 and a child of it, number 2. */
static void ns_start(struct puppet *p, bool own_proc)
{
	pid_t child;

	view_map();
	stranger = getpid();
	puppet_clone(p, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD);
	if (own_proc)
		puppet_call(p, do_mount_proc, 0);
	child = inner_start(p, SIGCHLD);
	if (child != 2)
		fail("the second process of a namespace is number %d", child);
}

#define EXPECT_TWO_TASKS()				\
do {							\
	EXPECT_EQ(2, view->tasks);			\
	EXPECT_EQ(2, view->mms);			\
	EXPECT_EQ(0, view->exited);			\
	EXPECT_FALSE(view->totals);			\
	EXPECT_TRUE(view->self);			\
	EXPECT_TRUE(view->child);			\
	EXPECT_EQ(1, view->child_ppid);			\
	EXPECT_FALSE(view->stranger);			\
} while (0)

TEST_F(pcstats, own_tasks_by_own_numbers)
{
	struct puppet p;

	ns_start(&p, true);
	puppet_call(&p, do_look, 2);
	EXPECT_TWO_TASKS();
	/* From outside both have other numbers, and there are totals. */
	EXPECT_EQ(p.pid, task_row(p.pid).pid);
	stranger = p.pid;
	do_look(p.pid);
	EXPECT_TRUE(view->totals);
	EXPECT_TRUE(view->child);
	EXPECT_EQ(getpid(), view->child_ppid);
	inner_end(&p);
	puppet_call(&p, do_look, 2);
	EXPECT_EQ(1, view->tasks);
	EXPECT_EQ(1, view->exited);
	EXPECT_EQ(1, view->mms);
	puppet_end(&p);
}

/* A parent outside the namespace has no number in it. */
static long do_own_ppid(long arg)
{
	return task_row(getpid()).ppid;
}

TEST_F(pcstats, parent_outside)
{
	struct puppet p;

	ns_start(&p, true);
	EXPECT_EQ(0, puppet_call(&p, do_own_ppid, 0));
	puppet_end(&p);
}

/* It enters the namespace, but still has the outer mount of proc. */
TEST_F(pcstats, outer_mount_shows_no_more)
{
	struct puppet p;

	ns_start(&p, false);
	puppet_call(&p, do_look, 2);
	EXPECT_TWO_TASKS();
	puppet_end(&p);
}

/* It reads a file that somebody outside has opened. */
TEST_F(pcstats, handed_file_shows_no_more)
{
	struct puppet p;

	handed_fd = open(PCSTATS_PATH, O_RDONLY);
	ASSERT_LE(0, handed_fd);
	ns_start(&p, true);
	puppet_call(&p, do_look_at_handed, 2);
	EXPECT_TWO_TASKS();
	puppet_end(&p);
}

/* In a namespace within the namespace. */
TEST_F(pcstats, nested)
{
	struct puppet p;
	pid_t inner;

	view_map();
	stranger = getpid();
	puppet_clone(&p, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD);
	puppet_call(&p, do_mount_proc, 0);
	inner = inner_start(&p, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD);
	inner_call(&p, do_mount_proc, 0);

	inner_call(&p, do_look, 1);
	EXPECT_EQ(1, view->tasks);
	EXPECT_FALSE(view->totals);
	EXPECT_TRUE(view->self);
	EXPECT_EQ(0, view->child_ppid);

	/* The outer of the two sees both. */
	puppet_call(&p, do_look, inner);
	EXPECT_EQ(2, view->tasks);
	EXPECT_TRUE(view->child);
	EXPECT_EQ(1, view->child_ppid);
	inner_end(&p);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
