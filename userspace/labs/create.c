// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread is far quicker to create than a process: true of fork, and the more
 * so the more memory the process has.
 *
 * All of them go through copy_process().  A thread gets a kernel stack and a
 * task_struct, and a reference to everything else.  vfork, and posix_spawn, which
 * is made of the same (CLONE_VM | CLONE_VFORK), copy the file table and the signal
 * handlers besides, but borrow the address space.  Only fork copies that:
 * dup_mmap() walks through all mappings and copy_page_range() through the page
 * tables, and what takes the time is an entry for each resident page: it is
 * copied and made read-only on both sides, and its page gets one more reference.
 * No page is copied.
 *
 * A huge page has one entry instead of 512: with them a fork is quick again.
 *
 * What is compared is the time within copy_process(), as pcstats takes it; for how
 * long the call keeps its caller, with the life of a vfork child, is in a series.
 */
#include <errno.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lab.h"
#include "threads.h"

#define MIB	(1024 * 1024UL)
/* In each round. */
#define TRIES	2

static unsigned long max_mib = 64, nr_rounds = 4, huge;

static const struct setting settings[] = {
	{ "max-mib", &max_mib, 16, 1 << 16, "most memory; others have a quarter, a sixteenth, none" },
	{ "rounds", &nr_rounds, 3, MAX_ROUNDS, "rounds, of which the median is taken" },
	{ "huge", &huge, 0, 1, "1: the memory is made of huge pages" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "not-resident", "the memory is mapped, and never touched" },
	{ "fork-vforks", "instead of fork, vfork is called" },
	{ "vfork-forks", "instead of vfork, fork is called" },
	{ "thread-forks", "instead of a thread, a process is forked" },
	{ NULL }
};

enum way { THREAD, VFORK, SPAWN, FORK, NR_WAYS };

static const char *const names[] = { "thread", "vfork", "posix_spawn", "fork" };

/* None, a sixteenth of the most, a quarter of it, the most. */
#define NR_SIZES	4
#define MOST		(NR_SIZES - 1)

static struct size {
	unsigned long mib;
	struct child creator;
	struct pcstats_task row;		/* the creator's, as of its last creation */
	struct rounds call[NR_WAYS], kernel[NR_WAYS];
	unsigned long long pages[NR_WAYS];	/* shared with what was created */
} sizes[NR_SIZES];

/* What a creator is told, and tells. */
static struct order {
	enum way way;
	double ns;			/* until the call returned */
	bool end;
} *order;

static void *thread(void *unused)
{
	return unused;
}

static pid_t create_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0)
		die("fork");
	return pid;
}

/* The child is created before it finds that there is no such program, and exits. */
static void create_spawn(void)
{
	char *const argv[] = { "", NULL };
	pid_t pid;

	errno = posix_spawn(&pid, "", NULL, NULL, argv, environ);
	if (errno != ENOENT)
		die("posix_spawn");
}

static enum way broken_way(enum way way)
{
	if (way == FORK && broken("fork-vforks"))
		return VFORK;
	if ((way == VFORK && broken("vfork-forks")) ||
	    (way == THREAD && broken("thread-forks")))
		return FORK;
	return way;
}

/* How long the call takes until it returns. */
static double create(enum way way)
{
	double begin = now_ns(), end;
	pthread_t id = 0;
	pid_t pid = 0;

	way = broken_way(way);
	if (way == THREAD)
		id = thread_start(thread, NULL);
	else if (way == VFORK)
		pid = vfork_exit();
	else if (way == SPAWN)
		create_spawn();
	else
		pid = create_fork();
	end = now_ns();
	if (way == THREAD)
		thread_join(id);
	else if (pid)
		reap(pid);
	return end - begin;
}

static void fill(unsigned long mib)
{
	unsigned long pages = mib * MIB / page_size();
	char *memory;

	if (!mib)
		return;
	memory = region(pages);
	if (huge && (prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0) ||
		     madvise(memory, mib * MIB, MADV_HUGEPAGE)))
		die("huge pages");
	if (!broken("not-resident"))
		write_pages(memory, pages, 'm');
}

static unsigned long mib_to_fill;

/* A process of its size, which creates what it is told to. */
static void creator(const struct child *self)
{
	pin();
	fill(mib_to_fill);
	/* The first thread has a stack to make, which libc keeps. */
	create(THREAD);
	child_tell(self);
	while (child_hear(self) && !order->end) {
		order->ns = create(order->way);
		child_tell(self);
	}
}

static void hear(const struct size *size)
{
	errno = 0;
	if (!child_hear(&size->creator))
		die("the process of %lu MiB died", size->mib);
}

static void start(struct size *size, unsigned long mib)
{
	doing("a process of %lu MiB", mib);
	size->mib = mib;
	mib_to_fill = mib;
	size->creator = fork_child(creator);
	hear(size);
	size->row = task_row(size->creator.pid);
	if (huge && memory_kb(size->creator.pid, "AnonHugePages") < mib * 1024 / 2)
		skip("there are not enough huge pages");
}

/* One creation, and the time and pages that it added to the creator's tallies. */
static void create_one(struct size *size, enum way way, double *ns)
{
	struct pcstats_task row;

	order->way = way;
	child_tell(&size->creator);
	hear(size);
	row = task_row(size->creator.pid);
	if (row.tally[PCSTATS_fork_ns] == PCSTATS_UNWATCHED)
		skip("what a creation costs is not watched on this kernel");
	*ns = row.tally[PCSTATS_fork_ns] - size->row.tally[PCSTATS_fork_ns];
	size->pages[way] = row.tally[PCSTATS_fork_pages] -
		size->row.tally[PCSTATS_fork_pages];
	size->row = row;
}

/* The quickest of two: what makes the others longer is somebody else's. */
static void measure(struct size *size, enum way way)
{
	double call = INFINITY, kernel = INFINITY, ns;
	int try;

	for (try = 0; try < TRIES; try++) {
		create_one(size, way, &ns);
		kernel = fmin(kernel, ns);
		call = fmin(call, order->ns);
	}
	add_round(&size->kernel[way], kernel);
	add_round(&size->call[way], call);
}

/* Sizes and ways take turns. */
static void measure_all(void)
{
	unsigned long round, i;

	for (round = 0; round < nr_rounds; round++) {
		for (i = 0; i < NR_SIZES * NR_WAYS; i++)
			measure(&sizes[i % NR_SIZES], i / NR_SIZES);
		progress((round + 1.0) / nr_rounds);
	}
}

static void start_all(void)
{
	int i;

	order = shared_memory(sizeof(*order));
	for (i = 0; i < NR_SIZES; i++)
		start(&sizes[i], i ? max_mib >> 2 * (MOST - i) : 0);
}

static void finish_all(void)
{
	int i;

	order->end = true;
	for (i = 0; i < NR_SIZES; i++) {
		child_tell(&sizes[i].creator);
		reap(sizes[i].creator.pid);
	}
}

/* Microseconds, at each size. */
static void tell(const char *name, bool kernel)
{
	const char *columns[1 + NR_WAYS] = { "resident_mib" };
	int i, way, s;

	memcpy(columns + 1, names, sizeof(names));
	s = series(name, columns, 1 + NR_WAYS);
	for (i = 0; i < NR_SIZES; i++) {
		double values[1 + NR_WAYS] = { sizes[i].mib };
		char label[32];

		for (way = 0; way < NR_WAYS; way++)
			values[1 + way] = median(kernel ? &sizes[i].kernel[way] :
						 &sizes[i].call[way]) / 1e3;
		snprintf(label, sizeof(label), "%lu MiB", sizes[i].mib);
		series_row(s, label, values);
	}
}

static struct {
	int at_none, at_most, vfork, spawn, grows, shares, constant[FORK], none[FORK];
} rows;

static void predict(void)
{
	int way;

	part("a thread is far quicker to create than a process by fork");
	rows.at_none = expect_between(2, INFINITY, "", "fork : thread, at 0 MiB");
	rows.at_most = expect_between(huge ? 2 : 2 + max_mib / 16.0, INFINITY, "",
				      "fork : thread, at %lu MiB", max_mib);
	part("a thread is far quicker to create than a process by vfork");
	rows.vfork = expect_between(0.33, 3, "", "vfork : thread, at %lu MiB", max_mib);
	rows.spawn = expect_between(0.33, 3, "", "posix_spawn : thread, at %lu MiB", max_mib);
	against(rows.vfork);
	against(rows.spawn);
	part("fork takes the longer, the more memory the process has");
	rows.grows = expect_between(huge ? 0 : 1 + max_mib / 64.0, huge ? 2 : INFINITY, "",
				    "fork at %lu MiB%s : at 0", max_mib,
				    huge ? " of huge pages" : "");
	if (huge)
		against(rows.grows);
	rows.shares = expect(max_mib * (MIB / page_size()), "pages",
			     "shared with the child, more than at 0");
	part("the others do not");
	for (way = 0; way < FORK; way++) {
		rows.constant[way] = expect_between(0.5, 2, "", "%s at %lu MiB : at 0",
						    names[way], max_mib);
		rows.none[way] = expect(0, "pages", "shared by %s", names[way]);
	}
}

/* How many times as long @a takes at @size_a as @b at @size_b, in the kernel. */
static void ratio(int row, enum way a, int size_a, enum way b, int size_b)
{
	measured_ratio(row, &sizes[size_a].kernel[a], &sizes[size_b].kernel[b]);
}

static void judge(void)
{
	int way;

	ratio(rows.at_none, FORK, 0, THREAD, 0);
	ratio(rows.at_most, FORK, MOST, THREAD, MOST);
	ratio(rows.vfork, VFORK, MOST, THREAD, MOST);
	ratio(rows.spawn, SPAWN, MOST, THREAD, MOST);
	ratio(rows.grows, FORK, MOST, FORK, 0);
	measured(rows.shares, sizes[MOST].pages[FORK] - sizes[0].pages[FORK]);
	for (way = 0; way < FORK; way++) {
		ratio(rows.constant[way], way, MOST, way, 0);
		measured(rows.none[way], sizes[MOST].pages[way]);
	}
}

static void run(void)
{
	if (max_mib > sysconf(_SC_PHYS_PAGES) * page_size() / MIB / 2)
		skip("%lu MiB are more than half of the memory", max_mib);
	predict();
	start_all();
	doing("processes of 0 to %lu MiB take turns in creating", max_mib);
	measure_all();
	finish_all();
	judge();
	tell("creation", true);
	tell("call", false);
}

static const char *const next[] = {
	"kernel/fork.c: copy_process(), copy_mm(), dup_mmap(); mm/memory.c: copy_page_range()",
	"the entry of a page: copy_present_pte() in 6.1, copy_present_ptes() in 6.12",
	"clone(2), fork(2), vfork(2), posix_spawn(3), pthread_create(3)",
	"pcstats lab create --huge 1: 512 pages with one entry",
	"pcstats lab exec: what becomes of the entries that fork has copied",
	NULL
};

const struct lab lab_create = {
	.name = "create",
	.claim = "a thread is far quicker to create than a process",
	.prediction = "A fork copies an entry of the page table for each resident page: it takes "
		"longer than to make a thread, and the longer the more memory the process has. A "
		"child by vfork or posix_spawn borrows the address space, as a thread shares it: "
		"that takes about as long as a thread, whatever the size.",
	.settings = settings,
	.sabotages = sabotages,
	.timed = true,
	.run = run,
	.next = next,
};
