// SPDX-License-Identifier: GPL-2.0-only
/*
 * 4 threads: one process id, one address space, more virtual memory.
 *
 * clone() with CLONE_THREAD | CLONE_VM makes a task in the same thread group, so
 * getpid() returns the same for all (task->tgid; the task's own id is gettid()),
 * and it takes a reference to the same mm_struct: copy_mm() adds one to mm_users.
 *
 * What each thread needs for itself is a stack.  The C library maps one, 8 MiB and
 * a guard page as a rule, and that is what "more virtual memory" is: addresses
 * that are reserved.  Memory is only what has been touched of it, a few pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define MAX_WORKERS	48
/* Of a stack, which the functions that write to it need for themselves. */
#define IN_USE		8

static unsigned long workers = 4, stack = 2048;

static const struct setting settings[] = {
	{ "workers", &workers, 1, MAX_WORKERS, "threads besides the first one" },
	{ "stack", &stack, 64, 1 << 16, "pages of the stack of each" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "fork", "the threads are forked processes" },
	{ "touch", "each thread writes to all of its stack" },
	{ NULL }
};

static struct gate gate;
static struct worker {
	pid_t pid, tid;
	pthread_t thread;
} *team;				/* shared memory */

/* All of the caller's stack below what is in use. */
static void touch_stack(void)
{
	char *here = __builtin_frame_address(0);

	write_pages(here - (stack - IN_USE) * page_size(), stack - 2 * IN_USE, 's');
}

static void *work(void *arg)
{
	struct worker *self = arg;

	self->pid = getpid();
	self->tid = gettid();
	if (broken("touch"))
		touch_stack();
	gate_pass(&gate, broken("fork"));
	return NULL;
}

static void start_process(struct worker *worker)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (!pid) {
		work(worker);
		_exit(0);
	}
}

static void start_thread(struct worker *worker)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	errno = pthread_attr_setstacksize(&attr, stack * page_size());
	if (!errno)
		errno = pthread_attr_setguardsize(&attr, page_size());
	if (!errno)
		errno = pthread_create(&worker->thread, &attr, work, worker);
	if (errno)
		die("pthread_create");
	pthread_attr_destroy(&attr);
}

static void start_team(void)
{
	unsigned long i;

	for (i = 0; i < workers; i++)
		if (broken("fork"))
			start_process(&team[i]);
		else
			start_thread(&team[i]);
	gate_gather(&gate, workers);
}

static void end_team(void)
{
	unsigned long i;

	gate_release(&gate);
	for (i = 0; i < workers; i++)
		if (broken("fork"))
			reap(team[i].pid);
		else
			pthread_join(team[i].thread, NULL);
}

/* Pages of this process' mappings, present or not. */
static unsigned long virtual_pages(void)
{
	char text[128] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		die("/proc/self/statm");
	close(fd);
	return strtoul(text, NULL, 10);
}

static unsigned long own_pages(void)
{
	return memory_kb(getpid(), "Anonymous") * 1024 / page_size();
}

static unsigned long pids(void)
{
	unsigned long nr = 0, i, j;

	for (i = 0; i < workers; i++) {
		for (j = 0; team[j].pid != team[i].pid; j++)
			;
		nr += j == i;
	}
	return nr;
}

/* Of the workers, how many are in the address space @id. */
static unsigned long inhabitants(unsigned long long id)
{
	unsigned long nr = 0, i;

	for (i = 0; i < workers; i++)
		nr += task_row(team[i].tid).mm == id;
	return nr;
}

/* Who looks at it in /proc holds it for a moment, too. */
static unsigned long long users(unsigned long long id)
{
	unsigned long long least = mm_row(id).users;
	int i;

	for (i = 0; i < 4; i++) {
		unsigned long long now = mm_row(id).users;

		if (now < least)
			least = now;
	}
	return least;
}

static void run(void)
{
	int made, forks, processes, same, nr_users, reserved, touched;
	unsigned long long made_before, forks_before, id;
	unsigned long reserved_before, touched_before;

	part("%lu threads have one process id", workers);
	made = expect(workers, "threads", "made, by the kernel's count");
	forks = expect(0, "forks", "made to get them");
	processes = expect(1, "ids", "different results of getpid() in them");
	part("and one address space");
	same = expect(workers, "threads", "in the address space of the first one");
	nr_users = expect(workers + 1, "users", "that the kernel counts for it (mm_users)");
	part("more virtual memory, and hardly more memory");
	reserved = expect(workers * (stack + 1), "pages",
			  "of address space more: stacks of %lu pages, and a guard page each",
			  stack);
	touched = expect_between(workers, 8 * workers, "pages",
				 "of memory more: what was touched of it");

	gate_init(&gate);
	team = shared_memory(sizeof(*team) * MAX_WORKERS);
	/* Room for what pthread_create() allocates: the heap is not to grow now. */
	free(malloc(64 << 10));
	id = task_row(getpid()).mm;
	made_before = job_tally(PCSTATS_threads);
	forks_before = job_tally(PCSTATS_forks);
	touched_before = own_pages();
	reserved_before = virtual_pages();

	doing("%lu threads wait at a gate", workers);
	start_team();
	measured(reserved, (double)virtual_pages() - reserved_before);
	measured(touched, (double)own_pages() - touched_before);
	measured(made, job_tally(PCSTATS_threads) - made_before);
	measured(forks, job_tally(PCSTATS_forks) - forks_before);
	measured(processes, pids());
	measured(same, inhabitants(id));
	measured(nr_users, users(id));
	end_team();
}

static const char *const next[] = {
	"kernel/fork.c: copy_mm(), copy_process() where it looks at CLONE_THREAD",
	"mm/mmap.c: vm_stat_account(), which adds to total_vm",
	"clone(2), pthread_attr_setstacksize(3), gettid(2); VmSize and VmRSS in proc(5)",
	"pcstats lab pool: the same with processes; pcstats lab limits: how many fit",
	NULL
};

const struct lab lab_threadpool = {
	.name = "threadpool",
	.claim = "4 threads: one process id, one address space, more virtual memory",
	.prediction = "No fork; all threads return the same getpid() and have the same address "
		"space, of which the kernel counts one user more for each. The address space grows "
		"by exactly their stacks, the memory by the few pages of these that are touched.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
