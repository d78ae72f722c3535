// SPDX-License-Identifier: GPL-2.0-only
/* The table of tasks: its columns and rows. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "process.h"
#include "source.h"
#include "tasks.h"

#define TALLY(tally, table, text) \
	[TASK_FIRST_TALLY + PCSTATS_##tally] = \
		{ #tally, text, .hidden = true, .group = #table },
#define TASK(tally, sources, text)	TALLY(tally, task, text)
#define COW(tally, sources, text)	TALLY(tally, cow, text)
#define RARE(tally, sources, text)	TALLY(tally, rare, text)
#define HUGE(tally, sources, text)	TALLY(tally, huge, text)
#define WHY(tally, sources, text)	TALLY(tally, why, text)
#define WHERE(tally, sources, text)	TALLY(tally, where, text)
#define TEXT	.text = true
#define BORN	.hidden = true, .group = "born"

static const struct column all_columns[NR_TASK_COLUMNS] = {
	[TASK_TIME] = { "time", "of --interval: seconds since 1970", .hidden = true },
	[TASK_PID] = { "pid", "the task" },
	[TASK_TGID] = { "tgid", "its process", .hidden = true },
	[TASK_PPID] = { "ppid", "its parent process", .hidden = true },
	[TASK_USER] = { "user", "effective user of a live task", TEXT, .hidden = true },
	[TASK_CGROUP] = { "cgroup", "of a live task", TEXT, .hidden = true },
	[TASK_STATE] = { "state", "as in ps; exited: X and its status, X0 or X/9",
			 TEXT, .spare = 5 },
	[TASK_LIFE] = { "life", "diff, --interval: new, ended, new+ended, or gone without a row",
			TEXT, .hidden = true },
	[TASK_MM] = { "mm", "id of its address space; 0: a kernel thread", .hidden = true },
	PCSTATS_TASK_COUNTERS(TASK)
	PCSTATS_COW_COUNTERS(COW)
	PCSTATS_RARE_COUNTERS(RARE)
	PCSTATS_HUGE_COUNTERS(HUGE)
	PCSTATS_WHY_COUNTERS(WHY)
	PCSTATS_WHERE_COUNTERS(WHERE)
	[TASK_ID] = { "id", "its number, never used twice", BORN },
	[TASK_CREATOR] = { "creator", "id of the task that made it; 0: not known", BORN },
	[TASK_CALL] = { "call", "that made it: fork, vfork, thread, clone", TEXT, BORN },
	[TASK_BORN_PAGES] = { "pages", "anonymous pages that its fork shared with it", BORN },
	[TASK_BORN_NS] = { "ns", "time that making it took in the kernel", BORN },
	[TASK_COMM] = { "comm", "name of the program or thread", TEXT, .trunc = true },
};

void tasks_columns(struct column columns[NR_TASK_COLUMNS])
{
	static const struct {
		enum pcstats_tally tally;
		unsigned int spare;
	} shown[] = {
		{ PCSTATS_forks }, { PCSTATS_vforks, 6 }, { PCSTATS_threads, 4 },
		{ PCSTATS_execs, 7 }, { PCSTATS_copied }, { PCSTATS_reused, 3 },
		{ PCSTATS_zeroed, 8 }, { PCSTATS_file, 9 }, { PCSTATS_bytes, 10 },
	};
	size_t i;

	memcpy(columns, all_columns, sizeof(all_columns));
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		columns[TASK_FIRST_TALLY + shown[i].tally].hidden = false;
		columns[TASK_FIRST_TALLY + shown[i].tally].spare = shown[i].spare;
	}
}

static const char *life(const struct pcstats_change *change)
{
	bool ended = change->after && change->after->state.exited &&
		     !(change->before && change->before->state.exited);

	if (!change->after)
		return "gone";
	if (!change->before)
		return ended ? "new+ended" : "new";
	return ended ? "ended" : NULL;
}

/* @text is what the machine has by that name, or NULL; it is freed. */
static void add_name(struct row *row, size_t column, char *text)
{
	char *escaped = text ? escape_long(text) : NULL;

	row_string(row, column, escaped);
	free(escaped);
	free(text);
}

static void add_live_cells(const struct table *table, struct row *row,
			   const struct pcstats_task *task)
{
	uid_t uid;

	if (table_shows(table, TASK_USER) && process_uid(task->pid, &uid))
		add_name(row, TASK_USER, user_name(uid));
	if (table_shows(table, TASK_CGROUP))
		add_name(row, TASK_CGROUP, process_cgroup(task->pid));
}

static void set_tallies(struct row *row, const struct task_view *view,
			const long long tally[PCSTATS_NR_TALLIES])
{
	size_t t;

	for (t = 0; t < PCSTATS_NR_TALLIES; t++)
		if (view->seconds && tally[t] != PCSTATS_DELTA_UNWATCHED)
			row_real(row, TASK_FIRST_TALLY + t,
				 tally[t] / view->seconds, 1);
		else
			row_signed(row, TASK_FIRST_TALLY + t, tally[t]);
}

static void add_change(struct table *table, const struct task_view *view,
		       const struct pcstats_change *change)
{
	const struct pcstats_task *task = change->after ? change->after :
							  change->before;
	struct row *row = table_add(table, NULL);
	char comm[ESCAPED_SIZE], state[STATE_SIZE];

	if (view->time)
		row_real(row, TASK_TIME, view->time, 3);
	row_unsigned(row, TASK_PID, view->processes ? task->tgid : task->pid);
	row_unsigned(row, TASK_TGID, task->tgid);
	row_unsigned(row, TASK_PPID, task->ppid);
	if (change->after)
		row_string(row, TASK_STATE, state_text(&task->state, state));
	if (view->compared)
		row_string(row, TASK_LIFE, life(change));
	row_unsigned(row, TASK_MM, task->mm);
	set_tallies(row, view, change->tally);
	row_unsigned(row, TASK_ID, task->id);
	row_unsigned(row, TASK_CREATOR, task->creator);
	row_string(row, TASK_CALL, call_text(task->call));
	row_unsigned(row, TASK_BORN_PAGES, task->born_pages);
	row_unsigned(row, TASK_BORN_NS, task->born_ns);
	row_string(row, TASK_COMM, escape(task->comm, comm));
	if (view->live && !task->state.exited)
		add_live_cells(table, row, task);
}

void tasks_add(struct table *table, const struct task_view *view,
	       const struct pcstats_change *changes, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		add_change(table, view, &changes[i]);
}

void tasks_add_total(struct table *table, const struct task_view *view,
		     const long long total[PCSTATS_NR_TALLIES])
{
	struct row *row = table_add(table, NULL);

	set_tallies(row, view, total);
	row_string(row, TASK_COMM, "(total)");
}
