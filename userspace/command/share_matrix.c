// SPDX-License-Identifier: GPL-2.0-only
/* One process and all that share something with it: who shares what. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "share.h"
#include "source.h"

enum {
	COLUMN_PID,
	COLUMN_TGID,
	COLUMN_TASKS,
	COLUMN_FIRST_KIND,
	COLUMN_COMM = COLUMN_FIRST_KIND + NR_SHARE_KINDS,
	NR_COLUMNS
};

const struct column share_matrix_columns[] = {
	[COLUMN_PID] = { "pid", "the task's id" },
	[COLUMN_TGID] = { "tgid", "that of its process", .hidden = true },
	[COLUMN_TASKS] = { "tasks", "how many of the process are as this one" },
	[COLUMN_FIRST_KIND + SHARE_MM] = {
		"mm", "address space: who has the same letter shares it", .text = true,
	},
	[COLUMN_FIRST_KIND + SHARE_FILES] = {
		"files", "table of file descriptors", .text = true,
	},
	[COLUMN_FIRST_KIND + SHARE_FS] = {
		"fs", "root, working directory, umask", .text = true,
	},
	[COLUMN_FIRST_KIND + SHARE_SIGHAND] = {
		"sighand", "signal handlers", .text = true,
	},
	[COLUMN_FIRST_KIND + SHARE_IO] = {
		"io", "I/O context", .text = true, .hidden = true,
	},
	[COLUMN_FIRST_KIND + SHARE_SYSVSEM] = {
		"sysvsem", "undo list of System V semaphores", .text = true, .hidden = true,
	},
	[COLUMN_COMM] = { "comm", "name of the program or thread", .text = true, .trunc = true },
};

const size_t nr_share_matrix_columns = NR_COLUMNS;

/* Of one kind, by group: whether the process is in it, and its letter. */
struct groups {
	bool *ours;
	unsigned int *letter;	/* from 1, in the order of the rows; 0: none yet */
	unsigned int letters;
};

struct matrix {
	const struct sharing *sharing;
	pid_t tgid;
	struct table *table;
	bool threads;
	struct groups groups[NR_SHARE_KINDS];
	/* The rows of the process that is being added, and what they are about. */
	struct matrix_row {
		const struct share_member *member;
		struct row *row;
		size_t tasks;
	} *rows;
	size_t nr_rows;
};

/* A, B, ... Z, AA, AB, ... */
static const char *letters(unsigned int nr, char to[16])
{
	char *at = to + 15;

	*at = '\0';
	for (; nr; nr = (nr - 1) / 26)
		*--at = 'A' + (nr - 1) % 26;
	return at;
}

static void set_cell(struct matrix *matrix, struct row *row,
		     const struct share_member *member, enum share_kind kind)
{
	unsigned int group = member->group[kind];
	struct groups *groups = &matrix->groups[kind];
	char to[16];

	if (group == SHARE_UNKNOWN)
		return;
	if (group == SHARE_NONE) {
		row_string(row, COLUMN_FIRST_KIND + kind, "none");
		return;
	}
	if (!groups->letter[group])
		groups->letter[group] = ++groups->letters;
	row_string(row, COLUMN_FIRST_KIND + kind,
		   letters(groups->letter[group], to));
}

static bool alike(const struct matrix *matrix, const struct share_member *a,
		  const struct share_member *b)
{
	int kind;

	for (kind = 0; kind < NR_SHARE_KINDS; kind++)
		if (a->group[kind] != b->group[kind] &&
		    table_shows(matrix->table, COLUMN_FIRST_KIND + kind))
			return false;
	return true;
}

/* The row of this process that @member is part of, or NULL. */
static struct matrix_row *find_row(struct matrix *matrix,
				   const struct share_member *member)
{
	size_t i;

	if (matrix->nr_rows &&
	    matrix->rows[0].member->task->tgid != member->task->tgid)
		matrix->nr_rows = 0;
	if (matrix->threads)
		return NULL;
	for (i = matrix->nr_rows; i-- > 0;)
		if (alike(matrix, matrix->rows[i].member, member))
			return &matrix->rows[i];
	return NULL;
}

static void add_member(struct matrix *matrix, const struct share_member *member)
{
	struct matrix_row *row = find_row(matrix, member);
	const struct pcstats_task *task = member->task;
	char comm[ESCAPED_SIZE];
	int kind;

	if (row) {
		row_unsigned(row->row, COLUMN_TASKS, ++row->tasks);
		return;
	}
	row = &matrix->rows[matrix->nr_rows++];
	row->member = member;
	row->tasks = 1;
	row->row = table_add(matrix->table, NULL);
	row_unsigned(row->row, COLUMN_PID, task->pid);
	row_unsigned(row->row, COLUMN_TGID, task->tgid);
	row_unsigned(row->row, COLUMN_TASKS, 1);
	row_string(row->row, COLUMN_COMM, escape(task->comm, comm));
	for (kind = 0; kind < NR_SHARE_KINDS; kind++)
		set_cell(matrix, row->row, member, kind);
}

static bool is_ours(const struct matrix *matrix, const struct share_member *member)
{
	return member->task->tgid == matrix->tgid;
}

static bool shares(const struct matrix *matrix, const struct share_member *member)
{
	int kind;

	for (kind = 0; kind < NR_SHARE_KINDS; kind++)
		if (matrix->groups[kind].ours[member->group[kind]])
			return true;
	return false;
}

static void mark_ours(struct matrix *matrix)
{
	const struct sharing *sharing = matrix->sharing;
	size_t i;
	int kind;

	for (i = 0; i < sharing->nr_members; i++) {
		if (!is_ours(matrix, &sharing->members[i]))
			continue;
		for (kind = 0; kind < NR_SHARE_KINDS; kind++)
			matrix->groups[kind].ours[sharing->members[i].group[kind]] = true;
	}
	for (kind = 0; kind < NR_SHARE_KINDS; kind++) {
		matrix->groups[kind].ours[SHARE_UNKNOWN] = false;
		matrix->groups[kind].ours[SHARE_NONE] = false;
	}
}

static void add_members(struct matrix *matrix)
{
	const struct sharing *sharing = matrix->sharing;
	const struct share_member *member;
	size_t i;

	for (i = 0; i < sharing->nr_members; i++)
		if (is_ours(matrix, &sharing->members[i]))
			add_member(matrix, &sharing->members[i]);
	for (i = 0; i < sharing->nr_members; i++) {
		member = &sharing->members[i];
		if (!is_ours(matrix, member) && shares(matrix, member))
			add_member(matrix, member);
	}
}

static pid_t find_process(const struct sharing *sharing, pid_t pid)
{
	size_t i;

	for (i = 0; i < sharing->nr_members; i++)
		if (sharing->members[i].task->pid == pid ||
		    sharing->members[i].task->tgid == pid)
			return sharing->members[i].task->tgid;
	return 0;
}

bool share_matrix(const struct sharing *sharing, pid_t pid, bool threads,
		  struct table *table)
{
	struct matrix matrix = {
		.sharing = sharing, .tgid = find_process(sharing, pid),
		.table = table, .threads = threads,
	};
	size_t kind, nr;

	if (!matrix.tgid)
		return false;
	matrix.rows = xcalloc(sharing->nr_members, sizeof(*matrix.rows));
	for (kind = 0; kind < NR_SHARE_KINDS; kind++) {
		nr = sharing->end_group[kind] + SHARE_FIRST_GROUP;
		matrix.groups[kind].ours = xcalloc(nr, sizeof(bool));
		matrix.groups[kind].letter = xcalloc(nr, sizeof(unsigned int));
	}
	mark_ours(&matrix);
	add_members(&matrix);
	for (kind = 0; kind < NR_SHARE_KINDS; kind++) {
		free(matrix.groups[kind].ours);
		free(matrix.groups[kind].letter);
	}
	free(matrix.rows);
	return true;
}
