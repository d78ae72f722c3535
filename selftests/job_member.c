// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process is in a job with all its threads, from when it joins until it ends:
 * nothing of what it did before is counted, and all from then on.
 */
#include <signal.h>

#include "cat.h"
#include "cow.h"
#include "job.h"

#define PAGES 17

static const struct pcstats_task zero;

/* Nothing of what it did before; all from then on; and it stays. */
TEST_F(pcstats, from_joining_on)
{
	struct pcstats_task row, last;
	struct pcstats_job job;
	int fd = job_open();
	struct puppet p;
	pid_t child;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&p);
	puppet_call(&p, do_write, 5);
	ASSERT_EQ(0, job_add(fd, p.pid));
	row = job_row(fd);
	EXPECT_STREQ("", all_tallies(&zero, &row, NOTHING));
	job = job_read(fd);
	EXPECT_EQ(1, job.tasks);
	EXPECT_EQ(1, job.peak);
	EXPECT_EQ(1, job.members);
	EXPECT_EQ(1, job.processes);

	puppet_call(&p, do_write, PAGES);
	last = job_row(fd);
	EXPECT_STREQ("", all_tallies(&zero, &last, COPIED(PAGES - 5)));
	/* Once more is no error, and no second count. */
	EXPECT_EQ(0, job_add(fd, p.pid));
	EXPECT_EQ(1, job_read(fd).members);
	row = job_row(fd);
	EXPECT_STREQ("", all_tallies(&last, &row, NOTHING));

	child = inner_start(&p, SIGCHLD);
	EXPECT_LT(0, child);
	last = job_row(fd);
	EXPECT_EQ(1, last.tally[PCSTATS_forks]);
	inner_call(&p, do_write, PAGES);
	row = job_row(fd);
	EXPECT_STREQ("", all_tallies(&last, &row, COPIED(PAGES)));
	inner_end(&p);
	job = job_read(fd);
	EXPECT_EQ(1, job.tasks);
	EXPECT_EQ(2, job.peak);
	EXPECT_EQ(2, job.members);
	EXPECT_EQ(2, job.processes);
	puppet_end(&p);
	last = job_row(fd);
	EXPECT_STREQ("", all_tallies(&row, &last, NOTHING));
	EXPECT_EQ(0, job_wait(fd));
	close(fd);
}

/* All threads of a process join at once, each with its own past. */
TEST_F(pcstats, threads_join)
{
	struct pcstats_task row, last;
	struct pcstats_job job;
	int fd = job_open();
	struct puppet p;

	region = region_map(4 * PAGES, MAP_PRIVATE, -1);
	region_write(region, 4 * PAGES);
	puppet_start(&p);
	inner_start(&p, CLONE_THREAD);
	puppet_call(&p, do_write, 3);
	inner_call(&p, do_write, PAGES);
	ASSERT_EQ(0, job_add(fd, p.pid));
	row = job_row(fd);
	EXPECT_STREQ("", all_tallies(&zero, &row, NOTHING));
	puppet_call(&p, do_write, 2 * PAGES);
	inner_call(&p, do_write, 4 * PAGES);
	last = job_row(fd);
	EXPECT_STREQ("", all_tallies(&row, &last, COPIED(3 * PAGES)));
	job = job_read(fd);
	EXPECT_EQ(2, job.tasks);
	EXPECT_EQ(2, job.peak);
	EXPECT_EQ(2, job.members);
	EXPECT_EQ(1, job.processes);
	inner_end(&p);
	row = job_row(fd);
	EXPECT_STREQ("", all_tallies(&last, &row, NOTHING));
	puppet_end(&p);
	EXPECT_EQ(0, job_wait(fd));
	close(fd);
}

static struct cat cat;

static long do_exec(long arg)
{
	char *const argv[] = { "/bin/cat", NULL };

	cat_exec(&cat, argv);
}

/* The leader leaves, the thread goes on under its pid. */
TEST_F(pcstats, thread_execs)
{
	struct pcstats_job job;
	int fd = job_open();
	struct puppet p;

	cat_prepare(&cat);
	puppet_start(&p);
	inner_start(&p, CLONE_THREAD);
	ASSERT_EQ(0, job_add(fd, p.pid));
	inner_post(&p, do_exec, 0);
	cat_wait(&cat);
	job = job_read(fd);
	EXPECT_EQ(1, job.tally[PCSTATS_execs]);
	EXPECT_EQ(1, job.tasks);
	EXPECT_EQ(2, job.members);
	EXPECT_EQ(1, job.processes);
	cat_close(&cat);
	EXPECT_EQ(0, puppet_reap(&p));
	EXPECT_EQ(0, job_wait(fd));
	EXPECT_EQ(0, job_read(fd).tasks);
	close(fd);
}

/* N children at once. */
static long do_hold(long n)
{
	int hold[2];
	long i;
	char byte;

	if (pipe(hold))
		fail_errno("pipe");
	for (i = 0; i < n; i++) {
		if (fork())
			continue;
		close(hold[1]);
		_exit(read(hold[0], &byte, 1));
	}
	close(hold[1]);
	while (n--)
		if (wait(NULL) < 0)
			fail_errno("wait");
	close(hold[0]);
	return 0;
}

TEST_F(pcstats, peak)
{
	static const long sizes[] = { 3, 7, 2 };
	struct pcstats_job job;
	int fd = job_open();
	struct puppet p;
	size_t i;

	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	for (i = 0; i < 3; i++) {
		puppet_call(&p, do_hold, sizes[i]);
		job = job_read(fd);
		EXPECT_EQ(1, job.tasks);
		EXPECT_EQ(1 + (i ? 7 : 3), job.peak);
	}
	EXPECT_EQ(1 + 3 + 7 + 2, job.members);
	EXPECT_EQ(3 + 7 + 2, job.tally[PCSTATS_forks]);
	puppet_end(&p);
	close(fd);
}

PCSTATS_TEST_MAIN
