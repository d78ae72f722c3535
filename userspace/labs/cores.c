// SPDX-License-Identifier: GPL-2.0-only
/*
 * On one processor nothing that computes gets faster by threads or processes; on more it does.
 *
 * Tasks take turns on a processor: the scheduler gives each a slice, and all together get no
 * more than there is.  So four workers that only compute are done, on one processor, when one
 * worker would be that does it all, or a little later.  On two they have twice as much, if the
 * scheduler spreads them (select_task_rq_fair() when they are made, load_balance() later), and
 * it makes no difference whether they are threads or processes: both are tasks.
 *
 * Which processors a task may use is its affinity mask; what it makes inherits it.  The lab
 * allows itself 1, 2, 4, ... of those that it has.  A virtual machine may have more of them than
 * its host: those are masks, too, and make nothing faster.
 */
#include <sched.h>
#include <stdio.h>

#include "lab.h"
#include "parallel.h"

#define ROUNDS		7
#define MAX_LEVELS	4		/* 1, 2, 4, 8 processors */

static unsigned long workers = 4, milliseconds = 30;

static const struct setting settings[] = {
	{ "workers", &workers, 2, MAX_WORKERS, "threads, or processes" },
	{ "milliseconds", &milliseconds, 5, 5000, "of work in a round" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "unpinned", "who is to use one processor may use all" },
	{ "one-cpu", "who is to use more may use one" },
	{ NULL }
};

static unsigned long steps;		/* of each worker */

static void work(unsigned long worker)
{
	(void)worker;
	begin_computing();
	compute(steps);
	end_computing();
}

static cpu_set_t all;

/* The first @nr processors of those that were there at the start. */
static void use_cpus(unsigned long nr)
{
	cpu_set_t set;
	int cpu;

	if (nr > 1 && broken("one-cpu"))
		nr = 1;
	else if (nr == 1 && broken("unpinned"))
		nr = CPU_COUNT(&all);
	CPU_ZERO(&set);
	for (cpu = 0; cpu < CPU_SETSIZE && nr; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_SET(cpu, &set);
		nr--;
	}
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* A number of processors, and what was done with them. */
static struct level {
	unsigned long cpus;
	struct pair {
		struct rounds time, processor, at_once;
		int busy_row, time_row;
	} threads, processes;
} levels[MAX_LEVELS];

static int nr_levels;
static unsigned long real;
static struct rounds serial;
static int forks, threads;

static void predict_pair(struct pair *pair, unsigned long cpus, const char *who)
{
	double low = cpus > 1 ? 0.55 * fmin(fmin(cpus, workers), real) : 0;
	double high = cpus > 1 ? cpus * 1.05 : 1.05;

	pair->busy_row = expect_between(low, high, "CPUs", "compute for %s, on %lu", who, cpus);
}

static void predict_time(struct pair *pair, unsigned long cpus, const char *who)
{
	double low = cpus > 1 ? 0.6 * fmin(fmin(cpus, workers), real) : 0;
	double high = cpus > 1 ? INFINITY : 1.2;

	pair->time_row = expect_between(low, high, "times", "as fast, %s, on %lu", who, cpus);
}

static void predict_level(struct level *level)
{
	predict_pair(&level->threads, level->cpus, "threads");
	predict_pair(&level->processes, level->cpus, "processes");
}

static void predict_level_time(struct level *level)
{
	predict_time(&level->threads, level->cpus, "threads");
	predict_time(&level->processes, level->cpus, "processes");
}

static void predict(void)
{
	int i;

	part("on one CPU the workers get no more than one would");
	predict_level(&levels[0]);
	threads = expect(ROUNDS * nr_levels * workers, "", "threads made in %d rounds", ROUNDS);
	forks = expect(ROUNDS * nr_levels * workers, "", "forks");
	part("so nothing gets faster");
	predict_level_time(&levels[0]);
	if (nr_levels == 1)
		return;
	part("on more CPUs they get more");
	for (i = 1; i < nr_levels; i++)
		predict_level(&levels[i]);
	part("so it gets faster");
	for (i = 1; i < nr_levels; i++)
		predict_level_time(&levels[i]);
}

static void add_effort(struct pair *pair, struct effort effort)
{
	add_round(&pair->time, effort.time);
	add_round(&pair->processor, effort.processor);
	add_round(&pair->at_once, effort.processor / effort.time);
}

static void run_round(void)
{
	int i;

	use_cpus(1);
	add_round(&serial, do_work(ONE_BY_ONE, workers, work).time);
	for (i = 0; i < nr_levels; i++) {
		use_cpus(levels[i].cpus);
		add_effort(&levels[i].threads, do_work(THREADS, workers, work));
		add_effort(&levels[i].processes, do_work(PROCESSES, workers, work));
	}
}

static void judge_pair(const struct pair *pair, unsigned long cpus)
{
	measured_time(pair->busy_row, median(&pair->at_once));
	if (cpus > real)
		unjudged(pair->time_row, "the host of this machine has only %lu CPUs", real);
	else if (!crowded(pair->time_row, &pair->processor, milliseconds * 1e6))
		measured_ratio(pair->time_row, &serial, &pair->time);
}

static void judge(void)
{
	static const char *const columns[] = { "cpus", "speedup", "threads", "computing" };
	int i, drawn = series("cores", columns, 4);

	measured(threads, job_tally(PCSTATS_threads));
	measured(forks, job_tally(PCSTATS_forks));
	for (i = 0; i < nr_levels; i++) {
		const struct level *level = &levels[i];
		char label[32];

		judge_pair(&level->threads, level->cpus);
		judge_pair(&level->processes, level->cpus);
		snprintf(label, sizeof(label), "%lu", level->cpus);
		series_row(drawn, label, (double []){
			   level->cpus, median(&serial) / median(&level->processes.time),
			   median(&serial) / median(&level->threads.time),
			   median(&level->processes.at_once) });
	}
}

static void run(void)
{
	unsigned long cpus;
	int i;

	if (sched_getaffinity(0, sizeof(all), &all))
		die("sched_getaffinity");
	real = real_cpus();
	for (cpus = 1; cpus <= own_cpus() && nr_levels < MAX_LEVELS; cpus *= 2)
		levels[nr_levels++].cpus = cpus;
	predict();
	doing("how much is %lu ms of work", milliseconds);
	steps = steps_in(milliseconds * 1e6 / workers, compute);
	doing("%d rounds, on up to %lu CPUs", ROUNDS, levels[nr_levels - 1].cpus);
	for (i = 0; i < ROUNDS; i++) {
		run_round();
		progress((i + 1.0) / ROUNDS);
	}
	judge();
}

static const char *const next[] = {
	"kernel/sched/fair.c: select_task_rq_fair(), load_balance() (6.12: sched_balance_rq())",
	"sched_setaffinity(2); cpuset(7); sched(7); nproc(1); taskset(1)",
	"vm/run -c 1, -c 2, -c 4: the same lab on machines with as many CPUs",
	"pcstats lab cpubound: why threads of an interpreter do not gain by more CPUs",
	NULL
};

const struct lab lab_cores = {
	.name = "cores",
	.claim = "on one CPU nothing compute-bound gets faster; on more it does",
	.prediction = "On one CPU the workers take turns: together they compute as long as one "
		"would. On 2, 4, ... they compute at the same time, threads as well as processes, as "
		"far as there are CPUs for them, also in the host of a virtual machine.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
