// SPDX-License-Identifier: GPL-2.0-only
/*
 * A job says how many children it could not take in for want of memory; what is
 * missing is these and what descends from them, nothing else.
 */
#include <sched.h>
#include <sys/mount.h>

#include "insmod.h"
#include "job.h"
#include "pcstats.h"

#define RT_RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"
#define DEBUGFS "/sys/kernel/debug"
#define FAIR_SERVER DEBUGFS "/sched/fair_server/cpu0/runtime"
#define CHILDREN 1200	/* more than there are records in stock */

static const char *module;

static void set_policy(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	if (sched_setscheduler(0, policy, &param))
		fail_errno("sched_setscheduler");
}

static void write_to(const char *path, const char *text)
{
	int err = file_write(path, text);

	if (err)
		fail("%s: error %d", path, err);
}

/* May a real-time task keep the others from its CPU? */
static void let_starve(bool starve)
{
	/* Since 6.12 it is this one that has a say. */
	if (!access(FAIR_SERVER, F_OK))
		write_to(FAIR_SERVER, starve ? "0" : "50000000");
	else
		write_to(RT_RUNTIME, starve ? "-1" : "950000");
}

/* ---- what the member does ---- */

static int hold[2];

/*
 * The stock is filled up by a worker on the CPU that takes from it: it does not
 * get that CPU, and neither do the children, until all of them are there.
 */
static long do_fork(long n)
{
	char byte;

	if (pipe(hold))
		fail_errno("pipe");
	set_policy(SCHED_FIFO | SCHED_RESET_ON_FORK, 50);
	while (n--) {
		pid_t pid = fork();

		if (pid < 0)
			fail_errno("fork");
		if (pid)
			continue;
		close(hold[1]);
		if (read(hold[0], &byte, 1) != 1)
			_exit(1);
		if (!fork())
			_exit(0);
		_exit(wait(NULL) < 0);
	}
	set_policy(SCHED_OTHER, 0);
	return 0;
}

/* One after the other, so that the stock does not run out again. */
static long do_let_fork(long n)
{
	int status;

	while (n--)
		if (write(hold[1], "", 1) != 1 || wait(&status) < 0 || status)
			fail("a child: status %#x, %m", status);
	return 0;
}

/* ---- the stock ---- */

static unsigned long long lost(void)
{
	struct pcstats_snapshot snap = snapshot();
	unsigned long long lost = snap.total.lost;

	pcstats_free(&snap);
	return lost;
}

/* Is a new process recorded? */
static bool is_recorded(void)
{
	unsigned long long before = lost();
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (waitpid(pid, NULL, 0) != pid)
		fail_errno("fork");
	return lost() == before;
}

static void wait_for_stock(struct puppet *p)
{
	int fd = job_open();

	/* A new job has what it needs for processes. */
	if (job_add(fd, p->pid))
		fail("no job");
	while (!is_recorded())
		sched_yield();
	close(fd);
}

FIXTURE(lost) {
	int klog;
};

FIXTURE_SETUP(lost)
{
	frame_pin(0);
	self->klog = klog_open();
}

/* What was missed is nothing that the next test should find. */
FIXTURE_TEARDOWN(lost)
{
	EXPECT_EQ(0, module_unload());
	EXPECT_EQ(0, module_load(module, ""));
	EXPECT_STREQ("", klog_complaint(self->klog));
}

TEST_F_TIMEOUT(lost, stock_runs_out, 120)
{
	struct pcstats_job job;
	int fd = job_open();
	struct puppet p, other;
	unsigned long long before;

	puppet_start(&p);
	ASSERT_EQ(0, job_add(fd, p.pid));
	puppet_start(&other);
	let_starve(true);
	puppet_call(&p, do_fork, CHILDREN);
	let_starve(false);
	wait_for_stock(&other);
	before = job_read(fd).lost;
	puppet_call(&p, do_let_fork, CHILDREN);
	puppet_end(&p);
	ASSERT_EQ(0, job_wait(fd));
	job = job_read(fd);
	TH_LOG("%llu lost", job.lost);
	EXPECT_LT(0, job.lost);
	EXPECT_EQ(before, job.lost);
	EXPECT_GT(CHILDREN, job.lost);
	/* Each child that is in it made one. */
	EXPECT_EQ(1 + 2 * (CHILDREN - job.lost), job.members);
	EXPECT_EQ(1 + 2 * (CHILDREN - job.lost), job.processes);
	EXPECT_EQ(CHILDREN + CHILDREN - job.lost, job.tally[PCSTATS_forks]);
	EXPECT_EQ(0, job.tasks);
	puppet_end(&other);
	close(fd);
}

int main(int argc, char **argv)
{
	frame_begin();
	mount("none", DEBUGFS, "debugfs", 0, NULL);
	module = module_path("PCSTATS_MODULE");
	return run_cases(argc, argv);
}
