// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reset changes nothing in a job, neither what its members have done nor what
 * they will, and whether they live or not.
 */
#include <signal.h>
#include <sys/uio.h>

#include "cow.h"
#include "job.h"

#define PAGES 64
#define NAME "memfd:pcstats"

static pid_t victim;
static char *file_region;

static long do_write_file(long pages)
{
	region_write(file_region, pages);
	return 0;
}

static long do_write_victim(long pages)
{
	static char bytes[1];
	struct iovec local = { .iov_base = bytes, .iov_len = 1 };
	struct iovec remote = { .iov_len = 1 };
	long i;

	for (i = 0; i < pages; i++) {
		remote.iov_base = region + i * PAGE;
		if (process_vm_writev(victim, &local, 1, &remote, 1, 0) != 1)
			fail_errno("process_vm_writev");
	}
	return 0;
}

static void reset(void)
{
	int err = file_write(PCSTATS_PATH, "reset");

	if (err)
		fail("reset: error %d", err);
}

/* Both as bytes: all records of the job, all rows. */
#define EXPECT_UNCHANGED(fd, before)					      \
do {									      \
	struct pcstats_snapshot now_ = job_snapshot(fd);		      \
									      \
	EXPECT_EQ(0, memcmp(&(before).job, &now_.job, sizeof(now_.job)));     \
	EXPECT_EQ((before).nr_most, now_.nr_most);			      \
	EXPECT_EQ(0, memcmp((before).most, now_.most,			      \
			    now_.nr_most * sizeof(*now_.most)));	      \
	pcstats_free(&now_);						      \
} while (0)

static long copies_of(int fd, pid_t pid)
{
	const struct pcstats_most most = job_most(fd, pid);

	return most.tally[PCSTATS_in_heap] + most.tally[PCSTATS_in_stack] +
	       most.tally[PCSTATS_in_anon] + most.tally[PCSTATS_in_file];
}

TEST_F(pcstats, nothing_changes)
{
	struct pcstats_task before, after;
	struct pcstats_snapshot snap;
	struct puppet p, ended;
	int fd = job_open();
	long copies;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	file_region = region_map(PAGES, MAP_PRIVATE, file_with(PAGES));
	puppet_start(&p);
	puppet_start(&ended);
	ASSERT_EQ(0, job_add(fd, p.pid));
	ASSERT_EQ(0, job_add(fd, ended.pid));
	puppet_call(&ended, do_write, 40);
	puppet_call(&ended, do_write_file, 2);
	puppet_end(&ended);
	inner_start(&p, SIGCHLD);
	inner_end(&p);
	puppet_settle(&p);
	puppet_call(&p, do_write, 20);
	puppet_call(&p, do_write_file, 1);

	snap = job_snapshot(fd);
	ASSERT_EQ(1, snap.job.tally[PCSTATS_forks]);
	ASSERT_EQ(3, snap.job.tally[PCSTATS_file]);
	reset();
	ASSERT_EQ(0, task_row(p.pid).tally[PCSTATS_forks]);
	EXPECT_UNCHANGED(fd, snap);
	reset();
	EXPECT_UNCHANGED(fd, snap);

	/* What it does next finds its tallies to be of an earlier time. */
	copies = copies_of(fd, p.pid);
	before = job_row(fd);
	puppet_call(&p, do_write, 20 + 5);
	ASSERT_EQ(5, task_row(p.pid).tally[PCSTATS_copied]);
	after = job_row(fd);
	EXPECT_STREQ("", all_tallies(&before, &after, COPIED(5)));
	EXPECT_EQ(copies + 5, copies_of(fd, p.pid));
	puppet_call(&p, do_write_file, 1 + 2);
	EXPECT_EQ(copies + 7, copies_of(fd, p.pid));
	EXPECT_STREQ(NAME, job_most(fd, p.pid).name);
	pcstats_free(&snap);

	/* The task tallies have an epoch of their own. */
	reset();
	before = job_row(fd);
	inner_start(&p, SIGCHLD);
	ASSERT_EQ(1, task_row(p.pid).tally[PCSTATS_forks]);
	after = job_row(fd);
	EXPECT_EQ(before.tally[PCSTATS_forks] + 1, after.tally[PCSTATS_forks]);
	EXPECT_EQ(before.tally[PCSTATS_fork_pages] +
		  task_row(p.pid).tally[PCSTATS_fork_pages],
		  after.tally[PCSTATS_fork_pages]);
	inner_end(&p);

	/* And at the end nothing is of the last one. */
	reset();
	copies = copies_of(fd, p.pid);
	before = job_row(fd);
	puppet_end(&p);
	ASSERT_EQ(0, job_wait(fd));
	EXPECT_EQ(copies, copies_of(fd, p.pid));
	reset();
	after = job_row(fd);
	EXPECT_STREQ("", all_tallies(&before, &after, NOTHING));
	close(fd);
}

/* The one tally that others write. */
TEST_F(pcstats, remote)
{
	struct pcstats_task before, after;
	int fd = job_open();
	struct puppet p, writer;

	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&p);
	victim = p.pid;
	puppet_start(&writer);
	puppet_call(&writer, do_write_victim, 3);
	ASSERT_EQ(0, job_add(fd, p.pid));
	before = job_row(fd);
	EXPECT_EQ(0, before.tally[PCSTATS_remote]);
	puppet_call(&writer, do_write_victim, 10);
	reset();
	after = job_row(fd);
	EXPECT_STREQ("", all_tallies(&before, &after, REMOTE(7)));
	puppet_call(&writer, do_write_victim, 15);
	ASSERT_EQ(5, task_row(p.pid).tally[PCSTATS_remote]);
	after = job_row(fd);
	EXPECT_STREQ("", all_tallies(&before, &after, REMOTE(12)));
	/* Its own tallies have not met the reset yet. */
	puppet_call(&p, do_write, 16);
	after = job_row(fd);
	EXPECT_EQ(12, after.tally[PCSTATS_remote]);
	EXPECT_EQ(1, after.tally[PCSTATS_copied]);
	puppet_end(&p);
	after = job_row(fd);
	EXPECT_EQ(12, after.tally[PCSTATS_remote]);
	EXPECT_EQ(1, after.tally[PCSTATS_copied]);
	puppet_end(&writer);
	close(fd);
}

PCSTATS_TEST_MAIN
