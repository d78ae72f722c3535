// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each access is atomic, and the program is still wrong.
 *
 * "If there is enough money in the account, take it": a check and an act.  Make
 * the balance an atomic variable, and each of the two is indivisible, but not the
 * two together: between them another thread can check, too, and both see money
 * enough for one.  The account is overdrawn.  "If the object does not exist yet,
 * make it" is the same bug: there are two objects.  A barrier between check and act
 * makes that happen each time here; no update is lost, so none of the tools that
 * look for data races has anything to say.
 *
 * What helps is to make check and act one operation: a compare-and-exchange
 * stores only if the value is still the one that was checked, and fails otherwise;
 * exactly one of those who checked the same value gets through.  Or a lock around
 * both, or pthread_once(), which is such a lock.
 */
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "lab.h"
#include "threads.h"

#define MAX_THREADS	16

static unsigned long rounds = 100, threads = 2;

static const struct setting settings[] = {
	{ "rounds", &rounds, 1, 100000, "accounts, and objects" },
	{ "threads", &threads, 2, MAX_THREADS, "that all want the money" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "split", "the atomic addition is a load and a store" },
	{ "in-turn", "the threads check and act one after the other" },
	{ "blind", "what is stored does not depend on what is there" },
	{ "no-lock", "nobody takes the lock" },
	{ "no-once", "each thread makes the object that must be made once" },
	{ NULL }
};

#define PRICE	100

/* Of a round. */
static long balance, added, done;
static long object;
static pthread_once_t once;

static long failed;			/* exchanges */
static pthread_barrier_t step;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool split, in_turn, blind, unlocked, often;

static void add(long *to, long n)
{
	__atomic_fetch_add(to, n, __ATOMIC_SEQ_CST);
}

static long load(const long *from)
{
	return __atomic_load_n(from, __ATOMIC_SEQ_CST);
}

static void meet(void)
{
	pthread_barrier_wait(&step);
}

/* Between check and act: until all have checked. */
static void window(void)
{
	if (!in_turn)
		meet();
}

static void act(void)
{
	add(&balance, -PRICE);
	add(&done, 1);
}

static void just_add(void)
{
	long value = load(&added);

	if (!split) {
		add(&added, 1);
		return;
	}
	window();
	__atomic_store_n(&added, value + 1, __ATOMIC_SEQ_CST);
}

static void check_then_act(void)
{
	bool enough = load(&balance) >= PRICE;

	window();
	if (enough)
		act();
}

static void make_object(void)
{
	__atomic_store_n(&object, 1, __ATOMIC_SEQ_CST);
	add(&done, 1);
}

static void make_if_none(void)
{
	bool none = !load(&object);

	window();
	if (none)
		make_object();
}

static bool exchange(long *value)
{
	if (!blind)
		return __atomic_compare_exchange_n(&balance, value, *value - PRICE, false,
						   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	__atomic_store_n(&balance, *value - PRICE, __ATOMIC_SEQ_CST);
	return true;
}

static void check_and_exchange(void)
{
	long value = load(&balance);

	window();
	while (value >= PRICE) {
		if (exchange(&value)) {
			add(&done, 1);
			return;
		}
		/* Now value is what another one has stored. */
		add(&failed, 1);
	}
}

static void check_and_act_locked(void)
{
	const struct timespec time = { .tv_nsec = 50000 };

	if (!unlocked)
		pthread_mutex_lock(&lock);
	if (load(&balance) >= PRICE) {
		/* For the others to check, if they can. */
		nanosleep(&time, NULL);
		act();
	}
	if (!unlocked)
		pthread_mutex_unlock(&lock);
}

static void make_once(void)
{
	if (often)
		make_object();
	else
		pthread_once(&once, make_object);
}

static void (*what)(void);
static unsigned long lost, surplus;

static void prepare(void)
{
	balance = PRICE;
	added = done = object = 0;
	once = PTHREAD_ONCE_INIT;
}

static void do_in_turn(unsigned long number)
{
	unsigned long i;

	for (i = 0; i < threads; i++) {
		if (i == number)
			what();
		meet();
	}
}

static void *thread(void *number)
{
	unsigned long i;

	for (i = 0; i < rounds; i++) {
		if (!number)
			prepare();
		meet();
		if (in_turn)
			do_in_turn((uintptr_t)number);
		else
			what();
		meet();
		if (number)
			continue;
		lost += threads - added;
		surplus += done - 1;
	}
	return NULL;
}

/* All rounds, in each of which all threads do @it once. */
static void do_rounds(void (*it)(void), const char *saying)
{
	doing("%lu threads %s", threads, saying);
	what = it;
	lost = surplus = failed = 0;
	threads_run(thread, threads);
}

static void run(void)
{
	unsigned long all = rounds * (threads - 1);
	int additions, payments, objects, exchanged, failures, locked, single;

	part("one atomic operation is not interrupted");
	additions = expect(0, "updates", "lost of %lu atomic additions", rounds * threads);
	part("nothing comes between an atomic check and the atomic act after it");
	payments = expect(all, "payments", "too many from %lu accounts with money for one",
			  rounds);
	against(payments);
	objects = expect(all, "objects", "too many: \"if there is none, make it\"");
	against(objects);
	part("a compare-and-exchange makes check and act one operation");
	exchanged = expect(0, "payments", "too many by compare-and-exchange");
	failures = expect(all, "exchanges", "failed: it is not what was checked any more");
	part("under a lock they are one operation, too");
	locked = expect(0, "payments", "too many under a lock");
	single = expect(0, "objects", "too many by pthread_once()");

	split = broken("split");
	blind = broken("blind");
	unlocked = broken("no-lock");
	often = broken("no-once");
	barrier_init(&step, threads);
	do_rounds(just_add, "add to one variable");
	measured(additions, lost);
	in_turn = broken("in-turn");
	do_rounds(check_then_act, "look into an account, then take what is there");
	measured(payments, surplus);
	do_rounds(make_if_none, "make an object if there is none");
	measured(objects, surplus);
	in_turn = false;
	do_rounds(check_and_exchange, "take it by compare-and-exchange");
	measured(exchanged, surplus);
	measured(failures, failed);
	do_rounds(check_and_act_locked, "take it under a lock");
	measured(locked, surplus);
	do_rounds(make_once, "make an object by pthread_once()");
	measured(single, surplus);
}

static const char *const next[] = {
	"C11, 7.17.7.4: atomic_compare_exchange; pthread_once(3), pthread_mutex_lock(3)",
	"kernel: try_cmpxchg() in atomic_add_unless(); refcount_inc_not_zero(): the same, often",
	"pcstats lab race: single accesses that are not atomic; lab ordering: their order",
	NULL
};

const struct lab lab_atomicity = {
	.name = "atomicity",
	.claim = "a program whose every access is atomic has no race",
	.prediction = "One atomic addition is not interrupted. A check and an act are two operations, "
		"however atomic each is: when all have checked before one acts, all act. A "
		"compare-and-exchange fails for all but one of those who checked the same value; a "
		"lock, or pthread_once(), lets the next one check when the act is done.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
