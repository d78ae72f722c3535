// SPDX-License-Identifier: GPL-2.0-only
/*
 * A copy counts when it is done: of two threads that write the same pages at
 * the same time, one copies each page, and the other's fault counts nothing.
 */
#include "cow.h"
#include "procstat.h"

#define PAGES 256
#define ROUNDS 8

/* In the memory that both share: how many have come to the start. */
static int at_start;

static long do_write_together(long pages)
{
	__atomic_add_fetch(&at_start, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&at_start, __ATOMIC_SEQ_CST) < 2)
		;
	return do_write(pages);
}

static long do_pin_to(long cpu)
{
	frame_pin(cpu);
	return 0;
}

static unsigned long faults(const struct puppet *p)
{
	return procstat(p->pid).minflt;
}

TEST_F(pcstats, two_threads)
{
	struct pcstats_task before = { 0 }, sum = { 0 };
	struct pcstats_task a_row, b_row, now;
	unsigned long tried = 0;
	struct puppet a, b, owner;
	int round, i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs two CPUs");
	region = region_map(PAGES, MAP_PRIVATE, -1);
	region_write(region, PAGES);
	puppet_clone(&a, CLONE_THREAD);
	puppet_clone(&b, CLONE_THREAD);
	puppet_call(&b, do_pin_to, 1);
	for (round = 0; round < ROUNDS; round++) {
		/* Maps all pages: whoever comes first has to copy. */
		puppet_start(&owner);
		settle();
		at_start = 0;
		a_row = task_row(a.pid);
		b_row = task_row(b.pid);
		tried -= faults(&a) + faults(&b);
		puppet_post(&a, do_write_together, PAGES);
		puppet_post(&b, do_write_together, PAGES);
		puppet_result(&a);
		puppet_result(&b);
		tried += faults(&a) + faults(&b);
		memset(sum.tally, 0, sizeof(sum.tally));
		now = task_row(a.pid);
		for (i = 0; i < PCSTATS_NR_TALLIES; i++)
			sum.tally[i] += now.tally[i] - a_row.tally[i];
		now = task_row(b.pid);
		for (i = 0; i < PCSTATS_NR_TALLIES; i++)
			sum.tally[i] += now.tally[i] - b_row.tally[i];
		EXPECT_STREQ("", all_tallies(&before, &sum, COPIED(PAGES)));
		puppet_end(&owner);
	}
	/* They did meet: there were faults that came too late. */
	EXPECT_LT(ROUNDS * PAGES, tried);
	puppet_end(&a);
	puppet_end(&b);
}

PCSTATS_TEST_MAIN
