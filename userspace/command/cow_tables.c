// SPDX-License-Identifier: GPL-2.0-only
/* The forks of a process, and what the processes have copied where and why. */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "cow.h"
#include "source.h"

/* ---- forks ---- */

enum {
	FORK_PARENT,
	FORK_CHILD,
	FORK_STATE,
	FORK_SHARED,
	FORK_BY_PARENT,
	FORK_BY_CHILD,
	FORK_LEFT,
	FORK_PERCENT,
	FORK_BYTES,
	FORK_EXACT,
	FORK_PARENT_MM,
	FORK_CHILD_MM,
	FORK_COMM,
	NR_FORK_COLUMNS
};

static const struct column fork_columns[NR_FORK_COLUMNS] = {
	[FORK_PARENT] = { "parent", "pid of the process that forked",
			  .spare = 6 },
	[FORK_CHILD] = { "child", "pid of the one that it made; - if it has no row any more" },
	[FORK_STATE] = { "state", "of the child, as in ps(1); X and the wait status if exited",
			 .text = true, .spare = 5 },
	[FORK_SHARED] = { "shared", "anonymous pages that the fork shared" },
	[FORK_BY_PARENT] = { "by_parent", "of these, copied by writes in the parent" },
	[FORK_BY_CHILD] = { "by_child", "the same in the child" },
	[FORK_LEFT] = { "left", "copied by neither: still shared, at most" },
	[FORK_PERCENT] = { "left_pct", "that in per cent of shared", .spare = 3 },
	[FORK_BYTES] = { "bytes", "memory that the copies took", .spare = 2 },
	[FORK_EXACT] = { "exact", "no if a side has forked since, or has no row", .text = true,
			 .spare = 1 },
	[FORK_PARENT_MM] = { "parent_mm", "the parent's address space", .hidden = true },
	[FORK_CHILD_MM] = { "child_mm", "the child's", .hidden = true },
	[FORK_COMM] = { "comm", "name of the child", .text = true, .trunc = true,
			.spare = 4 },
};

char *cow_columns_help(void)
{
	return columns_help(fork_columns, NR_FORK_COLUMNS);
}

static void add_fork(struct table *table, const struct cow_fork *fork)
{
	const struct pcstats_task *child = fork->child.task;
	char comm[ESCAPED_SIZE], state[STATE_SIZE];
	struct row *row = table_add(table, NULL);

	if (fork->parent.task)
		row_unsigned(row, FORK_PARENT, fork->parent.task->tgid);
	if (child) {
		row_unsigned(row, FORK_CHILD, child->tgid);
		row_string(row, FORK_STATE, state_text(&child->state, state));
		row_string(row, FORK_COMM, escape(child->comm, comm));
	}
	row_unsigned(row, FORK_SHARED, fork->shared);
	row_unsigned(row, FORK_BY_PARENT, fork->parent.copied);
	row_unsigned(row, FORK_BY_CHILD, fork->child.copied);
	row_unsigned(row, FORK_LEFT, cow_left(fork));
	row_real(row, FORK_PERCENT, cow_left_percent(fork), 1);
	row_unsigned(row, FORK_BYTES, cow_bytes(cow_copied(fork)));
	row_string(row, FORK_EXACT, fork->exact ? "yes" : "no");
	row_unsigned(row, FORK_PARENT_MM, fork->parent.mm);
	row_unsigned(row, FORK_CHILD_MM, fork->child.mm);
}

static struct table *fork_table(const struct cow_options *options,
				const struct cow_fork *forks, size_t nr)
{
	struct table *table = table_new(fork_columns, NR_FORK_COLUMNS);
	size_t i;

	for (i = 0; i < nr; i++)
		add_fork(table, &forks[i]);
	if (!table_select(table, options->columns) &&
	    !table_sort(table, options->sort))
		return table;
	table_free(table);
	return NULL;
}

/* ---- copies of each process, by region and by reason ---- */

enum {
	COPIES_PID,
	COPIES_FIRST_TALLY,
	COPIES_COMM = COPIES_FIRST_TALLY + PCSTATS_NR_TALLIES,
	NR_COPIES_COLUMNS
};

#define HIDDEN(tally, sources, text) \
	[COPIES_FIRST_TALLY + PCSTATS_##tally] = { #tally, text, .hidden = true, .spare = 1 },
#define NAME(tally, sources, text) #tally ","

static const struct column copies_columns[NR_COPIES_COLUMNS] = {
	[COPIES_PID] = { "pid", "the process" },
	PCSTATS_COUNTERS(HIDDEN)
	[COPIES_COMM] = { "comm", "its name", .text = true, .trunc = true,
			  .spare = 2 },
};

#define REGIONS	"pid," PCSTATS_WHERE_COUNTERS(NAME) "comm"
#define REASONS	"pid," PCSTATS_WHY_COUNTERS(NAME) "comm"
#define BOTH	"pid," PCSTATS_WHERE_COUNTERS(NAME) PCSTATS_WHY_COUNTERS(NAME) "comm"

static void add_copies(struct table *table, const struct pcstats_snapshot *snap,
		       const struct pcstats_task *task)
{
	unsigned long long tally[PCSTATS_NR_TALLIES];
	struct row *row = table_add(table, NULL);
	char comm[ESCAPED_SIZE];
	size_t t;

	cow_tallies(snap, task->mm, tally);
	row_unsigned(row, COPIES_PID, task->tgid);
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		row_unsigned(row, COPIES_FIRST_TALLY + t, tally[t]);
	row_string(row, COPIES_COMM, escape(task->comm, comm));
}

/* ---- copies of each process, by file ---- */

enum {
	FILE_PID,
	FILE_COPIES,
	FILE_NAME,
	FILE_COMM,
	NR_FILE_COLUMNS
};

static const struct column file_columns[NR_FILE_COLUMNS] = {
	[FILE_PID] = { "pid", "the task" },
	[FILE_COPIES] = { "copies", "pages copied in private mappings of the file" },
	[FILE_NAME] = { "name", "of the file", .text = true },
	[FILE_COMM] = { "comm", "name of the task", .text = true, .trunc = true,
			.spare = 1 },
};

static void add_files(struct table *table, const struct pcstats_snapshot *snap,
		      unsigned long long mm)
{
	char comm[ESCAPED_SIZE], name[ESCAPED_SIZE];
	const struct pcstats_map *map;

	for (map = snap->maps; map < snap->maps + snap->nr_maps; map++) {
		struct row *row;

		if (map->task.mm != mm)
			continue;
		row = table_add(table, NULL);
		row_unsigned(row, FILE_PID, map->task.pid);
		row_unsigned(row, FILE_COPIES, map->copies);
		row_string(row, FILE_NAME, escape(map->name, name));
		row_string(row, FILE_COMM, escape(map->task.comm, comm));
	}
}

/* ---- all ---- */

struct tables {
	struct table *forks, *copies, *files;
};

static void add_side(struct tables *tables, const struct pcstats_snapshot *snap,
		     const struct cow_side *side)
{
	if (side->task)
		add_copies(tables->copies, snap, side->task);
	add_files(tables->files, snap, side->mm);
}

/* Each process once: a child has one fork that made it, a parent many. */
static void add_sides(struct tables *tables, const struct pcstats_snapshot *snap,
		      const struct cow_fork *forks, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!i || (forks[i].parent.mm != forks[i - 1].parent.mm &&
			   forks[i].parent.mm != forks[i - 1].child.mm))
			add_side(tables, snap, &forks[i].parent);
		add_side(tables, snap, &forks[i].child);
	}
}

static void print_part(struct table *table, const char *heading,
		       const char *columns)
{
	if (!table_rows(table))
		return;
	table_preset(table, columns);
	printf("\n%s\n", heading);
	table_print_text(table, stdout);
}

static void print_text(const struct tables *tables)
{
	table_print_text(tables->forks, stdout);
	print_part(tables->copies, "All that these have copied, by region:", REGIONS);
	print_part(tables->copies, "Anonymous pages copied, by reason:", REASONS);
	print_part(tables->files, "In private mappings of files:", NULL);
}

static void print_json(const struct tables *tables)
{
	json_t *document = document_new("cow");

	json_object_set_new(document, "forks", table_json(tables->forks));
	table_preset(tables->copies, BOTH);
	json_object_set_new(document, "copies", table_json(tables->copies));
	json_object_set_new(document, "files", table_json(tables->files));
	document_print(document, stdout, false);
}

int cow_print(const struct cow_options *options,
	      const struct pcstats_snapshot *snap,
	      const struct cow_fork *forks, size_t nr_forks)
{
	struct tables tables = { fork_table(options, forks, nr_forks) };

	if (!tables.forks)
		return STATUS_USAGE;
	tables.copies = table_new(copies_columns, NR_COPIES_COLUMNS);
	tables.files = table_new(file_columns, NR_FILE_COLUMNS);
	add_sides(&tables, snap, forks, nr_forks);
	if (options->format == FORMAT_TEXT)
		print_text(&tables);
	else if (options->format == FORMAT_CSV)
		table_print_csv(tables.forks, stdout);
	else
		print_json(&tables);
	table_free(tables.forks);
	table_free(tables.copies);
	table_free(tables.files);
	return STATUS_OK;
}
