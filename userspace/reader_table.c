// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of /proc/pcstats.  A "#" line fixes, for its table, which word of a
 * row goes into which field; words of columns that are not known here go
 * nowhere.
 */
#include <errno.h>
#include <string.h>

#include "reader_private.h"

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

enum kind {
	KIND_PID,
	KIND_ID,
	KIND_TALLY,
	KIND_STATE,
	KIND_SIDE,
	KIND_CALL,
	KIND_NAME,
	KIND_NO_NAME,	/* or "-" */
	KIND_COMM,
};

/* A known column: what its words are and where in the row's struct they go. */
struct column {
	const char *name;
	enum kind kind;
	size_t offset;
};

#define FIELD(row, name, kind) { #name, kind, offsetof(struct row, name) }
#define TALLY(row, name) \
	{ #name, KIND_TALLY, offsetof(struct row, tally[PCSTATS_##name]) }
#define IDENTITY(row, name, kind) \
	{ #name, kind, offsetof(struct row, task.name) }
#define TASK_TALLY(name, sources, help) TALLY(pcstats_task, name),
#define COW_TALLY(name, sources, help) TALLY(pcstats_cow, name),

static const struct column task_columns[] = {
	FIELD(pcstats_task, pid, KIND_PID),
	FIELD(pcstats_task, tgid, KIND_PID),
	FIELD(pcstats_task, ppid, KIND_PID),
	FIELD(pcstats_task, state, KIND_STATE),
	FIELD(pcstats_task, mm, KIND_ID),
	FIELD(pcstats_task, comm, KIND_COMM),
	PCSTATS_TASK_COUNTERS(TASK_TALLY)
};

static const struct column mm_columns[] = {
	FIELD(pcstats_mm, id, KIND_ID),
	FIELD(pcstats_mm, users, KIND_TALLY),
	FIELD(pcstats_mm, tasks, KIND_TALLY),
	FIELD(pcstats_mm, procs, KIND_TALLY),
	FIELD(pcstats_mm, files, KIND_TALLY),
	FIELD(pcstats_mm, fs, KIND_TALLY),
	FIELD(pcstats_mm, sighand, KIND_TALLY),
	FIELD(pcstats_mm, comm, KIND_COMM),
};

/* Of all tables of such tallies: names are unique, each table has its own. */
static const struct column cow_columns[] = {
	IDENTITY(pcstats_cow, pid, KIND_PID),
	IDENTITY(pcstats_cow, tgid, KIND_PID),
	IDENTITY(pcstats_cow, state, KIND_STATE),
	/* The first modules had no mm here. */
	IDENTITY(pcstats_cow, mm, KIND_TALLY),
	IDENTITY(pcstats_cow, comm, KIND_COMM),
	PCSTATS_ALL_COW_COUNTERS(COW_TALLY)
};

static const struct column map_columns[] = {
	IDENTITY(pcstats_map, pid, KIND_PID),
	IDENTITY(pcstats_map, tgid, KIND_PID),
	IDENTITY(pcstats_map, state, KIND_STATE),
	IDENTITY(pcstats_map, mm, KIND_ID),
	FIELD(pcstats_map, copies, KIND_TALLY),
	FIELD(pcstats_map, name, KIND_NAME),
	IDENTITY(pcstats_map, comm, KIND_COMM),
};

static const struct column fork_columns[] = {
	IDENTITY(pcstats_fork, pid, KIND_PID),
	IDENTITY(pcstats_fork, tgid, KIND_PID),
	IDENTITY(pcstats_fork, state, KIND_STATE),
	IDENTITY(pcstats_fork, mm, KIND_ID),
	{ "side", KIND_SIDE, offsetof(struct pcstats_fork, child) },
	FIELD(pcstats_fork, other, KIND_ID),
	FIELD(pcstats_fork, shared, KIND_TALLY),
	FIELD(pcstats_fork, copied, KIND_TALLY),
	FIELD(pcstats_fork, other_copied, KIND_TALLY),
	IDENTITY(pcstats_fork, comm, KIND_COMM),
};

static const struct column born_columns[] = {
	IDENTITY(pcstats_born, pid, KIND_PID),
	IDENTITY(pcstats_born, tgid, KIND_PID),
	IDENTITY(pcstats_born, state, KIND_STATE),
	IDENTITY(pcstats_born, mm, KIND_ID),
	FIELD(pcstats_born, id, KIND_ID),
	FIELD(pcstats_born, creator, KIND_ID),
	FIELD(pcstats_born, call, KIND_CALL),
	FIELD(pcstats_born, pages, KIND_TALLY),
	FIELD(pcstats_born, ns, KIND_TALLY),
	IDENTITY(pcstats_born, comm, KIND_COMM),
};

#define MOST_TALLY(name, sources, help) TALLY(pcstats_most, name),

static const struct column most_columns[] = {
	FIELD(pcstats_most, pid, KIND_PID),
	FIELD(pcstats_most, name, KIND_NO_NAME),
	FIELD(pcstats_most, comm, KIND_COMM),
	PCSTATS_ALL_COW_COUNTERS(MOST_TALLY)
};

#define TABLE(record, columns, row) \
	{ #record, columns, NR(columns), sizeof(struct row) }
#define COW_TABLE(record, RECORD)			\
	[READER_COW + PCSTATS_TABLE_##record] =		\
		TABLE(record, cow_columns, pcstats_cow),

static const struct {
	const char *record;
	const struct column *columns;
	size_t nr_columns, row_size;
} known[READER_NR_TABLES] = {
	[READER_TASK] = TABLE(task, task_columns, pcstats_task),
	[READER_MM] = TABLE(mm, mm_columns, pcstats_mm),
	PCSTATS_COW_TABLES(COW_TABLE)
	[READER_MAP] = TABLE(map, map_columns, pcstats_map),
	[READER_FORK] = TABLE(fork, fork_columns, pcstats_fork),
	[READER_BORN] = TABLE(born, born_columns, pcstats_born),
	[READER_MOST] = TABLE(most, most_columns, pcstats_most),
};

int reader_find_table(struct word record)
{
	int t;

	for (t = 0; t < READER_NR_TABLES; t++)
		if (word_is(record, known[t].record))
			return t;
	return -1;
}

static const struct column *find_column(int t, struct word name)
{
	size_t i;

	for (i = 0; i < known[t].nr_columns; i++)
		if (word_is(name, known[t].columns[i].name))
			return &known[t].columns[i];
	return NULL;
}

/* Tallies may be missing, as from an older module; what names a row may not. */
static int check_columns(struct parser *p, int t)
{
	const struct table *table = &p->tables[t];
	size_t i, j, met;

	for (i = 0; i < known[t].nr_columns; i++) {
		const struct column *c = &known[t].columns[i];

		for (met = 0, j = 0; j < table->nr_fields; j++)
			met += table->fields[j] == c;
		if (met > 1 || (!met && c->kind != KIND_TALLY))
			return reader_fail(p, -EPROTO, "# %s: column %s is %s",
					   known[t].record, c->name,
					   met ? "there twice" : "missing");
		if (c->kind == KIND_COMM &&
		    table->fields[table->nr_fields - 1] != c)
			return reader_fail(p, -EPROTO, "# %s: comm is not the last",
					   known[t].record);
	}
	return 0;
}

int reader_columns_line(struct parser *p, struct word line)
{
	struct word mark, w;
	struct table *table;
	int t;

	if (!word_next(&line, &mark) || mark.len != 1 || !word_next(&line, &w))
		return reader_fail(p, -EPROTO, "\"#\" without a record's name");
	t = reader_find_table(w);
	if (t < 0)
		return 0;
	table = &p->tables[t];
	if (table->nr_fields)
		return reader_fail(p, -EPROTO, "# %s: there twice", known[t].record);
	while (word_next(&line, &w)) {
		if (table->nr_fields == READER_MAX_COLUMNS)
			return reader_fail(p, -EPROTO, "# %s: more than %d columns",
					   known[t].record, READER_MAX_COLUMNS);
		table->fields[table->nr_fields++] = find_column(t, w);
	}
	if (!table->nr_fields)
		return reader_fail(p, -EPROTO, "# %s: no columns", known[t].record);
	return check_columns(p, t);
}

static bool read_pid(struct word w, pid_t *pid)
{
	unsigned long long value;

	if (!word_number(w, INT_MAX, &value))
		return false;
	*pid = value;
	return true;
}

static bool read_side(struct word w, bool *child)
{
	*child = word_is(w, "child");
	return *child || word_is(w, "parent");
}

static bool read_call(struct word w, enum pcstats_call *call)
{
	static const char *const words[] = {
		[PCSTATS_CALL_UNKNOWN] = "-",
		[PCSTATS_CALL_FORK] = "fork",
		[PCSTATS_CALL_VFORK] = "vfork",
		[PCSTATS_CALL_THREAD] = "thread",
		[PCSTATS_CALL_CLONE] = "clone",
	};
	size_t i;

	for (i = 0; i < NR(words); i++) {
		if (!word_is(w, words[i]))
			continue;
		*call = i;
		return true;
	}
	return false;
}

static bool read_name(struct word w, char *name)
{
	return !word_comm(w, name);
}

static bool read_field(const struct column *c, struct word w, char *row)
{
	void *to = row + c->offset;

	switch (c->kind) {
	case KIND_PID:
		return read_pid(w, to);
	case KIND_ID:
	case KIND_TALLY:
		return word_tally(w, to);
	case KIND_STATE:
		return word_state(w, to);
	case KIND_SIDE:
		return read_side(w, to);
	case KIND_CALL:
		return read_call(w, to);
	case KIND_NO_NAME:
		return read_name(word_is(w, "-") ? (struct word){ "", 0 } : w, to);
	case KIND_NAME:
		return read_name(w, to);
	case KIND_COMM:
		break;
	}
	return false;
}

int reader_row_line(struct parser *p, int t, struct word line)
{
	const struct column *c;
	struct table *table = &p->tables[t];
	const char *wrong;
	struct word w;
	char *row;
	size_t i;

	if (!table->nr_fields)
		return reader_fail(p, -EPROTO, "%s before its # line", known[t].record);
	row = reader_add_row(&table->rows, known[t].row_size);
	if (!row)
		return reader_fail(p, -ENOMEM, "no memory");
	/* UNWATCHED, where this text has no column; all else is written below. */
	memset(row, 0xff, known[t].row_size);
	for (i = 0; i < table->nr_fields - 1; i++) {
		c = table->fields[i];
		if (!word_next(&line, &w))
			return reader_fail(p, -EPROTO, "%s: a row of %zu columns, not %zu",
					   known[t].record, i, table->nr_fields);
		if (c && !read_field(c, w, row))
			return reader_fail(p, -EPROTO, "%s: %s cannot be \"%.*s\"",
					   known[t].record, c->name, word_shown(w),
					   w.at);
	}
	/* One space comes before comm; more are the comm's own. */
	if (!line.len)
		return reader_fail(p, -EPROTO, "%s: no comm", known[t].record);
	line = (struct word){ line.at + 1, line.len - 1 };
	wrong = word_comm(line, row + table->fields[i]->offset);
	return wrong ? reader_fail(p, -EPROTO, "%s: %s", known[t].record, wrong) : 0;
}

int reader_check_tables(struct parser *p)
{
	int t;

	/* Modules before the other tables had these. */
	for (t = 0; t <= READER_COW; t++)
		if (!p->tables[t].nr_fields)
			return reader_fail(p, -EPROTO, "cut off: no %s table",
					   known[t].record);
	return 0;
}

bool reader_has_tally(const struct parser *p, int t, int tally)
{
	const struct table *table = &p->tables[t];
	size_t i;

	for (i = 0; i < table->nr_fields; i++)
		if (table->fields[i] && table->fields[i]->offset ==
		    offsetof(struct pcstats_cow, tally[tally]))
			return true;
	return false;
}
