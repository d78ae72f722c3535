// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a 32-bit program does by the system calls of i386 is counted as what
 * others do, and the file's ioctls are the same for it.
 */
#include <libgen.h>
#include <limits.h>

#include "cat.h"
#include "ia32.h"
#include "pcstats.h"
#include "procstat.h"

static struct cat pipes;
static char program[PATH_MAX];

static long do_exec(long arg)
{
	char *const argv[] = { program, NULL };

	cat_exec(&pipes, argv);
}

/* Beside this one.  False if there is none, or the kernel runs none such. */
static bool find_program(void)
{
	char self[PATH_MAX] = "";
	int status;
	pid_t pid;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		fail_errno("/proc/self/exe");
	snprintf(program, sizeof(program), "%s/ia32_calls", dirname(self));
	pid = fork();
	if (!pid) {
		close(0);
		close(1);
		execl(program, program, "again", NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail_errno("waitpid");
	return !status;
}

TEST_F(pcstats, ia32)
{
	struct pcstats_task before, after, idle, writer;
	struct ia32_report report;
	struct puppet p;

	if (!find_program())
		SKIP(return, "no 32-bit programs");
	cat_prepare(&pipes);
	puppet_start(&p);
	before = task_row(p.pid);
	puppet_post(&p, do_exec, 0);
	ASSERT_EQ(sizeof(report),
		  read(pipes.out[0], &report, sizeof(report)));
	ASSERT_LT(0, report.thread);
	procstat_wait_gone(report.thread);
	after = task_row(p.pid);
	EXPECT_STREQ("ia32_calls", after.comm);
	EXPECT_STREQ("", task_tallies(&before, &after,
				      TALLIES([PCSTATS_forks] = 3,
					      [PCSTATS_vforks] = 2,
					      [PCSTATS_threads] = 1,
					      [PCSTATS_clones] = 1,
					      [PCSTATS_execs] = 2,
					      [PCSTATS_fork_pages] = SOME,
					      [PCSTATS_fork_ns] = SOME)));

	idle = exited_row(report.idle);
	writer = exited_row(report.writer);
	EXPECT_EQ(idle.tally[PCSTATS_copied] + IA32_PAGES,
		  writer.tally[PCSTATS_copied]);
	EXPECT_EQ(idle.tally[PCSTATS_in_anon] + IA32_PAGES,
		  writer.tally[PCSTATS_in_anon]);

	EXPECT_EQ(-EINVAL, report.wait);
	EXPECT_EQ(-ESRCH, report.add_wrong);
	EXPECT_EQ(0, report.add);
	cat_close(&pipes);
	EXPECT_EQ(0, puppet_reap(&p));
}

PCSTATS_TEST_MAIN
