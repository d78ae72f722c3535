// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands first in the program happens first?  For the thread itself, yes.
 *
 * Others may see another order, for two reasons.  The compiler moves accesses: a
 * loop that waits for a plain variable is translated so that it reads it once, before
 * the loop, and waits for ever.  That is certain.  And the processor has a store
 * buffer: what is stored waits there, while loads that come later go on.  Two threads
 * that each store to a variable of their own and then load the other's may both find
 * the old value, which no order of the four accesses allows:
 *
 *	x = 1; a = y;   ||   y = 1; b = x;      a == 0 && b == 0
 *
 * x86 reorders nothing else, arm64 nearly everything.  Whether it is seen in a number
 * of tries is chance; so it is not judged where it is not.
 *
 * A full fence between store and load forbids it, on each machine.  To hand over data
 * less is needed: what is stored before a release is there for who has seen it by an
 * acquire.  Locks contain both, which is why their users need not know any of this.
 */
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define SLOTS	1000
#define LONGER	10		/* as many tries where chance is to show something */
#define WAIT_MS	200

static unsigned long batches = 20;

static const struct setting settings[] = {
	{ "batches", &batches, 1, 100000, "of 1000 tries each" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "atomic-flag", "the variable that the loop waits for is read atomically" },
	{ "load-first", "the loads are done before the stores, as without a fence they may be" },
	{ "flag-first", "what says that data are there is stored before the data" },
	{ NULL }
};

/* A try: no two of its variables share a cache line. */
static struct slot {
	_Alignas(64) unsigned int x;
	_Alignas(64) unsigned int y;
	_Alignas(64) unsigned int got[2];
} slots[SLOTS];

static pthread_barrier_t both_come;
static unsigned long passed[2];			/* meetings */
static unsigned long seen, tried, most;	/* of what must not be; tries */
static void (*what)(int me);
static bool until_seen;

#define load(from)		__atomic_load_n(from, __ATOMIC_RELAXED)
#define store(to, value)	__atomic_store_n(to, value, __ATOMIC_RELAXED)

/* Spins, so that both go on at the same time; one CPU is handed over. */
static void meet(int me)
{
	unsigned long mine = __atomic_add_fetch(&passed[me], 1, __ATOMIC_SEQ_CST);
	unsigned int spins = 0;

	while (__atomic_load_n(&passed[1 - me], __ATOMIC_SEQ_CST) < mine)
		if (++spins % 1000 == 0)
			sched_yield();
}

static void store_then_load(int me)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++) {
		store(me ? &s->y : &s->x, 1);
		s->got[me] = load(me ? &s->x : &s->y);
	}
}

static void store_fence_load(int me)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++) {
		store(me ? &s->y : &s->x, 1);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		s->got[me] = load(me ? &s->x : &s->y);
	}
}

static void load_then_store(int me)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++)
		s->got[me] = load(me ? &s->x : &s->y);
	meet(me);
	for (s = slots; s < slots + SLOTS; s++)
		store(me ? &s->y : &s->x, 1);
}

static bool neither_seen(const struct slot *s)
{
	return !s->got[0] && !s->got[1];
}

/* x is the data, y says that they are there. */
static void await(struct slot *s)
{
	unsigned int spins = 0;

	while (!__atomic_load_n(&s->y, __ATOMIC_ACQUIRE))
		if (++spins % 1000 == 0)
			sched_yield();
	s->got[1] = load(&s->x);
}

static void hand_over(int me)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++) {
		if (me) {
			await(s);
		} else {
			store(&s->x, 1);
			__atomic_store_n(&s->y, 1, __ATOMIC_RELEASE);
		}
	}
}

static void hand_over_flag_first(int me)
{
	struct slot *s;

	for (s = slots; s < slots + SLOTS; s++) {
		if (me)
			await(s);
		else
			store(&s->y, 1);
	}
	meet(me);
	for (s = slots; !me && s < slots + SLOTS; s++)
		store(&s->x, 1);
}

static bool data_missed(const struct slot *s)
{
	return !s->got[1];
}

static bool (*forbidden)(const struct slot *s);

static void evaluate(void)
{
	int i;

	for (i = 0; i < SLOTS; i++)
		seen += forbidden(&slots[i]);
	tried += SLOTS;
}

/* Who is woken by another one would else come to its CPU. */
static void to_own_cpu(int me)
{
	cpu_set_t all, own;
	int cpu, nr = 0;

	if (sched_getaffinity(0, sizeof(all), &all))
		die("sched_getaffinity");
	CPU_ZERO(&own);
	for (cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&own); cpu++)
		if (CPU_ISSET(cpu, &all) && nr++ == me % CPU_COUNT(&all))
			CPU_SET(cpu, &own);
	if (sched_setaffinity(0, sizeof(own), &own))
		die("sched_setaffinity");
}

static void *thread(void *number)
{
	int me = (intptr_t)number;
	bool more = true;

	to_own_cpu(me);
	while (more) {
		if (!me)
			memset(slots, 0, sizeof(slots));
		/* Asleep there until both have come, and awake here. */
		pthread_barrier_wait(&both_come);
		meet(me);
		what(me);
		pthread_barrier_wait(&both_come);
		if (!me)
			evaluate();
		pthread_barrier_wait(&both_come);
		more = load(&tried) < most && !(until_seen && load(&seen));
		/* Both have looked. */
		pthread_barrier_wait(&both_come);
	}
	return NULL;
}

/* How often what must not be is seen in all tries. */
static unsigned long try(void (*both)(int me), bool (*sight)(const struct slot *s))
{
	what = both;
	forbidden = sight;
	seen = tried = 0;
	most = batches * SLOTS * (until_seen ? LONGER : 1);
	barrier_init(&both_come, 2);
	threads_run(thread, 2);
	return seen;
}

/* Nothing that the compiler knows of changes it while the loop runs. */
static bool plain;
static unsigned int waiting, ended;

static void *wait_for_plain(void *unused)
{
	__atomic_store_n(&waiting, 1, __ATOMIC_SEQ_CST);
	if (broken("atomic-flag"))
		while (!__atomic_load_n(&plain, __ATOMIC_SEQ_CST))
			;
	else
		while (!plain)
			;
	__atomic_store_n(&ended, 1, __ATOMIC_SEQ_CST);
	return unused;
}

static unsigned int *result;			/* memory of both processes */

/* With this process the thread ends that waits for ever. */
static void waiter(const struct child *self)
{
	int ms;

	child_hear(self);
	thread_start(wait_for_plain, NULL);
	while (!__atomic_load_n(&waiting, __ATOMIC_SEQ_CST))
		sleep_ms(1);
	sleep_ms(10);
	__atomic_store_n(&plain, true, __ATOMIC_SEQ_CST);
	for (ms = 0; ms < WAIT_MS && !__atomic_load_n(&ended, __ATOMIC_SEQ_CST); ms++)
		sleep_ms(1);
	*result = __atomic_load_n(&ended, __ATOMIC_SEQ_CST);
}

static unsigned int loops_ended(void)
{
	struct child child;

	result = shared_memory(sizeof(*result));
	child = fork_child(waiter);
	child_tell(&child);
	reap(child.pid);
	return *result;
}

static void look_for_store_buffer(int row)
{
	unsigned long n;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		unjudged(row, "there is one CPU, which sees its own order");
		return;
	}
	until_seen = true;
	n = try(store_then_load, neither_seen);
	until_seen = false;
	if (n)
		measured(row, n);
	else
		unjudged(row, "not seen in %lu tries on this machine", tried);
}

static void run(void)
{
	int loop, buffer, fenced, handed;
	unsigned long all = batches * SLOTS;

	part("the compiler keeps the order of the program");
	loop = expect(0, "loops", "ended that waited for a plain variable");
	against(loop);
	part("the processor keeps it");
	buffer = expect_between(1, INFINITY, "tries", "in which both loaded before the stores");
	against(buffer);
	part("a full fence between store and load keeps it");
	fenced = expect(0, "tries", "of %lu in which both loaded before the stores", all);
	part("what is stored before a release is there after the acquire");
	handed = expect(0, "tries", "of %lu in which the data were not there", all);

	doing("a loop waits for a plain variable");
#ifdef __OPTIMIZE__
	measured(loop, loops_ended());
#else
	unjudged(loop, "compiled without optimization");
#endif
	doing("two threads store and load");
	look_for_store_buffer(buffer);
	doing("they do so with a fence in between");
	measured(fenced, try(broken("load-first") ? load_then_store : store_fence_load,
			     neither_seen));
	doing("one hands over data to the other");
	measured(handed, try(broken("flag-first") ? hand_over_flag_first : hand_over,
			     data_missed));
}

static const char *const next[] = {
	"Documentation/memory-barriers.txt; tools/memory-model/litmus-tests/SB+fencembonceonces",
	"include/asm-generic/rwonce.h: READ_ONCE(); asm/barrier.h: smp_mb(), smp_store_release()",
	"C11, 5.1.2.4 and 7.17.3; \"x86-TSO\", Sewell et al., 2010",
	"kernel/sched/core.c: try_to_wake_up(), a store-buffer pattern with its barriers",
	NULL
};

const struct lab lab_ordering = {
	.name = "ordering",
	.claim = "other threads see accesses to memory in the order of the program",
	.prediction = "A loop that waits for a plain variable does not end: the compiler reads it "
		"once. Two threads that store and then load may both miss the other's store, which "
		"waits in a store buffer; with a full fence in between never. Data stored before a "
		"release are there for who has seen it by an acquire, each time.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
