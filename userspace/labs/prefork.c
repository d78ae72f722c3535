// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a snapshot by fork costs, as databases make one, and what a prefork server
 * pays for its workers: the pages that are written while both live.
 *
 * The fork copies no page.  Whoever then writes first to a shared page, parent or
 * child, gets a copy from do_wp_page(); the other side keeps the page as it is,
 * and its own first write to it copies nothing: it is the last owner by then.  So
 * a page is copied once at most, however often the two of them write to it, and
 * the peak is what was written, not twice all there is.  The rate is highest at
 * first: the more is written, the more often it is to a page that has been copied.
 *
 * When the child has gone, the parent's pages are still write-protected.  Its
 * first write to each faults once more, and the page is kept.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lab.h"

/* Of the course of writes. */
#define STEPS		16
/* The parent writes so many times as often as the worker does. */
#define OFTENER		4

static unsigned long pages = 1024, percent = 10, writes = 1024;

static const struct setting settings[] = {
	{ "pages", &pages, STEPS, 1 << 18, "pages of data" },
	{ "percent", &percent, 0, 1000, "writes during the snapshot, of 100 pages" },
	{ "writes", &writes, STEPS * OFTENER, 1 << 24, "writes of a parent beside its worker" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "nothing-shared", "a child has data of its own, which it has made itself" },
	{ "snapshot-writes", "the child writes to all that it is to read, first" },
	{ "snapshot-gone", "the child exits before the parent writes" },
	{ "snapshot-stays", "the child does not exit before the parent writes to all" },
	{ "worker-idle", "the worker does not write" },
	{ NULL }
};

static char *data;

/* ---- what will be written, and what that will cost ---- */

enum side { PARENT, CHILD };

/* The page that write number @i of a side is to: anyone, but each time the same. */
static unsigned long page_of(enum side side, unsigned long i)
{
	uint64_t x = 2 * i + side + 1;

	/* splitmix64 */
	x *= 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return (x ^ (x >> 31)) % pages;
}

static void write_some(enum side side, unsigned long from, unsigned long to)
{
	for (; from < to; from++)
		write_pages(data + page_of(side, from) * page_size(), 1, 'w');
}

/* What a side has written by the beginning of a step. */
static unsigned long at_step(enum side side, unsigned long step)
{
	return (side == PARENT ? writes : writes / OFTENER) * step / STEPS;
}

static unsigned long during(void)
{
	return pages * percent / 100;
}

struct cost {
	unsigned long long copied, kept;
};

/* By both sides, between two steps of their @course. */
static unsigned long long copied_in(const struct cost (*course)[2], int from, int to)
{
	return course[to][PARENT].copied - course[from][PARENT].copied +
	       course[to][CHILD].copied - course[from][CHILD].copied;
}

/* By page, whether a side has written to it since the fork. */
static bool *written[2];

static void foresee_fork(void)
{
	int side;

	for (side = PARENT; side <= CHILD; side++) {
		free(written[side]);
		written[side] = calloc(pages, sizeof(bool));
		if (!written[side])
			die("calloc");
	}
}

static void foresee(struct cost *cost, enum side side, unsigned long page)
{
	if (written[side][page])
		return;
	written[side][page] = true;
	if (written[!side][page])
		cost->kept++;
	else
		cost->copied++;
}

static void foresee_some(struct cost *cost, enum side side, unsigned long from,
			 unsigned long to)
{
	for (; from < to; from++)
		foresee(cost, side, page_of(side, from));
}

/* ---- what it does cost ---- */

static struct cost cost_of(pid_t pid)
{
	struct pcstats_task task = task_row(pid);

	if (task.tally[PCSTATS_copied] == PCSTATS_UNWATCHED ||
	    task.tally[PCSTATS_reused] == PCSTATS_UNWATCHED)
		skip("pages copied or kept are not watched on this kernel");
	return (struct cost){ task.tally[PCSTATS_copied], task.tally[PCSTATS_reused] };
}

static struct cost since(struct cost before, pid_t pid)
{
	struct cost now = cost_of(pid);

	return (struct cost){ now.copied - before.copied, now.kept - before.kept };
}

/* Anonymous pages that the two take together; one that they share counts once. */
static unsigned long long taken_by_both(pid_t child)
{
	return (memory_kb(getpid(), "Pss_Anon") + memory_kb(child, "Pss_Anon")) *
		1024 / page_size();
}

static void own_data(void)
{
	if (!broken("nothing-shared"))
		return;
	region_free(data);
	data = region(pages);
	write_pages(data, pages, 'c');
}

static void answer(const struct child *c)
{
	child_tell(c);
	errno = 0;
	if (!child_hear(c))
		die("the child died");
}

static void snapshot(const struct child *self)
{
	own_data();
	child_hear(self);
	if (broken("snapshot-writes"))
		write_pages(data, pages, 's');
	read_pages(data, pages);
	child_tell(self);
	child_hear(self);
}

static void worker(const struct child *self)
{
	unsigned long step;

	own_data();
	child_tell(self);
	for (step = 0; step < STEPS && child_hear(self); step++) {
		if (!broken("worker-idle"))
			write_some(CHILD, at_step(CHILD, step), at_step(CHILD, step + 1));
		child_tell(self);
	}
	child_hear(self);
}

static void end(struct child *c)
{
	if (!c->pid)
		return;
	child_tell(c);
	reap(c->pid);
	c->pid = 0;
}

static struct {
	int copied, again, read, gone, kept;
	int parent, child, both_kept, first, last, peak;
} rows;

static void run_snapshot(void)
{
	struct child c = fork_child(snapshot);
	pid_t pid = c.pid;
	struct cost parent, child = cost_of(pid);

	answer(&c);
	if (broken("snapshot-gone"))
		end(&c);
	parent = cost_of(getpid());
	write_some(PARENT, 0, during());
	measured(rows.copied, since(parent, getpid()).copied);
	parent = cost_of(getpid());
	write_some(PARENT, 0, during());
	measured(rows.again, since(parent, getpid()).copied);
	measured(rows.read, since(child, pid).copied);

	if (!broken("snapshot-stays"))
		end(&c);
	parent = cost_of(getpid());
	write_pages(data, pages, 'p');
	measured(rows.gone, since(parent, getpid()).copied);
	measured(rows.kept, since(parent, getpid()).kept);
	end(&c);
}

/* What both sides have paid by the beginning of each step. */
static struct cost paid[STEPS + 1][2];

/* By the writes of the parent; the worker's are fewer. */
static void tell_course(void)
{
	static const char *const columns[] = {
		"writes", "parent_copied", "child_copied", "shared_left",
	};
	int step, s = series("snapshot", columns, 4);

	for (step = 0; step <= STEPS; step++) {
		double parent = paid[step][PARENT].copied, child = paid[step][CHILD].copied;
		unsigned long nr = at_step(PARENT, step);
		double values[] = { nr, parent, child, pages - parent - child };
		char label[32];

		snprintf(label, sizeof(label), "%lu", nr);
		series_row(s, label, values);
	}
}

static void run_worker(void)
{
	struct child c = fork_child(worker);
	struct cost parent, child;
	unsigned long long before;
	unsigned long step;

	errno = 0;
	if (!child_hear(&c))
		die("the worker died");
	parent = cost_of(getpid());
	child = cost_of(c.pid);
	before = taken_by_both(c.pid);
	for (step = 0; step < STEPS; step++) {
		write_some(PARENT, at_step(PARENT, step), at_step(PARENT, step + 1));
		answer(&c);
		paid[step + 1][PARENT] = since(parent, getpid());
		paid[step + 1][CHILD] = since(child, c.pid);
		progress((step + 1.0) / STEPS);
	}
	measured(rows.peak, taken_by_both(c.pid) - before);
	end(&c);
	measured(rows.parent, paid[STEPS][PARENT].copied);
	measured(rows.child, paid[STEPS][CHILD].copied);
	measured(rows.both_kept, paid[STEPS][PARENT].kept + paid[STEPS][CHILD].kept);
	measured(rows.first, copied_in(paid, 0, STEPS / 4));
	measured(rows.last, copied_in(paid, STEPS - STEPS / 4, STEPS));
	tell_course();
}

static void predict_snapshot(void)
{
	struct cost cost = { };

	foresee_fork();
	foresee_some(&cost, PARENT, 0, during());
	part("a parent pays for what it writes while its child lives");
	rows.copied = expect(cost.copied, "pages", "copied by %lu writes, to data of %lu pages",
			     during(), pages);
	rows.again = expect(0, "pages", "copied by writes to the same pages again");
	rows.read = expect(0, "pages", "copied by the child, which reads all");
	part("when the child has gone it pays nothing");
	rows.gone = expect(0, "pages", "copied when all are written to");
	rows.kept = expect(pages - cost.copied, "pages", "kept: all that had been shared still");
}

static void predict_worker(void)
{
	struct cost cost[STEPS + 1][2] = { };
	unsigned long step;
	int side;

	foresee_fork();
	for (step = 0; step < STEPS; step++) {
		for (side = PARENT; side <= CHILD; side++) {
			cost[step + 1][side] = cost[step][side];
			foresee_some(&cost[step + 1][side], side, at_step(side, step),
				     at_step(side, step + 1));
		}
	}
	part("parent and worker pay for what either is the first to write");
	rows.parent = expect(cost[STEPS][PARENT].copied, "pages", "copied by %lu writes of the parent",
			     at_step(PARENT, STEPS));
	rows.child = expect(cost[STEPS][CHILD].copied, "pages", "copied by %lu of the worker",
			    at_step(CHILD, STEPS));
	rows.both_kept = expect(cost[STEPS][PARENT].kept + cost[STEPS][CHILD].kept, "pages",
				"kept by one, the other having copied them");
	rows.first = expect(copied_in(cost, 0, STEPS / 4), "pages",
			    "copied by the first quarter of the writes");
	rows.last = expect(copied_in(cost, STEPS - STEPS / 4, STEPS), "pages",
			   "copied by the last quarter");
	rows.peak = expect(cost[STEPS][PARENT].copied + cost[STEPS][CHILD].copied, "pages",
			   "more taken by both together at the end");
}

static void run(void)
{
	predict_snapshot();
	predict_worker();
	pin();
	data = region(pages);
	write_pages(data, pages, 'd');
	doing("a child reads %lu pages, the parent writes meanwhile", pages);
	run_snapshot();
	doing("parent and worker write, at random");
	run_worker();
}

static const char *const next[] = {
	"mm/memory.c: do_wp_page(), wp_page_copy(), wp_page_reuse()",
	"who is the last owner: do_wp_page() in 6.1, wp_can_reuse_anon_folio() in 6.12",
	"fork(2), NOTES; Pss_Anon of smaps_rollup in proc(5)",
	"pcstats cow --watch, for the course of a snapshot of yours",
	"pcstats lab create: what the fork itself costs, before anybody writes",
	NULL
};

const struct lab lab_prefork = {
	.name = "prefork",
	.claim = "a snapshot by fork, or a prefork server, pays for what is written while both live",
	.prediction = "The first write to a shared page copies it, by whichever side; all later ones "
		"are free, and so is the other side's, who is left its last owner. So the peak is the "
		"number of different pages written, and the rate falls. With the child gone nothing is "
		"copied.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
