// SPDX-License-Identifier: GPL-2.0-only
/*
 * A dot product gains nothing from threads or processes: neither where the library lets go of the
 * interpreter's lock, nor where memory is what it waits for.
 *
 * The first half is not so.  A library that lets go of the lock while it computes is, for the
 * kernel, threads that can all run: they keep as many processors busy as there are, and so do
 * processes.  What gains nothing is a library that keeps the lock.  (A library that uses all
 * processors by itself has won that already; more threads then win nothing more.)
 *
 * The second half depends on the machine.  Two arrays that fit no cache come from memory, whose
 * bandwidth all processors share; threads that wait for it count as busy.  Whether one processor
 * uses it up is measured first: if an element of a big array costs much more than one of an array
 * in the cache.  On an emulated processor it does not.
 *
 * Processes get the arrays by fork, and copy nothing: they only read.
 */
#include <pthread.h>

#include "lab.h"
#include "parallel.h"

#define ROUNDS		9
#define CACHED		1024		/* elements of each array: 16 KiB in all */
#define CALL		1e6		/* ns */
#define BOUND		2		/* so much dearer is an element, where memory is awaited */

static unsigned long workers = 4, milliseconds = 30, megabytes = 32;

static const struct setting settings[] = {
	{ "workers", &workers, 2, MAX_WORKERS, "threads, or processes" },
	{ "milliseconds", &milliseconds, 5, 5000, "of computing in a round" },
	{ "megabytes", &megabytes, 1, 4096, "of both arrays together, more than the caches" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "keep-lock", "the library that lets go of the lock keeps it" },
	{ "let-go", "the library that keeps the lock lets go of it" },
	{ "no-fork", "threads of a library that keeps the lock in the place of processes" },
	{ "write", "the forked processes write to the arrays" },
	{ NULL }
};

static char *array[2];
static unsigned long pages;		/* of each */

static void dot(unsigned long first, unsigned long nr)
{
	/* Several sums: no addition waits for the one before. */
	double sum[4] = { };
	const double *a = (void *)array[0], *b = (void *)array[1];
	unsigned long i;

	for (i = first; i < first + nr; i += 4) {
		sum[0] += a[i] * b[i];
		sum[1] += a[i + 1] * b[i + 1];
		sum[2] += a[i + 2] * b[i + 2];
		sum[3] += a[i + 3] * b[i + 3];
	}
	__asm__ volatile ("" : : "r" (sum) : "memory");
}

static void dot_cached(unsigned long times)
{
	for (; times; times--)
		dot(0, CACHED);
}

static pthread_mutex_t interpreter = PTHREAD_MUTEX_INITIALIZER;
static unsigned long calls, times_a_call;	/* of each worker; of dot() */

static void keep_lock(unsigned long worker)
{
	unsigned long i;

	(void)worker;
	for (i = 0; i < calls; i++) {
		pthread_mutex_lock(&interpreter);
		begin_computing();
		dot_cached(times_a_call);
		end_computing();
		pthread_mutex_unlock(&interpreter);
	}
}

static void let_go(unsigned long worker)
{
	unsigned long i;

	(void)worker;
	for (i = 0; i < calls; i++) {
		pthread_mutex_lock(&interpreter);
		pthread_mutex_unlock(&interpreter);
		begin_computing();
		dot_cached(times_a_call);
		end_computing();
	}
}

static unsigned long elements(void)
{
	return pages * page_size() / sizeof(double) / workers / 4 * 4;
}

/* A worker's share of the big arrays. */
static void dot_share(unsigned long worker)
{
	begin_computing();
	dot(worker * elements(), elements());
	end_computing();
}

enum { SERIAL, KEPT, LET_GO, PROCESS, BIG_SERIAL, BIG_THREADS, NR_WAYS };

static struct rounds times[NR_WAYS], processor[NR_WAYS], busy[NR_WAYS];

static void run_way(int way, enum workers who, void (*work)(unsigned long worker))
{
	struct effort effort = do_work(who, workers, work);

	add_round(&times[way], effort.time);
	add_round(&processor[way], effort.processor);
	add_round(&busy[way], effort.processor / effort.time);
}

static void run_round(void)
{
	run_way(SERIAL, ONE_BY_ONE, let_go);
	run_way(KEPT, THREADS, broken("let-go") ? let_go : keep_lock);
	run_way(LET_GO, THREADS, broken("keep-lock") ? keep_lock : let_go);
	if (broken("no-fork"))
		run_way(PROCESS, THREADS, keep_lock);
	else
		run_way(PROCESS, PROCESSES, let_go);
	run_way(BIG_SERIAL, ONE_BY_ONE, dot_share);
	run_way(BIG_THREADS, THREADS, dot_share);
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

static void reader(const struct child *self)
{
	child_hear(self);
	if (broken("write")) {
		write_pages(array[0], pages, 0);
		write_pages(array[1], pages, 0);
	}
	dot(0, elements() * workers);
	child_tell(self);
	/* A live row is looked at. */
	child_hear(self);
}

/* Pages that a forked process copies that computes with the big arrays. */
static unsigned long long copied(void)
{
	struct child c = fork_child(reader);
	unsigned long long before = tally(c.pid, PCSTATS_copied), after;

	child_tell(&c);
	child_hear(&c);
	after = tally(c.pid, PCSTATS_copied);
	child_tell(&c);
	reap(c.pid);
	return after - before;
}

/* How much dearer an element is that does not come from the cache. */
static double dearer(void)
{
	double cached = milliseconds * 1e6 / (times_a_call * calls * workers * CACHED);

	return median(&processor[BIG_SERIAL]) / (elements() * workers) / cached;
}

static struct {
	int kept, let_go, processes, forks, copied, let_go_time, process_time, memory_time;
} rows;

static double at_once(void)
{
	return fmin(workers, real_cpus());
}

static void predict(void)
{
	double gain = 0.6 * at_once();

	part("threads gain nothing where the library keeps the lock");
	rows.kept = expect_between(0, 1.05, "CPUs", "computed at once for %lu threads", workers);
	part("nothing where it lets go: one computes at a time");
	rows.let_go = expect_between(0.55 * at_once(), workers, "CPUs",
				     "computed at once for %lu threads", workers);
	against(rows.let_go);
	part("processes compute one at a time, too");
	rows.forks = expect(workers * ROUNDS, "", "forks in %d rounds", ROUNDS);
	against(rows.forks);
	rows.processes = expect_between(0.55 * at_once(), workers, "CPUs",
					"computed at once for %lu processes", workers);
	against(rows.processes);
	part("and each process needs the arrays once more");
	rows.copied = expect(0, "pages", "copied by one that reads them");
	against(rows.copied);
	part("so threads are not faster, where the lock is let go of");
	rows.let_go_time = expect_between(gain, INFINITY, "times", "as fast as serial");
	against(rows.let_go_time);
	part("nor are processes");
	rows.process_time = expect_between(gain, INFINITY, "times", "as fast as serial");
	against(rows.process_time);
	part("nor threads that wait for memory");
	rows.memory_time = expect_between(0, 0.8 * at_once(), "times",
					  "as fast as serial");
}

static void judge_busy(int row, int way)
{
	if (own_cpus() == 1)
		unjudged(row, "one processor: nothing could compute at the same time");
	else
		measured_time(row, median(&busy[way]));
}

/* Whether @row, a ratio of times, can be judged by the rounds of @way. */
static bool quiet(int row, int way)
{
	if (real_cpus() > 1)
		return !crowded(row, &processor[way], milliseconds * 1e6);
	unjudged(row, "one processor: nothing can be faster");
	return false;
}

static void judge(void)
{
	judge_busy(rows.kept, KEPT);
	judge_busy(rows.let_go, LET_GO);
	judge_busy(rows.processes, PROCESS);
	if (quiet(rows.let_go_time, LET_GO))
		measured_ratio(rows.let_go_time, &times[SERIAL], &times[LET_GO]);
	if (quiet(rows.process_time, PROCESS))
		measured_ratio(rows.process_time, &times[SERIAL], &times[PROCESS]);
	if (dearer() < BOUND)
		unjudged(rows.memory_time, "memory is not awaited: its elements cost %.1f times "
			 "those of the cache", dearer());
	else if (quiet(rows.memory_time, SERIAL))
		measured_ratio(rows.memory_time, &times[BIG_SERIAL], &times[BIG_THREADS]);
}

static void draw(void)
{
	static const char *const columns[] = {
		"workers", "lock_kept", "lock_let_go", "processes", "big_arrays",
	};
	double serial = median(&times[SERIAL]);

	series_row(series("speedup", columns, 5), "", (double []){
		   workers, serial / median(&times[KEPT]), serial / median(&times[LET_GO]),
		   serial / median(&times[PROCESS]),
		   median(&times[BIG_SERIAL]) / median(&times[BIG_THREADS]) });
}

static void fill(void)
{
	pages = megabytes * 1024 * 1024 / 2 / page_size();
	array[0] = region(pages);
	array[1] = region(pages);
	write_pages(array[0], pages, 0);
	write_pages(array[1], pages, 0);
}

static void run(void)
{
	predict();
	doing("two arrays of %lu MiB are filled", megabytes / 2);
	fill();
	times_a_call = steps_in(CALL, dot_cached);
	calls = milliseconds * 1e6 / CALL / workers + 1;
	run_rounds();
	measured(rows.forks, job_tally(PCSTATS_forks));
	doing("a forked process reads the arrays");
	measured(rows.copied, copied());
	judge();
	draw();
}

static const char *const next[] = {
	"kernel/futex/waitwake.c: futex_wait(); kernel/sched/fair.c: select_task_rq_fair()",
	"mm/memory.c: copy_present_pte() (6.12: ..._ptes()): an array that is only read is shared after fork",
	"futex(2); fork(2); in numpy: NPY_BEGIN_ALLOW_THREADS lets go of the lock",
	"pcstats lab cpubound: an interpreter that passes the lock on; lab refcount: why processes "
	"of an interpreter do copy",
	NULL
};

const struct lab lab_dotproduct = {
	.name = "dotproduct",
	.claim = "a kernel that lets go of the lock, and one bound by memory, gain nothing from "
		"either",
	.prediction = "A library that lets go of the lock while it computes keeps all processors "
		"busy, by threads as by processes; one that keeps it keeps one busy. Arrays that are "
		"only read are shared after fork, not copied. Where one processor uses up the "
		"memory's bandwidth, others gain little.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
