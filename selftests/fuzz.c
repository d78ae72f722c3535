// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whatever is called on the file, with whatever arguments, by threads that share
 * it: what comes out of it is text of its form, the errors are those that the
 * call may give, and the kernel keeps no memory.
 *
 * Calls and arguments are drawn at random, from the seed PCSTATS_FUZZ_SEED (1);
 * PCSTATS_FUZZ_CALLS says how many (800).
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "pcstats.h"
#include "viewpoint.h"

#define CGROUP "/sys/fs/cgroup/pcstats_fuzz"
#define THREADS 3
#define FILES 4

static const int modes[FILES] = { O_RDONLY, O_RDWR, O_RDWR, O_WRONLY };

/* Open all the time; what stands behind them changes. */
static int fds[FILES];

static int mode_of(unsigned int i)
{
	return geteuid() ? O_RDONLY : modes[i];
}

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
	const char *value = getenv(variable);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

static void open_again(unsigned int i)
{
	int fd = open(PCSTATS_PATH, mode_of(i) | O_CLOEXEC);

	if (fd < 0)
		fail_errno(PCSTATS_PATH);
	if (!fds[i])
		fds[i] = fd;
	else if (dup3(fd, fds[i], O_CLOEXEC) != fds[i] || close(fd))
		fail_errno("dup3");
}

static void read_whole(void)
{
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	int err = pcstats_read(&snap, NULL, &error);

	if (err)
		fail("seed %lu, call %lu: line %lu: %s", fuzz.seed,
		     fuzz.calls, error.line, error.reason);
	pcstats_free(&snap);
}

/* ---- alone, then several ---- */

static long do_calls(long n)
{
	while (n--) {
		unsigned int i = fuzz_random(FILES);

		if (!fuzz_random(16))
			open_again(i);
		fuzz_call(fds[i]);
		if (!fuzz_random(64))
			read_whole();
	}
	return 0;
}

struct work {
	pthread_t thread;
	unsigned long seed;
	long calls;
};

static void *run_thread(void *arg)
{
	const struct work *work = arg;

	fuzz_begin(work->seed);
	do_calls(work->calls);
	fuzz_end();
	return NULL;
}

static void run_threads(unsigned long seed, long calls)
{
	struct work work[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		work[i].seed = seed + i;
		work[i].calls = calls;
		errno = pthread_create(&work[i].thread, NULL, run_thread,
				       &work[i]);
		if (errno)
			fail_errno("pthread_create");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(work[i].thread, NULL);
}

static long do_fuzz(long calls)
{
	unsigned long seed = number_of("PCSTATS_FUZZ_SEED", 1);
	unsigned int i;

	for (i = 0; i < FILES; i++)
		open_again(i);
	fuzz_begin(seed);
	do_calls(calls);
	fuzz_end();
	run_threads(seed, calls / THREADS);
	for (i = 0; i < FILES; i++) {
		close(fds[i]);
		fds[i] = 0;
	}
	return 0;
}

/* ---- what is kept ---- */

static long do_enter_cgroup(long arg)
{
	/* Which must not get into the text as it is. */
	if (prctl(PR_SET_NAME, "\ntotal \033[2J\377"))
		fail_errno("PR_SET_NAME");
	return file_write(CGROUP "/cgroup.procs", "0");
}

/* The kernel's memory that is charged to it. */
static unsigned long long charged(void)
{
	return file_number(CGROUP "/memory.stat", "kernel ") -
	       file_number(CGROUP "/memory.stat", "kernel_stack ") -
	       file_number(CGROUP "/memory.stat", "pagetables ");
}

static bool cgroup_make(void)
{
	file_write("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	return (!mkdir(CGROUP, 0755) || errno == EEXIST) &&
	       !access(CGROUP "/memory.stat", R_OK);
}

FIXTURE_VARIANT(pcstats) {
	bool nobody;
};

FIXTURE_VARIANT_ADD(pcstats, root) { false };
FIXTURE_VARIANT_ADD(pcstats, nobody) { true };

TEST_F_TIMEOUT(pcstats, calls, 36000)
{
	unsigned long calls = number_of("PCSTATS_FUZZ_CALLS", 800);
	unsigned long long before, after;
	struct stat stat_before, stat_after;
	struct puppet p;

	TH_LOG("PCSTATS_FUZZ_SEED=%lu, %lu calls",
	       number_of("PCSTATS_FUZZ_SEED", 1), calls);
	ASSERT_EQ(0, stat(PCSTATS_PATH, &stat_before));
	if (!cgroup_make())
		SKIP(return, "no cgroup with the memory controller");
	puppet_start(&p);
	ASSERT_EQ(0, puppet_call(&p, do_enter_cgroup, 0));
	if (variant->nobody)
		puppet_call(&p, do_become_nobody, 0);
	/* What is allocated once and kept: stacks, caches. */
	ASSERT_EQ(0, puppet_call(&p, do_fuzz, calls / 4));
	before = charged();
	ASSERT_EQ(0, puppet_call(&p, do_fuzz, calls / 4));
	ASSERT_EQ(0, puppet_call(&p, do_fuzz, calls / 4));
	after = charged();
	TH_LOG("%lld bytes kept by the calls behind the first ones",
	       (long long)(after - before));
	EXPECT_GT(before + 128 * 1024, after);
	puppet_end(&p);
	EXPECT_EQ(0, rmdir(CGROUP));
	ASSERT_EQ(0, stat(PCSTATS_PATH, &stat_after));
	EXPECT_EQ(stat_before.st_mode, stat_after.st_mode);
	EXPECT_EQ(0, stat_after.st_size);
}

PCSTATS_TEST_MAIN
