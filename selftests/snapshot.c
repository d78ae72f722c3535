// SPDX-License-Identifier: GPL-2.0-only
#include "snapshot.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "memory.h"

struct pcstats_snapshot snapshot(void)
{
	struct pcstats_snapshot snap;
	struct pcstats_error error;
	int err = pcstats_read(&snap, NULL, &error);

	if (err)
		fail("%s: error %d, line %lu: %s", PCSTATS_PATH, err,
		     error.line, error.reason);
	return snap;
}

struct pcstats_task task_row(pid_t pid)
{
	struct pcstats_snapshot snap = snapshot();
	const struct pcstats_task *found = pcstats_find_live(&snap, pid);
	struct pcstats_task row;

	if (!found)
		fail("no live row of task %d", pid);
	row = *found;
	pcstats_free(&snap);
	return row;
}

struct pcstats_task exited_row(pid_t pid)
{
	struct pcstats_snapshot snap = snapshot();
	const struct pcstats_task *found = pcstats_find_exited(&snap, pid);
	struct pcstats_task row;

	if (!found)
		fail("no exited row of task %d", pid);
	row = *found;
	pcstats_free(&snap);
	return row;
}

struct pcstats_mm mm_row(pid_t pid)
{
	struct pcstats_snapshot snap = snapshot();
	const struct pcstats_task *task = pcstats_find_live(&snap, pid);
	const struct pcstats_mm *found;
	struct pcstats_mm row;

	if (!task)
		fail("no live row of task %d", pid);
	found = pcstats_find_mm(&snap, task->mm);
	if (!found)
		fail("no row of address space %llu of task %d", task->mm, pid);
	row = *found;
	pcstats_free(&snap);
	return row;
}

unsigned long long mm_id(pid_t pid)
{
	return task_row(pid).mm;
}

static const struct pcstats_fork *
find_fork(const struct pcstats_snapshot *snap, pid_t pid)
{
	const struct pcstats_task *task = pcstats_find_live(snap, pid);

	if (!task)
		fail("no live row of task %d", pid);
	return pcstats_find_fork(snap, task);
}

struct pcstats_fork fork_row(pid_t pid)
{
	struct pcstats_snapshot snap = snapshot();
	const struct pcstats_fork *found = find_fork(&snap, pid);
	struct pcstats_fork row;

	if (!found)
		fail("no fork row of task %d", pid);
	row = *found;
	pcstats_free(&snap);
	return row;
}

bool has_fork_row(pid_t pid)
{
	struct pcstats_snapshot snap = snapshot();
	bool found = find_fork(&snap, pid);

	pcstats_free(&snap);
	return found;
}

/* Sum over the rows of @pid named @name, or of all; and how many these are. */
static unsigned long long sum_maps(pid_t pid, const char *name, size_t *rows)
{
	struct pcstats_snapshot snap = snapshot();
	const struct pcstats_task *task = pcstats_find_live(&snap, pid);
	const struct pcstats_map *map = NULL;
	unsigned long long copies = 0;

	if (!task)
		fail("no live row of task %d", pid);
	for (*rows = 0; (map = pcstats_next_map(&snap, task, map)); ) {
		if (name && strcmp(name, map->name))
			continue;
		copies += map->copies;
		(*rows)++;
	}
	pcstats_free(&snap);
	return copies;
}

unsigned long long map_copies(pid_t pid, const char *name)
{
	size_t rows;
	unsigned long long copies = sum_maps(pid, name, &rows);

	if (rows > 1)
		fail("%zu rows of task %d named %s", rows, pid, name);
	return copies;
}

size_t map_rows(pid_t pid)
{
	size_t rows;

	sum_maps(pid, NULL, &rows);
	return rows;
}

pid_t stray_row(const struct pcstats_snapshot *snap)
{
	size_t i, k;

	for (k = 0; k < PCSTATS_NR_COW_TABLES; k++)
		for (i = 0; i < snap->cow[k].nr; i++)
			if (!pcstats_find_task(snap,
					       snap->cow[k].rows[i].task.pid))
				return snap->cow[k].rows[i].task.pid;
	for (i = 0; i < snap->nr_maps; i++)
		if (!pcstats_find_task(snap, snap->maps[i].task.pid))
			return snap->maps[i].task.pid;
	for (i = 0; i < snap->nr_forks; i++)
		if (!pcstats_find_task(snap, snap->forks[i].task.pid))
			return snap->forks[i].task.pid;
	return 0;
}

bool has_live_row(pid_t pid)
{
	struct pcstats_snapshot snap = snapshot();
	bool found = pcstats_find_live(&snap, pid);

	pcstats_free(&snap);
	return found;
}

bool has_exited_row(pid_t pid)
{
	struct pcstats_snapshot snap = snapshot();
	bool found = pcstats_find_exited(&snap, pid);

	pcstats_free(&snap);
	return found;
}

const char *missed_events(void)
{
	static char text[160];
	struct pcstats_snapshot snap = snapshot();
	size_t i;

	text[0] = '\0';
	if (snap.total.present && snap.total.lost)
		snprintf(text, sizeof(text), "lost %llu", snap.total.lost);
	for (i = 0; i < snap.nr_hooks; i++)
		if (snap.hooks[i].missed)
			snprintf(text, sizeof(text), "%s missed %llu",
				 snap.hooks[i].name, snap.hooks[i].missed);
	pcstats_free(&snap);
	return text;
}

static bool at_rest(const struct pcstats_snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++) {
		const struct pcstats_task *task = &snap->tasks[i];

		if (task->mm && !task->state.exited && task->pid != getpid() &&
		    !strchr("STZ", task->state.letter))
			return false;
	}
	return true;
}

void wait_for_rest(void)
{
	struct pcstats_snapshot snap;
	bool rest;

	/* After the first reading malloc has all that it will need. */
	snap = snapshot();
	pcstats_free(&snap);
	settle();
	do {
		snap = snapshot();
		rest = at_rest(&snap);
		pcstats_free(&snap);
		sched_yield();
	} while (!rest);
}

static bool without_thp(void)
{
	return access("/sys/kernel/mm/transparent_hugepage", F_OK);
}

bool cannot_happen(size_t tally)
{
	return (tally == PCSTATS_huge_split || tally == PCSTATS_huge_reused) &&
	       without_thp();
}

/* A function that huge pages alone have. */
static bool cannot_be(const struct pcstats_hook *hook)
{
	return (!strcmp(hook->name, "pmdp_set_access_flags") ||
		!strcmp(hook->name, "__split_huge_pmd") ||
		!strcmp(hook->name, "pgtable_trans_huge_withdraw")) &&
	       strstr(hook->reason, "no such function") && without_thp();
}

const char *not_watched(void)
{
	static char text[256];
	struct pcstats_snapshot snap = snapshot();
	size_t i;

	text[0] = '\0';
	for (i = 0; i < snap.nr_hooks && !*text; i++)
		if (!snap.hooks[i].on && !cannot_be(&snap.hooks[i]))
			snprintf(text, sizeof(text), "%s: %s",
				 snap.hooks[i].name, snap.hooks[i].reason);
	for (i = 0; i < PCSTATS_NR_TALLIES && !*text; i++)
		if (snap.total.tally[i] == PCSTATS_UNWATCHED &&
		    !cannot_happen(i))
			snprintf(text, sizeof(text), "%s",
				 pcstats_tally_names[i]);
	pcstats_free(&snap);
	return text;
}

unsigned long long sum_of_rows(const struct pcstats_snapshot *snap,
			       size_t tally)
{
	unsigned long long sum = 0;
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++) {
		if (snap->tasks[i].tally[tally] == PCSTATS_UNWATCHED)
			return PCSTATS_UNWATCHED;
		sum += snap->tasks[i].tally[tally];
	}
	return sum;
}

static const char *compare(const struct pcstats_task *before,
			   const struct pcstats_task *after,
			   const unsigned long long *expected,
			   size_t first, size_t end)
{
	static char text[160];
	long long delta;
	size_t i;

	for (i = first; i < end; i++) {
		delta = pcstats_delta(before->tally[i], after->tally[i]);
		if (delta == PCSTATS_DELTA_UNWATCHED && cannot_happen(i) &&
		    (!expected[i] || expected[i] == PCSTATS_UNWATCHED))
			continue;
		if (delta == PCSTATS_DELTA_UNWATCHED)
			snprintf(text, sizeof(text), "%d: %s is not watched",
				 after->pid, pcstats_tally_names[i]);
		else if (expected[i] == SOME && delta <= 0)
			snprintf(text, sizeof(text), "%d: %s %lld, not above 0",
				 after->pid, pcstats_tally_names[i], delta);
		else if (expected[i] != SOME && delta != (long long)expected[i])
			snprintf(text, sizeof(text), "%d: %s %lld, not %llu",
				 after->pid, pcstats_tally_names[i], delta,
				 expected[i]);
		else
			continue;
		return text;
	}
	return "";
}

const char *task_tallies(const struct pcstats_task *before,
			 const struct pcstats_task *after,
			 const unsigned long long *expected)
{
	return compare(before, after, expected, 0, PCSTATS_NR_TASK_TALLIES);
}

const char *cow_tallies(const struct pcstats_task *before,
			const struct pcstats_task *after,
			const unsigned long long *expected)
{
	return compare(before, after, expected, PCSTATS_NR_TASK_TALLIES,
		       PCSTATS_NR_TALLIES);
}

const char *all_tallies(const struct pcstats_task *before,
			const struct pcstats_task *after,
			const unsigned long long *expected)
{
	return compare(before, after, expected, 0, PCSTATS_NR_TALLIES);
}

unsigned long long anon_pages(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	return file_number(path, "Anonymous:") / 4;
}

unsigned long long processes(void)
{
	return file_number("/proc/stat", "processes ");
}
