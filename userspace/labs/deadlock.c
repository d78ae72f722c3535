// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each holds what the next one waits for, and all wait for ever.
 *
 * Thread i takes lock i and then that of its neighbour, the last one that of the
 * first: the dining philosophers; with two threads, two locks in opposite order.
 * A barrier after the first lock makes the deadlock certain.  All sleep in
 * futex_wait() then, use no CPU time, and are woken by nobody.  To the kernel that
 * is nothing unusual: who holds a lock is only a number in the memory of the program.
 * From outside it can be found: /proc/PID/task/TID/syscall has the address at which
 * each thread waits, the mutex there the owner that glibc has stored, and owners and
 * waiters make a cycle.  Only the end of the process ends it.
 *
 * With a futex that inherits priorities (FUTEX_LOCK_PI) the kernel has to know the
 * owner, to boost it.  It follows the chain of owners, and who would close the cycle
 * gets EDEADLK.  (pthread_mutex_lock() of such a mutex hides that: it sleeps for
 * ever, as POSIX has it.)  A limit on one wait ends a deadlock; an order of all locks
 * that everybody keeps prevents it.
 *
 * One lock is enough if its holder is killed.  A robust mutex tells the next one so
 * (EOWNERDEAD): at its exit a thread's list of these is walked by the kernel.
 */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define MAX_THREADS	16
#define LIMIT_MS	100		/* of a wait */
#define PATIENCE_MS	5000		/* with threads that may not end */

static unsigned long threads = 2;

static const struct setting settings[] = {
	{ "threads", &threads, 2, MAX_THREADS, "threads, and as many locks" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "ordered", "the locks that shall make a cycle are taken in one order" },
	{ "no-inheritance", "the futexes do not inherit priorities" },
	{ "opposite", "the order that prevents it is not kept" },
	{ "no-limit", "no wait has a limit" },
	{ "unlocked", "who is killed has unlocked before" },
	{ "not-robust", "the robust mutex is an ordinary one" },
	{ NULL }
};

enum kind { OPPOSITE, INHERITING, ORDERED, LIMITED };

/* Of all processes. */
static struct table {
	enum kind kind;
	pthread_mutex_t locks[MAX_THREADS];
	unsigned int words[MAX_THREADS];	/* the futexes that inherit */
	pthread_barrier_t all_hold_one;
	pid_t tids[MAX_THREADS];
	unsigned long finished, timed_out, told;
} *table;

static void init_lock(pthread_mutex_t *lock, int robust)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, robust);
	errno = pthread_mutex_init(lock, &attr);
	if (errno)
		die("pthread_mutex_init");
	pthread_mutexattr_destroy(&attr);
}

static void count(unsigned long *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_SEQ_CST);
}

static int lock_limited(pthread_mutex_t *lock)
{
	struct timespec end = in_ms(LIMIT_MS);

	return pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &end);
}

static void by_mutex(unsigned long first, unsigned long second, bool limited)
{
	pthread_mutex_t *locks = table->locks;

	pthread_mutex_lock(&locks[first]);
	/* If there is an order not all can hold one; time for those who can. */
	if (table->kind == ORDERED)
		sleep_ms(20);
	else
		pthread_barrier_wait(&table->all_hold_one);
	if (limited && lock_limited(&locks[second])) {
		count(&table->timed_out);
	} else {
		if (!limited)
			pthread_mutex_lock(&locks[second]);
		pthread_mutex_unlock(&locks[second]);
		count(&table->finished);
	}
	pthread_mutex_unlock(&locks[first]);
}

static bool lock_word(unsigned long i)
{
	return !syscall(SYS_futex, &table->words[i], FUTEX_LOCK_PI, 0, NULL);
}

static void unlock_word(unsigned long i)
{
	if (syscall(SYS_futex, &table->words[i], FUTEX_UNLOCK_PI))
		die("futex(FUTEX_UNLOCK_PI)");
}

/* Thread 0 closes the cycle; two at the same time may both be told. */
static void by_word(unsigned long first, unsigned long second)
{
	unsigned long i;

	if (!lock_word(first))
		die("futex(FUTEX_LOCK_PI)");
	pthread_barrier_wait(&table->all_hold_one);
	for (i = 1; !first && i < threads; i++)
		until_in_futex(getpid(), table->tids[i], &table->words[(i + 1) % threads]);
	if (lock_word(second)) {
		unlock_word(second);
		count(&table->finished);
	} else if (errno == EDEADLK) {
		count(&table->told);
	}
	unlock_word(first);
}

static void *thread(void *number)
{
	unsigned long i = (uintptr_t)number, next = (i + 1) % threads;

	table->tids[i] = gettid();
	if (table->kind == INHERITING)
		by_word(i, next);
	else if (table->kind == ORDERED && next < i)
		by_mutex(next, i, false);
	else
		by_mutex(i, next, table->kind == LIMITED && !i && !broken("no-limit"));
	return NULL;
}

static void diners(const struct child *self)
{
	child_hear(self);
	threads_run(thread, threads);
	child_tell(self);
	child_hear(self);
}

static struct child start(enum kind kind)
{
	struct child child;
	unsigned long i;

	memset(table, 0, sizeof(*table));
	table->kind = kind;
	for (i = 0; i < threads; i++)
		init_lock(&table->locks[i], PTHREAD_MUTEX_STALLED);
	barrier_init(&table->all_hold_one, threads);
	child = fork_child(diners);
	child_tell(&child);
	return child;
}

static void end(const struct child *child)
{
	if (kill(child->pid, SIGKILL) || waitpid(child->pid, NULL, 0) != child->pid)
		die("the end of %d", child->pid);
}

/* Let them finish, if they can. */
static void run_to_end(enum kind kind)
{
	struct child child = start(kind);
	struct pollfd done = { .fd = child.in, .events = POLLIN };

	poll(&done, 1, PATIENCE_MS);
	end(&child);
}

/* The lock for which thread @i sleeps; @threads: none. */
static unsigned long waits_for(pid_t pid, unsigned long i)
{
	unsigned long address, lock = threads;
	struct pcstats_task task;

	if (!table->tids[i] || !in_futex(pid, table->tids[i], &address) ||
	    !find_live(table->tids[i], &task) || task.state.letter != 'S')
		return lock;
	for (lock = 0; lock < threads; lock++)
		if (address == (unsigned long)&table->locks[lock])
			break;
	return lock;
}

static unsigned long nr_waiting(pid_t pid)
{
	unsigned long i, n = 0;

	for (i = 0; i < threads; i++)
		n += waits_for(pid, i) < threads;
	return n;
}

/* How many threads wait for one another, the last one for thread 0. */
static unsigned long cycle(pid_t pid)
{
	unsigned long i = 0, lock, n;

	for (n = 1; n <= threads; n++) {
		lock = waits_for(pid, i);
		if (lock == threads)
			return 0;
		for (i = 0; i < threads; i++)
			if (table->tids[i] == table->locks[lock].__data.__owner)
				break;
		if (i == threads)
			return 0;
		if (!i)
			return n;
	}
	return 0;
}

/* Nanoseconds of CPU time of all threads. */
static double cpu_time(pid_t pid)
{
	struct timespec time;
	clockid_t clock;

	errno = clock_getcpuclockid(pid, &clock);
	if (errno || clock_gettime(clock, &time))
		die("the CPU time of %d", pid);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static struct {
	int waiting, cycle, time, finished, signal, told, others;
	int ordered, limited, went_on, stays, dead, again;
} row;

static void predict(void)
{
	part("locks taken in opposite order block all threads for ever");
	row.waiting = expect(threads, "threads", "asleep in futex(2), state S");
	row.cycle = expect(threads, "threads", "wait for the owner, one for the next, in a cycle");
	row.time = expect(0, "ns", "of CPU time used by them in %d ms", LIMIT_MS);
	row.finished = expect(0, "threads", "got both locks");
	row.signal = expect(SIGKILL, "", "signal that ended them");
	part("the kernel never notices");
	row.told = expect(1, "threads", "told EDEADLK by a futex that inherits priorities");
	against(row.told);
	row.others = expect(threads - 1, "threads", "went on when that one gave up");
	against(row.others);
	part("an order of all locks prevents it");
	row.ordered = expect(threads, "threads", "got both locks, in that order");
	part("a limit on one wait ends it");
	row.limited = expect(1, "threads", "gave up at the limit");
	row.went_on = expect(threads - 1, "threads", "got both locks then");
	part("the lock of a process that is killed stays locked");
	row.stays = expect(1, "waits", "in vain, up to their limit");
	part("nobody learns that its holder is dead");
	row.dead = expect(1, "waits", "for a robust one that ended with EOWNERDEAD");
	against(row.dead);
	row.again = expect(1, "waits", "that got it after pthread_mutex_consistent()");
	against(row.again);
}

static void look_at_deadlock(void)
{
	struct child child = start(broken("ordered") ? ORDERED : OPPOSITE);
	double limit = now_ns() + PATIENCE_MS * 1e6, time;

	while (nr_waiting(child.pid) < threads && now_ns() < limit)
		sleep_ms(1);
	time = cpu_time(child.pid);
	sleep_ms(LIMIT_MS);
	measured(row.time, cpu_time(child.pid) - time);
	measured(row.waiting, nr_waiting(child.pid));
	measured(row.cycle, cycle(child.pid));
	measured(row.finished, table->finished);
	end(&child);
	measured(row.signal, task_row(child.pid).state.signal);
}

static void holder(const struct child *self)
{
	pthread_mutex_lock(&table->locks[0]);
	if (broken("unlocked"))
		pthread_mutex_unlock(&table->locks[0]);
	child_tell(self);
	child_hear(self);
}

/* What becomes of a lock whose holder is killed; @again: when it is mended. */
static int outlive(int robust, int *again)
{
	pthread_mutex_t *lock = &table->locks[0];
	struct child child;
	int error;

	init_lock(lock, robust);
	child = fork_child(holder);
	child_hear(&child);
	end(&child);
	error = lock_limited(lock);
	if (error == EOWNERDEAD)
		pthread_mutex_consistent(lock);
	if (error != ETIMEDOUT)
		pthread_mutex_unlock(lock);
	*again = lock_limited(lock);
	return error;
}

static void run(void)
{
	int again;

	predict();
	table = shared_memory(sizeof(*table));
	doing("%lu threads take %lu locks in a circle", threads, threads);
	look_at_deadlock();
	doing("the same with futexes that inherit priorities");
	run_to_end(broken("no-inheritance") ? OPPOSITE : INHERITING);
	measured(row.told, table->told);
	measured(row.others, table->finished);
	doing("the same locks in one order");
	run_to_end(broken("opposite") ? OPPOSITE : ORDERED);
	measured(row.ordered, table->finished);
	doing("one of them waits for %d ms only", LIMIT_MS);
	run_to_end(LIMITED);
	measured(row.limited, table->timed_out);
	measured(row.went_on, table->finished);
	doing("a process is killed that holds a lock");
	measured(row.stays, outlive(PTHREAD_MUTEX_STALLED, &again) == ETIMEDOUT);
	measured(row.dead, outlive(broken("not-robust") ? PTHREAD_MUTEX_STALLED :
							  PTHREAD_MUTEX_ROBUST, &again) == EOWNERDEAD);
	measured(row.again, !again);
}

static const char *const next[] = {
	"kernel/futex/waitwake.c: futex_wait(); core.c: exit_robust_list()",
	"kernel/locking/rtmutex.c: rt_mutex_adjust_prio_chain(), \"deadlock detection\"",
	"pthread_mutex_timedlock(3), pthread_mutexattr_setrobust(3), get_robust_list(2), futex(2)",
	"Documentation/locking/lockdep-design.rst: how the kernel checks its own order of locks",
	NULL
};

const struct lab lab_deadlock = {
	.name = "deadlock",
	.claim = "threads that take locks in opposite order wait for ever, and nobody notices",
	.prediction = "When each holds one lock and waits for the next one's, all sleep in futex(2), "
		"use no CPU time, and only killing them helps. The kernel sees the cycle only if it "
		"has to know the owners, to let them inherit priorities: one gets EDEADLK. An order "
		"of all locks prevents it, a limit ends it. A robust lock tells that its owner died.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
