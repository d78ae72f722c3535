// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job has what all did that descend from its first process, whoever became
 * their parents: it is the sum of their rows.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "cow.h"
#include "job.h"

#define HISTORY "/sys/module/pcstats/parameters/history"
#define PAGES 17

static const struct pcstats_task zero;

static void reap(pid_t pid)
{
	int status;

	if (pid < 0)
		fail_errno("clone");
	if (waitpid(pid, &status, __WALL) != pid || status)
		fail("child %d: status %#x, %m", pid, status);
}

static void run_thread(void *(*fn)(void *arg))
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, fn, NULL);
	if (errno || pthread_join(thread, NULL))
		fail_errno("pthread_create");
}

/* ---- a tree ---- */

static void *idle(void *arg)
{
	return arg;
}

static void fork_writer(void)
{
	pid_t pid = fork();

	if (!pid) {
		region_write(region, PAGES);
		_exit(0);
	}
	reap(pid);
}

static void *forking(void *arg)
{
	fork_writer();
	return arg;
}

static int leave(void *arg)
{
	_exit(0);
}

/* One fork; what it runs makes one vfork and one exec. */
static void make_spawner(void)
{
	pid_t pid = fork();

	if (pid) {
		reap(pid);
		return;
	}
	pid = vfork();
	if (!pid) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	reap(pid);
	_exit(0);
}

/* Three forks and one thread; the grandchild's parent does not wait for it. */
static void make_orphan(void)
{
	pid_t pid = fork();

	if (pid) {
		reap(pid);
		return;
	}
	if (fork())
		_exit(0);
	fork_writer();
	run_thread(idle);
	_exit(0);
}

/* Two forks; the second child is the caller's. */
static void make_sibling(void)
{
	pid_t pid = fork();
	int i;

	if (!pid) {
		syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
		_exit(0);
	}
	for (i = 0; i < 2; i++)
		if (wait(NULL) < 0)
			fail_errno("wait");
}

static long do_tree(long arg)
{
	static char stack[16384] __aligned(16);

	make_spawner();
	make_orphan();
	make_sibling();
	run_thread(forking);
	reap(clone(leave, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL));
	return 0;
}

#define TREE_FORKS	(1 + 3 + 2 + 1)
#define TREE_PROCESSES	(TREE_FORKS + 1 + 1)
#define TREE_THREADS	2
#define TREE_WRITERS	2
#define TREE TALLIES([PCSTATS_forks] = TREE_FORKS, [PCSTATS_vforks] = 1,      \
		     [PCSTATS_threads] = TREE_THREADS, [PCSTATS_clones] = 1,  \
		     [PCSTATS_execs] = 1, [PCSTATS_fork_pages] = SOME,	      \
		     [PCSTATS_fork_ns] = SOME)

static bool has_id(const unsigned long long *ids, size_t n,
		   unsigned long long id)
{
	while (n--)
		if (ids[n] == id)
			return true;
	return false;
}

/* The rows of task @id and of all that descend from it: how many, and their sum. */
static size_t sum_family(const struct pcstats_snapshot *snap,
			 unsigned long long id, struct pcstats_task *sum)
{
	unsigned long long ids[64] = { id };
	size_t i, k, n = 1, before, rows;

	do {
		before = n;
		for (i = 0; i < snap->nr_tasks; i++)
			if (!has_id(ids, n, snap->tasks[i].id) &&
			    has_id(ids, n, snap->tasks[i].creator) && n < 64)
				ids[n++] = snap->tasks[i].id;
	} while (n > before);
	*sum = zero;
	for (rows = i = 0; i < snap->nr_tasks; i++) {
		if (!has_id(ids, n, snap->tasks[i].id))
			continue;
		for (k = 0; k < PCSTATS_NR_TALLIES; k++)
			sum->tally[k] = cannot_happen(k) ?
				PCSTATS_UNWATCHED :
				sum->tally[k] + snap->tasks[i].tally[k];
		rows++;
	}
	return rows;
}

/* All rows of the family of @id, of which there are @rows, none of them missing. */
static struct pcstats_task sum_rows(unsigned long long id, size_t rows)
{
	struct pcstats_snapshot snap;
	struct pcstats_task sum;
	size_t found;

	/* Who has just left is in neither place for a moment. */
	do {
		snap = snapshot();
		found = sum_family(&snap, id, &sum);
		pcstats_free(&snap);
	} while (found < rows);
	if (found > rows)
		fail("%zu rows of a family of %zu", found, rows);
	return sum;
}

TEST_F(pcstats, tree)
{
	const size_t size = TREE_PROCESSES + TREE_THREADS;
	struct pcstats_task before, after, row;
	unsigned long long id;
	struct pcstats_job job;
	int fd = job_open();
	struct puppet p;

	ASSERT_EQ(0, file_write(HISTORY, "200"));
	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&p);
	id = task_row(p.pid).id;
	/* A tree that is older than the job. */
	puppet_call(&p, do_tree, 0);
	before = sum_rows(id, 1 + size);
	ASSERT_EQ(0, job_add(fd, p.pid));
	puppet_call(&p, do_tree, 0);
	puppet_end(&p);
	ASSERT_EQ(0, job_wait(fd));

	job = job_read(fd);
	EXPECT_EQ(0, job.tasks);
	EXPECT_EQ(1 + TREE_PROCESSES, job.processes);
	EXPECT_EQ(1 + size, job.members);
	EXPECT_EQ(0, job.lost);
	row = job_row(fd);
	EXPECT_STREQ("", task_tallies(&zero, &row, TREE));
	EXPECT_LE(TREE_WRITERS * PAGES, row.tally[PCSTATS_copied]);
	/* To the last page and nanosecond. */
	after = sum_rows(id, 1 + 2 * size);
	EXPECT_STREQ("", all_tallies(&before, &after, row.tally));
	close(fd);
	ASSERT_EQ(0, file_write(HISTORY, "64"));
}

PCSTATS_TEST_MAIN
