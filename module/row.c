// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows: what one task looks like in the tables of /proc/pcstats, read from task
 * and record.
 */
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "show.h"

/* ---- which tallies stand in which table ---- */

#define ONE(name, sources, help) + 1
enum {
	BEFORE_COW = PCS_FIRST_COW_TALLY - 1,
#define x(record, RECORD)						\
	RECORD##_FIRST,							\
	RECORD##_LAST = RECORD##_FIRST - 1 + PCSTATS_##RECORD##_COUNTERS(ONE),
	PCSTATS_COW_TABLES(x)
#undef x
};

struct pcs_range pcs_table_range(enum pcs_table table)
{
	static const struct pcs_range ranges[PCS_NR_TABLES] = {
		[PCS_TASK_TABLE] = { 0, PCS_NR_TASK_TALLIES },
#define x(record, RECORD)						\
		[PCS_##RECORD##_TABLE] = { RECORD##_FIRST, RECORD##_LAST + 1 },
		PCSTATS_COW_TABLES(x)
#undef x
	};

	return ranges[table];
}

/* Spares a walk over all tasks: the totals are the sum of the rows. */
bool pcs_table_any(enum pcs_table table)
{
	struct pcs_range range = pcs_table_range(table);
	int id;

	if (table == PCS_TASK_TABLE || table == PCS_FORK_TABLE ||
	    table == PCS_BORN_TABLE)
		return true;
	if (table == PCS_MAP_TABLE)
		range = (struct pcs_range){ PCS_in_file, PCS_in_file + 1 };
	for (id = range.first; id < range.end; id++)
		if (pcs_store_total(id))
			return true;
	return false;
}

static bool has_cow(const struct pcs_record *rec)
{
	return rec && READ_ONCE(rec->cow);
}

static bool has_fork(const struct pcs_record *rec)
{
	return rec && READ_ONCE(rec->space);
}

pcs_wanted_fn pcs_table_wanted(enum pcs_table table)
{
	switch (table) {
	case PCS_TASK_TABLE:
	case PCS_BORN_TABLE:
		return NULL;
	case PCS_FORK_TABLE:
		return has_fork;
	default:
		return has_cow;
	}
}

/* ---- rows ---- */

static void set_exit_state(struct pcs_row *row, int status)
{
	if (status & 0x7f)
		snprintf(row->state, sizeof(row->state), "X/%d", status & 0x7f);
	else
		snprintf(row->state, sizeof(row->state), "X%d",
			 status >> 8 & 0xff);
}

static bool set_maps(struct pcs_row *row, const struct pcs_record *rec)
{
	const struct pcs_cow *cow;
	const struct pcs_map *map;
	u64 copies;

	/* Pairs with cow_of(). */
	cow = smp_load_acquire(&rec->cow);

	/* After a reset the task's next event sets the lists to zero. */
	if (!cow || !pcs_tally_watched(PCS_in_file) ||
	    !pcs_record_tally(rec, PCS_in_file))
		return false;
	/* Pairs with new_map(). */
	map = smp_load_acquire(&cow->maps);
	for (; map; map = map->next) {
		copies = READ_ONCE(map->copies);
		if (!copies)
			continue;
		row->map[row->nr_maps].copies = copies;
		memcpy(row->map[row->nr_maps].name, map->name,
		       sizeof(map->name));
		row->nr_maps++;
	}
	return row->nr_maps;
}

static bool set_born(struct pcs_row *row, const struct pcs_record *rec)
{
	row->born.id = rec->id;
	row->born.creator = rec->creator;
	row->born.call = rec->call;
	row->born.pages = READ_ONCE(rec->born_pages);
	row->born.ns = READ_ONCE(rec->born_ns);
	return true;
}

/* What @table shows of @rec; false: nothing. */
static bool set_tallies(struct pcs_row *row, enum pcs_table table,
			struct pcs_record *rec)
{
	const struct pcs_range range = pcs_table_range(table);
	u64 any = 0;
	int id;

	row->known = true;
	if (table == PCS_MAP_TABLE)
		return set_maps(row, rec);
	if (table == PCS_FORK_TABLE)
		return pcs_fork_read(rec, &row->fork);
	if (table == PCS_BORN_TABLE)
		return set_born(row, rec);
	for (id = range.first; id < range.end; id++) {
		row->tally[id] = pcs_record_tally(rec, id);
		if (pcs_tally_watched(id))
			any |= row->tally[id];
	}
	return any || table == PCS_TASK_TABLE;
}

bool pcs_read_live_row(enum pcs_table table, struct task_struct *task,
		       pid_t pid, struct pid_namespace *ns, struct pcs_row *row)
{
	struct pcs_record *rec;
	bool ok = false;

	memset(row, 0, offsetof(struct pcs_row, map));
	rcu_read_lock();
	rec = pcs_record_find(task);
	/* In the process table, but before its task_newtask. */
	if (!rec && READ_ONCE(task->__state) == TASK_NEW)
		goto out;
	if (rec ? !set_tallies(row, table, rec) : table != PCS_TASK_TABLE)
		goto out;
	row->pid = pid;
	row->tgid = task_tgid_nr_ns(task, ns);
	row->ppid = task_ppid_nr_ns(task, ns);
	if (!row->tgid)
		goto out;
	/* As of some moment, like all that is shown of it. */
	row->state[0] = data_race(task_state_to_char(task));
	/* On its way from zombie to history. */
	if (row->state[0] == 'X')
		set_exit_state(row, pcs_wait_status(task));
	get_task_comm(row->comm, task);
	if (rec)
		row->mm_id = pcs_record_mm_id(rec, task, pcs_task_mm(task));
	ok = true;
out:
	rcu_read_unlock();
	return ok;
}

bool pcs_read_exited_row(enum pcs_table table, u64 nr,
			 const struct pcs_viewer *viewer,
			 struct pid_namespace *ns, struct pcs_row *row)
{
	struct pcs_record *rec;
	bool ok = false;

	memset(row, 0, offsetof(struct pcs_row, map));
	rcu_read_lock();
	rec = pcs_history_row(nr);
	if (!rec)
		goto out;
	row->pid = pid_nr_ns(rec->exit.pid, ns);
	if (!row->pid || !pcs_viewer_sees_exited(viewer, &rec->exit) ||
	    !set_tallies(row, table, rec))
		goto out;
	row->tgid = pid_nr_ns(rec->exit.tgid, ns);
	row->ppid = pid_nr_ns(rec->exit.ppid, ns);
	set_exit_state(row, rec->exit.code);
	row->mm_id = rec->mm_id;
	memcpy(row->comm, rec->exit.comm, sizeof(row->comm));
	ok = true;
out:
	rcu_read_unlock();
	return ok;
}
