// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool of Python processes that only reads its data shares it: fork copies
 * nothing.  So one would think, and the memory grows.
 *
 * To look at an object is to count a reference to it, and the count is in the
 * object: Py_INCREF() writes, and the kernel copies the page (see the lab refcount).
 * The garbage collector writes, too: it keeps its own counts in front of each
 * object that can be part of a cycle.  gc.freeze() before the fork takes these
 * objects out of its sight.  It does not keep a reader from counting.
 *
 * What is no object is shared as in C: the bytes of one large buffer.
 */
#include "python.h"

static unsigned long count = 20000;

static const struct setting settings[] = {
	{ "objects", &count, 1000, 1000000, "lists that the parent makes" },
	{ NULL }
};

static const struct sabotage sabotages[] = {
	{ "no-look", "the child does nothing with the objects" },
	{ "no-freeze", "gc.freeze() is not called" },
	{ "write", "the child writes to the buffer" },
	{ NULL }
};

/*
 * Pages that the child copied while it did @how, for each that holds the objects.
 * The interpreter's own, which come to a few dozen, are in it.
 */
static double copied_share(const char *how)
{
	struct program p = program_start(python_memory, how, count);
	unsigned long long before, copied, held;
	int child;

	program_read(&p, 2, "%d %llu", &child, &held);
	before = tally(child, PCSTATS_copied);
	program_go_on(&p);
	program_read(&p, 0, " done");
	copied = tally(child, PCSTATS_copied) - before;
	program_end(&p);
	return (double)copied / held;
}

/* All of them, and at most a fifth more; of 1000 objects the pages are 18. */
static int expect_all(const char *what)
{
	return expect_between(1, 1.2, "", "%s: copied, of the pages that hold them", what);
}

static int expect_few(const char *what)
{
	return expect_between(0, 0.2, "", "%s: copied, of the pages that hold them", what);
}

static void run(void)
{
	const char *look = broken("no-look") ? "nothing" : "read";
	int reads, frozen_reads, collects, frozen_collects, counts;

	part("a child that reads objects shares them");
	reads = expect_all("it goes through a list of them");
	against(reads);
	part("gc.freeze() lets it read them without a copy");
	frozen_reads = expect_all("the same after gc.freeze()");
	against(frozen_reads);
	part("gc.freeze() lets the collector run without a copy");
	/* The interpreter has objects of its own, which the collector looks at, too. */
	collects = expect_between(1, 3, "", "gc.collect(): copied, of the pages that hold them");
	frozen_collects = expect_few("the same after gc.freeze()");
	part("a child that reads a buffer shares it");
	counts = expect_few("it counts the bytes of one kind");

	doing("a child looks at %lu objects", count);
	measured(reads, copied_share(look));
	doing("the same after gc.freeze()");
	measured(frozen_reads, copied_share(broken("no-look") ? "nothing" : "freeze-read"));
	doing("a child collects garbage");
	measured(collects, copied_share("collect"));
	doing("the same after gc.freeze()");
	measured(frozen_collects, copied_share(broken("no-freeze") ? "collect" :
							"freeze-collect"));
	doing("a child counts bytes in a buffer");
	measured(counts, copied_share(broken("write") ? "write" : "count"));
}

static const char *const next[] = {
	"gc.freeze() in Python's library reference; Py_INCREF() in its C API reference",
	"mm/memory.c: do_wp_page(), wp_page_copy()",
	"pcstats lab refcount: the same in C",
	"pcstats run -- python3 PROGRAM: what your own program copies",
	NULL
};

const struct lab lab_python_memory = {
	.name = "python-memory",
	.claim = "Python processes that only read share their data; gc.freeze() sees to it",
	.prediction = "To look at an object is to count a reference in it: all pages that hold the objects are "
		"copied, with and without gc.freeze(). A collection writes to them as well; that is what "
		"gc.freeze() prevents. The bytes of a buffer are shared.",
	.settings = settings,
	.sabotages = sabotages,
	.run = run,
	.next = next,
};
