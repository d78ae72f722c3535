/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who created whom.  No depth of the tree, and no width, costs more than its
 * number of tasks does; nothing here recurses.
 */
#ifndef PCSTATS_TREE_H
#define PCSTATS_TREE_H

#include <stdbool.h>

#include "../reader.h"

/*
 * No tree is shown deeper: it would be as wide, and readers of JSON are content
 * with less than 256 levels of theirs, which has two for one of ours.
 */
#define TREE_LEVELS	64

/* What a subtree comes to; PCSTATS_UNWATCHED as in a task. */
struct tree_sum {
	unsigned long long tally[PCSTATS_NR_TALLIES];
	/* Of those of its tasks that have any. */
	unsigned long long pages, ns;
	unsigned long long tasks;
};

struct tree_node {
	const struct pcstats_task *task;
	/* Who created it, or, if that has no row, its parent, or NULL. */
	struct tree_node *above;
	bool by_creator;
	/* What tree_hang() has made of it. */
	struct tree_node *shown_above;
	bool shown;
	unsigned int level;
	struct tree_node *child, *next;
	struct tree_sum sum;
};

struct tree {
	struct tree_node *nodes;	/* by the tasks' ids */
	size_t nr;
	struct tree_node **order;	/* each before those below it */
};

/* Which tasks are wanted. */
struct tree_filter {
	const struct pcstats_task *top;	/* this and what is below it; or NULL */
	bool above;			/* and what is above it */
	bool live, kernel, threads;
};

void tree_build(struct tree *tree, const struct pcstats_snapshot *snap);
void tree_sum(struct tree *tree);
/*
 * Set shown, and shown_above: the next above that is shown, too, and on a level
 * before the last.
 */
void tree_hang(struct tree *tree, const struct tree_filter *filter);
void tree_free(struct tree *tree);

#endif /* PCSTATS_TREE_H */
