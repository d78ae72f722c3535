// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread of the highest priority waits for one of middle priority.
 *
 * Three threads of the class SCHED_FIFO, on one CPU: there, of all that can run, the
 * one of the highest priority does.  The low one holds a lock, the high one waits for
 * it.  Now the middle one wants to run.  It has nothing to do with the lock, but it
 * comes before the low one, which therefore does not get to the end of its critical
 * section; so the high one waits for all that the middle one has to do.  This is
 * priority inversion; it reset the Mars Pathfinder again and again.
 *
 * A mutex with priority inheritance is a futex that the kernel locks by an rt_mutex:
 * who holds it gets the priority of the first one who waits for it, until it unlocks.
 * Then the high one waits for the critical section and no longer.  A mutex with a
 * ceiling gives its holder that priority at once.
 *
 * What counts here is not time but order: how much the middle one had done when the
 * high one got the lock, and who was ready first.  A conductor of still higher
 * priority on the same CPU starts the two when the low one holds the lock; so all is
 * as certain as SCHED_FIFO is.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>

#include "lab.h"
#include "threads.h"

static unsigned long work = 50, critical = 5;

static const struct setting settings[] = {
	{ "work", &work, 1, 1000, "units of work of the middle thread" },
	{ "critical", &critical, 0, 1000, "units of work of the low one, under the lock" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "equal", "all three have the same priority" },
	{ "no-lock", "high and low take no lock where they shall wait for each other" },
	{ "no-inheritance", "the mutex that inherits priorities does not" },
	{ "no-ceiling", "the mutex with a ceiling has none" },
	{ NULL }
};

/* Small ones: RLIMIT_RTPRIO may allow no others. */
enum priority { LOW = 1, MIDDLE, HIGH, CONDUCTOR };

static struct actor {
	sem_t start;
	int place;			/* in the order in which they are ready */
} actors[CONDUCTOR];

static pthread_mutex_t lock;
static sem_t held;
static bool locking;
static int nr_ready, low_priority;
static unsigned long done, done_before_high;	/* units of the middle one */

static void unit(void)
{
	int i;

	for (i = 0; i < 200000; i++)
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static int set_priority(int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	return pthread_setschedparam(pthread_self(), priority ? SCHED_FIFO : SCHED_OTHER,
				     &param);
}

/* What the scheduler goes by: field 18 is -1 less that of SCHED_FIFO. */
static int own_priority(void)
{
	FILE *file = fopen("/proc/thread-self/stat", "re");
	int priority;

	/* The command's name has no blank and no parenthesis. */
	if (!file || fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u "
			    "%*u %*d %*d %d", &priority) != 1)
		die("/proc/thread-self/stat");
	fclose(file);
	return -1 - priority;
}

static void take(void)
{
	if (locking)
		pthread_mutex_lock(&lock);
}

static void give(void)
{
	if (locking)
		pthread_mutex_unlock(&lock);
}

static struct actor *enter(int who)
{
	struct actor *actor = &actors[who];

	if (set_priority(broken("equal") ? LOW : who))
		die("SCHED_FIFO");
	sem_wait(&actor->start);
	return actor;
}

static void ready(struct actor *actor)
{
	actor->place = __atomic_add_fetch(&nr_ready, 1, __ATOMIC_SEQ_CST);
}

static void *low(void *unused)
{
	struct actor *self = enter(LOW);
	unsigned long i;

	take();
	/* Now the conductor starts the others, and they run before this goes on. */
	sem_post(&held);
	for (i = 0; i < critical; i++)
		unit();
	low_priority = own_priority();
	give();
	ready(self);
	return unused;
}

static void *middle(void *unused)
{
	struct actor *self = enter(MIDDLE);

	while (__atomic_load_n(&done, __ATOMIC_SEQ_CST) < work) {
		unit();
		__atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
	}
	ready(self);
	return unused;
}

static void *high(void *unused)
{
	struct actor *self = enter(HIGH);

	take();
	done_before_high = __atomic_load_n(&done, __ATOMIC_SEQ_CST);
	give();
	ready(self);
	return unused;
}

static void init(int protocol)
{
	pthread_mutexattr_t attr;
	int i;

	pthread_mutexattr_init(&attr);
	errno = pthread_mutexattr_setprotocol(&attr, protocol);
	if (!errno && protocol == PTHREAD_PRIO_PROTECT)
		errno = pthread_mutexattr_setprioceiling(&attr, HIGH);
	if (!errno)
		errno = pthread_mutex_init(&lock, &attr);
	if (errno)
		die("pthread_mutex_init");
	pthread_mutexattr_destroy(&attr);
	for (i = LOW; i <= HIGH; i++)
		sem_init(&actors[i].start, 0, 0);
	sem_init(&held, 0, 0);
	done = nr_ready = 0;
}

/*
 * The threads begin with the conductor's priority, as it waits: each sets its own, and
 * when the low one runs the others wait to be started.
 */
static void conduct(int protocol, bool with_lock)
{
	pthread_t threads[3];
	int i;

	init(protocol);
	locking = with_lock;
	if (set_priority(CONDUCTOR))
		die("SCHED_FIFO");
	threads[0] = thread_start(low, NULL);
	threads[1] = thread_start(middle, NULL);
	threads[2] = thread_start(high, NULL);
	sem_post(&actors[LOW].start);
	sem_wait(&held);
	sem_post(&actors[HIGH].start);
	sem_post(&actors[MIDDLE].start);
	for (i = 0; i < 3; i++)
		thread_join(threads[i]);
	set_priority(0);
}

struct rows {
	int units, place, priority;
};

static struct rows predict(unsigned long units, int place, int priority)
{
	struct rows rows;

	rows.units = expect(units, "units", "of work of middle, before high got the lock");
	rows.place = expect(place, "", "place of high, of 3");
	/* No row where it stays what it was: that speaks for nothing. */
	rows.priority = -1;
	if (priority != LOW)
		rows.priority = expect(priority, "", "priority of low under the lock");
	return rows;
}

static void measure(struct rows rows)
{
	measured(rows.units, done_before_high);
	measured(rows.place, actors[HIGH].place);
	if (rows.priority >= 0)
		measured(rows.priority, low_priority);
}

static void run(void)
{
	struct rows plain, inherited, ceiling;
	int places[CONDUCTOR];

	part("threads that share no lock run by priority");
	places[HIGH] = expect(1, "", "place of high, of 3");
	places[MIDDLE] = expect(2, "", "place of middle");
	places[LOW] = expect(3, "", "place of low");
	part("they do so if low holds a lock that high waits for");
	plain = predict(work, 2, LOW);
	against(plain.units);
	against(plain.place);
	part("they do so if low inherits the priority of high");
	inherited = predict(0, 1, HIGH);
	part("they do so if the lock gives low the priority of high");
	ceiling = predict(0, 1, HIGH);

	if (set_priority(CONDUCTOR))
		skip("SCHED_FIFO needs CAP_SYS_NICE, or RLIMIT_RTPRIO of %d", CONDUCTOR);
	set_priority(0);
	pin();
	doing("three threads of SCHED_FIFO, no lock");
	conduct(PTHREAD_PRIO_NONE, false);
	measured(places[HIGH], actors[HIGH].place);
	measured(places[MIDDLE], actors[MIDDLE].place);
	measured(places[LOW], actors[LOW].place);
	doing("a mutex");
	conduct(PTHREAD_PRIO_NONE, !broken("no-lock"));
	measure(plain);
	doing("a mutex that inherits priorities");
	conduct(broken("no-inheritance") ? PTHREAD_PRIO_NONE : PTHREAD_PRIO_INHERIT, true);
	measure(inherited);
	doing("a mutex with a ceiling");
	conduct(broken("no-ceiling") ? PTHREAD_PRIO_NONE : PTHREAD_PRIO_PROTECT, true);
	measure(ceiling);
}

static const char *const next[] = {
	"kernel/futex/pi.c: futex_lock_pi(); kernel/locking/rtmutex.c: rt_mutex_adjust_prio_chain()",
	"kernel/sched/core.c: rt_mutex_setprio(); rt.c: pick_task_rt()",
	"pthread_mutexattr_setprotocol(3), sched(7), futex(2): FUTEX_LOCK_PI",
	"Documentation/locking/pi-futex.rst and rt-mutex-design.rst",
	NULL
};

const struct lab lab_inversion = {
	.name = "inversion",
	.claim = "the thread of the highest priority always runs first",
	.prediction = "Not if it waits for a lock that a low one holds: the middle one comes before "
		"the low one, and does all its work before the high one gets the lock. If the low "
		"one inherits the priority of who waits for it, or gets it by the lock, the middle "
		"one has done nothing by then.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
