// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers on both CPUs, while tasks are born and die by the thousand: every
 * line is whole, no task comes twice, none that lived all the time is missing;
 * and when it is over, the books balance.
 */
#include <sched.h>
#include <stdatomic.h>

#include "crowd.h"
#include "pcstats.h"

#define HISTORY "/sys/module/pcstats/parameters/history"
#define IDLE 40
#define ROUNDS 125	/* of each of the two makers */
#define MAX_PID (4 << 20)

struct shared {
	atomic_int reads[2];	/* readings that each reader has finished */
	atomic_bool stop;
};

static struct shared *shared;
static pid_t idle[IDLE];

static void check_reading(void)
{
	static unsigned char seen[MAX_PID / 8];
	struct pcstats_snapshot snap = snapshot();
	size_t i;

	memset(seen, 0, sizeof(seen));
	for (i = 0; i < snap.nr_tasks; i++) {
		pid_t pid = snap.tasks[i].pid;

		if (pid <= 0 || pid >= MAX_PID)
			fail("pid %d", pid);
		/* No pid comes round again in so short a time. */
		if (seen[pid / 8] & 1 << pid % 8)
			fail("task %d comes twice", pid);
		seen[pid / 8] |= 1 << pid % 8;
	}
	for (i = 0; i < IDLE; i++)
		if (!pcstats_find_live(&snap, idle[i]))
			fail("task %d is missing", idle[i]);
	pcstats_free(&snap);
}

static long do_read(long cpu)
{
	frame_pin(cpu);
	while (!shared->stop) {
		check_reading();
		shared->reads[cpu]++;
	}
	return 0;
}

static long do_make(long cpu)
{
	int i;

	frame_pin(cpu);
	for (i = 0; i < ROUNDS; i++)
		crowd_create();
	return 0;
}

/* Live and exited rows, of which none is lost as long as the history lasts. */
struct books {
	unsigned long long births, tasks, exited, lost;
};

static struct books read_books(void)
{
	struct pcstats_snapshot snap;
	struct books books;
	unsigned long long births;

	/* The kernel may make a worker of its own at any time. */
	do {
		births = processes();
		wait_for_rest();
		snap = snapshot();
		books.births = processes();
		books.tasks = snap.total.tasks;
		books.exited = snap.total.exited;
		books.lost = snap.total.lost;
		pcstats_free(&snap);
	} while (births != books.births);
	return books;
}

TEST_F_TIMEOUT(pcstats, readers_and_makers, 120)
{
	struct puppet readers[2], makers[2];
	struct books before, after;
	int reads[2];
	long cpu;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	ASSERT_EQ(0, file_write(HISTORY, "0"));
	ASSERT_EQ(0, file_write(HISTORY, "2000"));
	crowd_idle(idle, IDLE);
	for (cpu = 0; cpu < 2; cpu++) {
		puppet_start(&readers[cpu]);
		puppet_start(&makers[cpu]);
	}

	before = read_books();
	for (cpu = 0; cpu < 2; cpu++)
		puppet_post(&readers[cpu], do_read, cpu);
	for (cpu = 0; cpu < 2; cpu++)
		while (!shared->reads[cpu])
			sched_yield();
	for (cpu = 0; cpu < 2; cpu++) {
		reads[cpu] = shared->reads[cpu];
		puppet_post(&makers[cpu], do_make, cpu);
	}
	for (cpu = 0; cpu < 2; cpu++)
		ASSERT_EQ(0, puppet_result(&makers[cpu]));
	/* At least one reading began and ended within the storm. */
	for (cpu = 0; cpu < 2; cpu++)
		EXPECT_LE(reads[cpu] + 2, shared->reads[cpu]);
	shared->stop = true;
	for (cpu = 0; cpu < 2; cpu++)
		ASSERT_EQ(0, puppet_result(&readers[cpu]));
	after = read_books();

	EXPECT_LE(before.births + 2 * ROUNDS * CROWD_CREATES, after.births);
	EXPECT_EQ(after.births - before.births,
		  (after.tasks + after.exited) -
		  (before.tasks + before.exited));
	EXPECT_EQ(0, after.lost);

	for (cpu = 0; cpu < 2; cpu++) {
		puppet_end(&readers[cpu]);
		puppet_end(&makers[cpu]);
	}
	crowd_end(idle, IDLE);
	ASSERT_EQ(0, file_write(HISTORY, "64"));
}

PCSTATS_TEST_MAIN
