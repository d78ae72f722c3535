// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine is out of memory, and the kernel kills who takes it all, again and
 * again, while tasks are made as fast as can be: each is counted or missed, and
 * what they copied is what they would have copied anyway.  With PCSTATS_ROUNDS in
 * the environment only.
 */
#include <stdatomic.h>
#include <sys/prctl.h>

#include "cow.h"
#include "insmod.h"
#include "job.h"
#include "ledger.h"
#include "makers.h"

#define PAGES 5
#define TRIAL 10
#define SPARES 12
#define ADJUST "/proc/self/oom_score_adj"
#define STEP (1 << 20)
#define HUGE_PAGES "/proc/sys/vm/nr_hugepages"
#define ROOM (200 << 10)	/* kB that are left to be taken page by page */

static struct shared {
	atomic_bool stop;
	atomic_ulong made;
} *shared;

static const char *module;

/* As huge pages, which takes no time; where there are none it takes longer. */
static void take_most(void)
{
	unsigned long long kb = file_number("/proc/meminfo", "MemAvailable:");
	char text[32];

	snprintf(text, sizeof(text), "%llu", kb < ROOM ? 0 : (kb - ROOM) / 2048);
	file_write(HUGE_PAGES, text);
}

FIXTURE(oom) {
	int klog;
};

FIXTURE_SETUP(oom)
{
	frame_pin(0);
	self->klog = klog_open();
	set_history(HISTORY_MAX);
	take_most();
}

/* No later test is to find that something was missed here. */
FIXTURE_TEARDOWN(oom)
{
	file_write(HUGE_PAGES, "0");
	set_history(64);
	if (*missed_events()) {
		EXPECT_EQ(0, module_unload());
		EXPECT_EQ(0, module_load(module, ""));
	}
	EXPECT_STREQ("", klog_complaint(self->klog));
}

/* ---- who makes tasks ---- */

/* A child that writes to what it shares, and its parent when it has gone. */
static void make_one(void)
{
	int status;
	pid_t pid;

	/* The kernel may have none for a task, either. */
	do
		pid = fork();
	while (pid < 0 && (errno == ENOMEM || errno == EAGAIN));
	if (!pid) {
		region_write(region, PAGES);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		fail("child %d: status %#x, %m", pid, status);
	region_write(region, PAGES);
	shared->made++;
}

static long do_make(long times)
{
	while (times--)
		make_one();
	return 0;
}

static long do_storm(long arg)
{
	while (!shared->stop)
		make_one();
	return arg;
}

/* ---- who takes the memory ---- */

/* Anonymous: that is taken from it at once, and nobody else has to die. */
static void take_until_killed(void)
{
	const size_t all = 1UL << 40;
	char *at = mmap(NULL, all, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	frame_pin(1);
	if (at == MAP_FAILED || file_write(ADJUST, "1000"))
		_exit(1);
	for (;; at += STEP)
		if (madvise(at, STEP, MADV_POPULATE_WRITE))
			_exit(2);
}

/*
 * Where what was taken is not there again at once the kernel kills on, and
 * rather these than what runs the tests.
 */
static long do_spare(long n)
{
	while (n--) {
		if (fork())
			continue;
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || file_write(ADJUST, "1000"))
			_exit(1);
		for (;;)
			pause();
	}
	return 0;
}

/* How many of them are killed. */
static long do_hogs(long times)
{
	long killed = 0;
	int status;
	pid_t pid;

	while (times--) {
		pid = fork();
		if (!pid)
			take_until_killed();
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			fail_errno("fork of a hog");
		killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	return killed;
}

/* Of all copy-on-write tables. */
static unsigned long long writes(int job)
{
	const struct pcstats_job now = job_read(job);

	return now.tally[PCSTATS_copied] + now.tally[PCSTATS_reused] +
	       now.tally[PCSTATS_zeroed] + now.tally[PCSTATS_file] +
	       now.tally[PCSTATS_exclusive];
}

TEST_F_TIMEOUT(oom, storm, 20000)
{
	unsigned long long trial, before_writes;
	struct ledger before, after;
	struct puppet maker, hogs, spares;
	struct pcstats_job begin, end;
	const int times = rounds(1);
	unsigned long made;
	int job = job_open();

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	region = region_map(PAGES, MAP_PRIVATE, -1);
	puppet_start(&spares);
	puppet_call(&spares, do_spare, SPARES);
	puppet_start(&hogs);
	puppet_start(&maker);
	ASSERT_EQ(0, job_add(job, maker.pid));
	puppet_call(&maker, do_write, PAGES);
	puppet_call(&maker, do_make, 2);
	puppet_settle(&maker);
	before_writes = writes(job);
	puppet_call(&maker, do_make, TRIAL);
	trial = writes(job) - before_writes;
	EXPECT_LE(2 * PAGES * TRIAL, trial);
	EXPECT_EQ(0, trial % TRIAL);

	before = ledger_read();
	begin = job_read(job);
	made = shared->made;
	before_writes = writes(job);
	puppet_post(&maker, do_storm, 0);
	EXPECT_EQ(times, puppet_call(&hogs, do_hogs, times));
	shared->stop = true;
	puppet_result(&maker);
	made = shared->made - made;
	after = ledger_read();
	end = job_read(job);
	TH_LOG("%lu tasks; missed: %llu births, %llu exits, %llu writes", made,
	       after.missed_births - before.missed_births,
	       after.missed_exits - before.missed_exits,
	       after.missed_writes - before.missed_writes);
	EXPECT_STREQ("", ledger_wrong(&before, &after));
	EXPECT_EQ(made, end.tally[PCSTATS_forks] - begin.tally[PCSTATS_forks]);
	EXPECT_EQ(made, end.members - begin.members + end.lost - begin.lost);
	EXPECT_EQ(1, end.tasks);
	if (after.lost == before.lost)
		EXPECT_EQ(made * trial / TRIAL, writes(job) - before_writes);
	puppet_end(&maker);
	puppet_end(&hogs);
	puppet_end(&spares);
	close(job);
}

int main(int argc, char **argv)
{
	frame_begin();
	/* Half a minute in which little else can run. */
	if (!getenv("PCSTATS_ROUNDS"))
		frame_skip("PCSTATS_ROUNDS is not set");
	module = module_path("PCSTATS_MODULE");
	/* Neither it nor what it forks is to be killed. */
	if (file_write(ADJUST, "-1000"))
		fail(ADJUST);
	return run_cases(argc, argv);
}
