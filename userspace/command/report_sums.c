// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums over a recording.  A task has one sum however often its row moves: each
 * difference says which row continues which.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"

#define NO_SUM	SIZE_MAX

long long report_add(long long a, long long b)
{
	long long sum;

	if (a == PCSTATS_DELTA_UNWATCHED || b == PCSTATS_DELTA_UNWATCHED ||
	    __builtin_add_overflow(a, b, &sum))
		return PCSTATS_DELTA_UNWATCHED;
	return sum;
}

double report_seconds(unsigned long long from_ns, unsigned long long to_ns)
{
	return to_ns > from_ns ? (to_ns - from_ns) / 1e9 : 0;
}

/* ---- reset ---- */

static bool falls(const long long *tally)
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		if (tally[t] < 0 && tally[t] != PCSTATS_DELTA_UNWATCHED)
			return true;
	return false;
}

static bool was_reset(const struct pcstats_diff *diff)
{
	size_t i;

	if (falls(diff->total))
		return true;
	for (i = 0; i < diff->nr_tasks; i++)
		if (falls(diff->tasks[i].tally))
			return true;
	return false;
}

static void count_from_zero(long long *tally, const unsigned long long *after)
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		tally[t] = pcstats_delta(0, after[t]);
}

void report_diff(struct pcstats_diff *diff,
		 const struct pcstats_snapshot *before,
		 const struct pcstats_snapshot *after, bool *reset)
{
	size_t i;

	if (pcstats_diff(diff, before, after))
		exit(fail("no memory"));
	*reset = was_reset(diff);
	if (!*reset)
		return;
	count_from_zero(diff->total, after->total.tally);
	for (i = 0; i < diff->nr_tasks; i++)
		if (diff->tasks[i].after)
			count_from_zero(diff->tasks[i].tally,
					diff->tasks[i].after->tally);
}

/* ---- sums ---- */

static size_t new_sum(struct sums *sums)
{
	if (sums->nr == sums->room) {
		sums->room = sums->room ? 2 * sums->room : 256;
		sums->at = xreallocarray(sums->at, sums->room,
					 sizeof(sums->at[0]));
	}
	memset(&sums->at[sums->nr], 0, sizeof(sums->at[0]));
	return sums->nr++;
}

static void add_change(struct sum *sum, const struct pcstats_change *change)
{
	const struct pcstats_task *task = change->after ?: change->before;
	size_t t;

	sum->pid = task->pid;
	sum->tgid = task->tgid;
	sum->state = task->state;
	memcpy(sum->comm, task->comm, sizeof(sum->comm));
	sum->gone = !change->after;
	/* What it did before stands. */
	for (t = 0; change->after && t < PCSTATS_NR_TALLIES; t++)
		sum->tally[t] = report_add(sum->tally[t], change->tally[t]);
}

void sums_add(struct sums *sums, const struct pcstats_diff *diff,
	      const struct pcstats_snapshot *before,
	      const struct pcstats_snapshot *after)
{
	size_t *of = xcalloc(after->nr_tasks, sizeof(*of));
	size_t i, t, nr;

	for (i = 0; i < diff->nr_tasks; i++) {
		const struct pcstats_change *change = &diff->tasks[i];

		nr = change->before && sums->of ?
		     sums->of[change->before - before->tasks] : NO_SUM;
		if (nr == NO_SUM)
			nr = new_sum(sums);
		add_change(&sums->at[nr], change);
		if (change->after)
			of[change->after - after->tasks] = nr;
	}
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		sums->total[t] = report_add(sums->total[t], diff->total[t]);
	free(sums->of);
	sums->of = of;
}

void sums_free(struct sums *sums)
{
	free(sums->at);
	free(sums->of);
}
