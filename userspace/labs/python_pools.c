// SPDX-License-Identifier: GPL-2.0-only
/*
 * concurrent.futures hides who does the work: a pool of threads and a pool of
 * processes look the same in a program.  To the kernel they do not.
 *
 * A pool of threads makes a thread for each job that finds no idle one.  A pool of
 * processes forks all of its workers before the first job, and makes two threads
 * in the parent: one hands out the jobs and looks after the workers, one writes
 * what is handed out into a pipe.
 */
#include "python.h"

static unsigned long workers = 4;

static const struct setting settings[] = {
	{ "workers", &workers, 2, 32, "of each pool, with a job each" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "one-worker", "the pools have one worker" },
	{ "threads-only", "both pools are of threads" },
	{ NULL }
};

struct tallies {
	unsigned long long forks, threads;
	double number;			/* that the program printed */
};

/* What the program did between its two lines. */
static struct tallies watch(const char *how)
{
	struct program p = program_start(python_pools, how,
					 broken("one-worker") ? 1 : workers);
	struct tallies t;

	program_read(&p, 0, " ready");
	t.forks = job_tally(PCSTATS_forks);
	t.threads = job_tally(PCSTATS_threads);
	program_go_on(&p);
	program_read(&p, 1, "%lf", &t.number);
	t.forks = job_tally(PCSTATS_forks) - t.forks;
	t.threads = job_tally(PCSTATS_threads) - t.threads;
	program_end(&p);
	return t;
}

static void run(void)
{
	const char *processes = broken("threads-only") ? "threads" : "processes";
	int threads[3], forks[3], ratio;
	struct tallies t;

	part("a pool of threads is threads, and waits for all jobs at once");
	threads[0] = expect(workers, "threads", "ThreadPoolExecutor: threads made");
	threads[1] = expect(0, "forks", "forks");
	threads[2] = expect_between(1, 2.5, "jobs", "its time, in jobs");
	part("a pool of processes is processes, and does so, too");
	forks[0] = expect(workers, "forks", "ProcessPoolExecutor: forks");
	forks[1] = expect(2, "threads", "threads made, to serve the workers");
	forks[2] = expect_between(1, 2.5, "jobs", "its time, in jobs");
	part("a thread is quicker to create than a process");
	ratio = expect_between(2, INFINITY, "", "multiprocessing.Process : threading.Thread, start and join");

	doing("a pool of %lu threads, and as many jobs", workers);
	t = watch("threads");
	measured(threads[0], t.threads);
	measured(threads[1], t.forks);
	measured_time(threads[2], t.number);
	doing("a pool of %lu processes, and as many jobs", workers);
	t = watch(processes);
	measured(forks[0], t.forks);
	measured(forks[1], t.threads);
	measured_time(forks[2], t.number);
	doing("threads and processes, one after the other");
	measured_time(ratio, watch("create").number);
}

static const char *const next[] = {
	"Python's library: concurrent/futures/process.py, multiprocessing/popen_fork.py",
	"kernel/fork.c: copy_process(), kernel_clone()",
	"pcstats lab pool, threadpool, create: the same in C",
	NULL
};

const struct lab lab_python_pools = {
	.name = "python-pools",
	.claim = "in Python, too, a pool is threads or processes, and threads are quicker to create",
	.prediction = "The kernel sees a thread for each worker of a pool of threads, and no fork; a fork for each "
		"worker of a pool of processes, and two threads that serve them. Jobs that sleep take the time "
		"of one in both. A process takes at least twice as long to create as a thread.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
