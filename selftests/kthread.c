// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel thread is a row without an address space, made by kthreadd, for
 * which it counts among the clones.
 */
#include "pcstats.h"
#include "procstat.h"

#define KTHREADD 2
#define THP "/sys/kernel/mm/transparent_hugepage/enabled"

/* The row of khugepaged, which THP starts and stops; pid 0: not there. */
static struct pcstats_task khugepaged(void)
{
	struct pcstats_snapshot snap = snapshot();
	struct pcstats_task row = { 0 };
	size_t i;

	for (i = 0; i < snap.nr_tasks; i++)
		if (!snap.tasks[i].state.exited &&
		    !strcmp(snap.tasks[i].comm, "khugepaged"))
			row = snap.tasks[i];
	pcstats_free(&snap);
	return row;
}

TEST_F(pcstats, made_by_kthreadd)
{
	struct pcstats_task creator, now, row;
	unsigned long long before, made;
	pid_t old;

	if (access(THP, W_OK))
		SKIP(return, "no transparent huge pages");
	old = khugepaged().pid;
	ASSERT_EQ(0, file_write(THP, "never"));
	if (old)
		procstat_wait_gone(old);
	ASSERT_EQ(0, khugepaged().pid);

	creator = task_row(KTHREADD);
	before = processes();
	ASSERT_EQ(0, file_write(THP, "always"));
	now = task_row(KTHREADD);
	row = khugepaged();
	ASSERT_NE(0, row.pid);
	EXPECT_EQ(row.pid, row.tgid);
	EXPECT_EQ(KTHREADD, row.ppid);
	EXPECT_EQ(0, row.mm);
	EXPECT_TRUE(procstat(row.pid).kthread);
	/* Nobody but kthreadd makes tasks now; it may have made a worker too. */
	made = processes() - before;
	EXPECT_LE(1, made);
	EXPECT_STREQ("", task_tallies(&creator, &now,
				      TALLIES([PCSTATS_clones] = made,
					      [PCSTATS_fork_ns] = SOME)));

	/* It ends like other tasks. */
	ASSERT_EQ(0, file_write(THP, "never"));
	procstat_wait_gone(row.pid);
	EXPECT_EQ(0, khugepaged().pid);
	now = exited_row(row.pid);
	EXPECT_STREQ("khugepaged", now.comm);
	EXPECT_EQ(0, now.mm);
	EXPECT_EQ(0, now.state.exit_code);
	ASSERT_EQ(0, file_write(THP, "always"));
}

PCSTATS_TEST_MAIN
