// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each live task has one row, whose columns are what /proc says of it; a new
 * task starts with every tally at zero.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>

#include "pcstats.h"
#include "procstat.h"

static long do_set_name(long name)
{
	if (prctl(PR_SET_NAME, name))
		fail_errno("PR_SET_NAME");
	return 0;
}

TEST_F(pcstats, process)
{
	struct pcstats_task row;
	struct puppet p;

	puppet_start(&p);
	puppet_call(&p, do_set_name, (long)"fifteen letters");
	/* It has answered, but may not have gone to sleep again. */
	procstat_wait(p.pid, 'S');
	row = task_row(p.pid);
	EXPECT_EQ(p.pid, row.pid);
	EXPECT_EQ(p.pid, row.tgid);
	EXPECT_EQ(getpid(), row.ppid);
	EXPECT_EQ('S', row.state.letter);
	EXPECT_FALSE(row.state.exited);
	EXPECT_STREQ("fifteen letters", row.comm);
	puppet_end(&p);
}

TEST_F(pcstats, thread)
{
	struct pcstats_task row;
	struct puppet p;
	pid_t tid;

	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	inner_call(&p, do_set_name, (long)"worker");
	row = task_row(tid);
	EXPECT_EQ(tid, row.pid);
	EXPECT_EQ(p.pid, row.tgid);
	EXPECT_EQ(getpid(), row.ppid);
	EXPECT_STREQ("worker", row.comm);
	EXPECT_STREQ("columns", task_row(p.pid).comm);
	EXPECT_STREQ("columns", mm_row(tid).comm);
	inner_end(&p);
	puppet_end(&p);
}

TEST_F(pcstats, states)
{
	struct puppet p;

	EXPECT_EQ('R', task_row(getpid()).state.letter);
	puppet_start(&p);
	procstat_wait(p.pid, 'S');
	EXPECT_EQ('S', task_row(p.pid).state.letter);
	ASSERT_EQ(0, kill(p.pid, SIGSTOP));
	ASSERT_EQ(p.pid, waitpid(p.pid, NULL, WUNTRACED));
	EXPECT_EQ('T', task_row(p.pid).state.letter);
	ASSERT_EQ(0, kill(p.pid, SIGCONT));
	procstat_wait(p.pid, 'S');
	EXPECT_EQ('S', task_row(p.pid).state.letter);
	puppet_exit(&p, 0);
	EXPECT_EQ('Z', task_row(p.pid).state.letter);
	puppet_reap(&p);
}

static pid_t child_pid(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return *end ? 0 : pid;
}

/* In both directions, for every task of the system. */
TEST_F(pcstats, all_of_proc)
{
	struct pcstats_snapshot snap = snapshot();
	struct procstat stat;
	struct dirent *entry;
	char path[300];
	DIR *proc, *threads;
	size_t i, found = 0, live = 0;
	pid_t tgid, tid;

	proc = opendir("/proc");
	ASSERT_NE(NULL, proc);
	while ((entry = readdir(proc))) {
		tgid = child_pid(entry->d_name);
		if (!tgid)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task", tgid);
		threads = opendir(path);
		while (threads && (entry = readdir(threads))) {
			const struct pcstats_task *row;

			tid = child_pid(entry->d_name);
			row = tid ? pcstats_find_live(&snap, tid) : NULL;
			if (!tid || !procstat_try(tid, &stat))
				continue;
			/* The kernel may have made a worker since. */
			if (!row && stat.kthread && has_live_row(tid))
				continue;
			ASSERT_NE(NULL, row)
				TH_LOG("task %d", tid);
			found++;
			EXPECT_EQ(tgid, row->tgid);
			EXPECT_EQ(stat.ppid, row->ppid);
		}
		if (threads)
			closedir(threads);
	}
	closedir(proc);

	for (i = 0; i < snap.nr_tasks; i++)
		if (!snap.tasks[i].state.exited &&
		    procstat_try(snap.tasks[i].pid, &stat))
			live++;
	EXPECT_EQ(found, live);
	pcstats_free(&snap);
}

/*
 * Forked without a puppet, which would settle: nothing is counted before the
 * child first runs, and that is when the creator is told of it.
 */
TEST_F(pcstats, new_task_starts_at_zero)
{
	struct pcstats_task row, none = { 0 };
	struct puppet p;
	pid_t pid;

	puppet_start(&p);
	pid = inner_start(&p, SIGCHLD);
	row = task_row(pid);
	none.pid = pid;
	/* Its parent forks; the child has not. */
	EXPECT_STREQ("", task_tallies(&none, &row, TALLIES(0)));
	EXPECT_EQ(1, task_row(p.pid).tally[PCSTATS_forks]);
	inner_end(&p);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
