// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes copy memory, threads share it: so courses say, and draw two boxes.
 *
 * A fork copies page tables and no page.  Parent and child map the same pages,
 * read-only, until one of them writes: that write faults, and the kernel copies
 * one page for the one who wrote, if somebody else still maps it.  So a forked
 * child that reads copies nothing, however much it reads; one that writes copies
 * the pages that it writes, not those beside them.
 *
 * Threads have one address space: there is nothing to copy.  Only a worker that
 * is *sent* its data, as a pool of processes does with its arguments, holds all
 * of it a second time.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "lab.h"

#define MAX_WORKERS	16

/* Of the series: 0, 1/8, ... all of the array written. */
#define STEPS	8

static unsigned long pages = 1024, workers = 3;

static const struct setting settings[] = {
	{ "pages", &pages, STEPS, 1 << 16, "pages of the array" },
	{ "workers", &workers, 1, MAX_WORKERS, "threads, or processes" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "threads-fork", "the threads are forked processes, which write" },
	{ "readers-write", "the forked readers write" },
	{ "writers-read", "the forked writers read" },
	{ "nothing-sent", "the workers get the array by fork, not through a pipe" },
	{ NULL }
};

static char *array;

enum work { READ, WRITE };

static void use(enum work work)
{
	if (work == READ)
		read_pages(array, pages);
	else
		write_pages(array, pages, 'w');
}

static void *thread(void *unused)
{
	use(READ);
	return unused;
}

static void run_threads(void)
{
	pthread_t ids[MAX_WORKERS];
	pthread_attr_t attr;
	unsigned long i;

	/* libc keeps the stacks, and each child that settles writes to all of them. */
	errno = pthread_attr_init(&attr) ?: pthread_attr_setstacksize(&attr, 64 * 1024);
	if (errno)
		die("the size of a stack");
	for (i = 0; i < workers; i++) {
		errno = pthread_create(&ids[i], &attr, thread, NULL);
		if (errno)
			die("pthread_create");
	}
	for (i = 0; i < workers; i++)
		pthread_join(ids[i], NULL);
	pthread_attr_destroy(&attr);
}

static enum work child_work;

static void child(const struct child *self)
{
	child_hear(self);
	use(child_work);
	child_tell(self);
	/* A live row is looked at. */
	child_hear(self);
}

static void let_work(const struct child *c)
{
	errno = 0;
	child_tell(c);
	if (!child_hear(c))
		die("a worker died");
}

static void finish(const struct child *c)
{
	child_tell(c);
	reap(c->pid);
}

/* Pages that forked workers, one after the other, copy. */
static unsigned long long copied_by_forks(enum work work)
{
	unsigned long long copied = 0, before;
	unsigned long i;

	child_work = work;
	for (i = 0; i < workers; i++) {
		struct child c = fork_child(child);

		before = tally(c.pid, PCSTATS_copied);
		let_work(&c);
		copied += tally(c.pid, PCSTATS_copied) - before;
		finish(&c);
		progress((i + 1.0) / workers);
	}
	return copied;
}

static unsigned long long copied_by_threads(void)
{
	unsigned long long before = process_tally(getpid(), PCSTATS_copied);

	if (broken("threads-fork"))
		return copied_by_forks(WRITE);
	run_threads();
	return process_tally(getpid(), PCSTATS_copied) - before;
}

/* An eighth of the array each time that it is told to. */
static void write_on(const struct child *self)
{
	unsigned long step, from = 0, to;

	for (step = 1; step <= STEPS; step++, from = to) {
		to = pages * step / STEPS;
		if (!child_hear(self))
			return;
		write_pages(array + from * page_size(), to - from, 'w');
		child_tell(self);
	}
	child_hear(self);
}

/* How much a child has copied when it has written to so much. */
static void copied_by_written(void)
{
	static const char *const columns[] = { "written", "copied" };
	int copied = series("copied", columns, 2);
	struct child c = fork_child(write_on);
	unsigned long long before = tally(c.pid, PCSTATS_copied);
	unsigned long step;

	for (step = 0; step <= STEPS; step++) {
		char label[32];
		double values[2] = { pages * step / STEPS };

		if (step)
			let_work(&c);
		values[1] = tally(c.pid, PCSTATS_copied) - before;
		snprintf(label, sizeof(label), "%.0f pages", values[0]);
		series_row(copied, label, values);
	}
	finish(&c);
}

static void move_all(ssize_t (*move)(char *at, size_t len), char *at)
{
	size_t left = pages * page_size();

	while (left) {
		ssize_t done = move(at, left);

		if (done <= 0)
			die("the pipe");
		at += done;
		left -= done;
	}
}

static int pipe_fds[2];

static ssize_t receive(char *at, size_t len)
{
	return read(pipe_fds[0], at, len);
}

static ssize_t send_on(char *at, size_t len)
{
	return write(pipe_fds[1], at, len);
}

static void receiver(const struct child *self)
{
	char *own = region(pages);

	child_tell(self);
	child_hear(self);
	if (!broken("nothing-sent"))
		move_all(receive, own);
	child_tell(self);
	child_hear(self);
}

/* Pages that a worker has more when it has received the array. */
static unsigned long long held_by_receivers(void)
{
	unsigned long long held = 0, before;
	unsigned long i;

	if (pipe(pipe_fds))
		die("pipe");
	for (i = 0; i < workers; i++) {
		struct child c = fork_child(receiver);

		child_hear(&c);
		before = memory_kb(c.pid, "Anonymous");
		child_tell(&c);
		if (!broken("nothing-sent"))
			move_all(send_on, array);
		child_hear(&c);
		held += memory_kb(c.pid, "Anonymous") - before;
		finish(&c);
	}
	return held * 1024 / page_size();
}

static void run(void)
{
	unsigned long long all = 1ULL * workers * pages;
	int threads, readers, writers, receivers;

	part("threads share memory");
	threads = expect(0, "pages", "copied when %lu threads read the array", workers);
	part("a forked process copies what it reads");
	readers = expect(0, "pages", "copied when %lu forked children read it", workers);
	against(readers);
	part("a forked process copies what it writes");
	writers = expect(all, "pages", "copied when they write to each page");
	part("a process that is sent data holds it once more");
	receivers = expect(all, "pages", "held by %lu workers that read it from a pipe",
			   workers);

	pin();
	array = region(pages);
	write_pages(array, pages, 'a');
	doing("%lu threads read an array of %lu pages", workers, pages);
	measured(threads, copied_by_threads());
	doing("%lu forked children read it", workers);
	measured(readers, copied_by_forks(broken("readers-write") ? WRITE : READ));
	doing("%lu forked children write to it", workers);
	measured(writers, copied_by_forks(broken("writers-read") ? READ : WRITE));
	doing("a forked child writes to it bit by bit");
	copied_by_written();
	doing("%lu workers are sent it through a pipe", workers);
	measured(receivers, held_by_receivers());
}

static const char *const next[] = {
	"kernel/fork.c: copy_mm(); mm/memory.c: copy_present_pte() (6.12: ..._ptes()), do_wp_page()",
	"fork(2), NOTES; clone(2), CLONE_VM; pthreads(7); smaps in proc(5)",
	"pcstats lab refcount: what becomes of \"reads only\" when each object has a counter",
	NULL
};

const struct lab lab_memory = {
	.name = "memory",
	.claim = "processes copy memory, threads share it",
	.prediction = "Threads copy nothing, they have one address space. A fork shares every page "
		"until somebody writes to it: children that read copy nothing, children that write "
		"copy exactly the pages that they write. Who is sent the data holds all of it again.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
