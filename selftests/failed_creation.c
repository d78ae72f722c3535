// SPDX-License-Identifier: GPL-2.0-only
/* A creation that fails, however late, counts nothing. */
#include <linux/sched.h>
#include <sched.h>
#include <sys/syscall.h>

#include "pcstats.h"

/* Refused for its flags, before anything is made. */
static long do_bad_flags(long arg)
{
	struct clone_args args = { .flags = CLONE_THREAD };

	return syscall(SYS_clone3, &args, sizeof(args)) < 0 ? errno : 0;
}

/* The pid is taken: refused when the child is nearly complete. */
static long do_taken_pid(long arg)
{
	pid_t taken = getpid();
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)&taken,
		.set_tid_size = 1,
	};

	return syscall(SYS_clone3, &args, sizeof(args)) < 0 ? errno : 0;
}

FIXTURE_VARIANT(pcstats) {
	puppet_fn fn;
	int error;
};

FIXTURE_VARIANT_ADD(pcstats, early) { do_bad_flags, EINVAL };
FIXTURE_VARIANT_ADD(pcstats, late) { do_taken_pid, EEXIST };

TEST_F(pcstats, counts_nothing)
{
	struct pcstats_task before, after;
	struct puppet p;

	puppet_start(&p);
	before = task_row(p.pid);
	EXPECT_EQ(variant->error, puppet_call(&p, variant->fn, 0));
	after = task_row(p.pid);
	EXPECT_STREQ("", task_tallies(&before, &after, TALLIES(0)));
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
