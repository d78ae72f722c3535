// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "parallel.h"
#include "threads.h"

/* Which processors that wait for each other's memory or caches stay below. */
#define CROWDED		1.35

/* What the workers share; a process each, they have it in a shared mapping. */
static struct crew {
	void (*work)(unsigned long worker);
	pthread_barrier_t start;
	struct report {
		double begin, end, processor;
		unsigned long switches;
	} reports[MAX_WORKERS];
} *crew;

static double thread_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

/* So far, and without what has only begun. */
static __thread double computed;

void begin_computing(void)
{
	computed -= thread_ns();
}

void end_computing(void)
{
	computed += thread_ns();
}

static unsigned long thread_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static void begin_report(struct report *report)
{
	report->switches = thread_switches();
	computed = 0;
	report->begin = now_ns();
}

static void end_report(struct report *report)
{
	report->end = now_ns();
	report->processor = computed;
	report->switches = thread_switches() - report->switches;
}

static void be_worker(unsigned long worker)
{
	struct report report;

	pthread_barrier_wait(&crew->start);
	begin_report(&report);
	crew->work(worker);
	end_report(&report);
	crew->reports[worker] = report;
	/* Nobody takes an address space down while others compute. */
	pthread_barrier_wait(&crew->start);
}

static void *thread(void *worker)
{
	be_worker((unsigned long)worker);
	return NULL;
}

static void run_processes(unsigned long nr)
{
	pid_t pids[MAX_WORKERS];
	unsigned long i;

	for (i = 0; i < nr; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("fork");
		if (pids[i])
			continue;
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			die("prctl(PR_SET_PDEATHSIG)");
		/* What it writes to after the fork is copied before it begins. */
		settle();
		be_worker(i);
		_exit(0);
	}
	for (i = 0; i < nr; i++)
		reap(pids[i]);
}

static void run_one_by_one(unsigned long nr)
{
	struct report report;
	unsigned long i;

	begin_report(&report);
	for (i = 0; i < nr; i++)
		crew->work(i);
	end_report(&report);
	for (i = 0; i < nr; i++)
		crew->reports[i] = (struct report){ report.begin, report.end };
	crew->reports[0] = report;
}

static struct effort sum(unsigned long nr)
{
	struct effort sum = { };
	double begin = INFINITY, end = 0;
	unsigned long i;

	for (i = 0; i < nr; i++) {
		const struct report *report = &crew->reports[i];

		begin = fmin(begin, report->begin);
		end = fmax(end, report->end);
		sum.processor += report->processor;
		sum.switches += report->switches;
	}
	sum.time = end - begin;
	return sum;
}

struct effort do_work(enum workers workers, unsigned long nr,
		      void (*work)(unsigned long worker))
{
	if (!crew)
		crew = shared_memory(sizeof(*crew));
	crew->work = work;
	barrier_init(&crew->start, nr);
	if (workers == THREADS)
		threads_run(thread, nr);
	else if (workers == PROCESSES)
		run_processes(nr);
	else
		run_one_by_one(nr);
	pthread_barrier_destroy(&crew->start);
	return sum(nr);
}

void compute(unsigned long steps)
{
	unsigned long x = steps;

	for (; steps; steps--) {
		x = x * 6364136223846793005UL + 1442695040888963407UL;
		/* Each step is taken. */
		__asm__ volatile ("" : "+r" (x));
	}
}

/* A disturbed processor is slower, never faster. */
static double best_time(void (*work)(unsigned long steps), unsigned long steps)
{
	double best = INFINITY, begin;
	int i;

	for (i = 0; i < 10; i++) {
		begin = now_ns();
		work(steps);
		best = fmin(best, now_ns() - begin);
	}
	return best;
}

unsigned long steps_in(double ns, void (*work)(unsigned long steps))
{
	unsigned long steps = 1;
	double best;

	/* Long enough for the clock. */
	while ((best = best_time(work, steps)) < 1e6)
		steps *= 2;
	return fmax(1, ns / best * steps);
}

bool crowded(int row, const struct rounds *processor, double ns)
{
	double slower = median(processor) / ns;

	if (slower > CROWDED)
		unjudged(row, "the processors do other things, too: the same took %.1f times "
			 "what it takes at best", slower);
	return slower > CROWDED;
}

unsigned long own_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		die("sched_getaffinity");
	return CPU_COUNT(&set);
}

unsigned long real_cpus(void)
{
	const char *host = getenv("PCSTATS_HOST_CPUS");
	unsigned long own = own_cpus(), real = host ? strtoul(host, NULL, 10) : 0;

	return real && real < own ? real : own;
}
