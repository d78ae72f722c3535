// SPDX-License-Identifier: GPL-2.0-only
/*
 * While there is no memory for records the machine goes on, and what is missing
 * is what `lost` says, exactly: of the same work the events that were recorded
 * and those that were missed are together as many as when there was memory.
 * When there is memory again all is recorded.
 *
 * With a build of the module whose stock is small (PCSTATS_TEST_SMALL_STOCK in
 * module/stock.c), and no row ever leaves the history.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include "cow.h"
#include "job.h"
#include "ledger.h"
#include "starve.h"

#define PAGES 5
#define TIMES 24	/* more than there are objects of any kind in stock */
#define FILES 14	/* the same, and fewer than a task has rows in map */

FIXTURE(lost) {
	int klog;
};

FIXTURE_SETUP(lost)
{
	frame_pin(0);
	self->klog = klog_open();
	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
}

FIXTURE_TEARDOWN(lost)
{
	starve_end();
	EXPECT_STREQ("", starve_complaint(self->klog));
}

static void starve(void)
{
	starve_workers(true);
	starve_set(FAILSLAB, 100);
	starve_set(FAIL_PAGE_ALLOC, 100);
}

static void reap(pid_t pid)
{
	int status;

	if (pid < 0)
		fail_errno("fork");
	if (waitpid(pid, &status, 0) != pid || status)
		fail("child %d: status %#x", pid, status);
}

/* A child that writes to what it shares, and its parent when it has gone. */
static long do_fork(long times)
{
	while (times--) {
		pid_t pid = fork();

		if (!pid) {
			region_write(region, PAGES);
			_exit(0);
		}
		reap(pid);
		region_write(region, PAGES);
	}
	return 0;
}

static unsigned long long lost(void)
{
	struct pcstats_snapshot snap = snapshot();
	unsigned long long n = snap.total.lost;

	pcstats_free(&snap);
	return n;
}

/*
 * Memory is back, and the stock full: the worker comes when something is taken,
 * and fills what do_fork() needs in the order in which that needs it.
 */
static void feed(struct puppet *p)
{
	unsigned long long before;

	starve_end();
	do {
		before = lost();
		puppet_call(p, do_fork, 1);
	} while (lost() != before);
}

TEST_F_TIMEOUT(lost, forks_and_copies, 200)
{
	struct ledger begin, fed, starved, again;
	int fd = job_open();
	struct pcstats_job job;
	struct puppet p;

	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	puppet_call(&p, do_fork, 2);
	puppet_settle(&p);
	feed(&p);

	begin = ledger_read();
	puppet_call(&p, do_fork, TIMES);
	fed = ledger_read();
	EXPECT_STREQ("", ledger_wrong(&begin, &fed));
	job = job_read(fd);
	starve();
	puppet_call(&p, do_fork, TIMES);
	starved = ledger_read();
	EXPECT_STREQ("", ledger_wrong(&fed, &starved));
	TH_LOG("missed: %llu births, %llu exits, %llu writes",
	       starved.missed_births, starved.missed_exits,
	       starved.missed_writes);
	EXPECT_LT(TIMES / 2, starved.missed_births - fed.missed_births);
	EXPECT_GE(TIMES, starved.missed_births - fed.missed_births);
	/* Who makes them is known all the time. */
	EXPECT_EQ(starved.births - fed.births,
		  starved.creations - fed.creations);
	EXPECT_EQ(fed.writes - begin.writes,
		  starved.writes - fed.writes +
		  starved.missed_writes - fed.missed_writes);
	EXPECT_EQ(TIMES, job_read(fd).members - job.members +
			 job_read(fd).lost - job.lost);
	EXPECT_LT(TIMES / 2, job_read(fd).lost - job.lost);

	feed(&p);
	starved = ledger_read();
	puppet_call(&p, do_fork, TIMES);
	again = ledger_read();
	EXPECT_STREQ("", ledger_wrong(&starved, &again));
	EXPECT_EQ(starved.lost, again.lost);
	EXPECT_EQ(fed.writes - begin.writes, again.writes - starved.writes);
	puppet_end(&p);
	EXPECT_EQ(0, job_wait(fd));
	close(fd);
}

static long do_exec(long times)
{
	while (times--) {
		pid_t pid = vfork();

		if (!pid) {
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		reap(pid);
	}
	return 0;
}

TEST_F_TIMEOUT(lost, execs, 200)
{
	struct ledger before, after;
	struct puppet p;

	puppet_start(&p);
	before = ledger_read();
	starve();
	puppet_call(&p, do_exec, TIMES / 2);
	after = ledger_read();
	EXPECT_STREQ("", ledger_wrong(&before, &after));
	EXPECT_EQ(TIMES / 2, after.execs - before.execs +
			     after.missed_execs - before.missed_execs);
	EXPECT_LT(0, after.missed_execs - before.missed_execs);
	puppet_end(&p);
}

/* ---- threads that are recorded, but have no memory for tallies ---- */

static int ready[2], go[2], done[2], end[2];
static pthread_t threads[TIMES];

static void pass(int from, int to)
{
	char byte;

	if (read(from, &byte, 1) != 1 || (to >= 0 && write(to, &byte, 1) != 1))
		fail_errno("a pipe of threads");
}

/* Pages of the thread's own, which a sleeping process shares. */
static void *thread(void *arg)
{
	long i = (long)arg;

	pass(ready[0], done[1]);
	pass(go[0], -1);
	region_write(region + i * PAGES * PAGE, PAGES);
	if (write(done[1], "", 1) != 1)
		fail_errno("write");
	pass(end[0], -1);
	return NULL;
}

static void let_all(int to, int from)
{
	char byte;
	long i;

	for (i = 0; i < TIMES; i++)
		if (write(to, "", 1) != 1)
			fail_errno("write");
	for (i = 0; from >= 0 && i < TIMES; i++)
		if (read(from, &byte, 1) != 1)
			fail_errno("read");
}

static pid_t other;

static long do_threads(long times)
{
	long i;

	if (pipe(ready) || pipe(go) || pipe(done) || pipe(end))
		fail_errno("pipe");
	other = fork();
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	for (i = 0; i < times; i++) {
		errno = pthread_create(&threads[i], NULL, thread, (void *)i);
		if (errno)
			fail_errno("pthread_create");
		/* Time for the stock to be filled. */
		sched_yield();
	}
	let_all(ready[1], done[0]);
	settle();
	return 0;
}

static long do_let_write(long arg)
{
	let_all(go[1], done[0]);
	return 0;
}

static long do_end_threads(long times)
{
	long i;

	let_all(end[1], -1);
	for (i = 0; i < times; i++)
		pthread_join(threads[i], NULL);
	kill(other, SIGKILL);
	return waitpid(other, NULL, 0) == other;
}

TEST_F_TIMEOUT(lost, tallies_of_threads, 200)
{
	struct ledger before, after;
	struct pcstats_snapshot snap;
	const struct pcstats_task *row;
	unsigned long long copied = 0;
	struct puppet p;
	size_t i;

	region = region_map(TIMES * PAGES, MAP_PRIVATE, -1);
	region_write(region, TIMES * PAGES);
	puppet_start(&p);
	puppet_call(&p, do_threads, TIMES);
	before = ledger_read();
	starve();
	puppet_call(&p, do_let_write, 0);
	after = ledger_read();
	EXPECT_EQ(TIMES * PAGES, after.writes - before.writes +
				 after.missed_writes - before.missed_writes);
	EXPECT_LT(0, after.missed_writes - before.missed_writes);
	/* It is a task's first event that it has memory for, or none. */
	snap = snapshot();
	starve_end();
	puppet_call(&p, do_end_threads, TIMES);
	puppet_end(&p);
	for (i = 0; i < snap.nr_tasks; i++) {
		row = &snap.tasks[i];
		if (row->tgid != p.pid || row->pid == p.pid)
			continue;
		EXPECT_TRUE(!row->tally[PCSTATS_copied] ||
			    row->tally[PCSTATS_copied] == PAGES)
			TH_LOG("%d: %llu", row->pid,
			       row->tally[PCSTATS_copied]);
		copied += row->tally[PCSTATS_copied];
	}
	EXPECT_EQ(copied, after.writes - before.writes);
	pcstats_free(&snap);
}

/* ---- rows of the map table ---- */

static char *files[FILES];

static long do_write_files(long n)
{
	while (n--)
		region_write(files[n], 1);
	return 0;
}

TEST_F_TIMEOUT(lost, names_of_files, 200)
{
	struct pcstats_task before, after;
	struct puppet p;
	size_t rows;
	int i;

	for (i = 0; i < FILES; i++)
		files[i] = region_map(1, MAP_PRIVATE, file_with(1));
	puppet_start(&p);
	feed(&p);
	before = task_row(p.pid);
	starve();
	EXPECT_COUNTED(puppet_call(&p, do_write_files, FILES),
		       p.pid, FILE_COPIED(FILES), 0, NOTHING);
	rows = map_rows(p.pid);
	TH_LOG("%zu rows", rows);
	EXPECT_GT(FILES, rows);
	starve_end();
	after = task_row(p.pid);
	EXPECT_EQ(FILES, after.tally[PCSTATS_in_file] -
			 before.tally[PCSTATS_in_file]);
	puppet_end(&p);
}

int main(int argc, char **argv)
{
	int status;

	frame_begin();
	starve_begin();
	starve_small_stock(true);
	status = run_cases(argc, argv);
	starve_small_stock(false);
	return status;
}
