// SPDX-License-Identifier: GPL-2.0-only
/* A child with threads, and what their rows say when it has ended. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "threaded.h"
#include "threads.h"

/* In the child, whose address space these are in; the plan is from its parent. */
static struct {
	unsigned long nr;
	void (*thread)(unsigned long i);
	void (*told)(void);
	pid_t *tids;			/* shared with the parent */
	const struct child *line;
	pthread_barrier_t ready;
} plan;
static __thread unsigned long this_number;

unsigned long own_number(void)
{
	return this_number;
}

const struct child *own_line(void)
{
	return plan.line;
}

void no_core(void)
{
	/*
	 * Not 0: where core_pattern is a pipe that limit does not count.  1 does,
	 * and a file of one byte is not begun.
	 */
	struct rlimit limit = { 1, 1 };

	if (setrlimit(RLIMIT_CORE, &limit))
		die("setrlimit(RLIMIT_CORE)");
}

static void *start(void *number)
{
	this_number = (unsigned long)number;
	plan.tids[this_number] = gettid();
	pthread_barrier_wait(&plan.ready);
	plan.thread(this_number);
	return NULL;
}

static void first(const struct child *self)
{
	unsigned long i;

	no_core();
	plan.line = self;
	plan.tids[0] = gettid();
	barrier_init(&plan.ready, plan.nr + 1);
	for (i = 1; i <= plan.nr; i++)
		thread_start(start, (void *)i);
	pthread_barrier_wait(&plan.ready);
	child_tell(self);
	while (child_hear(self))
		plan.told();
}

struct threaded fork_threaded(unsigned long nr, void (*thread)(unsigned long i),
			      void (*told)(void))
{
	struct threaded threaded = { .nr = nr };
	size_t size = sizeof(threaded.tids);

	plan.nr = nr;
	plan.thread = thread;
	plan.told = told;
	plan.tids = shared_memory(size);
	threaded.child = fork_child(first);
	errno = 0;
	if (!child_hear(&threaded.child))
		die("a child could not make its threads");
	memcpy(threaded.tids, plan.tids, size);
	munmap(plan.tids, size);
	return threaded;
}

void finish_threaded(const struct threaded *threaded)
{
	close(threaded->child.out);
	if (waitpid(threaded->child.pid, NULL, 0) < 0)
		die("waitpid");
	close(threaded->child.in);
}

unsigned long ended_by(const struct threaded *threaded, int signal)
{
	unsigned long i, nr = 0;

	for (i = 0; i <= threaded->nr; i++)
		nr += task_row(threaded->tids[i]).state.signal == signal;
	return nr;
}
