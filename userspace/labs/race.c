// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads count in one variable, and the sum is too small.
 *
 * "counter = counter + 1" is a load, an addition and a store.  If a second thread
 * loads between the load and the store of the first, both store the same number:
 * one update is lost.  Here a barrier between load and store makes that happen in
 * each round, and then the threads run freely, until it has happened by chance: on
 * two CPUs that is a matter of microseconds, on one it takes a preemption at the
 * wrong instruction.  A lock around all three steps ends it, and so does one atomic
 * instruction.
 *
 * Processes do not have this bug as long as they share nothing: the first write
 * of each copies the page with the counter.  But then there is no sum, either, and
 * the parent still reads its own 0.  In memory that they share on purpose they
 * race as threads do: it is the sharing that matters, not the kind of task.
 */
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define MAX_TASKS	16
/* How long threads that run freely count, and how often at most until one loses. */
#define FREE_NS		20e6
#define FREE_TRIES	100

static unsigned long rounds = 50, tasks = 2;

static const struct setting settings[] = {
	{ "rounds", &rounds, 1, 100000, "increments of each" },
	{ "tasks", &tasks, 2, MAX_TASKS, "threads, or processes" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "in-turn", "a thread begins when the one before it has ended" },
	{ "lock", "nobody takes the lock" },
	{ "atomic", "the atomic increment is a load and a store" },
	{ "shared-variable", "the variable of the processes' own is in shared memory" },
	{ "own-variable", "the shared variable of the processes is in private memory" },
	{ NULL }
};

static unsigned long counter;
static pthread_barrier_t barrier;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool in_turn, unlocked, atomic;
static unsigned long made[MAX_TASKS];		/* updates, by each thread */

/* One instruction each, which the compiler neither drops nor joins with others. */
#define load(from)		__atomic_load_n(from, __ATOMIC_RELAXED)
#define store(to, value)	__atomic_store_n(to, value, __ATOMIC_RELAXED)

static void meet(pthread_barrier_t *at)
{
	if (!in_turn)
		pthread_barrier_wait(at);
}

/* Nobody stores before all have loaded, or loads before all have stored. */
static void count_in_step(unsigned long *at, pthread_barrier_t *step)
{
	unsigned long i, value;

	for (i = 0; i < rounds; i++) {
		value = load(at);
		meet(step);
		store(at, value + 1);
		meet(step);
	}
}

static void *step_thread(void *number)
{
	count_in_step(&counter, &barrier);
	made[(intptr_t)number] = rounds;
	return NULL;
}

static void count_1000(void)
{
	int i;

	for (i = 0; i < 1000; i++)
		if (atomic)
			__atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);
		else
			store(&counter, load(&counter) + 1);
}

/* Long enough for all of them to run at the same time, or to be preempted. */
static void *free_thread(void *number)
{
	unsigned long n = 0;
	double end;

	meet(&barrier);
	for (end = now_ns() + FREE_NS; now_ns() < end; n += 1000)
		count_1000();
	made[(intptr_t)number] = n;
	return NULL;
}

/* Time enough between load and store for everybody who is not kept out. */
static void *lock_thread(void *number)
{
	const struct timespec window = { .tv_nsec = 50000 };
	unsigned long i, value;

	for (i = 0; i < rounds; i++) {
		if (!unlocked)
			pthread_mutex_lock(&lock);
		value = load(&counter);
		nanosleep(&window, NULL);
		store(&counter, value + 1);
		if (!unlocked)
			pthread_mutex_unlock(&lock);
	}
	made[(intptr_t)number] = rounds;
	return NULL;
}

/* Updates of all threads that are lost. */
static unsigned long lost(void *(*thread)(void *number))
{
	unsigned long i, sum = 0;

	store(&counter, 0);
	barrier_init(&barrier, tasks);
	if (!in_turn)
		threads_run(thread, tasks);
	for (i = 0; i < tasks; i++) {
		if (in_turn)
			thread_join(thread_start(thread, (void *)i));
		sum += made[i];
	}
	return sum - load(&counter);
}

/* The same, again and again until one is. */
static unsigned long lost_at_last(void *(*thread)(void *number))
{
	unsigned long n = 0;
	int i;

	for (i = 0; i < FREE_TRIES && !n; i++)
		n = lost(thread);
	return n;
}

/* What the processes share. */
static struct shared {
	pthread_barrier_t step;
	unsigned long counter;
	unsigned long seen;		/* by each process at its end, all together */
} *shared;

static unsigned long *own, *common;

static void own_child(const struct child *self)
{
	unsigned long i;

	child_hear(self);
	for (i = 0; i < rounds; i++)
		store(own, load(own) + 1);
	__atomic_fetch_add(&shared->seen, load(own), __ATOMIC_RELAXED);
	child_tell(self);
	child_hear(self);
}

static void common_child(const struct child *self)
{
	child_hear(self);
	count_in_step(common, &shared->step);
	child_tell(self);
	child_hear(self);
}

/* Pages that children copy which run at the same time. */
static unsigned long long run_children(void (*run)(const struct child *self))
{
	struct child children[MAX_TASKS];
	unsigned long long copied = 0;
	unsigned long number;

	for (number = 0; number < tasks; number++) {
		children[number] = fork_child(run);
		copied -= tally(children[number].pid, PCSTATS_copied);
	}
	for (number = 0; number < tasks; number++)
		child_tell(&children[number]);
	for (number = 0; number < tasks; number++)
		if (!child_hear(&children[number]))
			die("a process died");
	for (number = 0; number < tasks; number++) {
		copied += tally(children[number].pid, PCSTATS_copied);
		child_tell(&children[number]);
		reap(children[number].pid);
	}
	return copied;
}

static struct {
	int step, made, copied, free, locked, atomic, sum, parent, pages, common;
} row;

static void predict(void)
{
	part("threads that count in one variable lose updates");
	row.step = expect(rounds * (tasks - 1), "updates",
			  "lost of %lu, all %lu threads load before one stores",
			  rounds * tasks, tasks);
	row.made = expect(tasks, "threads", "made for it");
	row.copied = expect(0, "pages", "copied by them");
	part("threads do so by chance, too");
	row.free = expect_between(1, INFINITY, "updates", "lost when they run freely");
	part("none is lost under a lock, or by an atomic instruction");
	row.locked = expect(0, "updates", "lost of %lu under a lock", rounds * tasks);
	row.atomic = expect(0, "updates", "lost of atomic ones, running freely");
	part("processes with a variable of their own do not race");
	row.sum = expect(rounds * tasks, "updates", "seen by %lu processes together",
			 tasks);
	row.parent = expect(0, "updates", "seen by their parent");
	row.pages = expect(tasks, "pages", "copied, one by each");
	part("processes that share the variable do not race");
	row.common = expect(rounds * (tasks - 1), "updates", "lost of %lu in shared memory",
			    rounds * tasks);
	against(row.common);
}

static void run_threads(void)
{
	unsigned long long threads = job_tally(PCSTATS_threads);
	unsigned long long copied = job_tally(PCSTATS_copied);
	unsigned long n;

	doing("%lu threads count in step", tasks);
	measured(row.step, lost(step_thread));
	measured(row.made, job_tally(PCSTATS_threads) - threads);
	measured(row.copied, job_tally(PCSTATS_copied) - copied);
	doing("they run freely");
	n = lost_at_last(free_thread);
	if (n)
		measured(row.free, n);
	else
		unjudged(row.free, "none in %d tries, on %ld CPUs", FREE_TRIES,
			 sysconf(_SC_NPROCESSORS_ONLN));
	in_turn = false;
	doing("they take a lock");
	measured(row.locked, lost(lock_thread));
	doing("they count by an atomic instruction");
	atomic = !broken("atomic");
	measured(row.atomic, atomic ? lost(free_thread) : lost_at_last(free_thread));
}

static void run(void)
{
	in_turn = broken("in-turn");
	unlocked = broken("lock");
	predict();
	run_threads();
	shared = shared_memory(sizeof(*shared));
	own = broken("shared-variable") ? &shared->counter : (void *)region(1);
	store(own, 0);
	doing("%lu processes count, each for itself", tasks);
	measured(row.pages, run_children(own_child));
	measured(row.sum, load(&shared->seen));
	measured(row.parent, load(own));
	common = broken("own-variable") ? own : &shared->counter;
	store(common, 0);
	barrier_init(&shared->step, tasks);
	doing("%lu processes count in memory that they share", tasks);
	run_children(common_child);
	measured(row.common, rounds * tasks - load(common));
}

static const char *const next[] = {
	"C11, 5.1.2.4: data races; pthread_mutex_lock(3), futex(7), nptl/pthread_mutex_lock.c",
	"mm/memory.c: do_wp_page() makes a private variable one's own; mmap(2), MAP_SHARED",
	"pcstats lab atomicity: why atomic variables are not enough",
	NULL
};

const struct lab lab_race = {
	.name = "race",
	.claim = "without a lock threads lose updates of a shared variable, processes do not",
	.prediction = "To count is to load, add and store. Who loads before the other has stored "
		"takes an update back: one of two, in each round that is arranged so, none under a "
		"lock or by an atomic instruction. Processes copy the page with the counter when "
		"they first write, so each sees its own count and their parent 0; in shared memory "
		"they lose what threads lose.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
