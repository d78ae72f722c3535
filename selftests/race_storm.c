// SPDX-License-Identifier: GPL-2.0-only
/*
 * While tasks are made in all ways the tallies are reset, the history is cut and
 * lengthened, and who makes them is stopped and let go at any point: what was
 * made is counted, each once, and who has died is not taken for alive.
 */
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "makers.h"
#include "pcstats.h"

#define BATCH 10	/* rounds whose exited tasks all find room in the history */

TEST_F_TIMEOUT(pcstats, resets, 20000)
{
	struct pcstats_snapshot snap;
	unsigned long made = 0;
	int left, i;

	for (left = rounds(6); left > 0; left -= BATCH) {
		books_open();
		makers_start(MAKE_ALL);
		for (i = 0; i < left && i < BATCH; i++) {
			makers_wait();
			ASSERT_EQ(0, file_write(PCSTATS_PATH, "reset"));
			snap = snapshot();
			pcstats_free(&snap);
		}
		makers_wait();
		makers_stop();
		made += makers_made();
		ASSERT_STREQ("", makers_miscounted());
		ASSERT_STREQ("", tasks_differ());
		ASSERT_STREQ("", totals_differ());
	}
	set_history(64);
	TH_LOG("%lu tasks", made);
}

TEST_F_TIMEOUT(pcstats, history_changed, 20000)
{
	static const unsigned int sizes[] = { 0, HISTORY_MAX, 7, 1, 300, 64, 2000 };
	const size_t n = sizeof(sizes) / sizeof(*sizes);
	long long unseen = births_unseen();
	struct pcstats_snapshot snap;
	int i, times = rounds(7);

	makers_start(MAKE_ALL);
	for (i = 0; i < times; i++) {
		if (i % 2)
			makers_wait();
		set_history(sizes[i % n]);
		snap = snapshot();
		ASSERT_GE(sizes[i % n], snap.total.exited);
		pcstats_free(&snap);
	}
	makers_wait();
	makers_stop();
	EXPECT_EQ(0, makers_refused());
	EXPECT_STREQ("", makers_miscounted());
	EXPECT_STREQ("", tasks_differ());
	EXPECT_EQ(unseen, births_unseen());
	set_history(64);
	TH_LOG("%lu tasks", makers_made());
}

/* The task that @pid has just made is traced as well, and let go. */
static void let_child_go(pid_t pid)
{
	unsigned long child;

	if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) ||
	    waitpid(child, NULL, __WALL) != (pid_t)child ||
	    ptrace(PTRACE_DETACH, child, 0, 0))
		fail_errno("a maker's child");
}

/* Wherever it is, in a wait, an exit of its own making; or @creating another. */
static void stop_and_go(pid_t pid, bool creating)
{
	int status, event;

	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEFORK |
					 PTRACE_O_TRACEVFORK |
					 PTRACE_O_TRACECLONE) ||
	    (!creating && ptrace(PTRACE_INTERRUPT, pid, 0, 0)))
		fail_errno("PTRACE_SEIZE");
	for (;;) {
		if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
			fail_errno("waitpid of a maker");
		event = status >> 16;
		/* A signal comes first, also one that it ignores. */
		if (event || !creating)
			break;
		if (ptrace(PTRACE_CONT, pid, 0, WSTOPSIG(status)))
			fail_errno("PTRACE_CONT");
	}
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE)
		let_child_go(pid);
	else if (creating)
		fail("a maker stopped with status %#x", status);
	if (ptrace(PTRACE_DETACH, pid, 0, 0))
		fail_errno("PTRACE_DETACH");
}

TEST_F_TIMEOUT(pcstats, makers_attached, 20000)
{
	long long unseen = births_unseen();
	int i, times = rounds(10);

	makers_start(MAKE_CALLS | MAKE_EXECS | MAKE_NAMESPACES);
	for (i = 0; i < times; i++)
		stop_and_go(makers_pid(i % 3), i / 3 % 2);
	makers_wait();
	makers_stop();
	EXPECT_STREQ("", makers_miscounted());
	EXPECT_STREQ("", tasks_differ());
	EXPECT_EQ(unseen, births_unseen());
	TH_LOG("%lu tasks", makers_made());
}

PCSTATS_TEST_MAIN
