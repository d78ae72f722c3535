// SPDX-License-Identifier: GPL-2.0-only
/*
 * Under one global lock 4 threads are slower than no threads, and 4 processes faster: the course
 * had 4.2 s for one after the other, 6.5 s for threads, 1.9 s for processes.
 *
 * An interpreter with a global lock lets one thread at a time compute.  The others sleep in
 * futex(2): however many processors there are, the kernel sees one thread that can run.  A
 * thread that waits asks for the lock after an interval (5 ms); the one that computes sees that
 * between two of its instructions, lets go, and waits until another has it.  So threads win
 * nothing.  How much they lose depends on how often the lock is passed on: each time is two or
 * three switches, on different processors.  An interpreter that offers the lock after each
 * hundred instructions, as the one of the course did, spends most of its time on that.
 *
 * Threads without the lock keep all processors busy, just as processes do: it is the lock that
 * makes the difference, not the thread.
 */
#include <pthread.h>
#include <time.h>

#include "lab.h"
#include "parallel.h"

#define ROUNDS		9
#define PIECE		5e3		/* ns: a hundred instructions of an interpreter */
#define EAGER_SHARE	20		/* of the work; it takes many times as long */

static unsigned long workers = 4, interval = 5000, milliseconds = 30;

static const struct setting settings[] = {
	{ "workers", &workers, 2, MAX_WORKERS, "threads, or processes" },
	{ "interval", &interval, 50, 1000000, "microseconds until a thread asks for the lock" },
	{ "milliseconds", &milliseconds, 5, 5000, "of work in a round" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "no-lock", "the threads compute without the lock" },
	{ "no-fork", "threads under the lock in the place of processes" },
	{ "patient", "who is to offer the lock after each piece does not" },
	{ NULL }
};

/* What the threads of an interpreter share; all but @asked is guarded by the mutex. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t free, taken;
	bool held;
	unsigned long waiting;
	unsigned long turns;		/* how often it was passed on, or taken again */
	int asked;			/* the holder is to let go */
} lock = {
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
};

/* Until it is free, or the interval is over. */
static bool wait_until_free(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += interval * 1000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	return !pthread_cond_clockwait(&lock.free, &lock.mutex, CLOCK_MONOTONIC, &end);
}

static void take(void)
{
	pthread_mutex_lock(&lock.mutex);
	lock.waiting++;
	while (lock.held) {
		unsigned long turn = lock.turns;

		/* Whoever has it for a whole interval is asked. */
		if (!wait_until_free() && lock.held && lock.turns == turn)
			__atomic_store_n(&lock.asked, 1, __ATOMIC_RELAXED);
	}
	lock.waiting--;
	lock.held = true;
	lock.turns++;
	__atomic_store_n(&lock.asked, 0, __ATOMIC_RELAXED);
	pthread_cond_signal(&lock.taken);
	pthread_mutex_unlock(&lock.mutex);
}

/* To one who waits, if there is one. */
static void let_go(void)
{
	unsigned long turn;

	pthread_mutex_lock(&lock.mutex);
	lock.held = false;
	turn = lock.turns;
	pthread_cond_signal(&lock.free);
	while (lock.waiting && lock.turns == turn)
		pthread_cond_wait(&lock.taken, &lock.mutex);
	pthread_mutex_unlock(&lock.mutex);
}

static unsigned long steps, pieces;	/* in a piece; for a worker */
static bool locked, eager;

/* To look at the clock after each piece would take as long as the piece. */
static void enter(void)
{
	if (locked)
		take();
	if (!eager)
		begin_computing();
}

static void leave(void)
{
	if (!eager)
		end_computing();
	if (locked)
		let_go();
}

static void interpret(unsigned long worker)
{
	unsigned long i;

	(void)worker;
	enter();
	for (i = 0; i < pieces; i++) {
		compute(steps);
		if (!locked || (!eager && !__atomic_load_n(&lock.asked, __ATOMIC_RELAXED)))
			continue;
		leave();
		enter();
	}
	leave();
}

/* A round of each. */
static struct effort one_by_one(void)
{
	locked = false;
	return do_work(ONE_BY_ONE, workers, interpret);
}

static struct effort threads_locked(void)
{
	locked = !broken("no-lock");
	return do_work(THREADS, workers, interpret);
}

static struct effort threads_free(void)
{
	locked = false;
	return do_work(THREADS, workers, interpret);
}

static struct effort processes(void)
{
	locked = broken("no-fork");
	return do_work(locked ? THREADS : PROCESSES, workers, interpret);
}

static struct effort threads_eager(void)
{
	unsigned long all = pieces;
	struct effort effort;

	pieces = all / EAGER_SHARE + 1;
	eager = !broken("patient");
	effort = threads_locked();
	eager = false;
	effort.time *= (double)all / pieces;
	pieces = all;
	return effort;
}

enum { SERIAL, LOCKED, EAGER, FREE, PROCESS, NR_WAYS };

static struct effort (*const ways[])(void) = {
	one_by_one, threads_locked, threads_eager, threads_free, processes,
};

static struct rounds times[NR_WAYS], processor[NR_WAYS], busy[NR_WAYS];
static unsigned long switches[NR_WAYS], turns[NR_WAYS];

static void run_round(void)
{
	int way;

	for (way = 0; way < NR_WAYS; way++) {
		unsigned long before = lock.turns;
		struct effort effort = ways[way]();

		add_round(&times[way], effort.time);
		add_round(&processor[way], effort.processor);
		add_round(&busy[way], effort.processor / effort.time);
		switches[way] += effort.switches;
		turns[way] += lock.turns - before;
	}
}

static void run_rounds(void)
{
	int i;

	doing("%d rounds: one by one; threads with the lock, and without; processes", ROUNDS);
	for (i = 0; i < ROUNDS; i++) {
		run_round();
		progress((i + 1.0) / ROUNDS);
	}
}

/* A table with a row for the picture, of each way but the first. */
static void draw(const char *name, double value[])
{
	static const char *const columns[] = {
		"cpus", "workers", "threads_locked", "threads_eager", "threads_free", "processes",
	};
	double row[] = {
		own_cpus(), workers, value[LOCKED], value[EAGER], value[FREE], value[PROCESS],
	};

	series_row(series(name, columns, 6), "", row);
}

static void draw_all(void)
{
	double speedup[NR_WAYS], at_once[NR_WAYS];
	int way;

	for (way = 0; way < NR_WAYS; way++) {
		speedup[way] = median(&times[SERIAL]) / median(&times[way]);
		at_once[way] = median(&busy[way]);
	}
	draw("speedup", speedup);
	draw("busy", at_once);
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static struct {
	int threads, locked_busy, sleeps, passed, slower, forks, free_busy, process_busy, faster;
} rows;

static void predict(void)
{
	double at_once = least(workers, real_cpus());
	unsigned long long with_lock = 2, without_lock = 1;

	part("threads under one global lock compute one at a time");
	rows.threads = expect((with_lock + without_lock) * workers * ROUNDS, "",
			      "threads made in %d rounds", ROUNDS);
	rows.locked_busy = expect_between(0, 1.05, "CPUs", "computed at once, on average");
	rows.sleeps = expect_between(1, INFINITY, "", "times a thread slept, for each turn");
	part("a lock that is often offered is often passed on");
	rows.passed = expect_between(0.5, 1.1, "", "turns, for each time it was offered");
	part("which makes threads slower than one after the other");
	rows.slower = expect_between(1.2, INFINITY, "times", "as long as one after the other");
	part("processes compute at the same time, as threads without the lock do");
	rows.forks = expect(workers * ROUNDS, "", "forks in %d rounds", ROUNDS);
	rows.process_busy = expect_between(0.55 * at_once, workers, "CPUs",
					   "computed at once for %lu processes", workers);
	rows.free_busy = expect_between(0.55 * at_once, workers, "CPUs",
					"for %lu threads without the lock", workers);
	part("which makes processes faster");
	rows.faster = expect_between(0.6 * at_once, INFINITY, "times",
				     "as fast as one after the other");
}

static void judge_busy(int row, int way)
{
	if (own_cpus() == 1)
		unjudged(row, "one processor: nothing could compute at the same time");
	else
		measured_time(row, median(&busy[way]));
}

static void judge(void)
{
	const double offered = ROUNDS * (pieces / EAGER_SHARE + 1.0) * workers;
	unsigned long turn = turns[LOCKED];

	measured(rows.threads, job_tally(PCSTATS_threads));
	measured(rows.forks, job_tally(PCSTATS_forks));
	judge_busy(rows.locked_busy, LOCKED);
	judge_busy(rows.process_busy, PROCESS);
	judge_busy(rows.free_busy, FREE);
	measured(rows.sleeps, turn ? (double)switches[LOCKED] / turn : 0);
	measured(rows.passed, turns[EAGER] / offered);
	if (!crowded(rows.slower, &processor[SERIAL], milliseconds * 1e6))
		measured_ratio(rows.slower, &times[EAGER], &times[SERIAL]);
	if (real_cpus() == 1)
		unjudged(rows.faster, "one processor: nothing can be faster");
	else if (!crowded(rows.faster, &processor[PROCESS], milliseconds * 1e6))
		measured_ratio(rows.faster, &times[SERIAL], &times[PROCESS]);
}

static void run(void)
{
	predict();
	doing("how much is %lu ms of work", milliseconds);
	steps = steps_in(PIECE, compute);
	pieces = milliseconds * 1e6 / PIECE / workers + 1;
	run_rounds();
	judge();
	draw_all();
}

static const char *const next[] = {
	"kernel/futex/waitwake.c: futex_wait(), futex_wake(); kernel/sched/core.c: try_to_wake_up()",
	"futex(2); pthread_cond_timedwait(3); getrusage(2), ru_nvcsw; pthreads(7)",
	"in CPython: ceval_gil.c; sys.setswitchinterval() is this lab's --interval",
	"pcstats lab cores: the same work on 1, 2, 4 processors; pcstats lab iobound: where the "
	"lock does no harm",
	NULL
};

const struct lab lab_cpubound = {
	.name = "cpubound",
	.claim = "under one global lock 4 threads are slower than serial, 4 processes faster",
	.prediction = "Under the lock there is one thread that can run; the others sleep, and "
		"each turn costs switches. A lock that is offered after each hundred instructions "
		"makes threads slower than no threads. Processes have no lock in common and keep "
		"all processors busy; so do threads that need no lock.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
