// SPDX-License-Identifier: GPL-2.0-only
/* pcstats show --table: the tables that have other rows than tasks. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "show.h"
#include "source.h"

struct kind {
	const char *name;
	const char *member;	/* of the JSON document */
	const struct column *columns;
	size_t nr_columns;
	void (*fill)(struct table *table, const struct show *show,
		     const struct pcstats_snapshot *snap);
	bool filtered;
};

#define TEXT	.text = true
#define COMM	{ "comm", "name of the program or thread", TEXT, .trunc = true }
/* Of a row that is about a task. */
#define IDENTITY \
	{ "pid", "the task" }, \
	{ "tgid", "its process", .hidden = true }, \
	{ "state", "as in ps; exited: X and its status", TEXT, .spare = 4 }, \
	{ "mm", "id of its address space", .spare = 2 }

static void set_identity(struct row *row, const struct pcstats_identity *task,
			 size_t comm_column)
{
	char comm[ESCAPED_SIZE], state[STATE_SIZE];

	row_unsigned(row, 0, task->pid);
	row_unsigned(row, 1, task->tgid);
	row_string(row, 2, state_text(&task->state, state));
	row_unsigned(row, 3, task->mm);
	row_string(row, comm_column, escape(task->comm, comm));
}

/* ---- map ---- */

static const struct column map_columns[] = {
	IDENTITY,
	{ "copies", "private pages of the file that the task copied" },
	{ "name", "of the file", TEXT },
	COMM,
};

static void fill_maps(struct table *table, const struct show *show,
		      const struct pcstats_snapshot *snap)
{
	const struct pcstats_map *map;
	char name[ESCAPED_SIZE];
	struct row *row;

	for (map = snap->maps; map < snap->maps + snap->nr_maps; map++) {
		if (!filter_accepts_row(&show->filter, &map->task))
			continue;
		row = table_add(table, NULL);
		set_identity(row, &map->task, 6);
		row_unsigned(row, 4, map->copies);
		row_string(row, 5, escape(map->name, name));
	}
}

/* ---- fork ---- */

static const struct column fork_columns[] = {
	IDENTITY,
	{ "side", "of its last fork: parent or child", TEXT, .spare = 1 },
	{ "other", "address space of the other side", .spare = 3 },
	{ "shared", "anonymous pages that the fork shared" },
	{ "copied", "that this side has copied since" },
	{ "other_copied", "that the other side has copied since" },
	COMM,
};

static void fill_forks(struct table *table, const struct show *show,
		       const struct pcstats_snapshot *snap)
{
	const struct pcstats_fork *fork;
	struct row *row;

	for (fork = snap->forks; fork < snap->forks + snap->nr_forks; fork++) {
		if (!filter_accepts_row(&show->filter, &fork->task))
			continue;
		row = table_add(table, NULL);
		set_identity(row, &fork->task, 9);
		row_string(row, 4, fork->child ? "child" : "parent");
		row_unsigned(row, 5, fork->other);
		row_unsigned(row, 6, fork->shared);
		row_unsigned(row, 7, fork->copied);
		row_unsigned(row, 8, fork->other_copied);
	}
}

/* ---- mm ---- */

static const struct column mm_columns[] = {
	{ "id", "of the address space" },
	{ "users", "the kernel's count of its users", .spare = 2 },
	{ "tasks", "that use it" },
	{ "procs", "processes that these belong to" },
	{ "files", "file descriptor tables that these use" },
	{ "fs", "root and working directories", .spare = 1 },
	{ "sighand", "tables of signal handlers" },
	{ "comm", "of its task with the lowest pid", TEXT, .trunc = true },
};

/* Whether a live task that is asked for uses it. */
static bool is_used(const struct show *show, const struct pcstats_snapshot *snap,
		    unsigned long long mm)
{
	const struct pcstats_task *task;

	for (task = snap->tasks; task < snap->tasks + snap->nr_tasks; task++)
		if (task->mm == mm && !task->state.exited &&
		    filter_accepts(&show->filter, task))
			return true;
	return false;
}

static void fill_mms(struct table *table, const struct show *show,
		     const struct pcstats_snapshot *snap)
{
	bool all = !filter_is_set(&show->filter);
	const struct pcstats_mm *mm;
	char comm[ESCAPED_SIZE];
	struct row *row;

	for (mm = snap->mms; mm < snap->mms + snap->nr_mms; mm++) {
		if (!all && !is_used(show, snap, mm->id))
			continue;
		row = table_add(table, NULL);
		row_unsigned(row, 0, mm->id);
		row_unsigned(row, 1, mm->users);
		row_unsigned(row, 2, mm->tasks);
		row_unsigned(row, 3, mm->procs);
		row_unsigned(row, 4, mm->files);
		row_unsigned(row, 5, mm->fs);
		row_unsigned(row, 6, mm->sighand);
		row_string(row, 7, escape(mm->comm, comm));
	}
}

/* ---- hook ---- */

static const struct column hook_columns[] = {
	{ "name", "a tracepoint or a function of the kernel", TEXT },
	{ "mechanism", "how it calls the module", TEXT, .spare = 1 },
	{ "on", "on or off", TEXT },
	{ "missed", "events that were seen and could not be recorded" },
	{ "reason", "why it is off", TEXT, .trunc = true },
};

static void fill_hooks(struct table *table, const struct show *show,
		       const struct pcstats_snapshot *snap)
{
	const struct pcstats_hook *hook;
	struct row *row;

	(void)show;
	for (hook = snap->hooks; hook < snap->hooks + snap->nr_hooks; hook++) {
		row = table_add(table, NULL);
		row_string(row, 0, hook->name);
		row_string(row, 1, hook->mechanism);
		row_string(row, 2, hook->on ? "on" : "off");
		row_unsigned(row, 3, hook->missed);
		row_string(row, 4, *hook->reason ? hook->reason : NULL);
	}
}

/* ---- total ---- */

static const struct column total_columns[] = {
	{ "name", "a tally, or tasks, exited, lost", TEXT },
	{ "value", "in the system, since the module was loaded or the last reset" },
};

static void add_total(struct table *table, const char *name,
		      unsigned long long value)
{
	struct row *row = table_add(table, NULL);

	row_string(row, 0, name);
	row_unsigned(row, 1, value);
}

static void fill_totals(struct table *table, const struct show *show,
			const struct pcstats_snapshot *snap)
{
	size_t t;

	(void)show;
	if (!snap->total.present)
		return;
	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		add_total(table, pcstats_tally_names[t], snap->total.tally[t]);
	add_total(table, "tasks", snap->total.tasks);
	add_total(table, "exited", snap->total.exited);
	add_total(table, "lost", snap->total.lost);
}

/* ---- any of them ---- */

#define COLUMNS(array)	array, sizeof(array) / sizeof((array)[0])

static const struct kind kinds[] = {
	{ "mm", "mms", COLUMNS(mm_columns), fill_mms, true },
	{ "map", "maps", COLUMNS(map_columns), fill_maps, true },
	{ "fork", "forks", COLUMNS(fork_columns), fill_forks, true },
	{ "hook", "hooks", COLUMNS(hook_columns), fill_hooks },
	{ "total", "totals", COLUMNS(total_columns), fill_totals },
};

static const struct kind *find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

bool show_knows_table(const char *name)
{
	return !strcmp(name, "task") || find_kind(name);
}

static void print(struct table *table, const struct kind *kind,
		  const struct show *show, const struct pcstats_snapshot *snap)
{
	json_t *document = document_new("show");

	if (show->view.format == FORMAT_JSON && kind->fill == fill_totals) {
		/* An object, as it is wherever there are totals. */
		json_object_set_new(document, kind->member, totals_json(&snap->total));
		document_print(document, stdout, false);
		return;
	}
	document_print_table(document, kind->member, table, show->view.format);
}

int show_table(const struct show *show, const struct pcstats_snapshot *snap)
{
	const struct kind *kind = find_kind(show->table);
	struct table *table = table_new(kind->columns, kind->nr_columns);
	int status = STATUS_OK;

	if (!kind->filtered && filter_is_set(&show->filter)) {
		fail("-t %s has no tasks to choose from", kind->name);
		status = STATUS_USAGE;
	}
	if (!status) {
		kind->fill(table, show, snap);
		if (show->view.all_columns)
			table_select_all(table);
		status = table_select(table, show->view.columns) ?:
			 table_sort(table, show->view.sort);
	}
	if (!status) {
		print(table, kind, show, snap);
		if (!table_rows(table) && filter_is_set(&show->filter))
			status = STATUS_NONE;
	}
	table_free(table);
	return status;
}
