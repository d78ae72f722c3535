// SPDX-License-Identifier: GPL-2.0-only
/*
 * As many exited rows are kept as the parameter history says, the last ones, in
 * the order in which the tasks left; and it can be changed at any time.
 */
#include "pcstats.h"

#define HISTORY "/sys/module/pcstats/parameters/history"

FIXTURE(history) {
	char before[16];
	int klog;
};

FIXTURE_SETUP(history)
{
	frame_pin(0);
	self->klog = klog_open();
	file_read(HISTORY, self->before, sizeof(self->before));
}

FIXTURE_TEARDOWN(history)
{
	EXPECT_EQ(0, file_write(HISTORY, self->before));
	EXPECT_STREQ("", klog_complaint(self->klog));
}

static void set_history(unsigned int n)
{
	char text[16];
	int err;

	snprintf(text, sizeof(text), "%u", n);
	err = file_write(HISTORY, text);
	if (err)
		fail("%s: error %d for %s", HISTORY, err, text);
}

/* @n children that come and go one after the other; their pids. */
static void make_exited(pid_t *pids, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(0);
		if (waitpid(pids[i], NULL, 0) != pids[i])
			fail_errno("fork");
	}
}

/*
 * Does the history hold exactly @kept rows, and do they end with as many of
 * @pids, in order, as there is room for?  A row of somebody else's, say of a
 * kernel thread, may stand in between and take a place.
 */
static const char *history_differs(const pid_t *pids, size_t n, size_t kept)
{
	static char text[120];
	struct pcstats_snapshot snap = snapshot();
	size_t i, rows = 0, room = kept, mine = n;

	text[0] = '\0';
	/* From the newest. */
	for (i = snap.nr_tasks; i-- && snap.tasks[i].state.exited; rows++) {
		if (room && mine && snap.tasks[i].pid == pids[mine - 1])
			mine--;
		else if (mine && room && snap.tasks[i].ppid == getpid())
			snprintf(text, sizeof(text), "pid %d, not %d, at %zu",
				 snap.tasks[i].pid, pids[mine - 1], rows);
		room -= !!room;
	}
	if (rows != kept)
		snprintf(text, sizeof(text), "%zu rows, not %zu", rows, kept);
	if (snap.total.exited != kept)
		snprintf(text, sizeof(text), "total exited %llu, not %zu",
			 snap.total.exited, kept);
	pcstats_free(&snap);
	return text;
}

TEST_F(history, default_is_64)
{
	EXPECT_STREQ("64\n", self->before);
}

TEST_F(history, oldest_leave_first)
{
	pid_t pids[12];

	set_history(0);
	set_history(8);
	make_exited(pids, 3);
	EXPECT_STREQ("", history_differs(pids, 3, 3));
	make_exited(pids + 3, 5);
	EXPECT_STREQ("", history_differs(pids, 8, 8));
	make_exited(pids + 8, 4);
	EXPECT_STREQ("", history_differs(pids, 12, 8));
	EXPECT_FALSE(has_exited_row(pids[3]));
	EXPECT_TRUE(has_exited_row(pids[4]));
}

TEST_F(history, none)
{
	pid_t pid;

	set_history(0);
	make_exited(&pid, 1);
	EXPECT_STREQ("", history_differs(&pid, 1, 0));
	EXPECT_FALSE(has_live_row(pid));
}

TEST_F(history, shrinks_at_once)
{
	pid_t pids[10];

	set_history(0);
	set_history(10);
	make_exited(pids, 10);
	EXPECT_STREQ("", history_differs(pids, 10, 10));
	set_history(4);
	EXPECT_STREQ("", history_differs(pids, 10, 4));
	EXPECT_FALSE(has_exited_row(pids[5]));
	EXPECT_TRUE(has_exited_row(pids[6]));
}

/* The rows stay; there is only more room. */
TEST_F(history, grows)
{
	pid_t pids[10];

	set_history(0);
	set_history(4);
	make_exited(pids, 6);
	EXPECT_STREQ("", history_differs(pids, 6, 4));
	set_history(300);
	EXPECT_STREQ("", history_differs(pids, 6, 4));
	make_exited(pids + 6, 4);
	EXPECT_STREQ("", history_differs(pids + 2, 8, 8));
}

TEST_F(history, nonsense_is_refused)
{
	char now[16];

	EXPECT_EQ(-EINVAL, file_write(HISTORY, "many"));
	EXPECT_EQ(-EINVAL, file_write(HISTORY, "-1"));
	EXPECT_EQ(-ERANGE, file_write(HISTORY, "99999999999"));
	file_read(HISTORY, now, sizeof(now));
	EXPECT_STREQ(self->before, now);
}

PCSTATS_TEST_MAIN
