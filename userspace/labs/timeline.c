// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads do a list of downloads in half the time of one: courses draw it as bars,
 * from the times at which each download started and stopped.
 *
 * It is true, and it has nothing to do with CPUs: all of this runs on one.  Who waits
 * for the network, or here for a timer, sleeps: do_nanosleep() and poll() end in
 * schedule(), which takes the thread off the CPU.  What is saved is waiting, because as
 * many downloads wait at the same time as there are tasks; so two processes do as well
 * as two threads.  Downloads that compute would share the CPU, and nothing was won.
 *
 * Each task takes the next download of the list when it is done with one.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "crew.h"
#include "lab.h"
#include "threads.h"

#define MAX_JOBS	48

static unsigned long jobs = 6, tasks = 2, ms = 20, nr_rounds = 5;

static const struct setting settings[] = {
	{ "jobs", &jobs, 1, MAX_JOBS, "downloads of the list" },
	{ "tasks", &tasks, 2, MAX_CREW, "threads, or processes, that share the list" },
	{ "ms", &ms, 1, 1000, "milliseconds that the shortest download takes" },
	{ "rounds", &nr_rounds, 1, 12, "rounds" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "lock", "who downloads holds a lock that all of them need" },
	{ "busy", "downloads compute, and do not wait" },
	{ "one-task", "one task does the list alone" },
	{ NULL }
};

static struct shared {
	pthread_mutex_t lock;
	unsigned long next;		/* of the list */
	struct job {
		unsigned long task, times_done;
		bool slept;		/* gave the CPU away by itself */
		double start, stop;
	} jobs[MAX_JOBS];
} *shared;

enum way { BY_THREADS = THREADS, BY_PROCESSES = PROCESSES, ALONE, NR_WAYS };

static struct {
	const char *name;
	enum pcstats_tally made;
	unsigned long tasks, made_by_calls, under_way, done, slept;
	int made_row, under_way_row, done_row, slept_row, ratio_row;
	struct rounds rounds;
} ways[NR_WAYS] = {
	[BY_THREADS] = { "threads", PCSTATS_threads },
	[BY_PROCESSES] = { "processes", PCSTATS_forks },
	[ALONE] = { "one thread", PCSTATS_threads },
};

/* How long a download takes, in units of the shortest. */
static unsigned int length(unsigned long job)
{
	static const unsigned int lengths[] = { 3, 1, 2, 3, 2, 1 };

	return lengths[job % 6];
}

static void compute(double ns)
{
	struct timespec time;
	double end = 0, now;

	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
		now = time.tv_sec * 1e9 + time.tv_nsec;
		if (!end)
			end = now + ns;
	} while (now < end);
}

static long voluntary_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static void download(unsigned long job)
{
	double ns = length(job) * ms * 1e6;
	struct timespec time = { ns / 1e9, (long long)ns % 1000000000 };
	long switches;

	if (broken("lock"))
		pthread_mutex_lock(&shared->lock);
	switches = voluntary_switches();
	shared->jobs[job].start = now_ns();
	if (broken("busy"))
		compute(ns);
	else
		while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) == EINTR)
			;
	shared->jobs[job].stop = now_ns();
	shared->jobs[job].slept = voluntary_switches() > switches;
	if (broken("lock"))
		pthread_mutex_unlock(&shared->lock);
}

static void work(unsigned long task)
{
	unsigned long job;

	for (;;) {
		job = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);
		if (job >= jobs)
			return;
		download(job);
		shared->jobs[job].task = task;
		__atomic_fetch_add(&shared->jobs[job].times_done, 1, __ATOMIC_RELAXED);
	}
}

/* The most downloads at the same time; some have just started then. */
static unsigned long most_under_way(void)
{
	const struct job *all = shared->jobs;
	unsigned long most = 0, i, j;

	for (i = 0; i < jobs; i++) {
		unsigned long under_way = 0;

		for (j = 0; j < jobs; j++)
			under_way += all[j].start <= all[i].start &&
				all[i].start < all[j].stop;
		if (under_way > most)
			most = under_way;
	}
	return most;
}

static void begin_round(void)
{
	unsigned long i;

	shared->next = 0;
	for (i = 0; i < jobs; i++)
		shared->jobs[i].times_done = 0;
}

static int numbers;		/* of the series */

/* From the first download's start to the last one's stop. */
static void end_round(enum way way, bool draw)
{
	const struct job *all = shared->jobs;
	double begin = all[0].start, end = 0;
	unsigned long i;
	char label[32];

	for (i = 0; i < jobs; i++) {
		begin = fmin(begin, all[i].start);
		end = fmax(end, all[i].stop);
		ways[way].done += all[i].times_done == 1;
		ways[way].slept += all[i].slept;
	}
	add_round(&ways[way].rounds, end - begin);
	for (i = 0; draw && i < jobs; i++) {
		snprintf(label, sizeof(label), "%s/%lu", ways[way].name, all[i].task + 1);
		series_row(numbers, label, (double[]){
			all[i].task + 1, i + 1, (all[i].start - begin) / 1e6,
			(all[i].stop - begin) / 1e6,
		});
	}
}

static void do_round(enum way way, bool draw)
{
	unsigned long long before = job_tally(ways[way].made);
	unsigned long most;

	begin_round();
	run_crew(way == BY_PROCESSES ? PROCESSES : THREADS, ways[way].tasks, NULL, work);
	most = most_under_way();
	if (most > ways[way].under_way)
		ways[way].under_way = most;
	ways[way].made_by_calls += job_tally(ways[way].made) - before;
	end_round(way, draw);
}

/* How long the list takes, in units: a task that is done takes the next. */
static unsigned long units(unsigned long nr)
{
	unsigned long busy_until[MAX_CREW] = { }, last = 0, job, i, first;

	for (job = 0; job < jobs; job++) {
		for (i = 1, first = 0; i < nr; i++)
			if (busy_until[i] < busy_until[first])
				first = i;
		busy_until[first] += length(job);
		if (busy_until[first] > last)
			last = busy_until[first];
	}
	return last;
}

static void predict(enum way way, unsigned long nr)
{
	static const char *const calls[] = { "threads made", "forks", "thread made" };

	ways[way].tasks = way != ALONE && broken("one-task") ? 1 : nr;
	ways[way].made_row = expect(nr, "", "%s", calls[way]);
	ways[way].under_way_row = expect(nr < jobs ? nr : jobs, "",
					 "downloads at the same time, at most");
	ways[way].done_row = expect(jobs, "", "downloads done, each once");
	ways[way].slept_row = expect(jobs, "", "of them gave the CPU away meanwhile");
}

static void predict_ratio(enum way way)
{
	double ratio = (double)units(tasks) / units(1);

	ways[way].ratio_row = expect_between(0.6 * ratio, fmin(1.5 * ratio, 0.9), "times",
					     "as long as one thread: %lu %s", tasks,
					     ways[way].name);
}

static void judge(enum way way)
{
	measured(ways[way].made_row, ways[way].made_by_calls / (double)nr_rounds);
	measured(ways[way].under_way_row, ways[way].under_way);
	measured(ways[way].done_row, ways[way].done / (double)nr_rounds);
	measured(ways[way].slept_row, ways[way].slept / (double)nr_rounds);
	if (way != ALONE)
		measured_ratio(ways[way].ratio_row, &ways[way].rounds, &ways[ALONE].rounds);
}

static void init(void)
{
	pthread_mutexattr_t attr;

	/* Whatever is won is not won by CPUs. */
	pin();
	shared = shared_memory(sizeof(*shared));
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->lock, &attr);
}

static void run(void)
{
	static const char *const columns[] = { "task", "job", "start_ms", "stop_ms" };
	unsigned long round;
	enum way way;

	if (jobs < 2 * tasks)
		skip("a list of less than two downloads for each task shows nothing");
	part("one thread does one download after the other");
	predict(ALONE, 1);
	part("%lu threads do %lu at a time", tasks, tasks);
	predict(BY_THREADS, tasks);
	part("%lu processes do as well", tasks);
	predict(BY_PROCESSES, tasks);
	part("so the list takes a fraction of the time");
	predict_ratio(BY_THREADS);
	predict_ratio(BY_PROCESSES);

	init();
	numbers = series("timeline", columns, 4);
	doing("%lu downloads, %lu ms all together: by one thread, %lu threads, %lu processes",
	      jobs, units(1) * ms, tasks, tasks);
	for (round = 0; round < nr_rounds; round++) {
		for (way = 0; way < NR_WAYS; way++)
			do_round(way, !round);
		progress((round + 1.0) / nr_rounds);
	}
	for (way = 0; way < NR_WAYS; way++)
		judge(way);
}

static const char *const next[] = {
	"kernel/time/hrtimer.c: do_nanosleep(); fs/select.c: do_sys_poll()",
	"kernel/sched/core.c: schedule()",
	"nanosleep(2), poll(2), sched_setaffinity(2)",
	"pcstats lab iobound: the same over sockets; pcstats lab cpubound: when they compute",
	NULL
};

const struct lab lab_timeline = {
	.name = "timeline",
	.claim = "2 threads do a list of downloads in half the time that 1 thread takes",
	.prediction = "One thread never has two downloads under way, two threads have, and so "
		"need half the time, on one CPU too: a thread that waits needs none. Two "
		"processes do as well. The list is shared, so each download is done once.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
