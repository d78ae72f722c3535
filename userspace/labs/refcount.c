// SPDX-License-Identifier: GPL-2.0-only
/*
 * A reader that updates a counter in each object copies everything it only meant
 * to read: so it goes with forked workers in Python.
 *
 * There, whoever looks at an object adds one to its reference count, which is in
 * the object, and takes it off again.  For the kernel that is a write like any
 * other: do_wp_page() copies the page, of which most holds something else.  So
 * all pages with an object that was looked at are copied; what counts is where
 * the objects are, not how many.  One in eight, spread, costs as much as all.
 *
 * Three ways out.  Counters that lie together, apart from the objects: only their
 * own pages are copied.  Objects that are not counted: those of Python 3.12 that
 * are immortal (PEP 683).  And gc.freeze(), before the fork, for another counter
 * of the kind: the garbage collector has one in front of each object, writes to
 * all of them when it runs, and leaves out those that are frozen.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "lab.h"

/* The one in so many objects that is looked at when they are spread. */
#define SPREAD		8
/* Of the series: 1/8, 2/8, ... of the objects. */
#define STEPS		8

static unsigned long objects = 10000, bytes = 64;

static const struct setting settings[] = {
	{ "objects", &objects, SPREAD, 1 << 24, "objects that the child reads" },
	{ "bytes", &bytes, 16, 1 << 16, "size of an object, rounded up to 16" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "no-fork", "nothing is shared: the child has made the objects itself" },
	{ "plain-counts", "the child that is to read only counts, too" },
	{ "no-count", "the child that is to count only reads" },
	{ "table-inside", "the table's counters are those in the objects" },
	{ "all-mortal", "no object is immortal" },
	{ NULL }
};

/* What is in front of each object. */
struct object {
	uint64_t count;
	uint64_t value;
};

#define IMMORTAL	(1ULL << 63)

static char *heap;
static uint64_t *table;			/* of counters, one for each object */

static struct object *object(unsigned long i)
{
	return (struct object *)(heap + i * bytes);
}

enum way { PLAIN, COUNTED, IN_TABLE, SKIPPED };

/* As an interpreter does it: a reference while the object is looked at. */
static void take(uint64_t *count, int n)
{
	uint64_t before = __atomic_load_n(count, __ATOMIC_RELAXED);

	if (before & IMMORTAL)
		return;
	__atomic_store_n(count, before + n, __ATOMIC_RELAXED);
}

static uint64_t look_at(unsigned long i, enum way way)
{
	uint64_t *count = way == IN_TABLE ? &table[i] : &object(i)->count;
	uint64_t value;

	if (way != PLAIN)
		take(count, 1);
	value = __atomic_load_n(&object(i)->value, __ATOMIC_RELAXED);
	if (way != PLAIN)
		take(count, -1);
	return value;
}

static unsigned long pages_of(unsigned long len)
{
	return (len + page_size() - 1) / page_size();
}

/* Pages in which the heads of @nr objects lie, each @apart bytes from the next. */
static unsigned long pages_of_heads(unsigned long nr, unsigned long apart)
{
	if (!nr)
		return 0;
	return apart < page_size() ? (nr - 1) * apart / page_size() + 1 : nr;
}

static void make_objects(bool immortal)
{
	unsigned long i;

	for (i = 0; i < objects; i++) {
		object(i)->count = immortal ? IMMORTAL : 1;
		object(i)->value = i;
		table[i] = 1;
	}
}

/* What the next child is to do, one part after another. */
static struct order {
	enum way way;
	unsigned long every;		/* looks at one object of so many */
	unsigned long nr, steps;	/* at so many of these, in so many parts */
} order;

static void child(const struct child *self)
{
	unsigned long i = 0, step;
	uint64_t sum = 0;

	if (broken("no-fork")) {
		heap = region(pages_of(objects * bytes));
		table = (uint64_t *)region(pages_of(objects * sizeof(*table)));
		make_objects(false);
	}
	child_tell(self);
	for (step = 1; child_hear(self) && step <= order.steps; step++) {
		for (; i < order.nr * step / order.steps; i++)
			sum += look_at(i * order.every, order.way) - i * order.every;
		errno = 0;
		if (sum)
			die("the objects hold something else");
		child_tell(self);
	}
}

static void hear(const struct child *c)
{
	errno = 0;
	if (!child_hear(c))
		die("the child died");
}

/* Pages that a child copies that does what @order says; after each step, into @course. */
static unsigned long long copied_by_child(double *course)
{
	struct child c = fork_child(child);
	unsigned long long before, copied = 0;
	unsigned long step;

	hear(&c);
	before = tally(c.pid, PCSTATS_copied);
	for (step = 0; step < order.steps; step++) {
		child_tell(&c);
		hear(&c);
		copied = tally(c.pid, PCSTATS_copied) - before;
		if (course)
			course[step] = copied;
	}
	child_tell(&c);
	reap(c.pid);
	return copied;
}

static void look_at_all(int row, enum way way)
{
	order = (struct order){ .way = way, .every = 1, .nr = objects, .steps = 1 };
	measured(row, copied_by_child(NULL));
}

/* Objects looked at, one after the other or spread over all, and pages copied. */
static void tell_course(const double *dense, const double *spread)
{
	static const char *const columns[] = { "objects", "in_a_row", "spread" };
	int s = series("objects", columns, 3);
	unsigned long step;

	for (step = 0; step < STEPS; step++) {
		unsigned long nr = objects / SPREAD * (step + 1) / STEPS;
		double values[] = { nr, dense[step], spread[step] };
		char label[32];

		snprintf(label, sizeof(label), "%lu", nr);
		series_row(s, label, values);
	}
}

/* Returns what was copied for the objects that are spread. */
static unsigned long long copied_by_few(void)
{
	double dense[STEPS], spread[STEPS];

	order = (struct order){
		.way = broken("no-count") ? PLAIN : COUNTED,
		.every = 1, .nr = objects / SPREAD, .steps = STEPS,
	};
	copied_by_child(dense);
	order.every = SPREAD;
	copied_by_child(spread);
	tell_course(dense, spread);
	return spread[STEPS - 1];
}

static void run(void)
{
	int plain, counted, spread, apart, skipped;
	unsigned long heads;

	bytes = (bytes + 15) / 16 * 16;
	heads = pages_of_heads(objects, bytes);
	part("who only reads copies nothing");
	plain = expect(0, "pages", "copied by a child that reads %lu objects", objects);
	part("who counts in each object copies all of them");
	counted = expect(heads, "pages", "copied by one that counts in each");
	spread = expect(pages_of_heads(objects / SPREAD, SPREAD * bytes), "pages",
			"copied by one that counts in each %dth", SPREAD);
	part("counters apart from the objects save that");
	apart = expect(pages_of(objects * sizeof(*table)), "pages",
		       "copied by one that counts in a table");
	part("so do objects that are not counted");
	skipped = expect(0, "pages", "copied by one that finds them immortal");

	pin();
	heap = region(pages_of(objects * bytes));
	table = (uint64_t *)region(pages_of(objects * sizeof(*table)));
	make_objects(false);
	doing("a forked child reads %lu objects in %lu pages", objects, heads);
	look_at_all(plain, broken("plain-counts") ? COUNTED : PLAIN);
	doing("a forked child counts in each object");
	look_at_all(counted, broken("no-count") ? PLAIN : COUNTED);
	doing("a forked child counts in one object of %d", SPREAD);
	measured(spread, copied_by_few());
	doing("a forked child counts in a table");
	look_at_all(apart, broken("table-inside") ? COUNTED : IN_TABLE);
	make_objects(!broken("all-mortal"));
	doing("a forked child finds each object immortal");
	look_at_all(skipped, SKIPPED);
}

static const char *const next[] = {
	"mm/memory.c: do_wp_page(), wp_page_copy()",
	"Python: Include/object.h: Py_INCREF(); PEP 683; gc.freeze(); Modules/gcmodule.c: update_refs()",
	"fork(2), NOTES; pcstats cow --help, to see it in a program of yours",
	"pcstats lab memory: readers without counters; pcstats lab prefork: many workers",
	NULL
};

const struct lab lab_refcount = {
	.name = "refcount",
	.claim = "a reader that updates a counter in each object copies everything it only meant to read",
	.prediction = "A counter in the object is a write to the page that it is in, and that page is "
		"copied. So a child that reads copies nothing, one that counts in each object copies "
		"all their pages, and so does one that counts in one of eight. With counters that lie "
		"together only their own pages are copied; with none, as in immortal objects, nothing.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
