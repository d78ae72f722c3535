// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nothing is missed and nothing counted twice: the totals are the sum of the
 * rows, and all creations together are those that /proc/stat counts.
 */
#include <sched.h>
#include <signal.h>

#include "pcstats.h"

struct creations {
	unsigned long long kernel;	/* processes of /proc/stat */
	unsigned long long ours;	/* the four totals of creations */
};

static unsigned long long total_creations(void)
{
	struct pcstats_snapshot snap = snapshot();
	const unsigned long long *tally = snap.total.tally;
	unsigned long long sum = tally[PCSTATS_forks] + tally[PCSTATS_vforks] +
		tally[PCSTATS_threads] + tally[PCSTATS_clones];

	if (!snap.total.present)
		fail("no totals");
	pcstats_free(&snap);
	return sum;
}

/*
 * Both at one moment: the kernel may start a worker between the two reads, so
 * read until a pair of readings shows that none was.
 */
static struct creations creations(void)
{
	struct creations now = { processes(), total_creations() }, last;

	do {
		last = now;
		now.kernel = processes();
		now.ours = total_creations();
	} while (last.kernel != now.kernel || last.ours != now.ours);
	return now;
}

static long do_create(long n)
{
	struct puppet p;

	while (n--) {
		puppet_start(&p);
		inner_start(&p, CLONE_THREAD);
		inner_end(&p);
		inner_start(&p, CLONE_VM | SIGCHLD);
		inner_end(&p);
		puppet_end(&p);
		if (!vfork())
			_exit(0);
		if (wait(NULL) < 0)
			fail_errno("wait");
	}
	return 0;
}

TEST_F(pcstats, creations_are_those_of_the_kernel)
{
	struct creations before, after;
	struct puppet p;

	puppet_start(&p);
	before = creations();
	puppet_call(&p, do_create, 10);
	after = creations();
	/* Ours, and what the kernel made of its own accord meanwhile. */
	EXPECT_LE(before.kernel + 4 * 10, after.kernel);
	EXPECT_EQ(after.kernel - before.kernel, after.ours - before.ours);
	puppet_end(&p);
}

static bool same_totals(const struct pcstats_total *a,
			const struct pcstats_total *b)
{
	return !memcmp(a->tally, b->tally, sizeof(a->tally));
}

/* No row has left the history since the reset: the rows hold all. */
TEST_F(pcstats, total_is_sum_of_rows)
{
	struct pcstats_snapshot snap, next;
	struct puppet p;
	size_t k;

	ASSERT_EQ(0, file_write("/sys/module/pcstats/parameters/history",
				"1000"));
	puppet_start(&p);
	ASSERT_EQ(0, file_write(PCSTATS_PATH, "reset"));
	puppet_call(&p, do_create, 10);
	wait_for_rest();
	/* Even then the kernel may start a worker in between. */
	snap = snapshot();
	next = snapshot();
	while (!same_totals(&snap.total, &next.total)) {
		pcstats_free(&snap);
		snap = next;
		next = snapshot();
	}

	for (k = 0; k < PCSTATS_NR_TALLIES; k++) {
		const char *name = pcstats_tally_names[k];

		EXPECT_EQ(sum_of_rows(&snap, k), snap.total.tally[k])
			TH_LOG("total %s", name);
	}
	EXPECT_EQ(0, snap.total.lost);
	/* More by others: the reader of this test's output, say. */
	EXPECT_LE(10, snap.total.tally[PCSTATS_forks]);
	EXPECT_LE(10, snap.total.tally[PCSTATS_vforks]);
	EXPECT_LE(10, snap.total.tally[PCSTATS_threads]);
	EXPECT_LE(10, snap.total.tally[PCSTATS_clones]);
	pcstats_free(&snap);
	pcstats_free(&next);
	puppet_end(&p);
	ASSERT_EQ(0, file_write("/sys/module/pcstats/parameters/history",
				"64"));
}

/* total tasks and exited count the rows. */
TEST_F(pcstats, tasks_and_exited_are_the_rows)
{
	struct pcstats_snapshot snap = snapshot(), next = snapshot();
	unsigned long long live = 0, exited = 0;
	size_t i;

	while (snap.total.tasks != next.total.tasks ||
	       snap.total.exited != next.total.exited) {
		pcstats_free(&snap);
		snap = next;
		next = snapshot();
	}
	for (i = 0; i < snap.nr_tasks; i++) {
		if (snap.tasks[i].state.exited)
			exited++;
		else
			live++;
	}
	EXPECT_EQ(snap.total.tasks, live);
	EXPECT_EQ(snap.total.exited, exited);
	pcstats_free(&snap);
	pcstats_free(&next);
}

PCSTATS_TEST_MAIN
