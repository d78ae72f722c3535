// SPDX-License-Identifier: GPL-2.0-only
/* The groups of tasks that share something, of all kinds. */
#include <stdlib.h>

#include "command.h"
#include "share.h"
#include "source.h"

enum {
	COLUMN_KIND,
	COLUMN_TASKS,
	COLUMN_PROCS,
	COLUMN_PIDS,
	COLUMN_TIDS,
	COLUMN_MM,
	COLUMN_COMM,
	NR_COLUMNS
};

const struct column share_group_columns[] = {
	[COLUMN_KIND] = { "kind", "what is shared: mm, files, fs, sighand, io, sysvsem", .text = true },
	[COLUMN_TASKS] = { "tasks", "how many tasks (threads) share it" },
	[COLUMN_PROCS] = { "procs", "how many processes these belong to" },
	[COLUMN_PIDS] = { "pids", "which processes", .text = true, .trunc = true },
	[COLUMN_TIDS] = { "tids", "which tasks", .text = true, .trunc = true, .hidden = true },
	[COLUMN_MM] = { "mm", "address space of the first task", .hidden = true },
	[COLUMN_COMM] = { "comm", "name of the first task", .text = true, .trunc = true },
};

const size_t nr_share_group_columns = NR_COLUMNS;

struct group {
	const struct share_member **members;	/* in the order of the sharing */
	size_t nr;
	bool part;	/* some threads of a process are in another one */
};

static const struct share_member **by_group(const struct sharing *sharing,
					    enum share_kind kind,
					    struct group *groups)
{
	const struct share_member **list = xcalloc(sharing->nr_members, sizeof(*list));
	size_t start = 0, i;
	unsigned int g;

	for (i = 0; i < sharing->nr_members; i++)
		groups[sharing->members[i].group[kind]].nr++;
	for (g = SHARE_FIRST_GROUP; g < sharing->end_group[kind]; g++) {
		groups[g].members = list + start;
		start += groups[g].nr;
		groups[g].nr = 0;
	}
	for (i = 0; i < sharing->nr_members; i++) {
		g = sharing->members[i].group[kind];
		if (g >= SHARE_FIRST_GROUP)
			groups[g].members[groups[g].nr++] = &sharing->members[i];
	}
	return list;
}

/* Which of them split a process. */
static void find_parts(const struct sharing *sharing, enum share_kind kind,
			    struct group *groups)
{
	const struct share_member *member, *before = NULL;
	size_t i;

	for (i = 0; i < sharing->nr_members; i++) {
		member = &sharing->members[i];
		if (member->group[kind] < SHARE_FIRST_GROUP)
			continue;
		if (before && before->task->tgid == member->task->tgid &&
		    before->group[kind] != member->group[kind]) {
			groups[before->group[kind]].part = true;
			groups[member->group[kind]].part = true;
		}
		before = member;
	}
}

static void set_lists(struct row *row, const struct group *group)
{
	unsigned long long *ids = xcalloc(group->nr, sizeof(*ids));
	size_t procs = 0, i;

	for (i = 0; i < group->nr; i++) {
		const struct pcstats_task *task = group->members[i]->task;

		if (!i || task->tgid != group->members[i - 1]->task->tgid)
			ids[procs++] = task->tgid;
	}
	row_list(row, COLUMN_PIDS, ids, procs);
	row_unsigned(row, COLUMN_PROCS, procs);
	row_unsigned(row, COLUMN_TASKS, group->nr);
	for (i = 0; i < group->nr; i++)
		ids[i] = group->members[i]->task->pid;
	row_list(row, COLUMN_TIDS, ids, group->nr);
	free(ids);
}

static void add_group(struct table *table, enum share_kind kind,
		      const struct group *group)
{
	const struct pcstats_task *first = group->members[0]->task;
	struct row *row = table_add(table, NULL);
	char comm[ESCAPED_SIZE];

	row_string(row, COLUMN_KIND, share_kind_names[kind]);
	set_lists(row, group);
	row_unsigned(row, COLUMN_MM, first->mm);
	row_string(row, COLUMN_COMM, escape(first->comm, comm));
}

/* Threads of one process that share something are no news. */
static bool wanted(const struct group *group, enum share_which which)
{
	pid_t first = group->members[0]->task->tgid;
	pid_t last = group->members[group->nr - 1]->task->tgid;

	return first != last || group->part || which == SHARE_ALL ||
	       (which == SHARE_THREADS && group->nr > 1);
}

static void add_groups(struct table *table, const struct sharing *sharing,
		       enum share_kind kind, enum share_which which)
{
	struct group *groups = xcalloc(sharing->end_group[kind] + SHARE_FIRST_GROUP,
				       sizeof(*groups));
	const struct share_member **list = by_group(sharing, kind, groups);
	unsigned int g;

	find_parts(sharing, kind, groups);
	for (g = SHARE_FIRST_GROUP; g < sharing->end_group[kind]; g++)
		if (wanted(&groups[g], which))
			add_group(table, kind, &groups[g]);
	free(list);
	free(groups);
}

void share_groups(const struct sharing *sharing, enum share_which which,
		  struct table *table)
{
	int kind;

	for (kind = 0; kind < NR_SHARE_KINDS; kind++)
		add_groups(table, sharing, kind, which);
}
