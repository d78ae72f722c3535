// SPDX-License-Identifier: GPL-2.0-only
#include "ledger.h"

#include <stdio.h>
#include <string.h>

/* Tallies of which each event of a copy-on-write source is in one. */
static const enum pcstats_tally kinds[] = {
	PCSTATS_copied, PCSTATS_reused, PCSTATS_zeroed, PCSTATS_file,
	PCSTATS_exclusive, PCSTATS_shared_write, PCSTATS_ksm, PCSTATS_unshared,
	PCSTATS_fork_copied, PCSTATS_huge_split, PCSTATS_huge_reused,
	PCSTATS_huge_exclusive, PCSTATS_hugetlb_copied, PCSTATS_hugetlb_reused,
	PCSTATS_hugetlb_stolen,
};

/* Nothing of its creation is missing. */
static bool is_whole(const struct pcstats_snapshot *snap,
		     const struct pcstats_task *task)
{
	return task->call != PCSTATS_CALL_UNKNOWN && task->creator &&
	       (task->call != PCSTATS_CALL_FORK ||
		pcstats_find_fork(snap, task));
}

static void add_rows(struct ledger *l, const struct pcstats_snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->nr_tasks; i++) {
		l->whole += is_whole(snap, &snap->tasks[i]);
		if (snap->tasks[i].state.exited)
			l->exited++;
		else
			l->live++;
	}
}

static void add_totals(struct ledger *l, const struct pcstats_total *total)
{
	const unsigned long long *tally = total->tally;
	size_t i;

	l->creations = tally[PCSTATS_forks] + tally[PCSTATS_vforks] +
		       tally[PCSTATS_threads] + tally[PCSTATS_clones];
	l->execs = tally[PCSTATS_execs];
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (tally[kinds[i]] != PCSTATS_UNWATCHED)
			l->writes += tally[kinds[i]];
	l->lost = total->lost;
}

static void add_missed(struct ledger *l, const struct pcstats_snapshot *snap)
{
	const struct pcstats_hook *hook;

	for (hook = snap->hooks; hook < snap->hooks + snap->nr_hooks; hook++) {
		if (!strcmp(hook->name, "task_newtask"))
			l->missed_births = hook->missed;
		else if (!strcmp(hook->name, "sched_process_exit"))
			l->missed_exits = hook->missed;
		else if (!strcmp(hook->name, "sched_process_exec"))
			l->missed_execs = hook->missed;
		else
			l->missed_writes += hook->missed;
	}
}

struct ledger ledger_read(void)
{
	struct pcstats_snapshot snap;
	struct ledger l;

	/* The kernel may make a worker of its own at any time. */
	do {
		l = (struct ledger){ .births = processes() };
		wait_for_rest();
		snap = snapshot();
		add_rows(&l, &snap);
		add_totals(&l, &snap.total);
		add_missed(&l, &snap);
		pcstats_free(&snap);
	} while (l.births != processes());
	return l;
}

static const char *compare(const char *what, unsigned long long events,
			   unsigned long long recorded, unsigned long long missed)
{
	static char text[120];

	if (events == recorded + missed)
		return "";
	snprintf(text, sizeof(text), "%s: %llu, recorded %llu, missed %llu",
		 what, events, recorded, missed);
	return text;
}

const char *ledger_wrong(const struct ledger *a, const struct ledger *b)
{
	const unsigned long long births = b->births - a->births;
	const char *wrong;

	wrong = compare("births", births, b->whole - a->whole,
			b->missed_births - a->missed_births);
	if (*wrong)
		return wrong;
	wrong = compare("exits", births - (b->live - a->live),
			b->exited - a->exited,
			b->missed_exits - a->missed_exits);
	if (*wrong)
		return wrong;
	return compare("lost", b->lost, 0,
		       b->missed_births + b->missed_exits +
		       b->missed_execs + b->missed_writes);
}
