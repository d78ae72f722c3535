// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mm column names the address space: tasks have the same number if and only
 * if they share one, and no number comes back.
 */
#include <fcntl.h>
#include <signal.h>

#include "cat.h"
#include "pcstats.h"
#include "procstat.h"

#define KTHREADD 2

TEST_F(pcstats, thread_has_its_process_s)
{
	struct puppet p;
	pid_t tid;

	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	EXPECT_NE(0, mm_id(p.pid));
	EXPECT_EQ(mm_id(p.pid), mm_id(tid));
	inner_end(&p);
	puppet_end(&p);
}

TEST_F(pcstats, clone_vm_shares)
{
	struct puppet p;
	pid_t pid;

	puppet_start(&p);
	pid = inner_start(&p, CLONE_VM | SIGCHLD);
	EXPECT_EQ(mm_id(p.pid), mm_id(pid));
	inner_end(&p);
	puppet_end(&p);
}

TEST_F(pcstats, fork_has_its_own)
{
	unsigned long long id;
	struct puppet p;
	pid_t pid;

	puppet_start(&p);
	id = mm_id(p.pid);
	pid = inner_start(&p, SIGCHLD);
	EXPECT_NE(0, mm_id(pid));
	EXPECT_NE(id, mm_id(pid));
	EXPECT_NE(mm_id(getpid()), mm_id(pid));
	EXPECT_EQ(id, mm_id(p.pid));
	inner_end(&p);
	puppet_end(&p);
}

static struct cat cat;

/* Say our number in the first byte that cat would answer, then wait and exec. */
static long do_vfork(long arg)
{
	char *const argv[] = { "/bin/cat", NULL };
	pid_t pid = vfork();
	char byte;

	if (!pid) {
		pid = getpid();
		if (write(cat.out[1], &pid, sizeof(pid)) != sizeof(pid) ||
		    read(cat.in[0], &byte, 1) != 1)
			_exit(1);
		cat_exec(&cat, argv);
	}
	return pid;
}

static long do_reap(long pid)
{
	return waitpid(pid, NULL, 0) == pid ? 0 : -errno;
}

TEST_F(pcstats, vfork_borrows_until_exec)
{
	unsigned long long id;
	struct puppet p;
	pid_t pid;

	cat_prepare(&cat);
	puppet_start(&p);
	id = mm_id(p.pid);
	puppet_post(&p, do_vfork, 0);
	ASSERT_EQ(sizeof(pid), read(cat.out[0], &pid, sizeof(pid)));
	EXPECT_EQ(id, mm_id(pid));
	EXPECT_EQ(2, mm_row(pid).tasks);
	EXPECT_EQ(2, mm_row(pid).procs);

	ASSERT_EQ(1, write(cat.in[1], "", 1));
	EXPECT_EQ(pid, puppet_result(&p));
	cat_wait(&cat);
	EXPECT_NE(0, mm_id(pid));
	EXPECT_NE(id, mm_id(pid));
	EXPECT_EQ(id, mm_id(p.pid));
	EXPECT_EQ(1, mm_row(p.pid).tasks);

	cat_close(&cat);
	/* The puppet has the other end of cat's input still open. */
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(0, puppet_call(&p, do_reap, pid));
	puppet_end(&p);
}

/* Exactly the tasks that are kernel threads, and the dead, have no memory. */
TEST_F(pcstats, kernel_threads_have_none)
{
	struct pcstats_snapshot snap = snapshot();
	struct procstat stat;
	size_t i;

	EXPECT_EQ(0, pcstats_find_live(&snap, KTHREADD)->mm);
	for (i = 0; i < snap.nr_tasks; i++) {
		const struct pcstats_task *task = &snap.tasks[i];

		if (task->state.exited || !procstat_try(task->pid, &stat) ||
		    stat.state == 'Z')
			continue;
		EXPECT_EQ(stat.kthread, task->mm == 0)
			TH_LOG("task %d (%s)", task->pid, task->comm);
	}
	EXPECT_EQ(NULL, pcstats_find_mm(&snap, 0));
	pcstats_free(&snap);
}

TEST_F(pcstats, never_used_twice)
{
	unsigned long long ids[64];
	size_t i, k;

	for (i = 0; i < 64; i++) {
		struct puppet p;

		puppet_start(&p);
		ids[i] = mm_id(p.pid);
		puppet_end(&p);
		EXPECT_EQ(ids[i], exited_row(p.pid).mm);
		for (k = 0; k < i; k++)
			ASSERT_NE(ids[k], ids[i]);
	}
}

PCSTATS_TEST_MAIN
