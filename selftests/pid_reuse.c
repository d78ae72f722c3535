// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task that gets the pid of one that has ended is a new one: it starts at
 * zero with an address space of its own number, and leaves the old row alone.
 */
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>

#include "pcstats.h"

static long do_fork(long n)
{
	pid_t pid;

	while (n--) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid)
			fail_errno("fork");
	}
	return 0;
}

/* A child with that very pid, which waits on @pipe until it is closed. */
static void fork_with_pid(pid_t pid, const int *pipe)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)&pid,
		.set_tid_size = 1,
	};
	pid_t child = syscall(SYS_clone3, &args, sizeof(args));
	char byte;

	if (!child) {
		close(pipe[1]);
		_exit(read(pipe[0], &byte, 1));
	}
	if (child != pid)
		fail("clone3 with pid %d: %d, %m", pid, child);
}

TEST_F(pcstats, process)
{
	struct pcstats_task old, now, none = { 0 };
	struct puppet p;
	int wait[2];
	pid_t pid;

	puppet_start(&p);
	pid = p.pid;
	puppet_call(&p, do_fork, 3);
	puppet_settle(&p);
	old = task_row(pid);
	puppet_end(&p);

	ASSERT_EQ(0, pipe(wait));
	fork_with_pid(pid, wait);
	now = task_row(pid);
	none.pid = pid;
	EXPECT_STREQ("", task_tallies(&none, &now, TALLIES(0)));
	EXPECT_NE(0, now.mm);
	EXPECT_NE(old.mm, now.mm);
	EXPECT_EQ(getpid(), now.ppid);
	/* Both rows are there, each with its own counts. */
	now = exited_row(pid);
	EXPECT_EQ(old.mm, now.mm);
	EXPECT_EQ(3, now.tally[PCSTATS_forks]);
	EXPECT_STREQ("", all_tallies(&old, &now, TALLIES(0)));

	close(wait[1]);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	/* The newer of the two. */
	EXPECT_EQ(0, exited_row(pid).tally[PCSTATS_forks]);
	close(wait[0]);
}

PCSTATS_TEST_MAIN
