// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job takes the processes that its opener and its caller may look into, and no
 * others; what cannot be done is said by the error that module/ioctl.h promises.
 */
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include "cow.h"
#include "job.h"
#include "module/ioctl.h"
#include "procstat.h"
#include "viewpoint.h"

#define KTHREADD 2
#define PAGES 9

static int fd;	/* inherited by the puppets */

static long do_hide(long arg)
{
	return prctl(PR_SET_DUMPABLE, 0);
}

/* Through the inherited file, or one that it opens itself. */
static long do_add(long pid)
{
	return job_add(fd, pid);
}

static long do_open_and_add(long pid)
{
	int own = job_open();
	long err = job_add(own, pid);

	close(own);
	return err;
}

/* ---- which processes ---- */

TEST_F(pcstats, no_such_process)
{
	struct puppet p;
	pid_t tid;

	fd = job_open();
	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	/* A thread has no name of its own here. */
	EXPECT_EQ(-ESRCH, job_add(fd, tid));
	inner_end(&p);
	puppet_end(&p);
	EXPECT_EQ(-ESRCH, job_add(fd, p.pid));
	EXPECT_EQ(-ESRCH, job_add(fd, -1));
	EXPECT_EQ(-ESRCH, job_add(fd, INT_MAX));
	EXPECT_EQ(-1, ioctl(fd, PCSTATS_JOB_ADD, INT_MAX + 1UL));
	EXPECT_EQ(ESRCH, errno);
	/* Its lower half would be the caller. */
	EXPECT_EQ(-1, ioctl(fd, PCSTATS_JOB_ADD, 1UL << 32));
	EXPECT_EQ(ESRCH, errno);
	close(fd);
}

TEST_F(pcstats, zombie)
{
	struct puppet p;

	fd = job_open();
	puppet_start(&p);
	puppet_exit(&p, 0);
	EXPECT_EQ(-ESRCH, job_add(fd, p.pid));
	EXPECT_EQ(-EINVAL, job_wait(fd));
	puppet_reap(&p);
	close(fd);
}

TEST_F(pcstats, kernel_thread)
{
	fd = job_open();
	EXPECT_EQ(-EPERM, job_add(fd, KTHREADD));
	close(fd);
}

TEST_F(pcstats, nobody)
{
	struct puppet root, nobody, other;

	fd = job_open();
	puppet_start(&root);
	puppet_start(&nobody);
	puppet_start(&other);
	puppet_call(&nobody, do_become_nobody, 0);
	puppet_call(&other, do_become_nobody, 0);

	EXPECT_EQ(-EPERM, puppet_call(&nobody, do_open_and_add, root.pid));
	EXPECT_EQ(-EPERM, puppet_call(&nobody, do_open_and_add, 1));
	EXPECT_EQ(-EPERM, puppet_call(&nobody, do_open_and_add, KTHREADD));
	EXPECT_EQ(0, puppet_call(&nobody, do_open_and_add, other.pid));
	EXPECT_EQ(0, puppet_call(&nobody, do_open_and_add, 0));
	EXPECT_EQ(0, puppet_call(&nobody, do_open_and_add, nobody.pid));
	/* That root has opened the file does not help it. */
	EXPECT_EQ(-EPERM, puppet_call(&nobody, do_add, root.pid));
	EXPECT_EQ(0, puppet_call(&nobody, do_add, other.pid));
	close(fd);

	/* Not dumpable: nobody's but its own. */
	ASSERT_EQ(0, puppet_call(&other, do_hide, 0));
	EXPECT_EQ(-EPERM, puppet_call(&nobody, do_open_and_add, other.pid));
	EXPECT_EQ(0, puppet_call(&other, do_open_and_add, 0));
	fd = job_open();
	EXPECT_EQ(0, job_add(fd, root.pid));
	puppet_end(&other);
	puppet_end(&nobody);
	puppet_end(&root);
	close(fd);
}

static long do_add_by_root(long pid)
{
	/* Its saved uid is root. */
	if (setresuid(NOBODY, NOBODY, 0))
		fail_errno("setresuid");
	fd = job_open();
	if (setresuid(0, 0, 0))
		fail_errno("setresuid");
	return job_add(fd, pid);
}

/* A privileged program is not to be had for it by who hands it the file. */
TEST_F(pcstats, opener)
{
	struct puppet root, caller;

	puppet_start(&root);
	puppet_start(&caller);
	EXPECT_EQ(-EPERM, puppet_call(&caller, do_add_by_root, root.pid));
	EXPECT_EQ(0, puppet_call(&caller, do_add, 0));
	puppet_end(&caller);
	puppet_end(&root);
}

TEST_F(pcstats, busy)
{
	struct puppet a, b;
	int one, other;

	puppet_start(&a);
	puppet_start(&b);
	one = job_open();
	other = job_open();
	ASSERT_EQ(0, job_add(one, a.pid));
	ASSERT_EQ(0, job_add(other, b.pid));
	EXPECT_EQ(-EBUSY, job_add(one, b.pid));
	EXPECT_EQ(-EBUSY, job_add(other, a.pid));
	EXPECT_EQ(1, job_read(one).members);
	EXPECT_EQ(1, job_read(other).members);
	/* Free again. */
	close(one);
	EXPECT_EQ(0, job_add(other, a.pid));
	EXPECT_EQ(2, job_read(other).members);
	puppet_end(&a);
	puppet_end(&b);
	close(other);
}

/* ---- requests ---- */

TEST_F(pcstats, requests)
{
	fd = job_open();
	EXPECT_EQ(-EINVAL, job_wait(fd));
	EXPECT_EQ(-1, ioctl(fd, _IO(0xDC, 3)));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(fd, TCGETS, NULL));
	EXPECT_EQ(ENOTTY, errno);
	close(fd);
}

static struct {
	atomic_bool begun;
	atomic_int signals;
} *shared;

static void count_signal(int sig)
{
	shared->signals++;
}

static long do_wait(long flags)
{
	struct sigaction act = { .sa_handler = count_signal,
				 .sa_flags = flags };

	if (sigaction(SIGUSR1, &act, NULL))
		fail_errno("sigaction");
	shared->begun = true;
	return job_wait(fd);
}

/* A signal ends it, or does not, as of any slow call. */
static void wait_and_signal(struct puppet *waiter, long flags)
{
	shared->begun = false;
	shared->signals = 0;
	puppet_post(waiter, do_wait, flags);
	while (!shared->begun)
		sched_yield();
	procstat_wait(waiter->pid, 'S');
	if (kill(waiter->pid, SIGUSR1))
		fail_errno("kill");
	while (!shared->signals)
		sched_yield();
}

TEST_F(pcstats, interrupted)
{
	struct puppet p, waiter;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fd = job_open();
	puppet_start(&p);
	puppet_start(&waiter);
	ASSERT_EQ(0, job_add(fd, p.pid));
	wait_and_signal(&waiter, 0);
	EXPECT_EQ(-EINTR, puppet_result(&waiter));
	wait_and_signal(&waiter, SA_RESTART);
	procstat_wait(waiter.pid, 'S');
	puppet_end(&p);
	EXPECT_EQ(0, puppet_result(&waiter));
	puppet_end(&waiter);
	close(fd);
}

/* Any number of them. */
TEST_F(pcstats, waiters)
{
	struct puppet p, waiters[3];
	int i;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fd = job_open();
	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	for (i = 0; i < 3; i++) {
		puppet_start(&waiters[i]);
		shared->begun = false;
		puppet_post(&waiters[i], do_wait, 0);
		while (!shared->begun)
			sched_yield();
		procstat_wait(waiters[i].pid, 'S');
	}
	puppet_end(&p);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, puppet_result(&waiters[i]));
		puppet_end(&waiters[i]);
	}
	close(fd);
}

/* ---- who reads ---- */

static long do_read_copied(long arg)
{
	return job_read(fd).tally[PCSTATS_copied];
}

TEST_F(pcstats, read_by_another_user)
{
	struct puppet p, nobody;

	fd = job_open();
	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_start(&p);
	puppet_start(&nobody);
	puppet_call(&nobody, do_become_nobody, 0);
	ASSERT_EQ(0, job_add(fd, p.pid));
	puppet_call(&p, do_write, PAGES);
	EXPECT_EQ(PAGES, puppet_call(&nobody, do_read_copied, 0));
	puppet_end(&nobody);
	puppet_end(&p);
	close(fd);
}

static long do_find_most(long pid)
{
	return job_most(fd, pid).tally[PCSTATS_copied];
}

/* By the numbers of the namespace of who made the job, whoever reads. */
TEST_F(pcstats, pid_namespace)
{
	struct puppet p;
	pid_t child;

	fd = job_open();
	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_clone(&p, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD);
	child = inner_start(&p, SIGCHLD);
	ASSERT_EQ(2, child);
	/* The number of a process outside. */
	EXPECT_EQ(-ESRCH, puppet_call(&p, do_add, p.pid));
	ASSERT_EQ(0, puppet_call(&p, do_add, child));
	inner_call(&p, do_write, PAGES);
	EXPECT_EQ(PAGES, puppet_call(&p, do_find_most, child));
	EXPECT_EQ(PAGES, do_find_most(child));
	EXPECT_EQ(PAGES, do_read_copied(0));
	inner_end(&p);
	EXPECT_EQ(PAGES, do_find_most(child));
	puppet_end(&p);
	close(fd);
}

PCSTATS_TEST_MAIN
