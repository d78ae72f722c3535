// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing "reset" puts every tally of the rows and the totals to zero, and
 * nothing else.
 */
#include <fcntl.h>

#include "cow.h"

#define KTHREADD 2

/* One write of @len bytes, as a result or a negative errno. */
static long write_bytes(const char *text, size_t len)
{
	int fd = open(PCSTATS_PATH, O_WRONLY | O_CLOEXEC);
	ssize_t put;

	if (fd < 0)
		return -errno;
	put = write(fd, text, len);
	if (put < 0)
		put = -errno;
	close(fd);
	return put;
}

static long do_fork(long n)
{
	pid_t pid;

	while (n--) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid)
			fail_errno("fork");
	}
	return 0;
}

/* A puppet with something in many columns, and a dead child with some too. */
static void make_counts(struct puppet *p)
{
	region = region_map(17, MAP_PRIVATE, -1);
	region_write(region, 17);
	puppet_start(p);
	puppet_call(p, do_fork, 3);
	puppet_call(p, do_write, 17);
	puppet_settle(p);
}

FIXTURE_VARIANT(pcstats) {
	const char *text;
};

FIXTURE_VARIANT_ADD(pcstats, bare) { "reset" };
FIXTURE_VARIANT_ADD(pcstats, newline) { "reset\n" };

TEST_F(pcstats, everything_is_zero)
{
	const size_t len = strlen(variant->text);
	struct pcstats_snapshot snap;
	unsigned long long kthreads, nothing[PCSTATS_NR_TALLIES];
	struct pcstats_task row;
	struct puppet p;
	size_t i, k;

	make_counts(&p);
	row = task_row(p.pid);
	ASSERT_EQ(3, row.tally[PCSTATS_forks]);
	ASSERT_LE(17, row.tally[PCSTATS_copied]);
	wait_for_rest();
	ASSERT_EQ(len, write_bytes(variant->text, len));
	snap = snapshot();

	for (k = 0; k < PCSTATS_NR_TALLIES; k++)
		nothing[k] = cannot_happen(k) ? PCSTATS_UNWATCHED : 0;
	/* Nothing runs but the kernel, which may have made a worker since. */
	kthreads = pcstats_find_live(&snap, KTHREADD)->tally[PCSTATS_clones];
	for (k = 0; k < PCSTATS_NR_TALLIES; k++) {
		const char *name = pcstats_tally_names[k];

		if (k == PCSTATS_fork_ns && kthreads)
			continue;
		EXPECT_EQ(k == PCSTATS_clones ? kthreads : nothing[k],
			  snap.total.tally[k])
			TH_LOG("total %s", name);
	}
	for (i = 0; i < snap.nr_tasks; i++) {
		const struct pcstats_task *task = &snap.tasks[i];

		if (task->pid == KTHREADD)
			continue;
		for (k = 0; k < PCSTATS_NR_TALLIES; k++) {
			const char *name = pcstats_tally_names[k];

			EXPECT_EQ(nothing[k], task->tally[k])
				TH_LOG("%s of %d", name, task->pid);
		}
	}
	EXPECT_EQ(0, snap.nr_cows);
	pcstats_free(&snap);
	puppet_end(&p);
}

/* And counting goes on from there. */
TEST_F(pcstats, counts_from_zero)
{
	struct pcstats_task row;
	struct puppet p;

	make_counts(&p);
	ASSERT_EQ(0, file_write(PCSTATS_PATH, variant->text));
	puppet_call(&p, do_fork, 2);
	row = task_row(p.pid);
	EXPECT_EQ(2, row.tally[PCSTATS_forks]);
	EXPECT_EQ(2 * anon_pages(p.pid), row.tally[PCSTATS_fork_pages]);
	puppet_end(&p);
}

/* What is no tally stays: rows, names, history, hooks. */
TEST_F(pcstats, rows_stay)
{
	struct pcstats_snapshot before, after;
	struct puppet p;
	size_t i;

	make_counts(&p);
	before = snapshot();
	ASSERT_EQ(0, file_write(PCSTATS_PATH, variant->text));
	after = snapshot();
	EXPECT_EQ(before.total.exited, after.total.exited);
	for (i = 0; i < before.nr_tasks; i++) {
		const struct pcstats_task *was = &before.tasks[i];
		const struct pcstats_task *is =
			pcstats_find_task(&after, was->pid);

		ASSERT_NE(NULL, is);
		EXPECT_EQ(was->mm, is->mm);
		EXPECT_STREQ(was->comm, is->comm);
	}
	pcstats_free(&before);
	pcstats_free(&after);
	puppet_end(&p);
}

PCSTATS_TEST_MAIN
