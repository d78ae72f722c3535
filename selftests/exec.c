// SPDX-License-Identifier: GPL-2.0-only
/*
 * A successful execve counts one for the task that called it, which keeps its
 * counts under its leader's pid; a failed one counts nothing.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cat.h"
#include "pcstats.h"

static struct cat cat;

static long do_exec(long arg)
{
	char *const argv[] = { "/bin/cat", NULL };

	cat_exec(&cat, argv);
}

static long do_exec_env(long arg)
{
	char *const argv[] = { "/usr/bin/env", "cat", NULL };

	cat_exec(&cat, argv);
}

static char script[20];

static long do_exec_script(long arg)
{
	char *const argv[] = { script, NULL };

	cat_exec(&cat, argv);
}

static void make_script(const char *first_line, mode_t mode)
{
	int fd;

	snprintf(script, sizeof(script), "/tmp/pcs-XXXXXX");
	fd = mkstemp(script);
	if (fd < 0)
		fail_errno(script);
	if (write(fd, first_line, strlen(first_line)) < 0 || fchmod(fd, mode))
		fail_errno(script);
	close(fd);
}

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

/* The rows before and after an execve, which must differ by @execs alone. */
static void exec_counts(struct __test_metadata *_metadata, puppet_fn fn,
			unsigned long long execs, const char *comm)
{
	struct pcstats_task before, after;
	struct puppet p;

	cat_prepare(&cat);
	puppet_start(&p);
	puppet_call(&p, do_fork, 2);
	before = task_row(p.pid);
	puppet_post(&p, fn, 0);
	cat_wait(&cat);
	after = task_row(p.pid);
	EXPECT_STREQ("", task_tallies(&before, &after,
				      TALLIES([PCSTATS_execs] = execs)));
	EXPECT_EQ(before.tally[PCSTATS_forks], after.tally[PCSTATS_forks]);
	EXPECT_EQ(p.pid, after.tgid);
	EXPECT_EQ(getpid(), after.ppid);
	EXPECT_STREQ(comm, after.comm);
	EXPECT_NE(0, after.mm);
	EXPECT_NE(before.mm, after.mm);
	cat_close(&cat);
	EXPECT_EQ(0, puppet_reap(&p));
	/* The process table has lost it: what it counted is history. */
	after = exited_row(p.pid);
	EXPECT_STREQ("", task_tallies(&before, &after,
				      TALLIES([PCSTATS_execs] = execs)));
}

TEST_F(pcstats, leader)
{
	exec_counts(_metadata, do_exec, 1, "cat");
}

TEST_F(pcstats, twice)
{
	exec_counts(_metadata, do_exec_env, 2, "cat");
}

/* The kernel starts over with the interpreter, in the same execve. */
TEST_F(pcstats, script)
{
	make_script("#!/bin/cat -\n", 0755);
	exec_counts(_metadata, do_exec_script, 1, strrchr(script, '/') + 1);
	unlink(script);
}

/*
 * The thread takes over its leader's pid, with its own counts; the leader ends
 * in the history, with its own.
 */
TEST_F(pcstats, thread)
{
	struct pcstats_task leader, thread, now;
	struct puppet p;
	pid_t tid;

	cat_prepare(&cat);
	puppet_start(&p);
	puppet_call(&p, do_fork, 1);
	tid = inner_start(&p, CLONE_THREAD);
	inner_call(&p, do_fork, 3);
	leader = task_row(p.pid);
	thread = task_row(tid);
	ASSERT_EQ(1, leader.tally[PCSTATS_forks]);
	ASSERT_EQ(1, leader.tally[PCSTATS_threads]);
	ASSERT_EQ(3, thread.tally[PCSTATS_forks]);

	inner_post(&p, do_exec, 0);
	cat_wait(&cat);
	EXPECT_FALSE(has_live_row(tid));
	now = task_row(p.pid);
	EXPECT_EQ(p.pid, now.tgid);
	EXPECT_NE(thread.mm, now.mm);
	EXPECT_STREQ("cat", now.comm);
	EXPECT_STREQ("", task_tallies(&thread, &now,
				      TALLIES([PCSTATS_execs] = 1)));
	now = exited_row(p.pid);
	EXPECT_EQ(p.pid, now.tgid);
	EXPECT_EQ(leader.mm, now.mm);
	EXPECT_STREQ("", task_tallies(&leader, &now, TALLIES(0)));
	EXPECT_EQ(0, now.state.exit_code);
	EXPECT_FALSE(has_exited_row(tid));

	cat_close(&cat);
	EXPECT_EQ(0, puppet_reap(&p));
}

static long do_exec_missing(long arg)
{
	char *const argv[] = { "cat", NULL };

	return execv("/nonexistent/cat", argv) < 0 ? errno : 0;
}

static long do_exec_failing(long arg)
{
	char *const argv[] = { script, NULL };

	return execv(script, argv) < 0 ? errno : 0;
}

/* More arguments than a process may have: noticed when all is set up. */
static long do_exec_too_big(long arg)
{
	const struct rlimit least_stack = { 128 * 1024, 128 * 1024 };
	static char big[128 * 1024 - 1];
	char *const argv[] = { "cat", big, big, NULL };

	memset(big, 'x', sizeof(big) - 1);
	if (setrlimit(RLIMIT_STACK, &least_stack))
		fail_errno("RLIMIT_STACK");
	return execv("/bin/cat", argv) < 0 ? errno : 0;
}

TEST_F(pcstats, failed)
{
	const struct {
		puppet_fn fn;
		const char *script;
		mode_t mode;
		int error;
	} cases[] = {
		{ do_exec_missing, NULL, 0, ENOENT },
		{ do_exec_failing, "not a program", 0755, ENOEXEC },
		{ do_exec_failing, "#!/bin/cat\n", 0644, EACCES },
		{ do_exec_failing, "#!/nonexistent/cat\n", 0755, ENOENT },
		{ do_exec_too_big, NULL, 0, E2BIG },
	};
	struct pcstats_task before, after;
	struct puppet p;
	size_t i;

	puppet_start(&p);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		TH_LOG("case %zu", i);
		if (cases[i].script)
			make_script(cases[i].script, cases[i].mode);
		puppet_end(&p);
		puppet_start(&p);
		before = task_row(p.pid);
		EXPECT_EQ(cases[i].error, puppet_call(&p, cases[i].fn, 0));
		after = task_row(p.pid);
		EXPECT_STREQ("", task_tallies(&before, &after, TALLIES(0)));
		EXPECT_EQ(before.mm, after.mm);
		EXPECT_STREQ(before.comm, after.comm);
		if (cases[i].script)
			unlink(script);
	}
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
