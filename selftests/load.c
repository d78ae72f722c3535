// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module can be loaded and unloaded at any moment, under any load, however
 * often, but not twice; tasks that are older have rows from the start.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "crowd.h"
#include "makers.h"
#include "pcstats.h"

#define HISTORY "/sys/module/pcstats/parameters/history"
#define FTRACE_ENABLED "/proc/sys/kernel/ftrace_enabled"

static int module_load(const char *params)
{
	const char *path = getenv("PCSTATS_MODULE");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		fail_errno(path);
	err = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return err;
}

static int module_unload(void)
{
	return syscall(SYS_delete_module, "pcstats", O_NONBLOCK) ? -errno : 0;
}

FIXTURE(load) {
	int klog;
};

FIXTURE_SETUP(load)
{
	frame_pin(0);
	self->klog = klog_open();
}

/* The next test is to find it as this one did. */
FIXTURE_TEARDOWN(load)
{
	EXPECT_EQ(0, file_write(FTRACE_ENABLED, "1"));
	if (access(PCSTATS_PATH, F_OK))
		EXPECT_EQ(0, module_load(""));
	EXPECT_STREQ("", klog_complaint(self->klog));
}

TEST_F(load, twice)
{
	struct pcstats_task before, after;
	struct puppet p;

	puppet_start(&p);
	inner_start(&p, SIGCHLD);
	before = task_row(p.pid);
	ASSERT_EQ(1, before.tally[PCSTATS_forks]);
	EXPECT_EQ(-EEXIST, module_load(""));
	after = task_row(p.pid);
	EXPECT_STREQ("", all_tallies(&before, &after, TALLIES(0)));
	inner_end(&p);
	puppet_end(&p);
}

TEST_F(load, parameters)
{
	char text[16];

	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-EINVAL, module_load("history=many"));
	EXPECT_EQ(-1, access(PCSTATS_PATH, F_OK));
	ASSERT_EQ(0, module_load("history=3"));
	file_read(HISTORY, text, sizeof(text));
	EXPECT_STREQ("3\n", text);
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(""));
	file_read(HISTORY, text, sizeof(text));
	EXPECT_STREQ("64\n", text);
}

/* Forked before the module, seen by it at once; counted from then on. */
TEST_F(load, older_tasks)
{
	struct pcstats_task row, none = { 0 };
	struct puppet p, dead;
	pid_t tid;

	puppet_start(&p);
	tid = inner_start(&p, CLONE_THREAD);
	puppet_start(&dead);
	puppet_exit(&dead, 7);
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-1, access(PCSTATS_PATH, F_OK));
	EXPECT_EQ(ENOENT, errno);
	ASSERT_EQ(0, module_load(""));

	none.pid = p.pid;
	row = task_row(p.pid);
	EXPECT_STREQ("", all_tallies(&none, &row, TALLIES(0)));
	EXPECT_EQ(getpid(), row.ppid);
	none.pid = tid;
	row = task_row(tid);
	EXPECT_STREQ("", all_tallies(&none, &row, TALLIES(0)));
	EXPECT_EQ(p.pid, row.tgid);
	EXPECT_NE(0, row.mm);
	EXPECT_EQ(row.mm, mm_id(p.pid));
	EXPECT_EQ(2, mm_row(tid).tasks);
	EXPECT_NE(row.mm, mm_id(getpid()));
	EXPECT_EQ('Z', task_row(dead.pid).state.letter);

	inner_end(&p);
	row = task_row(p.pid);
	inner_start(&p, SIGCHLD);
	EXPECT_EQ(row.tally[PCSTATS_forks] + 1,
		  task_row(p.pid).tally[PCSTATS_forks]);
	inner_end(&p);
	puppet_end(&p);
	puppet_reap(&dead);
	row = exited_row(dead.pid);
	EXPECT_EQ(7, row.state.exit_code);
	EXPECT_STREQ("load", row.comm);
}

TEST_F(load, unloaded_under_an_open_file)
{
	char buf[64];
	int fd;

	fd = open(PCSTATS_PATH, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(sizeof(buf), read(fd, buf, sizeof(buf)));
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, write(fd, "reset", 5));
	EXPECT_EQ(EIO, errno);
	ASSERT_EQ(0, module_load(""));
	/* The old file does not come back to life. */
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, close(fd));
}

/*
 * Where ftrace cannot be had, what it would watch is said to be unwatched; and
 * it cannot be turned off under a module that has it.
 */
TEST_F(load, without_ftrace)
{
	struct pcstats_snapshot snap;
	size_t i, on = 0;

	EXPECT_EQ(-EBUSY, file_write(FTRACE_ENABLED, "0"));
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, file_write(FTRACE_ENABLED, "0"));
	ASSERT_EQ(0, module_load(""));
	snap = snapshot();
	for (i = 0; i < snap.nr_hooks; i++) {
		const struct pcstats_hook *hook = &snap.hooks[i];

		if (!strcmp(hook->mechanism, "ftrace")) {
			EXPECT_FALSE(hook->on);
			/* PREEMPT_RT is without huge pages. */
			if (!strstr(hook->reason, "no such function"))
				EXPECT_STREQ("ftrace refused (-16)",
					     hook->reason);
		} else {
			EXPECT_STREQ("tracepoint", hook->mechanism);
			EXPECT_TRUE(hook->on);
			EXPECT_STREQ("", hook->reason);
			on++;
		}
	}
	EXPECT_EQ(4, on);
	EXPECT_LT(on, snap.nr_hooks);
	for (i = 0; i < PCSTATS_NR_TALLIES; i++) {
		bool needs_ftrace = i == PCSTATS_fork_ns ||
				    i >= PCSTATS_NR_TASK_TALLIES;

		EXPECT_EQ(needs_ftrace,
			  snap.total.tally[i] == PCSTATS_UNWATCHED)
			TH_LOG("total %s", pcstats_tally_names[i]);
		EXPECT_EQ(needs_ftrace,
			  snap.tasks[0].tally[i] == PCSTATS_UNWATCHED)
			TH_LOG("task %s", pcstats_tally_names[i]);
	}
	EXPECT_EQ(0, snap.nr_cows);
	pcstats_free(&snap);

	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, file_write(FTRACE_ENABLED, "1"));
	ASSERT_EQ(0, module_load(""));
	EXPECT_STREQ("", not_watched());
}

/* ---- under load ---- */

struct shared {
	atomic_bool stop;
	atomic_ulong created, copied, reads;
};

static struct shared *shared;

/*
 * Between two rounds: where CPUs are emulated in turn, one that never idles
 * keeps the other waiting for a tenth of a second each time.
 */
static void pause_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = 5000000 };

	nanosleep(&moment, NULL);
}

/*
 * On @cpu, and out of the way whenever the loader or the kernel's threads that
 * it waits for want to run: they wait for grace periods most of the time.
 */
static void place(long cpu)
{
	frame_pin(cpu);
	if (setpriority(PRIO_PROCESS, 0, 19))
		fail_errno("setpriority");
}

static long do_create(long cpu)
{
	place(cpu);
	for (; !shared->stop; shared->created++) {
		crowd_create();
		pause_a_moment();
	}
	return 0;
}

static long do_copy(long cpu)
{
	place(cpu);
	for (; !shared->stop; shared->copied++) {
		crowd_copy();
		pause_a_moment();
	}
	return 0;
}

/* Whatever can be read to its end must be well-formed. */
static long do_read(long cpu)
{
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	int err;

	place(cpu);
	while (!shared->stop) {
		err = pcstats_read(&snap, NULL, &error);
		if (!err) {
			pcstats_free(&snap);
			shared->reads++;
		} else if (err != -ENOENT && err != -EIO) {
			fail("error %d, line %lu: %s", err, error.line,
			     error.reason);
		}
		pause_a_moment();
	}
	return 0;
}

TEST_F_TIMEOUT(load, hundred_times_under_load, 20000)
{
	const struct {
		puppet_fn fn;
		long cpu;
	} work[] = {
		{ do_create, 0 }, { do_copy, 1 }, { do_read, 1 },
	};
	const size_t n = sizeof(work) / sizeof(*work);
	struct pcstats_snapshot snap;
	struct puppet p[n];
	size_t i;
	int times = rounds(100 / slowness());

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	for (i = 0; i < n; i++) {
		puppet_start(&p[i]);
		puppet_post(&p[i], work[i].fn, work[i].cpu);
	}
	while (!shared->created || !shared->copied || !shared->reads)
		pause_a_moment();

	while (times--) {
		unsigned long created = shared->created;
		unsigned long copied = shared->copied;

		/* A reader may be in the file for a moment. */
		ASSERT_EQ(0, module_unload());
		ASSERT_EQ(0, module_load(""));
		snap = snapshot();
		for (i = 0; i < n; i++)
			ASSERT_NE(NULL, pcstats_find_live(&snap, p[i].pid));
		EXPECT_EQ(0, snap.total.lost);
		pcstats_free(&snap);
		/* Next when both have worked with the module loaded. */
		while (shared->created == created || shared->copied == copied)
			pause_a_moment();
	}
	shared->stop = true;
	for (i = 0; i < n; i++) {
		EXPECT_EQ(0, puppet_result(&p[i]));
		puppet_end(&p[i]);
	}
	TH_LOG("%lu rounds of creations, %lu of copies, %lu readings",
	       shared->created, shared->copied, shared->reads);
}

int main(int argc, char **argv)
{
	frame_begin();
	if (!getenv("PCSTATS_MODULE"))
		frame_skip("PCSTATS_MODULE names no file");
	return run_cases(argc, argv);
}
