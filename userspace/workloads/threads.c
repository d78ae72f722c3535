// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task makes N threads.  They are tasks of the same process with the same
 * address space: nothing is shared copy-on-write, nothing is copied.
 */
#include <errno.h>
#include <pthread.h>

#include "workload.h"

#define STACK	(64 * 1024)

static unsigned long threads = 8;

static const struct setting settings[] = {
	{ "threads", &threads, 1, 4000, "threads that are made" },
	{ NULL }
};

static struct gate gate;
static pid_t tids[4000];

static void *thread(void *tid)
{
	*(pid_t *)tid = gettid();
	gate_pass(&gate, false);
	return NULL;
}

static void predict_sharing(int role)
{
	predict(role, MM_TASKS, threads + 1);
	predict(role, MM_PROCS, 1);
}

static void make(pthread_t *id, pid_t *tid)
{
	const size_t least = PTHREAD_STACK_MIN;	/* not the same for all processors */
	pthread_attr_t attr;

	errno = pthread_attr_init(&attr);
	if (!errno)
		errno = pthread_attr_setstacksize(&attr, least < STACK ? STACK : least);
	if (!errno)
		errno = pthread_create(id, &attr, thread, tid);
	if (errno)
		die("pthread_create");
	pthread_attr_destroy(&attr);
}

static void subject(void)
{
	static pthread_t ids[4000];
	int maker, each;
	unsigned long i;

	gate_init(&gate);
	maker = role("maker", ROLE_LIVE);
	role_task(maker, getpid());
	predict(maker, PCSTATS_threads, threads);
	predict(maker, PCSTATS_fork_pages, 0);
	predict(maker, PCSTATS_copied, 0);
	predict_fork_ns(maker);
	predict_rest_zero(maker, BOTH_TABLES);
	predict_sharing(maker);
	each = role("each thread", ROLE_NEW);
	predict_rest_zero(each, TASK_TABLE);
	predict(each, PCSTATS_copied, 0);
	predict_sharing(each);

	window_open();
	for (i = 0; i < threads; i++)
		make(&ids[i], &tids[i]);
	gate_gather(&gate, threads);
	for (i = 0; i < threads; i++)
		role_task(each, tids[i]);
	window_close();
	gate_release(&gate);
	for (i = 0; i < threads; i++) {
		errno = pthread_join(ids[i], NULL);
		if (errno)
			die("pthread_join");
	}
}

int main(int argc, char **argv)
{
	static const struct workload workload = {
		.name = "threads",
		.about = "threads are made: one process, one address space, nothing copied",
		.settings = settings,
		.subject = subject,
	};

	return workload_main(argc, argv, &workload);
}
