// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is counted in a job is counted in the job around it, too; when one of
 * the two ends, the other goes on.
 */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "cow.h"
#include "job.h"
#include "procstat.h"

#define PAGES 64
#define DEPTH_MAX 8

static int own_fd;
static atomic_int *begun;	/* how many wait, or are about to */

static long do_add_self(long arg)
{
	return job_add(own_fd, 0);
}

static long do_getpid(long arg)
{
	return getpid();
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

#define EXPECT_JOB(fd, tasks_, members_, processes_)		\
do {								\
	const struct pcstats_job job_ = job_read(fd);		\
								\
	EXPECT_EQ(tasks_, job_.tasks);				\
	EXPECT_EQ(members_, job_.members);			\
	EXPECT_EQ(processes_, job_.processes);			\
} while (0)

/* Run @act; each of the two jobs is to count what is said. */
#define EXPECT_IN_JOBS(act, outer, outer_tallies, inner, inner_tallies)	\
do {									\
	struct pcstats_task outer_ = job_row(outer);			\
	struct pcstats_task inner_ = job_row(inner);			\
	struct pcstats_task now_;					\
									\
	act;								\
	now_ = job_row(outer);						\
	EXPECT_STREQ("", all_tallies(&outer_, &now_, outer_tallies));	\
	now_ = job_row(inner);						\
	EXPECT_STREQ("", all_tallies(&inner_, &now_, inner_tallies));	\
} while (0)

/*
 * A process in @outer, its child in a job of its own in it.  The puppets do not
 * hold the files.
 */
static void nest(struct puppet *p, int *outer, int *inner)
{
	pid_t child;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(p);
	child = inner_start(p, SIGCHLD);
	*outer = job_open();
	*inner = job_open();
	if (job_add(*outer, p->pid) || job_add(*outer, child) ||
	    job_add(*inner, child))
		fail("no job");
}

TEST_F(pcstats, counted_in_both)
{
	struct pcstats_task before, after;
	int outer, inner;
	struct puppet p;

	nest(&p, &outer, &inner);
	EXPECT_JOB(outer, 2, 2, 2);
	EXPECT_JOB(inner, 1, 1, 1);
	EXPECT_IN_JOBS(puppet_call(&p, do_write, 5), outer, COPIED(5),
		       inner, NOTHING);
	EXPECT_IN_JOBS(inner_call(&p, do_write, 9), outer, COPIED(9),
		       inner, COPIED(9));
	before = job_row(outer);
	inner_call(&p, do_fork, 3);
	after = job_row(outer);
	EXPECT_EQ(before.tally[PCSTATS_forks] + 3, after.tally[PCSTATS_forks]);
	EXPECT_EQ(3, job_row(inner).tally[PCSTATS_forks]);
	inner_settle(&p);
	EXPECT_JOB(outer, 2, 5, 5);
	EXPECT_JOB(inner, 1, 4, 4);
	EXPECT_EQ(3, job_read(outer).peak);
	EXPECT_EQ(2, job_read(inner).peak);
	EXPECT_IN_JOBS(inner_end(&p), outer, NOTHING, inner, NOTHING);
	EXPECT_JOB(outer, 1, 5, 5);
	EXPECT_JOB(inner, 0, 4, 4);
	EXPECT_EQ(0, job_wait(inner));
	EXPECT_IN_JOBS(puppet_end(&p), outer, NOTHING, inner, NOTHING);
	EXPECT_JOB(outer, 0, 5, 5);
	EXPECT_EQ(0, job_wait(outer));
	close(outer);
	close(inner);
}

/* Who moves into the inner one leaves in the outer one what it has done. */
TEST_F(pcstats, member_moves)
{
	struct pcstats_task before, after;
	int fd = job_open();
	struct puppet p;

	own_fd = job_open();
	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	puppet_call(&p, do_write, 7);
	before = job_row(fd);
	ASSERT_EQ(0, puppet_call(&p, do_add_self, 0));
	after = job_row(fd);
	EXPECT_STREQ("", all_tallies(&before, &after, NOTHING));
	EXPECT_EQ(0, job_row(own_fd).tally[PCSTATS_copied]);
	EXPECT_JOB(fd, 1, 1, 1);
	EXPECT_JOB(own_fd, 1, 1, 1);
	EXPECT_IN_JOBS(puppet_call(&p, do_write, 7 + 4), fd, COPIED(4),
		       own_fd, COPIED(4));
	EXPECT_IN_JOBS(puppet_end(&p), fd, NOTHING, own_fd, NOTHING);
	EXPECT_JOB(fd, 0, 1, 1);
	close(own_fd);
	close(fd);
}

/* What its members did stays in the outer one, as do they. */
TEST_F(pcstats, inner_ends_first)
{
	struct pcstats_task before, after;
	int outer, inner;
	struct puppet p;

	nest(&p, &outer, &inner);
	inner_call(&p, do_write, 9);
	before = job_row(outer);
	close(inner);
	after = job_row(outer);
	EXPECT_STREQ("", all_tallies(&before, &after, NOTHING));
	EXPECT_JOB(outer, 2, 2, 2);
	inner_call(&p, do_write, 9 + 4);
	after = job_row(outer);
	EXPECT_STREQ("", all_tallies(&before, &after, COPIED(4)));
	before = job_row(outer);
	inner_call(&p, do_fork, 2);
	EXPECT_EQ(before.tally[PCSTATS_forks] + 2,
		  job_row(outer).tally[PCSTATS_forks]);
	EXPECT_JOB(outer, 2, 4, 4);
	inner_settle(&p);
	before = job_row(outer);
	inner_end(&p);
	puppet_end(&p);
	after = job_row(outer);
	EXPECT_STREQ("", all_tallies(&before, &after, NOTHING));
	EXPECT_EQ(0, job_wait(outer));
	EXPECT_JOB(outer, 0, 4, 4);
	close(outer);
}

TEST_F(pcstats, outer_ends_first)
{
	struct pcstats_task before, after;
	int outer, inner, next;
	struct puppet p;

	nest(&p, &outer, &inner);
	inner_call(&p, do_write, 9);
	before = job_row(inner);
	close(outer);
	after = job_row(inner);
	EXPECT_STREQ("", all_tallies(&before, &after, NOTHING));
	inner_call(&p, do_write, 9 + 4);
	after = job_row(inner);
	EXPECT_STREQ("", all_tallies(&before, &after, COPIED(4)));
	EXPECT_JOB(inner, 1, 1, 1);

	/* Who has left with the outer one is free for another. */
	next = job_open();
	EXPECT_EQ(0, job_add(next, p.pid));
	EXPECT_IN_JOBS(puppet_call(&p, do_write, 6), next, COPIED(6),
		       inner, NOTHING);
	EXPECT_IN_JOBS(inner_end(&p), next, NOTHING, inner, NOTHING);
	EXPECT_EQ(0, job_wait(inner));
	EXPECT_JOB(inner, 0, 1, 1);
	puppet_end(&p);
	close(next);
	close(inner);
}

/* Both of which count on when the one between them has ended. */
TEST_F(pcstats, middle_ends_first)
{
	int outer, middle, inner;
	struct puppet p;

	nest(&p, &outer, &middle);
	inner = job_open();
	inner_call(&p, do_write, 3);
	ASSERT_EQ(0, job_add(inner, inner_call(&p, do_getpid, 0)));
	inner_call(&p, do_write, 3 + 4);
	close(middle);
	EXPECT_EQ(4, job_row(inner).tally[PCSTATS_copied]);
	EXPECT_IN_JOBS(inner_call(&p, do_write, 3 + 4 + 5), outer, COPIED(5),
		       inner, COPIED(5));
	EXPECT_JOB(outer, 2, 2, 2);
	EXPECT_JOB(inner, 1, 1, 1);
	EXPECT_IN_JOBS(inner_end(&p), outer, NOTHING, inner, NOTHING);
	EXPECT_JOB(outer, 1, 2, 2);
	EXPECT_JOB(inner, 0, 1, 1);
	puppet_end(&p);
	close(inner);
	close(outer);
}

static long do_wait(long fd)
{
	++*begun;
	return job_wait(fd);
}

/* Who waits for the outer one is woken by the last one to leave the inner one. */
TEST_F(pcstats, waiters)
{
	struct puppet p, waiters[2];
	int fds[2], i;

	begun = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	puppet_start(&p);
	for (i = 0; i < 2; i++) {
		fds[i] = job_open();
		ASSERT_EQ(0, job_add(fds[i], p.pid));
	}
	for (i = 0; i < 2; i++) {
		puppet_start(&waiters[i]);
		puppet_post(&waiters[i], do_wait, fds[i]);
		while (*begun <= i)
			sched_yield();
		procstat_wait(waiters[i].pid, 'S');
	}
	puppet_end(&p);
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, puppet_result(&waiters[i]));
		puppet_end(&waiters[i]);
		close(fds[i]);
	}
}

TEST_F(pcstats, depth)
{
	int fds[DEPTH_MAX], last, i;
	struct puppet p;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&p);
	last = job_open();
	for (i = 0; i < DEPTH_MAX; i++) {
		fds[i] = job_open();
		ASSERT_EQ(0, job_add(fds[i], p.pid));
		puppet_call(&p, do_write, i + 1);
	}
	EXPECT_EQ(-ENOSPC, job_add(last, p.pid));
	/* So it has none. */
	EXPECT_EQ(-EINVAL, job_wait(last));
	puppet_call(&p, do_write, PAGES);
	for (i = 0; i < DEPTH_MAX; i++)
		EXPECT_EQ(PAGES - i, job_row(fds[i]).tally[PCSTATS_copied]);

	/* One of those around it has ended: there is room for one. */
	close(fds[2]);
	EXPECT_EQ(0, job_add(last, p.pid));
	puppet_call(&p, do_fork, 1);
	EXPECT_JOB(last, 1, 2, 2);
	EXPECT_JOB(fds[0], 1, 2, 2);
	puppet_end(&p);
	for (i = 0; i < DEPTH_MAX; i++)
		if (i != 2)
			EXPECT_JOB(fds[i], 0, 2, 2);
	EXPECT_JOB(last, 0, 2, 2);
}

PCSTATS_TEST_MAIN
