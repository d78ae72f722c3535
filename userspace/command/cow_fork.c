// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process has one row in the fork table, which tells of the last fork that it
 * took part in.  So one fork may be told of by both sides, or, once one of them
 * has forked again, called execve or left the history, by the other alone.
 */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "cow.h"

bool cow_gone(const struct pcstats_state *state)
{
	return state->exited || state->letter == 'Z' || state->letter == 'X';
}

/* The task that stands for @mm: a leader if it can be, and one that lives. */
static void find_side(const struct pcstats_snapshot *snap, struct cow_side *side)
{
	const struct pcstats_task *task;

	for (task = snap->tasks; task < snap->tasks + snap->nr_tasks; task++) {
		if (task->mm != side->mm)
			continue;
		side->alive |= !cow_gone(&task->state);
		if (!side->task || (side->task->pid != side->task->tgid &&
				    task->pid == task->tgid))
			side->task = task;
	}
}

/* Its own row is the better one about a side: that is never cut to shared. */
static void take_row(struct cow_fork *fork, const struct pcstats_fork *row)
{
	struct cow_side *self = row->child ? &fork->child : &fork->parent;
	struct cow_side *other = row->child ? &fork->parent : &fork->child;

	fork->shared = row->shared;
	self->copied = row->copied;
	if (other->copied == PCSTATS_UNWATCHED)
		other->copied = row->other_copied;
}

bool cow_find(const struct pcstats_snapshot *snap, unsigned long long parent_mm,
	      unsigned long long child_mm, struct cow_fork *fork)
{
	const struct pcstats_fork *row;
	unsigned int sides = 0;

	*fork = (struct cow_fork){
		.parent = { .mm = parent_mm, .copied = PCSTATS_UNWATCHED },
		.child = { .mm = child_mm, .copied = PCSTATS_UNWATCHED },
	};
	for (row = snap->forks; row < snap->forks + snap->nr_forks; row++) {
		if (row->child ? row->task.mm != child_mm || row->other != parent_mm :
				 row->task.mm != parent_mm || row->other != child_mm)
			continue;
		take_row(fork, row);
		sides |= row->child ? 2 : 1;
	}
	find_side(snap, &fork->parent);
	find_side(snap, &fork->child);
	fork->exact = sides == 3;
	return sides;
}

static bool is_known(const struct cow_fork *list, size_t nr,
		     unsigned long long parent_mm, unsigned long long child_mm)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (list[i].parent.mm == parent_mm &&
		    list[i].child.mm == child_mm)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	const struct cow_fork *x = a, *y = b;

	/* Ids ascend: who was made before all the others is whoever they share. */
	return (x->child.mm > y->child.mm) - (x->child.mm < y->child.mm);
}

size_t cow_forks(const struct pcstats_snapshot *snap, unsigned long long mm,
		 struct cow_fork **list)
{
	const struct pcstats_fork *row;
	size_t nr = 0;

	*list = xcalloc(snap->nr_forks, sizeof(**list));
	if (!mm || mm == PCSTATS_UNWATCHED)
		return 0;
	for (row = snap->forks; row < snap->forks + snap->nr_forks; row++) {
		unsigned long long parent = row->child ? row->other : row->task.mm;
		unsigned long long child = row->child ? row->task.mm : row->other;

		if (parent != mm && child != mm)
			continue;
		if (!is_known(*list, nr, parent, child))
			nr += cow_find(snap, parent, child, *list + nr);
	}
	if (nr)
		qsort(*list, nr, sizeof(**list), compare);
	return nr;
}

unsigned long long cow_copied(const struct cow_fork *fork)
{
	unsigned long long sum;

	if (fork->parent.copied == PCSTATS_UNWATCHED ||
	    fork->child.copied == PCSTATS_UNWATCHED ||
	    __builtin_add_overflow(fork->parent.copied, fork->child.copied, &sum))
		return PCSTATS_UNWATCHED;
	return sum;
}

unsigned long long cow_left(const struct cow_fork *fork)
{
	unsigned long long copied = cow_copied(fork);

	if (copied == PCSTATS_UNWATCHED || fork->shared == PCSTATS_UNWATCHED)
		return PCSTATS_UNWATCHED;
	return fork->shared > copied ? fork->shared - copied : 0;
}

double cow_left_percent(const struct cow_fork *fork)
{
	unsigned long long left = cow_left(fork);

	return left == PCSTATS_UNWATCHED || !fork->shared ? NAN :
	       100.0 * left / fork->shared;
}

unsigned long long cow_bytes(unsigned long long pages)
{
	unsigned long long bytes;

	return __builtin_mul_overflow(pages, sysconf(_SC_PAGESIZE), &bytes) ?
	       PCSTATS_UNWATCHED : bytes;
}

void cow_tallies(const struct pcstats_snapshot *snap, unsigned long long mm,
		 unsigned long long tally[PCSTATS_NR_TALLIES])
{
	const struct pcstats_task *task;
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		tally[t] = 0;
	for (task = snap->tasks; task < snap->tasks + snap->nr_tasks; task++) {
		if (task->mm != mm)
			continue;
		for (t = 0; t < PCSTATS_NR_TALLIES; t++)
			if (task->tally[t] == PCSTATS_UNWATCHED ||
			    __builtin_add_overflow(tally[t], task->tally[t],
						   &tally[t]))
				tally[t] = PCSTATS_UNWATCHED;
	}
}
