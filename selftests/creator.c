// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task keeps its number and that of its creator whatever becomes of itself and
 * of its parent, and no number is used twice.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "cat.h"
#include "pcstats.h"

#define INIT 1
#define KTHREADD 2

/* Of a child that is to live for a while: it tells its pid, and is held. */
static int told[2], held[2];

static void make_pipes(void)
{
	if (pipe2(told, O_CLOEXEC) || pipe2(held, O_CLOEXEC))
		fail_errno("pipe");
}

/* What such a child does; its memory may be its creator's. */
static void be_held(void)
{
	const pid_t pid = syscall(SYS_getpid);
	char byte;

	if (write(told[1], &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	_exit(read(held[0], &byte, 1) != 1);
}

static pid_t told_pid(void)
{
	pid_t pid;

	if (read(told[0], &pid, sizeof(pid)) != sizeof(pid))
		fail_errno("pipe");
	return pid;
}

static void let_go(void)
{
	if (write(held[1], "", 1) != 1)
		fail_errno("pipe");
}

static void reap(pid_t pid)
{
	int status;

	if (pid < 0)
		fail_errno("fork");
	if (waitpid(pid, &status, __WALL) != pid || status)
		fail("child %d: status %#x, %m", pid, status);
}

static long do_fork_held(long arg)
{
	pid_t pid = fork();

	if (!pid)
		be_held();
	reap(pid);
	return 0;
}

static long do_vfork_held(long arg)
{
	pid_t pid = vfork();

	if (!pid)
		be_held();
	reap(pid);
	return 0;
}

/* ---- who made whom ---- */

TEST_F(pcstats, vfork)
{
	struct pcstats_task child;
	struct puppet p;

	make_pipes();
	puppet_start(&p);
	puppet_post(&p, do_vfork_held, 0);
	child = task_row(told_pid());
	EXPECT_EQ(task_row(p.pid).id, child.creator);
	EXPECT_EQ(PCSTATS_CALL_VFORK, child.call);
	EXPECT_EQ(PCSTATS_UNWATCHED, child.born_pages);
	/* Without the time that its creator waits for it. */
	EXPECT_LT(0, child.born_ns);
	EXPECT_EQ(task_row(p.pid).tally[PCSTATS_fork_ns], child.born_ns);
	let_go();
	puppet_result(&p);
	puppet_end(&p);
}

/* Its parent is the process, its creator the thread. */
TEST_F(pcstats, child_of_thread)
{
	struct pcstats_task child;
	struct puppet p;
	pid_t tid;

	make_pipes();
	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	inner_post(&p, do_fork_held, 0);
	child = task_row(told_pid());
	EXPECT_EQ(p.pid, child.ppid);
	EXPECT_EQ(task_row(tid).id, child.creator);
	EXPECT_EQ(PCSTATS_CALL_FORK, child.call);
	let_go();
	puppet_result(&p);
	inner_end(&p);
	puppet_end(&p);
}

/* Its parent is its creator's. */
TEST_F(pcstats, clone_parent)
{
	struct pcstats_task child;
	struct puppet p;
	pid_t pid;

	puppet_start(&p);
	pid = inner_start(&p, CLONE_PARENT | SIGCHLD);
	child = task_row(pid);
	EXPECT_EQ(getpid(), child.ppid);
	EXPECT_EQ(task_row(p.pid).id, child.creator);
	EXPECT_EQ(PCSTATS_CALL_FORK, child.call);
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(child.id, exited_row(pid).id);
	EXPECT_EQ(child.creator, exited_row(pid).creator);
	puppet_end(&p);
}

static long do_fork_orphan(long arg)
{
	pid_t pid = fork();

	if (pid) {
		reap(pid);
		return pid;
	}
	if (!fork())
		be_held();
	_exit(0);
}

/* Its parent is another one's by now. */
TEST_F(pcstats, orphan)
{
	struct pcstats_task orphan, middle;
	struct puppet p;
	pid_t pid;

	make_pipes();
	puppet_start(&p);
	middle.pid = puppet_call(&p, do_fork_orphan, 0);
	pid = told_pid();
	orphan = task_row(pid);
	middle = exited_row(middle.pid);
	EXPECT_EQ(task_row(p.pid).id, middle.creator);
	EXPECT_EQ(middle.id, orphan.creator);
	EXPECT_LT(middle.id, orphan.id);
	EXPECT_NE(middle.pid, orphan.ppid);
	EXPECT_NE(p.pid, orphan.ppid);
	let_go();
	puppet_end(&p);
}

static struct cat cat;

static long do_exec(long arg)
{
	char *const argv[] = { "/bin/cat", NULL };

	cat_exec(&cat, argv);
}

/* It has its leader's pid from then on, and still its own number. */
TEST_F(pcstats, thread_execs)
{
	struct pcstats_task leader, thread, now;
	struct puppet p;
	pid_t tid;

	cat_prepare(&cat);
	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	leader = task_row(p.pid);
	thread = task_row(tid);
	ASSERT_EQ(leader.id, thread.creator);
	inner_post(&p, do_exec, 0);
	cat_wait(&cat);
	now = task_row(p.pid);
	EXPECT_EQ(thread.id, now.id);
	EXPECT_EQ(thread.creator, now.creator);
	EXPECT_EQ(PCSTATS_CALL_THREAD, now.call);
	EXPECT_EQ(thread.born_ns, now.born_ns);
	now = exited_row(p.pid);
	EXPECT_EQ(leader.id, now.id);
	EXPECT_EQ(leader.creator, now.creator);
	EXPECT_EQ(PCSTATS_CALL_FORK, now.call);
	cat_close(&cat);
	EXPECT_EQ(0, puppet_reap(&p));
}

/* ---- numbers ---- */

static void fork_with_pid(pid_t pid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (unsigned long)&pid,
		.set_tid_size = 1,
	};
	pid_t child = syscall(SYS_clone3, &args, sizeof(args));

	if (!child)
		_exit(0);
	if (child != pid)
		fail("clone3 with pid %d: %d, %m", pid, child);
	reap(pid);
}

TEST_F(pcstats, pid_used_again)
{
	const int times = 5;
	unsigned long long last;
	struct puppet p;
	int i;

	puppet_start(&p);
	last = task_row(p.pid).id;
	puppet_end(&p);
	EXPECT_EQ(last, exited_row(p.pid).id);
	for (i = 0; i < times; i++) {
		fork_with_pid(p.pid);
		/* The newest of its rows. */
		EXPECT_LT(last, exited_row(p.pid).id);
		last = exited_row(p.pid).id;
	}
}

TEST_F(pcstats, no_two_alike)
{
	struct pcstats_snapshot snap = snapshot();
	size_t i, k;

	for (i = 0; i < snap.nr_tasks; i++) {
		const struct pcstats_task *task = &snap.tasks[i];

		EXPECT_LT(0, task->id);
		EXPECT_LT(task->creator, task->id);
		EXPECT_EQ(!task->creator, task->call == PCSTATS_CALL_UNKNOWN);
		for (k = 0; k < i; k++)
			EXPECT_NE(snap.tasks[k].id, task->id);
	}
	EXPECT_EQ(snap.nr_tasks, snap.nr_borns);
	pcstats_free(&snap);
}

TEST_F(pcstats, older_than_the_module)
{
	static const pid_t pids[] = { INIT, KTHREADD };
	struct pcstats_task row;
	size_t i;

	for (i = 0; i < 2; i++) {
		row = task_row(pids[i]);
		EXPECT_LT(0, row.id);
		EXPECT_EQ(0, row.creator);
		EXPECT_EQ(PCSTATS_CALL_UNKNOWN, row.call);
		EXPECT_EQ(PCSTATS_UNWATCHED, row.born_pages);
	}
}

static struct pcstats_task *seen;

static long do_look(long arg)
{
	*seen = task_row(getpid());
	return 0;
}

/* They are no pids: one and the same wherever one looks from. */
TEST_F(pcstats, pid_namespace)
{
	struct pcstats_task row;
	struct puppet p;

	seen = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	puppet_clone(&p, CLONE_NEWPID | SIGCHLD);
	puppet_call(&p, do_look, 0);
	row = task_row(p.pid);
	EXPECT_EQ(1, seen->pid);
	EXPECT_EQ(row.id, seen->id);
	EXPECT_EQ(row.creator, seen->creator);
	EXPECT_EQ(task_row(getpid()).id, seen->creator);
	puppet_end(&p);
}

/* ---- costs ---- */

static void *thread(void *arg)
{
	return arg;
}

static int leave(void *arg)
{
	_exit(0);
}

/* One child of each kind. */
static long do_create(long arg)
{
	static char stack[16384] __aligned(16);
	pthread_t id;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(0);
	reap(pid);
	pid = vfork();
	if (!pid)
		_exit(0);
	reap(pid);
	if (pthread_create(&id, NULL, thread, NULL) || pthread_join(id, NULL))
		fail("pthread_create");
	reap(clone(leave, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL));
	return 4;
}

/* What its children's creation cost is what it spent; their pages, too. */
TEST_F(pcstats, sum_of_children)
{
	unsigned long long ns, pages, children;
	struct pcstats_task creator;
	struct pcstats_snapshot snap;
	struct puppet p;
	long made;
	size_t i;

	puppet_start(&p);
	made = puppet_call(&p, do_create, 0);
	made += puppet_call(&p, do_create, 0);
	creator = task_row(p.pid);
	ASSERT_EQ(0, file_write(PCSTATS_PATH, "reset"));
	/* The thread may be on its way out, and have no row for a moment. */
	do {
		snap = snapshot();
		ns = pages = children = 0;
		for (i = 0; i < snap.nr_tasks; i++) {
			const struct pcstats_task *task = &snap.tasks[i];

			if (task->creator != creator.id)
				continue;
			children++;
			ns += task->born_ns;
			if (task->call == PCSTATS_CALL_FORK)
				pages += task->born_pages;
		}
		pcstats_free(&snap);
	} while (children < (unsigned long long)made);
	EXPECT_EQ(made, children);
	EXPECT_EQ(creator.tally[PCSTATS_fork_ns], ns);
	EXPECT_EQ(creator.tally[PCSTATS_fork_pages], pages);
	EXPECT_LT(0, ns);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
