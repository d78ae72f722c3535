// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where there are hardly any pids each is another task's a moment later, and
 * many a creation is refused: each task has a row of its own, and what was not
 * made is not counted.
 */
#include "makers.h"
#include "pcstats.h"

#define PID_MAX "/proc/sys/kernel/pid_max"
#define LAST_PID "/proc/sys/kernel/ns_last_pid"
#define LEAST 300	/* RESERVED_PIDS, from which pids come round again */

FIXTURE(few_pids) {
	int klog;
	long long unseen;
	char usual[16];
};

FIXTURE_SETUP(few_pids)
{
	frame_pin(0);
	self->klog = klog_open();
	file_read(PID_MAX, self->usual, sizeof(self->usual));
	books_open();
	self->unseen = births_unseen();
}

FIXTURE_TEARDOWN(few_pids)
{
	EXPECT_EQ(0, file_write(PID_MAX, self->usual));
	makers_stop();
	EXPECT_STREQ("", makers_miscounted());
	EXPECT_STREQ("", tasks_differ());
	/* As long as all of them have their rows. */
	if (makers_made() < HISTORY_MAX / 2)
		EXPECT_STREQ("", totals_differ());
	EXPECT_EQ(self->unseen, births_unseen());
	TH_LOG("%lu tasks, %lu refused", makers_made(), makers_refused());
	set_history(64);
	EXPECT_STREQ("", missed_events());
	EXPECT_STREQ("", klog_complaint(self->klog));
}

/* Let them make tasks with the pids from LEAST to @max - 1. */
static void storm(int max, int times)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", max);
	if (file_write(PID_MAX, text))
		fail("pid_max %s", text);
	/* Where few have been used yet it would take a while to get there. */
	snprintf(text, sizeof(text), "%d", LEAST - 1);
	if (file_write(LAST_PID, text))
		fail(LAST_PID);
	while (times--)
		makers_wait();
}

static int by_id(const void *a, const void *b)
{
	const struct pcstats_born *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/*
 * How many tasks there have been with pids from LEAST to @max - 1; each row is
 * of a task of its own.
 */
static int rows_below(pid_t max)
{
	struct pcstats_snapshot snap = snapshot();
	int rows = 0;
	size_t i;

	qsort(snap.borns, snap.nr_borns, sizeof(*snap.borns), by_id);
	for (i = 0; i < snap.nr_borns; i++) {
		rows += snap.borns[i].task.pid >= LEAST &&
			snap.borns[i].task.pid < max;
		if (i && snap.borns[i - 1].id == snap.borns[i].id)
			fail("two rows of task %llu", snap.borns[i].id);
	}
	pcstats_free(&snap);
	return rows;
}

/* The least that the kernel takes; it lasts until a kernel thread has it. */
TEST_F_TIMEOUT(few_pids, one, 20000)
{
	makers_start(MAKE_CALLS);
	storm(LEAST + 1, rounds(10));
	TH_LOG("%d times", rows_below(LEAST + 1));
}

TEST_F_TIMEOUT(few_pids, too_few, 20000)
{
	makers_start(MAKE_ALL);
	storm(LEAST + 6, rounds(6));
	EXPECT_NE(0, makers_refused());
	/* So some have been used again. */
	EXPECT_LT(6, rows_below(LEAST + 6));
}

PCSTATS_TEST_MAIN
