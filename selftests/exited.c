// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task that ends is a zombie until it is waited for, then at once an exited
 * row with its status, its last parent and its counts.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "pcstats.h"
#include "procstat.h"

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

FIXTURE_VARIANT(pcstats) {
	int code;	/* of exit, or -1 */
	int signal;	/* or -1 */
};

FIXTURE_VARIANT_ADD(pcstats, exit_0) { 0, -1 };
FIXTURE_VARIANT_ADD(pcstats, exit_1) { 1, -1 };
FIXTURE_VARIANT_ADD(pcstats, exit_255) { 255, -1 };
FIXTURE_VARIANT_ADD(pcstats, sigkill) { -1, SIGKILL };
FIXTURE_VARIANT_ADD(pcstats, sigterm) { -1, SIGTERM };
FIXTURE_VARIANT_ADD(pcstats, sigsegv) { -1, SIGSEGV };

static long do_allow_core(long arg)
{
	const struct rlimit none = { 0, 0 };

	/* Whether there is a dump is not to depend on the system's settings. */
	if (setrlimit(RLIMIT_CORE, &none))
		fail_errno("RLIMIT_CORE");
	return 0;
}

TEST_F(pcstats, process)
{
	struct pcstats_task live, now;
	struct puppet p;

	puppet_start(&p);
	puppet_call(&p, do_allow_core, 0);
	puppet_call(&p, do_fork, 2);
	puppet_settle(&p);
	live = task_row(p.pid);
	if (variant->signal < 0)
		puppet_exit(&p, variant->code);
	else
		puppet_kill(&p, variant->signal);

	now = task_row(p.pid);
	EXPECT_EQ('Z', now.state.letter);
	EXPECT_FALSE(now.state.exited);
	EXPECT_FALSE(has_exited_row(p.pid));
	EXPECT_STREQ("", all_tallies(&live, &now, TALLIES(0)));

	puppet_reap(&p);
	EXPECT_FALSE(has_live_row(p.pid));
	now = exited_row(p.pid);
	EXPECT_EQ(variant->code, now.state.exit_code);
	EXPECT_EQ(variant->signal, now.state.signal);
	EXPECT_EQ(live.pid, now.tgid);
	EXPECT_EQ(getpid(), now.ppid);
	EXPECT_EQ(live.mm, now.mm);
	EXPECT_STREQ(live.comm, now.comm);
	EXPECT_STREQ("", all_tallies(&live, &now, TALLIES(0)));
}

/* The signal that ends one thread ends them all, each with a row. */
TEST_F(pcstats, threads)
{
	struct pcstats_task now;
	struct puppet p;
	pid_t tid;

	puppet_start(&p);
	puppet_call(&p, do_allow_core, 0);
	tid = inner_start(&p, CLONE_THREAD);
	if (variant->signal < 0)
		puppet_exit(&p, variant->code);
	else
		puppet_kill(&p, variant->signal);
	puppet_reap(&p);

	now = exited_row(tid);
	EXPECT_EQ(variant->code, now.state.exit_code);
	EXPECT_EQ(variant->signal, now.state.signal);
	EXPECT_EQ(p.pid, now.tgid);
	now = exited_row(p.pid);
	EXPECT_EQ(variant->code, now.state.exit_code);
	EXPECT_EQ(variant->signal, now.state.signal);
}

PCSTATS_TEST_MAIN
