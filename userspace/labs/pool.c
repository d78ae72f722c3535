// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool of 4 processes runs 4 sleeping jobs in the time of one.
 *
 * A pool forks its workers once and hands them jobs afterwards.  Each worker is a
 * task that the scheduler knows, and one that sleeps needs no CPU: schedule() takes
 * it off the run queue until a timer wakes it.  Any number can sleep at the same
 * time, on a single CPU too.  So this shows that they are separate tasks, and
 * nothing about computing: jobs that compute share the CPUs there are.
 */
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define MAX_WORKERS	32
#define ROUNDS		5

static unsigned long workers = 4, milliseconds = 200;

static const struct setting settings[] = {
	{ "workers", &workers, 2, MAX_WORKERS, "processes of the pool, and jobs" },
	{ "ms", &milliseconds, 20, 10000, "milliseconds that a job takes" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "one-worker", "the pool has one process" },
	{ "compute", "the jobs compute instead of sleeping, all on one CPU" },
	{ NULL }
};

static struct child pool[MAX_WORKERS];
static unsigned long nr_workers;

/* What jobs have that end when they are let go; shared by all. */
static struct {
	bool on;			/* the jobs are of this kind */
	bool begun[MAX_WORKERS];	/* by this worker */
	sem_t let_go;
} *held;
static unsigned long own;		/* number of this worker */

static double cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static void compute_ms(void)
{
	double end = cpu_ns() + milliseconds * 1e6;

	while (cpu_ns() < end)
		;
}

static void do_held(void)
{
	__atomic_store_n(&held->begun[own], true, __ATOMIC_RELAXED);
	if (broken("compute"))
		while (sem_trywait(&held->let_go))
			;
	else
		sem_wait(&held->let_go);
}

static void work(const struct child *self)
{
	while (child_hear(self)) {
		if (held->on)
			do_held();
		else if (broken("compute"))
			compute_ms();
		else
			sleep_ms(milliseconds);
		child_tell(self);
	}
}

static void start_pool(void)
{
	unsigned long i;

	nr_workers = broken("one-worker") ? 1 : workers;
	if (broken("compute"))
		pin();
	held = shared_memory(sizeof(*held));
	sem_init(&held->let_go, true, 0);
	for (i = 0; i < nr_workers; i++) {
		own = i;
		pool[i] = fork_child(work);
	}
}

/* Each worker has inherited the lines to those before it: close all, then wait. */
static void end_pool(void)
{
	unsigned long i;

	for (i = 0; i < nr_workers; i++)
		close(pool[i].out);
	for (i = 0; i < nr_workers; i++)
		reap(pool[i].pid);
}

/* How long the pool takes for @jobs, which go round among the workers. */
static double time_jobs(unsigned long jobs)
{
	double begin = now_ns();
	unsigned long i;

	for (i = 0; i < jobs; i++)
		child_tell(&pool[i % nr_workers]);
	for (i = 0; i < jobs; i++)
		if (!child_hear(&pool[i % nr_workers]))
			die("a worker died");
	return now_ns() - begin;
}

static unsigned long count_asleep(void)
{
	unsigned long nr = 0, i;

	for (i = 0; i < nr_workers; i++)
		nr += __atomic_load_n(&held->begun[i], __ATOMIC_RELAXED) &&
		      task_row(pool[i].pid).state.letter == 'S';
	return nr;
}

/* Workers that sleep at the same time, each in a job that has no end yet. */
static unsigned long asleep(void)
{
	double end = now_ns() + 5e9;
	unsigned long nr, i;

	held->on = true;
	for (i = 0; i < workers; i++)
		child_tell(&pool[i % nr_workers]);
	do
		nr = count_asleep();
	while (nr < workers && now_ns() < end);
	for (i = 0; i < workers; i++)
		sem_post(&held->let_go);
	for (i = 0; i < workers; i++)
		child_hear(&pool[i % nr_workers]);
	held->on = false;
	return nr;
}

static unsigned long address_spaces(void)
{
	unsigned long long ids[MAX_WORKERS];
	unsigned long nr = 0, i, j;

	for (i = 0; i < nr_workers; i++) {
		ids[i] = task_row(pool[i].pid).mm;
		for (j = 0; ids[j] != ids[i]; j++)
			;
		nr += j == i;
	}
	return nr;
}

static void run(void)
{
	struct rounds one = { }, all = { };
	unsigned long long before;
	int forks, spaces, sleeping, ratio, i;

	part("a pool of %lu processes", workers);
	forks = expect(workers, "forks", "to make the pool");
	spaces = expect(workers, "mm ids", "that the workers have, an address space each");
	part("all of it sleeps at the same time");
	sleeping = expect(workers, "tasks", "in state S, each in a job");
	part("it runs %lu sleeping jobs in the time of one", workers);
	/*
	 * Nearer to 1 than to what one worker needs.  Where others have the CPUs it
	 * may be the one job that is woken late.
	 */
	ratio = expect_between(0.5, (1 + workers) / 2.0, "",
			       "times as long: %lu jobs beside one", workers);

	doing("a pool is made");
	before = job_tally(PCSTATS_forks);
	start_pool();
	measured(forks, job_tally(PCSTATS_forks) - before);
	measured(spaces, address_spaces());

	doing("%lu jobs that sleep until they are let go", workers);
	measured(sleeping, asleep());

	doing("one job, then %lu jobs, in %d rounds", workers, ROUNDS);
	for (i = 0; i < ROUNDS; i++) {
		add_round(&one, time_jobs(1));
		add_round(&all, time_jobs(workers));
		progress((i + 1.0) / ROUNDS);
	}
	measured_ratio(ratio, &all, &one);
	end_pool();
}

static const char *const next[] = {
	"kernel/time/hrtimer.c: do_nanosleep(), hrtimer_wakeup(); kernel/sched/core.c: __schedule()",
	"fork(2), nanosleep(2), wait(2); Python's multiprocessing.Pool",
	"pcstats lab threadpool: the same with threads; pcstats lab cpubound: jobs that compute",
	NULL
};

const struct lab lab_pool = {
	.name = "pool",
	.claim = "a pool of 4 processes runs 4 sleeping jobs in the time of one",
	.prediction = "One fork for each worker, and each has an address space of its own. A task "
		"that sleeps needs no CPU, so all of them sleep at the same time, even on one CPU: "
		"all jobs take about as long as one.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
