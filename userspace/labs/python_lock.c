// SPDX-License-Identifier: GPL-2.0-only
/*
 * One thread at a time runs Python: who does holds the interpreter's lock.  So
 * four threads that compute take as long as one that does all, or longer; four
 * processes have an interpreter each, and use the CPUs that there are.
 *
 * Who waits does not hold the lock: for sleeping, and for the network, threads do
 * as well as processes.  The same is true for what computes outside of Python and
 * lets go of the lock: compression, hashing, much of numpy.
 */
#include "parallel.h"
#include "python.h"

static unsigned long size = 150000, nr_rounds = 4;

static const struct setting settings[] = {
	{ "size", &size, 1000, 100000000, "steps of a job that computes" },
	{ "rounds", &nr_rounds, 3, MAX_ROUNDS, "how often all is done" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "let-go", "the jobs that compute give up the lock (SHA-256)" },
	{ "compute-only", "the jobs that should sleep compute" },
	{ NULL }
};

struct times {
	struct rounds serial, threads, processes;
};

static void watch(const char *how, struct times *times)
{
	struct program p = program_start(python_lock, how, size);
	double serial, threads, processes;
	unsigned long i;

	program_read(&p, 0, " ready");
	for (i = 0; i < nr_rounds; i++) {
		program_go_on(&p);
		program_read(&p, 3, "%lf %lf %lf", &serial, &threads, &processes);
		add_round(&times->serial, serial);
		add_round(&times->threads, threads);
		add_round(&times->processes, processes);
		progress((i + 1.0) / nr_rounds);
	}
	program_end(&p);
}

static void run(void)
{
	static struct times compute, sleep;
	int locked, processes, sleeping;

	part("threads that compute are no faster than one");
	locked = expect_between(0, 1.3, "times", "4 threads, faster than one");
	part("processes that compute are faster");
	processes = expect_between(1.3, INFINITY, "times", "4 processes, faster than one");
	part("threads that wait are faster");
	sleeping = expect_between(2, 4.1, "times", "4 threads, faster than one");

	doing("4 jobs of %lu steps: one thread, 4 threads, 4 processes", size);
	watch(broken("let-go") ? "digest" : "compute", &compute);
	if (own_cpus() == 1) {
		unjudged(locked, "there is one CPU only");
		unjudged(processes, "there is one CPU only");
	} else {
		measured_ratio(locked, &compute.serial, &compute.threads);
		measured_ratio(processes, &compute.serial, &compute.processes);
	}
	doing("4 jobs that sleep");
	watch(broken("compute-only") ? "compute" : "sleep", &sleep);
	measured_ratio(sleeping, &sleep.serial, &sleep.threads);
}

static const char *const next[] = {
	"Python's glossary: global interpreter lock; Python/ceval_gil.h (3.11)",
	"kernel/futex/: futex_wait(), by which a thread waits for the lock",
	"pcstats lab cpubound, iobound: the same in C",
	NULL
};

const struct lab lab_python_lock = {
	.name = "python-lock",
	.claim = "under Python's lock, threads help those who wait, processes those who compute",
	.prediction = "Four threads that compute take as long as one; four processes are faster if there are CPUs "
		"for them. Four threads that sleep take the time of one.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
