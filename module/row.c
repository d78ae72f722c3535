// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows: what one task or address space looks like in /proc/pcstats, read from
 * task and record and written as a line.  module/ABI is the contract.
 */
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/string_helpers.h>

#include "show.h"

static const char *const tally_name[] = {
#define x(name, sources, help) [PCS_##name] = #name,
	PCSTATS_COUNTERS(x)
#undef x
};

/* Widths that let an ordinary line fit in 120 columns. */
static int tally_width(enum pcs_tally_id id)
{
	int least = id == PCS_fork_ns ? 11 : id < PCS_FIRST_COW_TALLY ? 6 : 10;

	return max_t(int, strlen(tally_name[id]), least);
}

/* ---- lines ---- */

static void show_tally_names(struct seq_file *m, int first, int end)
{
	int id;

	for (id = first; id < end; id++)
		seq_printf(m, " %*s", tally_width(id), tally_name[id]);
	seq_puts(m, " comm\n");
}

static void show_tallies(struct seq_file *m, const struct pcs_row *row,
			 int first, int end)
{
	int id;

	for (id = first; id < end; id++) {
		if (row->known && pcs_tally_watched(id))
			seq_printf(m, " %*llu", tally_width(id),
				   row->tally[id]);
		else
			seq_printf(m, " %*s", tally_width(id), "-");
	}
}

/* The backslash too, or an escape could not be told from the name itself. */
static void show_comm(struct seq_file *m, const char *comm)
{
	char escaped[4 * TASK_COMM_LEN + 1];
	int len;

	len = string_escape_mem(comm, strnlen(comm, TASK_COMM_LEN), escaped,
				sizeof(escaped) - 1,
				ESCAPE_ANY | ESCAPE_NAP | ESCAPE_APPEND, "\\");
	escaped[min_t(int, len, sizeof(escaped) - 1)] = '\0';
	seq_printf(m, " %s\n", escaped);
}

void pcs_show_names(struct seq_file *m, enum pcs_table table)
{
	if (table == PCS_TASK_TABLE) {
		seq_printf(m, "\n# task %7s %7s %7s %-5s %6s", "pid", "tgid",
			   "ppid", "state", "mm");
		show_tally_names(m, 0, PCS_NR_TASK_TALLIES);
	} else if (table == PCS_COW_TABLE) {
		seq_printf(m, "\n# cow  %7s %7s %-5s %6s", "pid", "tgid",
			   "state", "mm");
		show_tally_names(m, PCS_FIRST_COW_TALLY, PCS_NR_TALLIES);
	} else {
		seq_printf(m, "\n# mm   %7s %6s %6s %6s %6s %6s %7s comm\n",
			   "id", "users", "tasks", "procs", "files", "fs",
			   "sighand");
	}
}

static void show_mm_id(struct seq_file *m, const struct pcs_row *row)
{
	if (row->known)
		seq_printf(m, " %6llu", row->mm_id);
	else
		seq_printf(m, " %6s", "-");
}

void pcs_show_task(struct seq_file *m, const struct pcs_row *row)
{
	seq_printf(m, "task   %7d %7d %7d %-5s", row->pid, row->tgid, row->ppid,
		   row->state);
	show_mm_id(m, row);
	show_tallies(m, row, 0, PCS_NR_TASK_TALLIES);
	show_comm(m, row->comm);
}

void pcs_show_cow(struct seq_file *m, const struct pcs_row *row)
{
	u64 any = 0;
	int id;

	for (id = PCS_FIRST_COW_TALLY; id < PCS_NR_TALLIES; id++)
		any |= row->tally[id];
	if (!any)
		return;
	seq_printf(m, "cow    %7d %7d %-5s", row->pid, row->tgid, row->state);
	show_mm_id(m, row);
	show_tallies(m, row, PCS_FIRST_COW_TALLY, PCS_NR_TALLIES);
	show_comm(m, row->comm);
}

void pcs_show_mm(struct seq_file *m, const struct pcs_mm_row *row)
{
	seq_printf(m, "mm     %7llu %6u %6u %6u %6u %6u %7u", row->id,
		   row->users, row->tasks, row->procs, row->files, row->fs,
		   row->sighand);
	show_comm(m, row->comm);
}

void pcs_show_totals(struct seq_file *m, unsigned int exited)
{
	int id;

	for (id = 0; id < PCS_NR_TALLIES; id++) {
		if (pcs_tally_watched(id))
			seq_printf(m, "total %s %llu\n", tally_name[id],
				   pcs_store_total(id));
		else
			seq_printf(m, "total %s -\n", tally_name[id]);
	}
	seq_printf(m, "total tasks %lu\n", READ_ONCE(pcs_store.nr_tasks));
	seq_printf(m, "total exited %u\n", exited);
	seq_printf(m, "total lost %llu\n", pcs_sources_lost());
}

void pcs_show_hooks(struct seq_file *m)
{
	int i;

	for (i = 0; i < PCS_NR_SOURCES; i++) {
		const struct pcs_source *s = pcs_sources[i];

		seq_printf(m, "hook %s %s %s missed %lld", s->name,
			   s->probe ? "tracepoint" : "ftrace",
			   s->reason ? "off" : "on",
			   (s64)atomic64_read(&s->missed));
		if (s->reason)
			seq_printf(m, " reason %s (%d)", s->reason, s->error);
		seq_putc(m, '\n');
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

static void set_tallies(struct pcs_row *row, const struct pcs_record *rec)
{
	int id;

	for (id = 0; id < PCS_NR_TALLIES; id++)
		row->tally[id] = pcs_tally_read(rec->tally, &rec->epoch, id);
	row->known = true;
}

bool pcs_read_live_row(struct task_struct *task, pid_t pid,
		       struct pid_namespace *ns, struct pcs_row *row)
{
	struct pcs_record *rec;
	bool ok = false;

	memset(row, 0, sizeof(*row));
	rcu_read_lock();
	rec = pcs_record_find(task);
	/* In the process table, but before its task_newtask. */
	if (!rec && READ_ONCE(task->__state) == TASK_NEW)
		goto out;
	row->pid = pid;
	row->tgid = task_tgid_nr_ns(task, ns);
	row->ppid = task_ppid_nr_ns(task, ns);
	if (!row->tgid)
		goto out;
	row->state[0] = task_state_to_char(task);
	/* On its way from zombie to history. */
	if (row->state[0] == 'X')
		set_exit_state(row, pcs_wait_status(task));
	get_task_comm(row->comm, task);
	if (rec) {
		row->mm_id = pcs_record_mm_id(rec, task, pcs_task_mm(task));
		set_tallies(row, rec);
	}
	ok = true;
out:
	rcu_read_unlock();
	return ok;
}

bool pcs_read_exited_row(u64 nr, const struct pcs_viewer *viewer,
			 struct pid_namespace *ns, struct pcs_row *row)
{
	const struct pcs_record *rec;
	bool ok = false;

	memset(row, 0, sizeof(*row));
	rcu_read_lock();
	rec = pcs_history_row(nr);
	if (!rec)
		goto out;
	row->pid = pid_nr_ns(rec->exit.pid, ns);
	if (!row->pid || !pcs_viewer_sees_exited(viewer, &rec->exit))
		goto out;
	row->tgid = pid_nr_ns(rec->exit.tgid, ns);
	row->ppid = pid_nr_ns(rec->exit.ppid, ns);
	set_exit_state(row, rec->exit.code);
	row->mm_id = rec->mm_id;
	set_tallies(row, rec);
	memcpy(row->comm, rec->exit.comm, sizeof(row->comm));
	ok = true;
out:
	rcu_read_unlock();
	return ok;
}
