// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for a lock, or for the CPU, gets it in the end?
 *
 * A lock for readers and writers lets in many readers at a time, or one writer.
 * With glibc's default a reader gets in as long as one is there already, even when
 * a writer is waiting.  Two readers are enough then to keep the writer out for ever:
 * each comes before the other one leaves, so that the lock is never free.  No thread
 * does anything wrong, none is blocked for long but the writer, which sleeps in
 * futex_wait(), and nobody wakes it.  Here the readers go on for as many rounds as one
 * likes; all of them overtake the writer.
 *
 * A lock that prefers writers sends away readers as soon as a writer waits: none
 * overtakes it.  (Then a stream of writers can starve the readers.)  So does a lock that
 * serves everybody in the order of arrival.  The kernel's own rw_semaphore queues:
 * a reader that comes after a waiting writer waits behind it.
 *
 * The scheduler starves nobody either who is of the ordinary class: of a CPU that a
 * thread of nice 0 keeps busy, one of nice 19 gets its share, if a small one.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define PATIENCE_NS	20e9		/* with a thread that may be starved */

static unsigned long rounds = 500, turns = 3;

static const struct setting settings[] = {
	{ "rounds", &rounds, 1, 1000000, "in each of which a reader comes and one leaves" },
	{ "turns", &turns, 1, 100, "on the CPU, of the thread of nice 19" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "gap", "a reader leaves before the other one comes" },
	{ "no-preference", "the lock that prefers writers prefers readers" },
	{ "push-in", "who takes a lock in the order of arrival takes no ticket" },
	{ "idle", "the thread of nice 19 does not want the CPU" },
	{ NULL }
};

/* Who comes takes a ticket, and is let in, or past, in the order of the tickets. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned long next, serving, readers;
} queue;

enum kind { RWLOCK, QUEUE };

static enum kind kind;
static pthread_rwlock_t rwlock;
static pthread_barrier_t step, start;
static unsigned long overtakings;
static pid_t writer_tid;
static bool writer_was_in, gap, push_in, idle;

static void queue_enter(bool as_reader)
{
	unsigned long ticket;

	pthread_mutex_lock(&queue.lock);
	ticket = queue.next++;
	while (queue.serving != ticket || (queue.readers && !as_reader))
		pthread_cond_wait(&queue.changed, &queue.lock);
	if (as_reader) {
		queue.readers++;
		queue.serving++;
	}
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.lock);
}

static void queue_leave(bool as_reader)
{
	pthread_mutex_lock(&queue.lock);
	if (as_reader)
		queue.readers--;
	else
		queue.serving++;
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.lock);
}

/* Only if nobody waits, or writes; who pushes in does not look. */
static bool queue_try(void)
{
	bool free;

	pthread_mutex_lock(&queue.lock);
	free = queue.serving == queue.next || (push_in && queue.readers);
	if (free)
		queue.readers++;
	pthread_mutex_unlock(&queue.lock);
	return free;
}

static bool try_read(void)
{
	return kind == QUEUE ? queue_try() : !pthread_rwlock_tryrdlock(&rwlock);
}

static void enter(bool as_reader)
{
	if (kind == QUEUE)
		queue_enter(as_reader);
	else if (as_reader)
		pthread_rwlock_rdlock(&rwlock);
	else
		pthread_rwlock_wrlock(&rwlock);
}

static void leave(bool as_reader)
{
	if (kind == QUEUE)
		queue_leave(as_reader);
	else
		pthread_rwlock_unlock(&rwlock);
}

static bool was_in(void)
{
	return __atomic_load_n(&writer_was_in, __ATOMIC_SEQ_CST);
}

static void *writer(void *unused)
{
	__atomic_store_n(&writer_tid, gettid(), __ATOMIC_SEQ_CST);
	enter(false);
	__atomic_store_n(&writer_was_in, true, __ATOMIC_SEQ_CST);
	leave(false);
	return unused;
}

/* One reader comes while the other one is still there; then that one leaves. */
static void come(void)
{
	bool in;

	if (gap)
		pthread_barrier_wait(&step);
	in = try_read();
	if (in && !was_in())
		overtakings++;
	if (!gap)
		pthread_barrier_wait(&step);
	if (!in)
		enter(true);
}

static void *reader(void *number)
{
	unsigned long round, me = (uintptr_t)number;

	/* Reader 1 is there before the writer is. */
	if (me)
		enter(true);
	pthread_barrier_wait(&start);
	pthread_barrier_wait(&start);
	for (round = 0; round < rounds; round++) {
		if (round % 2 == me) {
			come();
		} else if (gap) {
			leave(true);
			pthread_barrier_wait(&step);
		} else {
			pthread_barrier_wait(&step);
			leave(true);
		}
		pthread_barrier_wait(&step);
	}
	pthread_barrier_wait(&start);
	pthread_barrier_wait(&start);
	if (rounds % 2 != me)
		leave(true);
	return NULL;
}

static void init(int preference)
{
	pthread_rwlockattr_t attr;

	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, preference);
	errno = pthread_rwlock_init(&rwlock, &attr);
	if (errno)
		die("pthread_rwlock_init");
	pthread_mutex_init(&queue.lock, NULL);
	pthread_cond_init(&queue.changed, NULL);
	barrier_init(&step, 2);
	barrier_init(&start, 3);
	queue.next = queue.serving = queue.readers = 0;
	overtakings = 0;
	writer_tid = 0;
	writer_was_in = false;
}

/* A writer that waits while two readers come and go; whether it got in then. */
static bool write_among_readers(int preference)
{
	pthread_t threads[3];
	bool in;
	int i;

	init(preference);
	for (i = 0; i < 2; i++)
		threads[i] = thread_start(reader, (void *)(intptr_t)i);
	pthread_barrier_wait(&start);
	threads[2] = thread_start(writer, NULL);
	while (!__atomic_load_n(&writer_tid, __ATOMIC_SEQ_CST))
		sleep_ms(1);
	until_in_futex(getpid(), writer_tid, NULL);
	pthread_barrier_wait(&start);
	/* All rounds. */
	pthread_barrier_wait(&start);
	in = was_in();
	pthread_barrier_wait(&start);
	for (i = 0; i < 3; i++)
		thread_join(threads[i]);
	return in;
}

static unsigned long turns_done;
static bool nice_19_is_done;

static void *busy(void *unused)
{
	double end = now_ns() + PATIENCE_NS;

	pthread_barrier_wait(&step);
	while (!__atomic_load_n(&nice_19_is_done, __ATOMIC_SEQ_CST) && now_ns() < end)
		;
	__atomic_store_n(&nice_19_is_done, true, __ATOMIC_SEQ_CST);
	return unused;
}

/* How often this thread was made to leave its CPU; it is still there, or again. */
static unsigned long preempted(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		die("getrusage");
	return usage.ru_nivcsw;
}

static void *nice_19(void *unused)
{
	unsigned long before;

	if (setpriority(PRIO_PROCESS, gettid(), 19))
		die("setpriority");
	pthread_barrier_wait(&step);
	before = preempted();
	while (turns_done < turns && !idle &&
	       !__atomic_load_n(&nice_19_is_done, __ATOMIC_SEQ_CST))
		turns_done = preempted() - before;
	__atomic_store_n(&nice_19_is_done, true, __ATOMIC_SEQ_CST);
	return unused;
}

static void share_one_cpu(void)
{
	pthread_t threads[2];

	pin();
	barrier_init(&step, 2);
	threads[0] = thread_start(busy, NULL);
	threads[1] = thread_start(nice_19, NULL);
	thread_join(threads[0]);
	thread_join(threads[1]);
}

static void run(void)
{
	int overtaken, in, preferred, preferred_in, queued, queued_in, share;

	part("a writer gets in though readers come and go");
	overtaken = expect(rounds, "times", "that a reader overtook it, in %lu rounds", rounds);
	against(overtaken);
	in = expect(0, "times", "that the writer got in");
	against(in);
	part("it does if the lock prefers writers");
	preferred = expect(0, "times", "that a reader overtook it");
	preferred_in = expect(1, "times", "that the writer got in");
	part("it does if all are served in the order of arrival");
	queued = expect(0, "times", "that a reader overtook it");
	queued_in = expect(1, "times", "that the writer got in");
	part("a thread of nice 19 gets a CPU that another one keeps busy");
	share = expect(turns, "times", "that it had to leave the CPU and got it again");

	gap = broken("gap");
	push_in = broken("push-in");
	idle = broken("idle");
	doing("two readers come and go, a writer waits");
	measured(in, write_among_readers(PTHREAD_RWLOCK_PREFER_READER_NP));
	measured(overtaken, overtakings);
	gap = false;
	doing("the same with a lock that prefers writers");
	measured(preferred_in,
		 write_among_readers(broken("no-preference") ?
				     PTHREAD_RWLOCK_PREFER_READER_NP :
				     PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP));
	measured(preferred, overtakings);
	kind = QUEUE;
	doing("the same with a queue");
	measured(queued_in, write_among_readers(PTHREAD_RWLOCK_PREFER_READER_NP));
	measured(queued, overtakings);
	doing("two threads share a CPU, of nice 0 and 19");
	share_one_cpu();
	measured(share, fmin(turns_done, turns));
}

static const char *const next[] = {
	"pthread_rwlockattr_setkind_np(3); nptl/pthread_rwlock_common.c, \"prefer readers\"",
	"kernel/locking/rwsem.c: rwsem_down_read_slowpath(), who comes later queues",
	"kernel/sched/core.c: sched_prio_to_weight[]; fair.c: pick_next_entity(); sched(7)",
	"pcstats lab inversion: what real-time priorities starve",
	NULL
};

const struct lab lab_starvation = {
	.name = "starvation",
	.claim = "who waits for a lock, or for the CPU, gets it in the end",
	.prediction = "A lock that prefers readers is not free as long as each reader comes before "
		"the other one leaves: all of them overtake a writer that waits, for as long as they "
		"like. None does with a lock that prefers writers, or serves in the order of arrival. "
		"The scheduler gives even nice 19 its 15 parts of 1039.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
