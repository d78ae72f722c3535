// SPDX-License-Identifier: GPL-2.0-only
/*
 * A creation is counted once, in the column of its kind, for the task that
 * made it.
 */
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>

#include "pcstats.h"

#define CHILD_STACK 16384

static char child_stack[CHILD_STACK] __aligned(16);

static void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || status)
		fail("child %d: status %#x, %m", pid, status);
}

static int leave(void *arg)
{
	_exit(0);
}

static void make_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	reap(pid);
}

static void make_vfork(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	reap(pid);
}

static void make_posix_spawn(void)
{
	char *const argv[] = { "true", NULL };
	pid_t pid;

	errno = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL);
	if (errno)
		fail_errno("posix_spawn of /bin/true");
	reap(pid);
}

static void *thread(void *arg)
{
	return NULL;
}

static void make_thread(void)
{
	pthread_t id;

	errno = pthread_create(&id, NULL, thread, NULL);
	if (errno || pthread_join(id, NULL))
		fail_errno("pthread_create");
}

/* clone(2) without a stack: the child goes on in a copy of the caller's. */
static void raw_clone(unsigned long flags)
{
	pid_t pid = syscall(SYS_clone, flags, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	reap(pid);
}

static void make_clone(void)
{
	raw_clone(SIGCHLD);
}

static void make_clone_vfork(void)
{
	raw_clone(CLONE_VFORK | SIGCHLD);
}

static void make_clone_files(void)
{
	raw_clone(CLONE_FILES | CLONE_FS | SIGCHLD);
}

static void make_clone3(void)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(0);
	reap(pid);
}

static void clone_on_stack(int flags)
{
	pid_t pid = clone(leave, child_stack + CHILD_STACK, flags, NULL);

	if (pid < 0)
		fail_errno("clone");
	reap(pid);
}

static void make_clone_vm(void)
{
	clone_on_stack(CLONE_VM | SIGCHLD);
}

static void make_clone_sighand(void)
{
	clone_on_stack(CLONE_VM | CLONE_SIGHAND | CLONE_FILES | SIGCHLD);
}

static void make_clone_vm_vfork(void)
{
	clone_on_stack(CLONE_VM | CLONE_VFORK | SIGCHLD);
}

FIXTURE_VARIANT(pcstats) {
	void (*make)(void);
	enum pcstats_tally column;
};

FIXTURE_VARIANT_ADD(pcstats, fork) { make_fork, PCSTATS_forks };
FIXTURE_VARIANT_ADD(pcstats, clone) { make_clone, PCSTATS_forks };
FIXTURE_VARIANT_ADD(pcstats, clone3) { make_clone3, PCSTATS_forks };
FIXTURE_VARIANT_ADD(pcstats, clone_vfork) { make_clone_vfork, PCSTATS_forks };
FIXTURE_VARIANT_ADD(pcstats, clone_files) { make_clone_files, PCSTATS_forks };
FIXTURE_VARIANT_ADD(pcstats, vfork) { make_vfork, PCSTATS_vforks };
FIXTURE_VARIANT_ADD(pcstats, posix_spawn) { make_posix_spawn, PCSTATS_vforks };
FIXTURE_VARIANT_ADD(pcstats, clone_vm_vfork) { make_clone_vm_vfork, PCSTATS_vforks };
FIXTURE_VARIANT_ADD(pcstats, thread) { make_thread, PCSTATS_threads };
FIXTURE_VARIANT_ADD(pcstats, clone_vm) { make_clone_vm, PCSTATS_clones };
FIXTURE_VARIANT_ADD(pcstats, clone_sighand) { make_clone_sighand, PCSTATS_clones };

static void (*make)(void);

static long make_n(long n)
{
	while (n--)
		make();
	return 0;
}

TEST_F(pcstats, creator)
{
	const long counts[] = { 1, 17 };
	struct pcstats_task before, after;
	struct puppet p;
	size_t i;

	make = variant->make;
	puppet_start(&p);
	/* The first time may fill caches of libc; that must not be measured. */
	puppet_call(&p, make_n, 1);
	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		unsigned long long expected[PCSTATS_NR_TALLIES] = {
			[PCSTATS_fork_ns] = SOME,
		};

		expected[variant->column] = counts[i];
		if (variant->column == PCSTATS_forks)
			expected[PCSTATS_fork_pages] =
				counts[i] * anon_pages(p.pid);
		before = task_row(p.pid);
		puppet_call(&p, make_n, counts[i]);
		after = task_row(p.pid);
		EXPECT_STREQ("", task_tallies(&before, &after, expected));
	}
	puppet_end(&p);
}

/* The creator is the thread that calls, not its process or its parent. */
TEST_F(pcstats, creator_is_thread)
{
	struct pcstats_task leader, worker, now;
	unsigned long long expected[PCSTATS_NR_TALLIES] = {
		[PCSTATS_fork_ns] = SOME,
	};
	struct puppet p;
	pid_t tid;

	make = variant->make;
	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	inner_call(&p, make_n, 1);

	expected[variant->column] = 3;
	if (variant->column == PCSTATS_forks)
		expected[PCSTATS_fork_pages] = 3 * anon_pages(p.pid);
	leader = task_row(p.pid);
	worker = task_row(tid);
	inner_call(&p, make_n, 3);
	now = task_row(tid);
	EXPECT_EQ(p.pid, now.tgid);
	EXPECT_STREQ("", task_tallies(&worker, &now, expected));
	now = task_row(p.pid);
	EXPECT_STREQ("", task_tallies(&leader, &now, TALLIES(0)));
	inner_end(&p);
	puppet_end(&p);
}

/* What a child makes is the child's. */
TEST_F(pcstats, creator_is_child)
{
	struct pcstats_task parent, child, now;
	unsigned long long expected[PCSTATS_NR_TALLIES] = {
		[PCSTATS_fork_ns] = SOME,
	};
	struct puppet p;
	pid_t pid;

	make = variant->make;
	puppet_start(&p);
	pid = inner_start(&p, SIGCHLD);
	inner_call(&p, make_n, 1);

	expected[variant->column] = 3;
	if (variant->column == PCSTATS_forks)
		expected[PCSTATS_fork_pages] = 3 * anon_pages(pid);
	parent = task_row(p.pid);
	child = task_row(pid);
	inner_call(&p, make_n, 3);
	now = task_row(pid);
	EXPECT_EQ(p.pid, now.ppid);
	EXPECT_STREQ("", task_tallies(&child, &now, expected));
	now = task_row(p.pid);
	EXPECT_STREQ("", task_tallies(&parent, &now, TALLIES(0)));
	inner_end(&p);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
