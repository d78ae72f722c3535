// SPDX-License-Identifier: GPL-2.0-only
/* The tree of all tasks: who is above whom, and in which order. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "tree.h"

static int by_id(const void *left, const void *right)
{
	const struct pcstats_task *a = ((const struct tree_node *)left)->task;
	const struct pcstats_task *b = ((const struct tree_node *)right)->task;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	/* In the order of the text, if it tells of no ids. */
	return a < b ? -1 : a > b;
}

/* By process; the last of a process's rows is the one to be found. */
static int by_process(const void *left, const void *right)
{
	const struct tree_node *x = *(struct tree_node *const *)left;
	const struct tree_node *y = *(struct tree_node *const *)right;
	const struct pcstats_task *a = x->task, *b = y->task;

	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->state.exited != b->state.exited)
		return a->state.exited ? -1 : 1;
	return x < y ? -1 : x > y;
}

struct index {
	struct tree *tree;
	struct tree_node **leaders;	/* thread group leaders, by_process() */
	size_t nr_leaders;
};

static struct tree_node *find_id(const struct tree *tree, unsigned long long id)
{
	struct pcstats_task task = { .id = id };
	size_t low = 0, high = tree->nr;

	if (!id || id == PCSTATS_UNWATCHED)
		return NULL;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (tree->nodes[mid].task->id < task.id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < tree->nr && tree->nodes[low].task->id == id ?
	       &tree->nodes[low] : NULL;
}

/* The row of the thread group leader @pid: the live one, else the last. */
static struct tree_node *find_leader(const struct index *index, pid_t pid)
{
	size_t low = 0, high = index->nr_leaders;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (index->leaders[mid]->task->tgid <= pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low && index->leaders[low - 1]->task->tgid == pid ?
	       index->leaders[low - 1] : NULL;
}

static void find_above(const struct index *index, struct tree_node *node)
{
	const struct pcstats_task *task = node->task;

	node->above = find_id(index->tree, task->creator);
	node->by_creator = node->above;
	if (!node->above)
		node->above = find_leader(index, task->pid == task->tgid ?
					  task->ppid : task->tgid);
}

/*
 * A parent's pid may have been used again, by a task that is below the child,
 * and a garbled file may say anything.
 */
static void cut_cycle(struct tree_node *on_it)
{
	struct tree_node *node = on_it;

	do {
		if (!node->by_creator)
			break;
		node = node->above;
	} while (node != on_it);
	node->above = NULL;
	node->by_creator = false;
}

static void cut_cycles(struct tree *tree)
{
	/* The node from which each was come by first; 0: not yet. */
	size_t *from = xcalloc(tree->nr, sizeof(*from)), i;
	struct tree_node *node;

	for (i = 0; i < tree->nr; i++) {
		node = &tree->nodes[i];
		while (node && !from[node - tree->nodes]) {
			from[node - tree->nodes] = i + 1;
			node = node->above;
		}
		if (node && from[node - tree->nodes] == i + 1)
			cut_cycle(node);
	}
	free(from);
}

static struct tree_node *next_in_tree(struct tree_node *node)
{
	if (node->child)
		return node->child;
	while (node && !node->next)
		node = node->above;
	return node ? node->next : NULL;
}

static void find_order(struct tree *tree)
{
	struct tree_node *roots = NULL, **list, *node;
	size_t i;

	for (i = tree->nr; i-- > 0;) {
		node = &tree->nodes[i];
		list = node->above ? &node->above->child : &roots;
		node->next = *list;
		*list = node;
	}
	tree->order = xcalloc(tree->nr, sizeof(*tree->order));
	i = 0;
	for (node = roots; node; node = next_in_tree(node))
		tree->order[i++] = node;
}

void tree_build(struct tree *tree, const struct pcstats_snapshot *snap)
{
	struct index index = { tree };
	size_t i;

	tree->nr = snap->nr_tasks;
	tree->nodes = xcalloc(tree->nr, sizeof(*tree->nodes));
	for (i = 0; i < tree->nr; i++)
		tree->nodes[i].task = &snap->tasks[i];
	qsort(tree->nodes, tree->nr, sizeof(tree->nodes[0]), by_id);
	index.leaders = xcalloc(tree->nr, sizeof(*index.leaders));
	for (i = 0; i < tree->nr; i++)
		if (tree->nodes[i].task->pid == tree->nodes[i].task->tgid)
			index.leaders[index.nr_leaders++] = &tree->nodes[i];
	qsort(index.leaders, index.nr_leaders, sizeof(index.leaders[0]),
	      by_process);
	for (i = 0; i < tree->nr; i++)
		find_above(&index, &tree->nodes[i]);
	free(index.leaders);
	cut_cycles(tree);
	find_order(tree);
}

void tree_free(struct tree *tree)
{
	free(tree->nodes);
	free(tree->order);
}

/* ---- what a subtree comes to ---- */

static void add_known(unsigned long long *to, unsigned long long value)
{
	if (value == PCSTATS_UNWATCHED)
		return;
	*to = (*to == PCSTATS_UNWATCHED ? 0 : *to) + value;
}

static void add_sum(struct tree_sum *to, const struct tree_sum *from)
{
	int t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++) {
		if (from->tally[t] == PCSTATS_UNWATCHED)
			to->tally[t] = PCSTATS_UNWATCHED;
		else if (to->tally[t] != PCSTATS_UNWATCHED)
			to->tally[t] += from->tally[t];
	}
	add_known(&to->pages, from->pages);
	add_known(&to->ns, from->ns);
	to->tasks += from->tasks;
}

void tree_sum(struct tree *tree)
{
	struct tree_node *node;
	size_t i;

	for (i = 0; i < tree->nr; i++) {
		node = &tree->nodes[i];
		memcpy(node->sum.tally, node->task->tally, sizeof(node->sum.tally));
		node->sum.pages = node->task->born_pages;
		node->sum.ns = node->task->born_ns;
		node->sum.tasks = 1;
	}
	for (i = tree->nr; i-- > 0;) {
		node = tree->order[i];
		if (node->above)
			add_sum(&node->above->sum, &node->sum);
	}
}

/* ---- which of them are shown ---- */

static bool passes(const struct tree_filter *filter,
		   const struct pcstats_task *task)
{
	return !(filter->live && task->state.exited) &&
	       (filter->kernel || task->mm) &&
	       (filter->threads || task->pid == task->tgid);
}

static void hang(struct tree_node *node)
{
	struct tree_node *above = node->above;

	if (above && !above->shown)
		above = above->shown_above;
	if (node->shown && above && above->level == TREE_LEVELS)
		above = above->shown_above;
	node->shown_above = above;
	node->level = above ? above->level + 1 : 1;
}

void tree_hang(struct tree *tree, const struct tree_filter *filter)
{
	struct tree_node *node, *top = NULL;
	size_t i;

	/* Is below the top one: what it hangs from has been marked before. */
	for (i = 0; i < tree->nr; i++) {
		node = tree->order[i];
		if (node->task == filter->top)
			top = node;
		node->shown = !filter->top || node == top ||
			      (top && node->above && node->above->shown);
	}
	for (node = filter->above && top ? top->above : NULL; node; node = node->above)
		node->shown = true;
	for (i = 0; i < tree->nr; i++) {
		node = tree->order[i];
		if (node != top && !passes(filter, node->task))
			node->shown = false;
		hang(node);
	}
}
