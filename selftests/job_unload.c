// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module can be unloaded while jobs have members, readers and waiters, and
 * while others join: who waits is told, and the open file is dead.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

#include "insmod.h"
#include "job.h"
#include "pcstats.h"
#include "procstat.h"

#define WAITERS 3
#define JOINERS 4
#define JOINS 100	/* of each, about */

static atomic_int *begun;
static int fd;
static const char *module;

static long do_wait(long arg)
{
	++*begun;
	return job_wait(fd);
}

/* Into a job that lies in those of the moment, and out again. */
static long do_join_until_it_fails(long cpu)
{
	int own, err;

	frame_pin(cpu);
	do {
		own = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
		if (own < 0)
			return -errno;
		err = job_add(own, 0);
		close(own);
		++*begun;
	} while (!err);
	return err;
}

FIXTURE(unload) {
	int klog;
};

FIXTURE_SETUP(unload)
{
	frame_pin(0);
	self->klog = klog_open();
	begun = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

FIXTURE_TEARDOWN(unload)
{
	if (access(PCSTATS_PATH, F_OK))
		EXPECT_EQ(0, module_load(module, ""));
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", klog_complaint(self->klog));
}

TEST_F(unload, members_and_waiters)
{
	struct puppet p, waiters[WAITERS];
	char buf[64];
	int i, nested;

	fd = job_open();
	nested = job_open();
	puppet_start(&p);
	inner_start(&p, SIGCHLD);
	ASSERT_EQ(0, job_add(fd, p.pid));
	ASSERT_EQ(0, job_add(nested, p.pid));
	for (i = 0; i < WAITERS; i++) {
		puppet_start(&waiters[i]);
		puppet_post(&waiters[i], do_wait, 0);
		while (*begun <= i)
			sched_yield();
		procstat_wait(waiters[i].pid, 'S');
	}
	ASSERT_EQ(1, read(fd, buf, 1));
	ASSERT_EQ(0, module_unload());
	for (i = 0; i < WAITERS; i++)
		EXPECT_EQ(-ENODEV, puppet_result(&waiters[i]));
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(EIO, errno);
	/* As of any file of proc that has gone. */
	EXPECT_EQ(-ENOTTY, job_wait(fd));
	EXPECT_EQ(-ENOTTY, job_add(fd, p.pid));

	ASSERT_EQ(0, module_load(module, ""));
	EXPECT_EQ(-ENOTTY, job_wait(fd));
	EXPECT_EQ(0, close(nested));
	EXPECT_EQ(0, close(fd));
	/* Its former members are nobody's. */
	fd = job_open();
	EXPECT_EQ(0, job_add(fd, p.pid));
	EXPECT_EQ(1, job_read(fd).tasks);
	inner_end(&p);
	puppet_end(&p);
	EXPECT_EQ(0, job_wait(fd));
	for (i = 0; i < WAITERS; i++)
		puppet_end(&waiters[i]);
	close(fd);
}

/* They wait for each other, and so some of them when the unload begins. */
TEST_F(unload, joiners)
{
	struct puppet joiners[JOINERS];
	int i, err;

	for (i = 0; i < JOINERS; i++) {
		puppet_start(&joiners[i]);
		puppet_post(&joiners[i], do_join_until_it_fails, i);
	}
	while (*begun < JOINERS * JOINS)
		sched_yield();
	ASSERT_EQ(0, module_unload());
	for (i = 0; i < JOINERS; i++) {
		err = puppet_result(&joiners[i]);
		EXPECT_TRUE(err == -ENODEV || err == -ENOTTY || err == -ENOENT)
			TH_LOG("%d", err);
		puppet_end(&joiners[i]);
	}
}

int main(int argc, char **argv)
{
	frame_begin();
	module = module_path("PCSTATS_MODULE");
	return run_cases(argc, argv);
}
