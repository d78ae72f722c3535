// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes on when others end: a thread leaves a row and its process goes on,
 * a leader waits for its threads as a zombie, an orphan gets a new parent.
 */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "pcstats.h"
#include "procstat.h"

TEST_F(pcstats, process_outlives_thread)
{
	struct pcstats_task live, now;
	struct puppet p;
	pid_t tid;

	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	live = task_row(tid);
	inner_end(&p);
	EXPECT_FALSE(has_live_row(tid));
	now = exited_row(tid);
	EXPECT_EQ(0, now.state.exit_code);
	EXPECT_EQ(p.pid, now.tgid);
	EXPECT_EQ(live.mm, now.mm);
	EXPECT_EQ(live.mm, mm_id(p.pid));
	procstat_wait(p.pid, 'S');
	EXPECT_EQ('S', task_row(p.pid).state.letter);
	puppet_end(&p);
}

static long do_exit_thread(long code)
{
	syscall(SYS_exit, code);
	return 0;
}

TEST_F(pcstats, thread_outlives_leader)
{
	struct pcstats_task now;
	struct puppet p;
	pid_t tid;

	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	puppet_post(&p, do_exit_thread, 3);
	procstat_wait(p.pid, 'Z');
	EXPECT_EQ('Z', task_row(p.pid).state.letter);
	procstat_wait(tid, 'S');
	now = task_row(tid);
	EXPECT_EQ('S', now.state.letter);
	EXPECT_EQ(p.pid, now.tgid);
	/* The leader has let go of the memory, its thread has not. */
	EXPECT_EQ(1, mm_row(tid).tasks);
	EXPECT_EQ(1, mm_row(tid).procs);

	puppet_kill(&p, SIGKILL);
	puppet_reap(&p);
	EXPECT_EQ(SIGKILL, exited_row(tid).state.signal);
	/* The process ended by the signal, whatever its leader said earlier. */
	EXPECT_EQ(SIGKILL, exited_row(p.pid).state.signal);
}

/*
 * The puppet's puppet is to live on when its master is gone: with files shared,
 * its pipe does not close.
 */
#define ORPHAN (CLONE_FILES | SIGCHLD)

static long do_stay(long arg)
{
	if (prctl(PR_SET_PDEATHSIG, 0))
		fail_errno("PR_SET_PDEATHSIG");
	return 0;
}

TEST_F(pcstats, orphan_goes_to_subreaper)
{
	struct pcstats_task now;
	struct puppet p;
	pid_t orphan;

	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	puppet_start(&p);
	orphan = inner_start(&p, ORPHAN);
	inner_call(&p, do_stay, 0);
	EXPECT_EQ(p.pid, task_row(orphan).ppid);
	puppet_end(&p);

	now = task_row(orphan);
	EXPECT_EQ(getpid(), now.ppid);
	EXPECT_EQ(orphan, now.tgid);
	ASSERT_EQ(0, kill(orphan, SIGKILL));
	ASSERT_EQ(orphan, waitpid(orphan, NULL, 0));
	EXPECT_EQ(getpid(), exited_row(orphan).ppid);
}

TEST_F(pcstats, orphan_goes_to_init)
{
	struct pcstats_task now;
	struct puppet p;
	pid_t orphan;

	puppet_start(&p);
	orphan = inner_start(&p, ORPHAN);
	inner_call(&p, do_stay, 0);
	puppet_end(&p);

	now = task_row(orphan);
	EXPECT_EQ(procstat(orphan).ppid, now.ppid);
	EXPECT_EQ(1, now.ppid);
	ASSERT_EQ(0, kill(orphan, SIGKILL));
	procstat_wait_gone(orphan);
	now = exited_row(orphan);
	EXPECT_EQ(1, now.ppid);
	EXPECT_EQ(SIGKILL, now.state.signal);
}

PCSTATS_TEST_MAIN
