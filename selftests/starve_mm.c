// SPDX-License-Identifier: GPL-2.0-only
/*
 * When there are more tasks than the mm table had room for at first, its memory
 * grows and the table is whole; where it cannot grow, who reads on gets the
 * whole table later.
 *
 * With a build of the module that has next to no room at first, the small stock's
 * (PCSTATS_TEST_SMALL_STOCK in module/mm_table.c).
 */
#include <fcntl.h>
#include <signal.h>

#include "crowd.h"
#include "pcstats.h"
#include "starve.h"

#define TASKS 40
#define GROWS 8		/* from 2 by half each time, until TASKS fit */

static pid_t tasks[TASKS];
static unsigned int failures;

/* The whole text; a read that fails for want of memory is tried again. */
static struct pcstats_snapshot read_on(int fd)
{
	static char text[1 << 20];
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	size_t len = 0;
	ssize_t got;

	/* Page faults are not to be what fails. */
	memset(text, 0, sizeof(text));
	if (lseek(fd, 0, SEEK_SET))
		fail_errno("lseek");
	while ((got = read(fd, text + len, 2000))) {
		if (got > 0)
			len += got;
		else if (errno == ENOMEM)
			failures++;
		else
			fail_errno("read");
	}
	if (pcstats_parse(&snap, text, len, &error))
		fail("line %lu: %s", error.line, error.reason);
	return snap;
}

/* Whose memory it is that the task table has, and the mm table must have. */
static unsigned int users(const struct pcstats_snapshot *snap,
			  unsigned long long mm)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++)
		n += !snap->tasks[i].state.exited && snap->tasks[i].mm == mm &&
		     snap->tasks[i].state.letter != 'Z';
	return n;
}

/* The first thing that is wrong, "" if nothing is. */
static const char *wrong(const struct pcstats_snapshot *snap)
{
	static char text[128];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < snap->nr_mms; i++) {
		const struct pcstats_mm *mm = &snap->mms[i];

		if (mm->tasks != users(snap, mm->id) || mm->tasks != mm->users)
			snprintf(text, sizeof(text),
				 "mm %llu: %llu tasks, %llu users; %u rows",
				 mm->id, mm->tasks, mm->users,
				 users(snap, mm->id));
	}
	for (i = 0; i < TASKS; i++) {
		const struct pcstats_task *task =
			pcstats_find_live(snap, tasks[i]);
		const struct pcstats_mm *mm =
			task ? pcstats_find_mm(snap, task->mm) : NULL;

		if (!mm || mm->procs != 1 || mm->files != 1 || mm->fs != 1 ||
		    mm->sighand != 1 || strcmp(mm->comm, "starve_mm"))
			snprintf(text, sizeof(text), "the mm of %d", tasks[i]);
	}
	return text;
}

FIXTURE(mm) {
	struct puppet p;
	int fd;
	int klog;
};

/* Those that are older than the module need no stock. */
FIXTURE_SETUP(mm)
{
	frame_pin(0);
	self->klog = klog_open();
	puppet_start(&self->p);
	inner_start(&self->p, CLONE_THREAD);
	crowd_idle(tasks, TASKS);
	starve_small_stock(true);
	self->fd = open(PCSTATS_PATH, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	wait_for_rest();
}

FIXTURE_TEARDOWN(mm)
{
	close(self->fd);
	starve_small_stock(false);
	crowd_end(tasks, TASKS);
	inner_end(&self->p);
	puppet_end(&self->p);
	EXPECT_STREQ("", starve_complaint(self->klog));
}

TEST_F(mm, grows)
{
	struct pcstats_snapshot snap = read_on(self->fd);

	EXPECT_STREQ("", wrong(&snap));
	EXPECT_LT(TASKS, snap.nr_mms);
	EXPECT_EQ(2, mm_row(self->p.pid).tasks);
	pcstats_free(&snap);
}

TEST_F(mm, cannot_grow)
{
	struct pcstats_snapshot snap;
	unsigned int nth, left;

	for (nth = 1, left = 0; !left; nth++) {
		starve_nth(nth);
		snap = read_on(self->fd);
		left = starve_left();
		EXPECT_STREQ("", wrong(&snap)) TH_LOG("the %uth", nth);
		pcstats_free(&snap);
	}
	TH_LOG("%u allocations, %u reads failed", nth - 2, failures);
	EXPECT_LE(GROWS, nth - 2);
	EXPECT_NE(0, failures);
}

int main(int argc, char **argv)
{
	frame_begin();
	starve_begin();
	return run_cases(argc, argv);
}
