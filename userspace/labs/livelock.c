// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two who meet in a corridor, and step aside to the same side, again and again.
 *
 * Each of two threads takes its own lock and tries to take the other's; does that
 * fail, it gives back its own and begins again.  Nobody ever waits for a lock, so
 * there is no deadlock.  But if both go in step, as a barrier makes them here, each
 * finds the other's lock taken each time: they run, state R, they use all the CPU
 * time that they get, and nothing comes of it.  That is a livelock, and tells it from
 * a deadlock, whose threads sleep.
 *
 * It ends as soon as the two are not alike any more: if each waits for a random
 * time before it tries again, as Ethernet does, or if one of them does not give way.
 * The barrier spins: one that sleeps would hide what is to be seen.  It hands the
 * CPU on by sched_yield(), so that one CPU is enough.  The lab uses one only: in a
 * virtual machine on a busy host two CPUs seldom run at the same time.
 */
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define LOOKS		5
#define WARM_UP		100		/* rounds until they are looked at */
#define LIMIT_NS	60e9		/* for what ends if all goes well */

static unsigned long rounds = 500, work = 20;

static const struct setting settings[] = {
	{ "rounds", &rounds, WARM_UP, 10000000, "in step, at least" },
	{ "work", &work, 1, 100000, "times that each is to get both locks" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "out-of-step", "one tries when the other has given back its lock" },
	{ "sleep", "a thread that goes in step and has failed sleeps" },
	{ "no-chance", "no wait is random, all go in step" },
	{ "polite", "the one that does not give way does, in step" },
	{ NULL }
};

static pthread_mutex_t locks[2] = {
	PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER
};
static unsigned long passed[2];			/* meetings */
static unsigned long got_both, failed;
static pid_t tids[2];
static long slept;				/* voluntary context switches */
static bool stop, ending, out_of_step, sleepy, stubborn;

static void count(unsigned long *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_SEQ_CST);
}

static unsigned long load(const unsigned long *from)
{
	return __atomic_load_n(from, __ATOMIC_SEQ_CST);
}

static bool is_set(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_SEQ_CST);
}

static void set(bool *flag, bool value)
{
	__atomic_store_n(flag, value, __ATOMIC_SEQ_CST);
}

static void meet(int me)
{
	unsigned int spins = 0;

	count(&passed[me]);
	while (load(&passed[1 - me]) < passed[me])
		if (++spins % 100 == 0)
			sched_yield();
}

/* Take one's own lock and try the other; give way if that fails, unless @stay. */
static bool try_both(int me, bool in_step, bool stay)
{
	pthread_mutex_t *own = &locks[me], *other = &locks[1 - me];
	bool got;

	pthread_mutex_lock(own);
	if (in_step)
		meet(me);
	got = !pthread_mutex_trylock(other);
	if (in_step)
		meet(me);
	if (!got && stay)
		got = !pthread_mutex_lock(other);
	if (got)
		pthread_mutex_unlock(other);
	pthread_mutex_unlock(own);
	count(got ? &got_both : &failed);
	return got;
}

static void pause_us(unsigned int us)
{
	const struct timespec time = { .tv_nsec = us * 1000L };

	nanosleep(&time, NULL);
}

static void one_round(int me)
{
	int turn;

	if (!out_of_step) {
		if (!try_both(me, true, false) && sleepy)
			pause_us(100);
		meet(me);
		return;
	}
	for (turn = 0; turn < 2; turn++) {
		if (turn == me)
			try_both(me, false, false);
		meet(me);
	}
}

static long own_sleeps(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		die("getrusage");
	return usage.ru_nvcsw;
}

static void *step_thread(void *number)
{
	int me = (intptr_t)number;
	unsigned long round;
	long before = 0;

	tids[me] = gettid();
	for (round = 0; !is_set(&ending); round++) {
		if (round == WARM_UP)
			before = own_sleeps();
		one_round(me);
		/* Both have to see it at the same meeting. */
		if (!me)
			set(&ending, is_set(&stop));
		meet(me);
	}
	__atomic_fetch_add(&slept, own_sleeps() - before, __ATOMIC_SEQ_CST);
	return NULL;
}

/* The first try for each piece of work is in step, so that both meet. */
static void *work_thread(void *number)
{
	double limit = now_ns() + LIMIT_NS;
	int me = (intptr_t)number;
	unsigned int seed = me + 1;
	bool stay = stubborn && !me;
	unsigned long i;

	for (i = 0; i < work; i++) {
		bool got;

		/* Who is done first must not hold a lock while it waits here. */
		meet(me);
		got = try_both(me, true, stay);
		while (!got && now_ns() < limit) {
			pause_us(rand_r(&seed) % 200);
			got = try_both(me, false, stay);
		}
	}
	return NULL;
}

/* How often a thread was found running, of all looks at both. */
static int look(void)
{
	int i, n = 0;

	for (i = 0; i < 2 * LOOKS; i++)
		n += task_row(tids[i % 2]).state.letter == 'R';
	return n;
}

static int run_in_step(void)
{
	double limit = now_ns() + LIMIT_NS;
	pthread_t threads[2];
	int i, running = -1;

	got_both = failed = 0;
	stop = ending = false;
	for (i = 0; i < 2; i++)
		threads[i] = thread_start(step_thread, (void *)(intptr_t)i);
	while (load(&got_both) + load(&failed) < 2 * rounds && now_ns() < limit) {
		sleep_ms(1);
		if (running < 0 && load(&got_both) + load(&failed) > 2 * WARM_UP)
			running = look();
	}
	set(&stop, true);
	for (i = 0; i < 2; i++)
		thread_join(threads[i]);
	return running;
}

/* How often both locks were got, by both. */
static unsigned long run_work(bool in_step)
{
	got_both = failed = 0;
	if (in_step)
		run_in_step();
	else
		threads_run(work_thread, 2);
	return got_both;
}

static void run(void)
{
	int nothing, all, running, sleeps, random, one;

	part("threads that give way in step never get on");
	nothing = expect(0, "times", "that one got both locks");
	all = expect(100, "%", "of at least %lu attempts failed", 2 * rounds);
	part("they run all the time");
	running = expect(2 * LOOKS, "times", "in state R, of %d looks at them", 2 * LOOKS);
	sleeps = expect(0, "times", "that they slept");
	part("who waits for a random time gets on");
	random = expect(2 * work, "times", "that one got both locks, of %lu that it wanted them",
			2 * work);
	part("it is enough if one of them does not give way");
	one = expect(2 * work, "times", "that one got both locks, of %lu that it wanted them",
		     2 * work);

	pin();
	out_of_step = broken("out-of-step");
	sleepy = broken("sleep");
	doing("two threads give way to each other in step");
	measured(running, run_in_step());
	measured(nothing, got_both);
	measured(all, 100.0 * failed / (failed + got_both));
	measured(sleeps, slept);
	out_of_step = sleepy = false;
	doing("they wait for a random time");
	measured(random, run_work(broken("no-chance")));
	stubborn = true;
	doing("one of them does not give way");
	measured(one, run_work(broken("polite")));
}

static const char *const next[] = {
	"pthread_mutex_trylock(3), sched_yield(2), getrusage(2): ru_nvcsw",
	"kernel/locking/ww_mutex.h: who came first stays, who came later gives way (wait/wound)",
	"pcstats lab deadlock: the same two locks, waited for",
	NULL
};

const struct lab lab_livelock = {
	.name = "livelock",
	.claim = "threads that give way to each other can run for ever and never get on",
	.prediction = "Each holds its own lock when it tries the other's, so each fails, in every "
		"round that they do in step. They run, state R, and never sleep, unlike threads in "
		"a deadlock. A random wait takes them out of step; so does one that stays.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
